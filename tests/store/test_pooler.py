"""Behind a pooler that lends connections by the transaction: what we ask is answered, whatever it forgets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import cast

import psycopg
import pytest
from tests import pgbouncer
from tests.databases import run_sql
from tests.pg import Cluster
from tests.pgbouncer import POOL, Pooler
from tests.store.conftest import FakeClock, Listener
from tests.store.mailbox import NOW, Mailbox, create, item, page

from poststelle.lib.database import DatabaseOptions, told_as
from poststelle.mail import organise
from poststelle.model.message import SEEN
from poststelle.store import open_store
from poststelle.store.engines.postgres import PostgresEngine, PostgresTx
from poststelle.store.opening import create_schema
from poststelle.store.sequences import next_id
from poststelle.store.tx import Store, Tx

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def keeping_pooler(postgres: Cluster) -> Iterator[Pooler]:
    """One that prepares for its clients what they have prepared."""
    with pgbouncer.pooler(postgres.folder, keeps_statements=True) as running:
        yield running


def prepares(url: str, options: DatabaseOptions) -> bool:
    engine = PostgresEngine(url, options)
    try:
        engine.prepare(create_schema)
        return engine.is_preparing
    finally:
        engine.close()


def test_what_lies_between_is_found_out(postgres_url: str, pooler: Pooler) -> None:
    """Nothing, or a pooler that forgets statements; what somebody has said of it counts more. Twice: what a
    look leaves at the pooler's connections is not in the next one's way."""
    for _ in range(2 * POOL):
        assert prepares(postgres_url, DatabaseOptions())
        assert not prepares(pooler.url(postgres_url), DatabaseOptions())
    assert not prepares(postgres_url, DatabaseOptions(prepares=False))
    assert prepares(pooler.url(postgres_url), DatabaseOptions(prepares=True))


def given_up_after(url: str) -> str:
    """When the server ends a transaction in which nothing happens."""
    engine = PostgresEngine(url, DatabaseOptions())

    def ask(tx: Tx) -> str:
        shown = cast(PostgresTx, tx)._connection.execute("show idle_in_transaction_session_timeout")
        return str(next(shown)["idle_in_transaction_session_timeout"])

    try:
        engine.prepare(create_schema)
        return engine.run_write(ask, lambda: NOW)[0]
    finally:
        engine.close()


def test_a_process_that_stands_still_loses_its_locks(postgres_url: str, pooler: Pooler) -> None:
    """Before it is buried, or who buries it would wait for it. A pooler's connections are not ours to set."""
    assert given_up_after(postgres_url) == "15s"
    assert given_up_after(pooler.url(postgres_url)) == "0"


def test_a_pooler_that_keeps_statements_is_found_out(postgres_url: str, keeping_pooler: Pooler) -> None:
    """PgBouncer from 1.21 on."""
    for _ in range(2 * POOL):
        assert prepares(keeping_pooler.url(postgres_url), DatabaseOptions())


def test_a_direct_way_to_another_database_is_refused(
    postgres_url: str, empty_postgres_url: str, pooler: Pooler
) -> None:
    """The schema would be made there, and mail be looked for here."""
    with pytest.raises(ValueError, match="another database"):
        prepares(pooler.url(postgres_url), DatabaseOptions(direct=empty_postgres_url))


@pytest.fixture
def clerk_url(postgres: Cluster, postgres_url: str) -> Iterator[str]:
    """The same database for somebody who may read and write all tables, and whose they are not."""
    postgres.role("clerk")
    run_sql(postgres_url, "grant all on all tables in schema public to clerk")
    yield postgres_url.replace("postgres@", "clerk@")
    postgres.drop_role("clerk", postgres_url)


