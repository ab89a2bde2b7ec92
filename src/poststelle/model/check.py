"""Checks: the mirror compared with the provider, message by message.

waiting ──due──> running ──folders listed, doubts settled──> done
                    │ ^
                    └─┘ put off: the provider is busy, or a doubt has to rest
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId, UserId


class CheckReason(StrEnum):
    """Who wanted it: a person, the night's plan, or folder counters that differ."""

    ASKED = "asked"
    NIGHTLY = "nightly"
    COUNTERS = "counters"


class CheckState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class Kind(StrEnum):
    """What a check found about a message, or a folder.

    The first four are differences: the provider holds it and we don't, we hold
    it and the provider doesn't, it lies elsewhere, its flags are others.
    UNREADABLE: the provider can't give it to anybody. UNDECIDED: it changed
    with every question.
    """

    MISSING = "missing"
    EXTRA = "extra"
    MISPLACED = "misplaced"
    FLAGS = "flags"
    UNREADABLE = "unreadable"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Check:
    """One check, under way or done.

    ``compared`` messages were met at the provider, ``repaired`` differences
    mended. ``folders_left`` were not compared because they were still being
    read. ``problem`` is the provider's code for what it waits for. Mail received
    before ``history_from`` was compared on neither side (None: all was).
    """

    account_id: AccountId
    id: int
    reason: CheckReason
    asked_by: UserId | None
    state: CheckState
    asked_at: datetime
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    compared: int
    folders_left: int
    requests: int
    missing: int
    extra: int
    misplaced: int
    flags: int
    unreadable: int
    undecided: int
    repaired: int
    problem: str | None
    history_from: datetime | None = None

    @property
    def differences(self) -> int:
        """How many messages were not as the provider has them."""
        return self.missing + self.extra + self.misplaced + self.flags


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found. ``remote_id`` None: only that something lies there, ``number`` times.

    Of a folder ``subject`` is the name, ``folder`` what it lies in, ``number`` the messages that were
    missing with it.
    """

    kind: Kind
    folder: str
    subject: str
    is_repaired: bool
    remote_id: RemoteId | None = None
    message_id: MessageId | None = None
    number: int = 1


@dataclass(frozen=True, slots=True)
class Counters:
    """The provider's folder counters against ours, as they stand.

    ``expected`` messages the provider counts, ``held`` we hold; what is on its
    way in either direction is in neither or in both. ``differences`` is the
    sum over the folders that are read to their end. ``folders_left``: those
    that are not.
    """

    expected: int
    held: int
    differences: int
    folders_left: int


@dataclass(frozen=True, slots=True)
class FolderProgress:
    """How far a check has listed one folder."""

    folder_id: FolderId
    cursor: str | None
    restarts: int
    newest_id: int
    listed: int
    listed_unread: int
    unreadable: int
    remote_total: int
    remote_unread: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """A message that seemed to differ; ``told`` is the provider's first answer about it by id."""

    remote_id: RemoteId
    folder_id: FolderId
    is_unknown: bool
    told: str | None
    tries: int
