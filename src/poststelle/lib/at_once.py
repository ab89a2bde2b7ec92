"""Work that waits for somebody else, several pieces at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable


async def some_at_once(work: Iterable[Callable[[], Awaitable[object]]], most: int = 16) -> None:
    """Do it all, ``most`` at a time; the first error ends it."""
    places = asyncio.Semaphore(most)

    async def do(one: Callable[[], Awaitable[object]]) -> None:
        async with places:
            await one()

    tasks = [asyncio.create_task(do(one)) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
