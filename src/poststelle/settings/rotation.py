"""A new key for everything that is sealed, while servers run.

    one key ──rotate──> new, old ──all sealed anew──> new, old ──retire──> new

The new key is put in front of the file's others. A server that meets a value it cannot open reads the file
again at once, and each reads it once a minute, so that nothing is sealed under the old key after that. Then,
and when no value is left under it, the old key may go.

Source: docs/decisions/0025.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from poststelle.auth.crypto import HEADER_OCTETS, BadKey, CannotOpen, KeyRing
from poststelle.lib.clock import Clock
from poststelle.settings import seals
from poststelle.settings.keyring import CHECK
from poststelle.store import audit, sealed
from poststelle.store.sealed import PLACES, SealedValue
from poststelle.store.tx import ReadTx, Store, Tx

log = structlog.get_logger()

RENEW_EVERY_S = 60.0
_AT_ONCE = 200
_CALLED_BY_KEY = frozenset({CHECK, seals.KEY, *seals.OLD_KEYS})


@dataclass(frozen=True, slots=True)
class Rotated:
    """``anew``: values sealed under the first key now. ``unreadable``: no key of the ring opens them."""

    anew: int
    unreadable: int


async def seal_anew(store: Store, ring: KeyRing, now: datetime) -> Rotated:
    """Seal under the ring's first key whatever is sealed under another; in the audit trail, if it was any.

    Can be broken off and begun again: each value is under one key or the other.
    """
    header, anew, unreadable = ring.header, 0, 0
    for place in PLACES:
        after = place.first
        while some := await store.read(sealed.elsewhere, place, header, after, _AT_ONCE):
            turned = [
                (one, ring.seal(plain, _row(one)))
                for one in some
                if (plain := _opened(ring, one)) is not None
            ]
            anew += await store.write(sealed.replace, turned)
            unreadable += len(some) - len(turned)
            after = some[-1].key
    if anew:
        await store.write(_noted, now, "keys.rotated", anew)
    return Rotated(anew, unreadable)


def headers(tx: ReadTx) -> list[bytes]:
    """What the sealed values begin with: by it the keys are known that they are sealed under.

    Of those that can't be made anew.
    """
    found: set[bytes] = set()
    for place in (one for one in PLACES if not one.is_made_anew):
        after: int | str = place.first
        while some := sealed.elsewhere(tx, place, b"", after, _AT_ONCE):
            found |= {one.octets[:HEADER_OCTETS] for one in some}
            after = some[-1].key
    return sorted(found)


async def retired(store: Store, now: datetime, keys: int) -> None:
    """Note in the audit trail that older keys open nothing here any more."""
    await store.write(_noted, now, "keys.retired", keys)


async def keep_current(ring: KeyRing, clock: Clock) -> None:
    """Read the keys again once a minute, until cancelled."""
    while True:
        await clock.sleep(RENEW_EVERY_S)
        try:
            is_other = ring.renew()
        except (BadKey, OSError) as problem:
            log.warning("keys.unusable", problem=type(problem).__name__)
        else:
            if is_other:
                log.info("keys.renewed")


def _opened(ring: KeyRing, value: SealedValue) -> bytes | None:
    try:
        return ring.open(value.octets, _row(value))
    except CannotOpen:
        return None


def _row(value: SealedValue) -> str:
    if value.key in _CALLED_BY_KEY:
        return str(value.key)
    return f"{value.place.table}/{value.key}"


def _noted(tx: Tx, now: datetime, action: str, count: int) -> None:
    audit.record(tx, now, None, action, count=count)
