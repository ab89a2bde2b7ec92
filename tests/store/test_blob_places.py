"""Where octets are: servers that begin together agree, and one that knows of no move stores nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from tests.store.conftest import FakeClock
from tests.store.test_object_blobs import Between, chunks

from poststelle.blobs import BlobsUnavailable, DirectoryBlobs, FolderObjects, ObjectBlobs
from poststelle.mail.blob_ledger import StoreLedger
from poststelle.moving import octets
from poststelle.settings import blob_place
from poststelle.settings.at_rest import is_at_rest
from poststelle.settings.blob_place import LOCAL, PlaceProblem
from poststelle.store import holders
from poststelle.store.tx import Store

pytestmark = pytest.mark.anyio


@dataclass
class Waiting(FakeClock):
    """Waits a moment in place of what it is told to; meanwhile something is done."""

    moment_s: float = 0.01
    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        if self.meanwhile is not None:
            await self.meanwhile()
        await asyncio.sleep(self.moment_s)


class Meeting(FolderObjects):
    """Servers that all look for the mark before one of them writes it."""

    def __init__(self, folder: Path, meeting: threading.Barrier) -> None:
        super().__init__(folder)
        self._meeting, self._is_first = meeting, True

    def get(self, name: str, begin: int = 0, end: int | None = None) -> bytes:
        try:
            return super().get(name, begin, end)
        finally:
            if self._is_first:
                self._is_first = False
                self._meeting.wait(10)


async def begin(store: Store, objects: FolderObjects, where: str, clock: FakeClock) -> str:
    """As a server does when it starts."""
    place = await blob_place.marked(objects, store, where, clock, is_moving=False)
    await blob_place.require(store, place, clock)
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "shared"
    found.mkdir()
    return found


@pytest.mark.parametrize("wheres", [["a", "a", "a", "a"], ["a", "b", "a", "b"]], ids=["same", "two names"])
async def test_servers_that_begin_together_agree(store: Store, folder: Path, wheres: list[str]) -> None:
    """All have found the place empty; by one address or by two they give it one name."""
    meeting = threading.Barrier(len(wheres))
    servers = [begin(store, Meeting(folder, meeting), where, Waiting(moment_s=0.2)) for where in wheres]
    places = set(await asyncio.gather(*servers))
    assert places == {await store.read(blob_place.current)}
    assert await begin(store, FolderObjects(folder), "a", Waiting()) in places


async def test_one_that_died_before_it_marked_the_place_holds_nobody_up(store: Store, folder: Path) -> None:
    """It had named it by another address."""

    class Dying(FolderObjects):
        def put(self, name: str, octets: object) -> None:
            raise SystemError("the program is killed")

    with pytest.raises(SystemError):
        await begin(store, Dying(folder), "before", Waiting())
    place = await begin(store, FolderObjects(folder), "after", Waiting())
    assert place == await store.read(blob_place.current)


async def test_a_place_is_not_changed_under_a_server_that_runs(store: Store, tmp_path: Path) -> None:
    """Though nothing is stored yet; once it has ended it is, also to a place that has its mark already."""
    places = [tmp_path / "one", tmp_path / "two"]
    for path in places:
        path.mkdir()
    one = await begin(store, FolderObjects(places[0]), "one", Waiting())

    async def beat() -> None:
        await store.write(holders.beat, "worker/1")

    await beat()
    with pytest.raises(PlaceProblem, match="stop all of them"):
        await begin(store, FolderObjects(places[1]), "two", Waiting(meanwhile=beat))
    with pytest.raises(PlaceProblem, match="stop all of them"):
        await blob_place.require(store, LOCAL, Waiting(meanwhile=beat))
    assert await store.read(blob_place.current) == one
    two = await begin(store, FolderObjects(places[1]), "two", Waiting())
    assert await begin(store, FolderObjects(places[0]), "one", Waiting()) == one != two
    assert await store.read(blob_place.current) == one


async def test_a_server_that_begins_during_the_look_is_seen(store: Store) -> None:
    """Its heart was not there before; one that has died is not taken for it."""
    await store.write(holders.beat, "dead/1")

    async def start() -> None:
        await store.write(holders.beat, "new/1")

    assert await is_at_rest(store, Waiting())
    assert not await is_at_rest(store, Waiting(meanwhile=start))


# -- What a server does that has not heard of a move ------------------------------------------------


def server(store: Store, objects: FolderObjects, place: str, tmp_path: Path) -> ObjectBlobs:
    ledger = StoreLedger(store, place, blob_place.require_here)
    return ObjectBlobs(objects, ledger, tmp_path / "new", FakeClock())


async def refused(attempt: Awaitable[object]) -> None:
    with pytest.raises(BlobsUnavailable) as found:
        await attempt
    assert found.value.why == "moved"


async def test_objects_are_kept_where_they_are_kept(
    store: Store, folder: Path, tmp_path: Path, clock: FakeClock
) -> None:
    """While they are moved and afterwards nothing is stored, held, found or missed at the old place."""
    place = await begin(store, FolderObjects(folder), "a", Waiting())
    old = server(store, FolderObjects(folder), place, tmp_path)
    kept = (await old.put(chunks(b"kept"))).sha256

    async def try_all() -> None:
        for attempt in (old.put(chunks(b"new")), old.put(chunks(b"kept")), old.hold(kept), old.read(kept)):
            await refused(attempt)
        await refused(old.exists("0" * 64))

    async with octets.fenced(store, place, clock):
        await try_all()
    assert await old.read(kept) == b"kept"  # it was given up
    async with octets.fenced(store, place, clock) as move:
        await store.write(blob_place.finish_move, move, "there", clock.now())
    await try_all()


async def test_what_is_on_its_way_when_they_are_moved(
    store: Store, tmp_path: Path, clock: FakeClock, anyio_backend: str
) -> None:
    """It had begun before: it is there before the last pass, or it is refused."""
    objects = Between(tmp_path / "blobs")
    place = await begin(store, objects, "a", Waiting())
    old = server(store, objects, place, tmp_path)
    before = len(list(objects.folder.glob("??/??/*")))
    fence = octets.fenced(store, place, clock)
    objects.after["put"] = [fence.__aenter__]
    await refused(old.put(chunks(b"late")))
    assert len(list(objects.folder.glob("??/??/*"))) == before + 1
    await fence.__aexit__(None, None, None)
    await old.tidy()
    assert len(list(objects.folder.glob("??/??/*"))) == before  # it was given up, and nobody misses it


async def test_files_are_kept_where_they_are_kept(store: Store, tmp_path: Path, clock: FakeClock) -> None:
    """Who stores one in the server's own folder while they are moved is told, large or small."""
    here = partial(store.read, blob_place.require_here, LOCAL)
    blobs = DirectoryBlobs(tmp_path / "blobs", clock, require_here=here)
    await blobs.put(chunks(b"before"))
    async with octets.fenced(store, LOCAL, clock):
        await refused(blobs.put(chunks(b"late")))
    await blobs.put(chunks(b"after"))
    await store.write(blob_place.record, "there", clock.now())
    await refused(blobs.put(chunks(b"too late")))


async def test_a_move_that_was_taken_back_does_not_end_one(store: Store, clock: FakeClock) -> None:
    """Nor does an older one end what a newer one has begun."""
    async with octets.fenced(store, LOCAL, clock) as older, octets.fenced(store, LOCAL, clock) as newer:
        with pytest.raises(PlaceProblem, match="Nothing was changed over"):
            await store.write(blob_place.finish_move, older, "there", clock.now())
        assert not await store.write(blob_place.end_move, older)
        assert await store.read(blob_place.is_moving)
        await store.write(blob_place.end_move)
        with pytest.raises(PlaceProblem, match="taken back"):
            await store.write(blob_place.finish_move, newer, "there", clock.now())
    assert await store.read(blob_place.current) == LOCAL
