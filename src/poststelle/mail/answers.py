"""Who has answered a message: what is sent from here, or waits to be, and what was sent elsewhere.

An answer is a message of the mailbox's own addresses that names the answered one in In-Reply-To. Who sent
it from here is known as long as its submission is (thirty days); until it has left, its draft stands for it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from poststelle.access.rights import require
from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.message import Message
from poststelle.model.rights import Level
from poststelle.model.submission import Submission, SubmissionState
from poststelle.store import accounts, addresses, changes, drafts, messages, submissions, users
from poststelle.store.accounts import key_of
from poststelle.store.tx import ReadTx

_SUBMISSIONS_LAST = timedelta(days=30)
_CLOCKS_DIFFER = timedelta(days=1)
_MOST_LOOKED_AT = 200  # later messages of a thread
_MARK = "is_answered"
_FORWARD = re.compile(r"\s*(?:fw|fwd|wg)\s*:", re.IGNORECASE)  # Outlook's, English and German, and others'


class Origin(StrEnum):
    HERE = "here"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Answer:
    """``message_id`` None: only the mark ``$answered`` tells of it; then nothing else is known.

    ``user_id`` and ``name`` None: not sent from here, or nobody knows any more by whom. ``at``: when it
    was sent or, unless ``is_sent``, is to be. ``origin`` None: unknown.
    """

    message_id: MessageId | None
    user_id: UserId | None
    name: str | None
    at: datetime | None
    origin: Origin | None
    is_sent: bool


def of(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId], now: datetime
) -> tuple[str, dict[MessageId, list[Answer]]]:
    """The state of Email, and the answers to each message that is there, the latest first.

    Raises NotFound.
    """
    require(tx, user, account, Level.READ)
    names = {one.id: one.name for one in users.list_all(tx)}
    own = _own_addresses(tx, account)
    found = {
        message.id: _answers(tx, message, own, names, now)
        for message in messages.get_many(tx, account, list(ids))
    }
    return changes.state(tx, account, ChangeType.EMAIL), found


def _answers(
    tx: ReadTx, message: Message, own: frozenset[str], names: dict[UserId, str], now: datetime
) -> list[Answer]:
    """By Message-ID: what is addressed to the mailbox too lies in it twice, and is one answer."""
    later = _later(tx, message)
    found: dict[str | MessageId, Answer] = {}
    for one in submissions.standing_of(tx, message.account_id, [m.id for m in later]):
        if (message.id, _MARK) in one.marks:
            found[one.internet_message_id] = _from_here(one, names)
    sent_here = {answer.message_id for answer in found.values()}
    for m in later:
        if m.id not in sent_here and _answers_it(m, message, later, own):
            found.setdefault(m.internet_message_id or m.id, _elsewhere(tx, m, now))
    if not found and message.mutable.is_answered:
        return [Answer(None, None, None, None, None, is_sent=True)]
    return sorted(found.values(), key=lambda one: (one.at is not None, one.at or now), reverse=True)


def _later(tx: ReadTx, message: Message) -> list[Message]:
    """The messages of its thread that may answer it, drafts too; they seem older where a clock is slow."""
    return messages.later_in_thread(tx, message, message.received_at - _CLOCKS_DIFFER, _MOST_LOOKED_AT)


def _answers_it(one: Message, message: Message, later: Sequence[Message], own: frozenset[str]) -> bool:
    """Where the provider does not tell: whether it follows the message, and nothing of strangers between.

    Outlook names what a forward forwards as if it were an answer to it.
    """
    if one.mutable.is_draft or not _is_own(one, own) or _is_forward(one, message):
        return False
    name = (message.internet_message_id or "").strip("<>")
    if one.in_reply_to is not None:
        return bool(name) and name in one.in_reply_to
    if one.received_at < message.received_at:
        return False
    return not any(
        message.received_at < other.received_at < one.received_at
        and not other.mutable.is_draft
        and not _is_own(other, own)
        for other in later
    )


def _is_forward(one: Message, message: Message) -> bool:
    """Called one, and for none of those who wrote the message."""
    authors = {key_of(a.email) for a in (*message.from_, *message.sender, *message.reply_to)}
    people = {key_of(to.email) for to in (*one.to, *one.cc, *one.bcc)}
    return _FORWARD.match(one.subject) is not None and not authors & people


def _from_here(one: Submission, names: dict[UserId, str]) -> Answer:
    is_sent = one.state is SubmissionState.FINAL
    at = one.ended_at if is_sent and one.ended_at is not None else one.send_at
    name = None if one.created_by is None else names.get(one.created_by)
    return Answer(one.message_id, one.created_by, name, at, Origin.HERE, is_sent)


def _elsewhere(tx: ReadTx, one: Message, now: datetime) -> Answer:
    """Written here, or longer ago than we remember: nobody knows where it was sent."""
    is_unknown = (
        drafts.get(tx, one.account_id, one.id) is not None or one.received_at < now - _SUBMISSIONS_LAST
    )
    origin = None if is_unknown else Origin.ELSEWHERE
    return Answer(one.id, None, None, one.sent_at or one.received_at, origin, is_sent=True)


def _is_own(message: Message, own: frozenset[str]) -> bool:
    return any(key_of(author.email) in own for author in message.from_)


def _own_addresses(tx: ReadTx, account: AccountId) -> frozenset[str]:
    found = accounts.get(tx, account)
    own = [] if found is None else [found.address]
    return frozenset(
        key_of(email) for email in (*own, *(one.email for one in addresses.list_all(tx, account)))
    )
