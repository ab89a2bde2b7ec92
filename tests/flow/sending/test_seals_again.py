"""Letters that are asked for more than once: whatever is copied or lost between, ours goes, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import QUICK, Outbox, in_folder, outbox
from tests.flow.sending.test_copies import BUSY, _written
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_seals import REFUSED, _names, _unchanged_copy, sent_and_seen_late
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sending.test_whose_copy import _let_pass
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.ids import AccountId
from poststelle.model.submission import SubmissionState
from poststelle.writeback.sender import Sender

pytestmark = pytest.mark.anyio

PATCH = {"method": "PATCH", "path": "*"}


@pytest.fixture(autouse=True)
def _kind(m365: Simulator) -> Iterator[None]:
    yield
    m365.control.set_behaviour(sentIds="new", sentCopyDelayS=0)


async def _other_text(box: Outbox, draft: str) -> str:
    """A copy whose text is another one: a letter of its own, to the same people."""
    copy = await _unchanged_copy(box, draft)
    other = {"body": {"contentType": "text", "content": "Ein anderer Brief"}}
    await _outlook(box, "PATCH", f"/{copy}", other)
    return copy


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("fault", ["at the post", "at the seal"])
async def test_the_pull_takes_no_copy_for_ours_while_the_draft_is_there(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: str, *, is_kept: bool
) -> None:
    """Both go: theirs when they send it, ours when it is asked for again."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next(**(SEND if fault == "at the post" else PATCH), **BUSY)
        submission = await box.submit(message, send_at=clock.now(), is_kept=is_kept)
        await box.sender.run_due()
        await box.send_in_outlook(await _other_text(box, message.remote_id))
        [theirs] = [one["id"] for one in box.at_microsoft("sentitems")]
        await box.mirror.pull()
        await _let_pass(box, 300)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert len(arrived(m365, second)) == 2 and box.at_microsoft("drafts") == []
        assert theirs in [one["id"] for one in box.at_microsoft("sentitems")]
        assert await box.mirror.notices() == []
        await box.mirror.pull()
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("begun", ["here", "named", "outlook"])
async def test_a_seal_whose_answer_is_lost_hides_no_draft(
    m365: Simulator, tmp_path: Path, clock: SetClock, begun: str
) -> None:
    """A colleague's copy has the seal before: ours has the next one, of which nobody here has heard."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, begun)
        m365.control.fail_next(**SEND, **BUSY)
        submission = await box.send_now(message)
        await box.sender.run_due()
        await box.send_in_outlook(await _unchanged_copy(box, message.remote_id))
        [theirs] = [one["id"] for one in box.at_microsoft("sentitems")]
        m365.control.fail_next(**PATCH, kind="lost")
        clock.advance(10)
        await _let_pass(box, 300)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert len(set(_names(m365, second))) == len(arrived(m365, second)) == 2
        assert box.at_microsoft("drafts") == []
        ours = await box.message(message.id)
        assert ours and ours.remote_id != theirs


@pytest.mark.parametrize("is_kept", [True, False])
async def test_no_seal_is_given_twice(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_kept: bool
) -> None:
    """The first was set without an answer; what was copied then is never ours, though ours is seen late."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next(**PATCH, kind="lost")
        await box.submit(message, send_at=clock.now(), is_kept=is_kept)
        await box.sender.run_due()
        await box.send_in_outlook(await _unchanged_copy(box, message.remote_id))
        [theirs] = [one["id"] for one in box.at_microsoft("sentitems")]
        clock.advance(10)
        await sent_and_seen_late(box)

        sent = [one["id"] for one in box.at_microsoft("sentitems")]
        assert theirs in sent and len(sent) == 1 + is_kept
        ours = await box.message(message.id)
        assert (ours is not None) == is_kept and (ours is None or ours.remote_id != theirs)
        assert len(set(_names(m365, second))) == 2


async def test_a_seal_that_may_be_set_keeps_its_number(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The last try with a name was lost, the one without was throttled: the next seal is another one."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, "outlook")
        m365.control.fail_next(**PATCH, kind="lost", times=4)
        m365.control.fail_next(**PATCH, status=429, code="ApplicationThrottled")
        submission = await box.send_now(message)
        for _ in range(4):
            await box.sender.run_due()
            clock.advance(70)
        assert (await box.state(submission)).seals == 4
        await _let_pass(box, 300)
        assert (await box.state(submission)).state is SubmissionState.FINAL


@pytest.mark.parametrize("ids", ["new", "kept"])
async def test_what_outlook_sends_before_its_new_name_is_known_is_told_as_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str
) -> None:
    """Sealed and named without an answer; a colleague sends it meanwhile."""
    m365.control.set_behaviour(sentIds=ids)
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, "outlook")
        m365.control.fail_next(**PATCH, kind="lost")
        submission = await box.send_now(message)
        await box.sender.run_due()
        m365.control.clear_faults()
        await box.send_in_outlook(message.remote_id)
        await _let_pass(box, 1_200)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert [notice.code for notice in await box.mirror.notices()] == ["sent_elsewhere"]
        assert arrived(m365, second) == ["Angebot"] and box.at_microsoft("drafts") == []


