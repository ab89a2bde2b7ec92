"""Drafts of which the provider tells a part: the rest is unknown, and neither empty nor as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flow.sending.outbox import Outbox, outbox
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_sending import arrived
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.message import Message
from poststelle.model.submission import SubmissionState

pytestmark = pytest.mark.anyio
SMALLER_PAGES = 4  # from the usual size to one message


@pytest.fixture(autouse=True)
def _as_it_was(m365: Simulator) -> Iterator[None]:
    yield
    m365.control.clear_faults()
    m365.control.set_behaviour(sentIds="new")


async def _begun_there(box: Outbox, to: str) -> str:
    """A draft that somebody begins in Outlook; its id."""
    people = [{"emailAddress": {"address": to}}]
    said = {"subject": "Angebot", "body": {"contentType": "text", "content": "Preis: 5"}}
    return str((await _outlook(box, "POST", "", said | {"toRecipients": people}))["id"])


def _folder_of(m365: Simulator, box: Outbox, name: str) -> str:
    """Its id, as it is in a path."""
    found, _ = m365.control.snapshot(box.address)
    [id_] = [folder["id"] for folder in found if folder["wellKnownName"] == name]
    return str(id_).replace("=", "*")


@contextmanager
def _unreadable(m365: Simulator, box: Outbox, draft: str) -> Iterator[None]:
    """Pages with texts fail, and so does this text; all else of the drafts can be read."""
    delta = f"*{_folder_of(m365, box, 'drafts')}*/messages/delta*"
    one = f"*/messages/{draft.replace('=', '*')}*"
    m365.control.fail_next("GET", delta, status=504, code="GatewayTimeout", times=SMALLER_PAGES)
    m365.control.fail_next("GET", one, status=504, code="GatewayTimeout", times=1000)
    yield
    m365.control.clear_faults()


async def _known(box: Outbox, draft: str) -> Message:
    """As it is here once it has come without its text."""
    for _ in range(2):  # the second reads the folder anew, the texts apart
        await box.mirror.pull()
    letter = await box.message(await box.mirror.message_id(draft))
    assert letter and (await box.mirror.local())[draft]["body"] is None
    return letter


async def test_what_is_made_anew_without_its_text_says_so(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """It was to be sent and was deleted for good elsewhere before it could be read: both sides are equal."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        draft = await _begun_there(box, customer)
        with _unreadable(m365, box, draft):
            letter = await _known(box, draft)
            submission = await box.submit(letter, send_at=clock.now() + timedelta(days=1))
            await _outlook(box, "POST", f"/{draft}/permanentDelete")
        for _ in range(4):
            await box.mirror.pull()
            await box.settle(4, 10)

        assert (await box.state(submission)).code == "gone"
        told = {notice.detail for notice in await box.mirror.notices()}
        assert told == {"in_drafts_unsure", "text_missing"}
        assert await box.mirror.local() == truth(m365, box.address)
        assert (await box.mirror.prove()).differences == 0


@pytest.mark.parametrize("is_copy_met", [True, False])
async def test_what_others_sent_is_known_though_its_text_was_never_read(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_copy_met: bool
) -> None:
    """Somebody here sends it before that is seen: it is told as sent elsewhere, and no draft comes back."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        draft = await _begun_there(box, customer)
        with _unreadable(m365, box, draft):
            letter = await _known(box, draft)
            await box.send_in_outlook(draft)
            if is_copy_met:  # and nobody has told so far that the draft has gone
                drafts = f"*{_folder_of(m365, box, 'drafts')}*/messages/delta*"
                m365.control.fail_next("GET", drafts, status=500, code="ErrorInternalServerError", times=9)
                await box.mirror.pull()
        await box.pass_time(600)
        submission = await box.submit(letter)
        for _ in range(4):
            await box.mirror.pull()
            await box.settle(4, 30)

        ended = await box.state(submission)
        assert (ended.state, ended.code) == (SubmissionState.FINAL, None)
        assert [notice.code for notice in await box.mirror.notices()] == ["sent_elsewhere"]
        assert arrived(m365, customer) == ["Angebot"]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_an_edit_whose_text_could_not_be_read_is_asked_for(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The report tells of the draft without its text: what is here may be old, and no check is waited for."""
    async with outbox(m365, tmp_path, clock) as box:
        draft = await _begun_there(box, m365.new_mailbox("kunde"))
        await box.mirror.pull()
        await _outlook(box, "PATCH", f"/{draft}", {"body": {"contentType": "text", "content": "Preis: 7"}})
        with _unreadable(m365, box, draft):
            for _ in range(2):
                await box.mirror.pull()
            before = await box.mirror.local()
        await box.pass_time(3600)
        await box.mirror.pull()

        assert before != truth(m365, box.address)
        assert await box.mirror.local() == truth(m365, box.address)


async def test_recipients_count_as_it_went_where_only_its_place_is_told(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """That it has left the drafts is met first: where it lies now says nothing of whom it went to."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    m365.control.set_behaviour(sentIds="kept")
    async with outbox(m365, tmp_path, clock) as box:
        letter = await box.write([first])
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        people = [{"emailAddress": {"address": to}} for to in (first, second)]
        await _outlook(box, "PATCH", f"/{there['id']}", {"toRecipients": people})
        submission = await box.send_now(letter)
        await box.sender.run_due()
        sent = f"*{_folder_of(m365, box, 'sentitems')}*/messages/delta*"
        m365.control.fail_next("GET", sent, status=500, code="ErrorInternalServerError", times=9)
        await box.mirror.pull()
        m365.control.clear_faults()

        ended = await box.state(submission)
        assert (ended.state, ended.envelope.rcpt_to) == (SubmissionState.FINAL, (first, second))
        [told] = await box.mirror.notices()
        assert (told.code, told.detail) == ("sent_elsewhere", f"{first}, {second}")


async def test_what_is_sent_before_its_files_are_there_is_known_by_its_id(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Changed in Outlook before; a copy of it, with the words that are known here, goes to others, too."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    m365.control.set_behaviour(sentIds="kept")
    m365.control.fail_next("POST", "*/createUploadSession", status=503, code="ErrorServerBusy", times=9)
    async with outbox(m365, tmp_path, clock) as box:
        letter = await box.write([first], [await box.file("Plan.txt", b"x" * 3_200_000)])
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        people = [{"emailAddress": {"address": to}} for to in (first, second)]
        copy = (await _outlook(box, "POST", f"/{there['id']}/copy", {"destinationId": "drafts"}))["id"]
        await _outlook(box, "PATCH", f"/{copy}", {"toRecipients": people})
        await box.send_in_outlook(copy)
        await _outlook(box, "PATCH", f"/{there['id']}", {"subject": "Neu"})
        m365.control.advance(60)
        await box.send_in_outlook(there["id"])
        m365.control.clear_faults()
        await box.settle(6, 60)
        for _ in range(2):
            await box.mirror.pull()

        kept = await box.message(letter.id)
        assert kept and (kept.remote_id, kept.subject) == (there["id"], "Neu")
        assert await box.mirror.local() == truth(m365, box.address)
