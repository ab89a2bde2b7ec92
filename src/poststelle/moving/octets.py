"""Messages and files from one place to another: what the database names is copied, compared by its hash, and
then the other place is the one.

    first pass ──> at rest? ──> being moved (a fence) ──> last pass ──> moved
                                     └── not whole, or broken off ──> as before

Servers may go on during the first pass: what comes is brought by the last one. Then they rest. One that stood
still while it was looked for, or starts meanwhile, meets the fence: whatever stores octets, or finds some,
asks in its own transaction where they are (``blob_place.require_here``), and each server asks with every
beat, and ends. So what is stored was there before the fence, and the last pass brings all that is there, be
it named yet or not. Nothing is removed from where it was. Broken off, it goes on where it was: what is there
is not copied again.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from poststelle.blobs import BlobMissing, BlobStore
from poststelle.lib.at_once import some_at_once
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_key
from poststelle.settings import blob_place
from poststelle.store import backups, blob_objects
from poststelle.store.tx import Store

_AT_ONCE = 500
_TELL_EVERY_S = 2.0
_ANY_TIME = timedelta(days=365)  # clocks of machines may differ, and be set back


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


@asynccontextmanager
async def fenced(store: Store, source: str, clock: Clock) -> AsyncIterator[str]:
    """No server stores anything at ``source`` any more, until the end of the block, where they are elsewhere
    (``blob_place.finish_move``, which wants the name that comes of this) or stay here; or, where this program
    is killed, until it is run again."""
    move = new_key()
    await store.write(blob_place.begin_move, move, clock.now())
    try:
        # Who was storing has its fact by now, or finds itself given up, and asks where it is.
        await store.write(blob_objects.give_up_all, source)
        yield move
    finally:
        await store.write(blob_place.end_move, move)


async def carry_all(
    store: Store, source: BlobStore, target: BlobStore, clock: Clock, tell: Callable[[str], None]
) -> Carried:
    """All that is named, and what is about to be: who stored it may name it yet. Raises as ``carry``."""
    result = await carry(store, source, target, tell)
    unnamed = Carried()  # what lacks of it is nobody's loss
    async for some in source.stored_before(clock.now() + _ANY_TIME):
        await some_at_once(partial(_carry_one, source, target, sha256, unnamed) for sha256 in some)
    result.copied, result.octets = result.copied + unnamed.copied, result.octets + unnamed.octets
    return result


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
