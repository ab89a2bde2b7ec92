"""Who stops in the middle of a page leaves the server waiting for the next row: its locks keep nobody up."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import psycopg
import pytest
from structlog.testing import capture_logs
from tests.cable import cable
from tests.databases import run_sql
from tests.flow.jmap.client import eventually
from tests.pg import Cluster
from tests.pgbouncer import POOL, Pooler
from tests.store.conftest import FakeClock, Listener
from tests.store.mailbox import Mailbox, create, item, page
from tests.store.test_holders import body_of, claim, queue

from poststelle.lib.clock import SystemClock
from poststelle.lib.database import CONNECTIONS, DatabaseOptions, told_as
from poststelle.mail import ingest
from poststelle.model.ids import AccountId
from poststelle.store import open_store, sync_states
from poststelle.store.tx import Store, Tx
from poststelle.sync.heart import Heart
from poststelle.sync.leased import LEASE_S
from poststelle.sync.life import LOOKS, Life

pytestmark = pytest.mark.anyio

NAME = "machine.office.example:127.0.0.1:8080/worker/0123abcd"
SILENT_S, LATER_S = 0.5, 3600.0
WAITING = """select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'"""
OF_ITS = """select state, wait_event from pg_stat_activity
where datname = current_database() and xact_start is not null and application_name = '{}'"""


def left_open(url: str) -> list[tuple[object, ...]]:
    """How the server sees what the program has under way."""
    return run_sql(url, OF_ITS.format(told_as(NAME)))


def waits_for_it(url: str) -> bool:
    """In the middle of a page, where no limit of the server's ends it: the program stopped only then."""
    return left_open(url) == [("active", "ClientRead")]


