"""The change log: what every client can ask for with ``/changes``."""

from dataclasses import dataclass
from enum import StrEnum

from poststelle.model.ids import AccountId


class ChangeType(StrEnum):
    """The JMAP data types whose changes are logged."""

    EMAIL = "Email"
    MAILBOX = "Mailbox"
    THREAD = "Thread"
    SYNC = "SyncState"
    SUBMISSION = "EmailSubmission"
    SHARING = "ShareNotification"
    PRESENCE = "Presence"
    PRINCIPAL = "Principal"


OF_THE_ACCOUNT = frozenset({ChangeType.SYNC, ChangeType.PRESENCE})
"""These have one state an account and no objects in the log: only the newest change says anything."""


DELIVERY = "EmailDelivery"
"""No type in the log: its state moves when a message is added, by nothing else. Source: RFC 8621 §1.5."""


class ChangeOp(StrEnum):
    """``counted``: updated, but for nothing besides what is counted in it. Folders alone are."""

    CREATED = "created"
    UPDATED = "updated"
    COUNTED = "counted"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class Published:
    """Told to the hub after a commit: the newest modseq of each type that changed in one account."""

    account_id: AccountId
    modseqs: dict[ChangeType, int]
