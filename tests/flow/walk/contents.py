"""What both sides hold of each message beside what ``Mirror.local`` tells: its recipients and its files."""

from __future__ import annotations

from typing import Any

from tests.flow.sim import Simulator

from poststelle.model.ids import AccountId
from poststelle.store import attachments, messages
from poststelle.store.tx import ReadTx

Contents = dict[str, dict[str, Any]]
"""By the provider's id: ``to``, addresses; ``files``, of each its id, name, size and whether it is inline."""


def contents_here(tx: ReadTx, account: AccountId) -> Contents:
    """What is held here. A list that nobody has asked for so far counts as empty: none should be missing."""
    ids = [row["id"] for row in tx.all("list_remote_ids", account=account)]
    lists = attachments.get_many(tx, account, ids)
    return {
        str(message.remote_id): {
            "to": [person.email for person in message.to],
            "files": sorted(
                (str(file.remote_id), file.name, file.size, file.is_inline)
                for file in lists[message.id] or ()
            ),
        }
        for message in messages.get_many(tx, account, ids)
    }


def contents_there(m365: Simulator, address: str) -> Contents:
    """What Microsoft holds."""
    _, found = m365.control.snapshot(address)
    return {
        id_: {
            "to": one["to"],
            "files": sorted((f["id"], f["name"], f["size"], f["isInline"]) for f in one["attachments"]),
        }
        for id_, one in found.items()
    }


def differing(here: Contents, there: Contents) -> list[str]:
    """What is not the same of the messages that both hold."""
    return [
        f"{name} of {id_}: {here[id_][name]} here, {there[id_][name]} there"
        for id_ in sorted(here.keys() & there.keys())
        for name in ("to", "files")
        if here[id_][name] != there[id_][name]
    ]
