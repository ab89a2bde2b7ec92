"""What is there and is denied once by its id (404), hidden for a moment: neither lost nor made twice."""

from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import outbox
from tests.flow.sending.test_edited_there import EDIT, _file, _outlook
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

pytestmark = pytest.mark.anyio

ABSENT: dict[str, Any] = {"status": 404, "code": "ErrorItemNotFound"}


@pytest.mark.parametrize("is_replaced", [True, False], ids=["saved_again", "destroyed"])
@pytest.mark.parametrize("skip", [0, 1, 2])
@pytest.mark.parametrize("times", [1, 2])
async def test_what_a_colleague_has_written_into_a_draft_outlasts_its_removal_here(
    m365: Simulator, tmp_path: Path, clock: SetClock, skip: int, times: int, *, is_replaced: bool
) -> None:
    """Whichever look before the removal is denied: it is not removed unseen."""
    async with outbox(m365, tmp_path, clock) as box:
        letter = await box.write([m365.new_mailbox("erster")])
        await box.settle(2)
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "PATCH", f"/{there['id']}", EDIT)
        await (box.make_place(letter) if is_replaced else box.destroy(letter))
        m365.control.fail_next("GET", "*/messages/*", **ABSENT, skip=skip, times=times)
        for _ in range(4):
            await box.settle(3, 20)
            await box.mirror.pull()

        assert [draft["subject"] for draft in box.at_microsoft("drafts")] == [EDIT["subject"]]
        assert await box.mirror.local() == truth(m365, box.address)
        assert await box.mirror.pending() == 0


@pytest.mark.parametrize("is_replaced", [True, False], ids=["saved_again", "destroyed"])
async def test_a_file_that_a_colleague_has_added_outlasts_a_removal_here(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_replaced: bool
) -> None:
    """The draft is there and its files are denied: that is no list of none."""
    async with outbox(m365, tmp_path, clock) as box:
        letter = await box.write([m365.new_mailbox("erster")], [await box.file("a.txt", b"x")])
        await box.settle(2)
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "POST", f"/{there['id']}/attachments", _file("b.txt"))
        await (box.make_place(letter) if is_replaced else box.destroy(letter))
        m365.control.fail_next("GET", "*/attachments*", **ABSENT)
        for _ in range(4):
            await box.settle(3, 20)
            await box.mirror.pull()

        assert len(box.at_microsoft("drafts")) == 1
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_draft_that_is_gone_for_good_is_removed_here_too(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Somebody has removed it there before it was removed here: nothing is left to do or to tell."""
    async with outbox(m365, tmp_path, clock) as box:
        letter = await box.write([m365.new_mailbox("erster")])
        await box.settle(2)
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "POST", f"/{there['id']}/permanentDelete")
        await box.destroy(letter)
        await box.settle(2)

        assert (await box.mirror.pending(), await box.mirror.notices()) == (0, [])
        await box.mirror.check()


@pytest.mark.parametrize("is_destroyed", [True, False])
async def test_a_draft_whose_answer_was_lost_is_found_though_its_id_is_denied(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_destroyed: bool
) -> None:
    """The search has listed it: it is made once, and what was removed here meanwhile goes."""
    m365.control.fail_next("POST", "*/messages", kind="lost")
    async with outbox(m365, tmp_path, clock) as box:
        letter = await box.write([m365.new_mailbox("erster")])
        await box.writer.run_due()
        if is_destroyed:
            await box.destroy(letter)
        m365.control.fail_next("GET", "*/messages/*", **ABSENT)
        for _ in range(4):
            await box.pass_time(40)
            await box.settle(2, 20)
            await box.mirror.pull()

        assert len(box.at_microsoft("drafts")) == (0 if is_destroyed else 1)
        assert await box.mirror.local() == truth(m365, box.address)
        assert await box.mirror.pending() == 0


async def test_a_bounce_that_is_denied_once_is_read(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """What has just come may be hidden for a moment: its sender is told all the same."""
    nobody = f"niemand-{m365.new_mailbox('kunde')}"
    async with outbox(m365, tmp_path, clock) as box:
        submission = await box.send_now(await box.write([nobody]))
        await box.settle()
        await box.mirror.pull()
        m365.control.fail_next("GET", "*/$value", **ABSENT)
        for _ in range(3):
            await box.bounces.run_due()
            await box.pass_time(120)

        assert (await box.state(submission)).delivery[nobody].delivered == "no"
