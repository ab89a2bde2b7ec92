"""The one gate before every account: called inside every use case's transaction."""

from collections.abc import Callable

from poststelle.model.errors import NotAllowed, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.model.user import User
from poststelle.store import accounts, grants, users
from poststelle.store.tx import ReadTx

Gate = Callable[[ReadTx, UserId, AccountId, Level], None]
"""Lets a user do what needs this level in an account, or raises."""


def require(tx: ReadTx, user: UserId, account: AccountId, level: Level) -> None:
    """Refuse unless the user's grant on the account reaches ``level``.

    An unknown account and one the user isn't assigned to raise the same
    NotFound, so nobody learns which addresses exist. An assigned user below
    the level gets NotAllowed, which names the level that is missing.
    """
    held = grants.level(tx, user, account)
    if held is None:
        raise NotFound("no_such_account", "There is no such mailbox, or you are not assigned to it.")
    if held < level:
        raise NotAllowed(
            "needs_level",
            f"This needs the right to {level.name.lower()} in this mailbox.",
            needed=level.name.lower(),
            held=held.name.lower(),
        )


def has_settings(tx: ReadTx, user: UserId) -> bool:
    """Whether the basic settings are open to them."""
    asking = users.get(tx, user)
    return asking is not None and asking.is_active and asking.may_settings


def may_or_settings(tx: ReadTx, user: UserId, account: AccountId, level: Level) -> bool:
    """Whether their grant reaches the level, or the basic settings are open to them."""
    if has_settings(tx, user):
        return accounts.get(tx, account) is not None
    held = grants.level(tx, user, account)
    return held is not None and held >= level


def require_or_settings(tx: ReadTx, user: UserId, account: AccountId, level: Level) -> None:
    """As ``require``; who has the right to the settings may for every account that there is."""
    if not may_or_settings(tx, user, account, level):
        require(tx, user, account, level)


def require_settings(tx: ReadTx, user: UserId) -> User:
    """Return the user if the basic settings are open to them; otherwise name whom to ask."""
    asking = users.get(tx, user)
    if asking is not None and asking.is_active and asking.may_settings:
        return asking
    raise NotAllowed(
        "needs_settings",
        "This needs the right to the basic settings; ask one of your administrators.",
        administrators=[{"name": u.name, "email": u.email} for u in users.administrators(tx)],
    )
