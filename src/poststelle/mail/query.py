"""Reading mail: what clients may ask for. Every function checks the rights itself.

Lists are in ``mail.listing``. Unknown accounts and accounts the user was not
assigned raise the same NotFound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from poststelle.access.rights import require
from poststelle.mail.listing import (
    AnchorNotFound,
    QueryChanges,
    QueryResult,
    Window,
    email_query,
    email_query_changes,
    email_query_sorted,
)
from poststelle.model.account import Account, SyncState
from poststelle.model.change import ChangeType
from poststelle.model.draft import Draft
from poststelle.model.errors import NotFound
from poststelle.model.filter import Filter
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId, MessageId, ThreadId, UserId
from poststelle.model.message import Attachment, Body, Message
from poststelle.model.rights import Level
from poststelle.store import accounts as stored_accounts
from poststelle.store import attachments as stored_attachments
from poststelle.store import bodies as stored_bodies
from poststelle.store import changes as stored_changes
from poststelle.store import drafts as stored_drafts
from poststelle.store import folders as stored_folders
from poststelle.store import grants, messages, sync_states
from poststelle.store import threads as stored_threads
from poststelle.store.tx import ReadTx

__all__ = [
    "AnchorNotFound",
    "Changes",
    "Filter",
    "QueryChanges",
    "QueryResult",
    "Window",
    "accounts",
    "address",
    "attachments",
    "bodies",
    "changes",
    "drafts",
    "email_query",
    "email_query_changes",
    "email_query_sorted",
    "emails",
    "folders",
    "folders_since",
    "is_internal",
    "level",
    "own_fields",
    "state",
    "sync_state",
    "threads",
]
ROWS_ALONG = 6
"""With a message that is destroyed go, or are written: its text, the names of its octets and of its thread,
notes for index and change log."""
_MOST_FOLDERS = 10_000  # changed between two looks; who missed more asks anew


@dataclass(frozen=True, slots=True)
class Changes:
    """Source: RFC 8620 §5.2. Object numbers of the asked-for type."""

    created: tuple[int, ...]
    updated: tuple[int, ...]
    destroyed: tuple[int, ...]
    new_state: str
    has_more: bool
    are_counted: bool = False  # the updated ones: nothing but what is counted in them


def accounts(tx: ReadTx, user: UserId) -> list[tuple[Account, Level]]:
    """The accounts this user was assigned, with the level, by address."""
    levels = {grant.account_id: grant.level for grant in grants.accounts_of(tx, user)}
    found = [(account, levels[account.id]) for account in stored_accounts.get_many(tx, levels)]
    return sorted(found, key=lambda pair: (pair[0].address.casefold(), pair[0].id))


def is_internal(tx: ReadTx, user: UserId, account: AccountId) -> bool:
    """Whether it is an internal mailbox."""
    require(tx, user, account, Level.READ)
    return stored_accounts.is_internal(tx, account)


def address(tx: ReadTx, user: UserId, account: AccountId) -> str:
    """The account's address."""
    require(tx, user, account, Level.READ)
    found = stored_accounts.get(tx, account)
    return "" if found is None else found.address


def state(tx: ReadTx, user: UserId, account: AccountId, type_: ChangeType) -> str:
    """The type's state, ``epoch.modseq``."""
    require(tx, user, account, Level.READ)
    return stored_changes.state(tx, account, type_)


def changes(
    tx: ReadTx, user: UserId, account: AccountId, type_: ChangeType, since: str, limit: int
) -> Changes | None:
    """What changed since the state; None when that can't be told (unknown, other epoch)."""
    require(tx, user, account, Level.READ)
    found = stored_changes.since_state(tx, account, type_, since, limit)
    if found is None:
        return None
    return Changes(
        created=found.created,
        updated=found.updated,
        destroyed=found.destroyed,
        new_state=f"{since.partition('.')[0]}.{found.new_modseq}",
        has_more=found.has_more,
        are_counted=found.are_counted,
    )


