"""Leases on accounts: one holder at a time, no wake-up lost, waits that the provider asked for kept."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.store.mailbox import NOW, Mailbox, create, item, page

from poststelle.model.account import AccountState, SyncPhase
from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId
from poststelle.store import accounts, changes, sync_states
from poststelle.store.sync_states import SyncLease
from poststelle.store.tx import Tx

pytestmark = pytest.mark.anyio


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def claim(mailbox: Mailbox, seconds: float = 0, holder: str = "one") -> SyncLease | None:
    return await mailbox.store.write(sync_states.claim, holder, after(seconds), 30)


@pytest.fixture
async def lease(mailbox: Mailbox) -> SyncLease:
    """A started account, claimed for thirty seconds."""
    await mailbox.store.write(sync_states.start, mailbox.account, NOW)
    found = await claim(mailbox)
    assert found is not None
    return found


async def test_an_account_has_one_holder(mailbox: Mailbox, lease: SyncLease) -> None:
    """Nobody else gets it before the lease ends; then anyone does, and the late one is refused."""
    assert await claim(mailbox, 29, "two") is None
    second = await claim(mailbox, 31, "two")
    assert second is not None and second.fence > lease.fence
    assert await mailbox.store.write(sync_states.renew, lease, after(32), 30) is None
    assert not await mailbox.store.write(sync_states.finish, lease, after(99), after(32))
    assert await mailbox.store.write(sync_states.finish, second, after(99), after(33))


async def test_several_accounts_are_claimed_at_once(mailbox: Mailbox) -> None:
    """As many as wanted, the longest overdue first; each has a lease of its own, and nobody else gets it."""
    made = [(await mailbox.store.write(create, f"desk{number}@office.example"))[0] for number in range(3)]
    for number, account in enumerate(made):
        await mailbox.store.write(sync_states.start, account, after(number))
    first = await mailbox.store.write_by_rows(sync_states.claim_many, "one", after(9), 30, 2)
    assert {lease.account_id for lease in first} == set(made[:2])
    rest = await mailbox.store.write_by_rows(sync_states.claim_many, "two", after(9), 30, 2)
    assert [lease.account_id for lease in rest] == made[2:]
    for lease in (*first, *rest):
        assert await mailbox.store.write(sync_states.hold, lease, after(10), 30)


async def test_a_pull_is_told_when_its_account_is_due_again(mailbox: Mailbox, lease: SyncLease) -> None:
    """When it said, or at once, where somebody woke it meanwhile."""
    assert await mailbox.store.write(sync_states.finish, lease, after(99), after(3)) == after(99)
    again = await claim(mailbox, 99)
    assert again is not None
    await mailbox.store.write(sync_states.wake, mailbox.account, after(100))
    assert await mailbox.store.write(sync_states.finish, again, after(199), after(101)) == after(100)


async def test_late_accounts_are_told(mailbox: Mailbox, lease: SyncLease) -> None:
    """One that was not read whole for long, and one that fails again and again, and why."""
    await mailbox.store.write(sync_states.finish, lease, after(5), after(3))
    assert await mailbox.store.read(sync_states.late, after(3), 1) == {}
    late = await mailbox.store.read(sync_states.late, after(4), 1)
    assert late[mailbox.account].last_synced_at == after(3) and late[mailbox.account].code is None
    again = await claim(mailbox, 6)
    assert again is not None
    await mailbox.store.write(sync_states.set_problem, again, "unreachable", "refused", after(9))
    failing = await mailbox.store.read(sync_states.late, after(3), 1)
    assert failing[mailbox.account].code == "refused"


async def test_a_renewed_lease_holds_longer(mailbox: Mailbox, lease: SyncLease) -> None:
    """Renewed at 20, it ends at 50."""
    assert await mailbox.store.write(sync_states.renew, lease, after(20), 30)
    assert await claim(mailbox, 49, "two") is None
    assert await claim(mailbox, 50, "two") is not None


async def test_writing_renews_a_lease_before_it_runs_low(mailbox: Mailbox, lease: SyncLease) -> None:
    """Held at 9 it still ends at 30; held at 12, it ends at 42, and its late holder is refused then."""
    assert await mailbox.store.write(sync_states.hold, lease, after(9), 30)
    assert await claim(mailbox, 29, "two") is None
    assert await mailbox.store.write(sync_states.hold, lease, after(12), 30)
    assert await claim(mailbox, 41, "two") is None
    assert await claim(mailbox, 42, "two") is not None
    assert not await mailbox.store.write(sync_states.hold, lease, after(43), 30)


async def test_a_wake_up_is_kept_by_a_pull_that_writes(mailbox: Mailbox, lease: SyncLease) -> None:
    """Woken at 3, held at 4 and at 12, finished at 13: due at once."""
    await mailbox.store.write(sync_states.wake, mailbox.account, after(3))
    for seconds in (4, 12):
        assert await mailbox.store.write(sync_states.hold, lease, after(seconds), 30)
    await mailbox.store.write(sync_states.finish, lease, after(3600), after(13))
    assert await claim(mailbox, 13) is not None


async def test_a_finished_pull_is_due_when_it_said(mailbox: Mailbox, lease: SyncLease) -> None:
    """Steady, last synchronised now, next in ten seconds."""
    await mailbox.store.write(sync_states.finish, lease, after(15), after(5))
    state = await mailbox.store.read(sync_states.get, mailbox.account)
    assert (state.phase, state.last_synced_at, state.problem) == (SyncPhase.STEADY, after(5), None)
    assert await claim(mailbox, 14) is None
    assert await claim(mailbox, 15) is not None


async def test_a_wake_up_during_a_pull_is_not_lost(mailbox: Mailbox, lease: SyncLease) -> None:
    """Woken at 3, finished at 5 with the next pull in an hour: due at once all the same."""
    await mailbox.store.write(sync_states.wake, mailbox.account, after(3))
    assert await mailbox.store.write(sync_states.renew, lease, after(4), 30)
    await mailbox.store.write(sync_states.finish, lease, after(3600), after(5))
    assert await claim(mailbox, 5) is not None


@pytest.mark.parametrize("wake", [sync_states.wake, sync_states.wake_anew, sync_states.wake_soon])
async def test_a_wake_up_after_the_lease_has_run_out_is_not_lost(
    mailbox: Mailbox, lease: SyncLease, wake: Callable[[Tx, AccountId, datetime], None]
) -> None:
    """Nobody else has claimed it, so whoever had it may still finish: due at once all the same."""
    await mailbox.store.write(wake, mailbox.account, after(33))
    await mailbox.store.write(sync_states.finish, lease, after(3600), after(34))
    assert await claim(mailbox, 34) is not None


async def test_one_that_is_woken_anew_keeps_its_place(mailbox: Mailbox) -> None:
    """It was asked for, and comes before what is overdue for long."""
    await mailbox.store.write(sync_states.start, mailbox.account, after(0))
    other, _, _ = await mailbox.store.write(create, "other@office.example")
    await mailbox.store.write(sync_states.start, other, after(-60))
    await mailbox.store.write(sync_states.ask, mailbox.account, after(1))
    await mailbox.store.write(sync_states.wake_anew, mailbox.account, after(2))
    [first] = await mailbox.store.write(sync_states.claim_many, "one", after(3), 30, 1, turn=0)
    assert first.account_id == mailbox.account


async def test_a_wait_that_the_provider_asked_for_is_kept(mailbox: Mailbox, lease: SyncLease) -> None:
    """Throttled for 60 seconds: the refresh button does not shorten it, a new sign-in does."""
    await mailbox.store.write(sync_states.set_problem, lease, "throttled", "TooMany", after(60))
    await mailbox.store.write(sync_states.wake, mailbox.account, after(10))
    state = await mailbox.store.read(sync_states.get, mailbox.account)
    assert (state.problem, state.retry_at) == ("throttled", after(60))
    assert await mailbox.store.read(sync_states.failures, mailbox.account) == 1
    assert await claim(mailbox, 59) is None
    await mailbox.store.write(sync_states.start, mailbox.account, after(59))
    assert await claim(mailbox, 59) is not None


async def test_stopping_in_the_middle_leaves_it_due(mailbox: Mailbox, lease: SyncLease) -> None:
    """A released account can be claimed at once."""
    assert await mailbox.store.write(sync_states.release, lease)
    assert await claim(mailbox, 1, "two") is not None


async def test_only_connected_active_accounts_are_pulled(mailbox: Mailbox) -> None:
    """Neither one that needs a sign-in nor one that is switched off."""
    store, account = mailbox.store, mailbox.account
    await store.write(sync_states.start, account, NOW)
    await store.write(accounts.set_state, account, AccountState.SIGN_IN_NEEDED, "AADSTS50173")
    assert await claim(mailbox) is None
    await store.write(accounts.set_state, account, AccountState.CONNECTED)
    await store.write(accounts.set_options, account, name="", is_active=False)
    assert await claim(mailbox) is None
    await store.write(accounts.set_options, account, name="", is_active=True)
    assert await claim(mailbox) is not None


async def test_progress_is_what_folders_say(mailbox: Mailbox) -> None:
    """Held is what we have; the log keeps one entry for the newest state only."""
    await mailbox.pull("Inbox", page(item("a")))
    await mailbox.pull("Sent", page(item("b", "Sent"), item("c", "Sent")))
    state = await mailbox.store.read(sync_states.get, mailbox.account)
    assert (state.held, state.phase) == (3, SyncPhase.IDLE)
    logged = await mailbox.store.read(changes.since, mailbox.account, ChangeType.SYNC, 0, 10)
    assert logged is not None and len(logged.updated) == 1


async def test_a_killed_holder_goes_on_at_once(mailbox: Mailbox, lease: SyncLease) -> None:
    """The next process of the same name need not wait for the lease to end; the dead one is fenced off."""
    assert await mailbox.store.write(sync_states.release_holder, "another") == 0
    assert await mailbox.store.write(sync_states.release_holder, lease.holder) == 1

    assert await claim(mailbox, 1) is not None
    assert not await mailbox.store.write(sync_states.release, lease)
