"""Edits of Outlook that only a second question brings, when that question fails or is never put."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import outbox
from tests.flow.sending.test_edited_there import EDIT, _outlook
from tests.flow.sending.test_sending import arrived
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.mail import ingest
from poststelle.writeback.drain import Drain

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("fails", ["not", "once"])
async def test_an_edit_that_must_be_asked_for_is_asked_for_until_it_comes(
    m365: Simulator, tmp_path: Path, clock: SetClock, fails: str
) -> None:
    """The folder was read before the draft was whole; the one request that would bring the edit fails."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        await box.write(["kunde@extern.example"], subject="Angebot")
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "PATCH", f"/{there['id']}", EDIT)
        await box.mirror.pull()
        await box.settle(1, 2)
        await box.settle(1, 0)
        assert await box.mirror.pending() == 0
        if fails == "once":
            m365.control.poison(box.address, [there["id"]])
            await box.mirror.pull()
            m365.control.poison(box.address, [there["id"]], is_poisoned=False)
        for _ in range(4):
            await box.mirror.pull()
            clock.advance(1000)
        assert await box.mirror.local() == truth(m365, box.address)


class _Dying:
    """A store whose program dies before it writes what was settled."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, call: Any, *args: Any, **options: Any) -> Any:
        if call is ingest.settle:
            raise RuntimeError("died")
        return await self._store.write(call, *args, **options)


async def test_a_program_that_dies_after_a_removal_was_held_back_loses_no_edit(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The draft comes back, and says what was written into it."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write(["kunde@extern.example"], subject="Angebot")
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        await box.destroy(message)
        await _outlook(box, "PATCH", f"/{there['id']}", EDIT)
        await box.mirror.pull()  # of what is to go nothing is kept

        async def open_remote(_: Any) -> Any:
            return box.mirror.remote

        dying = Drain(_Dying(box.mirror.store), open_remote, clock, "test")  # type: ignore[arg-type]
        await dying.run_due()
        for _ in range(4):
            await box.settle(2, 30)
            await box.mirror.pull()
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_draft_thrown_away_with_its_folder_is_not_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Somebody has deleted the folder in which it waited; it lies below the deleted messages."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        folder = m365.control.create_folder(box.address, "Vorlagen")
        message = await box.write([customer])
        await box.settle()
        [there] = box.at_microsoft("drafts")
        m365.control.move(box.address, [there["id"]], folder["id"])
        await box.mirror.pull()
        await box.submit(message)
        m365.control.delete_folder(box.address, "Vorlagen")
        await box.mirror.pull()
        await box.settle(6, 10)
        assert arrived(m365, customer) == []
