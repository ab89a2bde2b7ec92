"""Programs whose clocks are a minute apart go by the database's time."""

from datetime import timedelta

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox

from poststelle.lib.clock import SharedClock
from poststelle.store import holders, sync_states
from poststelle.store.tx import Store
from poststelle.sync.leased import LEASE_S
from poststelle.sync.one_time import keep_time

pytestmark = pytest.mark.anyio

AHEAD_S = 60


@pytest.fixture
def clocks(store: Store) -> tuple[SharedClock, SharedClock]:
    """This machine's, and one that is ahead of it."""
    ahead = FakeClock()
    ahead.advance(AHEAD_S)
    return SharedClock(FakeClock()), SharedClock(ahead)


async def is_server(store: Store) -> bool:
    return await store.read(holders.told_time) is not None


async def test_two_machines_tell_one_time(store: Store, clocks: tuple[SharedClock, SharedClock]) -> None:
    """But for what passes between two questions. A file has no time of its own, and one machine."""
    one, other = clocks
    for clock in clocks:
        await keep_time(clock, store)
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
        await keep_time(clock, store)
    await store.write(sync_states.start, mailbox.account, one.now())
    assert await store.write_by_rows(sync_states.claim_many, "one", one.now(), LEASE_S, 8)
    later = other.now() + timedelta(seconds=1)
    assert await store.write_by_rows(sync_states.claim_many, "other", later, LEASE_S, 8) == []
