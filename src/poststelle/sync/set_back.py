"""After the database's clock was set back, what is due by the time before is brought forward by as much.

Mailboxes, retries, webhooks and pushes would wait as long as it was set back else. Runs in the first of
the workers; what it knows is in the database (``store.set_back``).
"""

import asyncio

import structlog

from poststelle.lib.clock import Clock
from poststelle.store import quiet_hours, set_back
from poststelle.store.set_back import SetBack
from poststelle.store.tx import Store
from poststelle.submission import submit

log = structlog.get_logger()

_LOOK_EVERY_S = 5.0


class Setback:
    """Looks whether the clock was set back, and what is to be done about it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> int:
        """Look once; how much was brought forward."""
        found = await self._store.write_fleeting(set_back.look, self._clock.now())
        if found is None:
            return 0
        brought = await self._bring_forward(found)
        await self._store.write(set_back.note_done, found)
        log.warning("clock.set_back", seconds=round(found.by.total_seconds(), 1), waiting=brought)
        return brought

    async def _bring_forward(self, found: SetBack) -> int:
        """The rows of one kind at a time: nobody waits for all of them."""
        write, read = self._store.write_by_rows, self._store.read
        brought = await write(set_back.bring_forward, set_back.KINDS[0], found)
        brought += await write(set_back.bring_letters_forward, found, await read(submit.hold_s))
        for kind in set_back.KINDS[1:]:
            brought += await write(set_back.bring_forward, kind, found)
        # When quiet ends is looked up anew: it is no time that has passed.
        brought += await write(quiet_hours.release_far_off, found.later_than)
        if found.by >= set_back.FOLDERS_FROM:
            brought += await self._bring_folders_forward(found)
        return brought

    async def _bring_folders_forward(self, found: SetBack) -> int:
        brought = 0
        some = await self._store.read(set_back.accounts_after, None)
        while some:
            brought += await self._store.write_by_rows(set_back.bring_folders_forward, some, found)
            some = await self._store.read(set_back.accounts_after, some[-1])
        return brought
