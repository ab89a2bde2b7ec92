"""A loop that runs in one of several workers: the one that is first among those that live."""

import asyncio
from collections.abc import Awaitable, Callable

from poststelle.lib.share import Share

_LOOK_EVERY_S = 1.0


def by_first(share: Share, run: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """``run``, begun when this worker comes first, and cancelled when it does no more.

    For a moment two may be first, or none: what runs so must bear the one and the other. It saves work and
    requests, and is no lock.
    """

    async def keep() -> None:
        while True:
            if share.is_first:
                await _run_while_first(share, run)
            await asyncio.sleep(_LOOK_EVERY_S)

    return keep


async def _run_while_first(share: Share, run: Callable[[], Awaitable[None]]) -> None:
    """Raises what ``run`` raises."""
    task = asyncio.ensure_future(run())
    try:
        while share.is_first:
            ended, _ = await asyncio.wait({task}, timeout=_LOOK_EVERY_S)
            if ended:
                task.result()
                return
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
