"""PostgreSQL through psycopg: transactions in threads, a pool of connections.

Writes are SERIALIZABLE and run again after a serialization failure or a
deadlock; those that depend on no row but their own are READ COMMITTED, and take no
part in that. A connection that the server has ended (it started anew), or that the network
has forgotten (``lib.database.beside``), is replaced,
and what was asked on it runs again, unless its commit was on its way: whether that came to
pass nobody can tell, so it fails, and whoever asked begins anew from what is stored. Whatever
touches an account's mail locks the account's row first, so two such writes meet
at once and not at their ends. Reads are REPEATABLE READ READ ONLY: one snapshot,
no part in any conflict.

Source: PostgreSQL, "Transaction Isolation", "Serialization Failure Handling".
"""

import random
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

import psycopg
import structlog
from psycopg.adapt import Dumper
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from poststelle.lib.database import (
    AS_USUAL,
    BACKEND,
    CONNECT_S,
    NO_LOCKS,
    READ_ONLY,
    SILENT_S,
    DatabaseOptions,
    beside,
    is_direct,
    is_read_only,
    lacks_locks,
    told_as,
)
from poststelle.lib.workers import Workers
from poststelle.model.change import Published
from poststelle.model.ids import AccountId
from poststelle.model.rights import Scope
from poststelle.model.search import Entry
from poststelle.store import queries
from poststelle.store.engines import (
    partitions_postgres,
    pooler,
    storage_postgres,
    users_postgres,
    words_postgres,
)
from poststelle.store.engines.base import STOPPED_WITHIN_S, Halt, Halted, HeldUp, Kind, Noting, Reads
from poststelle.store.engines.refusals_postgres import CannotConnect, explained
from poststelle.store.engines.unread_postgres import Unread
from poststelle.store.tx import Locked, ReadTx, Row, Tx

T = TypeVar("T")
log = structlog.get_logger()
AnyTx = TypeVar("AnyTx", ReadTx, Tx)
Connection = psycopg.Connection[Row]

ATTEMPTS = 4
ATTEMPTS_ALONE = 40
_STOOD_STILL_S = SILENT_S
"""After which the server ends a transaction of a process that stands still between two statements.

Its locks would hold up all others. In the middle of a page of rows the server waits for the next one without
such a limit: there others end it, once its heart stands still (``end_sessions``).
"""
_EVERY_S = SILENT_S // 3
_ASKS_WHETHER_WE_LIVE = {
    "tcp_keepalives_idle": str(_EVERY_S),
    "tcp_keepalives_interval": str(_EVERY_S),
    "tcp_keepalives_count": "2",
    "client_connection_check_interval": f"{_EVERY_S}s",
}
"""By which the server notices that our machine is gone, which is two hours otherwise.

The last one also while it waits for a lock; it is for systems that can tell.
Source: PostgreSQL, "Connections and Authentication: TCP Settings".
"""
_APART_WAIT_S = 1.0  # several statements make a beat; then it goes by what others use
_AGAIN_S = 5.0
"""After so long a pool begins its waits anew: they double, and would be minutes long in an outage of some."""
_APART_S = 2  # longer than any of our writes has a row, which is not much
_LIVING = b"select pid from pg_stat_activity where pid = any(%(numbers)s)"
_END_SESSIONS = """
select count(*) filter (where pg_terminate_backend(pid, 1000)) as ended from pg_stat_activity
where datname = current_database() and pg_has_role(usesysid, 'usage') and application_name = any(%(names)s)
  and xact_start is not null and wait_event_type = 'Client'
  and state_change < clock_timestamp() - %(silent_s)s * interval '1 second'"""
