"""Proving once more who one is, before what outlives a login or guards it: the present password, and the
second factor of those who have one.

Only both together end a row of failures, so neither can be tried for ever by who knows the other. Who comes
by single sign-on alone has no password: of them it is the second factor, or, without one, that the provider
has just had them sign on anew (``access.single_sign_on``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from poststelle.access import ceremonies as begun
from poststelle.access import passkeys, second_factor
from poststelle.access.login import (
    Door,
    LoggedIn,
    NewLogin,
    begin,
    count_attempt,
    has_still,
    record_failure,
    take_back,
)
from poststelle.access.passkeys import Answer, Question
from poststelle.access.texts import check_password
from poststelle.auth import passkeys as webauthn
from poststelle.auth.crypto import KeyRing
from poststelle.lib.secrets import hash_token
from poststelle.mail import presence
from poststelle.model.errors import Conflict, Invalid, LoginNeeded
from poststelle.model.ids import UserId
from poststelle.model.second_factor import Purpose
from poststelle.model.user import Credentials, Login, User
from poststelle.store import audit, ceremonies, logins, second_factors, users
from poststelle.store.tx import ReadTx, Tx

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody brings. ``code``: of the app, or a recovery code."""

    password: str
    code: str = ""
    passkey: Answer | None = None


async def ask_passkey(door: Door, user: UserId) -> Question:
    """The challenge for a proof by passkey."""
    await webauthn.load()
    return await door.store.write(passkeys.ask, door.ring, door.site, user, door.clock.now())


@dataclass(frozen=True, slots=True)
class Proven:
    """Who has proven that it is still them, with which password, in which login."""

    user: User
    password_hash: str | None
    login_hash: str


async def confirm(door: Door, bearer: LoggedIn, proof: Proof, *, field: str = "password") -> Proven:
    """Have somebody who is logged in prove that it is still them. It is good for one ``write_proven``.

    Raises Invalid ``wrong_password`` for ``field``, ``second_factor_needed`` and ``wrong_code`` for ``code``,
    ``wrong_passkey`` (wrong ones are counted like failed logins), ``sign_on_needed`` for
    ``field`` of who has none; TooMany as ``log_in`` does.
    """
    now, user = door.clock.now(), bearer.user
    if proof.passkey is not None:
        await webauthn.load()
    if not user.has_password:
        refusal = await door.store.write(_without_password, door, bearer, proof, field)
        if refusal is not None:
            raise refusal
        return Proven(user, None, bearer.login.token_hash)
    with door.passwords.place():
        known = await door.store.write(count_attempt, user.login, now)
        verified = await door.passwords.verify(known.password_hash if known else None, proof.password)
    if known is None or not verified.is_right:
        await door.store.write(record_failure, known, now, "")
        raise Invalid(field, "wrong_password", "The present password is wrong.")
    refusal = await door.store.write(_second, door, user, known, proof, now)
    if refusal is not None:
        raise refusal
    return Proven(user, known.password_hash, bearer.login.token_hash)


async def write_proven(
    door: Door, proven: Proven, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Write what needed the proof, unless the password was changed or the login ended since: LoginNeeded."""
    return await door.store.write(_if_still, proven, door.clock.now(), fn, *args, **kwargs)


def _if_still(
    tx: Tx,
    proven: Proven,
    now: datetime,
    fn: Callable[Concatenate[Tx, P], T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    is_in = logins.get(tx, proven.login_hash, now) is not None
    if not is_in or not has_still(tx, proven.user, proven.password_hash):
        raise LoginNeeded("login_needed", "Please log in.")
    return fn(tx, *args, **kwargs)


def _without_password(tx: Tx, door: Door, bearer: LoggedIn, proof: Proof, field: str) -> Invalid | None:
    """As ``_second``: the only proof of who has no password."""
    user, now = bearer.user, door.clock.now()
    if not second_factors.of(tx, user.id).has_any:
        if signed_on_anew(tx, bearer.login, now) is not None:
            return None
        message = "Sign on once more at your provider, then do this within ten minutes."
        return Invalid(field, "sign_on_needed", message)
    known = count_attempt(tx, user.login, now)
    return None if known is None else _second(tx, door, user, known, proof, now)


def note_signed_on(tx: Tx, ring: KeyRing, login: Login, now: datetime) -> None:
    """The provider has had the person of this fresh login sign on anew; that is a proof for ten minutes."""
    begun.begin_as(tx, ring, Purpose.SIGNED_ON_ANEW, _anew(login), login.user_id, now)


def signed_on_anew(tx: ReadTx, login: Login, now: datetime) -> datetime | None:
    """Until when this login's person has no need to sign on once more; None: they have."""
    found = ceremonies.get(tx, hash_token(_anew(login)), Purpose.SIGNED_ON_ANEW, now)
    return None if found is None else found.expires_at


def _anew(login: Login) -> str:
    return f"signed on anew/{login.token_hash}"


def _second(
    tx: Tx, door: Door, user: User, known: Credentials, proof: Proof, now: datetime
) -> Invalid | None:
    """What is wrong with the second factor; the failure is to be kept, so it is returned."""
    if not second_factors.of(tx, user.id).has_any:
        users.set_failures(tx, user.id, 0, None)
        return None
    if not proof.code.strip() and proof.passkey is None:
        take_back(tx, user, known, now)
        return Invalid("code", "second_factor_needed", "The second factor is needed too.")
    if proof.passkey is not None:
        proven = passkeys.check(tx, door.ring, door.site, proof.passkey, now)
        is_right = proven is not None and proven.begun.user_id == user.id
        refusal = passkeys.wrong_passkey()
    else:
        is_right = second_factor.accept_code(tx, door.ring, user.id, proof.code, now) is not None
        refusal = second_factor.wrong_code()
    if is_right:
        users.set_failures(tx, user.id, 0, None)
        return None
    record_failure(tx, known, now, "", step="second_factor")
    return refusal


async def change_password(door: Door, bearer: LoggedIn, *, old: Proof, new: str, agent: str) -> NewLogin:
    """Change one's own password: all other logins end, this one goes on under a new token.

    Raises Invalid for ``old`` (wrong; counted like a failed login) and ``new``, and as ``confirm`` does. A
    first password is chosen by an invitation (Conflict ``no_password``): who is to come by single sign-on
    alone, and so to be shut out there, does not give themselves another way in.
    """
    check_password(new, login=bearer.user.login, field="new")
    if not bearer.user.has_password:
        raise Conflict("no_password", "You have no password; an administrator can invite you to choose one.")
    proven = await confirm(door, bearer, old, field="old")
    new_hash = await door.passwords.hash(new)
    return await write_proven(
        door, proven, _change_password, bearer.user.id, new_hash, door.clock.now(), agent
    )


def _change_password(tx: Tx, user: UserId, new_hash: str, now: datetime, agent: str) -> NewLogin:
    users.set_password(tx, user, new_hash)
    logins.destroy_of(tx, user)
    ceremonies.destroy_of(tx, user)
    presence.sweep(tx, now)
    audit.record(tx, now, user, "password.changed")
    return begin(tx, user, now, agent)
