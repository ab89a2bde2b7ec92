"""Drafts begun in Outlook and sent from here: under their Message-ID, which is not of our making."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flow.sending.outbox import Outbox, outbox
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.message import Message
from poststelle.model.submission import SubmissionState

pytestmark = pytest.mark.anyio


async def _draft(box: Outbox, to: str) -> Message:
    people = [{"emailAddress": {"address": to}}]
    made = await _outlook(box, "POST", "", {"subject": "Angebot", "toRecipients": people})
    await box.mirror.pull()
    found = await box.message(await box.mirror.message_id(made["id"]))
    assert found
    return found


@pytest.mark.parametrize("is_pulled", [True, False])
@pytest.mark.parametrize("ids", ["new", "kept"])
async def test_it_is_its_copy_when_it_is_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str, *, is_pulled: bool
) -> None:
    """Within seconds, under the same id, and there is one of it."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(sentIds=ids)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            message = await _draft(box, customer)
            submission = await box.send_now(message)
            await box.settle(2, 1)
            if is_pulled:
                await box.mirror.pull()
            await box.settle(4, 2)
            await box.mirror.pull()
            assert arrived(m365, customer) == ["Angebot"]
            assert (await box.state(submission)).state is SubmissionState.FINAL
            kept = await box.message(message.id)
            assert kept and kept.remote_id == box.at_microsoft("sentitems")[0]["id"]
            assert await box.mirror.local() == truth(m365, box.address)
    finally:
        m365.control.set_behaviour(sentIds="new")


@pytest.mark.parametrize("ids", ["new", "kept"])
async def test_after_a_lost_answer_it_is_known_as_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str
) -> None:
    """Nobody is told that its fate is unknown, and no second draft invites to send it again."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(sentIds=ids)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            message = await _draft(box, customer)
            m365.control.fail_next(**SEND, kind="lost")
            submission = await box.send_now(message)
            for _ in range(5):
                await box.settle(4, 10)
                await box.mirror.pull()
            assert arrived(m365, customer) == ["Angebot"]
            ended = await box.state(submission)
            assert (ended.state, ended.code) == (SubmissionState.FINAL, None)
            assert box.at_microsoft("drafts") == []
            assert [n.code for n in await box.mirror.notices()] == []
            assert await box.mirror.local() == truth(m365, box.address)
    finally:
        m365.control.set_behaviour(sentIds="new")


@pytest.mark.parametrize("ids", ["new", "kept"])
async def test_held_here_and_sent_in_outlook_it_is_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str
) -> None:
    """As one of ours is: told as sent elsewhere, not as deleted, and not made anew."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(sentIds=ids)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            message = await _draft(box, customer)
            submission = await box.submit(message)
            await box.send_in_outlook(message.remote_id)
            for _ in range(5):
                await box.mirror.pull()
                await box.settle(4, 10)
            assert arrived(m365, customer) == ["Angebot"]
            ended = await box.state(submission)
            assert (ended.state, ended.code) == (SubmissionState.FINAL, None)
            assert [n.code for n in await box.mirror.notices()] == ["sent_elsewhere"]
            assert box.at_microsoft("drafts") == []
    finally:
        m365.control.set_behaviour(sentIds="new")
