"""What people want to see, gathered and written down: nothing is lost, and who waits comes first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, create

from poststelle.model.folder import Role
from poststelle.store import folders, sync_states
from poststelle.store.tx import Store
from poststelle.sync.attention import Attention
from poststelle.sync.schedule import Pace

pytestmark = pytest.mark.anyio


@dataclass
class Writing:
    """A store that tells what is written, before it is; where that raises, nothing is."""

    store: Store
    before: Callable[[], None] = lambda: None
    written: list[str] = field(default_factory=list)

    async def write_by_rows(self, fn: Callable[..., Any], *args: Any) -> Any:
        self.written.append(fn.__name__)
        self.before()
        return await self.store.write_by_rows(fn, *args)


def attention(store: Writing, clock: FakeClock) -> Attention:
    return Attention(cast(Store, store), clock, Pace())


async def at_rest(mailbox: Mailbox) -> None:
    """Nothing of it is due for a quarter of an hour."""
    later = NOW + timedelta(seconds=900)
    await mailbox.store.write(sync_states.start, mailbox.account, NOW)
    lease = await mailbox.store.write(sync_states.claim, "one", NOW, 30)
    assert lease is not None
    await mailbox.store.write(sync_states.finish, lease, later, NOW)
    await mailbox.store.write(folders.set_all_due, mailbox.account, later)


class Away(Exception):
    """The database can't be reached."""


@pytest.mark.parametrize("failing", [1, 2])
async def test_a_wish_outlasts_an_error_of_the_database(
    mailbox: Mailbox, clock: FakeClock, failing: int
) -> None:
    """Whichever of the writes fails: with the next that works, the folder is due and so is the account."""
    await at_rest(mailbox)
    [inbox] = [f for f in await mailbox.store.read(folders.list_all, mailbox.account) if f.role is Role.INBOX]

    def fail() -> None:
        if len(store.written) == failing:
            raise Away

    store = Writing(mailbox.store, fail)
    asked = attention(store, clock)
    asked.look_at(mailbox.account, inbox.id)
    with pytest.raises(Away):
        await asked.keep()
    await asked.keep()

    assert inbox.id in await mailbox.store.read(folders.due, mailbox.account, NOW, 10)
    assert await mailbox.store.write_by_rows(sync_states.claim_many, "one", NOW, 30, 1)


async def test_a_wish_that_comes_while_the_same_is_written_is_written_too(
    mailbox: Mailbox, clock: FakeClock
) -> None:
    """For a pull may begin between the two."""

    def wish() -> None:
        if len(store.written) == 1:
            asked.wake(mailbox.account)

    store = Writing(mailbox.store, wish)
    asked = attention(store, clock)
    asked.wake(mailbox.account)
    await asked.keep()
    assert store.written == ["_ask", "_ask"]


async def test_the_last_wishes_of_a_process_are_kept(mailbox: Mailbox, clock: FakeClock) -> None:
    """Or given up where the database is away: the end does not fail for that."""
    await at_rest(mailbox)
    asked = attention(Writing(mailbox.store), clock)
    asked.wake(mailbox.account)
    await asked.keep_last()
    assert await mailbox.store.write_by_rows(sync_states.claim_many, "one", NOW, 30, 1)

    def fail() -> None:
        raise Away

    lost = attention(Writing(mailbox.store, fail), clock)
    lost.wake(mailbox.account)
    await lost.keep_last()


async def test_who_presses_refresh_does_not_wait_for_all_who_listen(
    mailbox: Mailbox, clock: FakeClock
) -> None:
    """A thousand accounts are listened to at once; a wish comes with the first of them: it is the next."""
    await at_rest(mailbox)
    other = (await mailbox.store.write(create, "other@office.example"))[0]

    def wish() -> None:
        if len(store.written) == 1:
            asked.wake(other)

    store = Writing(mailbox.store, wish)
    asked = attention(store, clock)
    asked.listened({mailbox.account, *range(10_000, 11_000)})  # type: ignore[arg-type]
    await asked.keep()

    assert store.written == ["wake_many_soon", "_ask", "wake_many_soon", "wake_many_soon"]
    soon = Pace().first_poll(NOW)
    [lease] = await mailbox.store.write_by_rows(sync_states.claim_many, "one", soon, 30, 1)
    assert lease.account_id == mailbox.account
