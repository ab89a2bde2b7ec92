"""The invariant behind all others: killed at any moment, the mirror is right when it is done."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import Facts, facts_of, new_account, opened, sign_in, truth

from poststelle.lib.clock import SystemClock

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
KILLS = 10  # during each of the two jobs


async def test_killed_at_any_moment_the_mirror_ends_complete(m365: Simulator, tmp_path: Path) -> None:
    """kill -9 at ten moments of the first synchronisation and ten of a burst of 500 moves.

    Afterwards every message is where Microsoft has it, with its flags, and
    nothing was taken back.
    """
    chance = random.Random(os.environ.get("KILL_SEED", "poststelle"))
    address = m365.new_mailbox()
    m365.control.create_folder(address, "Objekte")
    m365.control.receive_count(address, 4000, "Objekte")
    ids = m365.control.receive_many(address, [{"subject": f"Anfrage {n}"} for n in range(500)])
    facts = await _facts(m365, address, tmp_path)

    for _ in range(KILLS):
        _run_and_kill(tmp_path, "pull", after_s=chance.uniform(0, 0.35))
        m365.control.update(address, chance.sample(ids, 5), isRead=True)
    _run_to_the_end(tmp_path, "pull")
    for _ in range(KILLS):
        _run_and_kill(tmp_path, "move", after_s=chance.uniform(0, 0.6))
        m365.control.update(address, chance.sample(ids, 5), flag="flagged")
    _run_to_the_end(tmp_path, "move")

    async with opened(facts, SystemClock(), lease_s=1) as mirror:
        time.sleep(1)  # noqa: ASYNC251 - the last worker's lease
        await mirror.pull()
        world = truth(m365, address)
        assert {world[id_]["folder"] for id_ in ids} == {"Archiv"}
        assert await mirror.local() == world
        assert await mirror.notices() == []
        await mirror.check()


async def _facts(m365: Simulator, address: str, folder: Path) -> Facts:
    clock = SystemClock()
    database = f"sqlite:///{folder / 'mirror.db'}"
    account = await new_account(database, address, clock)
    facts = facts_of(m365, database, account, await sign_in(m365, address, clock))
    (folder / "facts.json").write_bytes(msgspec.json.encode(facts))
    return facts


def _start(folder: Path, job: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.flow.sync.worker", str(folder / "facts.json"), job]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "working\n"
    return worker


def _run_and_kill(folder: Path, job: str, *, after_s: float) -> None:
    worker = _start(folder, job)
    time.sleep(after_s)
    worker.kill()
    worker.communicate()


def _run_to_the_end(folder: Path, job: str) -> None:
    worker = _start(folder, job)
    out, _ = worker.communicate(timeout=60)
    assert (out, worker.returncode) == ("done\n", 0)
