"""Tells push services what changed: soon after each commit, and again what could not be told.

What is to be told is a fact in the tables (how far each account is, how far
each subscription was told). What a commit says is a hint: soon after it those are
looked at who may read its accounts, with those whose rest has ended; a look at all
of them every quarter of a minute finds what nobody told of. Each subscription
rests between two messages, and changes gather meanwhile.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from poststelle.auth.crypto import KeyRing
from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.mail import push_subscriptions
from poststelle.mail.push_subscriptions import Delivery
from poststelle.model.change import Published
from poststelle.model.ids import AccountId, PushId
from poststelle.push.web_push import PushFailed, PushGone, WebPush
from poststelle.store import push_subscriptions as kept
from poststelle.store.tx import Store

log = structlog.get_logger()

_TICK_S = 1.0
_GATHER_S = 0.25
_AT_ONCE = 32
_KNOWN_AT_MOST = 1_000
_LOOK_AT_ALL_EVERY_S = 15.0
_RESTS = 9  # times as long as a look at all took
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
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._ring, self._wire, self._clock = store, ring, wire, clock
        self._holder, self._spread, self._stopwatch = holder, spread, stopwatch
        self._rounds: Rounds[PushId] = Rounds(self._start_due, _TICK_S, self._ended)
        self._known: list[PushId] = []  # found to be due, and not begun yet
        self._heard: set[AccountId] = set()
        self._is_all_wanted = True
        self._looked_at = clock.now()
        self._all_from_s = self._all_by_s = stopwatch()

    def hear(self, changes: Sequence[Published]) -> None:
        """This was committed: look now at those who may read these accounts."""
        self._heard |= {one.account_id for one in changes}
        self._rounds.ring()

    def stir(self) -> None:
        """A subscription was made, or anything else may be due: look at all of them now."""
        self._is_all_wanted = True
        self._rounds.ring()

    async def run(self) -> None:
        """Tell what is due until cancelled."""
        self._is_all_wanted = True  # what was in hand when an error ended us is anywhere among them
        await self._rounds.run(_gather)

    async def run_due(self) -> None:
        """Tell what is due now, once, and return when it is done."""
        await self._rounds.run_due()

    async def _start_due(self) -> None:
        room = _AT_ONCE - len(self._rounds.keys)
        if room <= 0:
            return
        now = self._clock.now()
        if not self._known:
            self._known = await (self._due_of_all(now) if self._may_look_at_all(now) else self._due(now))
        ids, self._known = self._known[:room], self._known[room:]
        if not ids:
            return
        claimed = await self._store.write(
            push_subscriptions.claim_due, self._ring, now, ids, _CLAIM_S, self._holder
        )
        for delivery in claimed:
            id_ = delivery.subscription.id
            work = guarded(self._deliver(delivery), event="push.broken", subscription=id_)
            self._rounds.begin(work, id_, name=f"push-{id_}")

    def _ended(self, _: PushId) -> None:
        """There is room for one more."""
        if self._known:
            self._rounds.ring()

    def _may_look_at_all(self, now: datetime) -> bool:
        """Such a look grows with the number of subscriptions: no news bring it about, and it has its rest."""
        if (
            now < self._looked_at
        ):  # the clock was set back: what waits for an instant may have been passed over
            return True
        return self._stopwatch() >= (self._all_from_s if self._is_all_wanted else self._all_by_s)

    async def _due_of_all(self, now: datetime) -> list[PushId]:
        self._is_all_wanted, self._looked_at = False, now
        self._heard = set()
        began_s = self._stopwatch()
        found = await self._store.read(kept.due, now, _KNOWN_AT_MOST)
        ended_s = self._stopwatch()
        self._all_from_s = ended_s + _RESTS * (ended_s - began_s)
        self._all_by_s = max(self._all_from_s, ended_s + _LOOK_AT_ALL_EVERY_S)
        self._is_all_wanted |= len(found) == _KNOWN_AT_MOST
        return found

    async def _due(self, now: datetime) -> list[PushId]:
        heard, since = self._heard, self._looked_at
        self._heard, self._looked_at = set(), now
        found = await self._store.read(kept.due_since, heard, since, now, _KNOWN_AT_MOST)
        if len(found) == _KNOWN_AT_MOST:  # there may be more
            self._heard |= heard
            self._looked_at = since
        return found

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
