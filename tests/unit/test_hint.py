"""Waiting for a hint ends with the hint, with the time, and with a cancellation that comes at any moment."""

import asyncio

import pytest

from poststelle.lib.hint import wait_a_while

pytestmark = pytest.mark.anyio


async def test_a_hint_or_the_time_ends_the_wait() -> None:
    """True for the hint, False for the time."""
    event = asyncio.Event()
    assert not await wait_a_while(event, 0.001)
    event.set()
    assert await wait_a_while(event, None)


@pytest.mark.parametrize("turns", range(6))
async def test_a_cancellation_beside_the_hint_is_never_swallowed(turns: int) -> None:
    """A loop around the wait ends, however few turns of the event loop lie between the two."""
    event = asyncio.Event()

    async def loop() -> None:
        while True:
            event.clear()
            await wait_a_while(event, 60)

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=60)

    assert done and task.cancelled()
