"""The nightly proof that the audit trail and the archives are what was put into them.

due ──a portion──> due ──the last one──> its outcome, and due again in the next night

A portion is one chain of the trail, or as much of an archive as is read in some seconds. What is due is a
fact in the database: who dies is gone on after, and two processes don't prove the same at once.

Outcomes lie in one sealed note with all others, so they are noted many at a time. Until then their proofs
stay in hand: who dies before has them made once more. Two minutes later at most they are noted, also while a
long chain is under way: what is in hand for an hour is proven by others, too. A fault is noted at once.
"""

import asyncio
import contextlib
import uuid
from datetime import datetime, timedelta

import structlog

from poststelle.access import trail
from poststelle.auth.crypto import KeyRing
from poststelle.blobs import BlobStore
from poststelle.jobs.inline import guarded
from poststelle.lib.clock import Clock
from poststelle.mail import archive_proof
from poststelle.model.ids import AccountId
from poststelle.settings import checks as plans
from poststelle.settings import integrity
from poststelle.settings.integrity import Ended
from poststelle.store import proofs
from poststelle.store.proofs import Fault, Held, Kind
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.sync.checker import night_before

log = structlog.get_logger()

_LOOK_EVERY_S = 30.0
_REST_S = 1.0  # between two portions: others want the disk, too
_HELD_FOR = timedelta(hours=1)
_DAY = timedelta(days=1)
_FAULTS_KEPT = 50
_NOTED_AT_ONCE = 200
_NOTED_WITHIN = timedelta(minutes=2)
_EVENTS = {Kind.TRAIL: "audit.does_not_hold", Kind.ARCHIVE: "archive.does_not_hold"}


class Prover:
    """One in each process."""

    def __init__(self, store: Store, blobs: BlobStore, ring: KeyRing, clock: Clock) -> None:
        self._store, self._blobs, self._ring, self._clock = store, blobs, ring, clock
        self._ended: list[Ended] = []

    async def run(self) -> None:
        """Prove what is due until cancelled."""
        while True:
            await self._store.write(_add_missing, self._clock.now())
            while await self.prove_next():
                await self._clock.sleep(_REST_S)
            await self._clock.sleep(_LOOK_EVERY_S)

    async def run_due(self) -> None:
        """Prove all that is due now, once."""
        await self._store.write(_add_missing, self._clock.now())
        while await self.prove_next():
            pass

    async def prove_next(self) -> bool:
        """A portion of what is most overdue; False: nothing is due."""
        now, holder = self._clock.now(), uuid.uuid4().hex
        if self._is_time_to_note(now):
            await self._note()
        held = await self._store.write(proofs.hold_next, holder, now, now + _HELD_FOR)
        if held is None:
            await self._note()
            return False
        work = self._chain_while_noting(held) if held.kind is Kind.TRAIL else self._archive(held)
        await guarded(work, event="proof.failed")  # what has failed is in the log, and due again in an hour
        return True

    async def _chain_while_noting(self, held: Held) -> None:
        noting = asyncio.create_task(self._note_in_time())
        try:
            await self._chain(held)
        finally:
            noting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await noting

    async def _note_in_time(self) -> None:
        while True:
            await self._clock.sleep(_NOTED_WITHIN.total_seconds())
            await guarded(self._note(), event="proof.not_noted")

    async def _chain(self, held: Held) -> None:
        told = await trail.verify_chain(self._store, self._ring, held.subject)
        found = told.faults().get(held.subject, [])
        await self._end(held, told.entries, [*held.found, *found])

    async def _archive(self, held: Held) -> None:
        account = AccountId(held.subject)
        args = (self._store, self._blobs, self._ring, account, held.reached)
        portion = await archive_proof.verify(*args)
        if portion is None:  # deleted meanwhile
            await self._end(held, held.seen, held.found)
            return
        found = [*held.found, *(Fault(one.number, one.why) for one in portion.broken)][:_FAULTS_KEPT]
        seen = held.seen + portion.seen
        if portion.is_end:
            await self._end(held, seen, found)
        else:
            await self._store.write(proofs.put_down, held, portion.at, seen, found)

    async def _end(self, held: Held, entries: int, broken: list[Fault] | tuple[Fault, ...]) -> None:
        if broken:
            log.error(_EVENTS[held.kind], subject=held.subject, entry=broken[0].number, why=broken[0].why)
        now, kept = self._clock.now(), tuple(broken)
        due_at = await self._store.read(_next_night, now, held.subject)
        self._ended.append(Ended(held, now, entries, kept, due_at))
        if broken or len(self._ended) >= _NOTED_AT_ONCE or self._is_time_to_note(now):
            await self._note()

    def _is_time_to_note(self, now: datetime) -> bool:
        return bool(self._ended) and now - self._ended[0].at >= _NOTED_WITHIN

    async def _note(self) -> None:
        """What has ended so far."""
        ended, self._ended = self._ended, []
        if ended:
            await self._store.write(integrity.end_proofs, self._ring, ended, self._clock.now())


def _add_missing(tx: Tx, now: datetime) -> None:
    proofs.add_missing(tx, now, _next_night(tx, now, 0))


def _next_night(tx: ReadTx, now: datetime, subject: int) -> datetime:
    return night_before(now + _DAY, plans.plan(tx).time, AccountId(subject))
