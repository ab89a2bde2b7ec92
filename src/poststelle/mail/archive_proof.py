"""The proof that an archive is what was put into it: each entry, their order, and all octets.

Done in portions, one after the other: octets take their time. A portion goes on after an entry by the hash
that is stored there, which the portion before has proven.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from poststelle.access.rights import require_settings
from poststelle.access.trail_seal import UNREADABLE
from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.blobs import BlobMissing, BlobStore
from poststelle.mail import archiving
from poststelle.model.archive import ArchiveEntry, Letter
from poststelle.model.ids import AccountId, UserId
from poststelle.settings import seals
from poststelle.store import archive
from poststelle.store.archive import Archive
from poststelle.store.proofs import Fault
from poststelle.store.tx import ReadTx, Store

_ENTRIES_AT_ONCE = 200
_OCTETS_AT_ONCE = 64 * 1024 * 1024


class Broken(msgspec.Struct, frozen=True):
    """What is wrong with an archive.

    ``why``: ``changed`` (entry ``number``), ``missing`` (that entry, or one before it), ``octets`` (they are
    not those that were put in), ``no_octets``, ``anchor`` (the end is not the one that was sealed),
    ``put_back`` (it ends there and had come further), ``turned_off`` (nobody here has), ``key``
    (the seal can't be opened) or ``gone`` (there is no archive any more, and nobody here has deleted it).
    """

    account_id: AccountId
    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Portion:
    """What a portion has seen: up to entry ``at`` of ``length``, the newest. ``removed``: whose time was
    over.

    Not ``is_end``: there is more to be proven, after ``at``.
    """

    account_id: AccountId
    at: int
    length: int
    seen: int
    octets: int
    removed: int
    is_end: bool
    broken: tuple[Broken, ...]

    def faults(self) -> list[Fault]:
        return [Fault(one.number, one.why) for one in self.broken]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Entries after number ``at``, whose hash is ``hash``, as they stand at one moment."""

    archive: Archive
    at: int
    hash: bytes | None
    entries: Sequence[ArchiveEntry]
    is_base_noted: bool
    note_problem: str | None


async def verified(
    store: Store, blobs: BlobStore, ring: KeyRing, by: UserId, account: AccountId, after: int
) -> Portion | None:
    """``verify`` for somebody. Raises NotAllowed without the right for the settings."""
    await store.read(require_settings, by)
    return await verify(store, blobs, ring, account, after)


async def verify(
    store: Store, blobs: BlobStore, ring: KeyRing, account: AccountId, after: int
) -> Portion | None:
    """Prove the entries after number ``after``, as many as are read in some seconds; None: there is no
    archive, and there must be none.

    An end that is not the one that was sealed is found with the last portion.
    """
    try:
        stretch = await store.read(_stretch, ring, account, after)
    except UNREADABLE:
        faults = (Broken(account, after + 1, "changed"),)
        return Portion(account, after, after, 0, 0, 0, is_end=True, broken=faults)
    if stretch is None:
        gone = tuple(one for one in await missing(store, ring) if one.account_id == account)
        return Portion(account, 0, 0, 0, 0, 0, is_end=True, broken=gone) if gone else None
    broken: list[Broken] = []
    seen, read, is_end = 0, 0, False
    at, before = stretch.at, stretch.hash
    for entry in stretch.entries:
        if (problem := _link_problem(entry, at, before)) is not None:
            broken.append(problem)
        elif entry.letter is not None:
            why = await _problem(blobs, entry.letter)
            broken += [] if why is None else [Broken(account, entry.number, why)]
            read += entry.letter.size
        at, before, seen = entry.number, entry.hash, seen + 1
        if read >= _OCTETS_AT_ONCE:
            break
    else:
        if len(stretch.entries) < _ENTRIES_AT_ONCE:
            is_end = True
            broken += _end(ring, stretch, at, before)
    found = stretch.archive
    return Portion(account, at, found.length, seen, read, found.base, is_end, tuple(broken))


def _link_problem(entry: ArchiveEntry, at: int, before: bytes | None) -> Broken | None:
    """Why the entry does not follow the one of number ``at`` with that hash; None: it does."""
    if entry.number != at + 1:
        return Broken(entry.account_id, at + 1, "missing")
    return None if entry.holds(before) else Broken(entry.account_id, entry.number, "changed")


async def links_hold(store: Store, ring: KeyRing, account: AccountId) -> bool:
    """Whether all its entries are as they were added, to the end that was sealed; without their octets."""
    after = 0
    while stretch := await store.read(_stretch, ring, account, after):
        at, before = stretch.at, stretch.hash
        for entry in stretch.entries:
            if _link_problem(entry, at, before) is not None:
                return False
            at, before = entry.number, entry.hash
        if len(stretch.entries) < _ENTRIES_AT_ONCE:
            return not _end(ring, stretch, at, before)
        after = at
    return False


async def missing(store: Store, ring: KeyRing) -> list[Broken]:
    """Archives that there must be and that are not there."""
    return await store.read(_missing, ring)


def _missing(tx: ReadTx, ring: KeyRing) -> list[Broken]:
    try:
        known = seals.read(tx, ring)
    except CannotOpen:
        return [Broken(AccountId(0), 0, "key")]
    if known is None:
        return [Broken(AccountId(0), 0, "note")] if seals.is_taken_away(tx) else []
    return [Broken(account, 0, "gone") for account in archiving.gone(tx, known)]


def _stretch(tx: ReadTx, ring: KeyRing, account: AccountId, after: int) -> _Stretch | None:
    found = archive.get(tx, account)
    if found is None:
        return None
    at, hash_ = found.base, found.base_hash
    after = min(after, found.length)
    if after > found.base:
        before = archive.entry(tx, account, after)
        at, hash_ = after, None if before is None else before.hash
    entries = archive.links(tx, account, at, _ENTRIES_AT_ONCE)
    problem = archiving.note_problem(tx, archiving.known(tx, ring), found)
    return _Stretch(found, at, hash_, entries, _is_base_noted(tx, found), problem)


def _is_base_noted(tx: ReadTx, found: Archive) -> bool:
    """Whether the newest note of removed entries names those that are missing at the beginning."""
    if not found.base:
        return True
    pruning = archive.newest_pruning(tx, found.account_id)
    if pruning is None or found.base_hash is None:
        return False
    try:
        told = pruning.told
    except msgspec.DecodeError:
        return False
    return (told.get("through"), told.get("hash")) == (found.base, found.base_hash.hex())


def _end(ring: KeyRing, stretch: _Stretch, at: int, hash_: bytes | None) -> list[Broken]:
    found = stretch.archive
    if at < found.length:
        return [Broken(found.account_id, at + 1, "missing")]
    if at > found.length or hash_ != found.hash:
        return [Broken(found.account_id, at, "changed")]
    if not stretch.is_base_noted:
        return [Broken(found.account_id, found.base, "missing")]
    try:
        is_sealed = archiving.is_end_sealed(ring, found)
    except CannotOpen:
        return [Broken(found.account_id, found.length, "key")]
    why = stretch.note_problem if is_sealed else "anchor"
    return [] if why is None else [Broken(found.account_id, found.length, why)]


async def _problem(blobs: BlobStore, letter: Letter) -> str | None:
    """Whether the octets of a message are those that its entry names."""
    digest, size = hashlib.sha256(), 0
    try:
        async for chunk in blobs.open(letter.sha256):
            digest.update(chunk)
            size += len(chunk)
    except BlobMissing:
        return "no_octets"
    except OSError:
        return "octets"
    is_same = (digest.hexdigest(), size) == (letter.sha256, letter.size)
    return None if is_same else "octets"
