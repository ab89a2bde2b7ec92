"""Copies that people make of drafts in Outlook and send to others: none is taken for the draft's sending."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import QUICK, Outbox, outbox
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sending.test_whose_copy import _begun_in_outlook, _let_pass, _letter
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.ids import AccountId
from poststelle.model.message import Message
from poststelle.model.submission import SubmissionState
from poststelle.writeback.draft_writer import DraftWriter

pytestmark = pytest.mark.anyio

BUSY = {"status": 503, "code": "ErrorServerBusy"}
DAY_S = 86_400


async def _written(box: Outbox, to: str, begun: str = "here") -> Message:
    """A draft that lies in Drafts on both sides."""
    if begun == "outlook":
        return await _begun_in_outlook(box, body=_letter(to))
    named = {"message_id": "brief-1@desk.example"} if begun == "named" else {}
    message = await box.write([to], **named)
    await box.settle()
    await box.mirror.pull()
    return await box.message(message.id) or message


async def _copy(box: Outbox, draft: str, to: str, subject: str = "Kopie", place: str = "drafts") -> str:
    """Somebody makes another letter of a draft; the copy's id."""
    made = await _outlook(box, "POST", f"/{draft}/copy", {"destinationId": place})
    people: list[Any] = [{"emailAddress": {"address": to}}]
    await _outlook(box, "PATCH", f"/{made['id']}", {"subject": subject, "toRecipients": people})
    return str(made["id"])


async def _a_day_later(box: Outbox) -> None:
    box.simulator.control.advance(DAY_S)
    await box.pass_time(DAY_S)
    await box.mirror.pull()


