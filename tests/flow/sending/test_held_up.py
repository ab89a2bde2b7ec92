"""Letters that Microsoft was not asked to send so far, for it is away or busy, or the sign-in is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import QUICK, Outbox, outbox
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER

from poststelle.lib.share import Share
from poststelle.mail import queue
from poststelle.mail.queue import Waiting
from poststelle.model.account import AccountState
from poststelle.model.errors import Conflict
from poststelle.model.submission import SendStep, Submission, SubmissionState
from poststelle.store import accounts, submissions, sync_states
from poststelle.store.room import Places
from poststelle.writeback import send_steps

pytestmark = pytest.mark.anyio

OUTAGE: dict[str, Any] = {"status": 503, "code": "ServiceUnavailable"}
BUSY: dict[str, Any] = {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "3000"}}
LOST: dict[str, Any] = {"status": 401, "code": "InvalidAuthenticationToken"}
TROUBLES = pytest.mark.parametrize(
    ("fault", "waits_for"), [(OUTAGE, "service"), (BUSY, "service"), (LOST, "sign_in")]
)


def _fail(m365: Simulator, fault: dict[str, Any]) -> None:
    m365.control.fail_next("*", "/v1.0/*", times=100_000, **fault)


async def _held_up(
    box: Outbox, m365: Simulator, to: str, fault: dict[str, Any], seconds: float = 20
) -> Submission:
    """A letter whose draft is at Microsoft, tried while that fails."""
    message = await box.write([to])
    await box.writer.run_due()
    await box.mirror.pull()
    submission = await box.send_now(message)
    _fail(m365, fault)
    await box.settle(4, seconds)
    return submission


async def _shown(box: Outbox) -> list[Waiting]:
    return list((await box.mirror.store.read(queue.list_waiting, USER, box.account)).waiting)


async def _sign_in_again(box: Outbox) -> None:
    await box.mirror.store.write(accounts.set_state, box.account, AccountState.CONNECTED)


def _asked(m365: Simulator, box: Outbox) -> int:
    return sum(call["mailbox"] == box.address for call in m365.control.calls(path="/send"))


@TROUBLES
async def test_what_was_never_asked_for_can_be_taken_back(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: dict[str, Any], waits_for: str
) -> None:
    """However long it lasts; when it is over, nothing goes."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        submission = await _held_up(box, m365, customer, fault)
        before = await box.state(submission)
        await box.pass_time(3 * 86_400)
        await box.cancel(submission)
        m365.control.clear_faults()
        await _sign_in_again(box)
        await box.settle(8, 20)

        assert (before.state, before.step, before.waits_for) == (
            SubmissionState.PENDING,
            SendStep.READY,
            waits_for,
        )
        after = await box.state(submission)
        assert (after.state, after.waits_for, after.detail) == (SubmissionState.CANCELED, None, None)
        assert await _shown(box) == []
        assert (arrived(m365, customer), _asked(m365, box)) == ([], 0)
        assert len(box.at_microsoft("drafts")) == 1


@TROUBLES
async def test_it_is_shown_with_its_reason_and_goes_once_when_that_is_over(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: dict[str, Any], waits_for: str
) -> None:
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        submission = await _held_up(box, m365, customer, fault)
        [shown] = await _shown(box)
        counted = (await box.mirror.store.read(sync_states.get, box.account)).pending
        m365.control.clear_faults()
        await _sign_in_again(box)
        await box.pass_time(3000)
        await box.settle(8, 20)

        assert (shown.kind, shown.submission, shown.waits_for) == ("send", submission.id, waits_for)
        assert (shown.problem, shown.is_in_flight, counted) == (fault["code"], False, 1)
        assert shown.attempts >= 1
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert (arrived(m365, customer), _asked(m365, box)) == (["Angebot"], 1)
        assert await _shown(box) == [] and await box.mirror.notices() == []


