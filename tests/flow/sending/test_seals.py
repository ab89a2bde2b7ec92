"""A draft is sealed just before it is asked for: copies that were made of it are other letters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import Outbox, in_folder, outbox
from tests.flow.sending.test_copies import BUSY, DAY_S, _a_day_later, _copy, _written
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sending.test_whose_copy import _let_pass
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.message import Message
from poststelle.model.submission import SendStep, SubmissionState
from poststelle.store import submissions

pytestmark = pytest.mark.anyio

REFUSED = {"status": 403, "code": "ErrorAccessDenied"}


@pytest.fixture(params=["new", "kept"])
def ids(m365: Simulator, request: pytest.FixtureRequest) -> Iterator[str]:
    """Whether the copy in Sent has the draft's immutable id."""
    m365.control.set_behaviour(sentIds=request.param)
    yield request.param
    m365.control.set_behaviour(sentIds="new", sentCopyDelayS=0)


async def _unchanged_copy(box: Outbox, draft: str) -> str:
    made = await _outlook(box, "POST", f"/{draft}/copy", {"destinationId": "drafts"})
    return str(made["id"])


@pytest.mark.usefixtures("ids")
async def test_a_copy_that_went_before_and_was_deleted_has_used_up_the_message_id(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Its recipients have it still: under the same Message-ID ours might be taken for it, and dropped."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        await box.submit(message, send_at=clock.now() + timedelta(days=2))
        copy = await _unchanged_copy(box, message.remote_id)
        await box.mirror.pull()
        await box.send_in_outlook(copy)
        await box.mirror.pull()
        [theirs] = box.at_microsoft("sentitems")
        m365.control.delete(box.address, [theirs["id"]], permanently=True)
        await box.mirror.pull()
        await box.pass_time(2 * DAY_S)
        await _let_pass(box, 100)

        went = [one["internetMessageId"] for one in m365.control.sent(box.address)]
        assert len(went) == len(set(went)) == 2


async def _goes_unseen(box: Outbox, copy: str) -> None:
    """Sent in Outlook, and removed for good before anybody here looks."""
    await box.send_in_outlook(copy)
    [theirs] = box.at_microsoft("sentitems")
    box.simulator.control.delete(box.address, [theirs["id"]], permanently=True)
    await box.mirror.pull()


@pytest.mark.parametrize("when", ["before, and not kept", "after"])
async def test_a_copy_that_is_known_as_a_draft_has_used_up_the_message_id(
    m365: Simulator, tmp_path: Path, clock: SetClock, when: str
) -> None:
    """Sent from a shared mailbox it may lie in the colleague's own Sent Items: it is never seen as sent."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        await box.submit(message, send_at=clock.now() + timedelta(days=2))
        copy = await _unchanged_copy(box, message.remote_id)
        await box.mirror.pull()
        if when != "after":
            await _goes_unseen(box, copy)
        await box.pass_time(2 * DAY_S)
        await _let_pass(box, 100)
        if when == "after":
            await box.send_in_outlook(copy)

        went = [one["internetMessageId"] for one in m365.control.sent(box.address)]
        assert len(went) == len(set(went)) == 2


async def test_a_copy_that_was_met_before_the_draft_was_known_has_used_up_the_message_id(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The making was not answered; somebody has copied the draft into a folder that is read before."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        await box.submit(await box.write([second]), send_at=clock.now() + timedelta(days=2))
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        copy = await _outlook(box, "POST", f"/{there['id']}/copy", {"destinationId": "inbox"})
        await box.mirror.pull()
        await box.settle()
        await _goes_unseen(box, copy["id"])
        await box.pass_time(2 * DAY_S)
        await _let_pass(box, 100)

        went = [one["internetMessageId"] for one in m365.control.sent(box.address)]
        assert len(went) == len(set(went)) == 2


async def sent_and_seen_late(box: Outbox) -> None:
    """What is due is sent, and its copy shows after some seconds, when it was looked for several times."""
    box.simulator.control.set_behaviour(sentCopyDelayS=5)
    await box.settle(4, 0.7)
    box.simulator.control.advance(10)
    await _let_pass(box, 100)


async def _seen_late(box: Outbox, message: Message, *, is_kept: bool = True) -> None:
    await box.submit(message, send_at=box.mirror.clock.now(), is_kept=is_kept)
    await sent_and_seen_late(box)


def _names(m365: Simulator, address: str) -> list[str]:
    return [one["internetMessageId"] for one in in_folder(m365, address, "inbox")]


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.usefixtures("ids")
async def test_an_unchanged_copy_that_went_before_is_not_the_scheduled_letter(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_kept: bool
) -> None:
    """A colleague sent it while ours waited: it stays in Sent, and ours is its own message."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        submission = await box.submit(message, send_at=clock.now() + timedelta(days=2), is_kept=is_kept)
        await _a_day_later(box)
        await box.send_in_outlook(await _unchanged_copy(box, message.remote_id))
        await box.mirror.pull()
        [theirs] = [one["id"] for one in box.at_microsoft("sentitems")]
        await _a_day_later(box)
        await sent_and_seen_late(box)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, second) == ["Angebot", "Angebot"]
        assert len(set(_names(m365, second))) == 2  # else a server might drop the second
        sent = [one["id"] for one in box.at_microsoft("sentitems")]
        assert theirs in sent and len(sent) == 1 + is_kept
        ours = await box.message(message.id)
        assert (ours is not None) == is_kept and (ours is None or ours.remote_id != theirs)
        assert await box.mirror.notices() == []
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.usefixtures("ids")
async def test_an_older_letter_that_is_not_here_yet_is_not_the_copy(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """As in the first hours of a large mailbox, of which Sent has not been read so far."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        await box.send_in_outlook(await _unchanged_copy(box, message.remote_id))
        clock.advance(3_600)
        m365.control.advance(3_600)
        await _seen_late(box, message, is_kept=False)

        assert arrived(m365, second) == ["Angebot", "Angebot"]
        assert len(box.at_microsoft("sentitems")) == 1
        assert await box.message(message.id) is None
        await box.mirror.pull()
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.usefixtures("ids")
async def test_a_copy_that_goes_to_others_in_the_same_moment_is_not_the_letter(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Ours is accepted and not seen yet, theirs is: nobody is told that ours went to others."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        await box.send_in_outlook(await _copy(box, message.remote_id, first))
        await _seen_late(box, message)

        assert (arrived(m365, first), arrived(m365, second)) == (["Kopie"], ["Angebot"])
        ours = await box.message(message.id)
        assert ours and (ours.subject, ours.mutable.is_draft) == ("Angebot", False)
        assert await box.mirror.notices() == []
        await box.mirror.pull()
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_letter_deleted_while_an_old_one_of_its_kind_lies_in_sent_is_not_told_as_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Nobody here has seen the old one; it went long before the draft was deleted."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, "zweiter@extern.example")
        await box.send_in_outlook(await _unchanged_copy(box, message.remote_id))
        clock.advance(86_400)
        m365.control.advance(86_400)
        submission = await box.submit(message, send_at=clock.now() + timedelta(hours=1))
        await _outlook(box, "POST", f"/{message.remote_id}/permanentDelete")
        await box.settle(2, 1_800)
        await _let_pass(box, 1_200)

        assert (await box.state(submission)).code == "gone"
        assert [notice.code for notice in await box.mirror.notices()] == ["gone"]


async def test_letters_made_of_one_template_have_message_ids_of_their_own(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Also when nothing is known any more of what was sent from it before."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        people = [{"emailAddress": {"address": second}}]
        made = await _outlook(box, "POST", "", {"subject": "Miete", "toRecipients": people})
        for _ in range(2):
            copy = await _unchanged_copy(box, made["id"])
            await box.mirror.pull()
            message = await box.message(await box.mirror.message_id(copy))
            assert message
            submission = await box.send_now(message)
            await _let_pass(box, 60)
            await box.mirror.pull()
            await box.mirror.store.write(submissions.destroy, box.account, [submission.id])

        assert len(set(_names(m365, second))) == len(arrived(m365, second)) == 2
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("fault", [REFUSED, {"status": 500, "code": "ErrorInternalServerError"}], ids=str)
async def test_what_cannot_be_sealed_goes_all_the_same(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: dict[str, Any]
) -> None:
    """After some attempts; whoever asks twice then looks for it as well as can be."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next("PATCH", "*", **fault, times=1000)
        m365.control.fail_next(**SEND, **BUSY)
        submission = await box.send_now(message)
        await _let_pass(box, 600)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, second) == ["Angebot"]


