"""Push subscriptions: made, confirmed, changed and ended by the program they belong to.

Each belongs to the login or token that made it, and is seen and changed by it
alone. A code goes to the address first; nothing else does until the program
that reads there has told it back.

Source: RFC 8620 §7.2.
"""

import hmac
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.ids import encode_id, new_secret
from poststelle.mail import state_changes
from poststelle.model.change import DELIVERY, ChangeType
from poststelle.model.errors import Invalid, LoginNeeded, NotFound, UseCaseError
from poststelle.model.ids import ACCOUNT, PUSH, AccountId, PushId
from poststelle.model.push import Arrivals, Credential, PushKeys, PushSubscription, PushTarget
from poststelle.model.quiet import quiet_until
from poststelle.model.rights import Scope
from poststelle.push.encryption import MOST_OCTETS
from poststelle.store import api_tokens, logins, push_subscriptions, quiet_hours
from poststelle.store.tx import ReadTx, Tx

MOST_OF_ONE_USER = 50
LIVES_AT_MOST = timedelta(days=30)
UNLESS_NAMED = frozenset({ChangeType.SYNC, ChangeType.PRESENCE})
"""Changes with every look at the provider: no phone is woken for it unless it asks by name."""
_MOST_UNVERIFIED_FAILURES = 8
_LOOK_AGAIN = timedelta(seconds=30)
"""At one that this process can't open. Short: another process may be able to, and waits for as long."""

log = structlog.get_logger()


class OverQuota(UseCaseError):
    """The user has as many as there may be."""


class _Sealed(msgspec.Struct):
    url: str
    code: str
    p256dh: bytes | None = None
    auth: bytes | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """One to be made, its address and keys already checked. ``expires_at`` None: as late as may be."""

    device_client_id: str
    url: str
    keys: PushKeys | None
    expires_at: datetime | None
    types: tuple[str, ...] | None
    arrivals: Mapping[AccountId, Arrivals] | None = None


@dataclass(frozen=True, slots=True)
class Patch:
    """What to change; ``given`` names the fields that are meant."""

    given: frozenset[str]
    code: str | None = None
    expires_at: datetime | None = None
    types: tuple[str, ...] | None = None
    arrivals: Mapping[AccountId, Arrivals] | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to be sent by whoever claimed it.

    ``told`` is how far the receiver knows each account once it has it.
    """

    subscription: PushSubscription
    claimed_until: datetime
    target: PushTarget
    octets: bytes
    told: dict[AccountId, int]


# -- the program's side -----------------------------------------------------------------------------


def list_mine(tx: ReadTx, who: Credential, now: datetime) -> list[PushSubscription]:
    """Those that this login or token made."""
    return push_subscriptions.list_of(tx, who, now)


def create(tx: Tx, ring: KeyRing, who: Credential, wanted: Wanted, now: datetime) -> PushSubscription:
    """Keep a new one; its code is due to be sent. Raises OverQuota, LoginNeeded."""
    id_ = push_subscriptions.reserve_id(tx)
    _scope(tx, who, now)
    if push_subscriptions.count(tx, who.user_id) >= MOST_OF_ONE_USER:
        raise OverQuota("too_many_push_subscriptions", f"There are {MOST_OF_ONE_USER} of them.")
    keys = wanted.keys
    sealed = _Sealed(wanted.url, new_secret())
    if keys is not None:
        sealed.p256dh, sealed.auth = keys.p256dh, keys.auth
    made = PushSubscription(
        id=id_,
        credential=who,
        device_client_id=wanted.device_client_id,
        sealed=ring.seal(msgspec.msgpack.encode(sealed), _row(id_)),
        types=wanted.types,
        arrivals=wanted.arrivals,
        expires_at=_bounded(wanted.expires_at, now),
        is_code_sent=False,
        is_verified=False,
        next_at=now,
        failures=0,
    )
    push_subscriptions.insert(tx, made)
    return made


def change(
    tx: Tx, ring: KeyRing, who: Credential, id_: PushId, patch: Patch, now: datetime
) -> PushSubscription:
    """Change one of the program's own; return it as it is then.

    From the right code on changes are told, later ones only. Raises NotFound, Invalid ``wrong_code``.
    """
    old = _mine(tx, who, id_, now)
    is_verified = old.is_verified
    if "code" in patch.given:
        if not hmac.compare_digest((patch.code or "").encode(), target(ring, old).code.encode()):
            raise Invalid("verificationCode", "wrong_code", "This is not the code that was sent there.")
        is_verified = True
    new = replace(
        old,
        types=patch.types if "types" in patch.given else old.types,
        arrivals=patch.arrivals if "arrivals" in patch.given else old.arrivals,
        expires_at=_bounded(patch.expires_at, now) if "expires_at" in patch.given else old.expires_at,
        is_verified=is_verified,
    )
    push_subscriptions.update(tx, new)
    if is_verified and not old.is_verified:
        with _within(tx, _scope(tx, who, now)):
            push_subscriptions.set_told(tx, id_, state_changes.reached(tx, who.user_id))
    return new


def destroy(tx: Tx, who: Credential, id_: PushId, now: datetime) -> None:
    """End one of the program's own. Raises NotFound."""
    _mine(tx, who, id_, now)
    push_subscriptions.destroy(tx, id_)


