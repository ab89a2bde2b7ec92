"""As whom the addresses of a database log in, and whether that will do.

Whose the tables are makes and changes them, and tidies the search index; a session can be ended by who has
the rights of the user that logged in, whatever `alter role … set role` has made of it since. So one user for
all is what does; what works all the same is let be.

Source: PostgreSQL, "System Administration Functions" (pg_terminate_backend), "SET ROLE".
"""

from typing import Any, NamedTuple

import psycopg

_USER = """
select session_user as login, current_user as name, owner.rolname as owner,
  coalesce(owner.rolcanlogin, true) as owner_logs_in,
  coalesce(pg_has_role(owner.oid, 'usage'), true) as is_owner,
  coalesce(has_table_privilege(meta.oid, 'select'), true) as can_read
from (values (1)) as one
left join (
  pg_class meta
  join pg_namespace space on space.oid = meta.relnamespace and space.nspname = current_schema()
  join pg_roles owner on owner.oid = meta.relowner
) on meta.relname = 'meta' and meta.relkind in ('r', 'p')"""
_HAS_RIGHTS_OF = "select pg_has_role(%(user)s::name, 'usage') as has"
_MAY_END = "select pg_has_role(session_user, %(login)s::name, 'usage') as has"
_BEHIND = "(behind a pooler: its connections)"
_TWO = "POSTSTELLE_DATABASE and POSTSTELLE_DATABASE_DIRECT log in as two users"


class User(NamedTuple):
    """Who a connection is at the server; behind a pooler: of those connections that it lends.

    ``login``: who logged in, which is another than ``name`` where a role is set for it; ``owner``: whose the
    tables are, None where there are none; ``is_owner``: with the rights of that one, or nobody's they are.
    """

    login: str
    name: str
    owner: str | None
    owner_logs_in: bool
    is_owner: bool
    can_read: bool


class Told(NamedTuple):
    """What a log says of users with whom not everything works."""

    event: str
    remedy: str


def user(connection: psycopg.Connection[dict[str, Any]]) -> User:
    found = connection.execute(_USER).fetchone()
    assert found
    return User(**found)


def judged(connection: psycopg.Connection[dict[str, Any]]) -> Told | None:
    """The one user of the only address. Raises ValueError, which says what to do."""
    one = user(connection)
    if one.is_owner:
        return None
    if not one.can_read:
        raise ValueError(_no_owner(one, "Let it"))
    return Told("database.not_owner", _no_owner(one, "Let it"))


def both_judged(
    connection: psycopg.Connection[dict[str, Any]], direct: psycopg.Connection[dict[str, Any]]
) -> Told | None:
    """Those of both addresses, before ``direct`` makes tables. Raises ValueError, which says what to do.

    What only ``direct`` may not is missed where a process stands still in a transaction.
    """
    one, other = user(connection), user(direct)
    if one.login == other.login:
        if not one.is_owner:
            raise ValueError(_no_owner(one, "Let both addresses"))
        return None
    will_do = one.is_owner if one.owner else _has(connection, _HAS_RIGHTS_OF, user=other.name)
    if not (will_do and other.can_read):
        raise ValueError(f"{_TWO}. Let both {_BEHIND} log in as one: {_to_stay(one)}.")
    if other.is_owner and _has(direct, _MAY_END, login=one.login):
        return None
    return Told(
        "database.two_users",
        "what a process that stands still has left open at PostgreSQL can't be ended by the user of"
        f" POSTSTELLE_DATABASE_DIRECT: let both addresses log in as one user, {_to_stay(one)}",
    )


def _has(connection: psycopg.Connection[dict[str, Any]], question: str, **who: str) -> bool:
    found = connection.execute(question.encode(), who).fetchone()
    return bool(found and found["has"])


def _no_owner(one: User, whom: str) -> str:
    return (
        "The user of POSTSTELLE_DATABASE is not the owner of the tables and has not its rights, which an"
        f" update and the search index need. {whom} {_BEHIND} log in as that owner: {_to_stay(one)}."
    )


def _to_stay(one: User) -> str:
    """Which user is the one for all."""
    if one.owner is None:
        return "the tables will be that one's"
    if one.owner_logs_in:
        return f"{one.owner}, whose the tables are"
    return f"one that has the rights of {one.owner}, whose the tables are"
