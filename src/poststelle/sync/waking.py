"""Tries the accounts again that were refused, once what they were refused for is put right.

That it is to be done is noted in the database (``store.waking``). A portion at a time, each in a transaction
of its own: workers claim and end pulls of the same accounts meanwhile.
"""

import asyncio
from collections.abc import Callable

import structlog

from poststelle.lib.clock import Clock
from poststelle.model.ids import AccountId
from poststelle.store import sync_states, waking
from poststelle.store.tx import Store

log = structlog.get_logger()

_TICK_S = 2.0
_AT_ONCE = 500
_FIRST = AccountId(0)


class Waker:
    """Wakes those whose last pull failed, and those that are pulled just now and may fail yet.

    ``on_due``: accounts are due for a pull, by what the store says.
    """

    def __init__(self, store: Store, clock: Clock, on_due: Callable[[], None]) -> None:
        self._store, self._clock, self._on_due = store, clock, on_due

    async def run(self) -> None:
        """Look for the note again and again, until cancelled."""
        while True:
            await self.run_due()
            await asyncio.sleep(_TICK_S)

    async def run_due(self) -> int:
        """Do what is noted now; return how many accounts were woken."""
        number = await self._store.read(waking.noted)
        if number is None:
            return 0
        woken = await self._wake_all()
        await self._store.write(waking.done, number)
        log.info("accounts.woken", accounts=woken)
        return woken

    async def _wake_all(self) -> int:
        woken, last = 0, _FIRST
        while some := await self._store.read(sync_states.put_off, last, _AT_ONCE):
            await self._store.write_by_rows(sync_states.wake_many, some, self._clock.now())
            woken, last = woken + len(some), some[-1]
            self._on_due()
        return woken
