"""SQLite through apsw: one writer thread, a pool of readers, write-ahead log.

``synchronous`` is FULL: with NORMAL a power cut may lose the last commits, and
a user's change waiting for the provider exists nowhere else. The price is one
fsync a commit, and pages commit by the hundred messages.

Source: SQLite, "Write-Ahead Logging", "PRAGMA synchronous".
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import apsw

from poststelle.lib.workers import Workers
from poststelle.model.change import Published
from poststelle.model.ids import AccountId
from poststelle.model.rights import Scope
from poststelle.model.search import Entry
from poststelle.store import queries
from poststelle.store.engines import partitions_postgres, words_sqlite
from poststelle.store.engines.base import STOPPED_WITHIN_S, Halt, Halted, Kind, Noting, Reads
from poststelle.store.engines.sqlite_logs import require_no_log_left
from poststelle.store.tx import ReadTx, Row, Tx

T = TypeVar("T")

READERS = 4
BUSY_MS = 10_000
STATEMENTS = 400
WRITER_CACHE_KB = 48_000
# Rows of ``messages`` (about 1.2 KB, clustered) stay inside one page of 8 KB without overflow.
_FILE_SETTINGS = "pragma page_size = 8192; pragma journal_mode = wal;"
_SETTINGS = """
pragma synchronous = full;
pragma foreign_keys = on;
pragma temp_store = memory;
pragma mmap_size = 0;
pragma cache_size = -{cache_kb};
pragma journal_size_limit = 67108864;
pragma wal_autocheckpoint = 4000;
"""
_DIALECT = {
    "{blob}": "blob",
    "{clustered}": "without rowid",
    "{message_words}": words_sqlite.SCHEMA,
    "{message_words_by_account}": "",
}


def connect(path: str, cache_kb: int, *, may_be_new: bool = False) -> apsw.Connection:
    """A connection with our settings to a database that ``prepare`` has seen, unless it ``may_be_new``.

    One that was taken away since is not made anew, for SQLite would remove its last commits.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if may_be_new else 0)
    connection = apsw.Connection(path, flags=flags, statementcachesize=STATEMENTS)
    connection.set_busy_timeout(BUSY_MS)
    connection.execute(_SETTINGS.format(cache_kb=cache_kb)).fetchall()
    return connection


