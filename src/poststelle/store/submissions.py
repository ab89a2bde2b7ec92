"""Submissions: what is to be sent, is being sent, and what became of it.

A row decides: who cancels changes its state, who sends notes that it is asked
for, both only of one that was not, and one of them comes too late. Who works on a submission holds
a claim with a fence; what somebody writes whose claim has run out is ignored.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, IdentityId, MessageId, RemoteId, SubmissionId, ThreadId, UserId
from poststelle.model.submission import (
    Claimed,
    Delivery,
    Envelope,
    SendStep,
    Submission,
    SubmissionState,
)
from poststelle.store.tx import ReadTx, Row, Tx

CLAIM_LASTS = timedelta(minutes=5)  # longer than any request
_LOOKED_AT_EACH = 20
_COUNTED_FOR = timedelta(days=1)  # the longest time that a limit of the provider reaches back
_UNTRIED_AT_MOST, _UNCOUNTED = 10, 2**31 - 1
_LIMITS = frozenset({"minute", "day"})
_HELD_UP = frozenset({"answer", "service", "sign_in"})


def insert(tx: Tx, submission: Submission) -> None:
    tx.run(
        "insert_submission",
        account_id=submission.account_id,
        id=submission.id,
        message_id=submission.message_id,
        thread_id=submission.thread_id,
        internet_message_id=submission.internet_message_id,
        identity_id=submission.identity_id,
        envelope=json.dumps(_envelope_json(submission.envelope)),
        recipients=len(submission.envelope.rcpt_to),
        state=submission.state.value,
        step=submission.step.value,
        marks=json.dumps(submission.marks),
        delivery=_delivery_json(submission.delivery),
        send_at=to_ms(submission.send_at),
        due_at=to_ms(submission.due_at),
        created_at=to_ms(submission.created_at),
        created_by=submission.created_by,
        is_kept=int(submission.is_kept),
    )
    tx.changed(submission.account_id, ChangeType.SUBMISSION, submission.id, ChangeOp.CREATED)


def get(tx: ReadTx, account: AccountId, submission: SubmissionId) -> Submission | None:
    return next(iter(get_many(tx, account, [submission])), None)


def message_of(tx: ReadTx, claimed: Claimed) -> MessageId:
    """Its message's id as it is now: what others have edited since it was claimed has another one."""
    submission = claimed.submission
    now = get(tx, submission.account_id, submission.id)
    return submission.message_id if now is None else now.message_id


def get_many(tx: ReadTx, account: AccountId, ids: Sequence[SubmissionId]) -> list[Submission]:
    """Those that exist, in the order asked for."""
    rows = {row["id"]: row for row in tx.all("get_submissions", account=account, ids=ids)}
    return [_submission(rows[i]) for i in ids if i in rows]


def newest(tx: ReadTx, account: AccountId, limit: int) -> list[Submission]:
    """At most ``limit``, latest ``send_at`` first."""
    return [_submission(row) for row in tx.all("list_submissions", account=account, limit=limit)]


def held_up(tx: ReadTx, account: AccountId, limit: int) -> list[Submission]:
    """Those that were tried in vain, or of which the provider does not tell what became of them.

    The oldest first.
    """
    return [_submission(row) for row in tx.all("list_held_up_submissions", account=account, limit=limit)]


def waiting(tx: ReadTx, account: AccountId) -> list[Submission]:
    """All that has not ended, the oldest first."""
    return [_submission(row) for row in tx.all("list_waiting_submissions", account=account)]


def held_up_count(tx: ReadTx, account: AccountId) -> int:
    """How many those are."""
    row = tx.one("count_held_up_submissions", account=account)
    return int(row["total"]) if row else 0


def active(tx: ReadTx, account: AccountId, ids: Collection[MessageId]) -> dict[MessageId, Submission]:
    """What is pending or being sent, by message."""
    if not ids:
        return {}
    rows = tx.all("list_active_submissions", account=account, ids=list(ids))
    return {MessageId(row["message_id"]): _submission(row) for row in rows}


