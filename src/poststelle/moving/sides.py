"""The two databases of a move, each as rows in and out; past the store, which knows no tables.

Where rows come from, nobody else can write while it is held.

Source: SQLite, "Row Values"; PostgreSQL, "Explicit Locking", "COPY", "Asynchronous Commit".
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import apsw
import psycopg
from psycopg import sql

from poststelle.lib.database import beside, is_direct
from poststelle.moving import fence
from poststelle.moving.tables import Table, is_copied
from poststelle.store.engines.refusals_postgres import CannotConnect, explained
from poststelle.store.marks import MOVED, RESTORING

Values = tuple[Any, ...]
_BUSY_MS = 5_000


class Side(Protocol):
    def meta(self, key: str) -> str | None:
        """None: the key is not there, or nothing is."""
        ...

    def is_being_restored(self) -> bool:
        """Whether a restore has begun to fill it, and has not ended."""
        ...

    def set_meta(self, key: str, value: str | None) -> None:
        """None removes it. Raises Busy."""
        ...

    def is_empty(self) -> bool:
        """Whether nothing is there that would be copied, whatever schema it is of."""
        ...

    def beats(self) -> dict[str, int]:
        """How often the hearts of programs have beaten that have not ended."""
        ...

    def hold(self, tables: Sequence[Table]) -> None:
        """Nobody else writes until ``let_go``. Raises Busy."""
        ...

    def let_go(self) -> None: ...

    def begin(self, mark: str) -> None:
        """Set the mark MOVED, and have every table refuse what servers write from now on. Raises Busy."""
        ...

    def open_again(self) -> None:
        """The tables take what is written. Raises Busy."""
        ...

    def count(self, table: Table) -> int: ...

    def page(self, table: Table, after: Values | None, limit: int) -> list[Values]:
        """Rows by their key, from after ``after`` on; fewer than ``limit`` where they are large."""
        ...

    def same(self, table: Table, keys: Sequence[Values]) -> list[Values]:
        """The rows with these keys, in any order."""
        ...

    def insert(self, table: Table, rows: Sequence[Values]) -> None:
        """Within ``written``."""
        ...

    def has_rows(self, table: Table) -> bool: ...

    def begin_index_anew(self) -> None:
        """The search index is empty, and is filled with all that is here, the newest first."""
        ...

    @contextmanager
    def written(self) -> Iterator[None]:
        """One transaction around the block."""
        ...

    def close(self) -> None: ...


_PAGE_OCTETS = 8_000_000
_FETCHED = 25  # rows at a time from a server: bodies are half a megabyte at the most


def _portion(rows: Iterable[Values]) -> list[Values]:
    """Those up to some megabytes; at least one."""
    found: list[Values] = []
    size = 0
    for row in rows:
        found.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes | memoryview))
        if size >= _PAGE_OCTETS:
            break
    return found


class Busy(Exception):
    """Somebody else is writing."""


class Lent(Exception):
    """A pooler lies between: what is locked and set here would be so for others."""


_BEGIN_INDEX = """
insert into search_progress (account_id, low, high, indexed)
select account_id, max(id), max(id), 0 from messages group by account_id
"""


@contextmanager
def _whole(connection: apsw.Connection) -> Iterator[None]:
    """All or nothing of what is done within, which may lie within another one.

    Where there is no room left SQLite has taken back everything by itself, and what the driver's own block
    would then raise is that there is nothing to take back.
    """
    begin, back, end = "begin", "rollback", "commit"
    if connection.in_transaction:
        begin, back, end = "savepoint part", "rollback to part; release part", "release part"
    connection.execute(begin).fetchall()
    try:
        yield
        connection.execute(end).fetchall()
    except BaseException:
        if connection.in_transaction:
            connection.execute(back).fetchall()
        raise


class SqliteSide:
    """A file. What is written is on the disk when ``close`` has returned, not before."""

    def __init__(self, path: str) -> None:
        """Raises CannotConnect."""
        try:
            self._it = apsw.Connection(path)
        except apsw.CantOpenError as problem:
            raise CannotConnect(
                f"{path} can't be opened. Look whose it and its folder are, and run this as that user."
            ) from problem
        self._it.set_busy_timeout(_BUSY_MS)
        self._it.execute("pragma foreign_keys = on; pragma synchronous = normal").fetchall()

    @property
    def connection(self) -> apsw.Connection:
        return self._it

    def meta(self, key: str) -> str | None:
        if not self._all("select 1 from sqlite_schema where name = 'meta'"):
            return None
        found = self._all("select value from meta where key = ?", (key,))
        return str(found[0][0]) if found else None

    def is_being_restored(self) -> bool:
        return bool(self._all("select 1 from sqlite_schema where name = ?", (RESTORING,)))

    def set_meta(self, key: str, value: str | None) -> None:
        try:
            with _whole(self._it):
                self._put_meta(key, value)
        except apsw.BusyError as problem:
            raise Busy from problem

    def is_empty(self) -> bool:
        names = filter(is_copied, self._fenced())
        return not any(self._all(f'select 1 from "{name}" limit 1') for name in names)  # noqa: S608

    def beats(self) -> dict[str, int]:
        return dict(self._all("select name, beats from holders"))

    def hold(self, tables: Sequence[Table]) -> None:
        try:
            self._all("begin immediate")
        except apsw.BusyError as problem:
            raise Busy from problem

    def begin(self, mark: str) -> None:
        self._in_one([*fence.on_sqlite(self._fenced())], mark)

    def open_again(self) -> None:
        self._in_one([*fence.off_sqlite(self._fenced())], None)

    def _in_one(self, texts: Sequence[str], mark: str | None) -> None:
        try:
            self._all("begin immediate")
        except apsw.BusyError as problem:
            raise Busy from problem
        try:
            for text in texts:
                self._all(text)
            if mark is not None:
                self._put_meta(MOVED, mark)
        except BaseException:
            self._all("rollback")
            raise
        self._all("commit")

    def _fenced(self) -> list[str]:
        found = self._all(
            "select name from pragma_table_list where schema = 'main' and type = 'table' and name <> 'meta'"
            " and name not like 'sqlite_%'"
        )
        return [str(name) for (name,) in found]

    def _put_meta(self, key: str, value: str | None) -> None:
        self._all("delete from meta where key = ?", (key,))
        if value is not None:
            self._all("insert into meta (key, value) values (?, ?)", (key, value))

    def count(self, table: Table) -> int:
        return int(self._all(f'select count(*) from "{table.name}"')[0][0])  # noqa: S608 - of the schema

    def has_rows(self, table: Table) -> bool:
        return bool(self._all(f'select 1 from "{table.name}" limit 1'))  # noqa: S608

    def page(self, table: Table, after: Values | None, limit: int) -> list[Values]:
        key = _names(table.key)
        beyond = "" if after is None else f"where ({key}) > ({_places(len(after))})"
        text = f'select {_names(table.columns)} from "{table.name}" {beyond} order by {key} limit {limit}'  # noqa: S608
        return _portion(tuple(row) for row in self._it.execute(text, after or ()))

    def same(self, table: Table, keys: Sequence[Values]) -> list[Values]:
        wanted = ", ".join([f"({_places(len(table.key))})"] * len(keys))
        text = (
            f'select {_names(table.columns)} from "{table.name}"'  # noqa: S608
            f" where ({_names(table.key)}) in (values {wanted})"
        )
        return self._all(text, tuple(value for key in keys for value in key))

    def insert(self, table: Table, rows: Sequence[Values]) -> None:
        text = f'insert into "{table.name}" ({_names(table.columns)}) values ({_places(len(table.columns))})'  # noqa: S608
        self._it.executemany(text, rows).fetchall()

    def begin_index_anew(self) -> None:
        self._all("delete from search_progress")
        self._all(_BEGIN_INDEX)

    @contextmanager
    def written(self) -> Iterator[None]:
        with _whole(self._it):
            yield

    def let_go(self) -> None:
        if self._it.in_transaction:
            self._all("commit")

    def close(self) -> None:
        self.let_go()
        self._it.execute("pragma wal_checkpoint(truncate)").fetchall()
        self._it.close()

    def _all(self, text: str, values: Values = ()) -> list[Values]:
        return [tuple(row) for row in self._it.execute(text, values)]


class PostgresSide:
    """A database on a server. What is inserted is on the disk with the next write that is not."""

    def __init__(self, url: str) -> None:
        """Raises Lent, CannotConnect."""
        try:
            self._it = psycopg.connect(url, autocommit=True, **beside(url, sends_much=True))
        except psycopg.Error as problem:
            raise CannotConnect(explained(problem, url)) from problem
        if not is_direct(self._it):
            self._it.close()
            raise Lent

    def meta(self, key: str) -> str | None:
        if self._it.execute("select to_regclass('meta')").fetchone() == (None,):
            return None
        found = self._it.execute("select value from meta where key = %s", (key,)).fetchone()
        return None if found is None else str(found[0])

    def is_being_restored(self) -> bool:
        return self._it.execute("select to_regclass(%s)", (RESTORING,)).fetchone() != (None,)

    def set_meta(self, key: str, value: str | None) -> None:
        with self._it.transaction():
            self._put_meta(key, value)

    def begin(self, mark: str) -> None:
        self._in_one(fence.on_postgres, mark)

    def open_again(self) -> None:
        self._in_one(fence.off_postgres, None)

    def _in_one(self, texts: Callable[[Iterable[str]], Iterable[str]], mark: str | None) -> None:
        try:
            with self._it.transaction():
                self._it.execute(f"set local lock_timeout = {_BUSY_MS}")
                for text in texts(self._fenced()):
                    self._it.execute(text.encode())
                if mark is not None:
                    self._put_meta(MOVED, mark)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as problem:
            raise Busy from problem

    def _fenced(self) -> list[str]:
        """Partitions are written to through their tables."""
        found = self._it.execute(
            "select c.relname from pg_class c where c.relnamespace = current_schema()::regnamespace"
            " and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'meta' order by c.relname"
        )
        return [str(name) for (name,) in found.fetchall()]

    def _put_meta(self, key: str, value: str | None) -> None:
        self._it.execute("delete from meta where key = %s", (key,))
        if value is not None:
            self._it.execute("insert into meta (key, value) values (%s, %s)", (key, value))

    def is_empty(self) -> bool:
        names = map(sql.Identifier, filter(is_copied, self._fenced()))
        texts = (sql.SQL("select 1 from {} limit 1").format(name) for name in names)
        return all(self._it.execute(text).fetchone() is None for text in texts)

    def beats(self) -> dict[str, int]:
        return dict(self._it.execute("select name, beats from holders").fetchall())

    def hold(self, tables: Sequence[Table]) -> None:
        self._it.execute("begin isolation level repeatable read")
        names = sql.SQL(", ").join(sql.Identifier(table.name) for table in tables)
        self._it.execute(f"set local lock_timeout = {_BUSY_MS}")
        try:
            self._it.execute(sql.SQL("lock table {} in share mode").format(names))
        except psycopg.errors.LockNotAvailable as problem:
            raise Busy from problem

    def count(self, table: Table) -> int:
        found = self._it.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table.name)))
        row = found.fetchone()
        return 0 if row is None else int(row[0])

    def has_rows(self, table: Table) -> bool:
        text = sql.SQL("select 1 from {} limit 1").format(sql.Identifier(table.name))
        return self._it.execute(text).fetchone() is not None

    def page(self, table: Table, after: Values | None, limit: int) -> list[Values]:
        key, beyond = _columns(table.key), sql.Composed([])
        if after is not None:
            marks = sql.SQL(", ").join(sql.Placeholder() * len(after))
            beyond = sql.SQL("where ({}) > ({})").format(key, marks)
        text = sql.SQL("select {} from {} {} order by {} limit {}").format(
            _columns(table.columns), sql.Identifier(table.name), beyond, key, sql.Literal(limit)
        )
        with self._it.transaction(), self._it.cursor(name="page") as cursor:
            cursor.itersize = _FETCHED
            return _portion(cursor.execute(text, after or ()))

    def same(self, table: Table, keys: Sequence[Values]) -> list[Values]:
        lists = sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(kind)) for kind in table.types)
        text = sql.SQL("select {} from {} where ({}) in (select * from unnest({}))").format(
            _columns(table.columns), sql.Identifier(table.name), _columns(table.key), lists
        )
        return self._it.execute(text, [list(column) for column in zip(*keys, strict=True)]).fetchall()

    def insert(self, table: Table, rows: Sequence[Values]) -> None:
        text = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table.name), _columns(table.columns))
        self._it.execute("set local synchronous_commit = off")
        with self._it.cursor() as cursor, cursor.copy(text) as copy:
            for row in rows:
                copy.write_row(row)

    def begin_index_anew(self) -> None:
        self._it.execute("delete from search_progress")
        self._it.execute(_BEGIN_INDEX)

    @contextmanager
    def written(self) -> Iterator[None]:
        with self._it.transaction():
            yield

    def let_go(self) -> None:
        if self._it.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            self._it.execute("commit")

    def close(self) -> None:
        self._it.close()


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _places(count: int) -> str:
    return ", ".join("?" * count)


def _columns(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
