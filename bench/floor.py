"""The floor of the work: the same pages downloaded, decoded and written, and nothing decided.

A bare loop: one event loop downloads (as ``bare`` does) and decodes with the server's decoder, one thread
writes the rows that the server writes (messages, memberships, threads, bodies, change log, counters, cursors,
and full-text entries of the words that the server's own functions find in them) into a database of the
server's schema with the server's settings, in transactions of ``BATCH`` messages, by apsw's ``executemany``.
While a batch is written the next one is downloaded.

What it leaves out is what a server is for: it looks nothing up (a message is new, a dictionary knows the
threads), merges nothing, holds no lease, answers nobody, and mends no text that a stranger wrote.
"""

import asyncio
import threading
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw
import msgspec
from msgspec import UnsetType
from tests.flow.sim import Simulator

from bench.bare import Downloaded, Rounds, download, folder_of
from poststelle.mail.contents import content_of, text_of
from poststelle.model.ids import AccountId
from poststelle.model.message import Body
from poststelle.model.search import Entry
from poststelle.providers.graph.wire import Recipient, WireMessage, answers_of, decode_page, properties_of
from poststelle.store.engines import words_sqlite
from poststelle.store.engines.sqlite import WRITER_CACHE_KB, SqliteEngine, connect
from poststelle.store.opening import create_schema
from poststelle.store.search import first_of

BATCH = 2000
"""Messages a transaction: larger ones are no faster."""
_ACCOUNT = 1
_LEVEL = 1  # how the server compresses bodies
_SIZE = "integer 0xe08"
_IMPORTANCE = {"low": 0, "normal": 1, "high": 2}

Row = tuple[Any, ...]

_MESSAGE = f"insert into messages values ({','.join('?' * 29)})"
_BODY = "insert into bodies values (?,?,?,?)"
_MEMBERSHIP = "insert into folder_messages values (?,?,?,?,?,?,?)"
_THREAD = "insert into threads values (?,?,?)"
_CHANGE = "insert into changes values (?,?,?,?,?,?)"
_FOLDER = "insert into folders (account_id, id, remote_id, name) values (?,?,?,'')"
_DOCUMENT = "insert into documents values (?,?,?)"
_COUNTERS = (
    "update folders set total=?, unread=?, total_threads=?, unread_threads=? where account_id=? and id=?"
)
_CURSOR = "insert or replace into cursors values (?,?,?,?,0,0)"
_FORGET_SYNC = "delete from changes where account_id=? and type='SyncState'"
_MODSEQ = "update accounts set modseq=?, next_id=? where id=?"
_NEW_ACCOUNT = (
    "insert into accounts (id, epoch, modseq, next_id, type, address, address_key, state, created_at)"
    " values (?, 1, 0, 1, 'graph', 'a', 'a', 'connected', 0)"
)


@dataclass
class _Folder:
    """What the counters of a folder are made of."""

    id: int
    total: int = 0
    unread: int = 0
    threads: set[int] = field(default_factory=set)
    unread_threads: set[int] = field(default_factory=set)
    link: str = ""
    is_complete: bool = False


@dataclass
class _Batch:
    """Rows on their way to the database."""

    messages: list[Row] = field(default_factory=list)
    bodies: list[tuple[int, str, str]] = field(default_factory=list)
    entries: list[tuple[int, Row, str, str]] = field(default_factory=list)
    memberships: list[Row] = field(default_factory=list)
    threads: list[Row] = field(default_factory=list)
    changes: dict[tuple[str, int], str] = field(default_factory=dict)
    folders: dict[int, _Folder] = field(default_factory=dict)
    counters: list[Row] = field(default_factory=list)
    cursors: list[Row] = field(default_factory=list)


