"""The network forgets connections to PostgreSQL without a word: nobody waits on one for long."""

from __future__ import annotations

import ast
import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from tests.pg import Cluster
from tests.pgbouncer import Pooler
from tests.relay import Relay, relay
from tests.store.conftest import FakeClock, Listener

import poststelle
from poststelle.backup import archives
from poststelle.lib.database import SILENT_S, beside
from poststelle.moving.sides import PostgresSide
from poststelle.push.listen import Ear, Line
from poststelle.store import open_store, users
from poststelle.store.engines.postgres import PostgresTx, _session
from poststelle.store.sequences import next_id
from poststelle.store.tx import Tx

pytestmark = pytest.mark.anyio

_OPTIONS = {
    socket.TCP_USER_TIMEOUT: SILENT_S * 1000,
    socket.TCP_KEEPIDLE: SILENT_S // 3,
    socket.TCP_KEEPINTVL: SILENT_S // 3,
}
_OF_THE_SERVER = ("client_connection_check_interval", "idle_in_transaction_session_timeout")


@pytest.fixture
def way(postgres: Cluster) -> Iterator[Relay]:
    with relay(postgres.folder / ".s.PGSQL.5432") as running:
        yield running


def in_force(connection: psycopg.Connection | psycopg.AsyncConnection) -> dict[int, int]:
    """What the kernel says of a connection's socket."""
    with socket.socket(fileno=socket.dup(connection.fileno())) as asked:
        assert asked.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        return {name: asked.getsockopt(socket.IPPROTO_TCP, name) for name in _OPTIONS}


async def test_what_was_asked_on_a_forgotten_connection_is_asked_again(
    way: Relay, postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """In the middle of a write, and on those that lie ready: whoever comes after finds living ones."""
    store = await open_store(way.url(postgres_url), listener, clock)
    await asyncio.gather(*(store.write(next_id, "users") for _ in range(5)))
    tries: list[int] = []

    def cut_off(tx: Tx) -> int:
        if not tries:
            way.forget()
        tries.append(1)
        return next_id(tx, "users")

    async with asyncio.timeout(60):
        assert await store.write(cut_off) == 6
        assert len(tries) == 2
        way.forget()
        await asyncio.gather(*(store.read(users.list_all) for _ in range(3)))
        assert await store.write(next_id, "users") == 7
    await store.close()


async def test_so_it_is_before_a_pooler(
    pooler: Pooler, postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """It is the pooler whose silence is noticed."""
    with relay(pooler.door) as way:
        store = await open_store(way.url(postgres_url), listener, clock)
        await asyncio.gather(*(store.write(next_id, "users") for _ in range(5)))
        way.forget()
        async with asyncio.timeout(60):
            assert await store.write(next_id, "users") == 6
        await store.close()


async def test_a_write_whose_commit_was_not_answered_is_not_made_twice(
    way: Relay, postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """Whether it came to pass nobody can tell: it fails, soon, and whoever asked looks what is stored."""
    store = await open_store(way.url(postgres_url), listener, clock)
    assert await store.write(next_id, "users") == 1

    def unanswered(tx: Tx) -> int:
        made = next_id(tx, "users")
        way.forget_after_next()
        return made

    async with asyncio.timeout(60):
        with pytest.raises(psycopg.OperationalError):
            await store.write(unanswered)
        assert await store.write(next_id, "users") == 3  # it had
    await store.close()


async def test_a_process_hears_others_again_after_the_network_has_forgotten(
    way: Relay, postgres_url: str
) -> None:
    """Both of its own connections are made anew, and it looks for itself what it has missed."""
    line = Line(way.url(postgres_url), "one")
    gaps = asyncio.Semaphore(0)
    line.hear_with(Ear(gap=gaps.release))
    running = asyncio.create_task(line.run())
    async with asyncio.timeout(60):
        await gaps.acquire()
        way.forget()
        await gaps.acquire()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_each_kind_of_connection_asks_whether_the_other_end_lives(
    way: Relay, postgres_url: str, listener: Listener, clock: FakeClock
) -> None:
    """By the kernel, which is what does so: a store's, a line's, a move's and a backup's.

    A move sends more than the server may take in for a while, which Linux would take for an end, too.
    """
    url = way.url(postgres_url, is_quick=False)
    store = await open_store(url, listener, clock)
    assert await store.write(lambda tx: in_force(cast(PostgresTx, tx)._connection)) == _OPTIONS
    await store.close()
    async with await Line(url, "one")._connected() as speaking:
        assert in_force(speaking) == _OPTIONS
    side = PostgresSide(url)
    assert in_force(side._it) == _OPTIONS | {socket.TCP_USER_TIMEOUT: 0}
    side.close()
    with archives.asked(url) as connection:
        assert in_force(connection) == _OPTIONS


async def test_the_server_asks_in_the_same_way(
    postgres_url: str, pooled_url: str, listener: Listener, clock: FakeClock
) -> None:
    """Whether we live; through a pooler nothing is set, for it would stay with others."""

    def settings(tx: Tx) -> list[object]:
        connection = cast(PostgresTx, tx)._connection
        found = [connection.execute(f"show {name}".encode()).fetchone() for name in _OF_THE_SERVER]
        return [next(iter(row.values())) for row in found if row]

    for url, expected in ((postgres_url, ["5s", "15s"]), (pooled_url, ["0", "0"])):
        store = await open_store(url, listener, clock)
        assert await store.write(settings) == expected
        await store.close()
    with psycopg.connect(postgres_url, row_factory=dict_row) as connection:
        said = _session(connection).decode()
    keepalives = ("idle = '5'", "interval = '5'", "count = '2'")
    # A socket in the file system has none to show.
    assert all(f"set tcp_keepalives_{one}" in said for one in keepalives)


def test_programs_of_postgresql_are_told_the_same() -> None:
    """``pg_dump`` and ``psql``, which sends much; what the address says itself holds."""
    words, _ = archives._told("postgresql://post:secret@db.example/post?keepalives_idle=60")
    told = conninfo_to_dict(words[-1].removeprefix("--dbname="))
    assert (told["keepalives_idle"], told["keepalives_interval"]) == ("60", str(SILENT_S // 3))
    assert "tcp_user_timeout" not in told
    assert "password" not in told


def test_an_address_that_cannot_be_read_is_left_to_whoever_connects() -> None:
    """They say what is wrong with it."""
    assert beside("postgresql://[") == beside("")


def test_no_connection_is_made_without() -> None:
    """Whoever adds one asks for it by the same means."""
    without = []
    for path in sorted(Path(poststelle.__file__).parent.rglob("*.py")):
        text = path.read_text()
        if "psycopg" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and _connects(node) and "beside(" not in ast.unparse(node):
                without.append(f"{path.name}:{node.lineno}")
    assert without == []


def _connects(call: ast.Call) -> bool:
    what = ast.unparse(call.func)
    return what.endswith("ConnectionPool[Connection]") or (
        what.endswith(".connect") and what.startswith("psycopg")
    )
