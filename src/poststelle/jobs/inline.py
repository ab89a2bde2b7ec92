"""Loops as asyncio tasks of this process: started together, restarted when they break, stopped together."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.model.health import LoopState

T = TypeVar("T")

log = structlog.get_logger()
_HEALTHY_AFTER_S = 60.0
_LONGEST_S = 300.0
_OUTAGE_S = 10.0
"""So long a loop waits at most while what all loops need does not answer: that is nothing of its own."""


def _is_its_own(_: Exception) -> bool:
    return False


class Supervisor:
    """Runs loops until ``stop``.

    A loop that ends or raises is started again after a wait that doubles while
    it keeps failing. Use one supervisor once.

    ``is_outage``: whether an error says only that what all loops need does not answer.
    """

    def __init__(self, clock: Clock, is_outage: Callable[[Exception], bool] = _is_its_own) -> None:
        self._clock, self._is_outage = clock, is_outage
        self._loops: dict[str, Callable[[], Awaitable[None]]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._restarts: dict[str, int] = {}
        self._failing: dict[str, tuple[datetime, datetime]] = {}  # since when, and begun anew when
        self._waiting: set[str] = set()

    def states(self) -> list[LoopState]:
        """Each loop; one that was begun anew runs again when that is a minute ago."""
        now = self._clock.now()
        return [self._state(name, now) for name in self._loops]

    def _state(self, name: str, now: datetime) -> LoopState:
        since, begun = self._failing.get(name, (None, now))
        is_over = since is None or (now - begun).total_seconds() > _HEALTHY_AFTER_S
        return LoopState(name, self._restarts.get(name, 0), None if is_over else since)

    def add(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Have ``run`` kept running under ``name``; before ``start``."""
        self._loops[name] = run

    def start(self) -> None:
        """Start all loops in the running event loop."""
        self._tasks = {name: self._started(name) for name in self._loops}

    async def begin_anew(self) -> None:
        """Cancel all loops but the one that asks, wait until they have put things in order, start them."""
        asking = asyncio.current_task()
        others = {name: task for name, task in self._tasks.items() if task is not asking}
        await _ended(others.values())
        self._tasks |= {name: self._started(name) for name in others}

    def wake(self) -> None:
        """Start at once those that wait after failures, which count no more: what they lacked is back."""
        for name in self._waiting:
            self._tasks[name].cancel()  # it holds nothing
            self._tasks[name] = self._started(name)
            self._failing[name] = self._failing[name][0], self._clock.now()
        self._waiting = set()

    async def stop(self) -> None:
        """Cancel all loops and wait until they have put things in order."""
        await _ended(self._tasks.values())
        self._tasks = {}

    def _started(self, name: str) -> asyncio.Task[None]:
        return asyncio.create_task(self._keep_running(name, self._loops[name]), name=name)

    async def _keep_running(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        failures = 0
        self._waiting.discard(name)
        while True:
            begun_at = self._clock.now()
            is_outage = await self._has_met_outage(name, run)
            ran_s = (self._clock.now() - begun_at).total_seconds()
            failures = 1 if ran_s > _HEALTHY_AFTER_S else failures + 1
            since = self._clock.now() if failures == 1 else self._failing[name][0]
            self._restarts[name] = self._restarts.get(name, 0) + 1
            wait_s = backoff_s(failures, limit_s=_OUTAGE_S if is_outage else _LONGEST_S)
            self._failing[name] = since, self._clock.now() + timedelta(seconds=wait_s)
            self._waiting.add(name)
            await self._clock.sleep(wait_s)
            self._waiting.discard(name)

    async def _has_met_outage(self, name: str, run: Callable[[], Awaitable[None]]) -> bool:
        """Run it to its end, and say whether that came of an outage, which many loops meet many times."""
        try:
            await run()
            log.error("loop.ended", loop=name)
        except Exception as error:
            if self._is_outage(error):
                log.error("loop.failed", loop=name, problem=type(error).__name__)  # where says nothing
                return True
            log.exception("loop.failed", loop=name)
        return False


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def guarded(
    work: Awaitable[T], *, event: str, passing: tuple[type[Exception], ...] = (), **fields: int
) -> T | None:
    """Await the work on one thing; an unexpected error is logged with ``fields`` and kept from the others.

    None after such an error, so ``work`` should return something else. Those ``passing`` are expected, and
    raised.
    """
    try:
        return await work
    except passing:
        raise
    except Exception:
        log.exception(event, **fields)
        return None


@dataclass(frozen=True, slots=True)
class Failed:
    """An unexpected error, handed back by ``tried``."""

    error: Exception


async def tried(work: Awaitable[T], *, passing: tuple[type[Exception], ...] = ()) -> T | Failed:
    """Await work whose unexpected error shall be answered by trying less of it; the caller logs it.

    Those ``passing`` are expected, and raised.
    """
    try:
        return await work
    except passing:
        raise
    except Exception as error:
        return Failed(error)
