"""Blobs as objects in somebody else's keeping: an object storage, or a folder that several machines share.

    put(chunks) ─> hash ─> ledger: coming ─> object ─> ledger: present
                             └─ already present: only its time is noted, and its object looked for

There is no lock, for these places have none that can be relied on. Each time that octets are stored they get
an object with a name of its own, and which of them count is a fact in the ledger. What is removed
is taken out of the ledger first, and then that one object is destroyed: whoever stores the octets again
meanwhile has made another, which nobody destroys.

Source: docs/decisions/0033.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

import structlog

from poststelle.blobs.aside import nameless, put_aside
from poststelle.blobs.base import CHUNK, Beside, BlobMissing, BlobsUnavailable, Stored, check_hash
from poststelle.blobs.cache import Cache
from poststelle.blobs.objects import Generation, Ledger, ObjectMissing, Objects
from poststelle.lib.clock import Clock, SystemClock
from poststelle.lib.ids import new_key

T = TypeVar("T")
log = structlog.get_logger()

IN_MEMORY = 1_000_000
"""Octets up to which what is being stored waits in memory."""
PIECE = 4 * 1024 * 1024
"""Octets of one request for what is read piece by piece; up to so many a blob is cached."""
LONGEST_PUT = timedelta(days=1)
LOST_FOR = timedelta(days=90)
"""How long an object that was not there is looked for again: a storage's keeper may bring it back."""
_LISTED_AT_ONCE = 500
_ATTEMPTS = 3
_HASHED_HERE = 64 * 1024  # octets that are hashed sooner than a thread begins
_LOOK_EVERY_S, _LOOK_AGAIN_S = 300.0, 10.0