_PREPARE_AFTER = 2
_GIVEN_UP_S = 1.0
_POOL_CLOSED_S = 5.0  # for each thread of a pool, which may be connecting
_POOL_GIVEN_UP_S = 0.1  # for each thread of a pool; only after that who waits for a connection is told
_PREPARED_AT_MOST = 300  # more than are asked again and again
_SCHEMA_LOCK = 0x506F737473  # any number of our own, for pg_advisory_xact_lock
_TURN_S = 5  # longer than a schema is made; who waits for another process of ours holds up nobody
_LOCK_S = 2  # longer than any transaction of ours has a table, which a migration has to wait for
_HELD_UP = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
# Also who has the turn to make a schema, and maybe no table yet (PostgreSQL, "pg_locks": how a key is told).
_WHO_USES_TABLES = """
select l.pid, a.application_name as program
from pg_locks l
join pg_database d on d.oid = l.database and d.datname = current_database()
left join pg_class c on c.oid = l.relation and c.relkind in ('r', 'p')
left join pg_stat_activity a on a.pid = l.pid
where l.granted and l.pid <> pg_backend_pid() and (
  c.relnamespace = current_schema()::regnamespace
  or l.locktype = 'advisory' and l.objsubid = 1
    and l.classid::bigint << 32 | l.objid::bigint = %(schema_lock)s
)
order by a.xact_start nulls last limit 1"""
_DIALECT = {
    "{message_words}": words_postgres.SCHEMA,
    "{message_words_by_account}": words_postgres.BY_ACCOUNT,
    "{blob}": "bytea",
    "{clustered}": "",
}
_IN_TRANSACTION = (psycopg.pq.TransactionStatus.INTRANS, psycopg.pq.TransactionStatus.INERROR)
_ISOLATION = {
    Kind.USUAL: psycopg.IsolationLevel.SERIALIZABLE,
    Kind.FLEETING: psycopg.IsolationLevel.SERIALIZABLE,
    Kind.BY_ROWS: psycopg.IsolationLevel.READ_COMMITTED,
}
_LEAVES_ALL_PREPARED = psycopg.errors.SerializationFailure
# A newer program has changed a table meanwhile: all is prepared anew on the connection that says so.
_IS_PREPARED_NO_MORE = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.FeatureNotSupported)
_TRY_AGAIN = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


_PATIENT = {"min_size": 1, "reconnect_timeout": _AGAIN_S, "reconnect_failed": ConnectionPool.check}
"""Of everybody's pool: it goes on trying, for those who wait already, every two seconds or so."""
_HURRIED = {"min_size": 0, "timeout": _APART_WAIT_S, "reconnect_timeout": _AGAIN_S}
"""Of the pool of the connection apart: what can't be had at once is tried anew with the next question."""


class _ConnectionGone(Exception):
    """The server ended the connection before anything was committed on it."""


class _BoolDumper(Dumper):
    """Booleans are 0 or 1 in our tables."""

    oid = psycopg.postgres.types["int8"].oid

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"