async def test_without_a_seal_no_letter_is_destroyed_that_only_says_the_same(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Ours is to leave no copy; a colleague sends one of it, and then deletes ours."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next("PATCH", "*", **REFUSED, times=1000)
        m365.control.fail_next(**SEND, **BUSY)
        submission = await box.submit(message, send_at=clock.now(), is_kept=False)
        await box.sender.run_due()
        await box.send_in_outlook(await _unchanged_copy(box, message.remote_id))
        await _outlook(box, "POST", f"/{message.remote_id}/permanentDelete")
        await _let_pass(box, 1_200)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert [one["subject"] for one in box.at_microsoft("sentitems")] == ["Angebot"]


async def test_what_outlook_sent_before_is_found_without_a_seal(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Nobody here knew of it, the mailbox takes no seal, and asking for it once more goes unanswered."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        await box.send_in_outlook(message.remote_id)
        clock.advance(900)
        m365.control.advance(900)
        m365.control.fail_next("PATCH", "*", **REFUSED, times=1000)
        m365.control.fail_next(**SEND, kind="lost")
        submission = await box.send_now(message)
        await _let_pass(box, 1_200)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert [notice.code for notice in await box.mirror.notices()] == ["sent_elsewhere"]
        assert arrived(m365, second) == ["Angebot"]


async def test_of_any_number_of_copies_few_texts_are_read(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """They may be large, and all of them would be held at once."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, "zweiter@extern.example")
        for _ in range(60):
            await _unchanged_copy(box, message.remote_id)
        found = await box.mirror.remote.written([], message.internet_message_id or "")

        assert (len(found), sum(one.body is not None for one in found)) == (61, 20)


async def test_what_was_accepted_and_lies_in_the_drafts_is_asked_for_again(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Nothing may be searched for, but the draft can be asked for by its id."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next("GET", "*/messages", **REFUSED, times=1000)
        m365.control.fail_next(**SEND, status=202)
        submission = await box.send_now(message)
        await box.settle(1)
        assert (await box.state(submission)).step is SendStep.ACCEPTED
        await _let_pass(box, 1_200)

        assert box.at_microsoft("drafts") == [] and arrived(m365, second) == ["Angebot"]
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert await box.mirror.notices() == []


async def test_the_seal_is_new_for_each_attempt(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """What a colleague copied between two of them has the old one."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, "zweiter@extern.example")
        m365.control.clear_calls()
        m365.control.fail_next(**SEND, **BUSY, times=2)
        await box.send_now(message)
        await _let_pass(box, 120)

        changed = [call for call in m365.control.calls(mailbox=box.address) if call["method"] == "PATCH"]
        assert len(changed) == 3  # from the second attempt on with another Message-ID each
        [sent] = box.at_microsoft("sentitems")
        copy = (await box.mirror.remote.fetch([sent["id"]]))[sent["id"]]
        assert copy and copy.draft_key and copy.draft_key.endswith(".3")
