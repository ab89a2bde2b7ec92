"""Objects that are not there, or not what they were, and places that are others: what is believed of it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, cast

import pytest
from tests.gateway import Gateway, Mode, running_gateway
from tests.s3 import S3
from tests.store.conftest import FakeClock
from tests.store.test_object_blobs import at, chunks

from poststelle.blobs import (
    BlobMissing,
    BlobsUnavailable,
    Cache,
    FolderObjects,
    Generation,
    ObjectBlobs,
    ObjectMissing,
    once,
)
from poststelle.blobs.marks import MARK, Mark, written
from poststelle.blobs.object_blobs import PIECE
from poststelle.blobs.s3 import S3Objects
from poststelle.mail.blob_ledger import StoreLedger
from poststelle.store.tx import Store

pytestmark = pytest.mark.anyio
MINE, ANOTHERS = written(Mark("here", "us")), written(Mark("there", "us"))


@dataclass
class Shared:
    """A shared folder with its mark, and who keeps blobs in it."""

    folder: Path
    blobs: ObjectBlobs
    clock: FakeClock

    def objects(self) -> list[Path]:
        return sorted(self.folder.glob("??/??/*"))

    def unmount(self) -> None:
        """The mount point is there, and empty."""
        self.folder.rename(self.folder.with_name("the-file-system"))
        self.folder.mkdir()

    def mount(self) -> None:
        """What was written meanwhile lies below."""
        self.folder.rename(self.folder.with_name("below"))
        self.folder.with_name("the-file-system").rename(self.folder)


@pytest.fixture
def shared(store: Store, tmp_path: Path, clock: FakeClock) -> Shared:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / MARK).write_bytes(MINE)
    objects = FolderObjects(folder, "here")
    return Shared(folder, ObjectBlobs(objects, StoreLedger(store, "here"), tmp_path / "new", clock), clock)


@pytest.fixture
def gateway(s3: S3) -> Iterator[Gateway]:
    with running_gateway(s3) as it:
        yield it


def through(gateway: Gateway, bucket: str, place: str | None = None) -> S3Objects:
    return S3Objects(at(gateway.environ(bucket)["POSTSTELLE_BLOBS"]), place)


def refused(attempt: Callable[[], object]) -> str:
    """Why it can't be done now."""
    with pytest.raises(BlobsUnavailable) as found:
        attempt()
    return found.value.why


# -- A place that is not there ----------------------------------------------------------------------


async def test_a_folder_that_is_unmounted_swallows_nothing(shared: Shared) -> None:
    """Nothing is written below, nothing counts as gone or removed; mounted again, all is as it was."""
    kept = (await shared.blobs.put(chunks(b"kept"))).sha256
    old = (await shared.blobs.put(chunks(b"old"))).sha256
    shared.clock.advance(7200)
    shared.unmount()
    for attempt in (shared.blobs.put(chunks(b"new")), shared.blobs.read(kept)):
        with pytest.raises(BlobsUnavailable) as found:
            await attempt
        assert found.value.why == "unmarked"
    assert shared.blobs.unreachable is not None
    assert await shared.blobs.destroy(old, shared.clock.now())
    assert [path for path in shared.folder.rglob("*") if path.is_file()] == []
    shared.mount()
    assert await shared.blobs.read(kept) == b"kept" and shared.blobs.unreachable is None
    assert len(shared.objects()) == 2
    await shared.blobs.tidy()
    assert len(shared.objects()) == 1  # the old one went when it could


class _While:
    """Octets in the middle of which something is done."""

    def __init__(self, deed: Callable[[], None]) -> None:
        self._deed, self._left = deed, 2

    def seek(self, _: int) -> None:
        """They are read once."""

    def read(self, _: int) -> bytes:
        self._left -= 1
        if self._left == 0:
            self._deed()
        return b"x" if self._left >= 0 else b""


def while_reading(deed: Callable[[], None]) -> IO[bytes]:
    return cast("IO[bytes]", _While(deed))


async def test_a_folder_that_goes_while_something_is_stored(shared: Shared) -> None:
    """It does not count as stored, though it could be written into what lies below."""
    objects = FolderObjects(shared.folder, "here")

    def cover() -> None:
        shared.unmount()
        (shared.folder / "aa" / "bb").mkdir(parents=True)
        (shared.folder / "new").mkdir()
        (shared.folder / "new" / "two").write_bytes(b"x")

    why = refused(lambda: objects.put("aa/bb/one", while_reading(shared.unmount)))
    assert why == "unreachable"
    shared.mount()
    shared.folder.with_name("below").rename(shared.folder.with_name("below-before"))
    assert refused(lambda: objects.put("aa/bb/two", while_reading(cover))) == "unmarked"
    shared.mount()
    assert objects.size("aa/bb/two") is None


