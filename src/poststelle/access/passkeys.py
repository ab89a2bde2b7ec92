"""Passkeys of users: made, proven, removed. Their octets are read in ``auth.passkeys``.

asked for (challenge kept here) ──answered──> right or wrong; the challenge is used up either way
"""

import base64
import os
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from poststelle.access import ceremonies, second_factor
from poststelle.access.ceremonies import Begun
from poststelle.access.keeping import keep_an_administrator, who_administers
from poststelle.auth import passkeys
from poststelle.auth.crypto import KeyRing
from poststelle.auth.passkeys import BadPasskey, Site
from poststelle.lib.ids import encode_id
from poststelle.model.errors import Conflict, Invalid, LoginNeeded, NotFound
from poststelle.model.ids import USER, PasskeyId, UserId
from poststelle.model.second_factor import Passkey, Purpose
from poststelle.model.user import User
from poststelle.store import audit, second_factors, users
from poststelle.store.tx import ReadTx, Tx

MOST_PASSKEYS = 20
_CHALLENGE_OCTETS = 32
_MOST_NAME = 100

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Question:
    """What the browser is asked: ``options`` as WebAuthn's JSON form. ``token`` goes with its answer."""

    token: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The browser's answer, in WebAuthn's JSON form."""

    token: str
    credential: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Proven:
    """Which passkey was used, for what."""

    key: Passkey
    begun: Begun


def begin_new(
    tx: Tx, ring: KeyRing, site: Site, user: User, now: datetime, login: str | None = None
) -> Question:
    """Ask a user who has proven who they are for a new one; ``login``: the token of the login that waits.

    Raises Conflict ``passkeys_unavailable``, ``too_many_passkeys``.
    """
    require_able(site)
    known = second_factors.of(tx, user.id).passkeys
    if len(known) >= MOST_PASSKEYS:
        raise Conflict("too_many_passkeys", f"There are {MOST_PASSKEYS} passkeys; remove one first.")
    challenge = os.urandom(_CHALLENGE_OCTETS)
    handle = encode_id(USER, user.id)
    options = passkeys.creation_options(site, handle, user.login, user.name, challenge, known)
    token = ceremonies.begin(
        tx, ring, Purpose.NEW_PASSKEY, user.id, now, challenge=_text(challenge), login=login
    )
    return Question(token, options)


def finish_new(
    tx: Tx, ring: KeyRing, site: Site, answer: Answer, name: str, user: UserId, now: datetime
) -> list[str] | None:
    """Keep the new one. Recovery codes, where it is the first second factor; None: the answer is wrong.

    Raises Invalid for the name, Conflict ``duplicate_passkey``, LoginNeeded ``step_over``.
    """
    name = checked_name(name)
    found = ceremonies.take(tx, ring, Purpose.NEW_PASSKEY, answer.token, now)
    if found.user_id != user:
        raise LoginNeeded("step_over", "This was begun by somebody else.")
    try:
        made = passkeys.verify_creation(site, answer.credential, _octets(found))
    except BadPasskey as problem:
        log.info("passkey.refused", user=user, reason=str(problem)[:200])
        return None
    earlier = second_factors.of(tx, user)
    key = Passkey(
        id=second_factors.reserve_passkey_id(tx),
        user_id=user,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        transports=made.transports,
        name=name,
        created_at=now,
        last_used_at=None,
    )
    if not second_factors.insert_passkey(tx, key):
        raise Conflict("duplicate_passkey", "This passkey is registered already.")
    audit.record(tx, now, user, "second_factor.added", subject=name, what="passkey")
    return second_factor.first_codes(tx, user, earlier)


def rename(tx: Tx, user: UserId, key: PasskeyId, name: str, now: datetime) -> Passkey:
    """Call one's own by another name; the trail keeps the one before. It opens nothing that was shut, so no
    proof is asked for. Raises Invalid for the name, NotFound ``no_such_second_factor``.
    """
    name, found = checked_name(name), _own(tx, user, key)
    if name != found.name:
        second_factors.rename_passkey(tx, user, key, name)
        audit.record(tx, now, user, "second_factor.renamed", subject=name, what="passkey", before=found.name)
    return replace(found, name=name)


def remove(tx: Tx, ring: KeyRing, user: User, key: PasskeyId, now: datetime) -> None:
    """NotFound ``no_such_second_factor``; Conflict ``second_factor_required`` where it is the last, and
    ``last_administrator`` where it was the only way in of the only one."""
    users.wait_for_turn(tx)
    found, before = _own(tx, user.id, key), who_administers(tx)
    second_factors.destroy_passkey(tx, user.id, key)
    keep_an_administrator(tx, before)
    audit.record(tx, now, user.id, "second_factor.removed", subject=found.name, what="passkey")
    second_factor.tidy(tx, ring, user)


def ask(
    tx: Tx, ring: KeyRing, site: Site, user: UserId | None, now: datetime, login: str | None = None
) -> Question:
    """Ask for a passkey of the user; None: for one that says itself whose it is.

    ``login``: the token of the login that waits for it. Raises Conflict ``passkeys_unavailable``.
    """
    require_able(site)
    known = None if user is None else second_factors.of(tx, user).passkeys
    challenge = os.urandom(_CHALLENGE_OCTETS)
    options = passkeys.request_options(site, challenge, known)
    token = ceremonies.begin(tx, ring, Purpose.PASSKEY, user, now, challenge=_text(challenge), login=login)
    return Question(token, options)


def check(tx: Tx, ring: KeyRing, site: Site, answer: Answer, now: datetime) -> Proven | None:
    """Which passkey the answer proves; None where it is wrong. The challenge is used up either way.

    Asked of nobody in particular, the passkey is all there is: its device must know its user. Raises
    LoginNeeded ``step_over``.
    """
    found = ceremonies.take(tx, ring, Purpose.PASSKEY, answer.token, now)
    key = second_factors.passkey(tx, passkeys.credential_of(answer.credential))
    if key is None or found.user_id not in {None, key.user_id}:
        return None
    if passkeys.handle_of(answer.credential) not in {None, encode_id(USER, key.user_id)}:
        return None
    try:
        count = passkeys.verify_request(
            site, answer.credential, _octets(found), key, must_verify=found.user_id is None
        )
    except BadPasskey as problem:
        log.info("passkey.refused", user=key.user_id, reason=str(problem)[:200])
        return None
    return Proven(key, found) if second_factors.use_passkey(tx, key, count, now) else None


def require_able(site: Site) -> None:
    if not site.is_able:
        raise Conflict(
            "passkeys_unavailable",
            "Browsers offer passkeys only by https and under a name; set POSTSTELLE_PUBLIC_URL to one.",
        )


def _own(tx: ReadTx, user: UserId, key: PasskeyId) -> Passkey:
    found = next((one for one in second_factors.of(tx, user).passkeys if one.id == key), None)
    if found is None:
        raise NotFound("no_such_second_factor", "There is no such second factor.")
    return found


def checked_name(text: str) -> str:
    """By which people know their passkey again. Raises Invalid."""
    name = text.strip()
    if not name:
        raise Invalid("name", "name_missing", "Give the passkey a name, such as that of the device.")
    if len(name) > _MOST_NAME:
        raise Invalid("name", "name_too_long", f"At most {_MOST_NAME} characters.", limit=_MOST_NAME)
    if not name.isprintable():
        raise Invalid("name", "invalid_name", "A name has letters, digits and signs, in one line.")
    return name


def wrong_passkey() -> Invalid:
    return Invalid("passkey", "wrong_passkey", "The passkey was not accepted.")


def _text(challenge: bytes) -> str:
    return base64.b64encode(challenge).decode()


def _octets(begun: Begun) -> bytes:
    return base64.b64decode(begun.said["challenge"])
