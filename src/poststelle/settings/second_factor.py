"""For whom a second factor is required, and what becomes of those who have none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from poststelle.access.rights import Asker, require_proof, require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.mail import presence
from poststelle.model.errors import Conflict
from poststelle.model.ids import UserId
from poststelle.model.user import User
from poststelle.settings import change
from poststelle.settings.schema import SECOND_FACTOR_FOR
from poststelle.settings.single_sign_on import provider
from poststelle.store import ceremonies, identities, logins, second_factors, users
from poststelle.store.tx import ReadTx, Tx

ALL, SETTINGS = "all", "settings"


@dataclass(frozen=True, slots=True)
class Required:
    """``whom``: ``all``, ``settings`` (who has the right to the settings) or ``nobody``.

    ``without``: how many active users would have to set one up first, for ``settings`` and for ``all``.
    """

    whom: str
    without: dict[str, int]


def required_for(tx: ReadTx, by: UserId, ring: KeyRing) -> Required:
    """Raises NotAllowed."""
    require_settings(tx, by)
    missing = _without(tx, ring)
    counts = {whom: sum(_concerns(whom, user) for user in missing) for whom in (SETTINGS, ALL)}
    return Required(str(change.read(tx, ring, SECOND_FACTOR_FOR)), counts)


def set_required_for(tx: Tx, by: Asker, whom: str, *, ring: KeyRing, now: datetime) -> set[UserId]:
    """Keep it. Who must have one and has none is logged out, and sets one up at the next login; who they are.

    Raises NotAllowed, Invalid (``proof_needed``), Conflict ``second_factor_first`` for who asks it of others
    and has none.
    """
    asking = require_settings(tx, by.user)
    text = SECOND_FACTOR_FOR.check(whom)
    require_proof(by)
    users.wait_for_turn(tx)
    change.write(tx, ring, SECOND_FACTOR_FOR, text, by=by.user, now=now)
    require_second_factor(tx, ring, asking)
    return end_without(tx, ring, users.list_all(tx), now)


def is_required(tx: ReadTx, ring: KeyRing, user: User) -> bool:
    """Whether this user must have one."""
    return _concerns(change.read(tx, ring, SECOND_FACTOR_FOR), user)


def require_second_factor(tx: ReadTx, ring: KeyRing, user: User) -> None:
    """Raises Conflict ``second_factor_first`` where the user must have one and has none."""
    if is_required(tx, ring, user) and user in _without(tx, ring):
        raise Conflict("second_factor_first", "Set up a second factor of your own first.")


def end_without(tx: Tx, ring: KeyRing, people: Iterable[User], now: datetime) -> set[UserId]:
    """End the logins of those among them who must have one and have none; whose ended. API tokens stay."""
    missing = {user.id for user in _without(tx, ring)}
    ended = {user.id for user in people if user.id in missing and is_required(tx, ring, user)}
    for user in ended:
        logins.destroy_of(tx, user)
        ceremonies.destroy_of(tx, user)
    if ended:
        presence.sweep(tx, now)
    return ended


def _concerns(whom: object, user: User) -> bool:
    return whom == ALL or (whom == SETTINGS and user.may_settings)


def _without(tx: ReadTx, ring: KeyRing) -> list[User]:
    """Active users who have none, and nothing that counts as one: who comes by single sign-on alone has
    proven theirs at the provider, where its word is enough."""
    having, found = second_factors.users_with(tx), provider(tx, ring)
    trusted = identities.users_with(tx) if found is not None and found.trusts_second_factor else frozenset()
    return [
        user
        for user in users.list_all(tx)
        if user.is_active and user.id not in having and (user.has_password or user.id not in trusted)
    ]