def standing_of(tx: ReadTx, account: AccountId, ids: Collection[MessageId]) -> list[Submission]:
    """Submissions of these messages that were neither canceled nor have failed, the oldest first."""
    rows = tx.all("list_standing_submissions_of", account=account, ids=list(ids)) if ids else []
    return [_submission(row) for row in rows]


def by_message_id(tx: ReadTx, account: AccountId, names: Collection[str]) -> list[Submission]:
    """Submissions of messages with one of these Message-IDs (with brackets), the newest first."""
    rows = tx.all("list_submissions_by_message_id", account=account, names=list(names)) if names else []
    return [_submission(row) for row in rows]


def cancel(tx: Tx, submission: Submission, at: datetime) -> bool:
    """Nothing will be sent; False when it is too late: it is being asked for, or has been, or has ended.

    Whoever works on it finds its claim run out before anything is asked.
    """
    account = submission.account_id
    canceled = tx.run("cancel_submission", account=account, id=submission.id, at=to_ms(at)) == 1
    if canceled:
        _changed(tx, account, submission.id)
        _tell_queue(tx, submission)
    return canceled


def miss(tx: Tx, submission: Submission, now: datetime) -> bool:
    """Its draft is gone while it waited: whoever sends looks for it at once. False when it waits no more."""
    account = submission.account_id
    missed = tx.run("miss_submission", account=account, id=submission.id, at=to_ms(now)) == 1
    if missed:
        _changed(tx, account, submission.id)
        _tell_queue(tx, submission)
    return missed


def wait_again(tx: Tx, claimed: Claimed) -> bool:
    """Its draft is there again: it waits until it is due, as before. False when the claim has run out."""
    submission = claimed.submission
    waits = (
        tx.run(
            "have_submission_wait_again",
            account=submission.account_id,
            id=submission.id,
            due_at=to_ms(submission.send_at),
            fence=claimed.fence,
        )
        == 1
    )
    if waits:
        _changed(tx, submission.account_id, submission.id)
    return waits


def claimable(tx: ReadTx, now: datetime, limit: int) -> list[Claimed]:
    """What is due in connected accounts and nobody works on: the longest waiting of each, then its next.

    At most 20 of each: however many wait in one account, others have their
    turn. Not while a change of its message is still on its way to the
    provider, unless it is missing there; but a mark or a move that failed
    once is no reason to wait longer, nor is a copy. A message that is gone has an empty remote id.
    """
    rows = tx.all("list_claimable_submissions", now=to_ms(now), each=_LOOKED_AT_EACH, limit=limit)
    return [
        Claimed(_submission(row), RemoteId(row["remote_id"] or ""), row["key"] or "", row["fence"])
        for row in rows
    ]


def take(tx: Tx, found: Claimed, holder: str, now: datetime) -> Claimed | None:
    """Claim it; it can be canceled until it is noted as asked. None when its state is another one by now."""
    before = found.submission
    is_first = before.state is SubmissionState.PENDING
    step = SendStep.READY if is_first else before.step
    asked_at = now if is_first or before.asked_at is None else before.asked_at
    taken = tx.run(
        "take_submission",
        account=before.account_id,
        id=before.id,
        state=before.state.value,
        step=step.value,
        asked_at=to_ms(asked_at),
        holder=holder,
        until=to_ms(now + CLAIM_LASTS),
        fence=found.fence,
    )
    if not taken:
        return None
    if is_first:
        _changed(tx, before.account_id, before.id)
    waits_for = None if before.waits_for in _LIMITS else before.waits_for
    after = replace(before, state=SubmissionState.SENDING, step=step, asked_at=asked_at, waits_for=waits_for)
    return replace(found, submission=after, fence=found.fence + 1)


def is_held(tx: ReadTx, claimed: Claimed) -> bool:
    """Whether nobody else has claimed it since, and nobody has freed it."""
    where = {"account": claimed.submission.account_id, "id": claimed.submission.id}
    return tx.one("get_held_submission", fence=claimed.fence, **where) is not None


