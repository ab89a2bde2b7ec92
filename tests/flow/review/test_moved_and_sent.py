"""What waited for a draft when somebody else sent it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flow.sending.outbox import outbox
from tests.flow.sending.test_edited_there import EDIT, _file, _outlook, _shown
from tests.flow.sending.test_sending import arrived
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.folder import Role

pytestmark = pytest.mark.anyio


async def test_a_change_that_fails_does_not_hold_up_what_is_to_be_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """A flag that Microsoft does not take for an hour: the letter goes within some minutes, or people see why."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.settle()
        await box.mirror.pull()
        kept = await box.message(message.id)
        assert kept
        await box.mirror.keywords(kept.remote_id, flagged=True)
        m365.control.fail_next("PATCH", "*", status=500, times=1000)
        submission = await box.send_now(message)
        for _ in range(12):
            await box.settle(4, 60)
        m365.control.clear_faults()
        state = await box.state(submission)
        assert arrived(m365, customer) == ["Angebot"] or state.waits_for is not None, state


@pytest.mark.parametrize("files", ["none", "one"])
async def test_what_is_held_back_shows_its_files_too(
    m365: Simulator, tmp_path: Path, clock: SetClock, files: str
) -> None:
    """Destroyed here while Outlook added a file: it comes back with that file."""
    async with outbox(m365, tmp_path, clock) as box:
        ours = [await box.file("a.txt", b"x" * 50)] if files == "one" else []
        message = await box.write(["kunde@extern.example"], ours)
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "POST", f"/{there['id']}/attachments", _file("b.txt", 500))
        await box.destroy(message)
        for _ in range(4):
            await box.settle(4, 10)
            await box.mirror.pull()
        assert await _shown(box, there["id"]) == ["a.txt"] * len(ours) + ["b.txt"]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_what_is_moved_here_and_sent_there_lies_in_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The move was meant for the draft."""
    m365.control.set_behaviour(sentIds="kept")
    try:
        async with outbox(m365, tmp_path, clock) as box:
            await box.write([m365.new_mailbox("kunde")])
            await box.settle()
            await box.mirror.pull()
            [there] = box.at_microsoft("drafts")
            await box.mirror.move(there["id"], Role.ARCHIVE)
            await box.send_in_outlook(there["id"])
            for _ in range(3):
                await box.mirror.pull()
                await box.settle(3, 10)
            assert await box.mirror.local() == truth(m365, box.address)
    finally:
        m365.control.set_behaviour(sentIds="new")


async def test_an_edit_is_kept_though_the_folder_is_read_from_nothing(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Tokens are forgotten while our draft is being made and Outlook edits it."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        await box.write(["kunde@extern.example"])
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        m365.control.forget_tokens(box.address)
        await box.mirror.pull()
        await _outlook(box, "PATCH", f"/{there['id']}", EDIT)
        m365.control.forget_tokens(box.address)
        await box.mirror.pull()
        await box.settle(6, 5)
        await box.mirror.pull()
        await box.mirror.pull()
        assert await box.mirror.local() == truth(m365, box.address)
