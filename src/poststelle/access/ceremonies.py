"""What one request begins and a later one completes: kept here, sealed, and found by a token.

A token is good for one purpose and one user, for minutes; it is no login and opens nothing else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from poststelle.auth.crypto import KeyRing
from poststelle.lib.ids import new_secret
from poststelle.lib.secrets import hash_token
from poststelle.model.errors import LoginNeeded
from poststelle.model.ids import UserId
from poststelle.model.second_factor import Ceremony, Purpose
from poststelle.store import ceremonies
from poststelle.store.tx import ReadTx, Tx

LIVES = {
    Purpose.LOGIN: timedelta(minutes=10),
    Purpose.ENROL: timedelta(minutes=30),
    Purpose.SINGLE_SIGN_ON: timedelta(minutes=15),
    Purpose.APP: timedelta(minutes=30),
    Purpose.NEW_PASSKEY: timedelta(minutes=5),
    Purpose.PASSKEY: timedelta(minutes=5),
    Purpose.SIGNED_ON_ANEW: timedelta(minutes=10),
}


@dataclass(frozen=True, slots=True)
class Begun:
    """``said`` is what was kept when it began."""

    key: str
    user_id: UserId | None
    said: dict[str, Any]


def begin(tx: Tx, ring: KeyRing, purpose: Purpose, user: UserId | None, now: datetime, **said: Any) -> str:
    """Keep ``said``; the token to complete it with, which is kept nowhere here."""
    token = new_secret()
    begin_as(tx, ring, purpose, token, user, now, **said)
    return token


def begin_as(
    tx: Tx, ring: KeyRing, purpose: Purpose, token: str, user: UserId | None, now: datetime, **said: Any
) -> None:
    """As ``begin``, with a token that had to be made before."""
    key = hash_token(token)
    sealed = ring.seal(msgspec.json.encode(said), _row(key))
    ceremonies.insert(tx, Ceremony(key, user, purpose, sealed, now + LIVES[purpose]), now)


def find(tx: ReadTx, ring: KeyRing, purpose: Purpose, token: str, now: datetime) -> Begun:
    """What was begun; raises LoginNeeded ``step_over`` for any other token, and when its time is over."""
    found = ceremonies.get(tx, hash_token(token), purpose, now)
    if found is None:
        raise LoginNeeded("step_over", "This took too long, or was completed already; begin anew.")
    said = msgspec.json.decode(ring.open(found.sealed, _row(found.token_hash)))
    return Begun(found.token_hash, found.user_id, said)


def take(tx: Tx, ring: KeyRing, purpose: Purpose, token: str, now: datetime) -> Begun:
    """As ``find``, for the only time: the token is good for nothing afterwards, whatever comes of it."""
    found = find(tx, ring, purpose, token, now)
    ceremonies.destroy(tx, found.key)
    return found


def _row(key: str) -> str:
    return f"ceremonies/{key}"