class PostgresReadTx:
    """A transaction on one connection."""

    def __init__(
        self, connection: Connection, statements: queries.Statements, unread: Unread, halt: Halt | None = None
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._unread = unread
        self._halt = halt
        self.scope: Scope | None = None

    def one(self, query: str, /, **params: Any) -> Row | None:
        with self._execute(query, params) as cursor:
            return cursor.fetchone()

    def all(self, query: str, /, **params: Any) -> list[Row]:
        with self._execute(query, params) as cursor:
            return cursor.fetchall()

    def check(self) -> None:
        if self._halt is not None:
            self._halt.check()

    def no_waiting_for_locks(self) -> None:
        self._connection.execute(f"set local lock_timeout = '{_APART_S}s'")

    def _execute(self, query: str, params: dict[str, Any]) -> psycopg.Cursor[Row]:
        self.check()
        statement = self._statements.get(query, params)
        for name in statement.lists:
            params[name] = list(params[name])
        for name in statement.matches:
            params[f"{name}_phrases"] = words_postgres.phrases(params[name])
            params[f"{name}_patterns"] = words_postgres.patterns(params[name])
            params[name] = words_postgres.query(params[name])
        # How a search is best made depends on its words, so it is planned anew each time.
        prepare = False if statement.matches else None
        with self._unread.allowed(self._connection, (params,)):
            return self._connection.execute(statement.text.encode(), params, prepare=prepare)


class PostgresTx(Noting, PostgresReadTx):
    """A write transaction."""

    def __init__(
        self, connection: Connection, statements: queries.Statements, unread: Unread, gathered: "_Gathered"
    ) -> None:
        Noting.__init__(self)
        PostgresReadTx.__init__(self, connection, statements, unread)
        self._gathered = gathered

    def run(self, query: str, /, **params: Any) -> int:
        with self._execute(query, params) as cursor:
            return cursor.rowcount

    def many(self, query: str, rows: Iterable[Row], /) -> None:
        self._execute_many(self._statements[query].text, list(rows))

    def many_in_order(self, query: str, rows: Iterable[tuple[Any, ...]], /) -> None:
        names = self._statements[query].names
        self.many(query, [dict(zip(names, row, strict=True)) for row in rows])

    def index(self, entries: Iterable[Entry]) -> None:
        taken = list(entries)
        if not taken:
            return
        self._execute_many(words_postgres.INSERT, list(words_postgres.rows(taken)))
        if self._gathered.is_much_with(len(taken)):
            self._connection.execute(words_postgres.TIDY)

    def unindex(self, account: AccountId, docs: Sequence[int]) -> None:
        params = (account, list(docs))
        with self._unread.allowed(self._connection, (params,)):
            self._connection.execute(words_postgres.DELETE, params)

    def end_sessions(self, programs: Sequence[str], silent_s: float) -> int:
        params = {"names": [told_as(name) for name in programs], "silent_s": silent_s}
        # Sessions are of who logged in, so by the rights of that one; nothing else is in this transaction.
        self._connection.execute("set local role none")
        found = self._connection.execute(_END_SESSIONS, params).fetchone()
        return int(found["ended"]) if found else 0

    def tidy_index(self) -> bool:
        return False  # the server does so by itself

    def _execute_many(self, text: str, rows: Sequence[Row] | Sequence[tuple[Any, ...]]) -> None:
        """Of one row as any other statement: a pipeline for it alone costs more than it saves."""
        with self._unread.allowed(self._connection, rows):
            if len(rows) == 1:
                self._connection.execute(text.encode(), rows[0])
            elif rows:
                with self._connection.cursor() as cursor:
                    cursor.executemany(text.encode(), rows)

    def no_waiting(self) -> None:
        """Its commit does not wait for the disk. Source: PostgreSQL, "Asynchronous Commit"."""
        self._connection.execute("set local synchronous_commit = off")


class _Gathered:
    """About how many messages' words this process has put into the index that were not taken in yet."""

    def __init__(self) -> None:
        self._messages = 0

    def is_much_with(self, more: int) -> bool:
        """Whether it is time to take them in, with so many more; then they count as taken in."""
        self._messages += more
        if self._messages < words_postgres.MANY:
            return False
        self._messages = 0
        return True


class PostgresEngine(Reads):
    """One database on a server."""

    def __init__(self, url: str, options: DatabaseOptions = AS_USUAL) -> None:
        super().__init__()
        self._url, self._options = url, options
        self._connections = options.connections
        self._statements = queries.Statements(queries.for_psycopg)
        # One connection is left to who is apart: all others may have to wait for who is dead.
        self.readers = self.writers = Workers(self._connections - 1, "postgres", each=self._connections // 2)
        self.apart = Workers(1, "postgres-apart")
        self._gate = threading.Lock()
        self._is_given_up = False
        self._gathered = _Gathered()
        self._unread = Unread(
            beside(url, silent_s=options.silent_s).get("tcp_user_timeout"), self._number, self._living
        )
        self._prepare_after: int | None = _PREPARE_AFTER
        self._is_direct = False
        self._session = b""
        self._pool = self._made_pool(url, self._connections - 1, self._configure, **_PATIENT)
        # Past a pooler: all that it lends may be with who waits for the dead.
        self._pool_apart = (
            self._made_pool(options.direct, 1, self._configure_direct, **_HURRIED)
            if options.direct
            else self._made_pool(url, 1, self._configure, **_HURRIED)
        )

    def _made_pool(
        self, url: str, most: int, configure: Callable[[Connection], None], **more: Any
    ) -> ConnectionPool[Connection]:
        options = self._options
        return ConnectionPool(
            url,
            connection_class=psycopg.Connection[Row],
            kwargs={"row_factory": dict_row, **_named(options), **beside(url, silent_s=options.silent_s)},
            max_size=most,
            configure=configure,
            open=False,
            **more,
        )

    def prepare(self, create_schema: Callable[[Any], None]) -> None:
        # Connections by themselves first: the pool would go on trying, and hide why it fails.
        told = self._compare_users()
        try:
            self._brought_up_to_date(create_schema)
        except _HELD_UP as problem:
            raise HeldUp(self._who_uses_tables()) from problem
        with self._connected(self._url) as connection:
            bears = self._options.prepares
            bears = pooler.bears_prepared_statements(connection) if bears is None else bears
            self._prepare_after = _PREPARE_AFTER if bears else None
            self._is_direct = is_direct(connection)
            self._session = _session(connection) if self._is_direct else b""
        if told:
            log.warning(told.event, remedy=told.remedy)
        self._pool_apart.open()
        self._pool.open(wait=True, timeout=CONNECT_S)

    def _brought_up_to_date(self, create_schema: Callable[[Any], None]) -> None:
        """Who waits for a table has all others wait behind: so not for long.

        Raises ValueError, which says what to do, where nothing can be stored: all would be read, and the
        first write fail somewhere.
        """
        direct = self._options.direct
        with self._connected(direct or self._url, is_direct=direct is not None) as connection:
            if is_read_only(connection):
                raise ValueError(READ_ONLY)
            connection.execute(f"set local idle_in_transaction_session_timeout = '{_STOOD_STILL_S}s'")
            take_turn(connection)
            self._make(_Schema(connection, self._options.partitions), create_schema)

    def _compare_users(self) -> users_postgres.Told | None:
        """Before a table is made, which would be somebody's, or in another database.

        Raises ValueError, which says what to do.
        """
        with self._connected(self._url) as connection:
            if self._options.direct is None:
                return users_postgres.judged(connection)
            with self._connected(self._options.direct, is_direct=True) as direct:
                if pooler.identity(connection) != pooler.identity(direct):
                    raise ValueError(
                        "POSTSTELLE_DATABASE_DIRECT leads to another database than POSTSTELLE_DATABASE."
                    )
                return users_postgres.both_judged(connection, direct)

    def _who_uses_tables(self) -> str:
        """The program that has done so for longest, by its name and its process of the server."""
        with (
            suppress(psycopg.Error, CannotConnect),
            self._connected(self._options.direct or self._url) as asking,
        ):
            if found := asking.execute(_WHO_USES_TABLES, {"schema_lock": _SCHEMA_LOCK}).fetchone():
                return f"{found['program'] or 'unknown'} (pid {found['pid']})"
        return "unknown"

    def _make(self, schema: "_Schema", create_schema: Callable[[Any], None]) -> None:
        """Raises ValueError, which says what to do, where the server has too few locks for the partitions."""
        try:
            create_schema(schema)
            schema.settle()
        except psycopg.errors.OutOfMemory as problem:
            if lacks_locks(problem):
                raise ValueError(NO_LOCKS) from problem
            raise

    @property
    def is_preparing(self) -> bool:
        """Whether statements are prepared; known after ``prepare``."""
        return self._prepare_after is not None

    def run_read(self, fn: Callable[[ReadTx], T], halt: Halt, *, is_apart: bool = False) -> T:
        self._reads.add(halt)
        try:
            if is_apart:
                hurrying = partial(_hurrying, fn)
                return self._apart(lambda pool: self._read_once(pool, hurrying, halt))
            return self._on_living_connection(self._pool, lambda: self._read_once(self._pool, fn, halt))
        except psycopg.errors.QueryCanceled as error:
            halt.check()
            raise error
        except PoolClosed as error:  # it has waited for a connection until the end
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
        if is_apart:  # also while somebody else goes alone
            hurrying = partial(_hurrying, fn)
            return self._apart(lambda pool: self._write_again_and_again(pool, hurrying, now, kind))
        return self._on_living_connection(self._pool, lambda: self._write_until_done(fn, now, kind))

    def _apart(self, work: Callable[[ConnectionPool[Connection]], T]) -> T:
        """What waits for nobody's locks for long. Raises Locked."""
        try:
            return self._apart_or_not(work)
        except psycopg.errors.LockNotAvailable as problem:
            raise Locked from problem

    def _apart_or_not(self, work: Callable[[ConnectionPool[Connection]], T]) -> T:
        """On the connection that is left to it, or, while that can't be had, on one of those for everybody:
        the server may have none left, or only the pooler be within reach."""
        try:
            return self._on_living_connection(self._pool_apart, lambda: work(self._pool_apart))
        except PoolTimeout:
            return self._on_living_connection(self._pool, lambda: work(self._pool))

    def _on_living_connection(self, pool: ConnectionPool[Connection], work: Callable[[], T]) -> T:
        """Again with connections that have been looked at, as long as dead ones turn up.

        A server that ends them takes its time: one that looks alive may be dead a moment later.
        The pool drops each that is found dead, so it has none left after as many tries. So it goes with those
        whose statements were prepared for a table as it was.
        """
        for _ in range(self._connections):
            try:
                return work()
            except _ConnectionGone:
                pool.check()
            except _IS_PREPARED_NO_MORE:
                continue
        return work()

    def _write_until_done(
        self, fn: Callable[[Tx], T], now: Callable[[], datetime], kind: Kind
    ) -> tuple[T, list[Published]]:
        for attempt in range(1, ATTEMPTS):
            try:
                with self._gate:  # open, unless somebody has failed too often and goes alone
                    pass
                return self._write_once(self._pool, fn, now, kind)
            except _TRY_AGAIN:
                time.sleep(random.uniform(0, 0.002 * attempt))  # noqa: S311 (no secret)
        # No other write of this process begins meanwhile: those under way end, this one gets through.
        with self._gate:
            return self._write_again_and_again(self._pool, fn, now, kind)

    def _write_again_and_again(
        self, pool: ConnectionPool[Connection], fn: Callable[[Tx], T], now: Callable[[], datetime], kind: Kind
    ) -> tuple[T, list[Published]]:
        for _ in range(ATTEMPTS_ALONE):
            try:
                return self._write_once(pool, fn, now, kind)
            except _TRY_AGAIN:
                time.sleep(random.uniform(0, 0.02))  # noqa: S311 (no secret)
        return self._write_once(pool, fn, now, kind)

    def _connected(self, url: str, *, is_direct: bool = False) -> Connection:
        """Raises CannotConnect."""
        try:
            return psycopg.Connection[Row].connect(url, row_factory=dict_row, **beside(url))
        except psycopg.Error as problem:
            raise CannotConnect(explained(problem, url), is_direct=is_direct) from problem

    def _configure(self, connection: Connection) -> None:
        self._adapt(connection)
        connection.prepare_threshold = self._prepare_after
        if self._session:
            connection.execute(self._session)
            connection.commit()

    def _configure_direct(self, connection: Connection) -> None:
        """One that goes past a pooler."""
        self._adapt(connection)
        is_ours = is_direct(connection)  # unless this leads to another pooler
        connection.prepare_threshold = (
            _PREPARE_AFTER if is_ours and self._options.prepares is not False else None
        )
        if is_ours:
            connection.execute(_session(connection))
        connection.commit()

    def _adapt(self, connection: Connection) -> None:
        connection.prepared_max = _PREPARED_AT_MOST
        # One integer type in every statement, or each size of number would be prepared anew.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.adapters.register_dumper(bool, _BoolDumper)

    def _number(self, connection: Connection) -> int:
        """The process of the server that works for this connection, while its transaction lasts."""
        if self._is_direct:
            return connection.info.backend_pid
        found = connection.execute(BACKEND).fetchone()
        return int(found["pid"]) if found else 0

    def _living(self, numbers: Collection[int]) -> set[int]:
        """Those of these processes that the server has; None of another server are."""
        with self._connected(self._options.direct or self._url) as asking:
            found = asking.execute(_LIVING, {"numbers": list(numbers)}).fetchall()
        return {row["pid"] for row in found}

    def give_up(self) -> None:
        self._is_given_up = True
        # Beside us, for a pool first waits for those of its threads that are just connecting.
        for pool in (self._pool, self._pool_apart):
            threading.Thread(target=pool.close, args=(_POOL_GIVEN_UP_S,), name="give-up", daemon=True).start()

    def close(self) -> None:
        # Who waits for a connection fails; who has one keeps it to the end of their transaction.
        for pool in (self._pool, self._pool_apart):
            pool.close(_POOL_GIVEN_UP_S if self._is_given_up else _POOL_CLOSED_S)
        if self._is_given_up:  # the server can't be told to stop anything
            self.writers.close(within_s=_GIVEN_UP_S)
        else:
            self.writers.close(urge=self._stop_reads, within_s=STOPPED_WITHIN_S)
        self.apart.close(within_s=_GIVEN_UP_S)

    def _read_once(self, pool: ConnectionPool[Connection], fn: Callable[[ReadTx], T], halt: Halt) -> T:
        with pool.connection() as connection, _noticing_its_end(connection):
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with halt.reading(lambda: _cancel(connection)):
                return fn(PostgresReadTx(connection, self._statements, self._unread, halt))

    def _write_once(
        self, pool: ConnectionPool[Connection], fn: Callable[[Tx], T], now: Callable[[], datetime], kind: Kind
    ) -> tuple[T, list[Published]]:
        with pool.connection() as connection:
            connection.isolation_level = _ISOLATION[kind]
            connection.read_only = False
            tx = PostgresTx(connection, self._statements, self._unread, self._gathered)
            with _noticing_its_end(connection), _taken_back_on_error(connection):
                if kind is Kind.FLEETING:
                    tx.no_waiting()
                result = fn(tx)
                published = tx.notes.log(tx, now())
            with _taken_back_on_error(connection):
                connection.commit()
            return result, published


def _named(options: DatabaseOptions) -> dict[str, str]:
    return {} if options.program is None else {"application_name": told_as(options.program)}


def _session(connection: Connection) -> bytes:
    """What is set for each connection of ours. A pooler would lend the settings to others.

    Those that this server has no means for are left out.
    """
    wanted = {"idle_in_transaction_session_timeout": f"{_STOOD_STILL_S}s", **_ASKS_WHETHER_WE_LIVE}
    settings = []
    for name, value in wanted.items():
        with suppress(psycopg.errors.InvalidParameterValue), connection.transaction():
            connection.execute(setting := f"set {name} = '{value}'".encode())
            settings.append(setting)
    return b"; ".join(settings)


def _hurrying(fn: Callable[[AnyTx], T], tx: AnyTx) -> T:
    """``fn``, which does not wait for what others have locked for longer than is usual."""
    cast(PostgresReadTx, tx).no_waiting_for_locks()
    return fn(tx)


def take_turn(connection: psycopg.Connection[Any]) -> None:
    """Until the transaction ends nobody else makes or changes the schema, and what others have made is seen.

    Raises LockNotAvailable where somebody else has the turn for long.
    """
    connection.execute(f"set local lock_timeout = '{_TURN_S}s'")
    connection.execute("select pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
    connection.execute(f"set local lock_timeout = '{_LOCK_S}s'")


class _Schema:
    """The database as ``create_schema`` sees it."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        """``partitions``: of a new database; an older one has its own number."""
        self._connection = connection
        self._partitions = partitions
        self._is_changed = False

    @property
    def encoding(self) -> str:
        return self._connection.info.parameter_status("server_encoding") or "unknown"

    def table_names(self) -> set[str]:
        # By the catalog: information_schema hides those that this user has no rights to.
        found = self._connection.execute(
            "select relname from pg_class join pg_namespace space on space.oid = relnamespace"
            " where nspname = current_schema() and relkind in ('r', 'p', 'v', 'f')"
        )
        return {row["relname"] for row in found}

    def script(self, text: str) -> None:
        is_new = not self.table_names()
        if not is_new:
            self._partitions = int(self.meta().get(partitions_postgres.KEY, 0))
        for name, ours in _DIALECT.items():
            text = text.replace(name, ours)
        self._connection.execute(partitions_postgres.fill(text, self._partitions).encode())
        if is_new and self._partitions:
            self.set_meta(partitions_postgres.KEY, str(self._partitions))
        self._is_changed = True

    def settle(self) -> None:
        """What is to be done once all tables are there, if any was made or changed."""
        if self._is_changed:
            storage_postgres.settle(self._connection)

    def meta(self) -> dict[str, str]:
        return {row["key"]: row["value"] for row in self._connection.execute("select key, value from meta")}

    def set_meta(self, key: str, value: str) -> None:
        self._connection.execute(
            "insert into meta (key, value) values (%s, %s)"
            " on conflict (key) do update set value = excluded.value",
            (key, value),
        )


def _cancel(connection: Connection) -> None:
    """Ask the server to end the statement. What fails is asked again, or ends with the connection."""
    with suppress(psycopg.Error):
        connection.cancel_safe(timeout=CONNECT_S)


@contextmanager
def _noticing_its_end(connection: Connection) -> Iterator[None]:
    """Raise _ConnectionGone for whatever failed because the server has ended the connection."""
    try:
        yield
    except psycopg.Error as error:
        if connection.broken:
            raise _ConnectionGone("PostgreSQL has ended the connection") from error
        raise


@contextmanager
def _taken_back_on_error(connection: Connection) -> Iterator[None]:
    """Take back by a plain statement what ends for a reason that leaves prepared statements as they are.

    The driver's own way makes the server forget them all, and a write that is made again would have all
    planned anew. After any other refusal that is right: what is prepared may be older than a table of today,
    or count as prepared and was not.
    """
    try:
        yield
    except BaseException as error:
        leaves_all = not isinstance(error, psycopg.Error) or isinstance(error, _LEAVES_ALL_PREPARED)
        if leaves_all and connection.pgconn.transaction_status in _IN_TRANSACTION:
            connection.pgconn.exec_(b"rollback")
        raise
