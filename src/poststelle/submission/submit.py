"""Taking a draft to be sent, and thinking better of it. Source: RFC 8621 §7.5.

Nothing is sent at once: a submission holds for some seconds, or until the time
that was asked for, and can be canceled so long.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from poststelle.access.rights import require
from poststelle.mail import organise
from poststelle.mail.drafts import MOST_RECIPIENTS, name_of
from poststelle.mail.ingest import lock
from poststelle.mime.text import shortened
from poststelle.model.change import ChangeType
from poststelle.model.draft import Draft, DraftStep, key_of_others
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, IdentityId, MessageId, SubmissionId, UserId
from poststelle.model.message import Message as StoredMessage
from poststelle.model.rights import Level
from poststelle.model.submission import Envelope, Identity, SendStep, Submission, SubmissionState
from poststelle.settings.schema import HOLD_S
from poststelle.store import (
    audit,
    changes,
    drafts,
    folders,
    grants,
    messages,
    settings,
    submissions,
    writeback_ops,
)
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Tx
from poststelle.submission import identities, outcome

LONGEST_DELAY = timedelta(days=366)
_LONGEST_TOLD = 500
_ANSWERS = {"is_answered": "mail.answered", "is_forwarded": "mail.forwarded"}
"""By what is marked at the message that is answered: what the audit trail tells of that."""
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. ``envelope`` None: as the message says. ``send_at`` None: after the usual hold.

    ``marks`` None: what it answers, if it names one, counts as answered. ``is_kept`` False: the message is
    destroyed as soon as it is sent.
    """

    message_id: MessageId
    identity_id: IdentityId
    envelope: Envelope | None
    send_at: datetime | None
    marks: tuple[tuple[MessageId, str], ...] | None
    is_kept: bool = True


def submit(tx: Tx, user: UserId, account: AccountId, wanted: Wanted, key: str, now: datetime) -> Submission:
    """Queue a draft to be sent; ``key`` names it at the provider if it was written elsewhere.

    Raises NotFound, NotAllowed, Conflict (it waits already), or Invalid whose code says what is wrong.
    """
    require(tx, user, account, Level.SEND)
    lock(tx, account)
    message = messages.get(tx, account, wanted.message_id)
    if message is None:
        raise Invalid("emailId", "no_such_message", "This message is not there any more.")
    _check_message(tx, message)
    identity = _identity(tx, user, account, wanted.identity_id)
    envelope = _envelope(message, identity, wanted.envelope)
    send_at = now + timedelta(seconds=hold_s(tx)) if wanted.send_at is None else wanted.send_at
    if send_at > now + LONGEST_DELAY:
        raise Invalid("sendAt", "held_too_long", "A message can be held back for a year at most.")
    draft = _ensure_draft(tx, message, key)
    _take_out_of_trash(tx, user, message, now)
    submission = Submission(
        account_id=account,
        id=SubmissionId(take_ids(tx, account, 1)),
        message_id=message.id,
        thread_id=message.thread_id,
        internet_message_id=message.internet_message_id or draft.internet_message_id,
        identity_id=identity.id,
        envelope=envelope,
        state=SubmissionState.PENDING,
        step=SendStep.READY,
        send_at=send_at,
        due_at=send_at,
        created_at=now,
        created_by=user,
        marks=_marks(tx, account, draft, wanted.marks),
        is_kept=wanted.is_kept,
    )
    submissions.insert(tx, submission)
    writeback_ops.bring_forward(tx, account, message.id, now)
    to = shortened(", ".join(envelope.rcpt_to), _LONGEST_TOLD)
    when = send_at.isoformat()
    audit.record(tx, now, user, "mail.sent", account, subject=to, message_ids=[message.id], send_at=when)
    for answered, mark in submission.marks:
        if mark in _ANSWERS:
            audit.record(tx, now, user, _ANSWERS[mark], account, message_ids=[answered], send_at=when)
    return submission


def cancel(tx: Tx, user: UserId, account: AccountId, submission: SubmissionId, now: datetime) -> Submission:
    """Don't send it after all; return it as it was. Canceling twice is the same as once.

    Raises NotFound, NotAllowed, or Conflict (``too_late``).
    """
    before = _mine(tx, user, account, submission)
    if submissions.cancel(tx, before, now):
        outcome.tell_it_stays(tx, before)
        about = [before.message_id, *(answered for answered, mark in before.marks if mark in _ANSWERS)]
        audit.record(tx, now, user, "mail.canceled", account, message_ids=about)
    elif before.state is not SubmissionState.CANCELED:
        raise Conflict("too_late", "This message is being sent, or has been.")
    return before


def forget(tx: Tx, user: UserId, account: AccountId, submission: SubmissionId, now: datetime) -> Submission:
    """Remove one that has ended from the list; return it as it was.

    Raises NotFound, NotAllowed, or Conflict while it has not ended.
    """
    before = _mine(tx, user, account, submission)
    if before.state in {SubmissionState.PENDING, SubmissionState.SENDING}:
        raise Conflict("not_ended", "This message waits to be sent; cancel that first.")
    submissions.forget(tx, account, submission, now)
    return before