@pytest.mark.parametrize("fault", [{}, BUSY, {"kind": "lost"}], ids=str)
async def test_what_may_not_be_named_anew_goes_under_its_name(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: dict[str, Any]
) -> None:
    """The seal is kept, so it is found whatever happens then."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, "outlook")
        m365.control.fail_next(**PATCH, **REFUSED)
        if fault:
            m365.control.fail_next(**SEND, **fault)
        submission = await box.send_now(message)
        await _let_pass(box, 300)

        ended = await box.state(submission)
        assert ended.state is SubmissionState.FINAL
        assert _names(m365, second) == [ended.internet_message_id]
        assert await box.mirror.notices() == [] and box.at_microsoft("drafts") == []
        kept = await box.message(message.id)
        assert kept and not kept.mutable.is_draft


async def test_a_name_of_the_writers_own_is_kept_unless_something_went_under_it(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """What was canceled and saved again keeps it; beside a namesake in Sent it gets another one."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, "named")
        canceled = await box.submit(message, send_at=clock.now() + timedelta(days=1))
        await box.cancel(canceled)
        await box.destroy(message)
        await box.settle()
        await box.send_now(await _written(box, second, "named"))
        await _let_pass(box, 60)
        assert _names(m365, second) == ["<brief-1@desk.example>"]

        number = (await box.state(canceled)).id + 20
        for last in range(number, number + 12):  # whatever number the next submission has
            name = f"<2026.{last}@desk.example>"
            m365.control.receive_many(box.address, [{"subject": "Alt", "messageId": name}], "sentitems")
        await box.mirror.pull()
        again = await box.write([second], message_id=f"2026.{number}@desk.example")
        await box.settle()
        await box.send_now(again)
        await _let_pass(box, 60)
        names = [one["internetMessageId"] for one in in_folder(m365, second, "inbox")]
        assert len(names) == 2 and f"<2026.{number}@desk.example>" not in names


@pytest.mark.parametrize("begun", ["here", "outlook"])
async def test_what_is_edited_while_it_is_about_to_be_sealed_gets_a_message_id_of_its_own(
    m365: Simulator, tmp_path: Path, clock: SetClock, begun: str
) -> None:
    """A worker has claimed it; another one's pull meets the edit, by which it is another message here."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, begun)
        await box.send_in_outlook(await _unchanged_copy(box, message.remote_id))
        await box.mirror.pull()
        await box.send_now(message)

        async def edited_meanwhile(_: AccountId) -> Any:
            if await box.message(message.id) is not None:
                body = {"body": {"contentType": "html", "content": "<p>Neu</p>"}}
                await _outlook(box, "PATCH", f"/{message.remote_id}", body)
                await box.mirror.pull()
                assert await box.message(message.id) is None
            return box.mirror.remote

        await Sender(box.mirror.store, edited_meanwhile, clock, "test/sender", pace=QUICK).run_due()
        await _let_pass(box, 100)
        went = [one["internetMessageId"] for one in m365.control.sent(box.address)]
        assert len(went) == len(set(went)) == 2


async def test_what_outlook_changes_after_the_seal_and_sends_is_told_from_an_older_copy(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The copy says what is known here, and has no seal: it was made before. What has one is the draft."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        copy = await _unchanged_copy(box, message.remote_id)
        m365.control.fail_next(**SEND, status=429, code="ApplicationThrottled")
        submission = await box.send_now(message)
        await box.sender.run_due()
        await box.send_in_outlook(copy)
        [theirs] = [one["id"] for one in box.at_microsoft("sentitems")]
        people = [{"emailAddress": {"address": to}} for to in (second, first)]
        await _outlook(box, "PATCH", f"/{message.remote_id}", {"subject": "Neu", "toRecipients": people})
        await box.send_in_outlook(message.remote_id)
        await box.settle(10, 30)
        await box.mirror.pull()

        ended = await box.state(submission)
        assert (ended.state, ended.envelope.rcpt_to) == (SubmissionState.FINAL, (second, first))
        kept = await box.message(message.id)
        assert kept and (kept.subject, kept.remote_id != theirs) == ("Neu", True)
        assert [notice.code for notice in await box.mirror.notices()] == ["sent_elsewhere"]
        assert (arrived(m365, first), arrived(m365, second)) == (["Neu"], ["Angebot", "Neu"])
        assert await box.mirror.local() == truth(m365, box.address)
