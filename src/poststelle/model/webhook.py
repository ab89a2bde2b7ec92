"""Webhooks: programs of the operator's, such as a CRM, that are told of activity records."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poststelle.model.ids import AccountId, DeliveryId, MessageId, WebhookId


class RecordEvent(StrEnum):
    """What happened to a record. ``changed``: somebody is no contact of it any more."""

    CREATED = "created"
    CHANGED = "changed"
    ERASED = "erased"


class DeliveryState(StrEnum):
    """``refused``: given up after days in which others were taken. ``dropped``: need not be sent."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Webhook:
    """``account_id`` None: it is told of all mailboxes' records. ``sealed`` holds address and secrets.

    ``failures`` in a row, ``failing_since`` the first of them; nothing is sent before ``next_at``.
    ``is_given_up``: paused by us, because nothing was taken for days.
    """

    id: WebhookId
    account_id: AccountId | None
    name: str
    sealed: bytes
    created_at: datetime
    failures: int
    next_at: datetime
    failing_since: datetime | None
    taken_at: datetime | None
    problem: str | None
    paused_at: datetime | None
    is_given_up: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a webhook is still to be told, and what it was not told.

    ``since``: from when on it does not get through, because it is refused or paused; None: it is under way,
    or nothing waits. ``refused`` were given up. ``is_given_up``: as Webhook's.
    """

    id: WebhookId
    name: str
    waiting: int
    since: datetime | None
    refused: int
    is_paused: bool
    is_given_up: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook. ``event`` is the id by which the receiver knows it again.

    ``failed_since``: when it was not taken for the first time. ``answer``: what the last attempt came to,
    a status or the name of an error.
    """

    id: DeliveryId
    webhook_id: WebhookId
    event: str
    kind: RecordEvent
    account_id: AccountId
    message_id: MessageId
    state: DeliveryState
    claimed_until: datetime
    attempts: int
    failed_since: datetime | None
    tried_at: datetime | None
    answer: str | None
    ended_at: datetime | None
