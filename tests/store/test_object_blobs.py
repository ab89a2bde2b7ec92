"""Blobs as objects: the same promises as files keep, over S3 and in a shared folder, and who comes first."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest
from tests.s3 import ACCESS_KEY, S3, SECRET_KEY, running_s3
from tests.store.conftest import NOW, FakeClock

from m365sim.tls import tls_files
from poststelle.blobs import (
    BlobMissing,
    BlobStore,
    BlobsUnavailable,
    Cache,
    DirectoryBlobs,
    FolderObjects,
    ObjectBlobs,
    Objects,
    SmallBlobs,
)
from poststelle.blobs.directory import SMALL
from poststelle.blobs.object_blobs import IN_MEMORY, PIECE
from poststelle.blobs.s3 import PART, S3Objects
from poststelle.mail.blob_ledger import StoreLedger
from poststelle.model.blob_address import S3Address, parse
from poststelle.store.tx import Store

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


async def chunks(*parts: bytes, fails: bool = False) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if fails:
        raise ConnectionError("cut off")


def at(text: str, ca: bytes | None = None) -> S3Address:
    found = parse(text, ACCESS_KEY, SECRET_KEY, ca)
    assert isinstance(found, S3Address)
    return found


@pytest.fixture(params=["directory", "small", "folder", "s3", "s3_cached"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, store: Store, clock: FakeClock) -> BlobStore:
    """Each way to keep blobs."""
    folder = tmp_path / "blobs"
    if request.param == "directory":
        return DirectoryBlobs(folder, clock)
    if request.param == "small":
        return DirectoryBlobs(folder, clock, small=SmallBlobs(folder / "small.db"))
    if request.param == "folder":
        folder.mkdir()
        objects: Objects = FolderObjects(folder)
    else:
        s3: S3 = request.getfixturevalue("s3")
        objects = S3Objects(at(s3.address(s3.bucket())))
    cache = Cache(tmp_path / "cache", 10**7, clock) if request.param == "s3_cached" else None
    return ObjectBlobs(objects, StoreLedger(store, "here"), tmp_path / "new", clock, cache=cache)


async def all_before(blobs: BlobStore, *times: object) -> list[str]:
    return [sha256 async for some in blobs.stored_before(*times) for sha256 in some]  # type: ignore[arg-type]


async def all_of(blobs: BlobStore, sha256: str) -> bytes:
    return b"".join([chunk async for chunk in blobs.open(sha256)])


@pytest.mark.parametrize("size", [0, 10, SMALL + 1, IN_MEMORY + 1, PIECE + PART + 1])
async def test_octets_are_stored_once_and_come_back(blobs: BlobStore, clock: FakeClock, size: int) -> None:
    """In chunks and whole; held, they are as young as stored ones; unheld since, they go."""
    octets = bytes(range(256)) * (size // 256 + 1)
    octets = octets[:size]
    stored = await blobs.put(chunks(octets[:7], octets[7:]), is_lasting=False)
    assert stored == (hashlib.sha256(octets).hexdigest(), size)
    assert await blobs.put(chunks(octets)) == stored
    assert await all_of(blobs, stored.sha256) == octets
    assert await blobs.read(stored.sha256) == octets
    assert await blobs.apply(stored.sha256, len) == size
    assert await blobs.exists(stored.sha256)
    assert await blobs.hold_all([stored.sha256, stored.sha256])
    assert not await blobs.hold_all([stored.sha256, "0" * 64])
    assert await all_before(blobs, NOW) == []
    clock.advance(10)
    assert await blobs.hold(stored.sha256)
    later = NOW + timedelta(seconds=11)
    assert not await blobs.destroy(stored.sha256, NOW + timedelta(seconds=10))
    assert await all_before(blobs, later, later) == []
    assert await all_before(blobs, later, NOW) == await all_before(blobs, later) == [stored.sha256]
    assert await blobs.destroy(stored.sha256, later)
    assert not await blobs.destroy(stored.sha256, later)
    assert not await blobs.hold(stored.sha256) and not await blobs.exists(stored.sha256)
    for reading in (blobs.read(stored.sha256), all_of(blobs, stored.sha256), blobs.opened(stored.sha256)):
        with pytest.raises(BlobMissing):
            await reading


async def test_a_broken_transfer_keeps_nothing(blobs: BlobStore, tmp_path: Path) -> None:
    """Neither of few octets nor of many."""
    for octets in (b"half", b"x" * (IN_MEMORY + 1)):
        with pytest.raises(ConnectionError):
            await blobs.put(chunks(octets, fails=True))
    assert await all_before(blobs, NOW + HOUR) == []
    assert [path for path in (tmp_path / "new").rglob("*") if path.is_file()] == []


async def test_what_is_no_hash_is_refused(blobs: BlobStore) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        await blobs.exists("../../etc/passwd")


async def test_a_thousand_are_listed_in_portions(store: Store, tmp_path: Path, clock: FakeClock) -> None:
    """By the time that they were stored, each once, and those of one moment too."""
    tmp_path.joinpath("blobs").mkdir()
    blobs = ObjectBlobs(
        FolderObjects(tmp_path / "blobs"), StoreLedger(store, "here"), tmp_path / "new", clock
    )
    put = [(await blobs.put(chunks(b"%d" % n), is_lasting=False)).sha256 for n in range(1_003)]
    portions = [some async for some in blobs.stored_before(NOW + HOUR)]
    assert [len(some) for some in portions] == [500, 500, 3]
    assert sorted(sha256 for some in portions for sha256 in some) == sorted(put)


# -- Who comes first --------------------------------------------------------------------------------

Deed = Callable[[], Awaitable[object]]


@dataclass
class Between(FolderObjects):
    """A shared folder where something is done before or after an object is put or destroyed."""

    folder: Path
    before: dict[str, list[Deed]] = field(default_factory=dict)
    after: dict[str, list[Deed]] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        super().__init__(self.folder)

    def put(self, name: str, octets: bytes | IO[bytes]) -> None:
        self._do(self.before, "put")
        super().put(name, octets)
        self._do(self.after, "put")

    def destroy(self, name: str) -> None:
        self._do(self.before, "destroy")
        super().destroy(name)
        self._do(self.after, "destroy")

    def names(self) -> list[str]:
        return [path.name for path in self.folder.glob("??/??/*")]

    def _do(self, deeds: dict[str, list[Deed]], what: str) -> None:
        """Each once; this is a thread, and what is done is done before it goes on."""
        if some := deeds.get(what):
            deed = some.pop(0)

            async def run() -> None:
                await deed()

            asyncio.run_coroutine_threadsafe(run(), self.loop).result(60)


@dataclass
class Pair:
    """Two servers on one database and one folder."""

    objects: Between
    one: ObjectBlobs
    other: ObjectBlobs
    clock: FakeClock


@pytest.fixture
async def pair(store: Store, tmp_path: Path, clock: FakeClock, anyio_backend: str) -> Pair:
    objects = Between(tmp_path / "blobs")

    def server(name: str) -> ObjectBlobs:
        return ObjectBlobs(objects, StoreLedger(store, "here"), tmp_path / name, clock)

    return Pair(objects, server("one"), server("other"), clock)


async def test_what_is_stored_again_while_it_is_removed_is_there(pair: Pair) -> None:
    """The other server brings it between the fact that it goes and its object's end, and late."""
    sha256 = (await pair.one.put(chunks(b"a"))).sha256
    pair.clock.advance(7200)

    async def bring() -> None:
        assert not await pair.other.hold(sha256)
        await pair.other.put(chunks(b"a"))

    pair.objects.before["destroy"] = [bring]
    assert await pair.one.destroy(sha256, pair.clock.now() - HOUR)
    assert await pair.one.read(sha256) == b"a" and len(pair.objects.names()) == 1


