"""Who shares an account: those assigned to it may know of one another by name, and of nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass

from poststelle.access.rights import require
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.store import accounts, changes, folders, grants, users
from poststelle.store.tx import ReadTx, Tx


@dataclass(frozen=True, slots=True)
class Sharer:
    """One person with their level in the account."""

    user_id: UserId
    name: str
    level: Level


def sharers(tx: ReadTx, user: UserId, account: AccountId) -> list[Sharer]:
    """Everybody assigned and active, oneself too, by name, with the level as far as it goes here.

    Nobody sends from an internal mailbox. Raises NotFound as every use case.
    """
    require(tx, user, account, Level.READ)
    highest = Level.WRITE if accounts.is_internal(tx, account) else max(Level)
    names = {one.id: one.name for one in users.list_all(tx) if one.is_active}
    found = [
        Sharer(grant.user_id, names[grant.user_id], min(grant.level, highest))
        for grant in grants.users_of(tx, account)
        if grant.user_id in names
    ]
    return sorted(found, key=lambda one: (one.name.casefold(), one.user_id))


def principals(tx: ReadTx, user: UserId, account: AccountId) -> tuple[str, list[Sharer]]:
    """The same with their state. Source: RFC 9670 §2."""
    people = sharers(tx, user, account)
    return changes.state(tx, account, ChangeType.PRINCIPAL), people


def note_rights(tx: Tx, user: UserId, changed: Iterable[AccountId], op: ChangeOp | None = None) -> None:
    """The user's level in these accounts is another one, of which each folder tells.

    ``op``: they came into view there, or went out of it.
    """
    for account in changed:
        ids = [folder.id for folder in folders.list_all(tx, account)]
        tx.all_changed(account, ChangeType.MAILBOX, ids, ChangeOp.UPDATED)
        if op is not None:
            tx.changed(account, ChangeType.PRINCIPAL, user, op)


def note_name(tx: Tx, user: UserId) -> None:
    """The user goes by another name, wherever they can be seen."""
    for grant in grants.accounts_of(tx, user):
        tx.changed(grant.account_id, ChangeType.PRINCIPAL, user, ChangeOp.UPDATED)
