"""A file of messages, put into a folder of an internal mailbox while it comes in."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed_copy
from datetime import UTC, datetime
from functools import partial

from poststelle.access.rights import require
from poststelle.blobs import BlobStore, once
from poststelle.lib.at_once import some_at_once
from poststelle.lib.clock import Clock, sensible
from poststelle.mail import arrivals, reading_in
from poststelle.mail.arrivals import Arrival
from poststelle.mail.brought import Brought, Reader
from poststelle.mail.named_folders import NamedFolders
from poststelle.mail.prepare import Prepared
from poststelle.mail.slips import FolderName, Heading
from poststelle.mime.html_text import unasked
from poststelle.mime.mbox import TooLarge
from poststelle.mime.reading import NotAMessage, Read
from poststelle.mime.text import clean
from poststelle.mime.zip_read import BrokenArchive
from poststelle.model.errors import Conflict, Invalid, NotFound, UseCaseError
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.model.message import SEEN, Mutable, is_keyword
from poststelle.model.rights import Level
from poststelle.store import accounts, audit, folders
from poststelle.store.attachments import Kept
from poststelle.store.tx import ReadTx, Store, Tx

_BATCH = 100
_BATCH_OCTETS = 20_000_000
_FOLDERS_AT_ONCE = 50
_LONGEST_CATEGORY = 255


@dataclass(frozen=True, slots=True)
class Imported:
    """Messages that were put in, pieces of the file that are none, and messages that were missing in it."""

    messages: int
    refused: int
    missing: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where they go, and who brings them. ``is_chosen``: all of them go there, whatever the file says."""

    user: UserId
    account: AccountId
    folder: FolderId
    is_chosen: bool = True


def archive_of(tx: ReadTx, user: UserId, account: AccountId) -> FolderId:
    """Where a file goes if no folder is named. Raises NotFound or NotAllowed."""
    require(tx, user, account, Level.WRITE)
    found = folders.by_role(tx, account, Role.ARCHIVE)
    if found is None:
        raise NotFound("no_such_folder", "There is no archive folder.")
    return found.id


async def import_file(
    store: Store, blobs: BlobStore, clock: Clock, place: Place, chunks: AsyncIterator[bytes]
) -> Imported:
    """An mbox file, one message, or a ZIP archive of such.

    A message that a slip is about comes back as that says; others count as read,
    and their day is the one of their last Received, or Date. Every batch is stored as it is
    complete: what came before an error stays.
    Raises NotFound, NotAllowed, Conflict ``not_internal``, or Invalid
    ``message_too_large``, ``broken_archive``, ``too_many_folders`` and ``no_messages``.
    """
    await store.read(_require, place)
    reader = Reader(reading_in.LARGEST)
    waiting: list[Brought] = []
    done = refused = 0

    async def flush() -> None:
        nonlocal done, refused
        taken = await _put_in(store, blobs, clock, place, waiting)
        done, refused = done + taken, refused + len(waiting) - taken
        waiting.clear()

    async def take(several: Iterator[Brought | Heading]) -> None:
        is_over = False
        while not is_over:
            names, is_over = await asyncio.to_thread(_portion, several, waiting)
            await _make_folders(store, clock, place, names)
            if _is_full(waiting):
                await flush()

    try:
        async for chunk in chunks:
            await take(reader.piece(chunk))
        await take(reader.end())
    except (TooLarge, BrokenArchive) as error:
        await flush()
        raise _refusal(error, done) from error
    await flush()
    if not done:
        raise Invalid("file", "no_messages", "There is no message in this file.", missing=reader.missing)
    await store.write(_note, place, done, clock.now())
    return Imported(done, refused + reader.refused, reader.missing)


def _portion(
    several: Iterator[Brought | Heading], waiting: list[Brought]
) -> tuple[Sequence[FolderName], bool]:
    """Take messages until it is enough for one batch, or folders are told; these, and whether all are taken.

    Unpacking and splitting take their time, and strangers choose how much: not on the event loop.
    """
    for one in several:
        if isinstance(one, Heading):
            return one.folders, False
        waiting.append(one)
        if _is_full(waiting):
            return (), False
    return (), True


def _is_full(waiting: Sequence[Brought]) -> bool:
    return len(waiting) >= _BATCH or sum(len(one.octets) for one in waiting) >= _BATCH_OCTETS


