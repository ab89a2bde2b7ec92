"""In which thread lies what was written here: with what it answers, else where Microsoft groups it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.sending.outbox import Outbox, outbox
from tests.flow.sending.test_copies import _copy, _written
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_seals import _unchanged_copy
from tests.flow.sending.test_whose_copy import _let_pass
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.message import Message

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["new", "kept"])
def ids(m365: Simulator, request: pytest.FixtureRequest) -> Iterator[str]:
    """Whether the copy in Sent has the draft's immutable id."""
    m365.control.set_behaviour(sentIds=request.param)
    yield request.param
    m365.control.set_behaviour(sentIds="new")


async def _answer(box: Outbox, letter: Message) -> Message:
    name = (letter.internet_message_id or "").strip("<>")
    return await box.write(["kunde@extern.example"], subject="AW: Angebot", in_reply_to=(name,))


async def _answered(box: Outbox, customer: str) -> tuple[Message, Message]:
    """What came without a Message-ID, and what was written in answer to it, which Microsoft has by now."""
    [remote] = box.simulator.control.receive(box.address, subject="Anfrage", **{"from": customer})
    await box.mirror.pull()
    asked = await box.message(await box.mirror.message_id(remote))
    assert asked
    answer = await box.write([customer], subject="Antwort", answers=asked.id)
    await box.settle()
    await box.mirror.pull()
    return asked, answer


async def test_an_answer_does_not_name_the_thread_of_what_it_answers(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """A worker has made the letter and died before it heard so; then another makes an answer to it.

    Meanwhile somebody has made another letter of the draft, and Microsoft puts the answer into that one's
    conversation: whatever comes into it later has nothing to do with the letter.
    """
    first = m365.new_mailbox("erster")
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        letter = await box.write(["kunde@extern.example"])
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        copy = await _copy(box, there["id"], first)
        await _answer(box, letter)
        await box.writer.run_due()
        await box.send_in_outlook(copy)
        await _let_pass(box, 100)

        local, known = await box.mirror.local(), truth(m365, box.address)
        ours = await box.message(letter.id)
        assert ours and ours.remote_id == there["id"]
        [other] = [id_ for id_, one in local.items() if one["subject"] == "Kopie"]
        assert known[other]["thread"] != known[ours.remote_id]["thread"]
        assert local[other]["thread"] != local[ours.remote_id]["thread"]


async def test_an_answer_to_what_has_no_message_id_stays_in_its_thread_when_it_is_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Only ``poststelle:answers`` tells what it answers: nothing in the message does."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        asked, answer = await _answered(box, customer)
        await box.send_now(answer)
        await _let_pass(box, 100)

        sent = await box.message(answer.id)
        assert sent and not sent.mutable.is_draft
        assert sent.thread_id == asked.thread_id


async def test_an_answer_to_what_has_no_message_id_stays_in_its_thread_when_it_is_made_anew(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        asked, answer = await _answered(box, customer)
        there = await box.message(answer.id)
        assert there
        await box.submit(answer)
        await _outlook(box, "POST", f"/{there.remote_id}/permanentDelete")
        await _let_pass(box, 600)

        anew = await box.message(answer.id)
        assert anew and anew.mutable.is_draft
        assert anew.remote_id != there.remote_id
        assert anew.thread_id == asked.thread_id


@pytest.mark.usefixtures("ids")
async def test_a_letter_that_was_renamed_and_named_back_lies_where_microsoft_has_it(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Between two pulls: nothing that is told of its subject says that it has begun another conversation."""
    async with outbox(m365, tmp_path, clock) as box:
        letter = await _written(box, m365.new_mailbox("erster"))
        for subject in ("Anders", "Angebot"):
            await _outlook(box, "PATCH", f"/{letter.remote_id}", {"subject": subject})
        await _unchanged_copy(box, letter.remote_id)
        await _let_pass(box, 100)
        assert await box.mirror.local() == truth(m365, box.address)

        await box.send_in_outlook(letter.remote_id)
        await _let_pass(box, 100)
        assert await box.mirror.local() == truth(m365, box.address)


def _of_conversation(name: str, *named: str) -> bytes:
    told = " ".join(f"<{one}>" for one in named)
    return (
        f"From: k@extern.example\r\nMessage-ID: <{name}>\r\nIn-Reply-To: <{named[-1]}>\r\n"
        f"References: {told}\r\nSubject: AW: Anfrage\r\n\r\nGuten Tag\r\n"
    ).encode()


async def test_what_answers_a_part_of_a_conversation_that_was_brought_lies_with_it(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """What it began with is not here: the first that is answers nothing that could name their thread."""
    async with outbox(m365, tmp_path, clock) as box:
        await box.bring_octets(_of_conversation("b@x.example", "a@x.example"))
        await box.bring_octets(_of_conversation("c@x.example", "a@x.example", "b@x.example"))
        await box.settle()
        await box.mirror.pull()
        answer = _of_conversation("d@x.example", "a@x.example", "b@x.example", "c@x.example")
        m365.control.receive_mime(box.address, answer)
        await _let_pass(box, 20)

        assert await box.mirror.local() == truth(m365, box.address)