def code_of(ring: KeyRing, subscription: PushSubscription) -> str | None:
    """The code as the program has told it back; None before, and where it can't be opened: the program is to
    see the subscription all the same, and may end it."""
    try:
        return target(ring, subscription).code if subscription.is_verified else None
    except CannotOpen:
        return None


def target(ring: KeyRing, subscription: PushSubscription) -> PushTarget:
    """Where it is told. Raises CannotOpen."""
    octets = ring.open(subscription.sealed, _row(subscription.id))
    sealed = msgspec.msgpack.decode(octets, type=_Sealed)
    if sealed.p256dh is None or sealed.auth is None:
        return PushTarget(sealed.url, None, sealed.code)
    return PushTarget(sealed.url, PushKeys(sealed.p256dh, sealed.auth), sealed.code)


# -- the sender's side ------------------------------------------------------------------------------


def claim_due(
    tx: Tx, ring: KeyRing, now: datetime, ids: Collection[PushId], claim_s: float, holder: str | None = None
) -> list[Delivery]:
    """What is to be sent now to these, claimed for ``claim_s``; nothing to those that are not due any more.

    A subscription whose login or token has ended meanwhile is removed; one for which only types
    changed that it does not want counts as told; one whose user has quiet is held until that ends; one that
    this process can't open waits for one that can.
    """
    until = now + timedelta(seconds=claim_s)
    still_due = push_subscriptions.due_among(tx, ids, now, len(ids))
    due = (push_subscriptions.get(tx, id_) for id_ in still_due)
    claimed = [_claim(tx, ring, one, now, until, holder) for one in due if one is not None]
    return [delivery for delivery in claimed if delivery is not None]


def sent(tx: Tx, delivery: Delivery, next_at: datetime) -> None:
    """It was handed over; nothing more before ``next_at``."""
    id_ = delivery.subscription.id
    at = delivery.claimed_until
    if push_subscriptions.settle(tx, id_, at, next_at=next_at, failures=0, is_code_sent=True):
        push_subscriptions.set_told(tx, id_, delivery.told)


def failed(tx: Tx, delivery: Delivery, next_at: datetime) -> None:
    """It was not handed over: once more at ``next_at``. An address that never took its code is given up."""
    one = delivery.subscription
    failures, is_code_sent = one.failures + 1, one.is_code_sent
    if not is_code_sent and failures >= _MOST_UNVERIFIED_FAILURES:
        push_subscriptions.destroy(tx, one.id)
        return
    push_subscriptions.settle(
        tx, one.id, delivery.claimed_until, next_at=next_at, failures=failures, is_code_sent=is_code_sent
    )


def gone(tx: Tx, id_: PushId) -> None:
    """Its push service has it no more."""
    push_subscriptions.destroy(tx, id_)


def forget_expired(tx: Tx, now: datetime) -> int:
    """Remove those whose time is over; return how many."""
    return push_subscriptions.destroy_expired(tx, now)


