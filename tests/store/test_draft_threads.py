"""The thread that a draft shares with what it answers, before the provider has named it and after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.databases import run_sql
from tests.flow.sending.outbox import written
from tests.store.mailbox import NOW, Mailbox, item, page, partial
from tests.store.test_drafts import OFFICE, desk, made, report, send, sent_copy, write

from poststelle.mail import bringing, ingest, organise, reading_in
from poststelle.mail.arrivals import Arrival
from poststelle.mime.html_text import unasked
from poststelle.model.ids import MessageId, RemoteId, ThreadId
from poststelle.model.message import Message
from poststelle.model.submission import Submission
from poststelle.providers.base import RemoteMessage
from poststelle.store import addresses, departures, messages, submissions
from poststelle.store.attachments import Kept
from poststelle.submission import submit
from poststelle.submission.submit import Wanted

__all__ = ["desk"]

pytestmark = pytest.mark.anyio


async def _answer(desk: Mailbox, letter: Message, key: str = "k2") -> Message:
    """Written when neither is at the provider: both lie in one thread, which has no name so far."""
    answer = await _answer_to(desk, letter.internet_message_id, key)
    assert answer.thread_id == letter.thread_id
    return answer


async def _answer_to(desk: Mailbox, name: str | None, key: str) -> Message:
    names = ((name or "").strip("<>"),)
    wanted = written(OFFICE, ["kunde@extern.example"], subject="AW: Angebot", in_reply_to=names)
    return await write(desk, key, wanted)


def _of_letter(letter: Message, **said: Any) -> RemoteMessage:
    return report(letter, "A", **({"thread_key": "C0"} | said))


def _of_answer(answer: Message, **said: Any) -> RemoteMessage:
    """At Exchange an answer that another program makes has a conversation of its own."""
    return report(answer, "B", **({"thread_key": "C1", "draft_key": "k2"} | said))


def _of_another(remote_id: str, conversation: str) -> RemoteMessage:
    return item(remote_id, "Drafts", thread_key=conversation, subject="Fremd", is_draft=True)


async def _thread(desk: Mailbox, message: MessageId) -> ThreadId:
    found = await desk.store.read(messages.get, desk.account, message)
    assert found
    return found.thread_id


@pytest.mark.parametrize("how", ["answer first", "one page, answer first", "one page, answer last", "made"])
async def test_what_is_answered_names_the_thread(desk: Mailbox, how: str) -> None:
    letter = await write(desk)
    answer = await _answer(desk, letter)
    first, second = _of_letter(letter), _of_answer(answer)
    match how:
        case "answer first":
            await desk.pull("Drafts", page(second))
            await desk.pull("Drafts", page(first, link="d2"))
        case "one page, answer first":
            await desk.pull("Drafts", page(second, first))
        case "one page, answer last":
            await desk.pull("Drafts", page(first, second))
        case _:
            await made(desk, answer, second)
            await made(desk, letter, first)
    await desk.pull("Drafts", page(_of_another("X", "C0"), _of_another("Y", "C1"), link="d3"))

    thread = await _thread(desk, letter.id)
    assert await _thread(desk, answer.id) == thread
    assert await _thread(desk, await desk.id_of("X")) == thread
    assert await _thread(desk, await desk.id_of("Y")) != thread


async def test_an_answer_that_is_sent_first_names_no_thread(desk: Mailbox) -> None:
    """Nor is it another message when it is reported later, as what was sent."""
    letter = await write(desk)
    answer = await _answer(desk, letter)
    await made(desk, answer, _of_answer(answer))
    submission = await send(desk, answer.id)
    key = f"k2.{submission}.1"
    copy = sent_copy(answer, submission, thread_key="C1", draft_key=key)
    await desk.pull("Sent", page(copy))
    await desk.pull("Sent", page(copy, link="s2"))
    assert await desk.id_of("S1") == answer.id
    assert await _thread(desk, answer.id) == letter.thread_id

    await desk.pull("Drafts", page(_of_letter(letter), _of_another("X", "C0")))
    assert await _thread(desk, letter.id) == await _thread(desk, await desk.id_of("X"))
    assert await _thread(desk, answer.id) == await _thread(desk, letter.id)


@pytest.mark.parametrize("how", ["reported", "made", "one page"])
async def test_an_answer_goes_along_where_the_conversation_is_known_already(desk: Mailbox, how: str) -> None:
    """Somebody's copy of the letter was met first: the thread of both is that one's from now on."""
    letter = await write(desk)
    answer = await _answer(desk, letter)
    await desk.pull("Drafts", page(_of_another("X", "C0")))
    match how:
        case "reported":
            await desk.pull("Drafts", page(_of_answer(answer), link="d2"))
            await desk.pull("Drafts", page(_of_letter(letter), link="d3"))
        case "made":
            await made(desk, answer, _of_answer(answer))
            await made(desk, letter, _of_letter(letter))
        case _:
            await desk.pull("Drafts", page(_of_letter(letter), _of_answer(answer), link="d2"))

    thread = await _thread(desk, await desk.id_of("X"))
    assert await _thread(desk, letter.id) == thread
    assert await _thread(desk, answer.id) == thread


async def _destroy(desk: Mailbox, message: Message) -> None:
    await desk.store.write(organise.destroy, desk.user, desk.account, message.id, NOW)


async def _come_into_both(desk: Mailbox) -> tuple[ThreadId, ThreadId]:
    """What a customer writes into either conversation; its threads."""
    await desk.pull("Inbox", page(item("X", thread_key="C0"), item("Y", thread_key="C1")))
    return await _thread(desk, await desk.id_of("X")), await _thread(desk, await desk.id_of("Y"))


@pytest.mark.parametrize("how", ["made", "reported", "reported, answer first"])
async def test_an_answer_to_what_is_not_here_names_its_thread(desk: Mailbox, how: str) -> None:
    """Nothing here is answered by it, so nobody else can."""
    first = await _answer_to(desk, "nicht-hier@extern.example", "k1")
    second = await _answer(desk, first)
    reports = [_of_letter(first), _of_answer(second)]
    if how == "made":
        await made(desk, first, reports[0])
        await made(desk, second, reports[1])
    elif how == "reported":
        await desk.pull("Drafts", page(*reports))
    else:
        await desk.pull("Drafts", page(*reversed(reports)))
    conversation, _ = await _come_into_both(desk)
    assert await _thread(desk, first.id) == conversation
    assert await _thread(desk, second.id) == conversation


@pytest.mark.parametrize("how", ["one page", "one after the other", "one of them sent before"])
async def test_where_what_is_answered_was_given_up_the_first_answer_names_the_thread(
    desk: Mailbox, how: str
) -> None:
    letter = await write(desk, "k0")
    first, second = await _answer(desk, letter, "k1"), await _answer(desk, letter)
    told, other = _of_letter(first), _of_answer(second)
    if how == "one of them sent before":
        await made(desk, first, told)
        submission = await send(desk, first.id)
        told = sent_copy(first, submission, thread_key="C0")
        await desk.pull("Sent", page(told))
    await _destroy(desk, letter)
    match how:
        case "one page":
            await desk.pull("Drafts", page(told, other))
        case "one after the other":
            await desk.pull("Drafts", page(told))
            await desk.pull("Drafts", page(other, link="d2"))
        case _:
            await desk.pull("Sent", page(told, link="s2"))
            assert await desk.id_of("S1") == first.id
            await desk.pull("Drafts", page(other))
    conversation, _ = await _come_into_both(desk)
    assert await _thread(desk, first.id) == conversation
    assert await _thread(desk, second.id) == conversation


async def _brought(desk: Mailbox, key: str, name: str, answers: str) -> Message:
    octets = (
        f"From: k@extern.example\r\nMessage-ID: <{name}>\r\nIn-Reply-To: <{answers}>\r\n"
        f"References: <{answers}>\r\nSubject: AW: Angebot\r\n\r\nGuten Tag\r\n"
    ).encode()
    read, prepared = reading_in.read_octets(unasked, octets)
    arrival = Arrival(Kept("0" * 64, len(octets)), read, prepared, (desk.folder_ids["Objects"],))
    one = bringing.Bringing(arrival, (), key)
    [told] = await desk.store.write(bringing.insert, desk.user, desk.account, [one], NOW)
    assert isinstance(told, Message)
    return told


async def test_a_part_of_a_conversation_that_is_brought_finds_its_conversation(desk: Mailbox) -> None:
    """The last two messages of one whose first lies in no folder here."""
    second = await _brought(desk, "k2", "b@x", "a@x")
    third = await _brought(desk, "k3", "c@x", "b@x")
    assert second.thread_id == third.thread_id
    for message, key in ((second, "k2"), (third, "k3")):
        facts: dict[str, Any] = {"thread_key": "C0", "draft_key": key, "is_draft": False}
        told = report(message, f"B-{key}", "Objects", **facts)
        await made(desk, message, told)
        await desk.pull("Objects", page(told, link=key))
    conversation, _ = await _come_into_both(desk)
    assert await _thread(desk, second.id) == conversation
    assert await _thread(desk, third.id) == conversation


async def _submit_for_tomorrow(desk: Mailbox, message: Message) -> Submission:
    [own] = await desk.store.read(addresses.list_all, desk.account)
    wanted = Wanted(message.id, own.id, None, NOW + timedelta(days=1), None)
    return await desk.store.write(submit.submit, desk.user, desk.account, wanted, "k9", NOW)


@pytest.mark.parametrize("told_by", ["answer", "list"])
@pytest.mark.parametrize("waits", [False, True])
async def test_a_draft_that_is_told_as_sent_and_no_more_is_asked_for_whole(
    desk: Mailbox, *, waits: bool, told_by: str
) -> None:
    """Renamed and named back before it was sent, it is of another conversation, which nothing else tells."""
    letter = await write(desk)
    await made(desk, letter, _of_letter(letter))
    if waits:
        await _submit_for_tomorrow(desk, letter)
    await desk.pull("Drafts", page(left=("A",)))
    place = partial("A", folder_id=RemoteId("F-Sent"), is_draft=False, is_seen=True)
    if told_by == "list":  # of a full mailbox, or of a folder with a broken message: places alone
        await desk.pull("Sent", page(place))
    else:
        await desk.store.write(ingest.settle, desk.account, {RemoteId("A"): place}, now=NOW)
    [asked] = await desk.store.read(departures.list_all, desk.account, 5)
    assert asked.message_id == letter.id

    sent = report(letter, "A", "Sent", is_draft=False, thread_key="C1", sent_at=NOW)
    await desk.store.write(ingest.settle, desk.account, {RemoteId("A"): sent}, now=NOW)
    assert await desk.store.read(departures.list_all, desk.account, 5) == []
    _, conversation = await _come_into_both(desk)
    assert await _thread(desk, await desk.id_of("A")) == conversation


@pytest.mark.parametrize("how", ["reported", "made"])
async def test_what_sends_an_answer_lies_in_its_thread(desk: Mailbox, how: str) -> None:
    """The answer goes along into the conversation in which the letter is."""
    letter = await write(desk)
    answer = await _answer(desk, letter)
    await made(desk, answer, _of_answer(answer))
    waiting = await _submit_for_tomorrow(desk, answer)
    await desk.pull("Drafts", page(_of_another("X", "C0")))
    if how == "reported":
        await desk.pull("Drafts", page(_of_letter(letter), link="d2"))
    else:
        await made(desk, letter, _of_letter(letter))

    thread = await _thread(desk, await desk.id_of("X"))
    assert await _thread(desk, answer.id) == thread
    found = await desk.store.read(submissions.get, desk.account, waiting.id)
    assert found and found.thread_id == thread


@pytest.mark.parametrize("how", ["reported", "sent", "before it is made"])
async def test_an_answer_that_an_earlier_program_has_written_stays_in_its_thread(
    desk: Mailbox, url: str, how: str
) -> None:
    """It did not say that it is one, and may run beside this one while servers are updated."""
    await desk.pull("Inbox", page(item("Q", thread_key="C0", internet_message_id="<frage@extern.example>")))
    answer = await _answer_to(desk, "<frage@extern.example>", "k2")
    run_sql(url, "update drafts set is_answer = 0")
    told = _of_answer(answer)
    if how != "before it is made":
        await made(desk, answer, told)
    if how == "sent":
        submission = await send(desk, answer.id)
        copy = sent_copy(answer, submission, thread_key="C1", draft_key=f"k2.{submission}.1")
        await desk.pull("Sent", page(copy))
        ours = await desk.id_of("S1")
    else:
        await desk.pull("Drafts", page(told))
        ours = await desk.id_of("B")
    assert await _thread(desk, ours) == await _thread(desk, await desk.id_of("Q"))


async def test_an_answer_of_an_earlier_program_to_what_is_not_here_finds_its_conversation(
    desk: Mailbox, url: str
) -> None:
    answer = await _answer_to(desk, "nicht-hier@extern.example", "k1")
    run_sql(url, "update drafts set is_answer = 0")
    told = report(answer, "B", thread_key="C1", draft_key="k1")
    await made(desk, answer, told)
    await desk.pull("Drafts", page(told))
    _, conversation = await _come_into_both(desk)
    assert await _thread(desk, answer.id) == conversation


async def test_a_draft_that_answers_what_is_not_here_goes_where_the_provider_puts_it(desk: Mailbox) -> None:
    """Renamed in Outlook it is of another conversation; it lies with nothing that it answers."""
    answer = await _answer_to(desk, "nicht-hier@extern.example", "k2")
    told = _of_answer(answer)
    await made(desk, answer, told)
    await desk.pull("Drafts", page(told))
    renamed = _of_answer(answer, thread_key="C5", subject="Ganz neu")
    await desk.pull("Drafts", page(renamed, link="d2"))
    await desk.pull("Inbox", page(item("Z", thread_key="C5")))
    assert await _thread(desk, await desk.id_of("B")) == await _thread(desk, await desk.id_of("Z"))
