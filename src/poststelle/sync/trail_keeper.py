"""Keeps the audit trail: seals the ends of its chains, removes what is older than it is to be kept, and
writes down who has read what.
"""

from datetime import datetime

import structlog

from poststelle.access import erasure, trail, trail_seal
from poststelle.auth.crypto import KeyRing
from poststelle.lib.clock import Clock, months_earlier
from poststelle.mail import archiving
from poststelle.mail.readings import Readings
from poststelle.settings import trail as settings
from poststelle.store import audit
from poststelle.store.tx import Store

log = structlog.get_logger()

_SEAL_EVERY_S = 60.0
_LOOK_EVERY = 60  # seals: an hour
_WRITE_EVERY_S = 2.0


class TrailKeeper:
    """One in each process: sealing and removing twice is the same as once."""

    def __init__(self, store: Store, ring: KeyRing, clock: Clock) -> None:
        self._store, self._ring, self._clock = store, ring, clock

    async def run(self) -> None:
        """Keep it until cancelled."""
        while True:
            await self.forget_old()
            for _ in range(_LOOK_EVERY):
                await self.seal()
                await erasure.run(self._store, self._ring, self._clock)
                await self._clock.sleep(_SEAL_EVERY_S)

    async def seal(self) -> int:
        """Seal the ends of chains that have grown, and note how far the archives have come; how many times
        a chain was sealed."""
        if await self._store.read(archiving.have_grown, self._ring):
            await self._store.write(archiving.mark_ends, self._ring, self._clock.now())
        total = 0
        while await self._store.read(audit.unanchored, -1, 1):
            sealed = await self._seal_all()
            if not sealed:
                break  # what is left does not hold, and is not sealed
            total += sealed
        if await self._store.read(trail_seal.needs_beat, self._ring, self._clock.now()):
            await self._store.write(trail_seal.beat, self._ring, self._clock.now())
        return total

    async def _seal_all(self) -> int:
        """One portion of each chain that has grown."""
        total, after = 0, -1
        while True:
            some = await self._store.write(trail_seal.anchor, self._ring, self._clock.now(), after)
            total += some.chains
            if some.through is None:
                return total
            after = some.through

    async def forget_old(self) -> int:
        """Remove entries that are older than the trail is kept; return how many."""
        months = await self._store.read(settings.kept_months, self._ring)
        if months is None:
            return 0
        now, forgotten = self._clock.now(), 0
        before = months_earlier(now, months)
        for chain in await self._store.read(audit.chains):
            if not await self._store.read(audit.older, chain.number, before, 1):
                continue
            if (await trail.verify_chain(self._store, self._ring, chain.number)).broken:
                log.error("audit.does_not_hold", chain=chain.number)
                continue  # what somebody has changed says nothing of how old it is
            while count := await self._prune(chain.number, before, now):
                forgotten += count
        if forgotten:
            log.info("audit.forgotten", entries=forgotten)
        return forgotten

    async def _prune(self, chain: int, before: datetime, now: datetime) -> int:
        return await self._store.write(trail_seal.prune, self._ring, chain, before, now)


async def write_readings(readings: Readings, store: Store, clock: Clock) -> None:
    """Write down what was noted, again and again, until cancelled."""
    while True:
        await readings.write(store)
        await clock.sleep(_WRITE_EVERY_S)
