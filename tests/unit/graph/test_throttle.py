"""No more requests at once than allowed, in order of arrival; nothing while told to wait."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from poststelle.lib.clock import SystemClock
from poststelle.providers.errors import RetryLater
from poststelle.providers.graph.throttle import AppLimits, Slots

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class StandingClock(SystemClock):
    at: datetime = datetime(2026, 9, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


async def test_slots_are_never_oversubscribed_and_go_in_order() -> None:
    """Ten tasks at four slots: at most four at once, begun in the order they came."""
    slots, running, most, begun = Slots(4), 0, 0, []

    async def work(number: int, count: int) -> None:
        nonlocal running, most
        async with slots.hold(count):
            begun.append(number)
            running += count
            most = max(most, running)
            await asyncio.sleep(0)
            running -= count

    await asyncio.gather(*(work(number, 1 + number % 4) for number in range(10)))

    assert (most, begun) == (4, list(range(10)))


async def test_a_request_for_more_than_all_slots_takes_all() -> None:
    """A batch counts for four where only two are allowed: it must not wait for ever."""
    slots = Slots(2)
    async with asyncio.timeout(60), slots.hold(4):
        assert True


async def test_a_smaller_share_counts_what_is_held_and_a_larger_one_lets_in_who_waits() -> None:
    """Other processes have come, and gone again."""
    slots = Slots(2)
    async with slots.hold(), slots.hold():
        slots.resize(1)
        waiting = asyncio.create_task(_hold(slots))
        await asyncio.sleep(0)
        assert not waiting.done()
        slots.resize(3)
        async with asyncio.timeout(60):
            await waiting
    slots.resize(1)
    async with asyncio.timeout(60), slots.hold():
        waiting = asyncio.create_task(_hold(slots))
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_a_cancelled_waiter_leaves_the_queue() -> None:
    """Cancelling what waits neither loses a slot nor blocks those behind."""
    slots = Slots(1)
    async with slots.hold():
        waiting = [asyncio.create_task(_hold(slots)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await asyncio.gather(*waiting[1:])
        await _hold(slots)


async def test_cancelled_in_the_moment_of_its_turn_gives_the_slot_back() -> None:
    """The slot was handed out already when the cancellation arrives."""
    slots = Slots(1)
    async with slots.hold():
        waiting = asyncio.create_task(_hold(slots))
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(60):
        await _hold(slots)


async def test_nothing_is_sent_while_the_service_wants_us_to_wait() -> None:
    """A pause refuses at once, saying how long is left; then it is over. Other accounts go on."""
    clock = StandingClock()
    app = AppLimits(clock)
    paused, other = app.for_account(), app.for_account()
    paused.pause(7)
    clock.at += timedelta(seconds=6)
    with pytest.raises(RetryLater) as refused:
        async with paused.hold():
            pass
    async with other.hold():
        pass
    clock.at += timedelta(seconds=1)
    async with paused.hold():
        pass

    assert refused.value.after_s == 1


async def test_mailboxes_that_hang_hold_up_no_other() -> None:
    """Sixteen with one batch each have all of the app's places, until these are not counted any more."""
    app = AppLimits(SystemClock(), counted_for_s=0.05)

    async def hang() -> None:
        limits = app.for_account()
        async with limits.hold(4):
            await asyncio.Event().wait()

    hanging = [asyncio.create_task(hang()) for _ in range(16)]
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await _hold(app.slots)
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    async with asyncio.timeout(60), app.slots.hold(64):
        next_ = asyncio.create_task(_hold(app.slots))
        await asyncio.sleep(0)
        assert not next_.done()  # nothing was given back twice
    await next_


async def _hold(slots: Slots) -> None:
    async with slots.hold():
        pass


async def test_a_pause_lasts_no_longer_because_the_clock_was_set_back() -> None:
    """Seven seconds are seven seconds, counted anew."""
    clock = StandingClock()
    paused = AppLimits(clock).for_account()
    paused.pause(7)
    clock.at -= timedelta(hours=1)
    with pytest.raises(RetryLater) as refused:
        async with paused.hold():
            pass
    clock.at += timedelta(seconds=7)
    async with paused.hold():
        pass

    assert refused.value.after_s == 7