def hold(tx: Tx, claimed: Claimed, now: datetime) -> bool:
    """Hold on to a claim; False when somebody else may have it by now."""
    where = {"account": claimed.submission.account_id, "id": claimed.submission.id}
    return tx.run("hold_submission", until=to_ms(now + CLAIM_LASTS), fence=claimed.fence, **where) == 1


def hold_back(tx: Tx, submission: Submission, until: datetime, waits_for: str) -> None:
    """A limit makes it later; people see which."""
    tx.run(
        "hold_submission_back",
        account=submission.account_id,
        id=submission.id,
        due_at=to_ms(until),
        waits_for=waits_for,
    )
    if submission.waits_for != waits_for:
        _changed(tx, submission.account_id, submission.id)
        _tell_queue(tx, submission)


def active_by(tx: ReadTx, account: AccountId) -> dict[UserId | None, int]:
    """How many letters are still to go, by who has sent them."""
    rows = tx.all("count_active_submissions", account=account)
    return {None if row["created_by"] is None else UserId(row["created_by"]): row["letters"] for row in rows}


def count_seal(tx: Tx, claimed: Claimed) -> Claimed | None:
    """One more key is about to be given to the draft; None when the claim has run out."""
    submission = claimed.submission
    after = replace(submission, seals=submission.seals + 1)
    kept = tx.run(
        "count_seal",
        account=submission.account_id,
        id=submission.id,
        seals=after.seals,
        fence=claimed.fence,
    )
    return replace(claimed, submission=after) if kept else None


def return_seal(tx: Tx, claimed: Claimed) -> None:
    """Its last key was not given to anything: the next one may have its number."""
    submission = claimed.submission
    where = {"account": submission.account_id, "id": submission.id, "fence": claimed.fence}
    tx.run("count_seal", seals=submission.seals - 1, **where)


def set_asked(tx: Tx, claimed: Claimed, now: datetime, again_at: datetime, *, sealed: int) -> Claimed | None:
    """Note that it is about to be asked for, under this seal; None when the claim has run out.

    Should this process die, nobody goes on before ``again_at``.
    """
    submission = claimed.submission
    kept = tx.run(
        "set_submission_asked",
        account=submission.account_id,
        id=submission.id,
        asked_at=to_ms(now),
        due_at=to_ms(again_at),
        sealed=sealed,
        fence=claimed.fence,
    )
    asked = replace(submission, step=SendStep.ASKED, asked_at=now, sealed=sealed)
    if submission.waits_for != "answer":  # nobody says from now on that it has not been sent
        asked = replace(asked, waits_for=None, detail=None)
    if kept and asked.waits_for != submission.waits_for:
        _changed(tx, submission.account_id, submission.id)
        _tell_queue(tx, submission)
    return replace(claimed, submission=asked) if kept else None


def set_name(tx: Tx, submission: Submission, internet_message_id: str) -> None:
    """Its message has another Message-ID."""
    tx.run(
        "set_submission_name",
        account=submission.account_id,
        id=submission.id,
        internet_message_id=internet_message_id,
    )


