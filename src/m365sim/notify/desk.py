"""The desk that endpoints work for: what goes out, whether it may, how it is written, how it fared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from m365sim.behaviour import Behaviour
from m365sim.notify.match import Test, compiled
from m365sim.notify.notice import Change, Life, Notice
from m365sim.notify.payload import change_json, collection
from m365sim.notify.post import Postman
from m365sim.notify.reply import Reply
from m365sim.notify.subscription import Subscription
from m365sim.notify.trouble import Trouble
from m365sim.world.mailbox import Mailbox

if TYPE_CHECKING:
    from m365sim.world.simulation import Simulation

JSON_TYPE = "application/json; charset=utf-8"

Standing = Literal["ready", "held", "gone"]


def _no_token(app_id: str, tenant_id: str) -> str | None:
    """Without an identity platform nobody signs."""
    return None


class Desk:
    """``sign`` makes validation tokens. ``tell_missed`` is called after a loss, ``rested`` after steps."""

    def __init__(self, sim: Simulation, tell_missed: Callable[[], None], rested: Callable[[], None]) -> None:
        self.postman = Postman()
        self.sign: Callable[[str, str], str | None] = _no_token
        self.tell_missed = tell_missed
        self.rested = rested
        self._sim = sim
        self._tests: dict[str, Test] = {}
        self._trouble = Trouble()

    @property
    def behaviour(self) -> Behaviour:
        """The switches."""
        return self._sim.behaviour

    def now_s(self) -> float:
        """The simulator's time."""
        return self._sim.clock.now().timestamp()

    # -- filters ----------------------------------------------------------------------------------

    def understand(self, subscription: Subscription, mailbox: Mailbox) -> bool:
        """Make a subscription's filter ready; False when there is none, or it is ready."""
        if subscription.filter is None or subscription.id in self._tests:
            return False
        self._tests[subscription.id] = compiled(subscription.filter, mailbox)
        return True

    def test_of(self, subscription_id: str) -> Test | None:
        """The filter of a subscription."""
        return self._tests.get(subscription_id)

    def forget(self, subscription_id: str) -> None:
        """Drop the filter of a subscription that is gone."""
        self._tests.pop(subscription_id, None)

    # -- before sending ---------------------------------------------------------------------------

    def admit(self, notice: Notice) -> list[Notice]:
        """What is sent for a notice: not what the filter keeps out, and by request none or two of it."""
        if isinstance(notice, Life):
            return [notice]
        if notice.is_untested and not self._passes(notice):
            return []
        return [notice] * self._trouble.copies(self.behaviour)

    def _passes(self, change: Change) -> bool:
        _, mailbox = self._whose(change)
        if mailbox is None:
            return False
        message = mailbox.messages.find(change.number)
        if message is None and change.kind == "deleted":
            message = mailbox.messages.as_made(change.number)
        test = self._tests.get(change.subscription_id)
        return message is not None and test is not None and test(message)

    def shuffle(self, notices: list[Notice]) -> list[Notice]:
        """The notices in another order."""
        return self._trouble.shuffle(notices, self.behaviour)

    def standing(self, notice: Notice) -> Standing:
        """Held while the app's token for the subscription has run out; gone with the subscription."""
        if isinstance(notice, Life):
            return "ready"
        (subscription, mailbox), now = self._whose(notice), self.now_s()
        if subscription is None or mailbox is None or subscription.expires_s <= now:
            return "gone"
        needs_token = self.behaviour.subscription_needs_token
        return "held" if needs_token and not subscription.is_authorized(now) else "ready"

    # -- sending ----------------------------------------------------------------------------------

    async def send(self, url: str, notices: list[Notice]) -> Reply:
        """One POST with these notices."""
        shown = []
        tokens: dict[tuple[str, str], str | None] = {}
        for notice in notices:
            if isinstance(notice, Life):
                shown.append(notice.shown)
                continue
            subscription, mailbox = self._whose(notice)
            if subscription is None or mailbox is None:
                continue
            shown.append(change_json(self._sim, subscription, mailbox, notice))
            app = (subscription.app_id, subscription.tenant_id)
            if subscription.includes_data and app not in tokens:
                tokens[app] = self.sign(*app)
        body = collection(shown, [token for token in tokens.values() if token])
        return await self.postman.post(url, body, JSON_TYPE, self.behaviour.notification_real_s)

    def _whose(self, notice: Notice) -> tuple[Subscription | None, Mailbox | None]:
        subscription = self._sim.subscriptions.get(notice.subscription_id)
        if subscription is None:
            return None, None
        return subscription, self._sim.world.mailbox_of(subscription.mailbox_id)

    # -- after sending ----------------------------------------------------------------------------

    def delivered(self, notices: list[Notice], reply: Reply) -> None:
        """Count a success."""
        for notice in notices:
            if subscription := self._sim.subscriptions.get(notice.subscription_id):
                subscription.tally.delivered += 1
                subscription.tally.last_status = reply.status

    def failed(self, notices: list[Notice], reply: Reply) -> None:
        """Count a failed attempt."""
        for notice in notices:
            if subscription := self._sim.subscriptions.get(notice.subscription_id):
                subscription.tally.failed += 1
                subscription.tally.last_status = reply.status

    def lost(self, subscription_id: str, number: int) -> None:
        """Count what is given up, and remember that the app does not know yet."""
        if subscription := self._sim.subscriptions.get(subscription_id):
            subscription.tally.dropped += number
            subscription.has_lost = True
            self._sim.subscriptions.changed()
