"""A new key for everything that is sealed, while servers run.

    old ──> old, new ──known to all──> new, old ──all sealed anew──> new, old ──retire──> new

The new key is put behind the file's others first: it opens, and seals nothing. Each server reads the file
every few seconds and tells with its heart which keys it knows. Once all that live know the new one it is put
in front, and everything is sealed anew. When each seals with it and no value is left under the old key, that
may go.

Source: docs/decisions/0025.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from poststelle.auth.crypto import HEADER_OCTETS, BadKey, CannotOpen, KeyRing
from poststelle.lib.clock import Clock
from poststelle.model.health import Process
from poststelle.settings import seals
from poststelle.settings.keyring import CHECK
from poststelle.store import audit, holders, sealed
from poststelle.store.sealed import PLACES, SealedValue
from poststelle.store.tx import ReadTx, Store, Tx

log = structlog.get_logger()

RENEW_EVERY_S = 10.0
_KNOWN_WITHIN_S = 30
"""A look at the file, a beat, and some more: also as long as it takes to see that a heart stands still."""
_AT_ONCE = 200
_CALLED_BY_KEY = frozenset({CHECK, seals.KEY, *seals.OLD_KEYS})


@dataclass(frozen=True, slots=True)
class Rotated:
    """``anew``: values sealed under the first key now. ``unreadable``: no key of the ring opens them."""

    anew: int
    unreadable: int


def knows(key: str) -> Callable[[Process], bool]:
    """Whether a process has said that it opens what this key seals."""
    return lambda one: one.condition is not None and key in one.condition.keys


def seals_with(key: str) -> Callable[[Process], bool]:
    """Whether a process has said that this is the key it seals with."""
    return lambda one: one.condition is not None and one.condition.keys[:1] == (key,)


async def not_yet(store: Store, clock: Clock, fits: Callable[[Process], bool]) -> list[Process]:
    """Wait until what is asked is so of each process that lives; those of which it is not, by then.

    One whose heart has not beaten meanwhile is dead, and nobody was there to bury it.
    """
    before = await store.read(holders.beats)
    for _ in range(_KNOWN_WITHIN_S):
        if all(map(fits, await store.read(holders.list_all))):
            return []
        await clock.sleep(1)
    beats = await store.read(holders.beats)
    left = [one for one in await store.read(holders.list_all) if not fits(one)]
    return [one for one in left if beats.get(one.facts.name) != before.get(one.facts.name)]


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
    """Read the keys again every few seconds, until cancelled."""
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
