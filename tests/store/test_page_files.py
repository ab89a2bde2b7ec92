"""Files of the page in the database: each process hands out those of all builds."""

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.store.conftest import FakeClock

from poststelle.auth.crypto import KeyRing
from poststelle.blobs import DirectoryBlobs
from poststelle.http.page_files import PageFiles
from poststelle.settings import rotation
from poststelle.store.tx import Store
from poststelle.sync.housekeeping import Housekeeper

pytestmark = pytest.mark.anyio

DAY_S = 86_400
OLD, NEW = b"o" * 32, b"n" * 32


class Counting:
    """A store that counts how often it is read."""

    def __init__(self, store: Store) -> None:
        self._store, self.reads = store, 0

    async def read(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        self.reads += 1
        return await self._store.read(fn, *args)


def build(folder: Path, **files: str) -> dict[str, str]:
    """A build with these files, the first of them packed already."""
    folder.mkdir()
    for number, (name, text) in enumerate(files.items()):
        (folder / f"{name}.js").write_text(text)
        if not number:
            (folder / f"{name}.js.gz").write_bytes(gzip.compress(text.encode()))
    return {f"{name}.js": str(folder / f"{name}.js") for name in files}


async def text_of(files: PageFiles, name: str) -> str | None:
    octets = await files.find(name)
    return None if octets is None else gzip.decompress(octets).decode()


async def test_each_has_what_any_has(store: Store, clock: FakeClock, tmp_path: Path) -> None:
    """Also who has looked before it was there; what is there is not written again."""
    ring = KeyRing([OLD])
    first = PageFiles(build(tmp_path / "1", a1="a", both="x"), store, ring, clock)
    second = PageFiles(build(tmp_path / "2", a2="b", both="x"), store, ring, clock)
    assert await first.offer() == 2
    assert await text_of(first, "a2.js") is None
    assert await second.offer() == 1
    assert await text_of(first, "a2.js") == "b"
    assert await text_of(second, "a1.js") == "a"
    assert await first.offer() == 0


async def test_a_new_key_opens_them_too(store: Store, clock: FakeClock, tmp_path: Path) -> None:
    """They are sealed anew with everything else. Those that no key opens their process offers again."""
    own = build(tmp_path / "1", a="a", b="b")
    await PageFiles(own, store, KeyRing([OLD]), clock).offer()
    await rotation.seal_anew(store, KeyRing([NEW, OLD]), clock.now())
    assert await text_of(PageFiles({}, store, KeyRing([NEW]), clock), "b.js") == "b"
    lost = PageFiles(own, store, KeyRing([b"x" * 32]), clock)
    assert await text_of(lost, "a.js") is None
    assert await lost.offer() == 2
    assert await text_of(lost, "a.js") == "a"


async def test_they_stay_for_two_weeks_after_the_last_process(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    """One that goes on for months keeps its own there, though they are as old."""
    ring = KeyRing([OLD])
    gone = PageFiles(build(tmp_path / "1", a="a", both="x"), store, ring, clock)
    alive = PageFiles(build(tmp_path / "2", b="b", both="x"), store, ring, clock)
    keeper = Housekeeper(store, DirectoryBlobs(tmp_path / "blobs", clock), clock)
    await gone.offer()
    await alive.offer()
    clock.advance(13 * DAY_S)
    await alive.offer()
    assert await keeper.forget_page_files() == 0
    clock.advance(2 * DAY_S)
    assert await keeper.forget_page_files() == 1
    assert await text_of(PageFiles({}, store, ring, clock), "a.js") is None
    assert await text_of(PageFiles({}, store, ring, clock), "both.js") == "x"


async def test_who_asks_for_what_there_is_not_costs_little(store: Store, clock: FakeClock) -> None:
    """However many names a stranger makes up, they are looked for together."""
    counting = Counting(store)
    files = PageFiles({}, counting, KeyRing([OLD]), clock)  # type: ignore[arg-type]  # it reads alone
    found = await asyncio.gather(*(files.find(f"{n}.js") for n in range(500)))
    assert set(found) == {None}
    assert counting.reads <= 2