class ObjectBlobs:
    """``folder`` is on this machine, for what waits. ``reach`` does what asks the objects in threads, which
    may wait long; ``beside`` what works here."""

    def __init__(
        self,
        objects: Objects,
        ledger: Ledger,
        folder: Path,
        clock: Clock | None = None,
        *,
        cache: Cache | None = None,
        reach: Beside = asyncio.to_thread,
        beside: Beside = asyncio.to_thread,
    ) -> None:
        self._objects, self._ledger, self._folder = objects, ledger, folder
        self._clock, self._cache = clock or SystemClock(), cache
        self._in_threads, self._beside = reach, beside
        self._unreachable: tuple[datetime, str] | None = None

    @property
    def place(self) -> str:
        """The name of where they are."""
        return self._ledger.place

    @property
    def unreachable(self) -> tuple[datetime, str] | None:
        """Since when it has not answered, and why; None: as far as is known it does."""
        return self._unreachable

    async def put(self, chunks: AsyncIterator[bytes], *, is_lasting: bool = True) -> Stored:
        digest, size, begun = hashlib.sha256(), 0, bytearray()
        file: IO[bytes] | None = None
        try:
            async for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                if file is not None:
                    await self._beside(partial(file.write, chunk))
                    continue
                begun += chunk
                if len(begun) > IN_MEMORY:
                    file = await self._beside(partial(nameless, self._folder))
                    await self._beside(partial(file.write, bytes(begun)))
            stored = Stored(digest.hexdigest(), size)
            await self._store(stored, bytes(begun) if file is None else file, is_lasting)
        finally:
            if file is not None:
                file.close()
        return stored

    async def _store(self, stored: Stored, octets: bytes | IO[bytes], is_lasting: bool) -> None:
        for _ in range(_ATTEMPTS):
            new = Generation(stored.sha256, new_key(), stored.size)
            if await self._ledger.begin(new, self._clock.now()):
                if await self._is_there(stored.sha256):
                    return
                continue
            await self._reach(partial(self._objects.put, new.name, octets))
            if await self._ledger.arrive(new, self._clock.now(), is_lasting=is_lasting):
                if self._cache is not None and isinstance(octets, bytes):
                    await self._beside(partial(self._cache.put, new.id, octets))
                return
        raise BlobsUnavailable("unreachable", "it took longer than a day, or was lost, each time")

    async def _is_there(self, sha256: str) -> bool:
        """Whether what is present has an object: who brings octets is told that they are stored. In an outage
        it is believed, as for who holds them."""
        found = await self._ledger.find(sha256)
        try:
            return found is None or await self.recheck(found)
        except BlobsUnavailable:
            return True

    async def exists(self, sha256: str) -> bool:
        check_hash(sha256)
        return await self._ledger.find(sha256) is not None

    async def hold(self, sha256: str) -> bool:
        return await self.hold_all([sha256])

    async def hold_all(self, hashes: Sequence[str]) -> bool:
        return await self._ledger.touch(sorted(set(hashes)), self._clock.now())

    async def destroy(self, sha256: str, stored_before: datetime) -> bool:
        gone = await self._ledger.expel(sha256, stored_before)
        try:
            await self._remove(gone)
        except BlobsUnavailable as error:  # they count no more; ``tidy`` comes back to them
            log.warning("blobs.not_removed", why=error.why)
        return bool(gone)

    async def stored_before(
        self, at: datetime, since: datetime | None = None
    ) -> AsyncIterator[Sequence[str]]:
        after = (-1, "")
        while some := await self._ledger.stored_before(at, since, after, _LISTED_AT_ONCE):
            yield [sha256 for _, sha256 in some]
            after = some[-1]

    async def read(self, sha256: str) -> bytes:
        return await self._where_it_is(sha256, self._read)

    async def apply(self, sha256: str, fn: Callable[[bytes], T]) -> T:
        octets = await self.read(sha256)
        return await self._beside(lambda: fn(octets))

    def aside(self, octets: bytes) -> AsyncIterator[bytes]:
        return put_aside(octets, self._folder, self._beside)

    async def opened(self, sha256: str) -> AsyncIterator[bytes]:
        return await self._where_it_is(sha256, self._opened)

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        async for chunk in await self.opened(sha256):
            yield chunk

    async def keep(self) -> None:
        """Until cancelled: look whether the objects can be reached, and put in order what was left."""
        while True:
            try:
                await self._reach(self._objects.look)
                await self.tidy()
            except BlobsUnavailable:
                await self._clock.sleep(_LOOK_AGAIN_S)
                continue
            if self._cache is not None:
                await self._beside(self._cache.prune)
            await self._clock.sleep(_LOOK_EVERY_S)

    async def tidy(self) -> None:
        """Destroy objects that were never told to be there, and those that could not be destroyed."""
        now = self._clock.now()
        await self._ledger.give_up(now - LONGEST_PUT, now - LOST_FOR)
        while some := await self._ledger.going(_LISTED_AT_ONCE):
            await self._remove(some)

    async def every(self) -> AsyncIterator[Sequence[Generation]]:
        """All that is stored, by its hashes, in portions."""
        after = ""
        while some := await self._ledger.every(after, _LISTED_AT_ONCE):
            yield some
            after = some[-1].sha256

    async def recheck(self, told: Generation) -> bool:
        """Whether its object is there, and as large as the ledger says; one that is not counts no more.

        For a ledger that was put back to an earlier state: what it tells of may have been removed since.
        """
        size = await self._reach(partial(self._objects.size, told.name))
        if size == told.size:
            return True
        if size is not None:
            await self._reach(self._objects.look)  # somebody else's answer has another size, too
        await self._ledger.lose(told, self._clock.now())
        return False

    async def _remove(self, gone: Sequence[Generation]) -> None:
        for one in gone:
            await self._reach(partial(self._objects.destroy, one.name))
            if self._cache is not None:
                await self._beside(partial(self._cache.forget, one.id))
        if gone:
            await self._ledger.forget(gone)

    async def _where_it_is(self, sha256: str, fetch: Callable[[Generation], Awaitable[T]]) -> T:
        """``fetch`` of one time that the octets were stored; of another where its object is lost, which
        counts no more then. Raises BlobMissing."""
        check_hash(sha256)
        for _ in range(_ATTEMPTS):
            found = await self._ledger.find(sha256) or await self._regained(sha256)
            if found is None:
                break
            try:
                return await fetch(found)
            except ObjectMissing:
                await self._lose(found)
        raise BlobMissing(sha256)

    async def _lose(self, lost: Generation) -> None:
        log.error("blobs.object_missing", object=lost.name)
        await self._ledger.lose(lost, self._clock.now())

    async def _regained(self, sha256: str) -> Generation | None:
        """One that was lost and is there again: somebody has undone what was deleted."""
        for one in await self._ledger.lost(sha256):
            if await self._reach(partial(self._objects.size, one.name)) == one.size:
                log.info("blobs.object_back", object=one.name)
                await self._ledger.regain(one, self._clock.now())
                return one
        return None

    async def _opened(self, found: Generation) -> AsyncIterator[bytes]:
        if found.size <= PIECE:
            return _cut(await self._read(found))
        return self._pieces(found, await self._get(found, 0, PIECE))

    async def _read(self, found: Generation) -> bytes:
        is_cached = self._cache is not None and found.size <= PIECE
        if is_cached and (octets := await self._beside(partial(self._cached, found))) is not None:
            return octets
        octets = await self._get(found, 0, found.size)
        await self._require_whole(found, octets)
        if is_cached and self._cache is not None:
            await self._beside(partial(self._cache.put, found.id, octets))
        return octets

    def _cached(self, found: Generation) -> bytes | None:
        return None if self._cache is None else self._cache.get(found.id, found.sha256)

    async def _require_whole(self, found: Generation, octets: bytes) -> None:
        """Raises BlobsUnavailable where they are not what their name says."""
        digest = hashlib.sha256(b"" if len(octets) > _HASHED_HERE else octets)
        if len(octets) > _HASHED_HERE:
            await self._beside(partial(digest.update, octets))
        _require_hash(found, digest.hexdigest())

    async def _pieces(self, found: Generation, first: bytes) -> AsyncIterator[bytes]:
        """One request for each piece, when it is wanted: nobody who reads slowly holds a connection.

        The last piece is handed on when all are what the name says; what is not breaks off before.
        """
        piece, begin, digest = first, 0, hashlib.sha256()
        while True:
            begin += len(piece)
            await self._beside(partial(digest.update, piece))
            if begin >= found.size:
                _require_hash(found, digest.hexdigest())
            for chunk in _chunks(piece):
                yield chunk
            if begin >= found.size:
                return
            try:
                piece = await self._get(found, begin, min(begin + PIECE, found.size))
            except ObjectMissing as error:
                await self._lose(found)
                raise BlobMissing(found.sha256) from error

    async def _get(self, found: Generation, begin: int, end: int) -> bytes:
        """Raises ObjectMissing."""
        if begin >= end:
            return b""
        octets = await self._reach(partial(self._objects.get, found.name, begin, end))
        if len(octets) != end - begin:
            raise BlobsUnavailable("unreachable", "fewer octets came than there are")
        return octets

    async def _reach(self, fn: Callable[[], T]) -> T:
        """``fn()``, and note whether the objects can be reached."""
        try:
            result = await self._in_threads(fn)
        except BlobsUnavailable as error:
            if self._unreachable is None:
                log.error("blobs.unreachable", why=error.why, detail=error.detail)
            since = self._clock.now() if self._unreachable is None else self._unreachable[0]
            self._unreachable = since, error.why
            raise
        if self._unreachable is not None:
            log.info("blobs.reached_again", since=self._unreachable[0].isoformat())
            self._unreachable = None
        return result


def _require_hash(found: Generation, sha256: str) -> None:
    if sha256 != found.sha256:  # the storage's fault, or of whoever answers in its place: it is asked again
        log.error("blobs.object_damaged", object=found.name)
        raise BlobsUnavailable("unreachable", "other octets came than were stored")


def _chunks(octets: bytes) -> Sequence[bytes]:
    return [octets[first : first + CHUNK] for first in range(0, len(octets), CHUNK)] or [b""]


async def _cut(octets: bytes) -> AsyncIterator[bytes]:
    for chunk in _chunks(octets):
        yield chunk