class Floor:
    """One account's pages on their way into a new database at ``path``; close it in the end."""

    def __init__(self, path: Path) -> None:
        engine = SqliteEngine(str(path))
        engine.prepare(create_schema)
        engine.close()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="floor")
        self._local = threading.local()
        self._path = path
        self._last_id = self._modseq = 0
        self._documents: dict[int, int] = {}
        self._folders: dict[str, _Folder] = {}
        self._threads: dict[str, int] = {}
        self._batch = _Batch()
        self._writing: asyncio.Future[None] | None = None
        self._writer.submit(self._run, lambda db: db.execute(_NEW_ACCOUNT, (_ACCOUNT,)).fetchall()).result()

    async def take(self, path: str, body: bytes) -> tuple[int, str | None]:
        """Decode a page; its rows are written with those of its neighbours."""
        page = decode_page(body, WireMessage)
        folder = self._folder(path)
        for item in page.items:
            self._add(folder, item)
        folder.link, folder.is_complete = page.next_link or page.delta_link or "", page.next_link is None
        self._batch.folders[folder.id] = folder
        self._batch.changes["Mailbox", folder.id] = self._batch.changes["SyncState", 0] = "updated"
        if len(self._batch.messages) >= BATCH:
            await self._flush()
        return len(page.items), page.next_link

    async def finish(self) -> None:
        """Write what is left."""
        await self._flush()
        if self._writing:
            await self._writing

    def close(self) -> None:
        """Let the database go."""
        self._writer.submit(self._run, lambda db: db.close()).result()
        self._writer.shutdown()

    async def _flush(self) -> None:
        batch, self._batch = self._batch, _Batch()
        before, self._writing = self._writing, None
        if before:
            await before
        folders = list(batch.folders.values())
        batch.counters = [_counters(folder) for folder in folders]
        batch.cursors = [(_ACCOUNT, f.id, f.link, f.is_complete) for f in folders]
        loop, next_id = asyncio.get_running_loop(), self._last_id + 1
        self._writing = loop.run_in_executor(self._writer, self._write, batch, next_id)

    def _folder(self, path: str) -> _Folder:
        remote_id = folder_of(path)
        found = self._folders.get(remote_id)
        if found is None:
            found = self._folders[remote_id] = _Folder(self._next_id())
            row = (_ACCOUNT, found.id, remote_id)
            self._writer.submit(self._run, lambda db: db.execute(_FOLDER, row).fetchall())
        return found

    def _add(self, folder: _Folder, item: WireMessage) -> None:
        number, batch = self._next_id(), self._batch
        key = f"thread:{item.conversation_id}"
        thread = self._threads.get(key)
        if thread is None:
            thread = self._threads[key] = self._next_id()
            batch.threads.append((_ACCOUNT, thread, key))
            batch.changes["Thread", thread] = "created"
        batch.changes.setdefault(("Thread", thread), "updated")
        batch.changes["Email", number] = "created"
        at, is_unread = _ms(item.received_date_time) or 0, not item.is_read
        is_flagged = bool(item.flag and item.flag.flag_status == "flagged")
        content = item.body.content or "" if item.body else ""
        kind = "text/html" if item.body and item.body.content_type == "html" else "text/plain"
        batch.messages.append(_row(item, number, thread, at, content))
        batch.memberships.append((_ACCOUNT, folder.id, at, number, thread, is_unread, is_flagged))
        batch.entries.append((self._document(at), batch.messages[-1], kind, content))
        batch.bodies.append((number, kind, content))
        folder.total += 1
        folder.threads.add(thread)
        if is_unread and not item.is_draft:
            folder.unread += 1
            folder.unread_threads.add(thread)

    def _document(self, at: int) -> int:
        """The next number of this second in the full-text index."""
        first = first_of(AccountId(_ACCOUNT)) + at // 1000 * 1000
        found = self._documents[first] = self._documents.get(first, first - 1) + 1
        return found

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _write(self, batch: _Batch, next_id: int) -> None:
        self._run(lambda database: self._insert(database, batch, next_id))

    def _insert(self, database: apsw.Connection, batch: _Batch, next_id: int) -> None:
        def many(statement: str, rows: Iterable[Row]) -> None:
            database.executemany(statement, rows).fetchall()

        first = self._modseq + 1
        self._modseq += len(batch.changes)
        log = enumerate(batch.changes.items(), first)
        with database:
            many(_THREAD, batch.threads)
            many(_MESSAGE, batch.messages)
            many(_MEMBERSHIP, batch.memberships)
            many(_DOCUMENT, ((doc, _ACCOUNT, row[1]) for doc, row, _, _ in batch.entries))
            many(words_sqlite.INSERT, words_sqlite.rows(map(_entry, batch.entries)))
            many(_BODY, ((_ACCOUNT, i, kind, _packed(content)) for i, kind, content in batch.bodies))
            many(_FORGET_SYNC, [(_ACCOUNT,)])
            many(_CHANGE, [(_ACCOUNT, type_, modseq, i, op, 0) for modseq, ((type_, i), op) in log])
            many(_COUNTERS, batch.counters)
            many(_CURSOR, batch.cursors)
            many(_MODSEQ, [(self._modseq, next_id, _ACCOUNT)])

    def _run(self, work: Callable[[apsw.Connection], object]) -> None:
        """In the writer's thread, on its connection."""
        if not hasattr(self._local, "database"):
            self._local.database = connect(str(self._path), WRITER_CACHE_KB)
        work(self._local.database)