async def test_what_is_removed_while_it_is_stored_again_is_there(pair: Pair) -> None:
    """It was found and counted as stored just now: nobody removes it any more."""
    sha256 = (await pair.one.put(chunks(b"a"))).sha256
    pair.clock.advance(7200)
    before = pair.clock.now() - HOUR
    assert await pair.other.put(chunks(b"a"))
    assert not await pair.one.destroy(sha256, before)
    pair.clock.advance(7200)
    assert await pair.other.hold(sha256)
    assert not await pair.one.destroy(sha256, pair.clock.now() - HOUR)
    assert await pair.one.read(sha256) == b"a"


async def test_two_who_store_the_same_leave_one_object(pair: Pair) -> None:
    """Both have begun before either has ended; the one that was too many goes with the next tidying."""
    pair.objects.before["put"] = [lambda: pair.other.put(chunks(b"a"))]
    sha256 = (await pair.one.put(chunks(b"a"))).sha256
    assert len(pair.objects.names()) == 2 and await pair.other.read(sha256) == b"a"
    await pair.one.tidy()
    assert len(pair.objects.names()) == 1 and await pair.one.read(sha256) == b"a"
    pair.clock.advance(7200)
    assert await pair.one.destroy(sha256, pair.clock.now()) and pair.objects.names() == []


async def test_what_a_crash_leaves_is_found_without_a_list(pair: Pair) -> None:
    """An object that was never told to be there goes after a day; one that could not be destroyed, soon."""

    async def die() -> None:
        raise SystemError("the program is killed")

    pair.objects.after["put"] = [die]
    with pytest.raises(SystemError):
        await pair.one.put(chunks(b"a"))
    assert len(pair.objects.names()) == 1
    await pair.other.tidy()
    assert len(pair.objects.names()) == 1  # it may still be on its way
    pair.clock.advance(86_401)
    await pair.other.tidy()
    assert pair.objects.names() == []


async def test_who_was_given_up_stores_it_again(pair: Pair) -> None:
    """A transfer of more than a day ends well."""

    async def a_day() -> None:
        pair.clock.advance(86_401)
        await pair.other.tidy()

    pair.objects.after["put"] = [a_day]
    sha256 = (await pair.one.put(chunks(b"a"))).sha256
    assert await pair.other.read(sha256) == b"a" and len(pair.objects.names()) == 1


