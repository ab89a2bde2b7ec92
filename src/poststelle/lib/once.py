"""Work that several want at the same time, done for all of them one time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Once:
    """By a key: who comes while it is being done waits for the same. Nothing is remembered afterwards.

    Lives on one event loop.
    """

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _Shared] = {}

    async def run(self, key: Hashable, do: Callable[[], Awaitable[T]]) -> T:
        """What ``do()`` comes to; raises what it raises, to all who wait.

        It goes on when who came first leaves, and ends with the last of them: they leave when it has ended.
        """
        shared = self._under_way.get(key)
        if shared is None:
            shared = self._under_way[key] = _Shared(asyncio.ensure_future(self._do(key, do)))
        shared.waiting += 1
        try:
            result: T = await asyncio.shield(shared.task)
            return result
        finally:
            shared.waiting -= 1
            if not shared.waiting and not shared.task.done():
                self._forget(key, shared.task)
                shared.task.cancel()
                await asyncio.gather(shared.task, return_exceptions=True)

    async def _do(self, key: Hashable, do: Callable[[], Awaitable[T]]) -> T:
        try:
            return await do()
        finally:
            self._forget(key, asyncio.current_task())

    def _forget(self, key: Hashable, task: asyncio.Future[Any] | None) -> None:
        """Unless it is being done anew by now."""
        shared = self._under_way.get(key)
        if shared is not None and shared.task is task:
            del self._under_way[key]


class _Shared:
    """What is being done, and how many wait for it."""

    def __init__(self, task: asyncio.Future[Any]) -> None:
        self.task, self.waiting = task, 0
