"""A file of messages, put into a folder of an internal mailbox while it comes in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from poststelle.access.rights import require
from poststelle.blobs import BlobStore
from poststelle.lib.clock import Clock
from poststelle.mail import arrivals, reading_in
from poststelle.mail.arrivals import Arrival
from poststelle.mime.mbox import Found, Splitter, TooLarge
from poststelle.mime.reading import NotAMessage
from poststelle.model.errors import Conflict, Invalid, NotFound, UseCaseError
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.model.message import SEEN
from poststelle.model.rights import Level
from poststelle.store import accounts, audit, folders
from poststelle.store.attachments import Kept
from poststelle.store.tx import ReadTx, Store, Tx

_BATCH = 100
_BATCH_OCTETS = 20_000_000


@dataclass(frozen=True, slots=True)
class Imported:
    """How many messages were put in, and how many pieces of the file are no messages."""

    messages: int
    refused: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where they go, and who brings them."""

    user: UserId
    account: AccountId
    folder: FolderId


def archive_of(tx: ReadTx, user: UserId, account: AccountId) -> FolderId:
    """Where a file goes if no folder is named. Raises NotFound."""
    require(tx, user, account, Level.READ)
    found = folders.by_role(tx, account, Role.ARCHIVE)
    if found is None:
        raise NotFound("no_such_folder", "There is no archive folder.")
    return found.id


async def import_file(
    store: Store, blobs: BlobStore, clock: Clock, place: Place, chunks: AsyncIterator[bytes]
) -> Imported:
    """An mbox file, or one message. They count as read; the day is the one of their last Received, or Date.

    Every batch is stored as it is complete: what came before an error stays.
    Raises NotFound, NotAllowed, Conflict ``not_internal``, or Invalid
    ``message_too_large`` and ``no_messages``.
    """
    await store.read(_require, place)
    splitter = Splitter(reading_in.LARGEST)
    waiting: list[Found] = []
    done = refused = 0

    async def flush() -> None:
        nonlocal done, refused
        taken, wrong = await _put_in(store, blobs, clock, place, waiting)
        done, refused = done + taken, refused + wrong
        waiting.clear()

    try:
        async for chunk in chunks:
            waiting += splitter.piece(chunk)
            if len(waiting) >= _BATCH or sum(len(one.octets) for one in waiting) >= _BATCH_OCTETS:
                await flush()
        waiting += splitter.end()
    except TooLarge as error:
        await flush()
        raise Invalid(
            "file", "message_too_large", "A message in this file is too large.", imported=done
        ) from error
    await flush()
    if not done:
        raise Invalid("file", "no_messages", "There is no message in this file.")
    await store.write(_note, place, done, clock.now())
    return Imported(done, refused)


async def _put_in(
    store: Store, blobs: BlobStore, clock: Clock, place: Place, found: list[Found]
) -> tuple[int, int]:
    ready: list[Arrival] = []
    for octets, at in found:
        try:
            read, prepared = await asyncio.to_thread(reading_in.read_octets, octets)
        except NotAMessage:
            continue
        stored = await blobs.put(_once(octets), is_lasting=False)
        received_at = at or read.received_at or read.sent_at
        kept = Kept(stored.sha256, stored.size)
        ready.append(Arrival(kept, read, prepared, (place.folder,), frozenset({SEEN}), received_at))
    if ready:
        if not await blobs.hold_all([one.octets.sha256 for one in ready]):
            raise Conflict("octets_gone", "What was brought has gone meanwhile; try again.")
        results = await store.write(_insert, place, ready, clock.now())
        taken = sum(not isinstance(one, UseCaseError) for one in results)
        if not taken:
            raise NotFound("no_such_folder", "This folder is not there any more.")
    return len(ready), len(found) - len(ready)


def _insert(tx: Tx, place: Place, ready: list[Arrival], now: datetime) -> list[object]:
    return list(arrivals.insert(tx, place.user, place.account, ready, now))


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


async def _once(octets: bytes) -> AsyncIterator[bytes]:
    yield octets
