"""Blobs as files: ``ab/cd/abcd…``, written beside, made durable, then renamed; small ones lie together."""

import asyncio
import fcntl
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from poststelle.blobs.aside import put_aside, sync_folder
from poststelle.blobs.base import CHUNK, HASH, Beside, BlobMissing, Stored, chained, check_hash, portions
from poststelle.blobs.small import SmallBlobs
from poststelle.lib.clock import Clock, SystemClock, to_ms

T = TypeVar("T")

SMALL = 100_000
"""Octets up to which a blob lies with others, where there is a place for them."""


class DirectoryBlobs:
    """Blobs below one folder, which is created when first needed. Left-over temporary files hold nothing.

    When a blob was last stored is its file's time of modification, set by
    ``clock``. Storing and removing take turns by a lock on the file ``lock``.
    With ``small`` those of up to ``SMALL`` octets lie there; what is a file already stays one.
    ``beside`` does what blocks in threads. ``require_here`` raises BlobsUnavailable where octets are kept
    elsewhere by now; asked when they are stored, so that whoever brings all there from then on finds them.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock | None = None,
        *,
        small: SmallBlobs | None = None,
        beside: Beside = asyncio.to_thread,
        require_here: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._folder, self._clock, self._small = folder, clock or SystemClock(), small
        self._beside, self._require_here = beside, require_here

    async def put(self, chunks: AsyncIterator[bytes], *, is_lasting: bool = True) -> Stored:
        stored = await self._put(chunks, is_lasting)
        if self._require_here is not None:
            await self._require_here()
        return stored

    async def _put(self, chunks: AsyncIterator[bytes], is_lasting: bool) -> Stored:
        if self._small is None:
            return await self._put_file(chunks)
        begun = bytearray()
        async for chunk in chunks:
            begun += chunk
            if len(begun) > SMALL:
                return await self._put_file(chained(bytes(begun), chunks))
        return await self._beside(partial(self._put_small, self._small, bytes(begun), is_lasting))

    def _put_small(self, small: SmallBlobs, octets: bytes, is_lasting: bool) -> Stored:
        stored = Stored(hashlib.sha256(octets).hexdigest(), len(octets))
        if not self._touch_file(self._path(stored.sha256)):
            small.put(stored.sha256, octets, to_ms(self._clock.now()), is_lasting=is_lasting)
        return stored

    async def _put_file(self, chunks: AsyncIterator[bytes]) -> Stored:
        digest, size = hashlib.sha256(), 0
        file, path = await self._beside(self._new_file)
        try:
            async for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                await self._beside(partial(file.write, chunk))
            final = self._path(digest.hexdigest())
            await self._beside(partial(self._take_in, file, path, final))
        except BaseException:
            file.close()
            path.unlink(missing_ok=True)
            raise
        return Stored(digest.hexdigest(), size)

    async def exists(self, sha256: str) -> bool:
        return await self._beside(partial(self._exists, sha256))

    async def hold(self, sha256: str) -> bool:
        return await self.hold_all([sha256])

    async def hold_all(self, hashes: Sequence[str]) -> bool:
        return await self._beside(partial(self._hold, hashes))

    async def destroy(self, sha256: str, stored_before: datetime) -> bool:
        return await self._beside(partial(self._destroy, sha256, stored_before))

    async def stored_before(
        self, at: datetime, since: datetime | None = None
    ) -> AsyncIterator[Sequence[str]]:
        for some in portions(await self._beside(partial(self._all_before, at, since))):
            yield some

    async def read(self, sha256: str) -> bytes:
        return await self._beside(partial(self._read, sha256))

    async def apply(self, sha256: str, fn: Callable[[bytes], T]) -> T:
        return await self._beside(lambda: fn(self._read(sha256)))

    def aside(self, octets: bytes) -> AsyncIterator[bytes]:
        return put_aside(octets, self._new_folder, self._beside)

    async def opened(self, sha256: str) -> AsyncIterator[bytes]:
        return self._chunks(*await self._beside(partial(self._first_chunk, sha256)))

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        async for chunk in await self.opened(sha256):
            yield chunk

    def _first_chunk(self, sha256: str) -> tuple[bytes, Path | None]:
        """The first octets, and the file that holds more of them."""
        if (octets := self._small_one(sha256)) is not None:
            return octets, None
        path = self._path(sha256)
        try:
            with path.open("rb") as file:
                first = file.read(CHUNK)
        except FileNotFoundError as error:
            raise BlobMissing(sha256) from error
        return first, path if len(first) == CHUNK else None

    async def _chunks(self, first: bytes, rest: Path | None) -> AsyncIterator[bytes]:
        yield first
        if rest is None:
            return
        try:
            file = await self._beside(lambda: rest.open("rb"))
        except FileNotFoundError as error:
            raise BlobMissing(rest.name) from error
        try:
            file.seek(len(first))
            while chunk := await self._beside(partial(file.read, CHUNK)):
                yield chunk
        finally:
            file.close()

    def _path(self, sha256: str) -> Path:
        check_hash(sha256)
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    @property
    def _new_folder(self) -> Path:
        return self._folder / "new"

    def _new_file(self) -> tuple[BinaryIO, Path]:
        self._new_folder.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=self._new_folder)
        return os.fdopen(number, "w+b"), Path(name)

    def _take_in(self, file: BinaryIO, temporary: Path, final: Path) -> None:
        """A crash leaves the whole file under its hash, or none."""
        file.flush()
        os.fsync(file.fileno())
        file.close()
        if self._touch(final):
            temporary.unlink()
            return
        self._set_time(temporary)
        final.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            temporary.replace(final)
        for folder in (final.parent, final.parent.parent):
            sync_folder(folder)

    def _touch(self, path: Path) -> bool:
        with self._alone():
            try:
                self._set_time(path)
            except FileNotFoundError:
                return False
            return True

    def _read(self, sha256: str) -> bytes:
        if (octets := self._small_one(sha256)) is not None:
            return octets
        try:
            return self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise BlobMissing(sha256) from error

    def _small_one(self, sha256: str) -> bytes | None:
        return None if self._small is None else self._small.get(sha256)

    def _exists(self, sha256: str) -> bool:
        return self._path(sha256).is_file() or (self._small is not None and self._small.has(sha256))

    def _hold(self, hashes: Sequence[str]) -> bool:
        left = [sha256 for sha256 in dict.fromkeys(hashes) if not self._touch_file(self._path(sha256))]
        if not left:
            return True
        return self._small is not None and self._small.hold(left, to_ms(self._clock.now()))

    def _destroy(self, sha256: str, before: datetime) -> bool:
        is_removed = self._remove(self._path(sha256), before.timestamp())
        return is_removed or (self._small is not None and self._small.destroy(sha256, to_ms(before)))

    def _all_before(self, at: datetime, since: datetime | None) -> list[str]:
        first_ms = 0 if since is None else to_ms(since)
        small = [] if self._small is None else self._small.stored_before(to_ms(at), first_ms)
        return [*small, *self._list_before(at.timestamp(), first_ms / 1000)]

    def _touch_file(self, path: Path) -> bool:
        """Without the lock where there is no file: then there is nothing to take turns about."""
        return path.exists() and self._touch(path)

    def _remove(self, path: Path, before_s: float) -> bool:
        with self._alone():
            try:
                if path.stat().st_mtime >= before_s:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
            return True

    def _list_before(self, at_s: float, since_s: float) -> list[str]:
        files = (path for path in self._folder.glob("??/??/*") if HASH.fullmatch(path.name))
        return [path.name for path in files if since_s <= path.stat().st_mtime < at_s]

    def _set_time(self, path: Path) -> None:
        now_s = self._clock.now().timestamp()
        os.utime(path, (now_s, now_s))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else, of any process, stores or removes meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield  # closing the file ends it
