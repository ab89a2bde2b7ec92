"""One URL that is told of things: what waits for it, and the worker that posts it, one POST after another."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from dataclasses import dataclass
from itertools import count

from m365sim.notify.bell import Bell
from m365sim.notify.desk import Desk, Standing
from m365sim.notify.health import SLOW_DELAY_S, Health
from m365sim.notify.notice import Life, Notice, Parcel
from m365sim.notify.reply import Reply

RETRY_FOR_S = 4 * 3600
FIRST_RETRY_S = 10
SHUFFLED_AT_ONCE = 100
_LOOKED_AT = 1000
"""How many notices are looked at before others may run."""


@dataclass(slots=True)
class _Fresh:
    due_s: float
    notice: Notice


class Endpoint:
    """A queue and its worker. ``is_lifecycle``: events go one way only, never dropped, never held."""

    def __init__(self, url: str, desk: Desk, *, is_lifecycle: bool = False) -> None:
        self.url = url
        self.health = Health()
        self._is_lifecycle = is_lifecycle
        self._desk = desk
        self._fresh: deque[_Fresh] = deque()
        self._parcels: list[Parcel] = []
        self._serials = count()
        self._bell = Bell()
        self._under_way: list[Notice] = []
        self._worker: asyncio.Task[None] | None = None

    # -- from outside, on the event loop ----------------------------------------------------------

    def add(self, notice: Notice) -> None:
        """Take in something to tell; it is lost at once while the endpoint is being dropped."""
        now, behaviour = self._desk.now_s(), self._desk.behaviour
        until = None if self._is_lifecycle else self.health.dropping_until_s
        if until is not None and now < until:
            self._desk.lost(notice.subscription_id, len(notice))
            return
        delay = 0.0 if self._is_lifecycle else behaviour.notification_delay_s
        if self.health.is_slow(now, behaviour.notification_sample):
            delay += SLOW_DELAY_S
        self._fresh.append(_Fresh(now + delay, notice))
        self.stir()

    def release(self) -> None:
        """Try at once what is held for want of a token."""
        for parcel in self._parcels:
            if not parcel.tries:
                parcel.due_s = min(parcel.due_s, self._desk.now_s())
        heapq.heapify(self._parcels)
        self.stir()

    def forget(self, subscription_id: str) -> None:
        """Drop the changes that wait for one subscription; lifecycle events are told though it is gone."""
        if self._is_lifecycle:
            return
        self._fresh = deque(f for f in self._fresh if f.notice.subscription_id != subscription_id)
        for parcel in self._parcels:
            parcel.notices = [n for n in parcel.notices if n.subscription_id != subscription_id]
        self._parcels = [p for p in self._parcels if p.notices]
        heapq.heapify(self._parcels)

    def stir(self) -> None:
        """Look again at what is due: something arrived, or the clock was moved."""
        if self._worker is None or self._worker.done():
            if self._next_due() is not None:
                self._worker = asyncio.get_running_loop().create_task(self._work())
        else:
            self._bell.ring()

    async def close(self) -> None:
        """End the worker; what waits is forgotten."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    @property
    def state(self) -> str:
        """``dropping``, ``slow`` or ``ok``."""
        now = self._desk.now_s()
        if self.health.dropping_until_s is not None:
            return "dropping"
        return "slow" if self.health.is_slow(now, self._desk.behaviour.notification_sample) else "ok"

    def is_quiet(self) -> bool:
        """Nothing is under way and nothing due; what waits for a later hour may be there."""
        due = self._next_due()
        return not self._under_way and (due is None or due > self._desk.now_s())

    def waiting(self) -> dict[str, int]:
        """How many notices wait, by subscription."""
        waiting: dict[str, int] = {}
        for notice in self._all():
            waiting[notice.subscription_id] = waiting.get(notice.subscription_id, 0) + len(notice)
        return waiting

    def _all(self) -> list[Notice]:
        return [
            *self._under_way,
            *(f.notice for f in self._fresh),
            *(n for p in self._parcels for n in p.notices),
        ]

    # -- the worker -------------------------------------------------------------------------------

    async def _work(self) -> None:
        while (due := self._next_due()) is not None:
            now = self._desk.now_s()
            if due > now:
                await self._bell.wait(due - now)
                continue
            if self.health.recover(now):
                self._desk.tell_missed()
            elif parcel := self._take(now):
                await self._deliver(parcel, now)
            self._desk.rested()
            await asyncio.sleep(0)
        self._desk.rested()

    def _next_due(self) -> float | None:
        dues = [self._fresh[0].due_s] if self._fresh else []
        if self._parcels:
            dues.append(self._parcels[0].due_s)
        if self.health.dropping_until_s is not None:
            dues.append(self.health.dropping_until_s)
        return min(dues, default=None)

    def _take(self, now_s: float) -> Parcel | None:
        if not self._parcels or self._parcels[0].due_s > now_s:
            self._pack(now_s)
        if self._parcels and self._parcels[0].due_s <= now_s:
            return heapq.heappop(self._parcels)
        return None

    def _pack(self, now_s: float) -> None:
        """Make parcels of what is fresh and due."""
        behaviour = self._desk.behaviour
        size = behaviour.notifications_per_post
        is_shuffled = behaviour.notifications_shuffled and not self._is_lifecycle
        notices, doubles = self._gather(max(SHUFFLED_AT_ONCE, size) if is_shuffled else size, now_s)
        if is_shuffled:
            notices = self._desk.shuffle(notices)
        for start in range(0, len(notices), size):
            self._push(now_s, notices[start : start + size], now_s)
        if doubles:
            self._push(now_s, doubles, now_s)

    def _gather(self, most: int, now_s: float) -> tuple[list[Notice], list[Notice]]:
        """Up to ``most`` notices that are due, and those of them that go a second time."""
        notices: list[Notice] = []
        doubles: list[Notice] = []
        for _ in range(_LOOKED_AT):
            if not self._fresh or self._fresh[0].due_s > now_s or len(notices) >= most:
                break
            head = self._fresh[0]
            first, rest = head.notice.first(), head.notice.rest()
            if rest is None:
                self._fresh.popleft()
            else:
                head.notice = rest
            admitted = self._desk.admit(first)
            notices += admitted[:1]
            doubles += admitted[1:]
        return notices, doubles

    def _push(self, due_s: float, notices: list[Notice], first_s: float, tries: int = 0) -> None:
        heapq.heappush(self._parcels, Parcel(due_s, next(self._serials), notices, first_s, tries))

    async def _deliver(self, parcel: Parcel, now_s: float) -> None:
        by_standing: dict[Standing, list[Notice]] = {"ready": [], "held": [], "gone": []}
        for notice in parcel.notices:
            by_standing[self._desk.standing(notice)].append(notice)
        if held := by_standing["held"]:
            self._hold(held, parcel.first_s, now_s)
        if ready := by_standing["ready"]:
            # Cut off in the middle by ``close``, these stay among what waits.
            self._under_way = ready
            reply = await self._desk.send(self.url, ready)
            self._under_way = []
            self._conclude(parcel, ready, reply)

    def _hold(self, notices: list[Notice], first_s: float, now_s: float) -> None:
        if now_s >= first_s + RETRY_FOR_S:
            self._give_up(notices)
        else:
            self._push(first_s + RETRY_FOR_S, notices, first_s)

    def _conclude(self, parcel: Parcel, notices: list[Notice], reply: Reply) -> None:
        now = self._desk.now_s()
        if not self._is_lifecycle:
            self.health.note(now, is_late=reply.is_late, sample=self._desk.behaviour.notification_sample)
        if reply.is_accepted:
            self._desk.delivered(notices, reply)
            return
        self._desk.failed(notices, reply)
        last_s = parcel.first_s + RETRY_FOR_S
        if now >= last_s:
            self._give_up(notices)
            return
        due = min(now + FIRST_RETRY_S * 2**parcel.tries, last_s)
        self._push(due, notices, parcel.first_s, parcel.tries + 1)

    def _give_up(self, notices: list[Notice]) -> None:
        for notice in notices:
            if not isinstance(notice, Life):
                self._desk.lost(notice.subscription_id, 1)
        self._desk.tell_missed()
