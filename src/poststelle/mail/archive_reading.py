"""An archive as people read it: looked through, one message, a period as a file. Each is in the audit trail.

Octets are handed on as they were put in. What can't be read does not end a file: it is left out, and said at
its end.
"""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

import structlog

from poststelle.access import vip
from poststelle.access.rights import require_settings
from poststelle.access.trail import checked_period
from poststelle.blobs import BlobMissing, BlobStore
from poststelle.lib.clock import Clock
from poststelle.mail.exports import Progress
from poststelle.mail.left_out import NAME as LEFT_OUT
from poststelle.mail.left_out import LeftOut
from poststelle.mail.written_out import boxed, packed
from poststelle.mime.file_name import safe_file_name
from poststelle.mime.words import fold_prefix
from poststelle.mime.zip_write import Packer
from poststelle.model.archive import ArchiveEntry, Letter
from poststelle.model.errors import Conflict, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.store import archive, audit
from poststelle.store.archive import MOST_WORDS, Archive, Wanted
from poststelle.store.tx import ReadTx, Store, Tx

MAX_ENTRIES = 200
_AT_ONCE = 200
_LISTING = 4_000_000  # octets of a ZIP archive's list of entries that are held in memory
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Writer:
    """What a file of a period is written with, and for whom."""

    store: Store
    blobs: BlobStore
    clock: Clock
    user: UserId
    account: AccountId
    wanted: Wanted
    progress: Progress


@dataclass(frozen=True, slots=True)
class Begun:
    """A file that may begin: its name, without ending, and how many messages it has."""

    name: str
    total: int


@dataclass(frozen=True, slots=True)
class Opened:
    """One message to be sent on; ``name`` is fit for a file."""

    name: str
    size: int
    chunks: AsyncIterator[bytes]


class _Numbered(NamedTuple):
    number: int
    letter: Letter


def entries(
    tx: ReadTx,
    by: UserId,
    account: AccountId,
    wanted: Wanted,
    *,
    below: int | None,
    limit: int,
) -> list[ArchiveEntry]:
    """Entries, what arrived last first, at most 200; ``below`` (a number) goes on below an entry.

    Of a VIP mailbox those that arrived or were sent while they were assigned. Raises NotAllowed without the
    right for the settings, and NotFound.
    """
    _archive(tx, by, account)
    most = max(1, min(limit, MAX_ENTRIES))
    found: list[ArchiveEntry] = []
    for asked in _reached(tx, by, account, wanted):
        found += archive.find(tx, account, asked, below, most - len(found))
        if len(found) == most:
            break
    return found


def note_search(tx: Tx, by: UserId, account: AccountId, wanted: Wanted, now: datetime) -> None:
    """Note that somebody has begun to look through it; not for what. Raises as ``entries``."""
    found = _archive(tx, by, account)
    audit.record(tx, now, by, "archive.searched", account, subject=found.address, **_told(wanted))


def words_of(text: str) -> tuple[str, ...]:
    """What was typed to find entries: the beginnings of words, each in its one form."""
    return tuple(fold_prefix(text[:500]).split()[:MOST_WORDS])


def begin_reading(tx: Tx, by: UserId, account: AccountId, number: int, now: datetime) -> Letter:
    """The message of an entry, which somebody is given from now on. Raises as ``entries``."""
    found = _archive(tx, by, account)
    entry = archive.entry(tx, account, number)
    if entry is None or entry.letter is None or not vip.sees(vip.reach(tx, by, account), entry.letter.at):
        raise NotFound("no_such_entry", "The archive holds no such message.")
    audit.record(tx, now, by, "archive.read", account, subject=found.address, number=number)
    return entry.letter


async def open_message(blobs: BlobStore, letter: Letter) -> Opened:
    """Raises Conflict ``octets_gone``: they are not on the disk any more."""
    try:
        return Opened(_name(letter), letter.size, await blobs.opened(letter.sha256))
    except BlobMissing as error:
        raise Conflict("octets_gone", "This message's octets are missing on the server.") from error


