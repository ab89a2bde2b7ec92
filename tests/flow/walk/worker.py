"""Programs that are killed: ``python -m tests.flow.walk.worker``.

Each line read is a job for a new process: work at a mailbox like everybody
here, and die by SIGKILL at a certain step (a transaction or a request), after
it or in its midst. Told is ``ended STATUS``.
"""

from __future__ import annotations

import asyncio
import os
import queue
import random
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec
from tests.flow.forks import do_each_line
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.walk.errors import errors_told
from tests.flow.walk.fates import Fates
from tests.flow.walk.here import Here
from tests.flow.walk.letters import Letters, may_be_sent
from tests.flow.walk.scene import Deed, Scene
from tests.flow.walk.station import Site, Station, opened_station

from m365sim.control.client import ControlClient
from poststelle.model.ids import AccountId
from poststelle.store.tx import Store

ROOT = Path(__file__).parents[3]
STEP_S = 1.0
"""How far a worker's clock goes on with each deed."""
_REQUESTS = frozenset(
    {
        "well_known_folders", "folder_delta", "message_delta", "newest", "list_ids", "locate", "fetch",
        "apply", "apply_folder", "attachments_many", "written", "create_draft", "attach", "open_upload",
        "upload_piece", "seal_draft", "send_draft", "folder_path",
    }
)  # fmt: skip


_NOTED = frozenset({"copy", "forget"})
"""Deeds that whoever walks must know of."""


class Job(msgspec.Struct, frozen=True):
    """``die_at``: the step to die at. ``within_s``: so long after it has begun; None: when it is done.

    ``name`` is that of the program: the one that starts after it, or another that works beside it.
    ``spared``: as in the scene. ``is_beside``: others work at the same time, and Outlook sends copies of
    letters, of which this one knows nothing: it spares whatever may be one.
    """

    site: Site
    at: datetime
    seed: int
    made: int
    deeds: int
    die_at: int
    within_s: float | None
    name: str
    spared: tuple[str, ...]
    is_beside: bool


class Mine:
    """Kills this process at the step it was laid for."""

    def __init__(self, die_at: int, within_s: float | None, errors: list[str]) -> None:
        self._left, self._within_s, self._errors = die_at, within_s, errors

    async def step(self, call: Callable[[], Awaitable[Any]]) -> Any:
        self._left -= 1
        if self._left != 0:
            return await call()
        if self._within_s is None:
            await call()
        else:
            begun = asyncio.ensure_future(call())
            await asyncio.wait([begun], timeout=self._within_s)
        _tell(self._errors)
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    def watch(self, store: Store, open_remote: Callable[[AccountId], Any]) -> tuple[Store, Any]:
        """Both with their steps counted."""

        async def opened(account: AccountId) -> Any:
            return _Mined(await open_remote(account), _REQUESTS, self)

        return cast(Store, _Mined(store, frozenset({"write"}), self)), opened


class _Mined:
    """Something whose named coroutines are steps."""

    def __init__(self, inner: Any, names: frozenset[str], mine: Mine) -> None:
        self._inner, self._names, self._mine = inner, names, mine

    def under(self, may_write: Any) -> _Mined:
        return _Mined(self._inner.under(may_write), self._names, self._mine)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._names:
            return found
        return lambda *args, **more: self._mine.step(lambda: found(*args, **more))


def _tell(errors: list[str]) -> None:
    """Errors of our own end the process in another way."""
    if errors:
        print("\n".join(errors), file=sys.stderr, flush=True)
        os._exit(3)


async def work(job: Job) -> None:
    """Deeds of people and rounds of the engines, until killed or done."""
    with errors_told() as errors:
        await _work(job, Mine(job.die_at, job.within_s, errors))
        _tell(errors)


async def _work(job: Job, mine: Mine) -> None:
    clock, chance = SetClock(job.at), random.Random(job.seed)
    control = ControlClient(job.site.facts["pages_url"])
    m365 = Simulator(job.site.facts, None, control)  # type: ignore[arg-type]  # not ours to end
    async with opened_station(job.site, clock, mine.watch, job.name) as station:
        await station.begin()
        scene = Scene(m365, job.site, station, clock, chance, made=job.made, spared=set(job.spared))
        if job.is_beside:
            scene.spares = may_be_sent
        people = [*Here(scene).deeds(), *Letters(scene, Fates(scene, ())).deeds()]
        here = [(weight, deed) for weight, deed in people if deed.__name__ not in _NOTED]
        deeds = [*here, (12, _all_of(station)), (6, station.write_back)]
        for _ in range(job.deeds):
            [(_, deed)] = chance.choices(deeds, [weight for weight, _ in deeds])
            await deed()
            clock.advance(STEP_S)


def _all_of(station: Station) -> Deed:
    async def run() -> None:
        await station.mirror.make_due()
        await asyncio.gather(station.mirror.sync.run_due(), station.write_back(), station.look_after())

    return run


@contextmanager
def workers(at_once: int = 1) -> Iterator[Callable[[Job], int]]:
    """A function that has a fresh process do a job, and says how it ended; so many at the same time."""
    free: queue.Queue[Callable[[Job], int]] = queue.Queue()

    def run(job: Job) -> int:
        one = free.get()
        try:
            return one(job)
        finally:
            free.put(one)

    with ExitStack() as closing:
        for _ in range(at_once):
            free.put(closing.enter_context(_worker()))
        yield run


@contextmanager
def _worker() -> Iterator[Callable[[Job], int]]:
    command = [sys.executable, "-m", "tests.flow.walk.worker"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, cwd=ROOT) as mother:
        assert mother.stdin and mother.stdout
        jobs, told = mother.stdin, mother.stdout

        def run(job: Job) -> int:
            jobs.write(msgspec.json.encode(job) + b"\n")
            jobs.flush()
            return int(told.readline().removeprefix(b"ended "))

        yield run
        jobs.close()


def main() -> None:
    do_each_line(lambda line: work(msgspec.json.decode(line, type=Job)))


if __name__ == "__main__":
    main()
