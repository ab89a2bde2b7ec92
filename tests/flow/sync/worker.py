"""Processes that mirror one mailbox until all is done: ``python -m tests.flow.sync.worker FACTS``.

Each line read is a job for a new process: ``pull``, or ``move``: move every
message of the inbox to the archive, as a user would, while the changes are
being written back. That process may be killed at any moment, and the job given
again. Told are ``working PID`` when it begins and ``ended STATUS`` at its end.
"""

import os
import sys
from pathlib import Path

import msgspec
from tests.flow.forks import do_each_line
from tests.flow.sync.mirror import USER, Facts, Mirror, opened

from poststelle.jobs.inline import Supervisor
from poststelle.lib.clock import SystemClock
from poststelle.lib.log import set_up_logging
from poststelle.mail import organise
from poststelle.model.account import SyncPhase
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, MessageId
from poststelle.store import folders, messages, sync_states
from poststelle.store.tx import ReadTx

LEASE_S = 0.4


async def work(facts: Facts, job: str) -> None:
    clock = SystemClock()
    async with opened(facts, clock, lease_s=LEASE_S) as mirror:
        await clock.sleep(LEASE_S)  # a killed predecessor's lease ends by itself
        supervisor = Supervisor(clock)
        supervisor.add("sync", mirror.sync.run)
        supervisor.add("drain", mirror.drain.run)
        supervisor.start()
        print(f"working {os.getpid()}", flush=True)
        await (_until_pulled(mirror) if job == "pull" else _move_all(mirror))
        await supervisor.stop()


async def _until_pulled(mirror: Mirror) -> None:
    while (await mirror.store.read(sync_states.get, mirror.account)).phase is not SyncPhase.STEADY:
        await mirror.clock.sleep(0.02)


async def _move_all(mirror: Mirror) -> None:
    archive = await mirror.store.read(folders.by_role, mirror.account, Role.ARCHIVE)
    assert archive
    for message in await mirror.store.read(_in_inbox, mirror.account):
        await _move(mirror, message, archive.id)
    while await mirror.pending():
        await mirror.clock.sleep(0.02)


async def _move(mirror: Mirror, message: MessageId, archive: FolderId) -> None:
    now = mirror.clock.now()
    await mirror.store.write(organise.move, USER, mirror.account, message, archive, now)
    mirror.drain.wake(mirror.account)


def _in_inbox(tx: ReadTx, account: AccountId) -> list[MessageId]:
    inbox = folders.by_role(tx, account, Role.INBOX)
    assert inbox
    ids = [MessageId(row["id"]) for row in tx.all("list_remote_ids", account=account)]
    return [m.id for m in messages.get_many(tx, account, ids) if m.folder_ids == (inbox.id,)]


def main(facts: Facts) -> None:
    set_up_logging(as_json=True, level="warning")
    do_each_line(lambda line: work(facts, line.strip()))


if __name__ == "__main__":
    main(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Facts))
