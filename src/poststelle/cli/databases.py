"""What commands say when a database does not do what it is asked."""

import apsw
import psycopg

from poststelle.config import ConfigError
from poststelle.lib.database import NO_LOCKS, READ_ONLY, lacks_locks, lacks_room

FAILURES = (psycopg.Error, apsw.Error)


def refusal(problem: psycopg.Error | apsw.Error, if_busy: str = "End it") -> ConfigError:
    """In words, with what to do. The driver's own text may hold the address with its password, or a row.

    ``if_busy``: what is to be done about another program that uses the database.
    """
    if lacks_room(problem):
        return ConfigError("There is no room left for a database. Make room, and run it again.")
    if isinstance(problem, apsw.BusyError | psycopg.errors.LockNotAvailable):
        return ConfigError(f"Another program is using the database. {if_busy}, and run it again.")
    if isinstance(problem, psycopg.errors.InsufficientPrivilege):
        return ConfigError(
            "PostgreSQL does not let this user make tables, or use those that are there. Make it the owner of"
            " the database: `alter database NAME owner to USER`."
        )
    if isinstance(problem, psycopg.errors.ReadOnlySqlTransaction):
        return ConfigError(READ_ONLY)
    if isinstance(problem, apsw.NotADBError):
        return ConfigError("What is at the database's address is not a file of SQLite. Name another.")
    if lacks_locks(problem):
        return ConfigError(NO_LOCKS)
    return ConfigError(f"A database does not do what it is asked ({type(problem).__name__}).")
