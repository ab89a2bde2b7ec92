"""A draft that was deleted for good is found by its id all the same, among the recoverable items."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import Outbox, outbox
from tests.flow.sending.test_copies import BUSY, _written
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_seals import REFUSED, _unchanged_copy
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sending.test_whose_copy import _let_pass
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.submission import SendStep, SubmissionState

pytestmark = pytest.mark.anyio

PATCH = {"method": "PATCH", "path": "*"}
RECOVERABLE = "recoverableitemsdeletions"


@pytest.fixture(autouse=True)
def _as_it_was(m365: Simulator) -> Iterator[None]:
    yield
    m365.control.clear_faults()
    m365.control.set_behaviour(sentIds="new", sentCopyDelayS=0)


async def _moved(box: Outbox, draft: str, folder: str) -> None:
    await _outlook(box, "POST", f"/{draft}/move", {"destinationId": folder})


async def _told(box: Outbox) -> list[str]:
    return [notice.code for notice in await box.mirror.notices()]


@pytest.mark.parametrize("fault", [BUSY, {"status": 429}, {"status": 202}], ids=str)
@pytest.mark.parametrize("folder", [RECOVERABLE, "deleteditems"])
async def test_what_somebody_has_deleted_meanwhile_is_never_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: dict[str, Any], folder: str
) -> None:
    """Between two attempts, and before any pull has seen it: they are told, and what was written is there."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next(**SEND, **fault)
        submission = await box.send_now(message)
        await box.sender.run_due()
        await _moved(box, message.remote_id, folder)
        clock.advance(60)
        await box.settle(4, 60)
        await _let_pass(box, 2_400)

        ended = await box.state(submission)
        assert arrived(m365, second) == []
        assert ended.state is SubmissionState.FAILED and await _told(box) == [ended.code]
        assert ended.code == ("gone" if fault == {"status": 429} or folder == "deleteditems" else "unknown")
        kept = await box.message(message.id)
        assert kept and kept.mutable.is_draft
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("folder", [RECOVERABLE, "deleteditems"])
async def test_what_is_deleted_just_before_it_is_due_is_not_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, folder: str
) -> None:
    """The seal is the last look: no pull has told of it, and no request to send it was made."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        submission = await box.submit(message, send_at=clock.now() + timedelta(minutes=10))
        await _moved(box, message.remote_id, folder)
        clock.advance(700)
        await _let_pass(box, 1_200)

        assert arrived(m365, second) == []
        assert (await box.state(submission)).code == "gone" and await _told(box) == ["gone"]
        calls = m365.control.calls(mailbox=box.address)
        assert [call for call in calls if call["path"].endswith("/send")] == []


@pytest.mark.parametrize("how", ["deleted", "deleted without a trace", "sent from another mailbox"])
async def test_who_reads_that_a_draft_has_gone_learns_whether_it_was_deleted(
    m365: Simulator, tmp_path: Path, clock: SetClock, how: str
) -> None:
    """What a colleague sends as a delegate is filed in the colleague's own mailbox: nothing is seen of it."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        submission = await box.submit(message, send_at=clock.now() + timedelta(hours=1))
        match how:
            case "deleted":
                await _moved(box, message.remote_id, RECOVERABLE)
            case "deleted without a trace":
                await _outlook(box, "POST", f"/{message.remote_id}/permanentDelete")
            case _:
                await box.send_in_outlook(message.remote_id)
                [copy] = box.at_microsoft("sentitems")
                m365.control.delete(box.address, [copy["id"]], permanently=True)
        await box.mirror.pull()
        await _let_pass(box, 4_800)

        assert (await box.state(submission)).code == "gone"
        detail = "in_drafts" if how == "deleted" else "in_drafts_unsure"
        assert [notice.detail for notice in await box.mirror.notices()] == [detail]
        assert [one["subject"] for one in box.at_microsoft("drafts")] == ["Angebot"]


