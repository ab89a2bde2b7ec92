"""What a program that was killed had in hand, others go on with soon, whatever name they have.

Each start of a program has a name of its own. One that is started again where it
was frees at once what it held, or, where somebody has that locked, as soon as it can be
had. In a container it comes back elsewhere, or not at all: then those who live free it,
having seen its heart stand still for twenty seconds.
Who was taken for dead and is not (it was stopped for so long, or could not reach the database) finds
its row gone, gives up all that it has in hand, and begins anew.
Each tells with its beats who it is and how it is doing, and learns who else works.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from poststelle.jobs.inline import guarded
from poststelle.lib.clock import Clock
from poststelle.lib.share import Share
from poststelle.model.health import Condition, Process, ProcessFacts
from poststelle.settings import blob_place
from poststelle.store import backups, holders
from poststelle.store.tx import Locked, ReadTx, Store, Tx
from poststelle.sync.life import BEAT_S, LOOKS, Life

log = structlog.get_logger()

_SAYS_NOTHING_S = 10.0
"""So long the server must have waited for a dead program before its transaction is ended.

Who is buried beat for the last time twenty seconds ago. One that lives all the same has said something since.
"""
_END_IT = "it is tried again; if it stays so, end at PostgreSQL the session that has its rows locked"
_HEARTS = "its own row among the hearts of all processes"
_OF_FORMER = "what the process that ran here before had in hand; the work begins meanwhile"
_OF_MISSED = "what a missed process had in hand"
_REMEMBERED = 720
"""Looks, an hour: a transaction of a dead program may first wait for others' locks, and then keep its own."""


async def _no_other_time() -> None:
    """The clock is right as it is."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a heart tells of its program with each beat, and whom it tells who lives.

    ``keep_time`` is awaited with each, too.
    """

    facts: ProcessFacts
    condition: Callable[[], Condition]
    clock: Clock
    share: Share
    on_living: Callable[[list[Process]], None]
    keep_time: Callable[[], Awaitable[object]] = _no_other_time


def _ignore() -> None:
    """Nobody wants to know."""


