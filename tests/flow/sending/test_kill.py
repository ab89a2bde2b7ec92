"""The promise of sending: killed between any two steps, each message arrives exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from tests.flow.sending.outbox import QUICK, in_folder, new_outbox, outbox_of, ready
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock

from poststelle.lib.clock import SystemClock
from poststelle.model.submission import SubmissionState
from poststelle.store import submissions

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
STEPS_AT_MOST = 80


async def test_killed_between_any_two_steps_each_message_arrives_once(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """kill -9 after every transaction and every request, from the first draft to the sent copy.

    The next process finishes what the last one left, then sends a message of its
    own and is killed one step later, until one gets through.
    """
    customer = m365.new_mailbox("kunde")
    address, facts = await new_outbox(m365, tmp_path, clock)
    (tmp_path / "facts.json").write_bytes(msgspec.json.encode(facts))
    async with outbox_of(m365, address, facts, tmp_path, clock, QUICK) as box:
        await ready(box)

    with workers(tmp_path) as run:
        for step in range(1, STEPS_AT_MOST):
            ended = run(f"send {step} {address} {customer}")
            if ended == 0:
                break
            assert ended == -signal.SIGKILL
        assert 10 < step < STEPS_AT_MOST - 1, "every step was killed at"

    arrived = Counter(one["subject"] for one in in_folder(m365, customer, "inbox"))
    assert arrived == Counter(f"Brief {n}" for n in range(1, step + 1))
    assert Counter(one["subject"] for one in in_folder(m365, address, "sentitems")) == arrived
    assert in_folder(m365, address, "drafts") == []
    async with outbox_of(m365, address, facts, tmp_path, SystemClock(), QUICK) as box:
        every = await box.mirror.store.read(submissions.newest, box.account, 10_000)
        assert {one.state for one in every} == {SubmissionState.FINAL}
        assert await box.mirror.notices() == []
        await box.mirror.pull()
        assert len(await box.mirror.local()) == step
        await box.mirror.check()


@contextmanager
def workers(folder: Path) -> Iterator[Callable[[str], int]]:
    """A function that has a fresh process do a job, and says how it ended."""
    command = [sys.executable, "-m", "tests.flow.sending.worker", str(folder / "facts.json")]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment, cwd=ROOT) as mother:
        assert mother.stdin and mother.stdout
        jobs, told = mother.stdin, mother.stdout

        def run(job: str) -> int:
            jobs.write(f"{job}\n")
            jobs.flush()
            return int(told.readline().removeprefix("ended "))

        yield run
        jobs.close()
