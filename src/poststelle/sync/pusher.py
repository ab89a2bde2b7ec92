"""Tells push services what changed: soon after each commit, and again what could not be told.

What is to be told is a fact in the tables (how far each account is, how far
each subscription was told); a commit rings, and a look every second finds the
rest. Each subscription rests between two messages, and changes gather meanwhile.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from poststelle.auth.crypto import KeyRing
from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.mail import push_subscriptions
from poststelle.mail.push_subscriptions import Delivery
from poststelle.model.ids import PushId
from poststelle.push.web_push import PushFailed, PushGone, WebPush
from poststelle.store.tx import Store

log = structlog.get_logger()

_TICK_S = 1.0
_GATHER_S = 0.25
_AT_ONCE = 32
_CLAIM_S = 60.0  # longer than any message takes
REST_S = 2.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 5.0, 3_600.0


class Pusher:
    """Sends what is due; one message at a time to each subscription."""

    def __init__(
        self,
        store: Store,
        ring: KeyRing,
        wire: WebPush,
        clock: Clock,
        holder: str | None = None,
        *,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._store, self._ring, self._wire, self._clock = store, ring, wire, clock
        self._holder, self._spread = holder, spread
        self._rounds: Rounds[PushId] = Rounds(self._start_due, _TICK_S)

    def stir(self) -> None:
        """Something was committed, or a subscription made: look now."""
        self._rounds.ring()

    async def run(self) -> None:
        """Tell what is due until cancelled."""
        await self._rounds.run(_gather)

    async def run_due(self) -> None:
        """Tell what is due now, once, and return when it is done."""
        await self._rounds.run_due()

    async def _start_due(self) -> None:
        room = _AT_ONCE - len(self._rounds.keys)
        now = self._clock.now()
        if room <= 0 or not await self._store.read(push_subscriptions.is_any_due, now):
            return
        claim = (self._ring, now, room, _CLAIM_S, self._holder)
        claimed = await self._store.write(push_subscriptions.claim_due, *claim)
        for delivery in claimed:
            id_ = delivery.subscription.id
            work = guarded(self._deliver(delivery), event="push.broken", subscription=id_)
            self._rounds.begin(work, id_, name=f"push-{id_}")

    async def _deliver(self, delivery: Delivery) -> None:
        """One message. One that is cut off, by an error too, comes again when its claim has lapsed."""
        one = delivery.subscription
        try:
            await self._wire.send(delivery.target, delivery.octets, self._clock.now())
        except PushGone:
            await self._store.write(push_subscriptions.gone, one.id)
            log.info("push.gone", subscription=one.id, user=one.credential.user_id)
        except PushFailed as problem:
            wait_s = self._wait_s(problem, one.failures + 1)
            await self._store.write(push_subscriptions.failed, delivery, self._after(wait_s))
            log.info("push.failed", subscription=one.id, reason=problem.reason, failures=one.failures + 1)
        else:
            rest_s = REST_S if one.is_code_sent else 0.0  # after its code nothing comes until it is told back
            await self._store.write(push_subscriptions.sent, delivery, self._after(rest_s))

    def _wait_s(self, problem: PushFailed, failures: int) -> float:
        """As long as the push service asked for, and at least our own back-off."""
        ours = backoff_s(failures, first_s=_FIRST_WAIT_S, limit_s=_LONGEST_WAIT_S, spread=self._spread)
        return max(ours, problem.after_s or 0.0)

    def _after(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)


async def _gather() -> None:
    """Commits that follow one another quickly are looked at together."""
    await asyncio.sleep(_GATHER_S)
