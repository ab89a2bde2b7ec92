"""Blobs as files: ``ab/cd/abcd…``, written beside, made durable, then renamed."""

import asyncio
import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from poststelle.blobs.base import BlobMissing, Stored
from poststelle.lib.clock import Clock, SystemClock

CHUNK = 64 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")


class DirectoryBlobs:
    """Blobs below one folder, which is created when first needed. Left-over temporary files hold nothing.

    When a blob was last stored is its file's time of modification, set by
    ``clock``. Storing and removing take turns by a lock on the file ``lock``.
    """

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._folder, self._clock = folder, clock or SystemClock()

    async def put(self, chunks: AsyncIterator[bytes]) -> Stored:
        digest, size = hashlib.sha256(), 0
        file, path = await asyncio.to_thread(self._new_file)
        try:
            async for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(self._take_in, file, path, self._path(digest.hexdigest()))
        except BaseException:
            file.close()
            path.unlink(missing_ok=True)
            raise
        return Stored(digest.hexdigest(), size)

    async def exists(self, sha256: str) -> bool:
        return await asyncio.to_thread(self._path(sha256).is_file)

    async def hold(self, sha256: str) -> bool:
        return await asyncio.to_thread(self._touch, self._path(sha256))

    async def destroy(self, sha256: str, stored_before: datetime) -> bool:
        return await asyncio.to_thread(self._remove, self._path(sha256), stored_before.timestamp())

    async def stored_before(self, at: datetime) -> list[str]:
        return await asyncio.to_thread(self._list_before, at.timestamp())

    async def load(self, sha256: str) -> bytes:
        return await asyncio.to_thread(self._load, sha256)

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._path(sha256).open, "rb")
        except FileNotFoundError as error:
            raise BlobMissing(sha256) from error
        try:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk
        finally:
            file.close()

    def _path(self, sha256: str) -> Path:
        if not _HASH.fullmatch(sha256):
            raise ValueError("a blob is named by 64 lower-case hexadecimal digits")
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def _new_file(self) -> tuple[BinaryIO, Path]:
        folder = self._folder / "new"
        folder.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=folder)
        return os.fdopen(number, "wb"), Path(name)

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
            _sync_folder(folder)

    def _touch(self, path: Path) -> bool:
        with self._alone():
            try:
                self._set_time(path)
            except FileNotFoundError:
                return False
            return True

    def _load(self, sha256: str) -> bytes:
        path = self._path(sha256)
        if not self._touch(path):
            raise BlobMissing(sha256)
        return path.read_bytes()

    def _remove(self, path: Path, before_s: float) -> bool:
        with self._alone():
            try:
                if path.stat().st_mtime >= before_s:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
            return True

    def _list_before(self, at_s: float) -> list[str]:
        files = (path for path in self._folder.glob("??/??/*") if _HASH.fullmatch(path.name))
        return [path.name for path in files if path.stat().st_mtime < at_s]

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


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