async def test_what_may_not_be_sealed_is_looked_at_before_it_goes(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next(**PATCH, **REFUSED, times=1000)
        submission = await box.submit(message, send_at=clock.now() + timedelta(minutes=10))
        await _moved(box, message.remote_id, RECOVERABLE)
        clock.advance(700)
        await _let_pass(box, 1_200)

        assert arrived(m365, second) == []
        assert (await box.state(submission)).code == "gone"


@pytest.mark.parametrize("how", ["scheduled", "asked"])
async def test_what_went_as_an_item_of_its_own_is_told_as_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, how: str
) -> None:
    """Another program sends a copy, and removes the draft for good."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        if how == "asked":
            m365.control.fail_next(**SEND, **BUSY)
        at = clock.now() + (timedelta(hours=1) if how == "scheduled" else timedelta(0))
        submission = await box.submit(message, send_at=at)
        await box.sender.run_due()
        await box.send_in_outlook(await _unchanged_copy(box, message.remote_id))
        await _moved(box, message.remote_id, RECOVERABLE)
        await box.mirror.pull()
        await _let_pass(box, 4_800)

        assert arrived(m365, second) == ["Angebot"] and box.at_microsoft("drafts") == []
        assert (await box.state(submission)).state is SubmissionState.FINAL


async def test_a_draft_in_a_folder_that_is_new_there_is_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """No pull has seen the folder; the provider lists it."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        folder = m365.control.create_folder(box.address, "Neu")
        await _moved(box, message.remote_id, folder["id"])
        submission = await box.send_now(message)
        await box.settle(4, 1)

        assert arrived(m365, second) == ["Angebot"]
        assert (await box.state(submission)).state is SubmissionState.FINAL


@pytest.mark.parametrize("begun", ["here", "outlook"])
@pytest.mark.parametrize("ids", ["new", "kept"])
async def test_what_outlook_sends_under_a_seal_of_which_no_answer_came_is_told_as_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, begun: str, ids: str
) -> None:
    """It has the second seal: the first was asked under, the third never came through."""
    m365.control.set_behaviour(sentIds=ids)
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, begun)
        m365.control.fail_next(**SEND, **BUSY)
        submission = await box.send_now(message)
        await box.sender.run_due()
        m365.control.fail_next(**PATCH, kind="lost")
        clock.advance(10)
        await box.sender.run_due()
        m365.control.clear_faults()
        m365.control.fail_next(**PATCH, **BUSY)
        clock.advance(20)
        await box.sender.run_due()
        m365.control.clear_faults()
        assert (await box.state(submission)).seals == 3
        await box.send_in_outlook(message.remote_id)
        await _let_pass(box, 1_200)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert await _told(box) == ["sent_elsewhere"]
        assert arrived(m365, second) == ["Angebot"] and box.at_microsoft("drafts") == []


@pytest.mark.parametrize("fault", [{"status": 202}, {"kind": "lost"}], ids=str)
async def test_what_its_own_id_tells_as_sent_needs_no_search(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: dict[str, Any]
) -> None:
    """The search is refused, and the copy was moved on from Sent before any pull: it is our message."""
    m365.control.set_behaviour(sentIds="kept")
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next("GET", "*/messages", **REFUSED, times=1000)
        if "kind" in fault:
            m365.control.fail_next(**SEND, **fault)
        submission = await box.send_now(message)
        await box.sender.run_due()
        await _moved(box, message.remote_id, "archive")
        await _let_pass(box, 1_200)
        await box.mirror.pull()

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, second) == ["Angebot"] and await _told(box) == []
        ours = await box.message(message.id)
        assert ours and not ours.mutable.is_draft
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_draft_that_cannot_be_read_is_not_made_anew(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """It is there, whatever it holds: a second one would be sent a second time."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next(**SEND, **BUSY)
        submission = await box.send_now(message)
        await box.sender.run_due()
        [there] = [one["id"] for one in box.at_microsoft("drafts")]
        m365.control.poison(box.address, [there])
        await _let_pass(box, 1_200)
        assert (await box.state(submission)).state is SubmissionState.SENDING
        m365.control.poison(box.address, [there], is_poisoned=False)
        await _let_pass(box, 300)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, second) == ["Angebot"]


async def test_a_conflict_that_lasts_holds_no_letter_back(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """After some attempts it goes without what Microsoft does not take."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, "outlook")
        m365.control.fail_next(**PATCH, status=409, code="ErrorIrresolvableConflict", times=100)
        submission = await box.send_now(message)
        await box.sender.run_due()
        assert (await box.state(submission)).step is SendStep.READY
        await _let_pass(box, 1_200)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, second) == ["Angebot"]
