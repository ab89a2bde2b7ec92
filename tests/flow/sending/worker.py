"""Processes that write and send until they are killed: ``python -m tests.flow.sending.worker FACTS``.

Each line read is a job for a new process: ``mend``, finish whatever is under
way, or ``send N TO``: write a message to TO and send it, and be killed with
SIGKILL at the N-th step: after a transaction of the loops, or a request to
Microsoft. Told is ``ended STATUS`` at the end.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import msgspec
from tests.flow.forks import do_each_line
from tests.flow.sending.outbox import QUICK, Outbox, outbox_of
from tests.flow.sync.mirror import Facts

from poststelle.lib.clock import SystemClock
from poststelle.lib.log import set_up_logging
from poststelle.model.submission import SubmissionState
from poststelle.providers.base import RemoteMail
from poststelle.store import submissions
from poststelle.store.tx import Store
from poststelle.writeback.draft_writer import DraftWriter
from poststelle.writeback.send_steps import SendPace
from poststelle.writeback.sender import Sender

PACE = SendPace(settle_s=0.2, look_s=0.05, patience_s=60, still_draft_s=5)


class Mine:
    """Kills this process at the N-th step; 0: never."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def step(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Mined:
    """Something whose named coroutines are steps."""

    def __init__(self, inner: Any, names: frozenset[str], mine: Mine) -> None:
        self._inner, self._names, self._mine = inner, names, mine

    def under(self, may_write: Any) -> Mined:
        return Mined(self._inner.under(may_write), self._names, self._mine)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._watched(found) if name in self._names else found

    def _watched(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def watched(*args: Any, **kwargs: Any) -> Any:
            result = await call(*args, **kwargs)
            if result != []:  # nothing was due
                self._mine.step()
            return result

        return watched


_REQUESTS = frozenset({"create_draft", "attach", "fetch", "attachments_many", "send_draft", "written"})


def _mine(box: Outbox, mine: Mine) -> None:
    store = cast(Store, Mined(box.mirror.store, frozenset({"write"}), mine))
    remote = cast(RemoteMail, Mined(box.mirror.remote, _REQUESTS, mine))

    async def open_remote(_: Any) -> RemoteMail:
        return remote

    clock = box.mirror.clock
    box.writer = DraftWriter(
        store, box.blobs, open_remote, clock, "test/drafts", settle_s=PACE.settle_s, patience_s=2
    )
    box.sender = Sender(store, open_remote, clock, "test/sender", pace=PACE)


async def work(facts: Facts, folder: Path, job: list[str]) -> None:
    clock = SystemClock()
    async with outbox_of(None, "", facts, folder, clock, QUICK) as box:  # type: ignore[arg-type]  # not needed here
        box.address = job[2] if len(job) > 2 else ""
        _mine(box, Mine(0))
        await _run_until_done(box)
        if job[0] == "send":
            file = await box.file("Liste.txt", b"eins zwei drei")
            message = await box.write([job[3]], [file], subject=f"Brief {job[1]}")
            await box.send_now(message)
            _mine(box, Mine(int(job[1])))
            await _run_until_done(box)


async def _run_until_done(box: Outbox) -> None:
    """What an earlier process left, too: under its names, as the loops do at their start."""
    tasks = [asyncio.create_task(loop.run()) for loop in (box.writer, box.sender)]
    while await _is_open(box):
        box.writer.wake(box.account)
        box.sender.wake(box.account)
        await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _is_open(box: Outbox) -> bool:
    waiting = {SubmissionState.PENDING, SubmissionState.SENDING}
    every = await box.mirror.store.read(submissions.newest, box.account, 10_000)
    return bool(await box.mirror.pending()) or any(one.state in waiting for one in every)


def main(facts: Facts, folder: Path) -> None:
    set_up_logging(as_json=True, level="error")
    do_each_line(lambda line: work(facts, folder, line.split()))


if __name__ == "__main__":
    facts_file = Path(sys.argv[1])
    main(msgspec.json.decode(facts_file.read_bytes(), type=Facts), facts_file.parent)
