"""What lies between us and PostgreSQL: nothing, or a pooler that lends connections for one transaction each.

Nothing of ours lives longer than a transaction but prepared statements. A pooler that knows of them prepares
each under a name of its own wherever it is needed (PgBouncer from 1.21 on, with ``max_prepared_statements``);
any other would run them on connections that have never heard of them.

Source: PgBouncer, "Feature matrix", "max_prepared_statements"; Psycopg 3, "Using Psycopg with PgBouncer".
"""

from typing import Any

import psycopg
from psycopg import sql

from poststelle.lib.database import is_direct

_NAMES = "select name from pg_prepared_statements"
_OURS = "_pg3_"  # how psycopg calls those that it prepares


def identity(connection: psycopg.Connection[dict[str, Any]]) -> tuple[object, ...]:
    """Which database of which server this is."""
    found = connection.execute(
        "select current_database() as name, current_schema() as schema, pg_postmaster_start_time() as started"
    ).fetchone()
    assert found
    return tuple(found.values())


def bears_prepared_statements(connection: psycopg.Connection[dict[str, Any]]) -> bool:
    """Whether what was prepared in one transaction is there in the next. Ends the transaction."""
    if is_direct(connection):
        return True
    if not psycopg.capabilities.has_send_close_prepared():
        return False  # what is prepared no more could not be told to the pooler
    return _is_prepared_by_pooler(connection)


def _is_prepared_by_pooler(connection: psycopg.Connection[dict[str, Any]]) -> bool:
    connection.rollback()
    try:
        names = [row["name"] for row in connection.execute(_NAMES, prepare=True)]
        ours = [name for name in names if name.startswith(_OURS)]
        for name in ours:  # left there, it would be in the way of the next who asks
            connection.execute(sql.SQL("deallocate {}").format(sql.Identifier(name)))
    except psycopg.errors.DuplicatePreparedStatement:
        ours = [_OURS]
        connection.rollback()
    connection.commit()
    return not ours
