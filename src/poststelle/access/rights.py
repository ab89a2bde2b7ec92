"""The one gate before every account: called inside every use case's transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from poststelle.model.errors import Invalid, NotAllowed, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.model.user import User
from poststelle.store import accounts, grants, users
from poststelle.store.tx import ReadTx

Gate = Callable[[ReadTx, UserId, AccountId, Level], None]
"""Lets a user do what needs this level in an account, or raises."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for what lets people in. ``is_program``: a token does, for ``user``, who need not be there.

    ``is_proven``: the person has just proven once more that it is them (``access.proving``).
    """

    user: UserId
    is_program: bool = False
    is_proven: bool = False


def require_person(by: Asker) -> None:
    """Raises NotAllowed ``person_needed`` for a token: what would be worth as much as a login."""
    if by.is_program:
        raise NotAllowed("person_needed", "This is for people who are logged in, not for a token.")


def require_proof(by: Asker) -> None:
    """As ``require_person``; Invalid ``proof_needed`` where a login is all that speaks for the person: what
    would outlive it, if it was stolen or the screen left unlocked.
    """
    require_person(by)
    if not by.is_proven:
        raise Invalid("proof", "proof_needed", "Prove once more that it is you, by your password.")


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
