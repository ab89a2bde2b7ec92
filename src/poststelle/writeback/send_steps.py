"""What is stored between two steps of sending. Each function is one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from msgspec import structs

from poststelle.lib.backoff import backoff_s
from poststelle.mail.drafts import name_of
from poststelle.mail.ingest import lock
from poststelle.model.account import AccountState
from poststelle.model.folder import Role
from poststelle.model.ids import SignInId
from poststelle.model.message import Message
from poststelle.model.submission import Claimed, SendStep, Submission, SubmissionState
from poststelle.model.writeback import OpKind
from poststelle.providers.base import RemoteMessage
from poststelle.providers.errors import ProviderError, RetryLater, SignInNeeded
from poststelle.settings import guardian
from poststelle.store import (
    accounts,
    departures,
    drafts,
    folders,
    messages,
    op_rows,
    submissions,
    sync_states,
)
from poststelle.store.room import Room
from poststelle.store.tx import ReadTx, Tx
from poststelle.submission import outcome, submit

_DAY = timedelta(days=1)
_LONGEST_NAME = 200
_LOOK_AT_MOST_S = 60.0
_LOOKED_THROUGH = 200


@dataclass(frozen=True, slots=True)
class Seal:
    """What a draft was given. ``is_set`` False: it goes as it is. ``name``: its other Message-ID, if any."""

    is_set: bool
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SendPace:
    """How often, and how patiently. The limits are Exchange Online's for one mailbox (read 2026-09).

    ``settle_s``: how long after an unanswered request nothing is asked again.
    ``look_s``: when to look for the copy first. ``patience_s``: how long
    something is looked for that is nowhere. ``still_draft_s``: how long
    something that was accepted may lie in Drafts before it is sent again.
    """

    per_minute: int = 30
    recipients_per_day: int = 10_000
    settle_s: float = 5.0
    look_s: float = 1.0
    patience_s: float = 900.0
    still_draft_s: float = 300.0
    attempts: int = 50


def claim(tx: Tx, holder: str, pace: SendPace, now: datetime, room: Room) -> list[Claimed]:
    """Take what is due, unless a limit holds it back or nobody may send it any more; people are told so."""
    taken: list[Claimed] = []
    room = room.copy()
    for found in submissions.claimable(tx, now, _LOOKED_THROUGH):
        submission = found.submission
        if submission.step is SendStep.READY and not submit.may_still_send(tx, submission):
            outcome.failed(tx, submission, code="not_allowed", detail="", now=now)
            continue
        if submission.state is SubmissionState.PENDING:
            draft = messages.get(tx, submission.account_id, submission.message_id)
            if draft is None:
                outcome.failed(tx, submission, code="gone", detail="", now=now)
                continue
            if _goes_to_trash(tx, draft):  # somebody else may have sent it before it came there
                submissions.miss(tx, submission, now)
                continue
            until, why = _room_at(tx, submission, draft, pace, now)
            if until is not None:
                submissions.hold_back(tx, submission, until, why)
                continue
        mine = submissions.take(tx, found, holder, now) if room.take(submission.account_id) else None
        if mine is not None:
            taken.append(mine)
    return taken


def goes_to_trash(tx: ReadTx, found: Claimed) -> bool:
    """Whether somebody here has put the draft into the trash while it waited, and the provider lacks that."""
    draft = messages.get(tx, found.submission.account_id, submissions.message_of(tx, found))
    return draft is not None and _goes_to_trash(tx, draft)


def _goes_to_trash(tx: ReadTx, draft: Message) -> bool:
    """What the provider itself says of its place is asked for when it is sealed."""
    trash = folders.within(tx, draft.account_id, Role.TRASH)
    if not draft.mutable.is_draft or trash.isdisjoint(draft.folder_ids):
        return False
    return any(op.kind is OpKind.MOVE for op in op_rows.list_open(tx, draft.account_id, [draft.id]))


def _room_at(
    tx: ReadTx, submission: Submission, draft: Message, pace: SendPace, now: datetime
) -> tuple[datetime | None, str]:
    """Its people are counted as others may have changed them."""
    until = submissions.free_at(tx, submission.account_id, pace.per_minute, now)
    if until is not None and until > now:
        return until, "minute"
    used, first = submissions.recipients_since(tx, submission.account_id, now - _DAY)
    wanted = len(outcome.people_of(draft))
    if first is not None and used + wanted > pace.recipients_per_day:
        return max(first + _DAY, now + timedelta(minutes=1)), "day"
    return None, ""


def new_name(tx: ReadTx, claimed: Claimed) -> str | None:
    """A Message-ID of its own where other mail has its one, or may have it. None: it keeps that.

    Two letters of one Message-ID would be taken for the same by their recipients' servers. A draft that
    another program has begun may be a copy, or be copied still; so may any that was asked for before. The
    new one begins as the old one does, by which clients know their letter again.
    """
    submission, account = claimed.submission, claimed.submission.account_id
    message_id = submissions.message_of(tx, claimed)
    message, draft = messages.get(tx, account, message_id), drafts.get(tx, account, message_id)
    if message is None or draft is None:
        return None
    ending = f".{submission.id}.{submission.seals}"
    if draft.is_of_others:
        return name_of(tx, account, None, f"{draft.key}{ending}")
    name = message.internet_message_id or draft.internet_message_id
    is_taken = draft.has_namesake or _is_taken(tx, message, name)
    if submission.seals == 1 and not is_taken:
        return None
    local, _, domain = name.strip("<>").rpartition("@")
    if not local:
        return name_of(tx, account, None, f"{draft.key}{ending}")
    return f"<{_without_ending(local, submission)[:_LONGEST_NAME]}{ending}@{domain}>"


def _without_ending(local: str, submission: Submission) -> str:
    """As it was before an earlier attempt gave it another end."""
    before, mark, number = local.rpartition(f".{submission.id}.")
    return before if mark and number.isdigit() else local


def _is_taken(tx: ReadTx, message: Message, name: str) -> bool:
    """Whether something else has gone under the Message-ID, or is about to, or has come."""
    account = message.account_id
    known = submissions.by_message_id(tx, account, [name])
    may_go = {SubmissionState.PENDING, SubmissionState.SENDING, SubmissionState.FINAL}
    others = [one for one in known if one.message_id != message.id]
    if any(one.state in may_go or one.code in {"unknown", "failed"} for one in others):
        return True
    return drafts.has_namesake(tx, account, message.id, name)


def named(tx: Tx, claimed: Claimed, name: str) -> None:
    """Its draft has another Message-ID at the provider."""
    submission, account = claimed.submission, claimed.submission.account_id
    lock(tx, account)
    message_id = submissions.message_of(tx, claimed)
    message, draft = messages.get(tx, account, message_id), drafts.get(tx, account, message_id)
    if message is None or draft is None or not submissions.is_held(tx, claimed):
        return
    drafts.set_name(tx, draft, name)
    submissions.set_name(tx, submission, name)
    messages.replace(tx, account, [(message, structs.replace(message, internet_message_id=name))])


def asked(tx: Tx, claimed: Claimed, seal: Seal, now: datetime, again_at: datetime) -> Claimed | None:
    """It is about to be asked for, as it was given this seal. None when the claim has run out."""
    submission = claimed.submission
    lock(tx, submission.account_id)
    sealed = submission.seals if seal.is_set else -submission.seals
    noted = submissions.set_asked(tx, claimed, now, again_at, sealed=sealed)
    if noted is None or seal.name is None:
        return noted
    return replace(noted, submission=replace(noted.submission, internet_message_id=seal.name))


def put_off(
    tx: Tx,
    claimed: Claimed,
    step: SendStep,
    error: ProviderError | None,
    least_s: float,
    now: datetime,
    sign_in: SignInId | None = None,
    *,
    is_tried: bool = True,
) -> None:
    """Go on later: after as long as the provider asks, else after a wait that doubles from ``least_s``.

    Of what the provider has not taken for certain (``READY``) people are told why, and may still cancel it.
    While its draft is nowhere (without ``error``) they are told nothing: somebody else may have sent it.

    ``is_tried`` False: the provider has not been heard about it at all, so that an outage, however long,
    is no reason to give it up.
    """
    attempts = claimed.submission.attempts + 1
    wait_s = backoff_s(attempts, first_s=max(least_s, 0.05), limit_s=max(_LOOK_AT_MOST_S, least_s))
    if isinstance(error, RetryLater) and error.after_s is not None:
        wait_s = error.after_s
    due_at = now + timedelta(seconds=max(wait_s, least_s))
    problem = None if error is None else error.code
    account = claimed.submission.account_id
    if isinstance(error, SignInNeeded):  # with the next by rank it goes on when it is due again
        guardian.note_lost(tx, account, sign_in, error.code, now)
    if step is SendStep.READY and error is not None:
        found = accounts.get(tx, account)
        is_connected = found is not None and found.state is AccountState.CONNECTED
        waits_for = "service" if is_connected else "sign_in"
        submissions.put_back(tx, claimed, due_at, waits_for=waits_for, problem=error.code, is_tried=is_tried)
    else:
        submissions.put_off(tx, claimed, step, due_at, problem=problem, is_tried=is_tried)


def tried_for_s(attempts: int, least_s: float) -> float:
    """How long so many attempts take in all, at most."""
    first_s, limit_s = max(least_s, 0.05), max(_LOOK_AT_MOST_S, least_s)
    each = range(1, attempts + 1)
    return sum(backoff_s(n, first_s=first_s, limit_s=limit_s, spread=lambda: 1.0) for n in each)


def _current(tx: ReadTx, claimed: Claimed) -> Submission | None:
    """The submission as it is now; None when it is another's by now, who finds out by itself."""
    if not submissions.is_held(tx, claimed):
        return None
    return submissions.get(tx, claimed.submission.account_id, claimed.submission.id)