def folders(tx: ReadTx, user: UserId, account: AccountId) -> tuple[str, Level, list[Folder]]:
    """State, the user's level as far as it goes here, and every folder, with what they wish of it."""
    reach = level(tx, user, account)
    found = stored_folders.list_for(tx, user, account)
    return stored_changes.state(tx, account, ChangeType.MAILBOX), reach, found


def level(tx: ReadTx, user: UserId, account: AccountId) -> Level:
    """The user's level as far as it goes here: nobody sends from an internal mailbox."""
    require(tx, user, account, Level.READ)
    held = grants.level(tx, user, account) or Level.READ
    return min(held, Level.WRITE) if stored_accounts.is_internal(tx, account) else held


def folders_since(
    tx: ReadTx, user: UserId, account: AccountId, since: str
) -> tuple[str, list[Folder], set[FolderId]] | None:
    """State, every folder, and which changed or went since the given state; None when that can't be told."""
    state, _, found = folders(tx, user, account)
    changed = stored_changes.since_state(tx, account, ChangeType.MAILBOX, since, _MOST_FOLDERS)
    if changed is None or changed.has_more:
        return None
    return state, found, {FolderId(i) for i in (*changed.created, *changed.updated, *changed.destroyed)}


def emails(tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]) -> list[Message]:
    """The messages that exist, in the order asked for."""
    require(tx, user, account, Level.READ)
    return messages.get_many(tx, account, ids)


def each_email(tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]) -> Iterator[Message]:
    """As ``emails``, one after the other, for who keeps none of them."""
    require(tx, user, account, Level.READ)
    return messages.each(tx, account, ids)


def bodies(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]
) -> Mapping[MessageId, Body]:
    """The bodies of the messages that exist and have one."""
    require(tx, user, account, Level.READ)
    return stored_bodies.get_many(tx, account, ids)


def attachments(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]
) -> Mapping[MessageId, tuple[Attachment, ...] | None]:
    """Attachment lists; None where they were not listed yet and the message may have some."""
    require(tx, user, account, Level.READ)
    return stored_attachments.get_many(tx, account, ids)


def extents(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]
) -> Mapping[MessageId, int]:
    """How many rows go with each of the messages: itself, its places, its listed attachments."""
    found, listed = emails(tx, user, account, ids), stored_attachments.count_many(tx, account, ids)
    return {one.id: 1 + len(one.folder_ids) + listed.get(one.id, 0) for one in found}


def drafts(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]
) -> Mapping[MessageId, Draft]:
    """What is known of those that are drafts of ours."""
    require(tx, user, account, Level.READ)
    return stored_drafts.get_many(tx, account, ids)


def own_fields(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[MessageId]
) -> Mapping[MessageId, stored_attachments.Kept]:
    """The octets of the header fields that drafts of ours were written with, where there are some."""
    require(tx, user, account, Level.READ)
    return stored_attachments.kept_many(tx, account, ids, stored_attachments.FIELDS)


def threads(
    tx: ReadTx, user: UserId, account: AccountId, ids: Sequence[ThreadId]
) -> tuple[str, dict[ThreadId, list[MessageId]]]:
    """State, and the threads that exist with their messages, oldest first."""
    require(tx, user, account, Level.READ)
    found = stored_threads.many(tx, account, ids)
    return stored_changes.state(tx, account, ChangeType.THREAD), found


def sync_state(tx: ReadTx, user: UserId, account: AccountId) -> tuple[str, Account, SyncState]:
    """State of the SYNC type, the account, and how its synchronisation stands."""
    require(tx, user, account, Level.READ)
    found = stored_accounts.get(tx, account)
    if found is None:
        raise NotFound("no_such_account", "There is no such mailbox, or you are not assigned to it.")
    return stored_changes.state(tx, account, ChangeType.SYNC), found, sync_states.get(tx, account)
