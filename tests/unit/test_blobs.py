"""Blobs: octets by their hash, whole or not at all."""

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poststelle.blobs import BlobMissing, DirectoryBlobs, SmallBlobs
from poststelle.blobs.base import CHUNK
from poststelle.blobs.directory import SMALL
from poststelle.lib.clock import SystemClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class StoppedClock(SystemClock):
    at: datetime

    def now(self) -> datetime:
        return self.at


async def chunks(*parts: bytes, fails: bool = False) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if fails:
        raise ConnectionError("cut off")


async def read(blobs: DirectoryBlobs, sha256: str) -> bytes:
    return b"".join([chunk async for chunk in blobs.open(sha256)])


async def all_before(blobs: DirectoryBlobs, at: datetime) -> list[str]:
    return [sha256 async for some in blobs.stored_before(at) for sha256 in some]


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


async def test_what_is_put_aside_is_on_the_disk_and_nobodys(tmp_path: Path) -> None:
    """In pieces, for who takes them slowly; there is no file to be found, before and after."""
    blobs = DirectoryBlobs(tmp_path)
    for octets in b"", b"a" * CHUNK, b"ab" * CHUNK:
        pieces = [piece async for piece in blobs.aside(octets)]
        assert b"".join(pieces) == octets and all(len(piece) <= CHUNK for piece in pieces)
    waiting = blobs.aside(b"ab" * CHUNK)
    assert len(await anext(waiting)) == CHUNK and files_below(tmp_path) == []


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


async def test_storing_and_removing_take_turns(tmp_path: Path) -> None:
    """Who removes waits for whoever stores, in another process too, and looks at the age after that."""
    stored_at = datetime(2026, 9, 1, tzinfo=UTC)
    blobs = DirectoryBlobs(tmp_path, StoppedClock(stored_at))
    sha256 = (await blobs.put(chunks(b"a"))).sha256
    later = stored_at + timedelta(hours=1)
    with (tmp_path / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        removing = asyncio.create_task(blobs.destroy(sha256, later))
        done, _ = await asyncio.wait({removing}, timeout=0.05)
        [file] = files_below(tmp_path / sha256[:2])
        os.utime(file, (later.timestamp(), later.timestamp()))
    assert (done, await removing, await blobs.exists(sha256)) == (set(), False, True)


async def test_only_what_is_old_enough_is_removed(tmp_path: Path) -> None:
    """Held octets are as young as stored ones; there is no holding what is not there."""
    stored_at = datetime(2026, 9, 1, tzinfo=UTC)
    later = stored_at + timedelta(hours=1)
    sha256 = (await DirectoryBlobs(tmp_path, StoppedClock(stored_at)).put(chunks(b"a"))).sha256
    blobs = DirectoryBlobs(tmp_path, StoppedClock(later))
    assert not await blobs.destroy(sha256, stored_at)
    assert await blobs.hold(sha256) and not await blobs.destroy(sha256, later)
    assert await blobs.destroy(sha256, later + timedelta(seconds=1))
    assert not await blobs.hold(sha256) and not await blobs.destroy(sha256, later + timedelta(hours=1))


async def test_a_missing_blob_is_said_so(tmp_path: Path) -> None:
    """And a name that is no hash never becomes a path."""
    blobs = DirectoryBlobs(tmp_path)
    assert not await blobs.exists("0" * 64)
    with pytest.raises(BlobMissing):
        await read(blobs, "0" * 64)
    with pytest.raises(ValueError, match="hexadecimal"):
        await blobs.exists("../../etc/passwd")


@pytest.fixture
def together(tmp_path: Path) -> DirectoryBlobs:
    """Blobs of which the small ones lie together."""
    clock = StoppedClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    return DirectoryBlobs(tmp_path, clock, small=SmallBlobs(tmp_path / "small.db"))


@pytest.mark.parametrize("size", [0, 10, SMALL, SMALL + 1, 3 * SMALL])
async def test_small_blobs_lie_together_and_large_ones_alone(
    together: DirectoryBlobs, tmp_path: Path, size: int
) -> None:
    """Nobody sees a difference: they come back, are held, and go when nobody has held them since."""
    octets = b"x" * size
    stored = await together.put(chunks(octets[:7], octets[7:]), is_lasting=False)
    assert await together.put(chunks(octets)) == stored
    assert await read(together, stored.sha256) == await together.read(stored.sha256) == octets
    assert ((tmp_path / stored.sha256[:2]).exists()) is (size > SMALL)
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert await together.exists(stored.sha256)
    assert await together.hold_all([stored.sha256, stored.sha256])
    assert not await together.hold_all([stored.sha256, "0" * 64])
    assert await all_before(together, at) == []
    assert not await together.destroy(stored.sha256, at)
    assert await all_before(together, at + timedelta(seconds=1)) == [stored.sha256]
    assert await together.destroy(stored.sha256, at + timedelta(seconds=1))
    assert not await together.exists(stored.sha256)
    with pytest.raises(BlobMissing):
        await together.read(stored.sha256)


async def test_what_is_a_file_already_stays_one(together: DirectoryBlobs, tmp_path: Path) -> None:
    """Those of an earlier version are found, and not stored a second time."""
    stored = await DirectoryBlobs(tmp_path).put(chunks(b"from before"))
    assert await together.put(chunks(b"from before")) == stored
    assert await read(together, stored.sha256) == b"from before"
    (tmp_path / stored.sha256[:2] / stored.sha256[2:4] / stored.sha256).unlink()
    assert not await together.exists(stored.sha256)


async def test_a_broken_transfer_keeps_nothing_small(together: DirectoryBlobs) -> None:
    """As with files."""
    with pytest.raises(ConnectionError):
        await together.put(chunks(b"half", fails=True))
    assert await all_before(together, datetime(2027, 1, 1, tzinfo=UTC)) == []
