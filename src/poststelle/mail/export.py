"""A folder or a whole internal mailbox as one file, piece by piece: a portion of a message is held at a time.

What can't be read does not end the file: it is left out, and said at its end.
"""

import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from msgspec.structs import replace as changed_copy

from poststelle.access import vip
from poststelle.access.rights import require
from poststelle.blobs import BlobMissing, BlobStore
from poststelle.lib.clock import Clock
from poststelle.mail.exports import Progress
from poststelle.mail.left_out import NAME as LEFT_OUT
from poststelle.mail.left_out import LeftOut
from poststelle.mail.slips import FolderName, Heading, Slip, fields, line, names_of, slip_of
from poststelle.mail.written_out import boxed, packed
from poststelle.mime.file_name import safe_file_name
from poststelle.mime.zip_write import Packer
from poststelle.model.errors import Conflict, NotFound
from poststelle.model.ids import AccountId, FolderId, MessageId, UserId
from poststelle.model.message import Message
from poststelle.model.rights import Level
from poststelle.store import accounts, attachments, audit, folders, messages
from poststelle.store.tx import ReadTx, Store, Tx

INDEX = "0-index"
"""The folder of a ZIP archive in which the slips are: first where names are in order."""
_AT_ONCE = 200
_LONGEST_PATH = 700
_LISTING = 4_000_000  # octets of an archive's list of entries that are held in memory
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Source:
    """What is exported; ``folder`` None: the whole mailbox."""

    user: UserId
    account: AccountId
    folder: FolderId | None


@dataclass(frozen=True, slots=True)
class Begun:
    """An export that may begin: the name of its file, without ending, and about how many messages it has."""

    name: str
    total: int


@dataclass(frozen=True, slots=True)
class _Row:
    """One message of it; ``sha256`` None: it has no octets here."""

    message: Message
    slip: Slip
    sha256: str | None


@dataclass(frozen=True, slots=True)
class _Portion:
    """Some messages, in the order of their ids; ``rows`` are those that can be seen, and that are for whoever
    takes them away (``access.vip``).
    """

    ids: Sequence[MessageId]
    rows: Sequence[_Row]


@dataclass(frozen=True, slots=True)
class Writer:
    """What an export needs to be written."""

    store: Store
    blobs: BlobStore
    clock: Clock
    source: Source
    progress: Progress


