"""How far the audit trail and the archives have come, to be kept outside of here and compared later.

A whole database that is put back to an earlier state, with its key, is what it was then: nothing in it tells
that there was more. Whoever keeps the ends elsewhere finds that they are not there any more.
"""

import re
from collections.abc import Iterator

import msgspec

from poststelle.model.audit import account_of
from poststelle.model.ids import AccountId
from poststelle.store import archive, audit
from poststelle.store.audit import Filter
from poststelle.store.tx import ReadTx

_AT_ONCE = 200
_HASH = re.compile(r"[0-9a-f]{64}")


class End(msgspec.Struct, frozen=True, array_like=True):
    """An entry's number, and its hash in hexadecimal."""

    number: int
    hash: str


class Ends(msgspec.Struct, frozen=True):
    """``trail``: by the number of the chain; ``archives``: by that of the account."""

    trail: dict[int, End]
    archives: dict[int, End]


class Lost(msgspec.Struct, frozen=True):
    """An entry that was the newest of ``account`` (None: of what is of no mailbox) once, and is not there."""

    account: AccountId | None
    number: int
    is_archive: bool


def current(tx: ReadTx) -> Ends:
    trail = {one.number: End(one.length, one.hash.hex()) for one in audit.chains(tx) if one.hash is not None}
    held = {int(one.account_id): one for one in archive.list_all(tx)}
    return Ends(trail, {key: End(one.length, one.hash.hex()) for key, one in held.items() if one.hash})


def is_some(kept: Ends) -> bool:
    """Whether these are ends as ``current`` tells them, and any: a trail is never empty."""
    return bool(kept.trail) and all(map(_is_end, (*kept.trail.values(), *kept.archives.values())))


def _is_end(one: End) -> bool:
    return one.number > 0 and _HASH.fullmatch(one.hash) is not None


def lost(tx: ReadTx, kept: Ends) -> list[Lost]:
    """Which of the ends that were kept are not part of what is here now, and were not rightly removed."""
    return [*_of_trail(tx, kept), *_of_archives(tx, kept)]


def _of_trail(tx: ReadTx, kept: Ends) -> Iterator[Lost]:
    for number, end in sorted(kept.trail.items()):
        chain = audit.chain(tx, number)
        if chain is not None and end.number <= chain.base:
            found = chain.base_hash if end.number == chain.base else bytes.fromhex(end.hash)
        else:
            found = next((one.hash for one in audit.links(tx, number, end.number - 1, 1)), None)
        if found is None or found.hex() != end.hash:
            yield Lost(account_of(number), end.number, is_archive=False)


def _of_archives(tx: ReadTx, kept: Ends) -> Iterator[Lost]:
    for key, end in sorted(kept.archives.items()):
        account = AccountId(key)
        held = archive.get(tx, account)
        if held is None:
            if not _was_deleted(tx, account):
                yield Lost(account, end.number, is_archive=True)
            continue
        if end.number <= held.base:
            found = held.base_hash if end.number == held.base else bytes.fromhex(end.hash)
        else:
            entry = archive.entry(tx, account, end.number)
            found = None if entry is None else entry.hash
        is_anew = found is None or found.hex() != end.hash
        if is_anew and not _was_deleted(tx, account):
            yield Lost(account, end.number, is_archive=True)


def _was_deleted(tx: ReadTx, account: AccountId) -> bool:
    """Whether the audit trail tells that somebody has deleted the archive; what it tells is proven itself."""
    before = None
    while some := audit.find(tx, Filter(account, kind="archive"), before=before, limit=_AT_ONCE):
        if any(one.action == "archive.deleted" for one in some):
            return True
        before = (some[-1].chain, some[-1].number)
    return False