def get_many(
    tx: ReadTx, user: UserId, account: AccountId, ids: list[SubmissionId] | None, at_most: int
) -> tuple[str, list[Submission]]:
    """The state, and the submissions that exist; None: the newest ones, ``at_most`` so many."""
    require(tx, user, account, Level.READ)
    if ids is None:
        found = submissions.newest(tx, account, at_most)
    else:
        found = submissions.get_many(tx, account, ids)
    return changes.state(tx, account, ChangeType.SUBMISSION), found


def uploading(
    tx: ReadTx, account: AccountId, waiting: Sequence[MessageId]
) -> dict[MessageId, drafts.Uploading]:
    """How far the attachments of these drafts have come to the provider. The right has been checked."""
    return {message: drafts.uploading(tx, account, message) for message in waiting}


def hold_s(tx: ReadTx) -> int:
    """For how many seconds a message can be taken back after "send"."""
    stored = settings.get(tx, HOLD_S.key)
    return int(HOLD_S.default if stored is None or stored.value is None else stored.value)


def may_still_send(tx: ReadTx, submission: Submission) -> bool:
    """Whether who wanted it sent still may: a message can wait for a year, an assignment may end before."""
    if submission.created_by is None:  # the user is deleted
        return False
    held = grants.level(tx, submission.created_by, submission.account_id)
    return held is not None and held >= Level.SEND


def _mine(tx: Tx, user: UserId, account: AccountId, submission: SubmissionId) -> Submission:
    require(tx, user, account, Level.SEND)
    lock(tx, account)
    found = submissions.get(tx, account, submission)
    if found is None:
        raise NotFound("no_such_submission", "There is no such submission any more.")
    return found


def _check_message(tx: ReadTx, message: StoredMessage) -> None:
    if not message.mutable.is_draft:
        raise Invalid("emailId", "not_a_draft", "Only a draft can be sent.")
    if submissions.active(tx, message.account_id, [message.id]):
        raise Conflict("sent_already", "This message waits to be sent already.")
    people = [*message.to, *message.cc, *message.bcc]
    if not people:
        raise Invalid("emailId", "no_recipients", "The message has no recipients.")
    if len(people) > MOST_RECIPIENTS:
        raise Invalid("emailId", "too_many_recipients", "The message has too many recipients.")
    wrong = [person.email for person in people if not _ADDRESS.fullmatch(person.email)]
    if wrong:
        raise Invalid(
            "emailId", "invalid_recipients", "Some recipients have no proper address.", recipients=wrong
        )


def _take_out_of_trash(tx: Tx, user: UserId, message: StoredMessage, now: datetime) -> None:
    """Who sends what lies in the trash wants it after all; what is thrown away while it waits is not sent."""
    account = message.account_id
    home = folders.by_role(tx, account, Role.DRAFTS)
    if home is not None and not folders.within(tx, account, Role.TRASH).isdisjoint(message.folder_ids):
        organise.move(tx, user, account, message.id, home.id, now)


def _identity(tx: ReadTx, user: UserId, account: AccountId, wanted: IdentityId) -> Identity:
    found = next((one for one in identities.known(tx, user, account) if one.id == wanted), None)
    if found is None:
        raise Invalid("identityId", "no_such_identity", "There is no such sender address.")
    return found


def _envelope(message: StoredMessage, identity: Identity, given: Envelope | None) -> Envelope:
    """Who sends to whom. Microsoft sends to the recipients that the message names, and to no others."""
    authors = {author.email.casefold() for author in message.from_}
    if authors and authors != {identity.email.casefold()}:
        raise Invalid("emailId", "forbidden_from", "The message is from another address than its sender.")
    people = dict.fromkeys(person.email for person in (*message.to, *message.cc, *message.bcc))
    if given is None:
        return Envelope(identity.email, None, tuple(people))
    if given.mail_from.casefold() != identity.email.casefold():
        raise Invalid("envelope", "forbidden_mail_from", "Mail from this address can't be sent here.")
    if {to.casefold() for to in given.rcpt_to} != {to.casefold() for to in people}:
        raise Invalid("envelope", "other_recipients", "Mail goes to the recipients that the message names.")
    return replace(given, mail_from=identity.email, rcpt_to=tuple(people))


def _ensure_draft(tx: Tx, message: StoredMessage, key: str) -> Draft:
    """Our notes about the draft; made now for one that another program has written.

    A copy of a draft has the other's Message-ID, and here each has its own; it gets that at the provider just
    before it goes (``writeback.send_steps``).
    """
    account = message.account_id
    found = drafts.get(tx, account, message.id)
    if found is not None:
        return found
    name = message.internet_message_id
    if name is None or drafts.by_message_id(tx, account, [name]):
        name = name_of(tx, account, None, key)
    draft = Draft(
        account,
        message.id,
        key_of_others(key),
        name,
        message.in_reply_to or (),
        message.references or (),
        DraftStep.NEW,
        None,
        None,
    )
    drafts.insert(tx, draft, 0)
    drafts.set_step(tx, draft, DraftStep.DONE)
    drafts.set_told(tx, account, message.id, {})
    return draft


def _marks(
    tx: ReadTx, account: AccountId, draft: Draft, wanted: tuple[tuple[MessageId, str], ...] | None
) -> tuple[tuple[MessageId, str], ...]:
    if wanted is not None:
        return wanted
    names = [f"<{name}>" for name in draft.in_reply_to]
    answered = drafts.find_recent(tx, account, names)
    return () if answered is None else ((answered.id, "is_answered"),)
