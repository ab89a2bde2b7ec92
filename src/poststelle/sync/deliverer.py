"""The loop that passes activity records on to webhooks, and what could not be passed on again and again.

What is to be told is a fact in a table, so nothing is lost when this is killed: a claim ends by itself, and
what was under way is sent again with the same id.
"""

import random
from collections import Counter
from collections.abc import Callable
from functools import partial

import structlog

from poststelle.auth.crypto import KeyRing
from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.mail import passing_on
from poststelle.mail.passing_on import Parcel
from poststelle.model.ids import DeliveryId, WebhookId
from poststelle.push import webhook
from poststelle.push.outbound import NotReached, Outbound
from poststelle.store.tx import Store

log = structlog.get_logger()

_TICK_S = 1.0
_AT_ONCE = 16
_CLAIM_S = 30.0  # longer than any request takes
_FIRST_WAIT_S, _LONGEST_WAIT_S = 5.0, 3_600.0


class Deliverer:
    """Sends what is due. Several processes may run it."""

    def __init__(
        self,
        store: Store,
        ring: KeyRing,
        outbound: Outbound,
        clock: Clock,
        holder: str | None = None,
        *,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._store, self._ring, self._outbound, self._clock = store, ring, outbound, clock
        self._holder, self._spread = holder, spread
        self._rounds: Rounds[tuple[WebhookId, DeliveryId]] = Rounds(self._start_due, _TICK_S, self._ended)

    def stir(self) -> None:
        """Something may be due: look now."""
        self._rounds.ring()

    async def run(self) -> None:
        """Send what is due until cancelled."""
        await self._rounds.run()

    async def run_due(self) -> None:
        """Send what is due now, once, and return when it is done."""
        await self._rounds.run_due()

    async def _start_due(self) -> None:
        under_way = Counter(hook for hook, _ in self._rounds.keys)
        room, now = _AT_ONCE - under_way.total(), self._clock.now()
        if room <= 0 or not await self._store.read(passing_on.is_any_due, now):
            return
        claim = (self._ring, now, _CLAIM_S, room, under_way, self._holder)
        for parcel in await self._store.write(passing_on.claim_due, *claim):
            one = parcel.delivery
            work = guarded(self._deliver(parcel), event="webhook.broken", webhook=one.webhook_id)
            self._rounds.begin(work, (one.webhook_id, one.id), name=f"webhook-{one.id}")

    def _ended(self, _: tuple[WebhookId, DeliveryId]) -> None:
        """The next one in its lanes may go now."""
        self._rounds.ring()

    async def _deliver(self, parcel: Parcel) -> None:
        """One event. One that is cut off, by an error too, is sent again when its claim has lapsed."""
        one, where = parcel.delivery, parcel.target
        try:
            now = self._clock.now()
            answer = await webhook.post(self._outbound, where.url, parcel.body, where.secrets, now)
        except NotReached as problem:
            wait_s = partial(self._wait_s, problem.after_s)
            told = (one, problem.reason, self._clock.now(), wait_s)
            await self._store.write(passing_on.failed, *told)
            log.info("webhook.failed", webhook=one.webhook_id, reason=problem.reason)
        else:
            await self._store.write(passing_on.taken, one, answer, self._clock.now())

    def _wait_s(self, asked_s: float | None, failures: int) -> float:
        """As long as the receiver asked for, and at least our own back-off."""
        ours = backoff_s(failures, first_s=_FIRST_WAIT_S, limit_s=_LONGEST_WAIT_S, spread=self._spread)
        return max(ours, asked_s or 0.0)
