"""Waiting for a hint, for a while."""

import asyncio


async def wait_a_while(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait until the event is set, at most ``seconds`` (None: for ever); whether it is.

    Not ``asyncio.wait_for``, which up to Python 3.11 may swallow a cancellation
    that comes together with the event: a loop around it would never end.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
