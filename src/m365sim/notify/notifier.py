"""The office of notifications: hears of every change, keeps the endpoints, and looks after subscriptions.

It starts by itself with the first subscription on the running event loop. Changes and moves of the clock may
come from any thread; all else happens on the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from m365sim.notify import standing
from m365sim.notify.bell import Bell
from m365sim.notify.desk import Desk
from m365sim.notify.endpoint import Endpoint
from m365sim.notify.handshake import shake_hands
from m365sim.notify.match import matched
from m365sim.notify.memory import Memory
from m365sim.notify.notice import Change, Life, LifecycleEvent
from m365sim.notify.payload import life_json
from m365sim.notify.rate import Rate
from m365sim.notify.subscription import Subscription
from m365sim.notify.timetable import Timetable
from m365sim.world.agenda import run_due
from m365sim.world.changes import Entry
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox

if TYPE_CHECKING:
    from m365sim.world.simulation import Simulation


def _never(user_id: str) -> datetime | None:
    """Without an identity platform nobody's sign-ins are revoked."""
    return None


class Notifier:
    """The office of one simulation. Who has the identity platform gives ``revoked_at``."""

    def __init__(self, sim: Simulation) -> None:
        self.desk = Desk(sim, self.tell_missed, self.rested)
        self.rate = Rate()
        self.revoked_at: Callable[[str], datetime | None] = _never
        self._sim = sim
        self._endpoints: dict[tuple[str, bool], Endpoint] = {}
        self._memories: dict[str, Memory] = {}
        self._bell, self._rested = Bell(), Bell()
        self._times = Timetable()
        self._keeper: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        sim.world.watch(self._on_change)
        sim.clock.on_advance(self.stir)
        sim.directory.watch(self.stir)

    # -- beginning and end ------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to work on the running event loop; a second call does nothing but look again."""
        self._loop = asyncio.get_running_loop()
        self._look_again()

    async def close(self) -> None:
        """Stop. What still waits is noted as lost, to be told when the subscriptions are next taken up."""
        for endpoint in self._endpoints.values():
            await endpoint.close()
            for subscription_id in endpoint.waiting():
                self.desk.lost(subscription_id, 0)
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self._endpoints.clear()
        self._loop = self._keeper = None
        await self.desk.postman.close()

    # -- subscriptions ----------------------------------------------------------------------------

    async def validate(self, url: str) -> None:
        """Shake hands with a URL; HandshakeFailed otherwise."""
        await shake_hands(self.desk.postman, url, self._sim.behaviour.validation_real_s)

    def subscribe(self, subscription: Subscription) -> None:
        """Tell of changes from now on."""
        self._sim.subscriptions.add(subscription)
        if self._loop is None:
            self.start()
        self._take_up(subscription)

    def renewed(self, subscription: Subscription) -> None:
        """Go on after a change to a subscription, or a new authorisation of it."""
        self._sim.subscriptions.changed()
        self._take_up(subscription)
        self.tell_missed()
        for endpoint in self._endpoints.values():
            endpoint.release()
            endpoint.stir()

    def remove(self, subscription: Subscription) -> bool:
        """Tell of nothing any more, silently. False when it was gone already.

        Changes that wait are dropped, lifecycle events that wait are still told.
        """
        self.desk.forget(subscription.id)
        self._times.forget(subscription.id)
        for endpoint in self._endpoints.values():
            endpoint.forget(subscription.id)
        is_gone = self._sim.subscriptions.remove(subscription)
        others = self._sim.subscriptions.of_mailbox(subscription.mailbox_id)
        if not any(s.filter for s in others):
            self._memories.pop(subscription.mailbox_id, None)
        return is_gone

    def tell(self, subscription: Subscription, event: LifecycleEvent) -> bool:
        """Send a lifecycle event; False when the subscription has no address for it."""
        if subscription.lifecycle_url is None:
            return False
        life = Life(subscription.id, life_json(subscription, event))
        self._endpoint(subscription.lifecycle_url, is_lifecycle=True).add(life)
        return True

    def take_away(self, subscription: Subscription) -> None:
        """Remove a subscription as Microsoft does when access ends: its app is told."""
        if self.remove(subscription):
            self.tell(subscription, "subscriptionRemoved")

    def tidy(self, some: Iterable[Subscription] | None = None) -> None:
        """Do what time or the directory has made due: expiry (silent), removal, reminders.

        Of these subscriptions, or of all.
        """
        for subscription in self._sim.subscriptions if some is None else list(some):
            self._tidy_one(subscription)

    def _tidy_one(self, subscription: Subscription) -> None:
        now = self.desk.now_s()
        reminder_s = subscription.next_reminder_s()
        if subscription.expires_s <= now:
            self.remove(subscription)
            return
        if standing.is_ended(self._sim, subscription, self.revoked_at(subscription.creator_id)):
            self.take_away(subscription)
            return
        if reminder_s is not None and reminder_s <= now:
            subscription.reminded_s = now
            self.tell(subscription, "reauthorizationRequired")
        times = (subscription.expires_s, subscription.next_reminder_s())
        if self._times.put(subscription.id, min(at_s for at_s in times if at_s is not None)):
            self._bell.ring()

    # -- hearing ----------------------------------------------------------------------------------

    def _on_change(self, mailbox: Mailbox, folder: Folder, entry: Entry) -> None:
        subscriptions = self._sim.subscriptions.of_mailbox(mailbox.id)
        if not subscriptions:
            return
        memory = self._memories.get(mailbox.id)
        found = []
        for subscription in list(subscriptions):
            test = self.desk.test_of(subscription.id)
            if change := matched(subscription, mailbox, folder, entry, test, memory):
                found.append(change)
        if memory is not None:
            memory.learn(entry)
        if found:
            self._on_loop(self._queue, found)

    def _queue(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if subscription := self._sim.subscriptions.get(change.subscription_id):
                self._endpoint(subscription.notification_url).add(change)

    def stir(self) -> None:
        """Look again at everything: the clock, the directory or a sign-in has changed. From any thread."""
        self._on_loop(self._look_again)

    def _look_again(self) -> None:
        for subscription in self._sim.subscriptions:
            self._prepare(subscription)
        self.tidy()
        self.tell_missed()
        for endpoint in self._endpoints.values():
            endpoint.stir()
        self._see_that_somebody_keeps()
        self._bell.ring()

    def _take_up(self, subscription: Subscription) -> None:
        """One that is new, or was changed; what the others are due for is looked at when it is."""
        self._prepare(subscription)
        self._tidy_one(subscription)
        self._see_that_somebody_keeps()

    def _see_that_somebody_keeps(self) -> None:
        if self._keeper is None and self._loop is not None and len(self._sim.subscriptions):
            self._keeper = self._loop.create_task(self._keep())

    async def _keep(self) -> None:
        """Be there when the next subscription ends or its app is to be reminded."""
        while len(self._sim.subscriptions):
            at_s = self._times.next_s()
            await self._bell.wait(None if at_s is None else max(at_s - self.desk.now_s(), 0.001))
            for id_ in list(self._times.take_due(self.desk.now_s())):
                if subscription := self._sim.subscriptions.get(id_):
                    self._tidy_one(subscription)
            self._rested.ring()
        self._keeper = None

    def _prepare(self, subscription: Subscription) -> None:
        """Understand a filter and remember the mailbox as it is, for subscriptions new or taken up again."""
        mailbox = self._sim.world.mailbox_of(subscription.mailbox_id)
        if mailbox is None or not self.desk.understand(subscription, mailbox):
            return
        if mailbox.id not in self._memories:
            self._memories[mailbox.id] = Memory(mailbox)

    def _on_loop(self, act: Callable[..., None], *arguments: object) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        try:
            is_here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            is_here = False
        if is_here:
            act(*arguments)
        else:
            self._loop.call_soon_threadsafe(act, *arguments)

    def _endpoint(self, url: str, *, is_lifecycle: bool = False) -> Endpoint:
        key = (url, is_lifecycle)
        if key not in self._endpoints:
            self._endpoints[key] = Endpoint(url, self.desk, is_lifecycle=is_lifecycle)
        return self._endpoints[key]

    # -- what endpoints ask beside their desk -----------------------------------------------------

    def tell_missed(self) -> None:
        """Tell those who lost something and are not losing any more."""
        for subscription in self._sim.subscriptions:
            if not subscription.has_lost:
                continue
            endpoint = self._endpoints.get((subscription.notification_url, False))
            if endpoint is None or endpoint.health.dropping_until_s is None:
                subscription.has_lost = False
                self._sim.subscriptions.changed()
                self.tell(subscription, "missed")

    def rested(self) -> None:
        """Let those look who wait for quiet."""
        self._rested.ring()

    # -- being watched ----------------------------------------------------------------------------

    def endpoint_state(self, url: str) -> str:
        """``ok``, ``slow`` or ``dropping``."""
        endpoint = self._endpoints.get((url, False))
        return "ok" if endpoint is None else endpoint.state

    def waiting(self) -> dict[str, int]:
        """How many notifications wait, by subscription."""
        waiting: dict[str, int] = {}
        for endpoint in self._endpoints.values():
            for subscription_id, number in endpoint.waiting().items():
                waiting[subscription_id] = waiting.get(subscription_id, 0) + number
        return waiting

    async def settle(self, within_real_s: float) -> bool:
        """Wait until nothing is due or under way, though more may be later; False when that took too long."""
        run_due(self._sim.world)
        self._look_again()
        try:
            async with asyncio.timeout(within_real_s):
                while not all(endpoint.is_quiet() for endpoint in list(self._endpoints.values())):
                    await self._rested.wait(None)
        except TimeoutError:
            return False
        return True
