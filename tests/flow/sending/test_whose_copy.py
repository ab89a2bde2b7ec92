"""What has our Message-ID at Microsoft: our copy or another's; and what holds a sending up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.flow.sending.outbox import QUICK, Outbox, outbox
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, truth

from poststelle.mail import organise
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId
from poststelle.model.message import Message
from poststelle.model.submission import SubmissionState
from poststelle.store import folders
from poststelle.writeback.sender import Sender

pytestmark = pytest.mark.anyio


async def _begun_in_outlook(box: Outbox, path: str = "", body: Any = None) -> Message:
    """A draft of another program, which has named its Message-ID."""
    made = await _outlook(box, "POST", path, body)
    await box.mirror.pull()
    found = await box.message(await box.mirror.message_id(made["id"]))
    assert found
    return found


def _letter(to: str) -> dict[str, Any]:
    return {"subject": "Angebot", "toRecipients": [{"emailAddress": {"address": to}}]}


async def _let_pass(box: Outbox, seconds: float) -> None:
    for _ in range(5):
        await box.settle(4, seconds / 20)
        await box.mirror.pull()


@pytest.mark.parametrize(("ids", "fault"), [("new", "none"), ("kept", "none"), ("new", "answer lost")])
async def test_what_was_begun_in_outlook_is_its_copy_when_it_is_sent_from_here(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str, fault: str
) -> None:
    """Under the same id, and there is one of it: no second draft invites to send it again."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(sentIds=ids)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            message = await _begun_in_outlook(box, body=_letter(customer))
            if fault == "answer lost":
                m365.control.fail_next(**SEND, kind="lost")
            submission = await box.send_now(message)
            await _let_pass(box, 200)

            assert arrived(m365, customer) == ["Angebot"]
            assert (await box.state(submission)).state is SubmissionState.FINAL
            kept = await box.message(message.id)
            assert kept and kept.remote_id == box.at_microsoft("sentitems")[0]["id"]
            assert await box.mirror.local() == truth(m365, box.address)
            assert await box.mirror.notices() == []
    finally:
        m365.control.set_behaviour(sentIds="new")


