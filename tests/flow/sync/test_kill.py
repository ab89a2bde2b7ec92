"""The invariant behind all others: killed at any moment, the mirror is right when it is done."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec
import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import Facts, facts_of, new_account, opened, sign_in, truth

from poststelle.lib.clock import SystemClock

pytestmark = [pytest.mark.anyio, pytest.mark.long]

ROOT = Path(__file__).parents[3]
KILLS = int(os.environ.get("KILLS", "4"))  # during each of the two jobs


async def test_killed_at_any_moment_the_mirror_ends_complete(
    m365: Simulator, url: str, tmp_path: Path
) -> None:
    """kill -9 at four moments of the first synchronisation and four of a burst of 200 moves (or ``KILLS``).

    Half of it on PostgreSQL, where each costs three times as much.

    Afterwards every message is where Microsoft has it, with its flags, and
    nothing was taken back.
    """
    kills = KILLS if url.startswith("sqlite") else KILLS // 2
    chance = random.Random(os.environ.get("KILL_SEED", "poststelle"))
    address = m365.new_mailbox()
    m365.control.create_folder(address, "Objekte")
    m365.control.receive_count(address, 900, "Objekte")
    ids = m365.control.receive_many(address, [{"subject": f"Anfrage {n}"} for n in range(50 * kills)])
    facts = await _facts(m365, address, url, tmp_path)

    with workers(tmp_path) as start:
        killed = {"pull": 0, "move": 0}
        for _ in range(kills):
            killed["pull"] += start("pull").is_killed_after(chance.uniform(0, 0.4))
            m365.control.update(address, chance.sample(ids, 5), isRead=True)
        assert start("pull").end() == 0
        for _ in range(kills):
            killed["move"] += start("move").is_killed_after(chance.uniform(0, 0.7))
            m365.control.update(address, chance.sample(ids, 5), flag="flagged")
        assert start("move").end() == 0
    assert min(killed.values()) >= kills / 2, "most were done before they were killed: give them more to do"

    async with opened(facts, SystemClock(), lease_s=1) as mirror:
        time.sleep(1)  # noqa: ASYNC251 - the last worker's lease
        await mirror.pull()
        world = truth(m365, address)
        assert {world[id_]["folder"] for id_ in ids} == {"Archiv"}
        assert await mirror.local() == world
        assert await mirror.notices() == []
        await mirror.check()


async def _facts(m365: Simulator, address: str, database: str, folder: Path) -> Facts:
    clock = SystemClock()
    account = await new_account(database, address, clock)
    facts = facts_of(m365, database, account, await sign_in(m365, address, clock))
    (folder / "facts.json").write_bytes(msgspec.json.encode(facts))
    return facts


@dataclass
class Worker:
    """One working process."""

    pid: int
    told: IO[str]

    def is_killed_after(self, seconds: float) -> bool:
        """Kill it; False when it was done already."""
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        code = self.end()
        assert code in {0, -signal.SIGKILL}
        return code != 0

    def end(self) -> int:
        """Wait for the end; the exit code."""
        return int(self.told.readline().removeprefix("ended "))


@contextmanager
def workers(folder: Path) -> Iterator[Callable[[str], Worker]]:
    """A function that starts a worker on a job."""
    command = [sys.executable, "-m", "tests.flow.sync.worker", str(folder / "facts.json")]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment, cwd=ROOT) as mother:
        assert mother.stdin and mother.stdout
        jobs, told = mother.stdin, mother.stdout

        def start(job: str) -> Worker:
            jobs.write(f"{job}\n")
            jobs.flush()
            return Worker(int(told.readline().removeprefix("working ")), told)

        yield start
        jobs.close()
