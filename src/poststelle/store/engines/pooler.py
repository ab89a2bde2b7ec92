"""What lies between us and PostgreSQL: nothing, or a pooler that lends connections for one transaction each.

Nothing of ours lives longer than a transaction but prepared statements. A pooler that knows of them prepares
each under a name of its own wherever it is needed (PgBouncer from 1.21 on, with ``max_prepared_statements``);
any other would run them on connections that have never heard of them.

Source: PgBouncer, "Feature matrix", "max_prepared_statements"; Psycopg 3, "Using Psycopg with PgBouncer".
"""

from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from poststelle.lib.database import is_direct

_NAMES = "select name from pg_prepared_statements"
_OURS = "_pg3_"  # how psycopg calls those that it prepares
_USER = """
select current_user as name, coalesce((
    select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('message_words')
  ), true) as is_owner"""
_MAY_ACT_FOR = "select pg_has_role(%(user)s::name, 'usage') as may"
NO_OWNER = (
    "POSTSTELLE_DATABASE and POSTSTELLE_DATABASE_DIRECT log in as two users, and that of POSTSTELLE_DATABASE"
    " has not the rights of the tables' owner. Let both log in (behind a pooler: its connections) as one"
    " user, or give it those rights at PostgreSQL: grant OWNER to USER."
)
GRANT_IT = (
    "what a process that stands still has left open at PostgreSQL can't be ended by the user of"
    " POSTSTELLE_DATABASE_DIRECT: let both addresses log in as one user, or grant it the other one's rights"
)


class User(NamedTuple):
    """Who a connection is at the server. ``is_owner``: with the rights of the tables' owner, which a search
    index that is tidied asks for."""

    name: str
    is_owner: bool


def identity(connection: psycopg.Connection[dict[str, Any]]) -> tuple[object, ...]:
    """Which database of which server this is."""
    found = connection.execute(
        "select current_database() as name, current_schema() as schema, pg_postmaster_start_time() as started"
    ).fetchone()
    assert found
    return tuple(found.values())


def user(connection: psycopg.Connection[dict[str, Any]]) -> User:
    """Behind a pooler: of those connections that it lends."""
    found = connection.execute(_USER).fetchone()
    assert found
    return User(**found)


def may_act_for(connection: psycopg.Connection[dict[str, Any]], name: str) -> bool:
    """Whether it may end what this user has left open: it is the same one, or has its rights."""
    found = connection.execute(_MAY_ACT_FOR, {"user": name}).fetchone()
    return bool(found and found["may"])


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
