"""Temporary files: octets that wait on the disk, and what makes files last."""

import os
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import IO, Self

from poststelle.blobs.base import CHUNK, Beside, once


def put_aside(octets: bytes, folder: Path, beside: Beside) -> AsyncIterator[bytes]:
    """The octets in chunks, out of a file without a name in ``folder`` where they are many. Blocks."""
    if len(octets) <= CHUNK:
        return once(octets)
    file = nameless(folder)
    kept = _Aside(file, beside)
    file.write(octets)
    file.seek(0)
    return kept


def nameless(folder: Path) -> IO[bytes]:
    """A file that nobody finds, and that is gone when it is closed. Blocks."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


class _Aside:
    """The octets of a file that has no name. It is gone when it has been read, or is read no more."""

    def __init__(self, file: IO[bytes], beside: Beside) -> None:
        self._file, self._beside = file, beside

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if not self._file.closed and (chunk := await self._beside(partial(self._file.read, CHUNK))):
            return chunk
        self._file.close()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._file.close()

    def __del__(self) -> None:
        self._file.close()


def sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
