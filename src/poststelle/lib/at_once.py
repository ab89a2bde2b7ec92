"""Work that waits for somebody else, several pieces at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def some_at_once(work: Iterable[Callable[[], Awaitable[T]]], most: int = 16) -> list[T]:
    """Do it all, ``most`` at a time; the results, in order. The first error ends it."""
    places = asyncio.Semaphore(most)

    async def do(one: Callable[[], Awaitable[T]]) -> T:
        async with places:
            return await one()

    tasks = [asyncio.create_task(do(one)) for one in work]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
