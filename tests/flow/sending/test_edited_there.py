"""Drafts that Outlook changes while they are made here, or whose files it changes: what is there is shown."""

import asyncio
import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import Outbox, outbox
from tests.flow.sending.test_sending import arrived
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.message import Body
from poststelle.model.submission import SubmissionState
from poststelle.store import submissions

pytestmark = pytest.mark.anyio

EDIT = {"subject": "Von Outlook", "body": {"contentType": "html", "content": "<p>Arbeit</p>"}}
LARGE = 3_000_000


async def _outlook(box: Outbox, method: str, path: str, body: Any = None) -> Any:
    """A request of another program's; what it was answered."""
    assert box.mirror.outlook
    answer = await box.mirror.outlook.send(method, f"/me/messages{path}", body=body)
    assert answer.status < 300, answer.body
    return json.loads(answer.body) if answer.body else None


def _file(name: str, octets: int = 50) -> dict[str, str]:
    content = base64.b64encode(b"x" * octets).decode()
    return {"@odata.type": "#microsoft.graph.fileAttachment", "name": name, "contentBytes": content}


async def _shown(box: Outbox, remote_id: str) -> list[str]:
    return sorted(file.name for file in await box.mirror.attachments(remote_id) or ())


async def _draft_with_two_files(box: Outbox, to: str, *, is_ours: bool) -> str:
    """A draft with a.txt and c.txt; its id at Microsoft."""
    if is_ours:
        files = [await box.file(name, b"x" * 50) for name in ("a.txt", "c.txt")]
        await box.write([to], files, subject="Angebot")
        await box.settle()
    else:
        people = [{"emailAddress": {"address": to}}]
        files_there = [_file("a.txt"), _file("c.txt")]
        await _outlook(
            box, "POST", "", {"subject": "Angebot", "toRecipients": people, "attachments": files_there}
        )
    await box.mirror.pull()
    [there] = box.at_microsoft("drafts")
    assert await _shown(box, there["id"]) == ["a.txt", "c.txt"]
    return str(there["id"])


@pytest.mark.parametrize("fault", ["answer lost", "large file", "reading back"])
@pytest.mark.parametrize("is_pulled", [True, False])
async def test_an_edit_while_a_draft_is_made_is_shown(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: str, *, is_pulled: bool
) -> None:
    """Whatever holds up the rest of the making, and also when the folder is read meanwhile."""
    async with outbox(m365, tmp_path, clock) as box:
        busy = {"status": 503, "code": "ErrorServerBusy"}
        if fault == "answer lost":
            m365.control.fail_next("POST", "*/messages", kind="lost")
        elif fault == "large file":
            m365.control.fail_next("POST", "*/attachments", **busy)
        else:
            m365.control.fail_next("POST", "*/$batch", **busy)
            m365.control.fail_next("GET", "*/messages/*", **busy)
        file = await box.file("a.bin", b"x" * (LARGE if fault == "large file" else 10))
        await box.write(["kunde@extern.example"], [file], subject="Angebot")
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        assert await box.mirror.pending() == 1
        if is_pulled:
            await box.mirror.pull()
        await _outlook(box, "PATCH", f"/{there['id']}", EDIT)
        if is_pulled:
            await box.mirror.pull()
        await box.settle(8, 60)
        await box.mirror.pull()
        await box.mirror.pull()  # its files are listed after its text is there

        assert await box.mirror.local() == truth(m365, box.address)
        message = await box.message(await box.mirror.message_id(there["id"]))
        assert message and message.subject == "Von Outlook"
        assert await _shown(box, there["id"]) == ["a.bin"]
        await box.mirror.check()


