"""Who keeps what belongs to a user, or to a mailbox: boilerplate and groups of recipients."""

from collections.abc import Collection

from poststelle.access.rights import may_or_settings, require_or_settings
from poststelle.model.boilerplate import Owner
from poststelle.model.errors import Invalid, NotAllowed, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.store import grants
from poststelle.store.tx import ReadTx


def may_manage(tx: ReadTx, user: UserId, account: AccountId) -> bool:
    """Whether they change what the mailbox has: administrators, and its managers."""
    return may_or_settings(tx, user, account, Level.MANAGE)


def require_look(tx: ReadTx, user: UserId, account: AccountId) -> bool:
    """For whoever reads the mailbox, and for administrators; whether they may change what belongs to it."""
    require_or_settings(tx, user, account, Level.READ)
    return may_manage(tx, user, account)


def owner_of_new(tx: ReadTx, user: UserId, account: AccountId | None) -> Owner:
    """Oneself, or the mailbox. Raises NotAllowed, and NotFound for who may not know of the account."""
    if account is None:
        return Owner(user, None)
    require_or_settings(tx, user, account, Level.MANAGE)
    return Owner(None, account)


def require_change(tx: ReadTx, user: UserId, owner: Owner, missing: NotFound) -> None:
    """What is somebody else's looks as if there were none. Raises ``missing``, or NotAllowed."""
    if owner.user is not None or owner.account is None:
        if owner.user != user:
            raise missing
    elif not may_manage(tx, user, owner.account):
        if grants.level(tx, user, owner.account) is None:
            raise missing
        needed = Level.MANAGE.name.lower()
        message = "Those who manage the mailbox change what belongs to it."
        raise NotAllowed("needs_level", message, needed=needed)


def check_name(name: str, others: Collection[str]) -> None:
    """Raises Invalid ``name_missing``, or ``name_in_use`` for one of the ``others`` in any letter case."""
    tidy = " ".join(name.split())
    if not tidy or not tidy.isprintable():
        raise Invalid("name", "name_missing", "Give it a name.")
    if name.casefold() in {other.casefold() for other in others}:
        raise Invalid("name", "name_in_use", "Another one has this name.")