def _row(item: WireMessage, number: int, thread: int, at: int, content: str) -> Row:
    """The columns of ``messages`` in their order."""
    said = {
        "from": _pairs([item.from_] if item.from_ else ()),
        "sender": _pairs([item.sender] if item.sender else ()),
        "to": _pairs(item.to_recipients),
        "cc": _pairs(item.cc_recipients),
        "bcc": _pairs(item.bcc_recipients),
        "replyTo": _pairs(item.reply_to),
    }
    flag = item.flag or None
    properties = properties_of(item)
    in_reply_to, references = answers_of(properties)
    return (
        _ACCOUNT,
        number,
        item.id,
        thread,
        at,
        _ms(item.sent_date_time),
        item.internet_message_id,
        item.subject or "",
        item.body_preview or "",
        msgspec.json.encode({key: pairs for key, pairs in said.items() if pairs}).decode(),
        item.has_attachments,
        int(properties.get(_SIZE) or 0),
        item.is_read,
        flag is not None and flag.flag_status == "flagged",
        item.is_draft,
        0,
        0,
        _IMPORTANCE[item.importance or "normal"],
        msgspec.json.encode(item.categories or ()).decode(),
        None,
        not (item.has_attachments or "cid:" in content),
        0,
        "[]",
        _names(in_reply_to),
        _names(references),
        item.inference_classification == "other",
        None,
        None,
        None,
    )


def _names(found: tuple[str, ...] | None) -> str | None:
    return None if found is None else msgspec.json.encode(found).decode()


def _pairs(recipients: Sequence[Recipient] | UnsetType | None) -> list[tuple[str | None, str | None]]:
    """Names and addresses, as they are stored."""
    found = (recipient.email_address for recipient in recipients or ())
    return [(email.name, email.address) for email in found if email is not None]


def _entry(entry: tuple[int, Row, str, str]) -> Entry:
    """A message's words in the full-text index."""
    doc, row, kind, content = entry
    subject, addresses = row[7], msgspec.json.decode(row[9])
    return Entry(doc, content_of(subject, addresses, text_of(Body(kind, content)), ""))


def _counters(folder: _Folder) -> Row:
    counts = (folder.total, folder.unread, len(folder.threads), len(folder.unread_threads))
    return (*counts, _ACCOUNT, folder.id)


def _packed(content: str) -> bytes:
    return zlib.compress(content.encode(), _LEVEL)


def _ms(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).timestamp() * 1000)


def fill(simulator: Simulator, address: str, rounds: Rounds, path: Path) -> Downloaded:
    """Run the floor into a database at ``path``; its time ends when the last row is written."""
    floor = Floor(path)
    try:
        return download(simulator, address, rounds, floor)
    finally:
        floor.close()
