"""Presence: who is reading or answering a message at this moment. Gone by itself, never recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from poststelle.model.ids import AccountId, MessageId, UserId

LIVES = timedelta(seconds=60)
RENEW_BEFORE = timedelta(seconds=30)
"""What is said again moves its end on only when no more is left: said every twenty seconds, it is written
every forty."""


class Activity(StrEnum):
    READING = "reading"
    ANSWERING = "answering"


@dataclass(frozen=True, slots=True)
class Voice:
    """Who says it: one window, or one program, of one login or token (by hash)."""

    account_id: AccountId
    user_id: UserId
    login_key: str
    client: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one voice says of one message."""

    message_id: MessageId
    activity: Activity
    since: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Presence:
    """What all voices of a person say of one message, the stronger first; ``since`` is when that began."""

    user_id: UserId
    name: str
    message_id: MessageId
    activity: Activity
    since: datetime
    ends_at: datetime
