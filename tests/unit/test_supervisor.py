"""Loops are kept running, whatever happens in them, until they are stopped."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from poststelle.jobs.inline import Supervisor, guarded
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import SystemClock
from poststelle.model.ids import AccountId

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class QuickClock(SystemClock):
    """Notes how long to wait, and does not."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


async def test_a_loop_that_breaks_is_started_again_after_growing_waits() -> None:
    """Three failures, three waits, each about twice as long; the other loop never notices."""
    clock, begun, steady = QuickClock(), 0, asyncio.Event()
    done = asyncio.Event()

    async def breaking() -> None:
        nonlocal begun
        begun += 1
        if begun == 4:
            done.set()
            await asyncio.Event().wait()
        raise RuntimeError("broken")

    supervisor = Supervisor(clock)
    supervisor.add("breaking", breaking)
    supervisor.add("steady", steady.wait)  # type: ignore[arg-type]  # its answer is of no interest
    supervisor.start()
    async with asyncio.timeout(60):
        await done.wait()
    await supervisor.stop()

    assert [limit / 2 <= wait <= limit for wait, limit in zip(clock.waits, (1, 2, 4), strict=True)] == [
        True
    ] * 3


async def test_while_what_all_need_does_not_answer_waits_stay_short() -> None:
    """A loop is to go on soon after an outage, however long that was; what is its own fault waits longer."""
    clock, begun = QuickClock(), 0
    done = asyncio.Event()

    async def breaking() -> None:
        nonlocal begun
        begun += 1
        if begun == 12:
            done.set()
            await asyncio.Event().wait()
        raise ConnectionError if begun < 11 else RuntimeError

    supervisor = Supervisor(clock, lambda error: isinstance(error, ConnectionError))
    supervisor.add("breaking", breaking)
    supervisor.start()
    async with asyncio.timeout(60):
        await done.wait()
    await supervisor.stop()

    assert max(clock.waits[:-1]) <= 10
    assert clock.waits[-1] >= 150


class StandingClock(SystemClock):
    """Whoever waits does so until they are woken."""

    def __init__(self) -> None:
        self.waits = asyncio.Queue[float]()
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.waits.put_nowait(seconds)
        await asyncio.Event().wait()


async def test_who_waits_after_failures_is_woken_when_what_they_lacked_is_back() -> None:
    """It begins at once, waits as after a first failure should it fail again, and counts as well a minute
    later. Who runs goes on."""
    clock, told = StandingClock(), list[str]()

    async def breaking() -> None:
        told.append("breaking")
        raise RuntimeError("broken")

    async def steady() -> None:
        told.append("steady")
        await asyncio.Event().wait()

    supervisor = Supervisor(clock)
    supervisor.add("breaking", breaking)
    supervisor.add("steady", steady)
    supervisor.start()
    async with asyncio.timeout(60):
        for _ in range(4):
            assert await clock.waits.get() <= 1
            supervisor.wake()
            assert [one.failing_since for one in supervisor.states()] == [clock.at, None]
            clock.at += timedelta(seconds=61)
            assert [one.failing_since for one in supervisor.states()] == [None, None]
        await clock.waits.get()
    await supervisor.stop()
    assert (told.count("breaking"), told.count("steady")) == (5, 1)


async def test_stopping_lets_loops_put_things_in_order() -> None:
    """A loop gets to finish its clean-up before stop returns."""
    cleaned = []

    async def loop() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            cleaned.append(True)

    supervisor = Supervisor(SystemClock())
    supervisor.add("loop", loop)
    supervisor.start()
    await asyncio.sleep(0)
    await supervisor.stop()

    assert cleaned == [True]


async def test_a_loop_has_all_others_begin_anew() -> None:
    """Each was ended before any is begun; who asks for it goes on."""
    told: list[str] = []
    supervisor = Supervisor(SystemClock())

    def loop(name: str) -> None:
        async def run() -> None:
            told.append(f"{name} begins")
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.01)
                told.append(f"{name} ends")

        supervisor.add(name, run)

    has_asked = asyncio.Event()

    async def asking() -> None:
        await asyncio.sleep(0)
        told.clear()
        await supervisor.begin_anew()
        await asyncio.sleep(0)
        told.append("asked")
        has_asked.set()
        await asyncio.Event().wait()

    loop("one")
    loop("two")
    supervisor.add("asking", asking)
    supervisor.start()
    async with asyncio.timeout(60):
        await has_asked.wait()
    assert told == ["one ends", "two ends", "one begins", "two begins", "asked"]
    await supervisor.stop()
    assert told[-2:] == ["one ends", "two ends"]


async def test_one_accounts_error_stays_its_own() -> None:
    """An unexpected error becomes None; a result passes."""

    async def good() -> int:
        return 3

    async def bad() -> int:
        raise KeyError("unexpected")

    assert await guarded(good(), event="x", account=AccountId(1)) == 3
    assert await guarded(bad(), event="x", account=AccountId(1)) is None


def test_waits_double_up_to_a_limit() -> None:
    """The upper half of each wait is chance."""
    longest = [backoff_s(n, first_s=1, limit_s=10, spread=lambda: 1.0) for n in (0, 1, 2, 3, 4, 5, 10_000)]
    shortest = backoff_s(3, first_s=1, limit_s=10, spread=lambda: 0.0)

    assert (longest, shortest) == ([1, 1, 2, 4, 8, 10, 10], 2)
