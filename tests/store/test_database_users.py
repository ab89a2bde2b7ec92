"""As whom the addresses of a database log in: what will not do is refused before a table is made."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from structlog.testing import capture_logs
from tests.databases import run_sql
from tests.pg import Cluster
from tests.store.conftest import FakeClock, Listener

from poststelle.lib.database import DatabaseOptions, told_as
from poststelle.store import open_store
from poststelle.store.engines import words_postgres
from poststelle.store.engines.postgres import PostgresEngine
from poststelle.store.opening import create_schema

pytestmark = pytest.mark.anyio

_USERS = ("clerk", "straight")


def said_of(url: str, direct: str | None = None) -> list[str]:
    """What the log says when a process starts so. Raises ValueError."""
    engine = PostgresEngine(url, DatabaseOptions(direct=direct))
    try:
        with capture_logs() as told:
            engine.prepare(create_schema)
        return [str(one["event"]) for one in told]
    finally:
        engine.close()


def as_(user: str, url: str) -> str:
    return url.replace("postgres@", f"{user}@")


def has_tables(url: str) -> bool:
    return run_sql(url, "select count(*) from pg_tables where schemaname = 'public'") != [(0,)]


@pytest.fixture
def made(postgres: Cluster, postgres_url: str) -> Iterator[str]:
    """A database whose tables are the administrator's. Two others may log in, and nothing else."""
    for user in _USERS:
        postgres.role(user)
    yield postgres_url
    for user in _USERS:
        postgres.drop_role(user, postgres_url)


@pytest.fixture
def empty(postgres: Cluster, empty_postgres_url: str) -> Iterator[str]:
    """One without tables, in which both may make some."""
    for user in _USERS:
        postgres.role(user)
    run_sql(empty_postgres_url, "grant all on schema public to clerk, straight")
    yield empty_postgres_url
    for user in _USERS:
        postgres.drop_role(user, empty_postgres_url)


def test_two_users_are_refused_before_the_tables_are_one_s(empty: str) -> None:
    """Whoever obeys and takes either of them is let in."""
    with pytest.raises(ValueError, match=r"two users. Let both .* log in as one") as refused:
        said_of(as_("clerk", empty), as_("straight", empty))
    assert "straight" not in str(refused.value)  # nobody has to stay
    assert not has_tables(empty)
    assert said_of(as_("clerk", empty), as_("clerk", empty)) == []
    assert has_tables(empty)


def test_of_two_users_the_one_whose_the_tables_are_has_to_stay(empty: str) -> None:
    """Who takes the other one is told so, also once that one may read and write all tables."""
    assert said_of(as_("straight", empty)) == []
    with pytest.raises(ValueError, match=r"two users.* log in as one: straight, whose the tables are"):
        said_of(as_("clerk", empty), as_("straight", empty))
    for rights in ("usage on schema", "all on all tables in schema"):
        run_sql(empty, f"grant {rights} public to clerk")
        with pytest.raises(ValueError, match="straight, whose the tables are") as refused:
            said_of(as_("clerk", empty), as_("clerk", empty))
        assert "two users" not in str(refused.value)
    assert said_of(as_("straight", empty), as_("straight", empty)) == []


def test_a_user_without_the_owner_s_rights_is_told_of(made: str) -> None:
    """It can't tidy the search index, which the first large page asks for; all else works, so it begins."""
    clerk = as_("clerk", made)
    with pytest.raises(ValueError, match=r"not the owner .* postgres, whose the tables are"):
        said_of(clerk)
    run_sql(made, "grant all on all tables in schema public to clerk")
    with psycopg.connect(clerk) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(words_postgres.TIDY)
    assert said_of(clerk) == ["database.not_owner"]
    with pytest.raises(ValueError, match="two users"):
        said_of(clerk, made)
    run_sql(made, "grant postgres to clerk")
    assert said_of(clerk) == said_of(clerk, made) == []


def test_a_direct_user_that_could_end_nothing_of_others_is_told_of(made: str) -> None:
    """All else works, so it begins all the same."""
    assert said_of(made, made) == []
    run_sql(made, "grant all on all tables in schema public to clerk")
    assert said_of(made, as_("clerk", made)) == ["database.two_users"]


@pytest.fixture
def rotating(made: str) -> Iterator[str]:
    """The tables are a group's, which the users become when they log in, so that they can take turns."""
    run_sql(made, "create role owning nologin role clerk, straight")
    for user in _USERS:
        run_sql(made, f"alter role {user} set role owning")
    tables = run_sql(made, "select tablename from pg_tables where schemaname = 'public'")
    for (table,) in tables:
        run_sql(made, f"alter table {table} owner to owning")
    yield made
    for (table,) in tables:
        run_sql(made, f"alter table {table} owner to postgres")
    run_sql(made, "drop role owning")


def test_who_is_another_than_logged_in_is_taken_for_the_one_that_did(rotating: str) -> None:
    """A session is ended by who has the rights of that one: the group has not."""
    clerk, straight = as_("clerk", rotating), as_("straight", rotating)
    assert said_of(clerk) == said_of(clerk, clerk) == []
    assert said_of(clerk, straight) == ["database.two_users"]


async def test_what_the_dead_left_open_is_ended_by_who_logged_in_as_they_did(
    rotating: str, listener: Listener, clock: FakeClock
) -> None:
    """Although both are another one since."""
    clerk = as_("clerk", rotating)
    store = await open_store(clerk, listener, clock)
    with psycopg.connect(clerk, application_name=told_as("dead")) as dead:
        dead.execute("select 1")
        ended = await store.apart().write_by_rows(lambda tx: tx.end_sessions(["dead"], 0))
        with pytest.raises(psycopg.OperationalError):
            dead.execute("select 1")
    await store.close()
    assert ended == 1
