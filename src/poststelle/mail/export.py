"""A folder or a whole internal mailbox as one file, piece by piece: one message is held at a time."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from poststelle.access.rights import require
from poststelle.blobs import BlobStore
from poststelle.lib.clock import from_ms
from poststelle.mime import mbox
from poststelle.mime.file_name import safe_file_name
from poststelle.model.errors import Conflict, NotFound
from poststelle.model.ids import AccountId, FolderId, MessageId, UserId
from poststelle.model.rights import Level
from poststelle.store import accounts, audit, folders
from poststelle.store.tx import ReadTx, Store, Tx

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Source:
    """What is exported; ``folder`` None: the whole mailbox."""

    user: UserId
    account: AccountId
    folder: FolderId | None


@dataclass(frozen=True, slots=True)
class _Row:
    """One message of it."""

    id: MessageId
    received_at: datetime
    subject: str
    sha256: str


def begin(tx: Tx, source: Source, kind: str, now: datetime) -> str:
    """Note it in the audit trail; the name the file gets, without its ending.

    Raises NotFound, or Conflict ``not_internal`` for a mailbox at a provider.
    """
    require(tx, source.user, source.account, Level.READ)
    account = accounts.get(tx, source.account)
    if account is None or not account.is_internal:
        raise Conflict("not_internal", "Only internal mailboxes are exported; Microsoft exports its own.")
    folder = None if source.folder is None else folders.get(tx, source.account, source.folder)
    if source.folder is not None and folder is None:
        raise NotFound("no_such_folder", "There is no such folder.")
    name = account.address if folder is None else f"{account.address} {folder.name}"
    audit.record(
        tx,
        now,
        source.user,
        "account.exported",
        source.account,
        subject=account.address,
        kind=kind,
        is_whole=folder is None,
    )
    return safe_file_name(name, "export")


async def as_mbox(store: Store, blobs: BlobStore, source: Source) -> AsyncIterator[bytes]:
    """In the order in which the messages came here. NotFound in its midst when the right ends."""
    async for row in _rows(store, source):
        yield mbox.separator(row.received_at)
        quoter = mbox.Quoter()
        async for chunk in blobs.open(row.sha256):
            if piece := quoter.piece(chunk):
                yield piece
        yield quoter.end()


async def as_zip(store: Store, blobs: BlobStore, source: Source) -> AsyncIterator[bytes]:
    """A file ``.eml`` for each message. Raises as ``as_mbox``."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        number = 0
        async for row in _rows(store, source):
            number += 1
            octets = await blobs.read(row.sha256)
            await asyncio.to_thread(archive.writestr, _entry(number, row), octets)
            yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """What a ZIP archive is written to: it is taken away as it comes, so there is no way back in it."""

    def __init__(self) -> None:
        self._pieces = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, octets: bytes) -> int:  # type: ignore[override]  # nothing else is written
        self._pieces += octets
        return len(octets)

    def take(self) -> bytes:
        taken, self._pieces = bytes(self._pieces), bytearray()
        return taken


def _entry(number: int, row: _Row) -> zipfile.ZipInfo:
    name = f"{number:06} {safe_file_name(row.subject, 'message')[:80].strip()}.eml"
    at = row.received_at
    entry = zipfile.ZipInfo(name, (max(1980, at.year), at.month, at.day, at.hour, at.minute, at.second))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


async def _rows(store: Store, source: Source) -> AsyncIterator[_Row]:
    after = MessageId(0)
    while rows := await store.read(_next, source, after):
        for row in rows:
            yield row
        after = rows[-1].id


def _next(tx: ReadTx, source: Source, after: MessageId) -> Sequence[_Row]:
    require(tx, source.user, source.account, Level.READ)
    place = {} if source.folder is None else {"folder": source.folder}
    query = "list_octets" if source.folder is None else "list_octets_in_folder"
    rows = tx.all(query, account=source.account, after=after, limit=_AT_ONCE, **place)
    return [_Row(MessageId(r["id"]), from_ms(r["received_at"]), r["subject"], r["sha256"]) for r in rows]