def _refusal(error: Exception, done: int) -> Invalid:
    if isinstance(error, TooLarge):
        return Invalid("file", "message_too_large", "A message in this file is too large.", imported=done)
    return Invalid("file", "broken_archive", f"This ZIP archive can't be read: {error}.", imported=done)


async def _put_in(store: Store, blobs: BlobStore, clock: Clock, place: Place, found: list[Brought]) -> int:
    """Store them; how many it were."""
    taken_apart: list[tuple[Brought, Read, Prepared]] = []
    ready: list[tuple[Arrival, Sequence[FolderName]]] = []
    for one in found:
        try:
            read, prepared = await asyncio.to_thread(reading_in.read_octets, unasked, one.octets)
        except NotAMessage:
            continue
        taken_apart.append((one, read, prepared))
    # Together: where octets are kept somewhere else, each waits for an answer.
    kept = await some_at_once(
        partial(blobs.put, once(one.octets), is_lasting=False) for one, _, _ in taken_apart
    )
    for (one, read, prepared), stored in zip(taken_apart, kept, strict=True):
        ready.append((_arrival(one, Kept(stored.sha256, stored.size), read, prepared), _folders(one)))
    if not ready:
        return 0
    if not await blobs.hold_all([one.octets.sha256 for one, _ in ready]):
        raise Conflict("octets_gone", "What was brought has gone meanwhile; try again.")
    results = await store.write(_insert, place, ready, clock.now())
    taken = sum(not isinstance(one, UseCaseError) for one in results)
    if not taken:
        raise NotFound("no_such_folder", "This folder is not there any more.")
    return taken


def _arrival(one: Brought, octets: Kept, read: Read, prepared: Prepared) -> Arrival:
    """A message without its folders yet."""
    slip = one.slip
    if slip is None:
        received_at = one.received_at or read.received_at or read.sent_at
        return Arrival(octets, read, prepared, (), frozenset({SEEN}), received_at)
    keywords = [keyword.lower() for keyword in slip.keywords if is_keyword(keyword)]
    categories = [clean(name).strip()[:_LONGEST_CATEGORY] for name in slip.categories]
    marks = Mutable(
        importance=read.importance if slip.importance is None else slip.importance,
        categories=tuple(filter(None, dict.fromkeys(categories))),
        due_at=None if slip.due_at is None else sensible(slip.due_at.astimezone(UTC)),
        is_other=slip.is_other,
    )
    at = slip.received_at.astimezone(UTC)
    return Arrival(octets, read, prepared, (), frozenset(keywords), at, marks=marks)


def _folders(one: Brought) -> Sequence[FolderName]:
    if one.slip is not None and one.slip.folders:
        return one.slip.folders
    return () if one.folder is None else (one.folder,)


async def _make_folders(store: Store, clock: Clock, place: Place, names: Sequence[FolderName]) -> None:
    """All folders of an archive, some at a time."""
    for start in range(0, len(names), _FOLDERS_AT_ONCE):
        await store.write(_find, place, names[start : start + _FOLDERS_AT_ONCE], clock.now())


def _insert(
    tx: Tx, place: Place, ready: Sequence[tuple[Arrival, Sequence[FolderName]]], now: datetime
) -> list[object]:
    found = _find(tx, place, {name: None for _, names in ready for name in names}, now)
    placed = [
        changed_copy(one, folders=tuple(dict.fromkeys(found[name] for name in names)) or (place.folder,))
        for one, names in ready
    ]
    return list(arrivals.insert(tx, place.user, place.account, placed, now))


def _find(tx: Tx, place: Place, names: Iterable[FolderName], now: datetime) -> dict[FolderName, FolderId]:
    """The folders of these names, made where they are missing; where a folder was chosen, that one."""
    if place.is_chosen:
        return dict.fromkeys(names, place.folder)
    known = NamedFolders(tx, place.user, place.account, now)
    return {name: known.find(name) or place.folder for name in names}


def _require(tx: ReadTx, place: Place) -> None:
    require(tx, place.user, place.account, Level.WRITE)
    if not accounts.is_internal(tx, place.account):
        raise Conflict("not_internal", "Files of messages are imported into internal mailboxes only.")
    if place.folder not in folders.shown(tx, place.account).values():
        raise NotFound("no_such_folder", "There is no such folder.")


def _note(tx: Tx, place: Place, messages: int, now: datetime) -> None:
    account = accounts.get(tx, place.account)
    audit.record(
        tx,
        now,
        place.user,
        "account.imported",
        place.account,
        subject=account.address if account else "",
        messages=messages,
    )