async def test_a_mark_says_which_place_it_is(shared: Shared, s3: S3) -> None:
    """In a folder and in a bucket: another one's, or none, is not ours."""
    bucket = s3.bucket()
    address = at(s3.address(bucket))
    S3Objects(address).put(MARK, MINE)
    for objects in (FolderObjects(shared.folder, "here"), S3Objects(address, "here")):
        objects.look()
    for mark in (ANOTHERS, b"no mark"):
        (shared.folder / MARK).write_bytes(mark)
        S3Objects(address).put(MARK, mark)
        assert refused(FolderObjects(shared.folder, "here").look) == "unmarked"
        assert refused(S3Objects(address, "here").look) == "unmarked"
    (shared.folder / MARK).unlink()
    S3Objects(address).destroy(MARK)
    assert refused(FolderObjects(shared.folder, "here").look) == "unmarked"
    assert refused(S3Objects(address, "here").look) == "unmarked"
    S3Objects(address).look()  # before it is known which it is


# -- Who says that an object is gone ----------------------------------------------------------------


async def test_a_404_of_somebody_else_says_nothing(
    gateway: Gateway, s3: S3, store: Store, tmp_path: Path, clock: FakeClock
) -> None:
    """An ingress without its backend is no storage that has lost something."""
    bucket = s3.bucket()
    S3Objects(at(s3.address(bucket))).put(MARK, MINE)
    objects = through(gateway, bucket, "here")
    blobs = ObjectBlobs(objects, StoreLedger(store, "here"), tmp_path / "new", clock)
    kept = (await blobs.put(chunks(b"kept"))).sha256
    [told] = [one async for some in blobs.every() for one in some]
    gateway.mode = Mode.NO_BACKEND
    for attempt in (
        objects.look,
        lambda: objects.get(told.name),
        lambda: objects.size(told.name),
        lambda: objects.put("aa/bb/new", b"new"),
        lambda: objects.destroy(told.name),
    ):
        assert refused(attempt) == "unreachable"
    for reading in (blobs.read(kept), blobs.recheck(told), blobs.put(chunks(b"new"))):
        with pytest.raises(BlobsUnavailable):
            await reading
    gateway.mode = Mode.PORTAL
    assert refused(objects.look) == "unmarked"
    for reading in (blobs.read(kept), blobs.recheck(told), blobs.put(chunks(b"new"))):
        with pytest.raises(BlobsUnavailable):
            await reading
    assert await blobs.put(chunks(b"kept"))  # as far as is known
    gateway.mode = Mode.PASS
    objects.look()
    assert await blobs.read(kept) == b"kept" and objects.size(told.name) == 4
    assert await blobs.hold(kept)


async def test_what_the_storage_has_not_is_not_there(gateway: Gateway, s3: S3) -> None:
    """It has said so itself; HEAD is not told, so it is asked again."""
    objects = through(gateway, s3.bucket())
    assert objects.size("aa/bb/none") is None
    objects.put("aa/bb/empty", b"")
    assert objects.size("aa/bb/empty") == 0
    with pytest.raises(ObjectMissing):
        objects.get("aa/bb/none")
    objects.destroy("aa/bb/none")


# -- What is lost heals, where somebody has it ------------------------------------------------------


async def test_what_is_lost_is_stored_again(shared: Shared) -> None:
    """Once it was missed it counts no more: not as held, and who brings it makes it anew."""
    sha256 = (await shared.blobs.put(chunks(b"a"))).sha256
    [path] = shared.objects()
    path.unlink()
    for reading in (shared.blobs.read(sha256), shared.blobs.opened(sha256)):
        with pytest.raises(BlobMissing):
            await reading
    assert not await shared.blobs.hold(sha256) and not await shared.blobs.exists(sha256)
    await shared.blobs.put(chunks(b"a"))
    assert await shared.blobs.read(sha256) == b"a" and len(shared.objects()) == 1


async def test_what_nobody_has_missed_yet_is_stored_again(shared: Shared) -> None:
    """Who brings octets is not told that they are there when they are not; in an outage it is believed."""
    sha256 = (await shared.blobs.put(chunks(b"a"))).sha256
    shared.unmount()
    await shared.blobs.put(chunks(b"a"))
    shared.mount()
    [path] = shared.objects()
    path.unlink()
    await shared.blobs.put(chunks(b"a"))
    assert await shared.blobs.read(sha256) == b"a" and len(shared.objects()) == 1


