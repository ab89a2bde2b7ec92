"""What both sides hold of each message beside what ``Mirror.local`` tells: its recipients and its files."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.flow.sim import Simulator

from poststelle.mail import file_lists
from poststelle.model.ids import AccountId
from poststelle.store import attachments, bodies, messages
from poststelle.store.tx import ReadTx

Contents = dict[str, dict[str, Any]]
"""By the provider's id: ``to``, addresses; ``files``, of each its id, name, whether it is inline, size."""
_ROOM = 150
"""What Microsoft counts for an attachment beside its octets; of what was written here those are known."""


def contents_here(tx: ReadTx, account: AccountId) -> Contents:
    """What is held here; ``files`` None where nobody has asked for the list so far.

    ``shows``: whether the text shows some of them. Else inline ones are nowhere to be seen, nor counted.
    """
    ids = [row["id"] for row in tx.all("list_remote_ids", account=account)]
    lists = attachments.get_many(tx, account, ids)
    found: Contents = {}
    for message in messages.get_many(tx, account, ids):
        listed = lists[message.id]
        files = None if listed is None else sorted((f.remote_id, f.name, f.is_inline, f.size) for f in listed)
        shows = file_lists.names_files(bodies.get(tx, account, message.id))
        to = [person.email for person in message.to]
        found[str(message.remote_id)] = {"to": to, "files": files, "shows": shows}
    return found


def contents_there(m365: Simulator, address: str) -> Contents:
    """What Microsoft holds."""
    _, found = m365.control.snapshot(address)
    return {
        id_: {
            "to": one["to"],
            "files": sorted((f["id"], f["name"], f["isInline"], f["size"]) for f in one["attachments"]),
        }
        for id_, one in found.items()
    }


def differing(here: Contents, there: Contents) -> list[str]:
    """What is not the same of the messages that both hold. Only of one without files none need be known."""
    found = []
    for id_ in sorted(here.keys() & there.keys()):
        ours, theirs = here[id_], there[id_]
        if ours["to"] != theirs["to"]:
            found.append(f"recipients of {id_}: {ours['to']} here, {theirs['to']} there")
        is_seen = partial(_is_seen, shows=ours["shows"])
        held, listed = filter(is_seen, ours["files"] or ()), filter(is_seen, theirs["files"])
        if not _are_same(list(held), list(listed)):
            found.append(f"files of {id_}: {ours['files']} here, {theirs['files']} there")
    return found


def _is_seen(file: Any, *, shows: bool) -> bool:
    _, _, is_inline, _ = file
    return shows or not is_inline


def _are_same(ours: list[Any], theirs: list[Any]) -> bool:
    if len(ours) != len(theirs):
        return False
    pairs = zip(ours, theirs, strict=True)
    return all(our[:3] == their[:3] and their[3] - our[3] in {0, _ROOM} for our, their in pairs)