@pytest.mark.parametrize(
    ("begun", "fault"),
    [("here", {}), ("here", BUSY), ("here", {"kind": "lost"}), ("named", BUSY), ("outlook", BUSY)],
    ids=str,
)
async def test_a_copy_that_went_to_others_before_is_not_the_letter(
    m365: Simulator, tmp_path: Path, clock: SetClock, begun: str, fault: dict[str, Any]
) -> None:
    """A day later the draft itself is sent from here: it arrives, and becomes its own copy, no other's."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, begun)
        await box.send_in_outlook(await _copy(box, message.remote_id, first))
        await box.mirror.pull()
        await _a_day_later(box)
        if fault:
            m365.control.fail_next(**SEND, **fault)
        submission = await box.send_now(message)
        await _let_pass(box, 400)

        assert (arrived(m365, first), arrived(m365, second)) == (["Kopie"], ["Angebot"])
        assert (await box.state(submission)).state is SubmissionState.FINAL
        kept = await box.message(message.id)
        assert kept and (kept.subject, kept.mutable.is_draft) == ("Angebot", False)
        assert await box.mirror.local() == truth(m365, box.address)
        assert await box.mirror.notices() == []


async def test_what_is_not_kept_destroys_no_others_letter(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The copy in Sent that goes is the letter's; that of somebody's copy of its draft stays."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, m365.new_mailbox("zweiter"))
        await box.send_in_outlook(await _copy(box, message.remote_id, m365.new_mailbox("erster")))
        await box.mirror.pull()
        await box.submit(message, send_at=clock.now(), is_kept=False)
        await _let_pass(box, 200)

        assert [one["subject"] for one in box.at_microsoft("sentitems")] == ["Kopie"]


async def test_a_copy_that_went_before_is_not_the_letter_though_no_other_comes(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The provider has accepted the letter, and shows its copy an hour later: until then there is none."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        await box.send_in_outlook(await _copy(box, message.remote_id, first))
        m365.control.advance(600)
        clock.advance(600)  # nobody here has seen it so far
        m365.control.set_behaviour(sentCopyDelayS=3600)
        try:
            submission = await box.send_now(message)
            await _let_pass(box, 1_200)
            [others] = (await box.mirror.local()).values()
            await box.pass_time(3_600)
            await box.mirror.pull()
        finally:
            m365.control.set_behaviour(sentCopyDelayS=0)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert others["subject"] == "Kopie"
        assert await box.message(message.id) is None
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_copy_that_goes_to_others_between_two_attempts_is_not_the_letter(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_late: bool
) -> None:
    """Nor when a pull meets it while it is not known whether ours has gone, and ours is late to be seen."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next(**SEND, **BUSY)
        submission = await box.send_now(message)
        await box.sender.run_due()
        await box.send_in_outlook(await _copy(box, message.remote_id, first))
        await box.mirror.pull()
        assert (await box.state(submission)).state is SubmissionState.SENDING
        await box.pass_time(100)  # more than clocks may be apart
        m365.control.set_behaviour(sentCopyDelayS=5 if is_late else 0)
        try:
            await box.settle(3, 2)
            m365.control.advance(6)
            await box.settle(3, 5)
        finally:
            m365.control.set_behaviour(sentCopyDelayS=0)
        await box.mirror.pull()

        assert (arrived(m365, first), arrived(m365, second)) == (["Kopie"], ["Angebot"])
        kept = await box.message(message.id)
        assert kept and kept.subject == "Angebot"
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_letter_deleted_while_it_waits_is_made_anew_though_a_copy_of_it_was_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """That was another letter, sent before: nothing has come of what was to be sent."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, "zweiter@extern.example")
        await box.send_in_outlook(await _copy(box, message.remote_id, m365.new_mailbox("erster")))
        await box.mirror.pull()
        await _a_day_later(box)
        submission = await box.submit(message)
        await _outlook(box, "POST", f"/{message.remote_id}/permanentDelete")
        await _let_pass(box, 600)

        assert (await box.state(submission)).code == "gone"
        assert [one["subject"] for one in box.at_microsoft("drafts")] == ["Angebot"]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_copies_of_a_template_are_letters_of_their_own(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Both are sent from here; that Microsoft does not know the second draft for a moment changes nothing."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        template = await _outlook(box, "POST", "", {"subject": "Vorlage"})
        submissions = []
        for to, subject in ((first, "An Ersten"), (second, "An Zweiten")):
            copy = await _copy(box, template["id"], to, subject)
            await box.mirror.pull()
            message = await box.message(await box.mirror.message_id(copy))
            assert message
            if submissions:
                m365.control.fail_next(**SEND, status=404, code="ErrorItemNotFound")
            submissions.append(await box.send_now(message))
            await _let_pass(box, 100)

        assert (arrived(m365, first), arrived(m365, second)) == (["An Ersten"], ["An Zweiten"])
        sent = [await box.message((await box.state(one)).message_id) for one in submissions]
        assert [one.subject for one in sent if one] == ["An Ersten", "An Zweiten"]
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_sent", [True, False])
async def test_a_copy_of_a_draft_whose_making_was_not_answered_is_not_the_draft(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_sent: bool
) -> None:
    """Whether it has gone to others by the time when the draft is looked for, or lies beside it."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        await box.submit(await box.write([second]))
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        copy = await _copy(box, there["id"], first)
        if is_sent:
            await box.send_in_outlook(copy)
        await _let_pass(box, 200)

        assert arrived(m365, second) == ["Angebot"]
        assert arrived(m365, first) == (["Kopie"] if is_sent else [])
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("said", ["another letter", "another text", "another letter later"])
@pytest.mark.parametrize("place", ["drafts", "inbox", "archive"])
async def test_a_pull_does_not_take_a_copy_for_the_draft_in_whatever_folder_it_lies(
    m365: Simulator, tmp_path: Path, clock: SetClock, place: str, said: str
) -> None:
    """The folder of the copy may be read before the drafts."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        submission = await box.submit(await box.write([second]))
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        if said == "another text":
            copy = await _copy(box, there["id"], second, "Angebot", place)
            text = {"contentType": "html", "content": "<p>Noch nicht fertig</p>"}
            await _outlook(box, "PATCH", f"/{copy}", {"body": text})
        elif said == "another letter":
            await _copy(box, there["id"], first, place=place)
        else:
            made = await _outlook(box, "POST", f"/{there['id']}/copy", {"destinationId": place})
            await box.mirror.pull()
            people: list[Any] = [{"emailAddress": {"address": first}}]
            await _outlook(box, "PATCH", f"/{made['id']}", {"subject": "Kopie", "toRecipients": people})
        await box.mirror.pull()
        await _let_pass(box, 200)

        assert (arrived(m365, first), arrived(m365, second)) == ([], ["Angebot"])
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert await box.mirror.notices() == []
        assert [went["draft"] for went in m365.control.sent(box.address)] == [there["id"]]
        assert await box.mirror.local() == truth(m365, box.address)


class _Late:
    """The provider, whose search shows the copy alone so far; a pull meets the draft just then."""

    def __init__(self, box: Outbox, copy: str) -> None:
        self._box, self._remote, self._copy = box, box.mirror.remote, copy

    def under(self, _: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    async def written(self, *given: Any) -> Any:
        found = await self._remote.written(*given)
        await self._box.mirror.pull()
        return [one for one in found if one.remote_id == self._copy]


class _LateOnce(_Late):
    """Its first search shows the copy alone, and no pull comes between."""

    _looks = 0

    async def written(self, *given: Any) -> Any:
        self._looks += 1
        found = await self._remote.written(*given)
        return found if self._looks > 1 else [one for one in found if one.remote_id == self._copy]


async def test_a_copy_that_the_search_shows_before_the_draft_is_not_sent_in_its_place(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        submission = await box.submit(await box.write([second]))
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        late = _LateOnce(box, await _copy(box, there["id"], first))

        async def open_remote(_: AccountId) -> Any:
            return late

        args = (box.mirror.store, box.blobs, open_remote, clock, "test/drafts")
        writer = DraftWriter(*args, settle_s=QUICK.settle_s, patience_s=20)
        for _ in range(4):
            clock.advance(5)
            await writer.run_due()
        await _let_pass(box, 200)

        assert (arrived(m365, first), arrived(m365, second)) == ([], ["Angebot"])
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert await box.mirror.notices() == []


async def test_a_draft_that_is_told_under_another_address_is_not_made_a_second_time(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Its making was not answered. A pull has met it, which the search has not found some seconds later."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        await box.write(["kunde@extern.example"])
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        people: list[Any] = [{"emailAddress": {"address": "kunde.haupt@extern.example"}}]
        await _outlook(box, "PATCH", f"/{there['id']}", {"toRecipients": people})
        await box.mirror.pull()
        late = _LateOnce(box, "none so far")

        async def open_remote(_: AccountId) -> Any:
            return late

        args = (box.mirror.store, box.blobs, open_remote, clock, "test/drafts")
        clock.advance(5)
        await DraftWriter(*args, settle_s=QUICK.settle_s, patience_s=20).run_due()
        await _let_pass(box, 300)

        assert [one["id"] for one in box.at_microsoft("drafts")] == [there["id"]]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_draft_that_is_met_while_a_copy_is_taken_for_it_stays_what_it_is(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """What is known of the copy is not said of the draft: neither its thread, nor people, nor files."""
    first = m365.new_mailbox("erster")
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        file = await box.file("Plan.txt", b"Grundriss")
        message = await box.write(["kunde@extern.example"], [file])
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        copy = await _copy(box, there["id"], first)
        late = _Late(box, copy)

        async def open_remote(_: AccountId) -> Any:
            return late

        args = (box.mirror.store, box.blobs, open_remote, clock, "test/drafts")
        writer = DraftWriter(*args, settle_s=QUICK.settle_s, patience_s=0)
        clock.advance(5)
        await writer.run_due()
        await _let_pass(box, 100)

        draft = await box.message(message.id)
        assert draft and (draft.remote_id, draft.subject) == (there["id"], "Angebot")
        other = await box.message(await box.mirror.message_id(copy))
        assert other and other.thread_id != draft.thread_id
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("original", ["is a draft", "waits", "has gone"])
async def test_a_copy_that_is_sent_from_here_gets_a_message_id_of_its_own(
    m365: Simulator, tmp_path: Path, clock: SetClock, original: str
) -> None:
    """With the other's it might be taken for the same, by servers on its way and here. Also from trash."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, customer, "outlook" if original == "has gone" else "here")
        made = await _outlook(box, "POST", f"/{message.remote_id}/copy", {"destinationId": "deleteditems"})
        await box.mirror.pull()
        copy = await box.message(await box.mirror.message_id(made["id"]))
        assert copy
        if original != "is a draft":
            await box.submit(message)
        if original == "has gone":
            await _let_pass(box, 100)
        submission = await box.send_now(copy)
        await _let_pass(box, 200)

        sent = box.at_microsoft("sentitems")
        assert arrived(m365, customer) == ["Angebot"] * (1 if original == "is a draft" else 2)
        assert len({one["internetMessageId"] for one in sent}) == len(sent)
        kept = await box.message((await box.state(submission)).message_id)
        assert kept and not kept.mutable.is_draft
        assert kept.internet_message_id in {one["internetMessageId"] for one in sent}
        assert await box.mirror.local() == truth(m365, box.address)
        assert await box.mirror.notices() == []
