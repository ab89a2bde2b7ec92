"""Local changes waiting to reach the provider.

pending ──drain──> in_flight ──confirmed──> (row gone; older reports are held off)
   ^                   │
   └── retry later ────┤
                       └── refused ──> local change taken back, a notice left
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId, FolderId, MessageId, OpId, RemoteId, UserId
from poststelle.model.message import Importance

FLAG = frozenset({"is_flagged", "due_at"})
"""The fields of a message that the provider keeps as one."""


RESTORED = "restored"
"""The code of what was on its way when an earlier state was put back, and is not done."""


class OpKind(StrEnum):
    """What is to be done at the provider; ``payload`` says with what.

    SET      {"is_seen": bool, "is_flagged": bool, …}: any of Mutable's fields, as ``to_json`` writes them
    MOVE     {"folder": our id of the target}
    COPY     {"folder": our id of the target, "internet_message_id", "received_at": in its place where it
             has none}: it shows when it is met there; "twins", once it is to be asked for: the remote ids of
             that Message-ID, or that instant, that were there before
    DESTROY  {}: for good; {"is_replacing": true}: another draft has taken its place
    CREATE   {"folder": our id of where it is to lie}, {}: in Drafts. A draft, or a finished message;
             what it says is in the store (``writeback.draft_writer``)
    SEND     never queued as a write-back, but told of in notices
    """

    SET = "set"
    MOVE = "move"
    COPY = "copy"
    DESTROY = "destroy"
    CREATE = "create"
    SEND = "send"


def copied(payload: Mapping[str, Any]) -> str | datetime:
    """What a COPY's original and its copies have in common: a Message-ID, or when it was received."""
    return payload["internet_message_id"] or from_ms(payload["received_at"])


class Failure(StrEnum):
    """Over what an attempt failed: everything, this change alone, or somebody else at the same thing."""

    GENERAL = "general"
    OWN = "own"
    CONFLICT = "conflict"


class FiledAs(StrEnum):
    """What a MOVE into a folder with a role was to the person: a notice names that deed."""

    DELETE = "delete"
    ARCHIVE = "archive"
    JUNK = "junk"


class MarkedAs(StrEnum):
    """What a SET of one mark alone was to the person: a notice names that deed."""

    READ = "read"
    UNREAD = "unread"
    FLAG = "flag"
    UNFLAG = "unflag"
    CATEGORISE = "categorise"


def to_json(value: Any) -> Any:
    """A field of Mutable as it is kept in a payload: instants as Unix milliseconds, categories as a list."""
    match value:
        case datetime():
            return to_ms(value)
        case tuple():
            return list(value)
        case IntEnum():
            return int(value)
        case _:
            return value


def from_json(field: str, value: Any) -> Any:
    """A field of Mutable back from its kept form."""
    match field:
        case "importance":
            return Importance(value)
        case "categories":
            return tuple(value)
        case "due_at":
            return None if value is None else from_ms(value)
        case _:
            return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What every waiting change has.

    ``undo`` holds what is put back if the provider refuses, ``problem`` the
    provider's code for why it failed last. ``own_failures``: attempts that
    failed over this change and not over everything; ``conflicts``: that met
    somebody else at the same thing. ``fence``: the number of the claim, for those in flight; it rises with
    each, and each time one is freed.
    """

    account_id: AccountId
    id: OpId
    remote_id: RemoteId
    payload: dict[str, Any]
    undo: dict[str, Any]
    attempts: int
    own_failures: int
    conflicts: int
    problem: str | None
    is_in_flight: bool
    fence: int
    due_at: datetime
    created_at: datetime
    created_by: UserId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WritebackOp(Queued):
    """One change of a message.

    Once claimed, the provider's ids of two folders: ``target``, which a MOVE goes
    to, and ``source``, where the message lay when it was to be moved or destroyed.
    """

    message_id: MessageId
    kind: OpKind
    target: RemoteId | None
    source: RemoteId | None

    @property
    def is_replacing(self) -> bool:
        """Whether it removes a draft because that was saved again, and not because somebody deletes it."""
        return "is_replacing" in self.payload


class FolderOpKind(StrEnum):
    """A change of a folder; ``payload`` says to what.

    CREATE   {"name", "parent": our id or null for the top level}
    RENAME   {"name"}
    MOVE     {"parent": our id or null}: below another folder; where it is to have another name there, too,
             "name": that one, and "under": the one it has when it is moved. A RENAME each goes before
             and after it, as far as these differ from the old one, which "undo" has as "name"
    DESTROY  {"messages": those that may go with it (KnownIds)}: for good;
             "is_unfinished": true while more may come to these, and the folder is there yet
    """

    CREATE = "create_folder"
    RENAME = "rename_folder"
    MOVE = "move_folder"
    DESTROY = "destroy_folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderOp(Queued):
    """One change of a folder; ``name`` is what it was called."""

    folder_id: FolderId
    kind: FolderOpKind
    name: str

    @property
    def is_unfinished(self) -> bool:
        """Whether it is a removal in several transactions, of which the last is still to come."""
        return "is_unfinished" in self.payload


@dataclass(frozen=True, slots=True)
class Notice:
    """A change that was taken back, kept for people to see until dismissed.

    ``code`` is ``refused``, ``failed``, ``gone``, ``overtaken``, ``discarded`` or ``restored``, of what was
    to be sent also one of a submission's, or ``sent_elsewhere``; ``detail`` is the provider's code, or when
    it was sent, or to whom where others have changed that. ``folder`` is a folder's name where the change was
    one of a folder, and ``message_id`` 0 then.
    """

    account_id: AccountId
    id: int
    at: datetime
    kind: OpKind | FiledAs | MarkedAs | FolderOpKind
    message_id: MessageId
    code: str
    detail: str
    user_id: UserId | None
    folder: str | None = None