async def test_what_the_dead_left_open_is_ended_whosever_it_is(
    postgres_url: str, clerk_url: str, listener: Listener, clock: FakeClock
) -> None:
    """Where the direct address is the owner's, who has the rights of those that the pooler logs in as."""
    run_sql(postgres_url, "grant postgres to clerk")
    options = DatabaseOptions(direct=postgres_url)
    store = await open_store(clerk_url, listener, clock, options=options)
    with psycopg.connect(clerk_url, application_name=told_as("dead")) as dead:
        dead.execute("select 1")
        ended = await store.apart().write_by_rows(lambda tx: tx.end_sessions(["dead"], 0))
        with pytest.raises(psycopg.OperationalError):
            dead.execute("select 1")
    await store.close()
    assert ended == 1


def test_a_schema_is_made_past_the_pooler_or_through_it(empty_postgres_url: str, pooler: Pooler) -> None:
    """Through it, too: one transaction is all it takes."""
    assert not prepares(pooler.url(empty_postgres_url), DatabaseOptions(partitions=2))
    assert not prepares(pooler.url(empty_postgres_url), DatabaseOptions(direct=empty_postgres_url))


async def at_work(store: Store, name: str) -> None:
    """Mail arrives in a mailbox and is marked, by more at once than there are connections."""
    account, user, folder_ids = await store.write(create, f"{name}@office.example")
    box = Mailbox(store, account, user, folder_ids)
    await box.pull("Inbox", page(*(item(f"m{n}", thread_key=f"T{n % 9}") for n in range(40))))
    ids = [await box.id_of(f"m{n}") for n in range(40)]
    marks = (store.write(organise.set_keywords, user, account, one, {SEEN: True}, NOW) for one in ids)
    await asyncio.gather(*marks)
    inbox = await box.folder("Inbox")
    assert (inbox.total, inbox.unread) == (40, 0)
    await box.check()


@pytest.mark.parametrize("kind", ["pooler", "keeping_pooler"])
async def test_many_at_once_share_few_connections(
    request: pytest.FixtureRequest, kind: str, postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """Two servers with eight connections each, three at PostgreSQL for all."""
    between: Pooler = request.getfixturevalue(kind)
    url = between.url(postgres_url)
    stores = [await open_store(url, listener, clock) for _ in range(2)]
    await asyncio.gather(*(at_work(store, f"d{n}") for n, store in enumerate(stores)))
    [(held,)] = await asyncio.to_thread(_held, postgres_url)
    assert 1 <= held <= POOL
    for store in stores:
        await store.close()


def _held(url: str) -> list[tuple[int]]:
    """How many connections others have to the database."""
    asked = (
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
    )
    with psycopg.connect(url) as connection:
        return connection.execute(asked).fetchall()


async def test_a_process_opens_no_more_connections_than_it_may(
    postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """Whoever asks meanwhile waits for one; one is left to what goes on while all others wait."""
    store = await open_store(postgres_url, listener, clock, options=DatabaseOptions(connections=3))
    await at_work(store, "narrow")
    [(held,)] = await asyncio.to_thread(_held, postgres_url)
    assert held == 2
    await store.close()


@pytest.mark.parametrize("kind", ["pooler", "keeping_pooler"])
async def test_what_is_cut_behind_or_before_the_pooler_is_replaced(
    request: pytest.FixtureRequest,
    kind: str,
    postgres: Cluster,
    postgres_url: str,
    listener: Listener,
    clock: FakeClock,
) -> None:
    """PostgreSQL ends the pooler's connections, the pooler dies and comes again: nobody is told of it."""
    between: Pooler = request.getfixturevalue(kind)
    store = await open_store(between.url(postgres_url), listener, clock)
    await at_work(store, "before")
    await asyncio.gather(*(store.write(next_id, "users") for _ in range(20)))
    assert await asyncio.to_thread(postgres.cut_connections, postgres_url)
    await asyncio.gather(*(store.write(next_id, "users") for _ in range(20)))
    await at_work(store, "cut")
    await asyncio.to_thread(between.restart)
    await asyncio.gather(*(store.write(next_id, "users") for _ in range(20)))
    await at_work(store, "restarted")
    await store.close()
