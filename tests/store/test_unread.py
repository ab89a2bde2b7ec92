"""A server that waits for a lock does not read on: what was sent to it waits, too, and is not asked again."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Iterator
from typing import cast

import psycopg
import pytest
from tests.cable import Cable, cable
from tests.databases import run_sql
from tests.pg import Cluster
from tests.pgbouncer import POOL, Pooler
from tests.relay import relay
from tests.store.conftest import FakeClock, Listener
from tests.store.mailbox import create

from poststelle.lib.database import DatabaseOptions
from poststelle.model.ids import AccountId
from poststelle.store import open_store
from poststelle.store.engines.postgres import PostgresTx
from poststelle.store.engines.unread_postgres import Unread
from poststelle.store.tx import Tx
from poststelle.sync.heart import Heart

pytestmark = pytest.mark.anyio

SILENT_S = 1
MANY = 3
ROWS = 40
WAITING = """select count(*) from pg_locks l join pg_database d on d.oid = l.database
where not l.granted and d.datname = current_database()"""
CONTENT = secrets.token_bytes(50_000)  # with MANY rows more than all that lies between takes in


@pytest.fixture
def way(postgres: Cluster) -> Iterator[Cable]:
    with cable(postgres.folder) as leading:
        yield leading


def limit_ms(connection: psycopg.Connection) -> int:
    """What the kernel says."""
    with socket.socket(fileno=socket.dup(connection.fileno())) as asked:
        return asked.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


def _number(connection: psycopg.Connection) -> int:
    return connection.info.backend_pid


def put_bodies(tx: Tx, account: AccountId) -> int:
    """A page's; the limit that holds afterwards."""
    rows = [(account, number, "text/html", CONTENT) for number in range(ROWS)]
    tx.many_in_order("insert_body", rows)
    return limit_ms(cast(PostgresTx, tx)._connection)


async def test_writes_that_wait_for_a_lock_wait_and_leave_nobody_behind(
    way: Cable, postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """An index is made, or a table written anew, for some times as long as silence is borne."""
    options = DatabaseOptions(connections=MANY + 1, silent_s=SILENT_S)
    store = await open_store(way.url(postgres_url), listener, clock, options=options)
    accounts = [(await store.write(create, f"desk{n}@office.example"))[0] for n in range(MANY)]

    def asked(query: str) -> int:
        [(found,)] = run_sql(postgres_url, query)
        return int(str(found))

    with psycopg.connect(postgres_url) as holder:
        holder.execute("lock table bodies in share mode")
        writes = [asyncio.ensure_future(store.write(put_bodies, account)) for account in accounts]
        async with asyncio.timeout(60):
            while await asyncio.to_thread(asked, WAITING) < MANY:
                pass
        await asyncio.wait(writes, timeout=6 * SILENT_S)
        # Whoever was asked has it under way still, and nobody was asked a second time.
        assert await asyncio.to_thread(asked, WAITING) == MANY
        ours = "select count(*) from pg_stat_activity where datname = current_database()"
        assert await asyncio.to_thread(asked, ours) <= options.connections + 2  # the holder's, and who asks
    async with asyncio.timeout(60):
        assert await asyncio.gather(*writes) == [SILENT_S * 1000] * MANY
    assert asked("select count(*) from bodies") == MANY * ROWS
    await store.close()


@pytest.mark.parametrize("is_pooled", [False, True])
async def test_writes_are_made_anew_where_another_server_is_there_now(
    postgres: Cluster,
    pooler: Pooler,
    postgres_url: str,
    listener: Listener,
    clock: FakeClock,
    *,
    is_pooled: bool,
) -> None:
    """All that a process may have under way waits when the machine goes away with all that was sent to it."""
    options = DatabaseOptions(connections=POOL, silent_s=SILENT_S)
    many = options.connections - 1
    with relay(pooler.door if is_pooled else postgres.folder / ".s.PGSQL.5432") as way:
        address = way.url(postgres_url, is_quick=False)
        store = await open_store(address, listener, clock, options=options)
        heart = Heart(store, "worker")
        accounts = [(await store.write(create, f"desk{n}@office.example"))[0] for n in range(many)]
        with psycopg.connect(postgres_url) as holder:
            holder.execute("lock table bodies in share mode")
            writes = [asyncio.ensure_future(store.write(put_bodies, account)) for account in accounts]
            async with asyncio.timeout(60):
                while await asyncio.to_thread(run_sql, postgres_url, WAITING) != [(many,)]:
                    pass
                await heart.beat()
            await asyncio.wait(writes, timeout=3 * SILENT_S)
            assert not any(write.done() for write in writes)
            way.forget()
        await asyncio.to_thread(postgres.cut_connections, postgres_url)
        async with asyncio.timeout(60):
            await heart.beat()
            await asyncio.gather(*writes)
        assert run_sql(postgres_url, "select count(*) from bodies") == [(many * ROWS,)]
        await store.close()


async def test_only_for_what_may_lie_unread_the_limit_is_lifted(way: Cable, postgres_url: str) -> None:
    """Many rows, a long text, a long list; and it holds again whatever becomes of it."""
    unread = Unread(1000, _number, set)
    with psycopg.connect(way.url(postgres_url), tcp_user_timeout=1000) as connection:
        for rows, limit in (
            ([{"id": 1, "text": "x" * 1000}], 1000),
            ([{"id": 1, "text": "x" * 20_000}], 0),
            ([(1, b"x" * 20_000)], 0),
            ([(1, None)] * 1000, 0),
            ([{"ids": list(range(10_000))}], 0),
        ):
            with pytest.raises(ZeroDivisionError), unread.allowed(connection, rows):
                assert limit_ms(connection) == limit
                raise ZeroDivisionError
            assert limit_ms(connection) == 1000
        with unread.allowed(connection, [(1, b"x" * 20_000)]):
            connection.close()


async def test_what_the_address_says_holds(way: Cable, postgres_url: str) -> None:
    much = [(b"x" * 20_000,)]
    url = way.url(postgres_url)
    with (
        psycopg.connect(url, tcp_user_timeout=7000) as connection,
        Unread(None, _number, set).allowed(connection, much),
    ):
        assert limit_ms(connection) == 7000
    with psycopg.connect(postgres_url) as connection, Unread(1000, _number, set).allowed(connection, much):
        assert connection.execute("select 1").fetchone() == (1,)  # by a socket in the file system