def sent(
    tx: Tx,
    claimed: Claimed,
    copy: RemoteMessage | None,
    now: datetime,
    *,
    is_others: bool = False,
    is_sure: bool = True,
) -> None:
    """It is sent, unless the pull has met the copy first and has said so.

    ``is_others``: by somebody else. ``is_sure`` False: another message may have been taken for the copy.
    """
    submission = claimed.submission
    lock(tx, submission.account_id)
    current = _current(tx, claimed)
    if current is None:
        return
    draft = messages.get(tx, submission.account_id, current.message_id)
    if draft is None:
        submissions.end(tx, current, SubmissionState.FINAL, now)
    else:
        outcome.sent(tx, current, draft, copy, now, is_others=is_others, is_sure=is_sure)


def failed(tx: Tx, claimed: Claimed, code: str, detail: str, now: datetime) -> None:
    submission = claimed.submission
    lock(tx, submission.account_id)
    current = _current(tx, claimed)
    if current is not None:
        outcome.failed(tx, current, code=code, detail=detail, now=now)


def lost(tx: Tx, claimed: Claimed, key: str, now: datetime) -> None:
    """Nobody knows what became of it; ``key`` names the draft that is made anew."""
    submission = claimed.submission
    lock(tx, submission.account_id)
    current = _current(tx, claimed)
    if current is not None:
        outcome.lost(tx, current, key, now)


def gone(tx: Tx, claimed: Claimed, key: str, now: datetime, *, is_removed: bool) -> None:
    """No copy of it was sent, and there is no draft any more; ``key`` names the one that is made anew.

    ``is_removed``: it is known to have been deleted for good.
    """
    submission = claimed.submission
    lock(tx, submission.account_id)
    current = _current(tx, claimed)
    if current is not None:
        detail = outcome.IN_DRAFTS if is_removed else outcome.IN_DRAFTS_UNSURE
        outcome.gone(tx, current, key, now, detail=detail)


def there_again(tx: Tx, claimed: Claimed, draft: RemoteMessage, now: datetime) -> bool:
    """The draft was missing and is there: it waits as before. False while nobody here has seen its folder."""
    account = claimed.submission.account_id
    lock(tx, account)
    is_known = draft.folder_id is None or draft.folder_id in folders.shown(tx, account)
    if not is_known or submissions.wait_again(tx, claimed):  # the next pull asks where it lies
        held = messages.by_remote(tx, account, [draft.remote_id]).values()
        for folder, message in ((folder, one.id) for one in held for folder in one.folder_ids):
            departures.add(tx, account, folder, [message], now)
        sync_states.wake(tx, account, now)
    return is_known
