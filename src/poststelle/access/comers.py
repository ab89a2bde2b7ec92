"""Who comes in as somebody, when that is or becomes an administrator.

A program, or anybody at an unlocked screen, may have given an ordinary user an address of their own, or had
the link to a password sent there. Whoever came in by it is here as that user, and nobody has looked. So

- by which addresses single sign-on finds the person is confirmed (``addresses_unconfirmed``);
- who has come by single sign-on is forgotten, where it can find the person anew by an address of theirs;
- whatever else has let somebody in goes on doing so: a password, a second factor, and single sign-on where it
  could not find the person anew. So it is said that it was nobody else (``comer_unconfirmed``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from poststelle.lib.ids import encode_id
from poststelle.model.errors import Invalid
from poststelle.model.ids import USER, UserId
from poststelle.model.user import User
from poststelle.settings import change
from poststelle.settings.address import comparable
from poststelle.settings.schema import SSO_ISSUER, SSO_TRUSTS_ADDRESSES
from poststelle.settings.single_sign_on import YES
from poststelle.store import audit, identities, second_factors, users
from poststelle.store.tx import ReadTx, Tx


@dataclass(frozen=True, slots=True)
class Staying:
    """What is asked about beside single sign-on: a password that stays, and second factors."""

    password: bool = False
    factors: bool = False


def addresses_of(tx: ReadTx, user: User) -> list[str]:
    """By which single sign-on finds a person whom it does not know, in the form in which they are compared.

    Also by the login, where it looks like an address and an administrator chose it: one that a provider told
    is a name that people may choose there, as far as the trail tells. Who came as them may be forgotten.
    """
    return sorted(_addresses(user, has_login=user.id not in audit.added_by_provider(tx)))


def has_provider(tx: ReadTx) -> bool:
    """Whether anybody is looked for by an address at all."""
    return change.plain(tx, SSO_ISSUER) is not None


def found_by(tx: ReadTx, address: str) -> list[User]:
    """Who has this address (as ``comparable``): of who has come as somebody the login is none."""
    without = identities.users_with(tx) | audit.added_by_provider(tx)
    people = users.list_all(tx)
    return [user for user in people if address in _addresses(user, has_login=user.id not in without)]


def _addresses(user: User, *, has_login: bool) -> set[str]:
    texts = (user.email, user.login) if has_login else (user.email,)
    return {comparable(text) for text in texts if "@" in text}


def confirm_addresses(tx: ReadTx, user: User, confirmed: Sequence[str]) -> None:
    """``user`` as they are to be. Invalid ``addresses_unconfirmed`` unless these are their addresses,
    however they are written."""
    expected = addresses_of(tx, user)
    if sorted({comparable(one) for one in confirmed}) != expected:
        raise Invalid(
            "addresses",
            "addresses_unconfirmed",
            f"Single sign-on lets in whoever has one of these addresses as {user.name}. Look whether they are"
            " really theirs, correct the e-mail address if not, and confirm them.",
            addresses=expected,
        )


def confirm(tx: ReadTx, user: User, stays: Staying, *, is_who_came: bool) -> bool:
    """Whether who has come as ``user`` (as they are to be) by single sign-on is to be forgotten: they are
    known, and can be found anew. Invalid ``comer_unconfirmed`` where something else lets in, and nobody says
    that it was them.
    """
    is_known = identities.is_known(tx, user.id)
    is_found_anew = is_known and _is_found(tx, user)
    has_factors = stays.factors and second_factors.of(tx, user.id).has_any
    if (stays.password or has_factors or (is_known and not is_found_anew)) and not is_who_came:
        raise Invalid(
            "is_who_came",
            "comer_unconfirmed",
            f"Whoever has come in as {user.name} so far comes in as this administrator. Confirm that it was"
            f" nobody but {user.name}. If you are not sure, set a new password for them, reset their second"
            " factor or detach them from single sign-on first.",
        )
    return is_found_anew


def _is_found(tx: ReadTx, user: User) -> bool:
    """Whether the provider of single sign-on vouches for an address that is theirs alone.

    Where it is not said that it does, it may vouch for some, but nobody knows which: they might be shut out.
    """
    if change.plain(tx, SSO_TRUSTS_ADDRESSES) != YES:
        return False
    mine = addresses_of(tx, user)
    return any(all(other.id == user.id for other in found_by(tx, address)) for address in mine)


def forget(tx: Tx, by: UserId, user: User, now: datetime) -> bool:
    """Who has come by single sign-on as ``user``; whether anybody had."""
    if not identities.destroy_of(tx, user.id):
        return False
    audit.record(tx, now, by, "user.identity_forgotten", subject=user.label, whom=encode_id(USER, user.id))
    return True
