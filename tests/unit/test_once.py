"""Work that several want at the same time is done once, and ends with the last who waits."""

from __future__ import annotations

import asyncio

import pytest

from poststelle.lib.once import Once

pytestmark = pytest.mark.anyio


class Work:
    """Counts how often it is begun and ended; comes to something when it may."""

    def __init__(self) -> None:
        self.begun = self.cancelled = 0
        self.may_end = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.begun += 1
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error:
            raise self.error
        return self.begun


async def waiting(once: Once, work: Work, count: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(once.run("key", work)) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_it_goes_on_when_who_came_first_leaves() -> None:
    once, work = Once(), Work()
    first, *others = await waiting(once, work, 8)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    work.may_end.set()
    assert await asyncio.gather(*others) == [1] * 7
    assert (work.begun, work.cancelled) == (1, 0)


async def test_an_error_is_told_to_all_and_not_remembered() -> None:
    once, work = Once(), Work()
    work.error = ValueError("busy")
    tasks = await waiting(once, work, 3)
    work.may_end.set()
    assert await asyncio.gather(*tasks, return_exceptions=True) == [work.error] * 3
    work.error = None
    assert await once.run("key", work) == 2


async def test_it_ends_with_the_last_and_begins_anew_for_who_comes_then() -> None:
    once, work = Once(), Work()
    tasks = await waiting(once, work, 2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (work.begun, work.cancelled) == (1, 1)
    work.may_end.set()
    assert await once.run("key", work) == 2