async def test_what_was_begun_in_outlook_and_is_sent_there_while_it_waits_is_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """As one of ours is: told as sent elsewhere, and not made anew."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _begun_in_outlook(box, body=_letter(customer))
        submission = await box.submit(message)
        await box.send_in_outlook(message.remote_id)
        await _let_pass(box, 200)

        assert arrived(m365, customer) == ["Angebot"]
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert [notice.code for notice in await box.mirror.notices()] == ["sent_elsewhere"]
        assert box.at_microsoft("drafts") == []


async def _answer_begun_in_outlook(box: Outbox) -> Message:
    """To a question that has come, ``<frage@kunde.example>``."""
    [asked] = box.simulator.control.receive(
        box.address, subject="Anfrage", messageId="<frage@kunde.example>", **{"from": "k@extern.example"}
    )
    await box.mirror.pull()
    return await _begun_in_outlook(box, f"/{asked}/createReply")


async def test_an_answer_begun_in_outlook_that_is_made_anew_answers_the_same(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Deleted there for good while it was held here: the new draft lies in the same thread."""
    async with outbox(m365, tmp_path, clock) as box:
        answer = await _answer_begun_in_outlook(box)
        await box.submit(answer)
        await _outlook(box, "POST", f"/{answer.remote_id}/permanentDelete")
        await _let_pass(box, 600)

        [anew] = box.at_microsoft("drafts")
        assert anew["inReplyTo"] == ["<frage@kunde.example>"]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_an_answer_of_outlooks_made_anew_lies_with_what_it_answers(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Renamed there, it had left that thread; made anew it is an answer again, as Microsoft groups it."""
    async with outbox(m365, tmp_path, clock) as box:
        answer = await _answer_begun_in_outlook(box)
        await _outlook(box, "PATCH", f"/{answer.remote_id}", {"subject": "Etwas anderes"})
        await box.mirror.pull()
        renamed = await box.message(await box.mirror.message_id(answer.remote_id))
        assert renamed
        await box.submit(renamed)
        await _outlook(box, "POST", f"/{answer.remote_id}/permanentDelete")
        await _let_pass(box, 600)

        assert len(box.at_microsoft("drafts")) == 1
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_copy_left_in_drafts_is_not_sent_in_place_of_what_was_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Made without an answer; a colleague copies it in Outlook and sends it: it is sent, once."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock, patience_s=120) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        await box.submit(await box.write([customer]))
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "POST", f"/{there['id']}/copy", {"destinationId": "drafts"})
        await _outlook(box, "POST", f"/{there['id']}/send")
        await _let_pass(box, 600)

        assert arrived(m365, customer) == ["Angebot"]
        assert len(box.at_microsoft("drafts")) == 1
        assert await box.mirror.local() == truth(m365, box.address)


class _Keyless:
    """A provider whose sent copies have lost the property that names them."""

    def __init__(self, remote: Any) -> None:
        self._remote = remote

    def under(self, _: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    async def written(self, keys: Any, internet_message_id: str) -> Any:
        found = await self._remote.written(keys, internet_message_id)
        return [one if one.is_draft else structs.replace(one, draft_key=None) for one in found]


async def test_a_copy_without_our_key_is_known_by_a_message_id_that_its_writer_named(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """As the page does. Mail of that Message-ID that was sent before is not it."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        older = {"subject": "Älter", "messageId": "<brief-1@desk.example>", "sentAt": "2026-01-05T08:00:00Z"}
        m365.control.receive_many(box.address, [older], "sentitems")
        message = await box.write([customer], message_id="brief-1@desk.example")
        await box.settle()
        remote = _Keyless(box.mirror.remote)

        async def open_remote(_: AccountId) -> Any:
            return remote

        sender = Sender(box.mirror.store, open_remote, clock, "test/keyless", pace=QUICK)
        m365.control.fail_next(**SEND, kind="lost")
        submission = await box.send_now(message)
        for _ in range(20):
            await sender.run_due()
            clock.advance(10)
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, customer) == ["Angebot"]
        kept = await box.message(message.id)
        assert kept and kept.subject == "Angebot"


@pytest.mark.parametrize("change", ["mark", "copy", "move"])
async def test_a_change_that_fails_does_not_hold_up_what_is_to_be_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, change: str
) -> None:
    """One that Microsoft does not take for an hour: the letter goes soon, the change later, and is done."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.settle()
        await box.mirror.pull()
        kept = await box.message(message.id)
        assert kept
        if change == "mark":
            await box.mirror.keywords(kept.remote_id, flagged=True)
            m365.control.fail_next("PATCH", "*", status=500, times=1000)
        else:
            archive = await box.mirror.store.read(folders.by_role, box.account, Role.ARCHIVE)
            assert archive
            deed = organise.copy if change == "copy" else organise.move
            await box.mirror.store.write(deed, USER, box.account, kept.id, archive.id, clock.now())
            m365.control.fail_next("POST", f"*/{change}", status=500, times=1000)
        await box.send_now(message)
        await _let_pass(box, 600)
        m365.control.clear_faults()
        assert arrived(m365, customer) == ["Angebot"]
        await _let_pass(box, 7200)
        assert await box.mirror.local() == truth(m365, box.address)
        assert len(box.at_microsoft("archive")) == (change == "copy")
        assert await box.mirror.notices() == []


async def test_what_is_thrown_away_with_its_folder_is_not_sent_until_somebody_wants_it(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The folder in which it waited lies below the deleted messages; who sends it then takes it out."""
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

        await box.send_now(message)
        await box.settle(6, 10)
        assert arrived(m365, customer) == ["Angebot"]
