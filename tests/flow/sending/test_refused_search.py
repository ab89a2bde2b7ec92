"""Sending while Microsoft does not let us look for what was sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flow.sending.outbox import outbox
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, truth

from poststelle.mail import queue
from poststelle.model.submission import SubmissionState

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("is_answered", "end", "told"),
    [
        (True, (SubmissionState.FINAL, None, None), []),
        (False, (SubmissionState.FAILED, "unknown", "ErrorAccessDenied"), [("unknown", "ErrorAccessDenied")]),
    ],
)
async def test_sending_ends_though_the_search_is_refused_for_ever(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_answered: bool, end: object, told: object
) -> None:
    """What was accepted is sent; of what was not answered people are told to look. The mirror shows both."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([second], subject="Angebot")
        await box.settle()
        if not is_answered:
            m365.control.fail_next(**SEND, kind="lost")
        m365.control.fail_next("GET", "*/messages", status=403, code="ErrorAccessDenied", times=1000)
        submission = await box.send_now(message)
        await box.settle(3)
        waits = await box.state(submission)
        shown = (await box.mirror.store.read(queue.list_waiting, USER, box.account)).waiting
        await box.settle(40, 5)
        m365.control.clear_faults()
        await box.mirror.pull()

        ended = await box.state(submission)
        assert (waits.waits_for, waits.detail) == ("answer", "ErrorAccessDenied")
        assert [(one.kind, one.subject, one.problem) for one in shown] == [("send", "Angebot", waits.detail)]
        assert (ended.state, ended.code, ended.detail) == end
        assert [(notice.code, notice.detail) for notice in await box.mirror.notices()] == told
        assert arrived(m365, second) == ["Angebot"]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_an_outage_of_the_search_ends_no_sending_and_is_shown_while_it_lasts(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """For an hour nothing can be found; then the copy is, and nothing waits any more."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([m365.new_mailbox("zweiter")], subject="Angebot")
        await box.settle()
        m365.control.fail_next("GET", "*/messages", status=500, code="ErrorInternal", times=1000)
        submission = await box.send_now(message)
        await box.settle(60, 60)
        waits = await box.state(submission)
        m365.control.clear_faults()
        await box.settle(4, 60)

        ended = await box.state(submission)
        assert (waits.state, waits.waits_for, waits.detail) == (
            SubmissionState.SENDING,
            "answer",
            "ErrorInternal",
        )
        assert (ended.state, ended.waits_for, ended.detail) == (SubmissionState.FINAL, None, None)