# -- When it can't be reached -----------------------------------------------------------------------


async def test_an_outage_is_said_and_over(s3: S3, store: Store, tmp_path: Path, clock: FakeClock) -> None:
    """What is known is known; what must be fetched or stored is refused; nothing is lost or left."""
    bucket = s3.bucket()
    blobs = ObjectBlobs(
        S3Objects(at(s3.address(bucket))), StoreLedger(store, "here"), tmp_path / "new", clock
    )
    kept = (await blobs.put(chunks(b"kept"))).sha256
    old = (await blobs.put(chunks(b"old"))).sha256
    clock.advance(7200)
    s3.door.shut()
    try:
        assert await blobs.hold(kept) and await blobs.exists(kept)
        with pytest.raises(BlobsUnavailable) as found:
            await blobs.read(kept)
        assert found.value.why == "unreachable" and SECRET_KEY not in found.value.detail
        assert blobs.unreachable == (clock.now(), "unreachable")
        with pytest.raises(BlobsUnavailable):
            await blobs.put(chunks(b"new"))
        assert await blobs.destroy(old, clock.now()) and not await blobs.exists(old)
    finally:
        s3.door.open()
    assert await blobs.read(kept) == b"kept" and blobs.unreachable is None
    await blobs.put(chunks(b"new"))
    clock.advance(86_401)
    await blobs.tidy()
    assert len(s3.names(bucket)) == 2


async def test_what_is_wrong_has_a_name(s3: S3) -> None:
    """No such bucket; a folder that is not mounted."""
    with pytest.raises(BlobsUnavailable) as found:
        S3Objects(at(s3.address("no-such-bucket"))).look()
    assert found.value.why == "no_bucket"
    with pytest.raises(BlobsUnavailable) as found:
        FolderObjects(Path("/no/such/folder")).put("x", b"")
    assert found.value.why == "no_bucket"


async def test_keys_that_are_not_known_are_said(tmp_path: Path) -> None:
    """Reading and writing."""
    with running_s3(tmp_path, knows_nobody=True) as s3:
        objects = S3Objects(at(s3.address("b")))
        for attempt in (objects.look, lambda: objects.put("x", b"x"), lambda: objects.destroy("x")):
            with pytest.raises(BlobsUnavailable) as found:
                attempt()
            assert found.value.why == "denied" and SECRET_KEY not in found.value.detail


async def test_an_own_certificate_is_trusted_when_it_is_named(tmp_path: Path) -> None:
    """And only then."""
    files = tls_files(tmp_path / "tls", ["127.0.0.1"], NOW)
    with running_s3(tmp_path, (files.certificate, files.key)) as s3:
        address = s3.address("b")
        with pytest.raises(BlobsUnavailable) as found:
            S3Objects(at(address)).look()
        assert found.value.why == "unreachable"
        with pytest.raises(BlobsUnavailable) as found:
            S3Objects(at(address, files.ca.read_bytes())).look()
        assert found.value.why == "no_bucket"  # so it has answered
    with pytest.raises(ValueError, match="ertificate"):
        S3Objects(at(address, b"nothing"))


# -- Copies on this machine -------------------------------------------------------------------------


async def test_what_was_stored_or_read_is_near(
    s3: S3, store: Store, tmp_path: Path, clock: FakeClock
) -> None:
    """Stored and read ten times: one request. What is removed is removed here too."""
    bucket = s3.bucket()
    cache = Cache(tmp_path / "cache", 1_000, clock)
    blobs = ObjectBlobs(
        S3Objects(at(s3.address(bucket))), StoreLedger(store, "here"), tmp_path / "new", clock, cache=cache
    )
    before = s3.requests(bucket)
    sha256 = (await blobs.put(chunks(b"a" * 100))).sha256
    for _ in range(10):
        assert await blobs.read(sha256) == b"a" * 100
    assert s3.requests(bucket) - before == {"PUT": 1}
    clock.advance(7200)
    await blobs.destroy(sha256, clock.now())
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_a_cache_has_an_end(tmp_path: Path) -> None:
    """The oldest go first, what is damaged is none, and what nobody asked for within a day goes."""
    clock = FakeClock()
    cache = Cache(tmp_path, 1_000, clock)
    octets = {f"{n:032x}": bytes([n]) * 300 for n in range(5)}
    for name, value in octets.items():
        clock.advance(1)
        cache.put(name, value)
    hashes = {name: hashlib.sha256(value).hexdigest() for name, value in octets.items()}
    there = [name for name in octets if cache.get(name, hashes[name]) is not None]
    assert there == list(octets)[-3:]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= 1_000
    [*_, newest] = there
    assert cache.get(newest, hashes[there[0]]) is None and cache.get(newest, hashes[newest]) is None
    cache.put("f" * 32, b"x" * 1_001)
    assert cache.get("f" * 32, hashlib.sha256(b"x" * 1_001).hexdigest()) is None
    clock.advance(86_401)
    cache.prune()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
