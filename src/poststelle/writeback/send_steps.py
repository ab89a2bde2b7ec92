"""What is stored between two steps of sending. Each function is one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.lib.backoff import backoff_s
from poststelle.mail import own
from poststelle.mail.ingest import lock
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, RemoteId, SignInId
from poststelle.model.submission import Claimed, SendStep, SubmissionState
from poststelle.providers.base import RemoteMessage
from poststelle.providers.errors import ProviderError, RetryLater, SignInNeeded
from poststelle.settings import guardian
from poststelle.store import departures, folders, messages, submissions, sync_states
from poststelle.store.room import Room
from poststelle.store.tx import ReadTx, Tx
from poststelle.submission import outcome, submit

_DAY = timedelta(days=1)
_LOOK_AT_MOST_S = 60.0
_LOOKED_THROUGH = 200


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


@dataclass(frozen=True, slots=True)
class Places:
    """Where a copy and where deleted mail lies, by the provider's ids. ``trash``: with all below it."""

    sent: str | None
    inbox: str | None
    trash: frozenset[str]


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
            if _is_thrown_away(tx, found):
                outcome.failed(tx, submission, code="gone", detail="", now=now)
                continue
            until, why = _room_at(tx, found, pace, now)
            if until is not None:
                submissions.hold_back(tx, submission, until, why)
                continue
        mine = submissions.take(tx, found, holder, now) if room.take(submission.account_id) else None
        if mine is not None:
            taken.append(mine)
    return taken


def _is_thrown_away(tx: ReadTx, found: Claimed) -> bool:
    """Whether somebody has put the draft into the trash while it waited, or the folder it lies in."""
    account = found.submission.account_id
    draft = messages.get(tx, account, found.submission.message_id)
    if draft is None or not draft.mutable.is_draft:  # no draft any more: somebody else has sent it
        return draft is None
    return not folders.within(tx, account, Role.TRASH).isdisjoint(draft.folder_ids)


