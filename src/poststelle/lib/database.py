"""What of a PostgreSQL server its address does not say, and what to say of one that does not suit."""

from dataclasses import dataclass
from typing import Any

import apsw
import psycopg
from psycopg.rows import scalar_row

CONNECTIONS = 8
BACKEND = b"select pg_backend_pid() as pid"
"""It is not what a connection was told at its beginning where a pooler lends them by the transaction: what is
set for a session then stays with whoever is lent it next."""
_UTF8 = "UTF8"
LOCKS = "max_locks_per_transaction"
NO_LOCKS = (
    "PostgreSQL has no room for so many locks at a time: each partition and each index on it takes one. Raise"
    f" {LOCKS} there (to 256 or more), start it anew, and run this again; or choose fewer"
    " POSTSTELLE_DATABASE_PARTITIONS for a new database."
)


def is_direct(connection: psycopg.Connection[Any]) -> bool:
    """Whether this is a connection to the server itself: nobody else hands out its number."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return bool(cursor.execute(BACKEND).fetchone() == connection.info.backend_pid)


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
    """

    direct: str | None = None
    prepares: bool | None = None
    connections: int = CONNECTIONS
    partitions: int = 0


AS_USUAL = DatabaseOptions()
