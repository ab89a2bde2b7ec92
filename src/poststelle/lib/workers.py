"""Threads that do what blocks, for an event loop that waits for it.

What ``concurrent.futures`` and asyncio's bridge to it cost for each piece of
work is more than most look-ups in a database take; this costs half of it. The
thread that was at work last gets the next piece: what it needs is still near.

Work may be somebody's. What they bring stays in order, and where others wait too
they take turns, one piece each; nobody has more than ``each`` threads at a time. The last thread is
kept for who has none: two with long work leave it to all the others.
"""

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Job(NamedTuple):
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    fn: Callable[[], Any]
    who: Hashable


_URGE_S = 0.1
_Place = SimpleQueue[_Job | None]


class Workers:
    """At most ``count`` threads, begun when first needed. What comes while all are at work waits its turn.

    ``each``: how many of them one ``who`` may have, but not the last one besides another; what is nobody's
    (None) may have all, as everybody may where ``each`` is not given.
    """

    def __init__(self, count: int, name: str, each: int | None = None) -> None:
        self._count, self._name, self._each = count, name, each or count
        self._guard = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle: list[_Place] = []
        self._waiting: dict[Hashable, deque[_Job]] = {}  # whose turn is next comes first
        self._at_work: Counter[Hashable] = Counter()
        self._is_closed = False

    async def run(self, fn: Callable[[], T], who: Hashable = None) -> T:
        """``fn()`` in one of the threads; raises what it raises, RuntimeError after ``close``.

        Who is cancelled while waiting stops waiting; what has not begun by then is not begun any more.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._give(_Job(loop, future, fn, who))
        return await future

    def close(self, urge: Callable[[], None] | None = None, within_s: float | None = None) -> bool:
        """Finish what is being done; who waits for what has not begun is cancelled. Blocks.

        ``urge`` is called again and again until all has ended. Whether it has: what is still at work after
        ``within_s`` goes on by itself, and ends with the process.
        """
        ends_at = None if within_s is None else time.monotonic() + within_s
        with self._guard:
            self._is_closed = True
            waiting, self._waiting = self._waiting, {}
            idle, self._idle = self._idle, []
        for jobs in waiting.values():
            for job in jobs:
                _tell(job, job.future.cancel, None)
        for place in idle:
            place.put(None)
        for thread in self._threads:
            while thread.is_alive() and (ends_at is None or time.monotonic() < ends_at):
                if urge is not None:
                    urge()
                thread.join(_URGE_S)
        return not any(thread.is_alive() for thread in self._threads)

    def is_somebody_left_out(self) -> bool:
        """Whether somebody waits who has no thread at all."""
        with self._guard:
            return any(who not in self._at_work for who in self._waiting)

    def _give(self, job: _Job) -> None:
        with self._guard:
            if self._is_closed:
                raise RuntimeError("these threads have been ended")
            free = self._free()
            if not free or not self._may_begin(job.who, free):
                self._waiting.setdefault(job.who, deque()).append(job)
                return
            self._at_work[job.who] += 1
            if self._idle:
                self._idle.pop().put(job)
            else:
                self._begin(job)

    def _free(self) -> int:
        """Threads that have nothing to do, or have not begun."""
        return len(self._idle) + self._count - len(self._threads)

    def _may_begin(self, who: Hashable, free: int) -> bool:
        at_work = self._at_work[who]
        if who is None or not at_work:
            return True
        return at_work < self._each and (free > 1 or self._each == self._count)

    def _begin(self, job: _Job) -> None:
        place: _Place = SimpleQueue()
        place.put(job)
        name = f"{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, args=(place,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, place: _Place) -> None:
        job = place.get()
        while job is not None:
            _do(job)
            who, job = job.who, None
            # Nothing is held while waiting: neither what was done nor for whom.
            job = self._next(place, who) or place.get()

    def _next(self, place: _Place, done_for: Hashable) -> _Job | None:
        """What waits; otherwise the thread is idle from now on, and ``place`` is where it is told of more."""
        with self._guard:
            self._at_work[done_for] -= 1
            if not self._at_work[done_for]:
                del self._at_work[done_for]
            if (job := self._whose_turn_it_is()) is not None:
                return job
            if self._is_closed:
                place.put(None)
            else:
                self._idle.append(place)
            return None

    def _whose_turn_it_is(self) -> _Job | None:
        """The first piece of who has waited longest for their turn, of those who may have a thread more.

        For the thread that asks, which is free.
        """
        free = self._free() + 1
        who = next((who for who in self._waiting if self._may_begin(who, free)), None)
        if who is None and None not in self._waiting:
            return None
        jobs = self._waiting.pop(who)
        job = jobs.popleft()
        if jobs:
            self._waiting[who] = jobs  # at the end: others first
        self._at_work[who] += 1
        return job


def _do(job: _Job) -> None:
    if job.future.cancelled():
        return
    try:
        result = job.fn()
    except BaseException as error:
        _tell(job, job.future.set_exception, error)
    else:
        _tell(job, job.future.set_result, result)


def _tell(job: _Job, settle: Callable[[Any], object], outcome: Any) -> None:
    def tell() -> None:
        if not job.future.done():  # who waited may have gone
            settle(outcome)

    try:
        job.loop.call_soon_threadsafe(tell)
    except RuntimeError:  # the loop has ended: nobody waits any more
        return
