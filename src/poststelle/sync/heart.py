"""What a program that was killed had in hand, others go on with soon, whatever name they have.

A program that is started again under its own name frees at once what it held.
In a container it comes back under another one, or not at all: then those who
live free it, having seen its heart stand still for half a minute.
"""

import asyncio
import signal

import structlog

from poststelle.jobs.inline import guarded
from poststelle.store import backups, holders
from poststelle.store.tx import Store

log = structlog.get_logger()

_BEAT_S = 10.0
_LOOKS = 3  # of ours, a beat apart, between which another heart must have beaten


class Heart:
    """Beats for one program, and looks after the hearts of the others. ``name``: as it holds its claims."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, name
        self._seen: dict[str, tuple[int, int]] = {}
        self._has_beaten = False

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:  # through outages too: others take a heart that rests longer than theirs for dead
            await guarded(self.beat(), event="heart.failed")
            await asyncio.sleep(_BEAT_S)

    async def beat(self) -> int:
        """Beat once, before anything is claimed; return how many claims of dead programs were freed."""
        if await self._store.read(backups.is_moved):  # while we stood still: what we write would be refused
            log.error("database.moved")
            signal.raise_signal(signal.SIGTERM)
            return 0
        self._has_beaten = True
        others = await self._store.write_fleeting(holders.beat, self._name)
        self._seen = {name: (beats, self._looks(name, beats)) for name, beats in others.items()}
        freed = 0
        for name, (beats, looks) in self._seen.items():
            if looks >= _LOOKS and (found := await self._store.write(holders.bury, name, beats)) is not None:
                log.warning("holder.gone", freed=found)
                freed += found
        return freed

    async def stop(self) -> None:
        """Everything of this program has ended: what it left in hand is anybody's."""
        if self._has_beaten:
            await guarded(self._store.write(holders.leave, self._name), event="heart.failed")

    def _looks(self, name: str, beats: int) -> int:
        """How often we have looked since this heart beat last."""
        before, looks = self._seen.get(name, (None, 0))
        return looks + 1 if before == beats else 0
