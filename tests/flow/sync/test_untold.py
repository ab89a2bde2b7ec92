"""Accounts of which nothing is told: left to polling, and looked after again when that may help."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import Mirror, mirrored

from poststelle.model.ids import AccountId
from poststelle.providers.base import MayWrite, RemoteMail
from poststelle.providers.errors import RetryLater, SignInNeeded
from poststelle.store import subscriptions, sync_states
from poststelle.sync.notify import NOT_OFFERED, NotificationKeeper

pytestmark = pytest.mark.anyio

URL = "https://hooks.example.org"


@dataclass
class Remote:
    """An account whose provider tells nothing, or whose sign-in is lost; counts how often it is opened."""

    problem: Exception | None = None
    opened: int = 0
    subscriptions: None = field(default=None, init=False)

    async def open(self, _: AccountId) -> RemoteMail:
        self.opened += 1
        if self.problem:
            raise self.problem
        return cast("RemoteMail", self)

    def under(self, _: MayWrite) -> RemoteMail:
        return cast("RemoteMail", self)


async def problem(mirror: Mirror) -> str | None:
    return (await mirror.store.read(sync_states.get, mirror.account)).notify_problem


async def test_a_shared_mailbox_of_a_delegate_is_left_to_polling(m365: Simulator, tmp_path: Path) -> None:
    """Once found out it is not tried again, until somebody signs in anew."""
    clock, remote = SetClock(), Remote()
    async with mirrored(m365, m365.new_mailbox(), tmp_path, clock) as mirror:
        keeper = NotificationKeeper(mirror.store, remote.open, clock, URL, mirror.sync.ring)
        for _ in range(4):
            await keeper.run_due()
            clock.advance(3600)

        assert await problem(mirror) == NOT_OFFERED
        assert remote.opened == 1
        await mirror.store.write(subscriptions.set_due, mirror.account, clock.now())
        await keeper.run_due()
        assert remote.opened == 2


@pytest.mark.parametrize(
    ("trouble", "waits_s"),
    [(RetryLater("busy", after_s=70), 70), (SignInNeeded("AADSTS50173"), 300), (ValueError("a bug"), 300)],
)
async def test_trouble_is_waited_out(
    m365: Simulator, tmp_path: Path, trouble: Exception, waits_s: float
) -> None:
    """As long as the service asks; a lost sign-in and our own errors end in words, not in a loop."""
    clock, remote = SetClock(), Remote(trouble)
    async with mirrored(m365, m365.new_mailbox(), tmp_path, clock) as mirror:
        keeper = NotificationKeeper(mirror.store, remote.open, clock, URL, mirror.sync.ring)
        await keeper.run_due()
        clock.advance(waits_s - 1)
        await keeper.run_due()
        assert remote.opened == 1
        assert await problem(mirror)
        clock.advance(2)
        await keeper.run_due()

        assert remote.opened == 2
