"""Reading mail: what clients may ask for. Every function checks the rights itself.

(P1: these are the signatures http/jmap is written against - please fill them in, keep names and shapes; then remove this line.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from poststelle.model.account import Account, SyncState
from poststelle.model.change import ChangeType
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId, MessageId, ThreadId, UserId
from poststelle.model.message import Attachment, Body, Message
from poststelle.model.rights import Level
from poststelle.store.tx import ReadTx


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions must hold. ``has_keywords``/``not_keywords``: lower-case JMAP keywords."""

    in_folder: FolderId | None = None
    not_in_folders: frozenset[FolderId] = frozenset()
    has_keywords: frozenset[str] = frozenset()
    not_keywords: frozenset[str] = frozenset()
    before: datetime | None = None
    after: datetime | None = None
    has_attachment: bool | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the list. ``anchor`` wins over ``position``; a negative position counts from the end."""

    position: int = 0
    anchor: MessageId | None = None
    anchor_offset: int = 0
    limit: int = 256


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Sorted ids; ``position`` is the first one's place in the whole list; ``total`` only when asked for."""

    ids: tuple[MessageId, ...]
    position: int
    total: int | None
    state: str


@dataclass(frozen=True, slots=True)
class QueryChanges:
    """Source: RFC 8620 §5.6. ``added`` holds (index, id), lowest index first."""

    removed: tuple[MessageId, ...]
    added: tuple[tuple[int, MessageId], ...]
    total: int | None
    new_state: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Source: RFC 8620 §5.2. Object numbers of the asked-for type."""

    created: tuple[int, ...]
    updated: tuple[int, ...]
    destroyed: tuple[int, ...]
    new_state: str
    has_more: bool


class AnchorNotFound(Exception):
    """The anchor is not in the list."""


def accounts(tx: ReadTx, user: UserId) -> list[tuple[Account, Level]]:
    """The accounts this user was assigned, with the level, by address."""
    raise NotImplementedError


def state(tx: ReadTx, user: UserId, account: AccountId, type_: ChangeType) -> str:
    """The type's state, ``epoch.modseq``."""
    raise NotImplementedError


def changes(
    tx: ReadTx, user: UserId, account: AccountId, type_: ChangeType, since: str, limit: int
) -> Changes | None:
    """What changed since the state; None when that can't be told (unknown, other epoch, pruned)."""
    raise NotImplementedError


def folders(tx: ReadTx, user: UserId, account: AccountId) -> tuple[str, Level, list[Folder]]:
    """State, the user's level, and every folder."""
    raise NotImplementedError


def emails(tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]) -> list[Message]:
    """The messages that exist, in the order asked for."""
    raise NotImplementedError


def bodies(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]
) -> Mapping[MessageId, Body]:
    raise NotImplementedError


def attachments(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]
) -> Mapping[MessageId, tuple[Attachment, ...] | None]:
    """Attachment lists; None where they were not listed yet and the message may have some."""
    raise NotImplementedError


def threads(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[ThreadId]
) -> tuple[str, dict[ThreadId, list[MessageId]]]:
    """State, and the threads that exist with their messages, oldest first."""
    raise NotImplementedError


def email_query(
    tx: ReadTx,
    user: UserId,
    account: AccountId,
    where: Filter,
    window: Window,
    *,
    is_ascending: bool = False,
    is_collapsed: bool = False,
    is_total_wanted: bool = False,
) -> QueryResult:
    """Messages by received_at (newest first unless ascending), then id. Raises AnchorNotFound."""
    raise NotImplementedError


def email_query_changes(
    tx: ReadTx,
    user: UserId,
    account: AccountId,
    where: Filter,
    since: str,
    *,
    is_ascending: bool = False,
    is_collapsed: bool = False,
    is_total_wanted: bool = False,
    up_to: MessageId | None = None,
    limit: int | None = None,
) -> QueryChanges | None:
    """None when it can't be told. Raises TooManyChanges (a UseCaseError, code too_many_changes) over ``limit``."""
    raise NotImplementedError


def sync_state(tx: ReadTx, user: UserId, account: AccountId) -> tuple[str, Account, SyncState]:
    """State of the SYNC type, the account, and how its synchronisation stands."""
    raise NotImplementedError