@contextmanager
def stopped_at(url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.store.stopped_page", url, NAME]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        try:
            _, status = os.waitpid(started.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            yield started
        finally:
            started.kill()


@pytest.fixture
def stopped(postgres_url: str) -> Iterator[subprocess.Popen[str]]:
    """A program that stands still, its page half sent."""
    with stopped_at(postgres_url) as started:
        yield started


@pytest.fixture
async def heir(postgres_url: str, listener: Listener, anyio_backend: str) -> AsyncIterator[Store]:
    """Another program's."""
    options = DatabaseOptions(program="heir")
    store = await open_store(postgres_url, listener, SystemClock(), options=options)
    yield store
    await store.close()


async def take_over(heir: Store) -> None:
    """Raises TimeoutError where the mailbox does not move."""
    heart = Heart(heir, "heir", silent_s=SILENT_S)
    async with asyncio.timeout(60):
        freed = 0
        while not freed:
            freed = await heart.beat()
    lease = await heir.write(sync_states.claim, "heir", SystemClock().now(), LEASE_S)
    assert lease is not None


async def test_a_mailbox_moves_whose_worker_has_stopped_in_the_middle_of_a_page(
    stopped: subprocess.Popen[str], heir: Store, postgres_url: str
) -> None:
    """And when that one goes on, its page is refused: somebody else has the mailbox."""
    assert waits_for_it(postgres_url)
    await take_over(heir)
    assert left_open(postgres_url) == []

    stopped.send_signal(signal.SIGCONT)
    said, _ = await asyncio.to_thread(stopped.communicate, timeout=60)
    assert said == "refused"
    assert run_sql(postgres_url, "select count(*) from messages") == [(0,)]


async def test_so_it_is_before_a_pooler(pooler: Pooler, postgres_url: str, heir: Store) -> None:
    """It tells the server whose transaction each is."""
    with stopped_at(pooler.url(postgres_url)):
        assert waits_for_it(postgres_url)
        await take_over(heir)
        assert left_open(postgres_url) == []


async def test_a_pooler_that_has_lent_all_it_has_keeps_no_heart_up(
    pooler: Pooler, postgres_url: str, listener: Listener
) -> None:
    """One stands still with one connection, and who waits for its locks has all others."""
    options = DatabaseOptions(direct=postgres_url, program="heir")
    heir = await open_store(pooler.url(postgres_url), listener, SystemClock(), options=options)
    with stopped_at(pooler.url(postgres_url)):
        [(number,)] = run_sql(postgres_url, "select id from accounts")
        account = AccountId(int(str(number)))
        waiting = [asyncio.ensure_future(heir.write(ingest.lock, account)) for _ in range(POOL - 1)]
        await asyncio.to_thread(eventually, lambda: run_sql(postgres_url, WAITING) == [(POOL - 1,)])
        await take_over(heir)
        async with asyncio.timeout(60):
            await asyncio.gather(*waiting)
    await heir.close()


async def test_a_heart_beats_on_by_the_pooler_where_the_direct_address_is_lost(
    postgres: Cluster, postgres_url: str, listener: Listener
) -> None:
    """Else others would take the process for dead, which works by the pooler as before."""
    with cable(postgres.folder) as way:
        options = DatabaseOptions(direct=way.url(postgres_url), program="me")
        store = await open_store(postgres_url, listener, SystemClock(), options=options)
        heart = Heart(store, "me", silent_s=LATER_S)
        async with asyncio.timeout(60):
            await heart.beat()
            way.cut()
            assert [await heart.beat(), await heart.beat()] == [0, 0]
        assert run_sql(postgres_url, "select beats from holders") == [(3,)]
        await store.close()


async def test_a_look_that_waits_for_a_claim_leaves_its_heart_alone(
    postgres_url: str, listener: Listener
) -> None:
    """Who is dead may have the very row locked that the look is about."""
    store = await open_store(postgres_url, listener, SystemClock(), options=DatabaseOptions(program="me"))
    account, _, _ = await store.write(create)
    life = Life(store, "me")
    heart = Heart(store, "me", life=life, silent_s=LATER_S)
    async with asyncio.timeout(60):
        await heart.beat()
    with psycopg.connect(postgres_url) as dead:
        dead.execute("select 1 from accounts for update")
        looking = asyncio.ensure_future(life.look(lambda tx: ingest.lock(tx, account) is None))
        await asyncio.to_thread(eventually, lambda: run_sql(postgres_url, WAITING) == [(1,)])
        async with asyncio.timeout(60):
            assert [await heart.beat() for _ in range(LOOKS)] == [0] * LOOKS
        assert not looking.done()
    assert await looking
    await store.close()


@pytest.fixture
async def left(postgres_url: str, heir: Store) -> Mailbox:
    """What a program had in hand that was killed where another one is about to begin."""
    account, user, folder_ids = await heir.write(create)
    box = Mailbox(heir, account, user, folder_ids)
    await box.pull("Inbox", page(item("a")))
    await heir.write(queue, box, await box.id_of("a"))
    await Heart(heir, "former", body_of(FakeClock(), "former", "here")).beat()
    assert len(await heir.write(claim, box, "former")) == 3
    return box


@pytest.mark.long
async def test_a_program_begins_although_what_was_in_hand_there_is_locked(
    left: Mailbox, heir: Store, postgres_url: str
) -> None:
    """It says what it waits for, lives, buries others meanwhile, and frees it as soon as it can be had."""
    freed: list[bool] = []
    body = body_of(FakeClock(), "heir", "here")
    heart = Heart(heir, "heir", body, on_freed=lambda: freed.append(True), silent_s=LATER_S)
    await Heart(heir, "else", body_of(FakeClock(), "else", "there")).beat()
    async with asyncio.timeout(90):
        with psycopg.connect(postgres_url) as other:
            other.execute("select 1 from holders where name = 'former' for update")
            with capture_logs() as told:
                assert [await heart.beat() for _ in range(LOOKS + 1)] == [0] * (LOOKS + 1)
            assert run_sql(postgres_url, "select name, beats from holders order by name") == [
                ("former", 1),
                ("heir", LOOKS + 1),
            ]
            assert await heir.write(claim, left, "heir") == []
        locked = [one for one in told if one["event"] == "holder.locked"]
        assert [one["holder"] for one in locked] == ["former"] * (LOOKS + 1)
        assert "the process that ran here before" in locked[0]["waits_for"]
        assert [one["event"] for one in told if one not in locked] == ["holder.gone"]
        assert (body.share.of, freed) == (2, [])  # the other one was still there when it looked
        assert (await heart.beat(), body.share.of, freed) == (3, 1, [True])


@pytest.mark.long
async def test_what_a_start_frees_is_told_although_its_own_heart_was_locked(
    left: Mailbox, heir: Store, postgres_url: str
) -> None:
    """It beats first, so that nothing is freed of which nobody is told then."""
    freed: list[bool] = []
    body = body_of(FakeClock(), "heir", "here")
    heart = Heart(heir, "heir", body, on_freed=lambda: freed.append(True))
    async with asyncio.timeout(60):
        with psycopg.connect(postgres_url) as other, capture_logs() as told:
            other.execute("insert into holders (name, beats) values ('heir', 1)")  # others do not wait for it
            starting = asyncio.ensure_future(heart.beat())
            await asyncio.to_thread(eventually, lambda: told)
            other.rollback()
        assert [one["event"] for one in told] == ["heart.locked"]
        assert (await starting, freed) == (3, [True])


class Noted:
    """A store that notes what is begun on it."""

    def __init__(self, store: Store, begun: list[str]) -> None:
        self._store, self._begun = store, begun

    def apart(self) -> Store:
        return cast(Store, Noted(self._store.apart(), self._begun))

    def __getattr__(self, name: str) -> Any:
        run = getattr(self._store, name)

        async def noted(fn: Callable[..., Any], *args: Any) -> Any:
            self._begun.append(fn.__name__)
            return await run(fn, *args)

        return noted


async def test_a_beat_waits_for_one_burial_at_most(left: Mailbox, heir: Store, postgres_url: str) -> None:
    """It takes two steps; were one burial to wait for locks before each, it would be late."""
    begun: list[str] = []
    former = ("former", "former2", "former3")
    for name in former[1:]:
        await Heart(heir, name, body_of(FakeClock(), name, f"elsewhere {name}")).beat()
    run_sql(postgres_url, "update holders set place = 'here'")
    store = cast(Store, Noted(heir, begun))
    heart = Heart(store, "heir", body_of(FakeClock(), "heir", "here"), silent_s=LATER_S)
    async with asyncio.timeout(60):
        with psycopg.connect(postgres_url) as other:
            other.execute("select 1 from holders for update")
            starting = asyncio.ensure_future(heart.beat())
            await asyncio.to_thread(eventually, lambda: run_sql(postgres_url, WAITING) == [(1,)])
            before = len(begun)
            beating = asyncio.ensure_future(heart.beat())
            await starting
        await beating
    assert begun[: begun.index("bury")] == ["_moved", "_beat", "_end_sessions"]
    since = begun[before:]
    at = since.index("_moved")
    assert (at <= 1, since[at + 1]) == (True, "_beat")


async def test_hearts_beat_on_while_locks_are_held(
    stopped: subprocess.Popen[str], heir: Store, postgres_url: str
) -> None:
    """Where nobody may end who holds them, and all else that a process does waits for them."""
    [(number,)] = run_sql(postgres_url, "select id from accounts")
    account = AccountId(int(str(number)))
    waiting = [asyncio.ensure_future(heir.write(ingest.lock, account)) for _ in range(CONNECTIONS)]
    heart = Heart(heir, "heir", silent_s=LATER_S)
    async with asyncio.timeout(60):
        assert [await heart.beat() for _ in range(LOOKS + 2)] == [0] * (LOOKS + 2)
    assert run_sql(postgres_url, "select beats from holders where name = 'heir'") == [(LOOKS + 2,)]
    assert not any(one.done() for one in waiting)

    await take_over(heir)
    async with asyncio.timeout(60):
        await asyncio.gather(*waiting)


async def test_only_what_is_left_open_by_a_dead_program_is_ended(heir: Store, postgres_url: str) -> None:
    """Not what others have open, nor what is at work, nor what has just been."""
    with ExitStack() as open_ones:

        def connect(name: str) -> psycopg.Connection:
            return open_ones.enter_context(psycopg.connect(postgres_url, application_name=name))

        dead, other, resting = connect(told_as(NAME)), connect(told_as("else")), connect(told_as(NAME))
        for one in (dead, other):
            one.execute("select 1")

        def end(tx: Tx, silent_s: float) -> int:
            return tx.end_sessions([NAME], silent_s)

        assert await heir.write(end, LATER_S) == 0
        assert await heir.write(end, 0) == 1
        with pytest.raises(psycopg.OperationalError):
            dead.execute("select 1")
        for one in (other, resting):
            one.execute("select 1")


def test_a_program_is_told_by_the_end_of_its_name() -> None:
    """PostgreSQL cuts off what is longer, and where the start of a program is named is at the end."""
    told = told_as("ä" * 100 + "/worker/0123abcd")
    assert told.isascii()
    assert (len(told), told[:11], told[-16:]) == (61, "poststelle ", "/worker/0123abcd")
