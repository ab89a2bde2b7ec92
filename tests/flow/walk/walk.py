"""A random walk: people on both sides change one mailbox while everything fails in every way it knows.

Everything is drawn from a seed, so that a walk that went wrong can be walked
again: ``python -m tests.flow.walk.soak --first N --walks 1``. (What two
processes do at the same moment still depends on the machine.)
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, answer_marks, folder_truth, truth
from tests.flow.walk import archived
from tests.flow.walk.contents import contents_here, contents_there, differing
from tests.flow.walk.copies import Copies
from tests.flow.walk.errors import errors_told
from tests.flow.walk.fates import Fates
from tests.flow.walk.here import Here
from tests.flow.walk.letters import Letters, comes_of_a_letter
from tests.flow.walk.outlook import Outlook
from tests.flow.walk.receiver import Receiver, receiving
from tests.flow.walk.scene import PLAIN, Deed, Scene, Variant, letter_there
from tests.flow.walk.station import new_site, opened_station
from tests.flow.walk.there import There
from tests.flow.walk.trouble import Trouble
from tests.flow.walk.worker import STEP_S, Job
from tests.store.reading import misfound

from poststelle.mail import queue
from poststelle.model.check import CheckState
from poststelle.store import accounts, sign_ins, submissions, sync_states
from poststelle.submission import identities

Kill = Callable[[Job], int]
_OFTEN = 5
"""By how much likelier each of several programs is to die beside the others than one that works alone."""
_AT_THE_LATEST = 8
"""Steps after which several programs die that chance has spared: no walk of theirs ends without deaths."""
_QUARTER_S = 900.0
_QUARTERS = 60
_PATIENCE_S = 50.0  # real ones, on a busy machine


@dataclass(frozen=True, slots=True)
class Death:
    """Of a program that was killed. ``beside``: the others at work in that moment, all of which went on.

    ``at``: when, by Microsoft's clock.
    """

    name: str
    beside: frozenset[str]
    at: datetime


class Walk:
    """One walk over one mailbox. ``told`` is the story so far, for whoever looks for what went wrong."""

    def __init__(self, scene: Scene, receiver: Receiver, kill: Kill, variant: Variant) -> None:
        self.scene, self._receiver, self._kill = scene, receiver, kill
        self.there, self.here, self.outlook = There(scene), Here(scene), Outlook(scene)
        self.fates = Fates(scene, self.outlook.drafts)
        self.letters, self.trouble = Letters(scene, self.fates), Trouble(scene, variant)
        self.copies = Copies(scene, self.outlook, self.letters)
        self.errors: list[str] = []
        self.deaths: list[Death] = []
        self._at_work: set[str] = set()
        self._others, self._at_once, self._spared = 0, variant.workers, 0
        self._open = AsyncExitStack()

    @property
    def told(self) -> list[str]:
        return self.scene.told

    async def begin(self) -> None:
        """The program runs, and has read what there is."""
        self.trouble.end()
        self.here.begin()
        await self._start()
        scene = self.scene
        station = scene.station
        told = (station.account, scene.address, station.ring, scene.clock.now())
        await station.store.write(archived.begin, *told)
        await scene.mirror.pull()
        args = (scene.station.store, scene.station.open_remote, scene.clock, USER, scene.station.account)
        await identities.refresh(*args)

    async def go(self, steps: int, outlook: int = 1) -> None:
        """Take so many steps: deeds on one side or the other, faults, deaths, the passing of time.

        ``outlook`` multiplies the weights of what Outlook does to drafts.
        """
        own: list[tuple[int, Deed]] = [
            (6, self.here.change_ours), (2, self._write_to_keep), (7, self._poll), (3, self._pull),
            (7, self._write_back), (5, self._both), (3, self._look_after), (2, self._die),
            (self._weight_of_deaths(), self._die_beside), (1, self._restart), (1, self._check),
        ]  # fmt: skip
        of_outlook = [
            (weight * outlook, deed) for weight, deed in (*self.outlook.deeds(), *self.copies.deeds())
        ]
        others = [*self.there.deeds(), *of_outlook, *self.trouble.deeds()]
        deeds = [*own, *others, *self.here.deeds(), *self.letters.deeds()]
        weights = [weight for weight, _ in deeds]
        for _ in range(steps):
            [(_, deed)] = self.scene.chance.choices(deeds, weights)
            self._spared += 1
            await (self._die_beside if self._are_due_to_die() else deed)()
            await self.scene.mirror.check()
            await self.letters.look()
            if self.scene.chance.random() < 0.3:
                self.scene.pass_time(self.scene.chance.choice((1.0, 5.0, 30.0, 400.0)))

    async def _write_to_keep(self) -> None:
        """Lost answers and deaths may leave its making in doubt: it must be there in the end all the same."""
        subject = await self.letters.write_to_keep()
        if subject is not None:
            self.here.kept[subject] = {}

    async def settle(self) -> None:
        """All trouble is over; time passes, and by nothing else both sides come to rest."""
        self.scene.tell("quiet")
        self.trouble.end()
        for _ in range(_QUARTERS):
            self.scene.pass_time(_QUARTER_S)
            await self.trouble.reconnect()
            await self._told_all()
            await self.scene.station.look_after()
            await self.scene.station.write_back()
            await self.scene.mirror.sync.run_due()
            if await self._is_at_rest() and not await self._unequal():
                return

    async def close(self) -> None:
        await self._stop()

    async def differences(self) -> list[str]:
        """What is not as it should be; empty is what everybody wants."""
        return [*await self._unequal(), *await self.fates.wrong(self.copies.sent)]

    async def _unequal(self) -> list[str]:
        """What is not as it should be, and may be so far only for a while."""
        scene, mirror = self.scene, self.scene.mirror
        here, there = await mirror.local(), truth(scene.m365, scene.address)
        answers = self._answers_of_ours()
        here, there = _without_threads_of(answers, here), _without_threads_of(answers, there)
        found = [f"only here: {here[k]}" for k in here.keys() - there.keys()]
        found += [f"only there: {k} {there[k]}" for k in there.keys() - here.keys()]
        found += [f"{k}: {here[k]} != {there[k]}" for k in here.keys() & there.keys() if here[k] != there[k]]
        marks = await mirror.answer_marks()
        found += [
            f"{k}: {mark} is known there only"
            for k, mark in answer_marks(scene.m365, scene.address).items()
            if k in here and mark not in marks.get(k, ())
        ]
        paths, wanted = await mirror.folder_paths(), folder_truth(scene.m365, scene.address)
        found += [f"folder only here: {p}" for p in paths - wanted]
        found += [f"folder only there: {p}" for p in wanted - paths]
        if waiting := await mirror.pending():
            found.append(f"{waiting} changes wait for ever")
        found += [f"an error of our own: {error}" for error in self.errors]
        found += self.here.lost(here)
        found += self._doubled()
        found += differing(
            await mirror.store.read(contents_here, mirror.account), contents_there(scene.m365, scene.address)
        )
        await self.letters.look()
        found += await self.letters.wrong(self.outlook.sent)
        found += await mirror.store.read(misfound, mirror.account)
        found += await archived.unarchived(scene.station)
        proof = await mirror.prove()
        if proof.state is not CheckState.DONE or proof.differences or proof.undecided:
            found.append(f"the proof of completeness is none: {proof}")
        return found

    def _answers_of_ours(self) -> set[str]:
        """Answers that were written here, by the provider's id.

        One that was begun in Outlook is ours, too, when it was made anew here; it stays where it is when it
        is renamed there after that.
        """
        _, found = self.scene.m365.control.snapshot(self.scene.address)
        renamed = self.fates.anew & self.outlook.renamed
        return {
            id_
            for id_, one in found.items()
            if one["inReplyTo"] and (comes_of_a_letter(one["subject"]) or one["internetMessageId"] in renamed)
        }

    def _doubled(self) -> list[str]:
        """Messages that are there more often than anybody asked for."""
        _, there = self.scene.m365.control.snapshot(self.scene.address)
        counts = Counter(letter_there(one)[0] for one in there.values())
        copied = self.scene.copied
        return [f"{name} is there {n} times" for name, n in counts.items() if n > 1 + copied[name]]

    async def figures(self) -> str:
        """What the walk was about, in a few numbers."""
        ended = await self.scene.station.store.read(submissions.newest, self.scene.station.account, 10_000)
        states = Counter(" ".join(filter(None, (one.state.value, one.code, one.detail))) for one in ended)
        beside = sum(bool(death.beside) for death in self.deaths)
        held = len(await self.scene.mirror.local())
        deaths = f"{len(self.deaths)} programs killed, {beside} beside others, {self.done_between_deaths()}"
        return f"{held} messages, {deaths}, sent: {dict(states)}"

    def done_between_deaths(self) -> dict[str, int]:
        """How often mail was moved, changed and sent at Microsoft between the first death and the last."""
        if not self.deaths:
            return {}
        first, last = self.deaths[0].at, self.deaths[-1].at
        calls = self.scene.m365.control.calls(limit=10**9)
        made = [part for call in calls for part in (call["parts"] or [call])]
        between = [
            one
            for one in made
            if one["mailbox"] == self.scene.address and first < datetime.fromisoformat(one["at"]) < last
        ]
        return dict(Counter(kind for call in between if (kind := _kind_of(call))))

    async def state(self) -> list[str]:
        """What people would be told of the account now: its state, its last problem, and what waits."""
        store, account = self.scene.station.store, self.scene.station.account
        waiting = await store.read(queue.list_waiting, USER, account)
        return [
            f"account: {await store.read(accounts.get, account)}",
            f"synchronisation: {await store.read(sync_states.get, account)}",
            *(f"sign-in: {replace(s, token_cache=b'')}" for s in await store.read(sign_ins.list_of, account)),
            *(f"waits: {one}" for one in waiting.waiting),
        ]

    async def _is_at_rest(self) -> bool:
        return not await self.scene.mirror.pending() and not await self.letters.are_open()

    # -- the program ------------------------------------------------------------------------------

    async def _start(self) -> None:
        scene = self.scene
        scene.station = await self._open.enter_async_context(opened_station(scene.site, scene.clock))
        self._receiver.hearing = scene.station.hearing
        await scene.station.begin()

    async def _stop(self) -> None:
        await self._receiver.silence()
        await self._open.aclose()

    async def _restart(self) -> None:
        self.scene.tell("restarted")
        await self._stop()
        await self._start()

    async def _die(self) -> None:
        """A process does all the work for a while and is killed in its midst; the next start goes on."""
        await self._stop()
        await self._killed(self._job("walk"))
        await self._start()

    def _weight_of_deaths(self) -> int:
        return self._at_once * _OFTEN if self._at_once > 1 else 1

    def _are_due_to_die(self) -> bool:
        return self._at_once > 1 and self._spared > _AT_THE_LATEST

    async def _die_beside(self) -> None:
        """Others work beside this one and are killed; what they held is free when its time is over.

        There is something to do for all of them: they may sign in at Microsoft, a letter is to go, a message
        to be moved and one marked.
        """
        self._spared = 0
        for deed in (self.trouble.reconnect, self.letters.post, self.here.move, self.here.mark):
            await deed()
        names = [f"other{self._others + n}" for n in range(1, self._at_once + 1)]
        jobs = [self._job(name, is_beside=True) for name in names]
        self._others += len(jobs)
        self._at_work |= {job.name for job in jobs}
        await asyncio.gather(*(self._killed(job) for job in jobs), self._both())

    def _job(self, name: str, *, is_beside: bool = False) -> Job:
        scene, chance = self.scene, self.scene.chance
        return Job(
            site=scene.site,
            at=scene.clock.now(),
            seed=chance.randrange(10**9),
            made=scene.number() * 1000,
            deeds=chance.choice((6, 12, 25)),
            die_at=chance.randint(2, 60),
            within_s=chance.choice((None, 0.0, 0.001, 0.003, 0.01)),
            name=name,
            spared=tuple(scene.spared),
            is_beside=is_beside,
        )

    async def _killed(self, job: Job) -> None:
        ended = await asyncio.to_thread(self._kill, job)
        self._at_work.discard(job.name)
        if ended == -9:
            now = datetime.fromisoformat(self.scene.m365.control.clock()["now"])
            self.deaths.append(Death(job.name, frozenset(self._at_work), now))
        assert ended in {0, -9}, f"a worker failed: {job}"
        end = f"({ended}): seed {job.seed}, step {job.die_at}, {job.within_s}"
        self.scene.tell(f"the program {job.name} died {end}")
        self.scene.pass_time(job.deeds * STEP_S)

    async def _check(self) -> None:
        """A check while everything goes on."""
        self.scene.tell("check")
        await asyncio.gather(self.scene.mirror.prove(), self.scene.station.write_back(), self.here.move())

    async def _pull(self) -> None:
        self.scene.tell("pull")
        await self.scene.mirror.pull()

    async def _poll(self) -> None:
        """What is due by itself, or because Microsoft told us."""
        self.scene.tell("poll")
        await self._told_all()
        await self.scene.mirror.sync.run_due()

    async def _told_all(self) -> None:
        """Whatever Microsoft has to tell now is told."""
        await asyncio.to_thread(self.scene.m365.control.settle, _PATIENCE_S)

    async def _write_back(self) -> None:
        self.scene.tell("write back")
        await self.scene.station.write_back()

    async def _look_after(self) -> None:
        self.scene.tell("look after tokens and subscriptions")
        await self.scene.station.look_after()

    async def _both(self) -> None:
        """Everything at once, and somebody at work meanwhile."""
        scene = self.scene
        scene.tell("everything at once")
        await scene.mirror.make_due()
        deeds = (
            self.here.mark, self.here.change_ours, self.letters.write_and_send,
            self.outlook.write, self.outlook.files, self.copies.send_early,
        )  # fmt: skip
        deed = scene.chance.choice(deeds)
        await asyncio.gather(
            scene.mirror.sync.run_due(),
            scene.mirror.drain.run_due(),
            scene.station.writer.run_due(),
            scene.station.sender.run_due(),
            scene.station.indexer.run_due(),
            self._meanwhile(deed),
            self.here.move(),
        )

    async def _meanwhile(self, deed: Deed) -> None:
        """At some moment of what goes on."""
        for _ in range(self.scene.chance.choice((0, 30, 200, 1000))):
            await asyncio.sleep(0)
        await deed()


@asynccontextmanager
async def walking(
    m365: Simulator, database: str, folder: Path, seed: int, kill: Kill, variant: Variant = PLAIN
) -> AsyncIterator[Walk]:
    """A walk over a fresh mailbox, both sides equal; ``database`` is empty, ``folder`` too."""
    clock = SetClock(datetime.fromisoformat(m365.control.clock()["now"]))
    m365.control.set_behaviour(subscriptionHttpLocalhost=True)
    async with receiving() as receiver:
        site = await new_site(m365, database, folder, clock, receiver.url, variant.cloud)
        async with opened_station(site, clock) as station:
            scene = Scene(m365, site, station, clock, random.Random(seed))
        walk = Walk(scene, receiver, kill, variant)
        try:
            with errors_told() as walk.errors:
                await walk.begin()
                yield walk
        finally:
            await walk.close()
            walk.trouble.end()


def _kind_of(call: Mapping[str, Any]) -> str | None:
    """What a request that was heard did to a message, if that is one of the three."""
    if call["status"] >= 300:
        return None
    method, path = call["method"], call["path"]
    if method == "PATCH" and "/messages/" in path:
        return "changed"
    return {"move": "moved", "send": "sent"}.get(path.rpartition("/")[2]) if method == "POST" else None


def _without_threads_of(answers: set[str], found: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The messages of one side, the threads as if there were no answers that were written here.

    One that is written here lies with what it answers, and the report on it with both. The provider puts
    them elsewhere when it does not hold what is answered: a draft that it is given later, a message that
    was removed.
    """
    first: dict[str, str] = {}
    for id_, message in found.items():
        if id_ not in answers:
            first[message["thread"]] = min(id_, first.get(message["thread"], id_))
    return {
        id_: message | {"thread": None if id_ in answers else first[message["thread"]]}
        for id_, message in found.items()
    }
