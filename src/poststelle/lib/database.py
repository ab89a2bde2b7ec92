"""What of a PostgreSQL server its address does not say, and what to say of one that does not suit.

Source: PostgreSQL, "Parameter Key Words" (keepalives, tcp_user_timeout); Linux, tcp(7).
"""

from dataclasses import dataclass
from typing import Any

import apsw
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import scalar_row

CONNECTIONS = 8
CONNECT_S = 5
SILENT_S = 15
"""A connection whose other end has said nothing for so long, not even that octets have come, has none.

So long the server itself waits for a process that stands still in a transaction: whoever asks again on
another connection finds its locks gone. A network that is just led another way takes less, mostly.
"""
BACKEND = b"select pg_backend_pid() as pid"
"""It is not what a connection was told at its beginning where a pooler lends them by the transaction: what is
set for a session then stays with whoever is lent it next."""
_UTF8 = "UTF8"
_OURS, _LONGEST_NAME = "poststelle", 50
LOCKS = "max_locks_per_transaction"
NO_LOCKS = (
    "PostgreSQL has no room for so many locks at a time: each partition and each index on it takes one. Raise"
    f" {LOCKS} there (to 256 or more), start it anew, and run this again; or choose fewer"
    " POSTSTELLE_DATABASE_PARTITIONS for a new database."
)

READ_ONLY = (
    "The database is read-only, so nothing can be stored there. If it is a standby, name the primary server;"
    " else set default_transaction_read_only to off for this database and its user. Then run this again."
)


def beside(url: str, *, silent_s: int = SILENT_S, sends_much: bool = False) -> dict[str, Any]:
    """What every connection to PostgreSQL, or to a pooler before it, is made with beside its address.

    A network that forgets a connection says nothing: who waits for an answer would do so for a quarter of an
    hour. How long an answer takes does not matter, as long as the other machine is there. What the address
    says itself holds. One that can't be read is left for whoever connects to refuse.

    ``sends_much``: more at a time than the server may take in for a while. Linux ends such a connection, too,
    where the other machine acknowledges but its server does not read on (a slow disk, a lock): so it waits as
    long as TCP does by itself. A store does so now and then, and lifts the limit for just that.
    """
    try:
        said = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        said = {}
    left_out = said.keys() | ({"tcp_user_timeout"} if sends_much else set())
    return {name: value for name, value in _alive(silent_s).items() if name not in left_out}


def _alive(silent_s: int) -> dict[str, Any]:
    every_s = max(silent_s // 3, 1)
    return {
        "connect_timeout": CONNECT_S,
        "tcp_user_timeout": silent_s * 1000,  # also for whoever waits, once it is asked whether it lives
        "keepalives": 1,
        "keepalives_idle": every_s,
        "keepalives_interval": every_s,
        "keepalives_count": 2,
    }


def is_direct(connection: psycopg.Connection[Any]) -> bool:
    """Whether this is a connection to the server itself: nobody else hands out its number."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return bool(cursor.execute(BACKEND).fetchone() == connection.info.backend_pid)


def is_read_only(connection: psycopg.Connection[Any]) -> bool:
    """Whether nothing can be stored there: of a standby, or of a database that is set so.

    A connection that says READ WRITE for itself could store in the latter all the same: but providers set it
    when a disk is nearly full.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return bool(cursor.execute("show transaction_read_only").fetchone() == "on")


def told_as(program: str) -> str:
    """What PostgreSQL calls the connections of a program of this name, which tells it apart by its end.

    Source: PostgreSQL, "application_name" (ASCII, at most 63 characters).
    """
    return f"{_OURS} {program.encode('ascii', 'replace').decode()[-_LONGEST_NAME:]}"


def is_outage(problem: BaseException) -> bool:
    """Whether no more is said than that PostgreSQL, or a pooler before it, does not answer just now.

    Source: PostgreSQL, "Error Codes" (class 08; 57P01 to 57P03: it stops or starts; 53300: it is full).
    """
    if isinstance(problem, psycopg.OperationalError):
        code = problem.sqlstate  # none: there was no connection
        return code is None or code.startswith(("08", "57P0")) or code == "53300"
    return problem.__cause__ is not None and is_outage(problem.__cause__)


def lacks_locks(problem: BaseException) -> bool:
    """Whether PostgreSQL has refused for want of ``max_locks_per_transaction``."""
    return isinstance(problem, psycopg.errors.OutOfMemory) and LOCKS in (problem.diag.message_hint or "")


def lacks_room(problem: BaseException) -> bool:
    """Whether a disk is full. SQLite says so of what it keeps beside its file, too, in words of its own.

    Source: SQLite, "Result and Error Codes" (SQLITE_IOERR_SHMSIZE).
    """
    if isinstance(problem, apsw.IOError):
        return getattr(problem, "extendedresult", None) == apsw.SQLITE_IOERR_SHMSIZE  # apsw's types lack it
    return isinstance(problem, apsw.FullError | psycopg.errors.DiskFull)


def not_utf8(encoding: str) -> str | None:
    """What is to be done where PostgreSQL has a database's text in this encoding; None: it is right."""
    if encoding == _UTF8:
        return None
    return (
        f"The database's encoding is {encoding}, which can't hold what messages are written in. Make one with"
        " `createdb --encoding=UTF8 --locale=C --template=template0 NAME`, and set its address."
    )


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """How it is reached and laid out; SQLite needs none of this.

    ``direct``: the address past a pooler, for what needs a session of its own; None: the same address.
    ``prepares``: whether statements are prepared; None: unless what lies between cannot bear it.
    ``connections``: how many a process opens at most, 2 or more.
    ``partitions``: into how many partitions by account the large tables of a new database are made; 0: none.
    ``silent_s``: how long the other end may say nothing, not even that octets have come.
    ``program``: whose name its connections bear, so that others may end them once it is dead; None: nobody's.
    """

    direct: str | None = None
    prepares: bool | None = None
    connections: int = CONNECTIONS
    partitions: int = 0
    silent_s: int = SILENT_S
    program: str | None = None


AS_USUAL = DatabaseOptions()
