"""Push subscriptions: where a program's push service is told of changes. Source: RFC 8620 §7.2."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poststelle.model.ids import AccountId, PushId, UserId


class Arrivals(StrEnum):
    """Which new, unread messages wake a device: all in an account's inbox, or the important ones."""

    INBOX = "inbox"
    FOCUSED = "focused"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller came in with, by hash: a login of the page, or an API token."""

    user_id: UserId
    hash: str
    is_token: bool


@dataclass(frozen=True, slots=True)
class PushKeys:
    """A client's keys, in octets: its public point (65, uncompressed) and the secret it shares (16).

    Source: RFC 8291 §3.1.
    """

    p256dh: bytes
    auth: bytes


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """As it is kept. ``sealed`` holds its ``PushTarget``; ``types`` None: whatever changes.
    ``arrivals`` narrows EmailDelivery to new mail of these accounts; None: every message that is added.

    Nothing is sent before ``next_at``; ``failures`` counts those in a row.
    """

    id: PushId
    credential: Credential
    device_client_id: str
    sealed: bytes
    types: tuple[str, ...] | None
    arrivals: Mapping[AccountId, Arrivals] | None
    expires_at: datetime
    is_code_sent: bool
    is_verified: bool
    next_at: datetime
    failures: int


@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where it is told, what encrypts it (None: nothing), and the code that proves who reads it there."""

    url: str
    keys: PushKeys | None
    code: str