def put_off(
    tx: Tx,
    claimed: Claimed,
    step: SendStep,
    due_at: datetime,
    *,
    problem: str | None = None,
    is_tried: bool = True,
) -> None:
    """Go on later with what was asked for, or is missing; ``problem``: the provider's code for not answering,
    which people see.

    Attempts that came to nothing (not ``is_tried``) are counted no further than to ten.
    """
    submission = claimed.submission
    waits_for = None if problem is None else "answer"
    told = {"step": step.value, "waits_for": waits_for, "detail": problem}
    kept = _postpone(tx, "put_submission_off", claimed, due_at, told, is_tried=is_tried)
    if kept and (submission.waits_for, submission.detail) != (waits_for, problem):
        _changed(tx, submission.account_id, submission.id)
        tx.changed(submission.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def put_back(
    tx: Tx,
    claimed: Claimed,
    due_at: datetime,
    *,
    waits_for: str,
    problem: str,
    is_tried: bool = True,
) -> None:
    """Nothing was asked that the provider took: it waits to be tried again, and people see why.

    ``problem`` and ``is_tried`` as in ``put_off``.
    """
    submission = claimed.submission
    told = {"waits_for": waits_for, "detail": problem}
    if _postpone(tx, "put_submission_back", claimed, due_at, told, is_tried=is_tried):
        _changed(tx, submission.account_id, submission.id)
        tx.changed(submission.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def _postpone(
    tx: Tx,
    statement: str,
    claimed: Claimed,
    due_at: datetime,
    told: Mapping[str, str | None],
    *,
    is_tried: bool,
) -> bool:
    """Give the claim up until then; False when it has run out."""
    submission = claimed.submission
    kept = tx.run(
        statement,
        account=submission.account_id,
        id=submission.id,
        due_at=to_ms(due_at),
        at_most=_UNCOUNTED if is_tried else _UNTRIED_AT_MOST,
        fence=claimed.fence,
        **told,
    )
    return kept == 1


def end(
    tx: Tx,
    submission: Submission,
    state: SubmissionState,
    at: datetime,
    *,
    code: str | None = None,
    detail: str | None = None,
) -> bool:
    """It is sent, to those that its envelope names, or has failed; False when it had ended before."""
    delivery = dict(submission.delivery)
    if state is SubmissionState.FINAL:
        delivery = {to: Delivery("250 2.0.0 accepted", "unknown") for to in submission.envelope.rcpt_to}
    ended = tx.run(
        "end_submission",
        account=submission.account_id,
        id=submission.id,
        state=state.value,
        code=code,
        detail=detail,
        at=to_ms(at),
        delivery=_delivery_json(delivery),
        envelope=json.dumps(_envelope_json(submission.envelope)),
        recipients=len(submission.envelope.rcpt_to),
    )
    if ended:
        _changed(tx, submission.account_id, submission.id)
        _tell_queue(tx, submission)
    return ended == 1


def set_thread(tx: Tx, submission: Submission, thread: ThreadId) -> None:
    """Its message is in this thread by now; the same again changes nothing."""
    _set_thread(tx, submission.account_id, submission.id, thread)


def follow(tx: Tx, account: AccountId, moved: Collection[MessageId], thread: ThreadId) -> None:
    """These messages are in this thread by now, and so is what sends them or has sent them."""
    found = tx.all("list_submissions_elsewhere", account=account, messages=list(moved), thread=thread)
    for row in found:
        _set_thread(tx, account, SubmissionId(row["id"]), thread)


def _set_thread(tx: Tx, account: AccountId, submission: SubmissionId, thread: ThreadId) -> None:
    if tx.run("set_submission_thread", thread=thread, account=account, id=submission):
        _changed(tx, account, submission)


def set_delivery(tx: Tx, submission: Submission, delivery: Mapping[str, Delivery]) -> None:
    """Keep what is known of the recipients; the same again changes nothing."""
    if dict(delivery) == submission.delivery:
        return
    tx.run(
        "set_submission_delivery",
        account=submission.account_id,
        id=submission.id,
        delivery=_delivery_json(delivery),
    )
    _changed(tx, submission.account_id, submission.id)


def release_holder(tx: Tx, holder: str) -> int:
    """At start-up: what an earlier process of this name worked on is anybody's. Return how many."""
    return tx.run("release_submissions", holder=holder)


def free_at(tx: ReadTx, account: AccountId, per_minute: int, now: datetime) -> datetime | None:
    """When one more message may go, None for now: so many went during the last minute."""
    minute = timedelta(minutes=1)
    row = tx.one("last_asked", account=account, since=to_ms(now - minute), skip=per_minute - 1)
    return None if row is None else from_ms(row["asked_at"]) + minute


def recipients_since(tx: ReadTx, account: AccountId, since: datetime) -> tuple[int, datetime | None]:
    """How many recipients mail went to after ``since``, and when the first of it went."""
    row = tx.one("sum_recipients", account=account, since=to_ms(since))
    if row is None or row["oldest"] is None:
        return 0, None
    return row["total"], from_ms(row["oldest"])


def with_old(tx: ReadTx, before: datetime, now: datetime) -> list[AccountId]:
    """The accounts that have something to forget."""
    since = to_ms(now - _COUNTED_FOR)
    rows = tx.all("list_accounts_with_old_submissions", before=to_ms(before), since=since)
    return [AccountId(row["account_id"]) for row in rows]


def forget_before(tx: Tx, account: AccountId, before: datetime, limit: int, now: datetime) -> int:
    """Forget up to ``limit`` that ended before then, and what no limit counts any more; return how many."""
    tx.run("delete_forgotten_submissions", account=account, since=to_ms(now - _COUNTED_FOR))
    rows = tx.all("list_old_submissions", account=account, before=to_ms(before), limit=limit)
    destroy(tx, account, [SubmissionId(row["id"]) for row in rows])
    return len(rows)


def forget(tx: Tx, account: AccountId, submission: SubmissionId, now: datetime) -> None:
    """Nobody sees it any more; for a day the provider's limits still count it. It unsends nothing."""
    if tx.run("hide_submission", account=account, id=submission, since=to_ms(now - _COUNTED_FOR)):
        tx.changed(account, ChangeType.SUBMISSION, submission, ChangeOp.DESTROYED)
    else:
        destroy(tx, account, [submission])


def destroy(tx: Tx, account: AccountId, ids: Sequence[SubmissionId]) -> None:
    """Forget these; it unsends nothing."""
    if ids:
        tx.run("delete_submissions", account=account, ids=ids)
    for submission in ids:
        tx.changed(account, ChangeType.SUBMISSION, submission, ChangeOp.DESTROYED)


def _changed(tx: Tx, account: AccountId, submission: SubmissionId) -> None:
    tx.changed(account, ChangeType.SUBMISSION, submission, ChangeOp.UPDATED)


def _tell_queue(tx: Tx, before: Submission) -> None:
    """What people see waiting has one letter less."""
    if before.waits_for in _HELD_UP:
        tx.changed(before.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def _submission(row: Row) -> Submission:
    envelope, by = json.loads(row["envelope"]), row["created_by"]
    return Submission(
        account_id=AccountId(row["account_id"]),
        id=SubmissionId(row["id"]),
        message_id=MessageId(row["message_id"]),
        thread_id=ThreadId(row["thread_id"]),
        internet_message_id=row["internet_message_id"],
        identity_id=IdentityId(row["identity_id"]),
        envelope=Envelope(envelope["from"], envelope["parameters"], tuple(envelope["to"])),
        state=SubmissionState(row["state"]),
        step=SendStep(row["step"]),
        send_at=from_ms(row["send_at"]),
        due_at=from_ms(row["due_at"]),
        created_at=from_ms(row["created_at"]),
        created_by=None if by is None else UserId(by),
        waits_for=row["waits_for"],
        code=row["code"],
        detail=row["detail"],
        marks=tuple((MessageId(message), field) for message, field in json.loads(row["marks"])),
        delivery={to: Delivery(*told) for to, told in json.loads(row["delivery"]).items()},
        asked_at=None if row["asked_at"] is None else from_ms(row["asked_at"]),
        ended_at=None if row["ended_at"] is None else from_ms(row["ended_at"]),
        attempts=row["attempts"],
        is_kept=bool(row["is_kept"]),
        seals=row["seals"],
        sealed=row["sealed"],
    )


def _envelope_json(envelope: Envelope) -> dict[str, object]:
    return {"from": envelope.mail_from, "parameters": envelope.parameters, "to": list(envelope.rcpt_to)}


def _delivery_json(delivery: Mapping[str, Delivery]) -> str:
    return json.dumps({to: [told.smtp_reply, told.delivered] for to, told in delivery.items()})