def _claim(
    tx: Tx, ring: KeyRing, one: PushSubscription, now: datetime, until: datetime, holder: str | None
) -> Delivery | None:
    try:
        scope, where = _scope(tx, one.credential, now), target(ring, one)
    except LoginNeeded:
        push_subscriptions.destroy(tx, one.id)
        return None
    except CannotOpen:
        log.warning("push.sealed_with_another_key", subscription=one.id)
        push_subscriptions.claim(tx, one.id, now, now + _LOOK_AGAIN)
        return None
    if not one.is_code_sent:
        message: dict[str, Any] = _verification(one, where)
        told: dict[AccountId, int] = {}
    elif quiet_ends := _quiet_until(tx, one, now):
        push_subscriptions.hold(tx, one.id, quiet_ends)
        return None
    else:
        moved = _moved(tx, one, scope)
        message, told = _fitting(moved)
        unwanted = {a: modseq for a, modseq in moved.now.items() if a not in moved.changed}
        push_subscriptions.set_told(tx, one.id, unwanted)
        if not told:
            return None
    if not push_subscriptions.claim(tx, one.id, now, until, holder):
        return None
    return Delivery(one, until, where, msgspec.json.encode(message), told)


def _quiet_until(tx: ReadTx, one: PushSubscription, now: datetime) -> datetime | None:
    """Until when its user wants no notifications. Only what shows new mail waits for that: other programs
    are kept up to date by what they are told, at any hour."""
    return None if one.arrivals is None else quiet_until(quiet_hours.get(tx, one.credential.user_id), now)


def _moved(tx: Tx, one: PushSubscription, scope: Scope | None) -> state_changes.Moved:
    told = push_subscriptions.told(tx, one.id)
    with _within(tx, scope):
        return state_changes.since(tx, one.credential.user_id, told, _types(one), one.arrivals)


def _types(one: PushSubscription) -> frozenset[str]:
    if one.types is None:
        return frozenset(t.value for t in frozenset(ChangeType) - UNLESS_NAMED) | {DELIVERY}
    return frozenset(one.types)


def _verification(one: PushSubscription, where: PushTarget) -> dict[str, Any]:
    """Source: RFC 8620 §7.2.2 (PushVerification)."""
    return {
        "@type": "PushVerification",
        "pushSubscriptionId": encode_id(PUSH, one.id),
        "verificationCode": where.code,
    }


def _fitting(moved: state_changes.Moved) -> tuple[dict[str, Any], dict[AccountId, int]]:
    """A StateChange of as many accounts as one message holds, and how far it tells."""
    changed: dict[str, dict[str, str]] = {}
    message = {"@type": "StateChange", "changed": changed}
    told: dict[AccountId, int] = {}
    left = MOST_OCTETS - len(msgspec.json.encode(message))
    for account, states in moved.changed.items():
        part = {encode_id(ACCOUNT, account): dict(states)}
        left -= len(msgspec.json.encode(part))  # two braces for the comma and some slack
        if left < 0:
            break
        changed |= part
        told[account] = moved.now[account]
    return message, told


def _scope(tx: ReadTx, who: Credential, now: datetime) -> Scope | None:
    """What the login or token is limited to. LoginNeeded when there is none any more."""
    token = api_tokens.get(tx, who.hash, now) if who.is_token else None
    if token is None and (who.is_token or logins.get(tx, who.hash, now) is None):
        raise LoginNeeded("login_needed", "This login or token has ended.")
    return None if token is None else token.scope


@contextmanager
def _within(tx: ReadTx, scope: Scope | None) -> Iterator[None]:
    """Have rights read as the owner's login or token has them."""
    before = tx.scope
    tx.scope = scope
    try:
        yield
    finally:
        tx.scope = before


def _mine(tx: ReadTx, who: Credential, id_: PushId, now: datetime) -> PushSubscription:
    found = next((one for one in push_subscriptions.list_of(tx, who, now) if one.id == id_), None)
    if found is None:
        raise NotFound("no_such_push_subscription", "There is no such push subscription.")
    return found


def _bounded(wanted: datetime | None, now: datetime) -> datetime:
    """In whole seconds, as it is told."""
    latest = (now + LIVES_AT_MOST).replace(microsecond=0)
    return latest if wanted is None else min(wanted, latest)


def _row(id_: PushId) -> str:
    return f"push_subscriptions/{id_}"