def begin(tx: Tx, source: Source, kind: str, now: datetime) -> Begun:
    """Note it in the audit trail.

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
    several = folders.list_all(tx, source.account) if folder is None else [folder]
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
    return Begun(safe_file_name(name, "export"), sum(one.total for one in several))


async def as_mbox(writer: Writer) -> AsyncIterator[bytes]:
    """In the order in which the messages came here. NotFound in its midst when the right ends."""
    left_out = LeftOut()
    async for rows in _portions(writer):
        for row in rows:
            async for piece in _message(writer, row, left_out):
                yield piece
    if left_out.count:
        yield left_out.message(writer.clock.now())
    _end(writer, left_out)


async def as_zip(writer: Writer) -> AsyncIterator[bytes]:
    """A file ``.eml`` for each message, below its folder, and an index. Raises as ``as_mbox``."""
    left_out, number, part = LeftOut(), 0, 0
    with tempfile.SpooledTemporaryFile(_LISTING) as listing:
        packer = Packer(listing)
        heading = Heading(tuple(await writer.store.read(_all_folders, writer.source)))
        yield _whole(packer, f"{INDEX}/000000.jsonl", writer.clock.now(), line(heading) + b"\n")
        async for rows in _portions(writer):
            named = [(_file(number + n, row, writer.source), row) for n, row in enumerate(rows, 1)]
            number, part = number + len(rows), part + 1
            slips = b"".join(line(changed_copy(row.slip, file=name)) + b"\n" for name, row in named)
            yield _whole(packer, f"{INDEX}/{part:06}.jsonl", writer.clock.now(), slips)
            for name, row in named:
                octets = _octets(writer, row, left_out)
                async for piece in packed(packer, name, row.message.received_at, octets):
                    yield piece
        if left_out.count:
            told = line(Heading(left_out=left_out.count)) + b"\n"
            yield _whole(packer, f"{INDEX}/left-out.jsonl", writer.clock.now(), told)
            yield _whole(packer, LEFT_OUT, writer.clock.now(), left_out.text())
        for piece in packer.end():
            yield piece
    _end(writer, left_out)


def _message(writer: Writer, row: _Row, left_out: LeftOut) -> AsyncIterator[bytes]:
    """One message of an mbox file, before whose own fields ours stand, in its line ends."""

    def head(chunk: bytes) -> bytes:
        return fields(row.slip, b"\r\n" if chunk.partition(b"\n")[0].endswith(b"\r") else b"\n")

    return boxed(_octets(writer, row, left_out), row.message.received_at, head)


async def _octets(writer: Writer, row: _Row, left_out: LeftOut) -> AsyncIterator[bytes]:
    """A message's octets as far as they can be read; what can't be is noted."""
    writer.progress.done += 1
    try:
        if row.sha256 is None:
            raise BlobMissing
        async for chunk in writer.blobs.open(row.sha256):
            yield chunk
    except (BlobMissing, OSError):
        folder = row.slip.folders[0].path if row.slip.folders else ()
        left_out.add(row.message.received_at, row.message.subject, folder)
        writer.progress.left_out = left_out.count


def _end(writer: Writer, left_out: LeftOut) -> None:
    writer.progress.is_complete = True
    done = {"account": writer.source.account, "messages": writer.progress.done}
    if left_out.count:
        log.error("export.left_out", **done, left_out=left_out.count)
    else:
        log.info("export.finished", **done)


def _whole(packer: Packer, name: str, at: datetime, octets: bytes) -> bytes:
    """An entry of few octets."""
    return packer.begin(name, at) + packer.piece(octets) + packer.end_entry()


def _file(number: int, row: _Row, source: Source) -> str:
    """A message's name in an archive: its folder, a number, and what it is about."""
    place = row.slip.folders[0].path if row.slip.folders else ()
    above = "/".join(safe_file_name(name, "folder") for name in place)[:_LONGEST_PATH].rstrip("/. ")
    subject = safe_file_name(row.message.subject, "message")[:80].strip(". ") or "message"
    return f"{above}/{number:06} {subject}.eml".lstrip("/")


async def _portions(writer: Writer) -> AsyncIterator[Sequence[_Row]]:
    after = MessageId(0)
    while (portion := await writer.store.read(_next, writer.source, after)).ids:
        yield portion.rows
        after = portion.ids[-1]


def _all_folders(tx: ReadTx, source: Source) -> list[FolderName]:
    require(tx, source.user, source.account, Level.READ)
    names = names_of(folders.list_all(tx, source.account))
    return list(names.values()) if source.folder is None else [names[source.folder]]


def _next(tx: ReadTx, source: Source, after: MessageId) -> _Portion:
    require(tx, source.user, source.account, Level.READ)
    place = {} if source.folder is None else {"folder": source.folder}
    query = "list_ids_to_export" if source.folder is None else "list_ids_to_export_in_folder"
    rows = tx.all(query, account=source.account, after=after, limit=_AT_ONCE, **place)
    ids = [MessageId(row["id"]) for row in rows]
    spans = vip.reach(tx, source.user, source.account)
    there = messages.get_many(tx, source.account, ids)
    found = [one for one in there if vip.sees(spans, one.received_at)]
    octets = attachments.kept_many(tx, source.account, [one.id for one in found], "mime")
    names = names_of(folders.list_all(tx, source.account))
    return _Portion(
        ids,
        [
            _Row(one, slip_of(one, names), octets[one.id].sha256 if one.id in octets else None)
            for one in found
        ],
    )
