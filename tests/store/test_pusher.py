"""Who is due for a push is asked of those whom news concern; of all of them rarely."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import Mailbox
from tests.store.test_push_subscriptions import RING, more_accounts, subscribed, touch

from poststelle.model.change import ChangeType, Published
from poststelle.model.ids import AccountId
from poststelle.push.web_push import PushFailed, WebPush
from poststelle.store import push_subscriptions
from poststelle.store.tx import Store
from poststelle.sync.pusher import REST_S, Pusher

pytestmark = pytest.mark.anyio
ALL_EVERY_S, LOOK_S = 15.0, 2.0


@dataclass
class Service:
    """A push service; ``is_away``: it takes nothing. ``sent``: so many messages were taken."""

    sent: int = 0
    is_away: bool = False

    async def send(self, *_: Any) -> None:
        if self.is_away:
            raise PushFailed("unreachable")
        self.sent += 1


@dataclass
class Counting:
    """A store that counts how often all subscriptions are asked about, which takes ``LOOK_S``."""

    inner: Store
    seconds: float = 0.0
    of_all: int = field(default=0)

    def now_s(self) -> float:
        return self.seconds

    async def read(self, fn: Any, *args: Any) -> Any:
        if fn is push_subscriptions.due:
            self.of_all += 1
            self.seconds += LOOK_S
        return await self.inner.read(fn, *args)

    async def write(self, fn: Any, *args: Any) -> Any:
        return await self.inner.write(fn, *args)


@dataclass
class Bench:
    """A pusher that looks when it is told to, on a clock that is moved by hand."""

    mailbox: Mailbox
    clock: FakeClock
    store: Counting
    service: Service
    pusher: Pusher

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.store.seconds += seconds

    async def change(self, *accounts: AccountId, is_told: bool = True) -> None:
        await self.store.write(touch, *accounts)
        if is_told:
            self.pusher.hear([Published(one, {ChangeType.EMAIL: 1}) for one in accounts])

    async def sent(self) -> int:
        """How many messages go out with the next look."""
        before = self.service.sent
        await self.pusher.run_due()
        return self.service.sent - before


@pytest.fixture
async def bench(mailbox: Mailbox, clock: FakeClock) -> AsyncIterator[Bench]:
    """One phone, told of all; all subscriptions were asked about once, just now."""
    await subscribed(mailbox)
    store, service = Counting(mailbox.store), Service()
    pusher = Pusher(
        cast(Store, store), RING, cast(WebPush, service), clock, spread=lambda: 1.0, stopwatch=store.now_s
    )
    made = Bench(mailbox, clock, store, service, pusher)
    await pusher.run_due()
    yield made


async def test_news_are_told_at_once_without_asking_about_all(bench: Bench) -> None:
    account = bench.mailbox.account
    for _ in range(20):
        await bench.change(account)
        assert await bench.sent() == 1
        bench.pass_time(REST_S)

    assert bench.store.of_all == 1 + 20 * REST_S // (ALL_EVERY_S + LOOK_S)


async def test_what_came_while_a_subscription_rests_is_told_when_that_is_over(bench: Bench) -> None:
    """Without any more news."""
    await bench.change(bench.mailbox.account)
    told = [await bench.sent()]
    await bench.change(bench.mailbox.account)
    told.append(await bench.sent())
    bench.pass_time(REST_S)
    told.append(await bench.sent())

    assert (told, bench.store.of_all) == ([1, 0, 1], 1)


async def test_what_failed_is_tried_again_after_its_wait(bench: Bench) -> None:
    bench.service.is_away = True
    await bench.change(bench.mailbox.account)
    assert await bench.sent() == 0
    bench.service.is_away = False
    bench.pass_time(4.9)
    assert await bench.sent() == 0
    bench.pass_time(0.1)
    assert (await bench.sent(), bench.store.of_all) == (1, 1)


async def test_news_of_others_concern_nobody(bench: Bench) -> None:
    """Of an account that nobody may read who has a phone."""
    await bench.change(bench.mailbox.account, is_told=False)
    bench.pusher.hear([Published(AccountId(999), {ChangeType.EMAIL: 1})])

    assert await bench.sent() == 0


async def test_what_nobody_told_of_is_found_within_a_quarter_of_a_minute(bench: Bench) -> None:
    """Or after nine times as long as it takes to ask about all, where that is longer."""
    await bench.change(bench.mailbox.account, is_told=False)
    bench.pass_time(9 * LOOK_S - 0.1)
    assert await bench.sent() == 0
    bench.pass_time(0.1)
    assert await bench.sent() == 1


async def test_what_may_be_anything_has_all_asked_about_but_not_without_end(bench: Bench) -> None:
    """A new subscription, a gap in what others tell: at once, if the last such look has had its rest."""
    bench.pusher.stir()
    await bench.sent()
    assert bench.store.of_all == 1
    bench.pass_time(9 * LOOK_S)
    bench.pusher.stir()
    await bench.sent()
    assert bench.store.of_all == 2


async def test_a_clock_that_was_set_back_hides_nothing(bench: Bench) -> None:
    """What waits for an instant may have been passed over: all are asked about."""
    bench.clock.advance(-3600)
    await bench.sent()

    assert bench.store.of_all == 2


async def test_a_program_that_may_read_many_accounts_is_told_of_each(bench: Bench) -> None:
    others = await bench.store.write(more_accounts, bench.mailbox, 3)
    assert await bench.sent() == 0
    await bench.change(*others[1:])
    assert await bench.sent() == 1