async def test_what_microsoft_refuses_for_a_while_when_it_is_asked_can_be_taken_back(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Too many requests: it says so for certain, and has sent nothing."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        m365.control.fail_next(**SEND, **BUSY)
        submission = await box.send_now(message)
        await box.settle(2)
        before = await box.state(submission)
        await box.cancel(submission)
        await box.pass_time(3000)
        await box.settle(6, 20)

        assert (before.state, before.waits_for, before.asked_at) == (SubmissionState.PENDING, "service", None)
        assert before.due_at - clock.now() < timedelta(seconds=3000)
        assert (arrived(m365, customer), len(box.at_microsoft("drafts"))) == ([], 1)


async def test_what_was_asked_for_without_an_answer_can_not_be_taken_back(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Nobody knows whether it has gone, also while nothing can be looked at."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        m365.control.fail_next(**SEND, kind="lost")
        submission = await box.send_now(message)
        await box.sender.run_due()
        _fail(m365, OUTAGE)
        await box.settle(4, 20)
        waits = await box.state(submission)
        with pytest.raises(Conflict) as problem:
            await box.cancel(submission)
        [shown] = await _shown(box)
        m365.control.clear_faults()
        await box.settle(6, 30)

        assert problem.value.code == "too_late"
        assert (waits.state, waits.step, waits.waits_for) == (
            SubmissionState.SENDING,
            SendStep.ASKED,
            "answer",
        )
        assert (shown.waits_for, shown.is_in_flight) == ("answer", True)
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, customer) == ["Angebot"]


async def test_nobody_says_any_more_that_it_was_not_sent_once_it_is_asked_for(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """It was held up, is asked for, and no answer comes."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        submission = await _held_up(box, m365, customer, OUTAGE)
        m365.control.clear_faults()
        m365.control.fail_next(**SEND, kind="lost")
        m365.control.fail_next("GET", "*/messages", status=500, code="ErrorInternal", times=1000)
        await box.pass_time(60)
        await box.settle(3, 20)
        waits = await box.state(submission)
        with pytest.raises(Conflict):
            await box.cancel(submission)
        m365.control.clear_faults()
        await box.settle(6, 60)

        assert (waits.step, waits.waits_for) == (SendStep.ASKED, "answer")
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert (arrived(m365, customer), _asked(m365, box)) == (["Angebot"], 1)


async def test_who_takes_it_back_while_it_is_tried_is_obeyed(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Claimed, and canceled before it is noted as asked: whoever claimed it is refused."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        submission = await box.send_now(message)
        room = Places(at_once=8, at_most=64, per_account=2).beside([], Share())
        store = box.mirror.store
        [claimed] = await store.write(send_steps.claim, "test/other", QUICK, clock.now(), room)
        counted = await store.write(submissions.count_seal, claimed)
        assert counted
        await box.cancel(submission)
        seal = send_steps.Seal(is_set=True)
        now = clock.now()
        asked = await store.write(send_steps.asked, counted, seal, now, now + timedelta(seconds=1))
        await box.settle(4, 400)

        assert asked is None
        assert (await box.state(submission)).state is SubmissionState.CANCELED
        assert (arrived(m365, customer), _asked(m365, box)) == ([], 0)


async def test_once_it_is_noted_as_asked_it_is_too_late(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        submission = await box.send_now(message)
        room = Places(at_once=8, at_most=64, per_account=2).beside([], Share())
        store, now = box.mirror.store, clock.now()
        [claimed] = await store.write(send_steps.claim, "test/other", QUICK, now, room)
        counted = await store.write(submissions.count_seal, claimed)
        assert counted
        await store.write(send_steps.asked, counted, send_steps.Seal(is_set=False), now, now)
        with pytest.raises(Conflict):
            await box.cancel(submission)


async def test_what_others_sent_meanwhile_is_not_sent_once_more(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The sign-in was lost for three days, and a colleague has sent the draft on the second."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        submission = await _held_up(box, m365, customer, LOST)
        m365.control.clear_faults()
        [draft] = box.at_microsoft("drafts")
        await box.send_in_outlook(draft["id"])
        await box.pass_time(2 * 86_400)
        await _sign_in_again(box)
        await box.settle(6, 20)
        await box.mirror.pull()

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert [notice.code for notice in await box.mirror.notices()] == ["sent_elsewhere"]
        assert arrived(m365, customer) == ["Angebot"]


async def test_attempts_go_on_ever_more_rarely(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        submission = await _held_up(box, m365, customer, OUTAGE, seconds=1)
        early = await box.state(submission)
        await box.settle(30, 60)
        late = await box.state(submission)

        assert 1 < early.attempts < late.attempts == 10
        assert late.send_at == early.send_at < late.due_at
        assert late.due_at - clock.now() <= timedelta(seconds=60)


async def test_after_an_outage_no_more_go_a_minute_than_the_limit_allows(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Those that were tried in vain count as little as those that were not."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock, replace(QUICK, per_minute=3)) as box:
        made = [await box.write([customer]) for _ in range(5)]
        await box.settle(4)
        await box.mirror.pull()
        sent = [await box.send_now(message) for message in made]
        _fail(m365, OUTAGE)
        await box.settle(8, 20)
        tried = [(await box.state(one)).waits_for for one in sent]
        m365.control.clear_faults()
        await box.pass_time(61)
        await box.settle(3, 1)
        at_first = arrived(m365, customer)
        await box.settle(6, 30)

        assert set(tried) == {"service"}
        assert len(at_first) == 3
        assert len(arrived(m365, customer)) == 5


async def test_another_sign_in_waits_for_no_pause_of_the_former_one(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Microsoft named fifty minutes to one; the next takes over, and the letter is due."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        submission = await _held_up(box, m365, customer, BUSY)
        before = (await box.state(submission)).due_at
        m365.control.clear_faults()
        await box.mirror.store.write(sync_states.wake_anew, box.account, clock.now())

        assert before > clock.now() + timedelta(minutes=40)
        assert (await box.state(submission)).due_at <= clock.now()


@pytest.mark.parametrize("hitch", ["busy", "not heard", "in conflict"])
async def test_a_long_outage_makes_nobody_less_patient_with_what_comes_after_it(
    m365: Simulator, tmp_path: Path, clock: SetClock, hitch: str
) -> None:
    """An hour of 504s, each of which may have been about this letter alone."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        await box.mirror.pull()
        submission = await box.send_now(message)
        m365.control.fail_next("*", "/v1.0/*", times=100_000, status=504, code="ErrorTimeout")
        await box.settle(75, 61)
        held_up = await box.state(submission)
        m365.control.clear_faults()
        match hitch:
            case "busy":
                m365.control.fail_next(**SEND, status=503, code="ServiceUnavailable")
            case "not heard":
                m365.control.fail_next(**SEND, kind="reset")
            case _:
                m365.control.fail_next("PATCH", "*/messages/*", status=409, code="ErrorIrresolvableConflict")
        await box.pass_time(61)
        await box.settle(30, 20)

        assert (held_up.state, held_up.waits_for) == (SubmissionState.PENDING, "service")
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, customer) == ["Angebot"]
