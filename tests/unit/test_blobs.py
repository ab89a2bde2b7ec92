"""Blobs: octets by their hash, whole or not at all."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from poststelle.blobs import BlobMissing, DirectoryBlobs

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def chunks(*parts: bytes, fails: bool = False) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if fails:
        raise ConnectionError("cut off")


async def read(blobs: DirectoryBlobs, sha256: str) -> bytes:
    return b"".join([chunk async for chunk in blobs.open(sha256)])


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_octets_come_back_by_their_hash(tmp_path: Path) -> None:
    """Stored in chunks, read whole; again the same octets are the same blob."""
    blobs = DirectoryBlobs(tmp_path)
    stored = await blobs.put(chunks(b"a" * 100_000, b"b"))
    assert stored == (hashlib.sha256(b"a" * 100_000 + b"b").hexdigest(), 100_001)
    assert await blobs.put(chunks(b"a" * 100_000, b"b")) == stored
    assert await read(blobs, stored.sha256) == b"a" * 100_000 + b"b"
    assert await blobs.exists(stored.sha256)


async def test_nothing_is_something(tmp_path: Path) -> None:
    """An empty blob is a blob."""
    blobs = DirectoryBlobs(tmp_path)
    stored = await blobs.put(chunks())
    assert stored.size == 0 and await read(blobs, stored.sha256) == b""


async def test_a_broken_transfer_keeps_nothing(tmp_path: Path) -> None:
    """Neither a blob nor a temporary file is left."""
    blobs = DirectoryBlobs(tmp_path)
    with pytest.raises(ConnectionError):
        await blobs.put(chunks(b"half", fails=True))
    assert files_below(tmp_path) == []


async def test_a_missing_blob_is_said_so(tmp_path: Path) -> None:
    """And a name that is no hash never becomes a path."""
    blobs = DirectoryBlobs(tmp_path)
    assert not await blobs.exists("0" * 64)
    with pytest.raises(BlobMissing):
        await read(blobs, "0" * 64)
    with pytest.raises(ValueError, match="hexadecimal"):
        await blobs.exists("../../etc/passwd")
