"""The thread that a draft shares with what it answers, before the provider has named it and after."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flow.sending.outbox import written
from tests.store.mailbox import Mailbox, item, page
from tests.store.test_drafts import OFFICE, desk, made, report, send, sent_copy, write

from poststelle.model.ids import MessageId, ThreadId
from poststelle.model.message import Message
from poststelle.providers.base import RemoteMessage
from poststelle.store import messages

__all__ = ["desk"]

pytestmark = pytest.mark.anyio


async def _answer(desk: Mailbox, letter: Message) -> Message:
    """Written when neither is at the provider: both lie in one thread, which has no name so far."""
    name = (letter.internet_message_id or "").strip("<>")
    wanted = written(OFFICE, ["kunde@extern.example"], subject="AW: Angebot", in_reply_to=(name,))
    answer = await write(desk, "k2", wanted)
    assert answer.thread_id == letter.thread_id
    return answer


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