class Heart:
    """Beats for one program, and looks after the hearts of the others. ``name``: as it holds its claims.

    Without a ``body`` it tells nothing of itself. ``place``: where its octets are (``settings.blob_place``);
    when they or the database are moved, the program ends. ``life``: whoever is about to write asks it.
    ``begin_anew`` is awaited when the program was buried, before it counts among the living again: nothing
    that it had in hand is to be gone on with. ``on_freed``: told when what others had in hand is anybody's.
    ``on_back``: told of the first beat after some that failed: the database answers again.
    ``silent_s``: as ``_SAYS_NOTHING_S``; ``sleep``: how ``run`` waits for its next beat.

    What it does itself waits for no thread that others may have, and for no lock for long.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        body: Body | None = None,
        place: str | None = None,
        *,
        life: Life | None = None,
        begin_anew: Callable[[], Awaitable[None]] | None = None,
        on_freed: Callable[[], None] = _ignore,
        on_back: Callable[[], None] = _ignore,
        silent_s: float = _SAYS_NOTHING_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._apart = store.apart()
        self._store, self._name, self._body, self._place = store, name, body, place
        self._life, self._begin_anew = life or Life(store, name), begin_anew
        self._on_freed, self._on_back = on_freed, on_back
        self._silent_s, self._sleep = silent_s, sleep
        self._gone: dict[str, int] = {}
        self._seen: dict[str, tuple[int, int]] = {}
        self._former: set[str] | None = None
        self._has_beaten, self._beats = False, 0
        self._turn = asyncio.Lock()  # else who is just being buried comes between the parts of a beat

    async def run(self) -> None:
        """Beat until cancelled.

        No two looks are nearer to one another than a beat, or others would be missed too soon.
        """
        burying: asyncio.Task[int] | None = None
        has_failed = False
        if self._has_beaten:
            await self._sleep(BEAT_S)
        try:
            while True:  # through outages too: others take a heart that rests longer than theirs for dead
                if not await guarded(self._beat_once(), event="heart.failed"):
                    has_failed, self._seen = True, {}  # a look that fails is none: the one before is too old
                else:
                    if has_failed:
                        self._on_back()
                    has_failed = False
                    if burying is None or burying.done():  # beside: who is dead may keep others waiting
                        burying = asyncio.create_task(self._bury_dead())
                await self._sleep(BEAT_S)
        finally:
            if burying is not None:
                burying.cancel()

    async def beat(self) -> int:
        """Beat once, before anything is claimed; return how many claims of dead programs were freed.

        While somebody else has the hearts locked, that is tried again and again. What only the dead have left
        locked keeps no program from beginning: ``run`` frees it later.
        """
        while True:
            try:
                await self._beat_once()
            except Locked:
                log.warning("heart.locked", waits_for=_HEARTS, remedy=_END_IT)
                await asyncio.sleep(BEAT_S)  # no two looks are nearer, here either
            else:
                return await self._bury_dead()

    async def _beat_once(self) -> bool:
        async with self._turn:
            moved = await self._apart.read(_moved, self._place)
            if moved:  # while we stood still: we would be refused
                log.error(moved)
                signal.raise_signal(signal.SIGTERM)
                return True
            others, living = await self._beaten()
        self._look_at(others, living)
        if self._body is not None:
            _tell(self._body, [one for one in living if one.facts.name not in self._former_here()])
            await self._body.keep_time()
        return True

    def _former_here(self) -> set[str]:
        """Those that were where this one is now, and have not been buried yet."""
        return self._former or set()

    def _look_at(self, others: dict[str, int], living: list[Process]) -> None:
        if self._former is None:  # those that are met at the first look: no other can be there from then on
            self._former = {one.facts.name for one in living if self._is_here(one.facts)}
        self._former &= others.keys()
        gone = {name: looks - 1 for name, looks in self._gone.items() if looks > 1}
        gone |= dict.fromkeys(self._seen, _REMEMBERED)
        self._gone = {name: looks for name, looks in gone.items() if name not in others}
        self._seen = {name: (beats, _looks(self._seen.get(name), beats)) for name, beats in others.items()}

    def _is_here(self, facts: ProcessFacts) -> bool:
        return self._body is not None and facts.place == self._body.facts.place and facts.name != self._name

    async def _bury_dead(self) -> int:
        """Those that have stood still for long enough, or were where we are; how many claims were freed.

        Their transactions first, for what they have locked is not to be freed. What fails is done with the
        next look.
        """
        dead = [(name, beats) for name, (beats, looks) in self._seen.items() if self._is_dead(name, looks)]
        if names := [*self._gone, *(name for name, _ in dead)]:
            await guarded(self._end_sessions(names), event="holder.not_ended")
        freed = 0
        for name, beats in dead:
            freed += await guarded(self._bury(name, beats), event="holder.not_buried") or 0
        if freed:
            self._on_freed()
        return freed

    def _is_dead(self, name: str, looks: int) -> bool:
        return looks >= LOOKS or name in self._former_here()

    async def _end_sessions(self, names: list[str]) -> None:
        async with self._turn:
            ended = await self._apart.write_by_rows(_end_sessions, names, self._silent_s)
        if ended:
            log.warning("holder.sessions_ended", ended=ended)

    async def _bury(self, name: str, beats: int) -> int:
        try:
            async with self._turn:
                found = await self._apart.write(holders.bury, name, beats)
        except Locked:
            what = _OF_FORMER if name in self._former_here() else _OF_MISSED
            log.warning("holder.locked", holder=name, waits_for=what, remedy=_END_IT)
            return 0
        if found is None:
            return 0
        if name in self._former_here():
            log.info("holder.succeeded", freed=found)
        else:
            log.warning("holder.gone", freed=found)
        return found

    async def stop(self) -> None:
        """Everything of this program has ended: what it left in hand is anybody's."""
        if self._has_beaten:
            await guarded(self._store.write(holders.leave, self._name), event="heart.failed")

    async def _beaten(self) -> tuple[dict[str, int], list[Process]]:
        began_s = self._life.now_s()
        self._beats += 1
        beats = None if self._has_beaten else self._beats
        told = await self._apart.write_fleeting(_beat, self._name, self._body, beats)
        if told is None:
            log.warning("heart.buried", remedy="none is needed: what it had in hand others do")
            self._life.end()
            if self._begin_anew is not None:
                await self._begin_anew()
            self._has_beaten = False
            return await self._beaten()
        self._has_beaten = True
        self._life.beaten(began_s)
        return told


def _end_sessions(tx: Tx, names: list[str], silent_s: float) -> int:
    return tx.end_sessions(names, silent_s)


def _moved(tx: ReadTx, place: str | None) -> str | None:
    """What it is called in the log when there is nothing here any more to work on."""
    if backups.is_moved(tx):
        return "database.moved"
    return None if place is None or blob_place.is_here(tx, place) else "blobs.moved"


def _looks(before: tuple[int, int] | None, beats: int) -> int:
    """How often we have looked since this heart beat last."""
    return before[1] + 1 if before is not None and before[0] == beats else 0


def _beat(
    tx: Tx, name: str, body: Body | None, beats: int | None
) -> tuple[dict[str, int], list[Process]] | None:
    """How often the hearts of others have beaten, and who lives; None when this one was buried.

    ``beats``: so often this one has; None: the others know.
    """
    if beats is not None:
        holders.beat(tx, name, beats)
    elif not holders.beat_on(tx, name):
        return None
    others = holders.beats_of_others(tx, name)
    if body is None:
        return others, []
    now: datetime = body.clock.now()
    holders.describe(tx, body.facts, body.condition(), now)
    return others, holders.list_all(tx)


def _tell(body: Body, living: list[Process]) -> None:
    """Work is shared among those that work; where none does, those that answer look after what is left."""
    workers = [one.facts.name for one in living if one.facts.role.works]
    body.share.among(workers or [one.facts.name for one in living], body.facts.name)
    if workers and body.facts.name not in workers:
        body.share.rank = len(workers)
    body.on_living(living)
