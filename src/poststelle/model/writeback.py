"""Local changes waiting to reach the provider.

pending ──drain──> in_flight ──confirmed──> (row gone; older reports are held off)
   ^                   │
   └── retry later ────┤
                       └── refused ──> local change taken back, a notice left
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from poststelle.model.ids import AccountId, MessageId, OpId, RemoteId, UserId


class OpKind(StrEnum):
    """What is to be done at the provider; ``payload`` says with what.

    SET      {"is_seen": bool, "is_flagged": bool, …}: any of Mutable's fields
    MOVE     {"folder": remote id of the target}
    DESTROY  {}: for good
    """

    SET = "set"
    MOVE = "move"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True)
class WritebackOp:
    """One change. ``undo`` holds what is put back if the provider refuses."""

    account_id: AccountId
    id: OpId
    message_id: MessageId
    remote_id: RemoteId
    kind: OpKind
    payload: dict[str, Any]
    undo: dict[str, Any]
    attempts: int
    due_at: datetime
    created_at: datetime
    created_by: UserId | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A change that was taken back, kept for people to see until dismissed.

    ``code`` is ``refused`` or ``gone``; ``detail`` is the provider's code.
    """

    account_id: AccountId
    id: int
    at: datetime
    kind: OpKind
    message_id: MessageId
    code: str
    detail: str
    user_id: UserId | None
