"""A loop that begins what is due, each piece of work as a task of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any, Generic, TypeVar

from poststelle.lib.hint import wait_a_while

K = TypeVar("K")


class Rounds(Generic[K]):
    """Calls ``start_due`` at every hint, and every ``tick_s`` without one; what it begins runs beside it.

    ``on_end`` is told the key of each piece of work that has ended. One event loop only.
    """

    def __init__(
        self,
        start_due: Callable[[], Awaitable[None]],
        tick_s: float,
        on_end: Callable[[K], None] = lambda _: None,
    ) -> None:
        self._start_due, self._tick_s, self._on_end = start_due, tick_s, on_end
        self._hint = asyncio.Event()
        self._running: dict[asyncio.Task[None], K] = {}

    @property
    def keys(self) -> Collection[K]:
        """What is under way, a key for each piece of work."""
        return self._running.values()

    def ring(self) -> None:
        """Something may be due: look now."""
        self._hint.set()

    def begin(self, work: Coroutine[Any, Any, None], key: K, *, name: str) -> None:
        """Have ``work`` run on its own; its errors must end in it."""
        task = asyncio.create_task(work, name=name)
        self._running[task] = key
        task.add_done_callback(self._ended)

    async def run(self, plan: Callable[[], Awaitable[None]] | None = None) -> None:
        """Look again and again until cancelled; then cancel what is under way and wait for it.

        ``plan`` comes before each look, and may make something due.
        """
        try:
            while True:
                self._hint.clear()
                if plan is not None:
                    await plan()
                await self._start_due()
                await wait_a_while(self._hint, self._tick_s)
        finally:
            tasks = list(self._running)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def run_due(self) -> None:
        """Begin what is due now, once, and return when all that is under way has ended."""
        await self._start_due()
        await asyncio.gather(*self._running)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._on_end(self._running.pop(task))
