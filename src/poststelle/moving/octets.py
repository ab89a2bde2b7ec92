"""Messages and files from one place to another: what the database names is copied, compared by its hash, and
then the other place is the one.

Servers may go on meanwhile: what comes is brought by the next pass. Only for the last one they rest. Nothing
is removed from where it was. Broken off, it goes on where it was, for what is there is not copied again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from poststelle.blobs import BlobMissing, BlobStore
from poststelle.lib.at_once import some_at_once
from poststelle.lib.clock import Clock
from poststelle.store import backups, holders
from poststelle.store.tx import Store

_AT_ONCE = 500
_BEAT_S = 12.0  # a heart that is alive beats meanwhile
_TELL_EVERY_S = 2.0


@dataclass(slots=True)
class Carried:
    """How many were copied, of how many octets; the names of those that are not where they were, and of those
    that are not what their names say."""

    copied: int = 0
    octets: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.missing and not self.damaged


async def carry(store: Store, source: BlobStore, target: BlobStore, tell: Callable[[str], None]) -> Carried:
    """One pass over all that is named. Raises BlobsUnavailable, OSError."""
    total, done, told_at = await _count(store), 0, time.monotonic()
    result, after = Carried(), ""
    while some := await store.read(backups.blobs_needed, after, _AT_ONCE):
        await some_at_once(partial(_carry_one, source, target, sha256, result) for sha256 in some)
        done, after = done + len(some), some[-1]
        if time.monotonic() - told_at >= _TELL_EVERY_S:
            told_at = time.monotonic()
            share = 100 * done // max(1, total)
            tell(f"Looked at {done:,} of {total:,} files ({share} %), copied {result.copied:,}")
    return result


async def is_at_rest(store: Store, clock: Clock) -> bool:
    """Whether no server runs on this database. Takes some seconds where one may."""
    before = await store.read(holders.beats)
    if not before:
        return True
    await clock.sleep(_BEAT_S)
    after = await store.read(holders.beats)
    return all(after.get(name, beats) <= beats for name, beats in before.items())


async def _count(store: Store) -> int:
    count, after = 0, ""
    while some := await store.read(backups.blobs_needed, after, _AT_ONCE):
        count, after = count + len(some), some[-1]
    return count


async def _carry_one(source: BlobStore, target: BlobStore, sha256: str, result: Carried) -> None:
    if await target.exists(sha256):
        return
    try:
        stored = await target.put(await source.opened(sha256))
    except BlobMissing:
        result.missing.append(sha256)
        return
    if stored.sha256 != sha256:  # what was stored is nobody's, and goes by itself
        result.damaged.append(sha256)
        return
    result.copied, result.octets = result.copied + 1, result.octets + stored.size