class SqliteReadTx:
    """A transaction on one apsw connection."""

    def __init__(
        self, connection: apsw.Connection, statements: queries.Statements, halt: Halt | None = None
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._halt = halt
        self.scope: Scope | None = None

    def one(self, query: str, /, **params: Any) -> Row | None:
        cursor = self._execute(query, params)
        try:
            row = cursor.fetchone()
            return None if row is None else dict(zip(_names(cursor), row, strict=True))
        finally:
            cursor.close()

    def all(self, query: str, /, **params: Any) -> list[Row]:
        cursor = self._execute(query, params)
        first = cursor.fetchone()
        if first is None:
            return []
        names = _names(cursor)
        return [dict(zip(names, row, strict=True)) for row in (first, *cursor)]

    def check(self) -> None:
        if self._halt is not None:
            self._halt.check()

    def _execute(self, query: str, params: dict[str, Any]) -> apsw.Cursor:
        self.check()
        statement = self._statements.get(query, params)
        for name in statement.lists:
            params[name] = json.dumps(list(params[name]))
        for name in statement.matches:
            params[name] = words_sqlite.expression(params[name])
        return self._connection.execute(statement.text, params)


class SqliteTx(Noting, SqliteReadTx):
    """A write transaction."""

    def __init__(self, connection: apsw.Connection, statements: queries.Statements) -> None:
        Noting.__init__(self)
        SqliteReadTx.__init__(self, connection, statements)

    def run(self, query: str, /, **params: Any) -> int:
        self._execute(query, params).fetchall()
        return self._connection.changes()

    def many(self, query: str, rows: Iterable[Row], /) -> None:
        # Parameters by place cost a third less than parameters by name.
        statement = self._statements[query]
        if len(statement.names) > 1:
            self.many_in_order(query, map(itemgetter(*statement.names), rows))
        else:
            self._connection.executemany(statement.text, rows).fetchall()

    def many_in_order(self, query: str, rows: Iterable[tuple[Any, ...]], /) -> None:
        self._connection.executemany(self._statements[query].text, rows).fetchall()

    def index(self, entries: Iterable[Entry]) -> None:
        self._connection.executemany(words_sqlite.INSERT, words_sqlite.rows(entries)).fetchall()

    def unindex(self, account: AccountId, docs: Sequence[int]) -> None:
        self._connection.execute(words_sqlite.DELETE, (json.dumps(docs),)).fetchall()

    def end_sessions(self, programs: Sequence[str], silent_s: float) -> int:
        return 0

    def tidy_index(self) -> bool:
        before = self._connection.total_changes()
        self._connection.execute(words_sqlite.TIDY).fetchall()
        return self._connection.total_changes() - before > 1


class SqliteEngine(Reads):
    """One database file. Other processes may have it open too: writers then take turns."""

    def __init__(self, path: str) -> None:
        super().__init__()
        if not path:
            raise ValueError("The SQLite address names no file: sqlite:///path")
        self._path = path
        self._statements = queries.Statements(queries.for_sqlite)
        self.readers = Workers(READERS, "sqlite-read", each=READERS // 2)
        self.writers = Workers(1, "sqlite-write")
        self.apart = None
        self._local = threading.local()
        self._open: list[apsw.Connection] = []
        self._guard = threading.Lock()

    def prepare(self, create_schema: Callable[[Any], None]) -> None:
        Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        require_no_log_left(Path(self._path))
        connection = self._connect(cache_kb=2_000, may_be_new=True)
        try:
            connection.execute(_FILE_SETTINGS).fetchall()
            with _Transaction(connection, "begin immediate"):
                create_schema(_Schema(connection))
                connection.execute(words_sqlite.SETTINGS).fetchall()
        finally:
            self._close(connection)

    def run_read(self, fn: Callable[[ReadTx], T], halt: Halt, *, is_apart: bool = False) -> T:
        connection = self._mine(cache_kb=8_000)
        self._reads.add(halt)
        try:
            with _Transaction(connection, "begin"), halt.reading(connection.interrupt):
                return fn(SqliteReadTx(connection, self._statements, halt))
        except apsw.InterruptError as error:
            raise Halted from error
        finally:
            self._reads.discard(halt)

    def run_write(
        self,
        fn: Callable[[Tx], T],
        now: Callable[[], datetime],
        kind: Kind = Kind.USUAL,
        *,
        is_apart: bool = False,
    ) -> tuple[T, list[Published]]:
        connection, is_lasting = self._mine(WRITER_CACHE_KB), kind is not Kind.FLEETING
        with _waiting_for_the_disk(connection, is_lasting), _Transaction(connection, "begin immediate"):
            tx = SqliteTx(connection, self._statements)
            result = fn(tx)
            return result, tx.notes.log(tx, now())

    def give_up(self) -> None:
        """A file is always there: nobody waits for a connection."""

    def close(self) -> None:
        has_ended = self.readers.close(urge=self._stop_reads, within_s=STOPPED_WITHIN_S)
        self.writers.close()
        if not has_ended:
            return  # a read that does not hear: what it has open ends with the process
        for connection in list(self._open):
            self._close(connection)

    def _mine(self, cache_kb: int) -> apsw.Connection:
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect(cache_kb)
        return connection

    def _connect(self, cache_kb: int, *, may_be_new: bool = False) -> apsw.Connection:
        connection = connect(self._path, cache_kb, may_be_new=may_be_new)
        with self._guard:
            self._open.append(connection)
        return connection

    def _close(self, connection: apsw.Connection) -> None:
        with self._guard:
            self._open.remove(connection)
        connection.close()


@contextmanager
def _waiting_for_the_disk(connection: apsw.Connection, is_waiting: bool) -> Iterator[None]:
    """How a transaction within commits. One that does not wait is on the disk with the next that does."""
    if is_waiting:
        yield
        return
    connection.execute("pragma synchronous = normal")  # possible between transactions only
    try:
        yield
    finally:
        connection.execute("pragma synchronous = full")


class _Transaction:
    """Commit at the end of the block, roll back when it raises."""

    def __init__(self, connection: apsw.Connection, begin: str) -> None:
        self._connection = connection
        self._begin = begin

    def __enter__(self) -> None:
        self._connection.execute(self._begin)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            try:
                self._connection.execute("commit")
            except BaseException:
                self._roll_back()
                raise
        else:
            self._roll_back()

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # SQLite rolls back by itself on a full disk
            self._connection.execute("rollback")


class _Schema:
    """The database as ``create_schema`` sees it."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    @property
    def encoding(self) -> str:
        return "UTF8"

    def table_names(self) -> set[str]:
        found = self._connection.execute(
            "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"
        )
        return {str(name) for (name,) in found}

    def script(self, text: str) -> None:
        for name, ours in _DIALECT.items():
            text = text.replace(name, ours)
        self._connection.execute(partitions_postgres.fill(text, 0)).fetchall()

    def meta(self) -> dict[str, str]:
        rows = self._connection.execute("select key, value from meta")
        return {str(key): str(value) for key, value in rows}

    def set_meta(self, key: str, value: str) -> None:
        self._connection.execute(
            "insert into meta (key, value) values (?, ?)"
            " on conflict (key) do update set value = excluded.value",
            (key, value),
        )


def _names(cursor: apsw.Cursor) -> list[str]:
    return [column[0] for column in cursor.get_description()]