def _room_at(tx: ReadTx, found: Claimed, pace: SendPace, now: datetime) -> tuple[datetime | None, str]:
    submission = found.submission
    until = submissions.free_at(tx, submission.account_id, pace.per_minute, now)
    if until is not None and until > now:
        return until, "minute"
    used, first = submissions.recipients_since(tx, submission.account_id, now - _DAY)
    wanted = len(submission.envelope.rcpt_to)
    if first is not None and used + wanted > pace.recipients_per_day:
        return max(first + _DAY, now + timedelta(minutes=1)), "day"
    return None, ""


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

    ``is_tried`` False: the provider has not been heard about it at all, so that an outage, however long,
    is no reason to give it up.
    """
    attempts = claimed.submission.attempts + 1
    wait_s = backoff_s(attempts, first_s=max(least_s, 0.05), limit_s=max(_LOOK_AT_MOST_S, least_s))
    if isinstance(error, RetryLater) and error.after_s is not None:
        wait_s = error.after_s
    due_at = now + timedelta(seconds=max(wait_s, least_s))
    submissions.put_off(tx, claimed, step, due_at, is_tried=is_tried)
    account = claimed.submission.account_id
    if isinstance(error, SignInNeeded):  # with the next by rank it goes on when it is due again
        guardian.note_lost(tx, account, sign_in, error.code, now)


def sent(
    tx: Tx, claimed: Claimed, copy: RemoteMessage | None, now: datetime, *, is_others: bool = False
) -> None:
    """It is sent, unless the pull has met the copy first and has said so. ``is_others``: by somebody else."""
    submission = claimed.submission
    lock(tx, submission.account_id)
    current = submissions.get(tx, submission.account_id, submission.id)
    if current is None:
        return
    draft = messages.get(tx, submission.account_id, current.message_id)
    if draft is None:
        submissions.end(tx, current, SubmissionState.FINAL, now)
    else:
        outcome.sent(tx, current, draft, copy, now, is_others=is_others)


def failed(tx: Tx, claimed: Claimed, code: str, detail: str, now: datetime) -> None:
    submission = claimed.submission
    lock(tx, submission.account_id)
    current = submissions.get(tx, submission.account_id, submission.id)
    if current is not None:
        outcome.failed(tx, current, code=code, detail=detail, now=now)


def lost(tx: Tx, claimed: Claimed, key: str, now: datetime) -> None:
    """Nobody knows what became of it; ``key`` names the draft that is made anew."""
    submission = claimed.submission
    lock(tx, submission.account_id)
    current = submissions.get(tx, submission.account_id, submission.id)
    if current is not None:
        outcome.lost(tx, current, key, now)


def gone(tx: Tx, claimed: Claimed, key: str, now: datetime) -> None:
    """Nobody has sent it, and there is no draft any more; ``key`` names the one that is made anew."""
    submission = claimed.submission
    lock(tx, submission.account_id)
    current = submissions.get(tx, submission.account_id, submission.id)
    if current is not None:
        outcome.gone(tx, current, key, now)


def there_again(tx: Tx, claimed: Claimed, draft: RemoteMessage, now: datetime) -> bool:
    """The draft was missing and is there: it waits as before. False when it lies where nobody sees it."""
    account = claimed.submission.account_id
    lock(tx, account)
    if draft.folder_id is not None and draft.folder_id not in folders.shown(tx, account):
        return False
    if submissions.wait_again(tx, claimed):  # the next pull asks where it lies
        held = messages.by_remote(tx, account, [draft.remote_id]).values()
        for folder, message in ((folder, one.id) for one in held for folder in one.folder_ids):
            departures.add(tx, account, folder, [message], now)
        sync_states.wake(tx, account, now)
    return True


def places(tx: ReadTx, account: AccountId) -> Places:
    def of(role: Role) -> str | None:
        found = folders.by_role(tx, account, role)
        return found.remote_id if found else None

    deleted = folders.within(tx, account, Role.TRASH)
    trash = frozenset(remote for remote, folder in folders.shown(tx, account).items() if folder in deleted)
    return Places(of(Role.SENT), of(Role.INBOX), trash)


def copy_among(claimed: Claimed, found: Sequence[RemoteMessage], places: Places) -> RemoteMessage | None:
    """The sender's copy: in Sent, else anywhere but in the inbox, where one's own mail to oneself arrives.

    A draft is used up by being sent. While it is there, only what has our key or the draft's own id is the
    copy: an archive or another program may have brought what has the Message-ID alone.
    """
    gone = [item for item in found if item.is_draft is False]
    ours = [
        item
        for item in gone
        if item.remote_id == claimed.remote_id or (claimed.key and item.draft_key == claimed.key)
    ]
    return sent_among(ours or ([] if draft_among(found, claimed.remote_id) else gone), places)


def ours_among(claimed: Claimed, found: Sequence[RemoteMessage]) -> list[RemoteMessage]:
    """What is ours of all that has our key or our Message-ID."""
    submission, key = claimed.submission, claimed.key
    if not key:
        return list(found)
    name, since = submission.internet_message_id, submission.created_at
    return own.ours_among(found, claimed.remote_id, key, name, since)


def sent_among(found: Sequence[RemoteMessage], places: Places) -> RemoteMessage | None:
    """Of messages that are no drafts the one in Sent, else any that is not in the inbox."""
    in_sent = [item for item in found if item.folder_id == places.sent]
    elsewhere = [item for item in found if item.folder_id != places.inbox]
    return next(iter(in_sent or elsewhere), None)


def is_probably_sent(claimed: Claimed, found: Sequence[RemoteMessage]) -> bool:
    """Whether what has no copy of the sender's was sent all the same: it was received here, or accepted.

    Of a message that is gone here any draft there may be the one that was accepted: then nobody knows.
    """
    if any(item.is_draft is False for item in found):
        return True
    is_doubtful = not claimed.remote_id and any(item.is_draft for item in found)
    return claimed.submission.step is SendStep.ACCEPTED and not is_doubtful


def draft_among(found: Sequence[RemoteMessage], remote_id: RemoteId) -> RemoteMessage | None:
    """The draft itself: somebody may have copied it, marks and all."""
    return next((item for item in found if item.is_draft is True and item.remote_id == remote_id), None)