async def test_an_edit_that_a_slow_answer_tells_is_shown(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The answer was asked for before the draft was made, and tells of it as Outlook has changed it since."""
    async with outbox(m365, tmp_path, clock) as box:
        await box.mirror.pull()
        await box.mirror.make_due()
        [drafts] = [f["id"] for f in m365.control.snapshot(box.address)[0] if f["wellKnownName"] == "drafts"]
        m365.control.clear_calls()
        m365.control.fail_next("GET", f"*{drafts}*/messages/delta*", status=0, delayS=1.5)
        pulling = asyncio.create_task(box.mirror.sync.run_due())
        while not m365.control.calls(path=drafts):  # noqa: ASYNC110 - what happens is in another process
            await asyncio.sleep(0.02)
        await box.write(["kunde@extern.example"], subject="Angebot")
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "PATCH", f"/{there['id']}", {"subject": "Von Outlook"})
        await pulling
        m365.control.clear_faults()
        for _ in range(2):
            clock.advance(60)
            await box.mirror.pull()

        assert await box.mirror.local() == truth(m365, box.address)


async def test_an_edit_that_must_be_asked_for_is_asked_for_until_it_comes(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The folder was read before the draft was whole; the one request that would bring the edit fails."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        await box.write(["kunde@extern.example"], subject="Angebot")
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "PATCH", f"/{there['id']}", EDIT)
        await box.mirror.pull()
        await box.settle(3, 2)  # it may be somebody's copy: what says the same is looked for first
        await box.settle(1, 0)
        assert await box.mirror.pending() == 0
        m365.control.poison(box.address, [there["id"]])
        await box.mirror.pull()
        m365.control.poison(box.address, [there["id"]], is_poisoned=False)
        clock.advance(1000)
        await box.mirror.pull()

        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("change", ["added", "removed", "swapped"])
async def test_files_that_outlook_changes_are_shown(
    m365: Simulator, tmp_path: Path, clock: SetClock, change: str, *, is_ours: bool
) -> None:
    """And such a draft is another message for clients; destroyed here, it is destroyed."""
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, "kunde@extern.example", is_ours=is_ours)
        before = await box.mirror.message_id(there)
        files = {
            one["name"]: one["id"] for one in (await _outlook(box, "GET", f"/{there}/attachments"))["value"]
        }
        if change != "removed":
            await _outlook(box, "POST", f"/{there}/attachments", _file("b.txt", 500))
        if change != "added":
            await _outlook(box, "DELETE", f"/{there}/attachments/{files['a.txt']}")
        await box.mirror.pull()

        wanted = {"added": ["a.txt", "b.txt", "c.txt"], "removed": ["c.txt"], "swapped": ["b.txt", "c.txt"]}
        assert await _shown(box, there) == wanted[change]
        after = await box.message(await box.mirror.message_id(there))
        assert after and after.id != before
        await box.destroy(after)
        await box.settle()
        assert box.at_microsoft("drafts") == []
        assert await box.mirror.notices() == []
        await box.mirror.check()


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_sent_message_has_the_files_that_it_left_with(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_ours: bool
) -> None:
    """Outlook has added one, and nobody here has heard of it before it was sent from here."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, customer, is_ours=is_ours)
        await _outlook(box, "POST", f"/{there}/attachments", _file("b.txt", 500))
        message = await box.message(await box.mirror.message_id(there))
        assert message
        await box.send_now(message)
        await box.settle(4, 10)
        await box.mirror.pull()

        [copy] = box.at_microsoft("sentitems")
        assert await _shown(box, copy["id"]) == ["a.txt", "b.txt", "c.txt"]
        assert arrived(m365, customer) == ["Angebot"]


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("told", ["by lists", "by its id first"])
async def test_what_outlook_edits_and_sends_is_shown_as_it_went(
    m365: Simulator, tmp_path: Path, clock: SetClock, told: str, *, is_ours: bool
) -> None:
    """Also where its place is told before its content, or for days alone: then it is asked for whole."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, customer, is_ours=is_ours)
        if told == "by lists":
            m365.control.set_mailbox(box.address, isFull=True)
            await box.mirror.pull()
        files = {
            one["name"]: one["id"] for one in (await _outlook(box, "GET", f"/{there}/attachments"))["value"]
        }
        await _outlook(box, "DELETE", f"/{there}/attachments/{files['a.txt']}")
        await _outlook(box, "POST", f"/{there}/attachments", _file("b.txt", 500))
        if told == "by lists":
            await _outlook(
                box, "PATCH", f"/{there}", {"body": {"contentType": "html", "content": "<p>Neu</p>"}}
            )
        [sent] = [f["id"] for f in m365.control.snapshot(box.address)[0] if f["wellKnownName"] == "sentitems"]
        m365.control.set_behaviour(sentIds="kept")
        try:
            await _outlook(box, "POST", f"/{there}/send")
        finally:
            m365.control.set_behaviour(sentIds="new")
        if told == "by its id first":
            m365.control.fail_next("GET", f"*{sent}*/messages/delta*", status=403, code="ErrorAccessDenied")
        for _ in range(3):
            await box.mirror.pull()
            clock.advance(400)

        assert await box.mirror.local() == truth(m365, box.address)
        assert await _shown(box, there) == ["b.txt", "c.txt"]


@pytest.mark.parametrize("is_pulled", [True, False])
async def test_what_a_colleague_sends_before_we_know_its_id_arrives_once(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_pulled: bool
) -> None:
    """Making it went unanswered, Outlook sends it, and its copy takes a moment to be seen."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(sentCopyDelayS=40)
    try:
        async with outbox(m365, tmp_path, clock, patience_s=120) as box:
            m365.control.fail_next("POST", "*/messages", kind="lost")
            await box.submit(await box.write([customer], subject="Angebot"))
            await box.writer.run_due()
            [there] = box.at_microsoft("drafts")
            if is_pulled:
                await box.mirror.pull()
            await _outlook(box, "POST", f"/{there['id']}/send")
            clock.advance(6)
            await box.writer.run_due()
            for _ in range(4):
                await box.settle(4, 30)
                m365.control.advance(60)
                await box.mirror.pull()

            assert arrived(m365, customer) == ["Angebot"]
            assert box.at_microsoft("drafts") == []
    finally:
        m365.control.set_behaviour(sentCopyDelayS=0)


async def test_a_written_message_finds_its_conversation_and_keeps_its_id(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """What both answer is not here, so only Microsoft knows that they belong together."""
    async with outbox(m365, tmp_path, clock) as box:
        answers = {"in_reply_to": ("frage@extern.example",), "references": ("frage@extern.example",)}
        written = []
        for subject in ("Re: Frage", "AW: Frage"):
            written.append(await box.write(["kunde@extern.example"], subject=subject, **answers))
            await box.settle()
            await box.mirror.pull()

        first, second = [await box.message(message.id) for message in written]
        assert first and second and first.thread_id == second.thread_id
        assert await box.mirror.local() == truth(m365, box.address)
        await box.mirror.check()


async def test_a_check_finds_what_a_draft_says_otherwise(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Even if no report of it ever came: each draft is read whole, and what differs is mended and told."""
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, "kunde@extern.example", is_ours=True)
        assert (await box.mirror.prove()).differences == 0
        await _outlook(box, "PATCH", f"/{there}", EDIT)
        await _outlook(box, "POST", f"/{there}/attachments", _file("b.txt", 500))
        m365.control.fail_next("GET", "*/messages/delta*", status=400, code="ErrorInvalidRequest", times=50)
        found = await box.mirror.prove()
        m365.control.clear_faults()

        assert (found.differences, found.repaired) == (1, 1)
        assert await _shown(box, there) == ["a.txt", "b.txt", "c.txt"]
        assert await box.mirror.local() == truth(m365, box.address)
        assert (await box.mirror.prove()).differences == 0


@pytest.mark.parametrize("how", ["not made", "deleted there"])
async def test_other_mail_of_the_same_name_is_not_taken_for_ours(
    m365: Simulator, tmp_path: Path, clock: SetClock, how: str
) -> None:
    """A client has named a Message-ID that a message in Sent has: only our key tells which is the draft."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        await box.send_now(await box.write([customer], subject="Erste", message_id="vorlage@desk.example"))
        await box.settle(4, 10)
        await box.mirror.pull()
        if how == "not made":
            m365.control.fail_next("POST", "*/messages", status=503, code="ErrorServerBusy")
        second = await box.write([customer], subject="Zweite", message_id="vorlage@desk.example")
        if how == "not made":
            await box.send_now(second)
        else:
            await box.settle()
            await box.mirror.pull()
            await box.submit(second)
            [there] = box.at_microsoft("drafts")
            await _outlook(box, "POST", f"/{there['id']}/permanentDelete")
        for _ in range(6):
            await box.settle(4, 60)
            await box.mirror.pull()

        now = await box.message(second.id)
        assert now and now.subject == "Zweite"
        assert arrived(m365, customer) == (["Erste", "Zweite"] if how == "not made" else ["Erste"])
        assert now.mutable.is_draft == (how == "deleted there")


async def test_a_letter_made_anew_begins_its_own_thread(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """It has another Message-ID, so it is of another conversation there than somebody's copy of it."""
    async with outbox(m365, tmp_path, clock) as box:
        letter = await box.write(["kunde@extern.example"])
        await box.settle()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "POST", f"/{there['id']}/copy", {"destinationId": "drafts"})
        await box.mirror.pull()
        await box.submit(letter)
        await _outlook(box, "POST", f"/{there['id']}/permanentDelete")
        for _ in range(5):
            await box.mirror.pull()
            await box.settle(4, 30)
        await box.mirror.pull()

        [copy, anew] = (await box.mirror.local()).values()
        assert copy["thread"] != anew["thread"]
        assert await box.mirror.local() == truth(m365, box.address)
        await box.mirror.check()


@pytest.mark.parametrize("how", ["seen", "sent there"])
async def test_a_draft_with_another_subject_leaves_its_thread(
    m365: Simulator, tmp_path: Path, clock: SetClock, how: str
) -> None:
    """As at Microsoft, where its answers will be: an answer that Outlook began, and that may wait here."""
    async with outbox(m365, tmp_path, clock) as box:
        [asked] = m365.control.receive(box.address, subject="Anfrage")
        begun = await _outlook(box, "POST", f"/{asked}/createReply")
        people = [{"emailAddress": {"address": "kunde@extern.example"}}]
        await _outlook(box, "PATCH", f"/{begun['id']}", {"toRecipients": people})
        await box.mirror.pull()
        assert len({one["thread"] for one in (await box.mirror.local()).values()}) == 1
        if how == "sent there":
            draft = await box.message(await box.mirror.message_id(begun["id"]))
            assert draft
            await box.submit(draft)
        await _outlook(box, "PATCH", f"/{begun['id']}", {"subject": "Von Outlook"})
        if how == "sent there":
            await box.send_in_outlook(begun["id"])
        for _ in range(4):
            await box.mirror.pull()
            await box.settle(4, 30)

        assert len({one["thread"] for one in (await box.mirror.local()).values()}) == 2
        assert await box.mirror.local() == truth(m365, box.address)
        await box.mirror.check()


async def test_what_outlook_sent_and_threw_away_is_told_as_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Somebody here sends the draft before that is seen: not the draft lies in the trash, but its copy."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(sentIds="kept")
    try:
        async with outbox(m365, tmp_path, clock) as box:
            letter = await box.write([customer])
            await box.settle()
            await box.mirror.pull()
            [there] = box.at_microsoft("drafts")
            await box.send_in_outlook(there["id"])
            submission = await box.submit(letter)
            m365.control.delete(box.address, [there["id"]])
            for _ in range(4):
                await box.mirror.pull()
                await box.settle(4, 30)

            ended = await box.state(submission)
            assert (ended.state, ended.code) == (SubmissionState.FINAL, None)
            assert [notice.code for notice in await box.mirror.notices()] == ["sent_elsewhere"]
            assert arrived(m365, customer) == ["Angebot"]
            assert await box.mirror.local() == truth(m365, box.address)
    finally:
        m365.control.set_behaviour(sentIds="new")


@pytest.mark.parametrize("is_sent", [True, False])
async def test_what_outlook_threw_away_is_looked_for_before_it_is_told(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_sent: bool
) -> None:
    """It lies in the trash as far as is known here when it is due; somebody may have sent it from there."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer], subject="Angebot")
        await box.settle()
        submission = await box.submit(message, send_at=clock.now() + timedelta(minutes=5))
        [there] = box.at_microsoft("drafts")
        m365.control.move(box.address, [there["id"]], "deleteditems")
        await box.mirror.pull()
        if is_sent:
            await box.send_in_outlook(there["id"])
        await box.settle(8, 60)

        ended = await box.state(submission)
        assert (ended.state, ended.code) == (
            (SubmissionState.FINAL, None) if is_sent else (SubmissionState.FAILED, "gone")
        )
        [notice] = await box.mirror.notices()
        assert (notice.code, notice.detail == "in_trash") == (
            ("sent_elsewhere", False) if is_sent else ("gone", True)
        )
        assert arrived(m365, customer) == ["Angebot"] * is_sent
        await box.mirror.pull()
        assert await box.mirror.local() == truth(m365, box.address)


async def test_files_of_one_name_all_go_along(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """Whichever of them goes unanswered: those that are there are counted, not their names."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/attachments", status=503, code="ErrorServerBusy")
        files = [await box.file("image.png", b"x" * octets) for octets in (50, 1_500_000, 1_600_000)]
        await box.send_now(await box.write([customer], files))
        await box.settle(8, 10)
        await box.mirror.pull()

        [copy] = box.at_microsoft("sentitems")
        assert await _shown(box, copy["id"]) == ["image.png"] * 3


async def test_a_check_leaves_pictures_in_the_text_alone(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Microsoft does not count them as attachments."""
    async with outbox(m365, tmp_path, clock) as box:
        picture = await box.file(
            "b.png", b"x" * 50, content_id="b@x", is_inline=True, content_type="image/png"
        )
        await box.write([], [picture], body=Body("text/html", "<p>Bild <img src='cid:b@x'></p>"))
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "PATCH", f"/{there['id']}", {"subject": "Von Outlook"})
        m365.control.fail_next("GET", "*/messages/delta*", status=400, code="ErrorInvalidRequest", times=50)
        found = await box.mirror.prove()
        m365.control.clear_faults()
        await box.mirror.pull()
        await box.mirror.pull()

        assert found.differences == 1
        assert await _shown(box, there["id"]) == ["b.png"]


@pytest.mark.parametrize("is_pulled", [True, False])
async def test_recipients_that_outlook_changes_are_those_it_went_to(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_pulled: bool
) -> None:
    """While it waits, or after anybody here has looked: the submission says so, and who sent it is told."""
    first, second, third = (m365.new_mailbox(name) for name in ("erster", "zweiter", "dritter"))
    async with outbox(m365, tmp_path, clock) as box:
        letter = await box.write([first])
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        submission = await box.submit(letter)
        people = [{"emailAddress": {"address": to}} for to in (second, third)]
        edit = {"toRecipients": people, "subject": "Neues Angebot"}
        await _outlook(box, "PATCH", f"/{there['id']}", edit)
        if is_pulled:
            await box.mirror.pull()
        await box.settle(4, 10)
        await box.mirror.pull()

        ended = await box.state(submission)
        assert (arrived(m365, first), arrived(m365, second)) == ([], ["Neues Angebot"])
        assert ended.envelope.rcpt_to == (second, third) == tuple(ended.delivery)
        [told] = await box.mirror.notices()
        assert (told.code, told.detail) == ("sent_elsewhere", f"{second}, {third}")
        sent = await box.message(ended.message_id)
        assert sent and sent.thread_id == ended.thread_id
        assert await box.mirror.store.read(submissions.recipients_since, box.account, ended.created_at) == (
            2,
            ended.asked_at,
        )


@pytest.mark.parametrize("is_listed", [True, False])
async def test_files_that_a_letter_made_anew_lacks_are_named(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_listed: bool
) -> None:
    """Also pictures alone, that nobody counts, and whose list never came. What never went is in no limit."""
    async with outbox(m365, tmp_path, clock) as box:
        picture = _file("b.png") | {"isInline": True, "contentId": "b@x", "contentType": "image/png"}
        shown = {"contentType": "html", "content": "<img src='cid:b@x'>"}
        people = [{"emailAddress": {"address": "kunde@extern.example"}}]
        if not is_listed:
            m365.control.fail_next("GET", "*/attachments*", status=503, code="ErrorServerBusy", times=99)
        said = {"body": shown, "attachments": [picture], "toRecipients": people}
        made = await _outlook(box, "POST", "", said)
        await box.mirror.pull()
        letter = await box.message(await box.mirror.message_id(made["id"]))
        assert letter
        submission = await box.submit(letter, send_at=clock.now() + timedelta(days=1))
        await _outlook(box, "POST", f"/{made['id']}/permanentDelete")
        for _ in range(4):
            await box.mirror.pull()
            await box.settle(4, 10)
        m365.control.clear_faults()

        details = {notice.detail for notice in await box.mirror.notices()}
        missing = "octets_missing: b.png" if is_listed else "octets_missing"
        assert details == {"in_drafts_unsure", missing}
        ended = await box.state(submission)
        anew = await box.message(letter.id)
        assert (ended.code, ended.thread_id) == ("gone", anew and anew.thread_id)
        used = await box.mirror.store.read(submissions.recipients_since, box.account, ended.created_at)
        assert used == (0, None)