def begin_export(tx: Tx, by: UserId, account: AccountId, wanted: Wanted, kind: str, now: datetime) -> Begun:
    """Note that a period is taken away as a file. Raises as ``entries``, and Invalid."""
    checked_period(wanted.since, wanted.until)
    found = _archive(tx, by, account)
    audit.record(tx, now, by, "archive.exported", account, subject=found.address, kind=kind, **_told(wanted))
    total = sum(archive.count_to_export(tx, account, one) for one in _reached(tx, by, account, wanted))
    return Begun(safe_file_name(f"archive {found.address}", "archive"), total)


async def as_mbox(writer: Writer) -> AsyncIterator[bytes]:
    """In the order in which the messages were put in. NotAllowed or NotFound in its midst when the right
    ends.
    """
    left_out = LeftOut()
    async for entry in _each(writer, left_out):
        async for piece in boxed(_octets(writer, entry.letter, left_out), entry.letter.at):
            yield piece
    if left_out.count:
        yield left_out.message(writer.clock.now())
    _end(writer, left_out)


async def as_zip(writer: Writer) -> AsyncIterator[bytes]:
    """A file ``.eml`` for each message, by year and month, named by its entry. Raises as ``as_mbox``."""
    left_out = LeftOut()
    with tempfile.SpooledTemporaryFile(_LISTING) as listing:
        packer = Packer(listing)
        async for entry in _each(writer, left_out):
            name = f"{entry.letter.at:%Y-%m}/{entry.number:08} {_name(entry.letter)}.eml"
            octets = _octets(writer, entry.letter, left_out)
            async for piece in packed(packer, name, entry.letter.at, octets):
                yield piece
        if left_out.count:
            now = writer.clock.now()
            yield packer.begin(LEFT_OUT, now) + packer.piece(left_out.text()) + packer.end_entry()
        for piece in packer.end():
            yield piece
    _end(writer, left_out)


async def _octets(writer: Writer, letter: Letter, left_out: LeftOut) -> AsyncIterator[bytes]:
    writer.progress.done += 1
    try:
        async for chunk in writer.blobs.open(letter.sha256):
            yield chunk
    except (BlobMissing, OSError):
        left_out.add(letter.at, letter.subject, ())
        writer.progress.left_out = left_out.count


async def _each(writer: Writer, left_out: LeftOut) -> AsyncIterator[_Numbered]:
    after = 0
    while some := await writer.store.read(_next, writer, after):
        for entry in some:
            after = entry.number
            if entry.letter is not None:
                yield _Numbered(entry.number, entry.letter)
            else:  # somebody has changed it so that it can't be read
                left_out.add(entry.archived_at, f"entry {entry.number}", ())


def _next(tx: ReadTx, writer: Writer, after: int) -> list[ArchiveEntry]:
    _archive(tx, writer.user, writer.account)
    several = _reached(tx, writer.user, writer.account, writer.wanted)
    found = [archive.to_export(tx, writer.account, one, after, _AT_ONCE) for one in several]
    return sorted(chain.from_iterable(found), key=lambda entry: entry.number)[:_AT_ONCE]


def _reached(tx: ReadTx, by: UserId, account: AccountId, wanted: Wanted) -> list[Wanted]:
    """What is wanted, span by span of those that the user may see, the newest first."""
    left = [span.within(wanted.since, wanted.until) for span in vip.reach(tx, by, account)]
    return [replace(wanted, since=one.since, until=one.until) for one in left if one is not None]


def _end(writer: Writer, left_out: LeftOut) -> None:
    writer.progress.is_complete = True
    done = {"account": writer.account, "messages": writer.progress.done}
    if left_out.count:
        log.error("archive.left_out", **done, left_out=left_out.count)
    else:
        log.info("archive.exported", **done)


def _archive(tx: ReadTx, by: UserId, account: AccountId) -> Archive:
    require_settings(tx, by)
    found = archive.get(tx, account)
    if found is None:
        raise NotFound("no_such_archive", "This mailbox has no archive.")
    return found


def _name(letter: Letter) -> str:
    return safe_file_name(letter.subject, "message")[:80].strip(". ") or "message"


def _told(wanted: Wanted) -> dict[str, Any]:
    period = {"since": wanted.since, "until": wanted.until}
    return {name: at.isoformat() for name, at in period.items() if at is not None}
