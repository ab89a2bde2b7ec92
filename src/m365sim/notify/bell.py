"""Waiting that ends early: for the moment when something may be due, or for somebody who rings."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Bell:
    """Rung by whoever changes what a waiter looks at. Ringing before the waiting counts."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the waiter; on the event loop only."""
        self._rung.set()

    async def wait(self, seconds: float | None) -> None:
        """Wait for a ring, or so many real seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()
