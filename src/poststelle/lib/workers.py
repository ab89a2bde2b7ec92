"""Threads that do what blocks, for an event loop that waits for it.

What ``concurrent.futures`` and asyncio's bridge to it cost for each piece of
work is more than most look-ups in a database take; this costs half of it. The
thread that was at work last gets the next piece: what it needs is still near.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Job(NamedTuple):
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    fn: Callable[[], Any]


_Place = SimpleQueue[_Job | None]


class Workers:
    """At most ``count`` threads, begun when first needed. What comes while all are at work waits its turn."""

    def __init__(self, count: int, name: str) -> None:
        self._count, self._name = count, name
        self._guard = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle: list[_Place] = []
        self._waiting: deque[_Job] = deque()
        self._is_closed = False

    async def run(self, fn: Callable[[], T]) -> T:
        """``fn()`` in one of the threads; raises what it raises, RuntimeError after ``close``.

        Who is cancelled while waiting stops waiting; what has not begun by then is not begun any more.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._give(_Job(loop, future, fn))
        return await future

    def close(self) -> None:
        """Finish what is being done; who waits for what has not begun is cancelled. Blocks."""
        with self._guard:
            self._is_closed = True
            waiting, self._waiting = self._waiting, deque()
            idle, self._idle = self._idle, []
        for job in waiting:
            _tell(job, job.future.cancel, None)
        for place in idle:
            place.put(None)
        for thread in self._threads:
            thread.join()

    def _give(self, job: _Job) -> None:
        with self._guard:
            if self._is_closed:
                raise RuntimeError("these threads have been ended")
            if self._idle:
                self._idle.pop().put(job)
            elif len(self._threads) < self._count:
                self._begin(job)
            else:
                self._waiting.append(job)

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
            # Nothing is held while waiting: neither what was done nor for whom.
            job = self._next(place) or place.get()

    def _next(self, place: _Place) -> _Job | None:
        """What waits; otherwise the thread is idle from now on, and ``place`` is where it is told of more."""
        with self._guard:
            if self._waiting:
                return self._waiting.popleft()
            if self._is_closed:
                place.put(None)
            else:
                self._idle.append(place)
            return None


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
