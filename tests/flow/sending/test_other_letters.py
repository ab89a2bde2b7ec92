"""Letters that people make of a draft while it is to be sent: what is theirs is never taken for ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import Outbox, outbox
from tests.flow.sending.test_copies import BUSY, _a_day_later, _copy, _written
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sending.test_whose_copy import _let_pass
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.folder import Role
from poststelle.model.message import Message
from poststelle.model.submission import Submission, SubmissionState
from poststelle.store import folders

pytestmark = pytest.mark.anyio


async def _destroyed(box: Outbox, draft: str) -> None:
    await _outlook(box, "POST", f"/{draft}/permanentDelete")


async def _refused_once(box: Outbox, message: Message) -> Submission:
    """It is asked for, in vain, and nobody knows."""
    box.simulator.control.fail_next(**SEND, **BUSY)
    submission = await box.send_now(message)
    await box.sender.run_due()
    return submission


async def _is_kept_unsent(box: Outbox, submission: Submission, code: str = "gone") -> None:
    """People are told that it has not gone, or may not have, and what was written lies in the drafts."""
    assert (await box.state(submission)).code == code
    assert [one["subject"] for one in box.at_microsoft("drafts")] == ["Angebot"]
    assert [told.code for told in await box.mirror.notices()] == [code]
    assert await box.mirror.local() == truth(box.simulator, box.address)


@pytest.mark.parametrize("is_sent", [True, False])
async def test_of_many_copies_the_letters_is_found(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_sent: bool
) -> None:
    """A template that was used more often than a page of Graph's answers is long: it is not sent twice."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        for n in range(14):
            copy = await _copy(box, message.remote_id, first, f"Kopie {n}")
            if is_sent:
                await box.send_in_outlook(copy)
        await _a_day_later(box)
        m365.control.fail_next(**SEND, kind="lost")
        submission = await box.send_now(message)
        await _let_pass(box, 400)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, second) == ["Angebot"]
        kept = await box.message(message.id)
        assert kept and (kept.subject, kept.mutable.is_draft) == ("Angebot", False)


async def test_a_copy_to_others_is_not_the_letter_that_was_deleted(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Made of it and sent since it was asked for, under another subject."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        submission = await _refused_once(box, message)
        await box.send_in_outlook(await _copy(box, message.remote_id, first))
        await _destroyed(box, message.remote_id)
        await _let_pass(box, 1_200)

        await _is_kept_unsent(box, submission, "unknown")


async def test_a_copy_to_some_of_its_people_is_not_the_letter_that_was_deleted(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Under another subject: whom it has not reached would never get it."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([first, second])
        await box.settle()
        await box.mirror.pull()
        message = await box.message(message.id) or message
        submission = await box.submit(message)
        await box.send_in_outlook(await _copy(box, message.remote_id, first))
        await _destroyed(box, message.remote_id)
        await _let_pass(box, 1_200)

        await _is_kept_unsent(box, submission)


@pytest.mark.parametrize("is_asked", [True, False])
async def test_last_months_letter_is_not_todays(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_asked: bool
) -> None:
    """A copy that says the same was sent long ago; today's is deleted before it goes."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, "outlook")
        copy = await _outlook(box, "POST", f"/{message.remote_id}/copy", {"destinationId": "drafts"})
        await box.send_in_outlook(copy["id"])
        await _a_day_later(box)
        submission = await (_refused_once(box, message) if is_asked else box.submit(message))
        await _destroyed(box, message.remote_id)
        await box.mirror.pull()
        await _let_pass(box, 1_200)

        await _is_kept_unsent(box, submission, "unknown" if is_asked else "gone")
        assert arrived(m365, second) == ["Angebot"]


async def test_a_letter_in_a_folder_nobody_here_has_seen_is_sent_from_there(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """While a copy of it goes to others."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        submission = await _refused_once(box, message)
        await box.send_in_outlook(await _copy(box, message.remote_id, first))
        made = m365.control.create_folder(box.address, "Neu")["id"]
        await _outlook(box, "POST", f"/{message.remote_id}/move", {"destinationId": made})
        await box.settle(4, 5)
        await _let_pass(box, 400)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert (arrived(m365, first), arrived(m365, second)) == (["Kopie"], ["Angebot"])


@pytest.mark.parametrize("is_kept", [True, False])
async def test_what_was_received_and_filed_is_not_the_senders_copy(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_kept: bool
) -> None:
    """Mail to oneself, moved on by a rule before the copy lies in Sent: that one is the letter, or goes."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, box.address)
        m365.control.set_behaviour(sentCopyDelayS=5)
        try:
            submission = await box.submit(message, send_at=clock.now(), is_kept=is_kept)
            await box.sender.run_due()
            [received] = box.at_microsoft("inbox")
            await _outlook(box, "POST", f"/{received['id']}/move", {"destinationId": "archive"})
            for _ in range(2):
                await box.pass_time(1)
                await box.sender.run_due()
            m365.control.advance(6)
            await box.settle(3, 5)
        finally:
            m365.control.set_behaviour(sentCopyDelayS=0)
        await _let_pass(box, 400)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert len(box.at_microsoft("archive")) == 1
        assert len(box.at_microsoft("sentitems")) == int(is_kept)
        if is_kept:
            sent = await box.mirror.store.read(folders.by_role, box.account, Role.SENT)
            kept = await box.message(message.id)
            assert sent and kept and kept.folder_ids == (sent.id,)


async def test_another_recipient_is_told(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """In place of the only one, just before it goes."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        await box.submit(message)
        people: list[Any] = [{"emailAddress": {"address": first}}]
        await _outlook(box, "PATCH", f"/{message.remote_id}", {"toRecipients": people})
        await _let_pass(box, 400)

        [told] = await box.mirror.notices()
        assert (told.code, told.detail) == ("sent_elsewhere", first)


async def test_a_copy_that_was_sent_is_not_the_draft_that_lies_there(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Its making was not answered; somebody has copied it meanwhile and sent other words to its people."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        message = await box.write([second])
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        copy = await _outlook(box, "POST", f"/{there['id']}/copy", {"destinationId": "drafts"})
        other = {"body": {"contentType": "text", "content": "ganz andere Worte"}}
        await _outlook(box, "PATCH", f"/{copy['id']}", other)
        await box.send_in_outlook(copy["id"])
        await _let_pass(box, 400)

        kept = await box.message(message.id)
        assert kept and kept.mutable.is_draft
        assert await box.mirror.local() == truth(m365, box.address)


async def test_what_outlook_rewrote_and_sent_is_told_as_unknown(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Here its copy is known, and the draft as it was: it may be that letter, or another made of it."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        await _outlook(
            box, "PATCH", f"/{message.remote_id}", {"body": {"contentType": "html", "content": "<p>Neu</p>"}}
        )
        await box.send_in_outlook(message.remote_id)
        [drafts] = [f["id"] for f in m365.control.snapshot(box.address)[0] if f["wellKnownName"] == "drafts"]
        m365.control.fail_next("GET", f"*{drafts}*/messages/delta*", status=403, code="ErrorAccessDenied")
        await box.mirror.pull()
        submission = await box.send_now(message)
        await _let_pass(box, 1_200)

        assert arrived(m365, second) == ["Angebot"]
        await _is_kept_unsent(box, submission, "unknown")
