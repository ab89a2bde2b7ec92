"""Programs whose clocks are apart go by the database's time, whatever becomes of their own clocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox
from tests.store.test_submission_lists import submission

from poststelle.lib.clock import SharedClock
from poststelle.model.submission import SubmissionState
from poststelle.store import holders, submissions, sync_states
from poststelle.store.tx import Store
from poststelle.sync.leased import LEASE_S
from poststelle.sync.one_time import Timekeeper

pytestmark = pytest.mark.anyio

AHEAD_S = 60
HOUR_S = 3600


class Machine(FakeClock):
    """Its clock says ``at``. It has been on for ``on_s``, which waiting makes longer."""

    on_s: float = 0.0

    def shared(self) -> SharedClock:
        return SharedClock(self, lambda: self.on_s)

    def go_on(self, seconds: float) -> None:
        self.advance(seconds)
        self.on_s += seconds

    async def sleep(self, seconds: float) -> None:
        self.go_on(seconds)
        await asyncio.sleep(0)


@dataclass
class Answering:
    """A store whose answers take so long, one after the other; None: there is none."""

    store: Store
    machine: Machine
    take_s: list[float | None]

    async def read(self, fn: Callable[..., Any], *args: Any) -> Any:
        found = await self.store.read(fn, *args)
        took_s = self.take_s.pop(0)
        if took_s is None:
            raise ConnectionError
        self.machine.go_on(took_s)
        return found

    def keeper(self, clock: SharedClock) -> Timekeeper:
        return Timekeeper(clock, cast(Store, self))


@pytest.fixture
def clocks() -> tuple[SharedClock, SharedClock]:
    """This machine's, and one that is ahead of it."""
    ahead = Machine()
    ahead.advance(AHEAD_S)
    return Machine().shared(), ahead.shared()


async def is_server(store: Store) -> bool:
    return await store.read(holders.told_time) is not None


async def test_two_machines_tell_one_time(store: Store, clocks: tuple[SharedClock, SharedClock]) -> None:
    """But for what passes between two questions. A file has no time of its own, and one machine."""
    one, other = clocks
    for clock in clocks:
        await Timekeeper(clock, store).learn()
    apart = abs(other.now() - one.now())
    if await is_server(store):
        assert apart < timedelta(seconds=5)
        assert one.now() != NOW
    else:
        assert apart == timedelta(seconds=AHEAD_S)
        assert one.now() == NOW


async def test_a_worker_whose_clock_is_ahead_takes_nothing_that_another_has_in_hand(
    mailbox: Mailbox, clocks: tuple[SharedClock, SharedClock]
) -> None:
    store, (one, other) = mailbox.store, clocks
    if not await is_server(store):
        pytest.skip("several machines share a server")
    for clock in clocks:
        await Timekeeper(clock, store).learn()
    await store.write(sync_states.start, mailbox.account, one.now())
    assert await store.write_by_rows(sync_states.claim_many, "one", one.now(), LEASE_S, 8)
    later = other.now() + timedelta(seconds=1)
    assert await store.write_by_rows(sync_states.claim_many, "other", later, LEASE_S, 8) == []


@pytest.mark.parametrize("wrong_s", [-HOUR_S, HOUR_S])
async def test_nothing_is_due_sooner_because_a_machines_clock_is_put_right(
    mailbox: Mailbox, wrong_s: int
) -> None:
    """Neither a letter that is to go in half an hour, nor what another worker has in hand."""
    store, machine = mailbox.store, Machine()
    machine.advance(wrong_s)
    clock = machine.shared()
    await Timekeeper(clock, store).learn()
    at = clock.now() + timedelta(minutes=30)
    letter = submission(mailbox, 1)
    letter = replace(letter, state=SubmissionState.PENDING, send_at=at, due_at=at)
    await store.write(submissions.insert, letter)
    await store.write(sync_states.start, mailbox.account, clock.now())
    assert await store.write_by_rows(sync_states.claim_many, "other", clock.now(), LEASE_S, 8)

    machine.advance(-wrong_s)
    machine.on_s += 4

    assert await store.read(submissions.claimable, clock.now(), 9) == []
    assert len(await store.read(submissions.claimable, at, 9)) == 1
    assert await store.write_by_rows(sync_states.claim_many, "one", clock.now(), LEASE_S, 8) == []


async def test_a_file_has_this_machines_time_as_it_was_at_the_last_question(store: Store) -> None:
    """Where somebody puts its clock right, that is followed then."""
    if await is_server(store):
        pytest.skip("a server has its own")
    machine = Machine()
    clock = machine.shared()
    keeper = Timekeeper(clock, store)
    await keeper.learn()
    machine.advance(HOUR_S)
    assert clock.now() == NOW
    await keeper.keep()
    assert clock.now() == NOW + timedelta(seconds=HOUR_S)
    machine.advance(-HOUR_S)
    await keeper.keep()
    assert abs(clock.now() - NOW) <= timedelta(milliseconds=1)


async def test_nothing_begins_before_the_time_is_known(store: Store) -> None:
    """The database is not there, then it is slow: it is asked until it answers soon enough."""
    if not await is_server(store):
        pytest.skip("a file is not asked")
    machine, late = Machine(), list[datetime]()
    clock = machine.shared()
    answering = Answering(store, machine, [None, 30.0, 3.0, 0.1, 0.1])
    await answering.keeper(clock).learn(lambda: late.append(clock.now()))
    there = await store.read(holders.told_time)
    assert there is not None
    assert len(late) == 3 and len(answering.take_s) == 1
    assert abs(clock.now() - there) < timedelta(seconds=40)  # it was slow by these clocks alone


async def test_a_slow_answer_is_better_than_none(store: Store) -> None:
    """To a program that works already: its clock is off by more than the answer took."""
    if not await is_server(store):
        pytest.skip("a file is not asked")
    machine = Machine()
    there = await store.read(holders.told_time)
    assert there is not None
    machine.at = there + timedelta(seconds=HOUR_S)
    clock = machine.shared()
    await Answering(store, machine, [3.0]).keeper(clock).keep()
    assert abs(clock.now() - there) < timedelta(seconds=30)