async def test_another_time_that_it_was_stored_will_do(shared: Shared, store: Store) -> None:
    """Two programs had stored it at once; one of their objects is lost."""
    ledger = StoreLedger(store, "here")
    sha256 = hashlib.sha256(b"a").hexdigest()
    twins = [Generation(sha256, f"{n:032x}", 1) for n in range(2)]
    for one in twins:  # as it is where both have begun before either has ended
        FolderObjects(shared.folder).put(one.name, b"a")
    await ledger.begin(twins[0], shared.clock.now())
    await ledger.arrive(twins[0], shared.clock.now(), is_lasting=True)
    await ledger.lose(twins[0], shared.clock.now())
    await ledger.begin(twins[1], shared.clock.now())
    await ledger.arrive(twins[1], shared.clock.now(), is_lasting=True)
    await ledger.regain(twins[0], shared.clock.now())
    (shared.folder / twins[1].name).unlink()
    shared.clock.advance(1)
    await ledger.touch([sha256], shared.clock.now())
    assert await shared.blobs.read(sha256) == b"a" and await shared.blobs.read(sha256) == b"a"
    (shared.folder / twins[0].name).unlink()
    with pytest.raises(BlobMissing):
        await shared.blobs.read(sha256)


async def test_what_comes_back_is_there_again(shared: Shared) -> None:
    """Whoever keeps the storage has undone what was deleted; after three months nobody looks any more."""
    sha256 = (await shared.blobs.put(chunks(b"a"))).sha256
    [path] = shared.objects()
    path.unlink()
    with pytest.raises(BlobMissing):
        await shared.blobs.read(sha256)
    shared.clock.advance(86_400 * 30)
    await shared.blobs.tidy()
    path.write_bytes(b"a")
    assert await shared.blobs.read(sha256) == b"a" and await shared.blobs.hold(sha256)
    path.unlink()
    with pytest.raises(BlobMissing):
        await shared.blobs.read(sha256)
    shared.clock.advance(86_400 * 91)
    await shared.blobs.tidy()
    path.write_bytes(b"a")
    with pytest.raises(BlobMissing):
        await shared.blobs.read(sha256)


@pytest.mark.parametrize("size", [10, 200_000, PIECE + 1])
async def test_other_octets_are_not_handed_out(shared: Shared, size: int) -> None:
    """One of them is another: what was stored is not given, or breaks off before its end."""
    octets = os.urandom(size)
    sha256 = (await shared.blobs.put(once(octets))).sha256
    [path] = shared.objects()
    path.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
    given = bytearray()
    with pytest.raises(BlobsUnavailable):
        async for chunk in shared.blobs.open(sha256):
            given += chunk
    assert len(given) < size
    with pytest.raises(BlobsUnavailable):
        await shared.blobs.read(sha256)
    path.write_bytes(octets)
    assert b"".join([chunk async for chunk in shared.blobs.open(sha256)]) == octets


async def test_a_file_that_was_cut_short_is_lost(shared: Shared) -> None:
    """Nobody writes the rest any more, so it is stored anew."""
    sha256 = (await shared.blobs.put(chunks(b"abc"))).sha256
    [path] = shared.objects()
    path.write_bytes(b"ab")
    with pytest.raises(BlobMissing):
        await shared.blobs.read(sha256)
    await shared.blobs.put(chunks(b"abc"))
    assert await shared.blobs.read(sha256) == b"abc"


_DIES = """
import os, signal, sys
from pathlib import Path
from poststelle.blobs import FolderObjects
class Dying:
    def seek(self, at): pass
    def read(self, size): os.kill(os.getpid(), signal.SIGKILL)
FolderObjects(Path(sys.argv[1]), "here").put(sys.argv[2], Dying())
"""


def _killed_while_it_writes(folder: Path, name: str) -> int:
    return subprocess.run([sys.executable, "-c", _DIES, str(folder), name], check=False).returncode


async def test_who_is_killed_while_it_writes_leaves_nothing_for_ever(shared: Shared, store: Store) -> None:
    """After a day it is known that nobody writes any more."""
    new = Generation(hashlib.sha256(b"abc").hexdigest(), "f" * 32, 3)
    await StoreLedger(store, "here").begin(new, shared.clock.now())
    assert _killed_while_it_writes(shared.folder, new.name) == -signal.SIGKILL
    assert len([path for path in (shared.folder / "new").iterdir() if path.is_file()]) == 1
    await shared.blobs.tidy()
    assert len(list((shared.folder / "new").iterdir())) == 1
    shared.clock.advance(timedelta(days=1, seconds=1).total_seconds())
    await shared.blobs.tidy()
    assert list((shared.folder / "new").iterdir()) == []


def test_processes_that_share_their_copies_share_the_limit(tmp_path: Path) -> None:
    """Each counts what the others have put there, too."""
    clock, limit = FakeClock(), 16_000
    caches = [Cache(tmp_path, limit, clock) for _ in range(4)]
    for n in range(200):
        clock.advance(1)
        caches[n % 4].put(f"{n:032x}", bytes(1_000))
        total = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
        assert total <= limit * (1 + 4 / 16) + 1_000
