"""The loop that turns messages that came or went into activity records, a portion in each transaction."""

import asyncio

import structlog

from poststelle.lib.clock import Clock
from poststelle.lib.hint import wait_a_while
from poststelle.mail import recording
from poststelle.store import activities
from poststelle.store.tx import Store

log = structlog.get_logger()
_PORTION = 200
_TICK_S = 2.0


class Recorder:
    """Nothing is lost when it is killed: what waits, waits in the database. Several processes may run it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def run(self) -> None:
        """Record until cancelled."""
        never = asyncio.Event()
        while True:
            await self.run_due()
            await wait_a_while(never, _TICK_S)

    async def run_due(self) -> int:
        """Record all that waits; return how many messages were looked at."""
        seen = 0
        while await self._store.read(activities.due, 1):
            seen += await self._store.write(recording.take_down, _PORTION, self._clock.now())
        if seen:
            log.info("records.taken_down", messages=seen)
        return seen
