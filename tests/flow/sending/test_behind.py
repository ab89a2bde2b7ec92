"""A letter does not wait for marks of its draft that themselves wait for something that does not succeed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from tests.flow.sending.outbox import outbox
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER
from tests.flow.sync.tree import Tree

from poststelle.mail import organise
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, MessageId
from poststelle.store import folders
from poststelle.store.tx import Tx

pytestmark = pytest.mark.anyio

Deed = Callable[..., object]


def _into_archive(deed: Deed, tx: Tx, account: AccountId, message: MessageId, now: datetime) -> None:
    archive = folders.by_role(tx, account, Role.ARCHIVE)
    assert archive is not None
    deed(tx, USER, account, message, archive.id, now)


@pytest.mark.parametrize(("deed", "path"), [(organise.copy, "*/copy"), (organise.move, "*/move")])
async def test_a_letter_goes_though_a_mark_waits(
    m365: Simulator, tmp_path: Path, clock: SetClock, deed: Deed, path: str
) -> None:
    """Microsoft fails over the copy or move for hours; the mark behind it has never been tried."""
    async with outbox(m365, tmp_path, clock) as box:
        letter = await box.write([m365.new_mailbox("erster")])
        await box.settle(2)
        await box.mirror.pull()
        store, at = box.mirror.store, (box.account, letter.id)
        m365.control.fail_next("POST", path, status=500, code="InternalServerError", times=10_000)
        await store.write(partial(_into_archive, deed), *at, clock.now())
        await store.write(organise.set_keywords, USER, *at, {"$flagged": True}, clock.now())
        await box.send_now(letter)

        for _ in range(4):
            await box.settle(1, 30)

        assert len(m365.control.sent(box.address)) == 1


@pytest.mark.parametrize("status", [500, 503])
async def test_a_letter_goes_though_a_folder_cannot_be_made(
    m365: Simulator, tmp_path: Path, clock: SetClock, status: int
) -> None:
    """Its draft is to move there; that is tried no more before the folder is there."""
    async with outbox(m365, tmp_path, clock) as box:
        letter = await box.write([m365.new_mailbox("erster")])
        await box.settle(2)
        await box.mirror.pull()
        m365.control.fail_next("POST", "*/mailFolders", status=status, code="Busy", times=10_000)
        folder = await Tree(box.mirror).create("Projekt")
        move = (USER, box.account, letter.id, folder, clock.now())
        await box.mirror.store.write(organise.move, *move)
        await box.send_now(letter)

        for _ in range(4):
            await box.settle(1, 60)

        assert len(m365.control.sent(box.address)) == 1
