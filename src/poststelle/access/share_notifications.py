"""Users are told when their rights in an account come, change or go. Source: RFC 9670 §3.

Each is told in the account that it is about, and when the user can't read that any
more in the primary one of those that are left. Nobody is told who has none left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.access.primary import primary_order
from poststelle.access.rights import require
from poststelle.access.sharing import sharers
from poststelle.model.account import Account
from poststelle.model.change import ChangeType
from poststelle.model.errors import NotAllowed
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, SharingId, UserId
from poststelle.model.rights import Level
from poststelle.model.sharing import ShareNotification
from poststelle.store import accounts, changes, folders, grants, share_notifications, users
from poststelle.store.changes import Changes
from poststelle.store.tx import ReadTx, Tx

LIVES = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Shared:
    """What is shared: an account, and its inbox. Read before the account goes."""

    account: Account
    inbox: FolderId | None


@dataclass(frozen=True, slots=True)
class Mine:
    """A user's notifications in an account, their state, and who can be seen there."""

    state: str
    found: Sequence[ShareNotification]
    visible: frozenset[UserId]


def shared(tx: ReadTx, account: Account) -> Shared:
    inbox = folders.by_role(tx, account.id, Role.INBOX)
    return Shared(account, None if inbox is None else inbox.id)


def note(
    tx: Tx, by: UserId, user: UserId, about: Shared, old: Level | None, new: Level | None, now: datetime
) -> None:
    """Tell the user, when the grant is as it shall be."""
    account = about.account
    told_in = _place(tx, user, account.id)
    if told_in is None:
        return
    changer = users.get(tx, by)
    share_notifications.insert(
        tx,
        ShareNotification(
            account_id=told_in,
            id=share_notifications.new_id(tx, told_in),
            user_id=user,
            created_at=now,
            changed_by=by,
            changed_by_name="" if changer is None else changer.name,
            about=account.id,
            folder=about.inbox,
            is_internal=account.is_internal,
            name=account.name or account.address,
            old=old,
            new=new,
        ),
    )


def mine(tx: ReadTx, user: UserId, account: AccountId) -> Mine:
    """Those about accounts in the caller's scope. Raises NotFound as every use case."""
    people = sharers(tx, user, account)
    found = [one for one in share_notifications.list_of(tx, user, account) if _is_in_scope(tx, one.about)]
    visible = frozenset(one.user_id for one in people)
    return Mine(changes.state(tx, account, ChangeType.SHARING), found, visible)


def changes_of_mine(
    tx: ReadTx, user: UserId, account: AccountId, since: str, limit: int
) -> tuple[Changes, str] | None:
    """What came and went since the state, and the new one; None when that can't be told.

    The account's log has those of all users: others' are passed over.
    """
    require(tx, user, account, Level.READ)
    found = changes.since_state(tx, account, ChangeType.SHARING, since, limit)
    if found is None:
        return None
    ever, here = share_notifications.ever_of(tx, user, account), mine(tx, user, account).found
    visible = {one.id for one in here}
    told = Changes(
        created=tuple(i for i in found.created if i in visible),
        updated=(),
        destroyed=tuple(i for i in found.destroyed if i in ever),
        new_modseq=found.new_modseq,
        has_more=found.has_more,
    )
    return told, f"{since.partition('.')[0]}.{found.new_modseq}"


def dismiss(
    tx: Tx, user: UserId, account: AccountId, ids: Sequence[SharingId], now: datetime
) -> set[SharingId]:
    """Remove some of one's own, whatever one's level; return which of these there were.

    Raises NotFound, or NotAllowed for a token that is for reading alone.
    """
    if tx.scope is not None and tx.scope.level < Level.WRITE:
        raise NotAllowed("needs_level", "This token is for reading alone.", needed="write", held="read")
    own = {one.id for one in mine(tx, user, account).found}
    return {i for i in ids if i in own and share_notifications.destroy(tx, user, account, i, now)}


def _place(tx: ReadTx, user: UserId, about: AccountId) -> AccountId | None:
    """Where the user is told: there, else in their primary account."""
    levels = {grant.account_id: grant.level for grant in grants.accounts_of(tx, user)}
    if about in levels:
        return about
    others = accounts.get_many(tx, levels)
    first = min(others, key=lambda one: primary_order(one, levels[one.id]), default=None)
    return None if first is None else first.id


def _is_in_scope(tx: ReadTx, account: AccountId) -> bool:
    return tx.scope is None or tx.scope.limit(account, Level.READ) is not None
