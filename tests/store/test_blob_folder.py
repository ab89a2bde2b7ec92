"""A second machine with a folder of its own is told, and whoever is alone, was restored or is old goes on."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from tests.store.mailbox import NOW, Mailbox
from tests.store.test_blob_places import Waiting

from poststelle.blobs.marks import MARK
from poststelle.config import ConfigError, load
from poststelle.model.draft import Octets
from poststelle.opening import open_blobs
from poststelle.settings import blob_folder
from poststelle.settings.blob_place import PlaceProblem
from poststelle.store import holders, open_store, uploads
from poststelle.store.tx import Publish, Store

pytestmark = pytest.mark.anyio


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return tmp_path / "one"


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return tmp_path / "two"


async def start(store: Store, folder: Path, clock: Waiting | None = None) -> None:
    """As a server does that keeps octets in its folder."""
    await blob_folder.require(store, folder, clock or Waiting())


async def bring(box: Mailbox, folder: Path) -> None:
    """Somebody brings a file."""
    await box.store.write(uploads.insert, box.account, box.user, Octets("ab" * 32, 1), "text/plain", NOW)
    fill(folder)


def fill(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "small.db").touch()


def say_it_is_this_one(folder: Path) -> None:
    folder.mkdir()
    (folder / MARK).touch()


def be_no_folder(path: Path) -> None:
    path.touch()


async def test_a_machine_with_an_empty_folder_is_refused_where_another_has_the_messages(
    mailbox: Mailbox, one: Path, two: Path
) -> None:
    """Also while no server runs: they would be missed. Processes of the first machine begin as ever."""
    await asyncio.gather(*(start(mailbox.store, one) for _ in range(3)))
    await bring(mailbox, one)
    with pytest.raises(PlaceProblem, match="POSTSTELLE_BLOBS") as refused:
        await start(mailbox.store, two)
    assert str(two) in str(refused.value)
    await start(mailbox.store, one)


async def test_so_it_is_before_there_is_any_message_while_a_server_runs(
    store: Store, one: Path, two: Path
) -> None:
    """Both follow the guide, one after the other. Where none runs, it is just another folder."""
    await start(store, one)
    await store.write(holders.beat, "server", 1)

    async def beat() -> None:
        await store.write(holders.beat_on, "server")

    with pytest.raises(PlaceProblem, match="POSTSTELLE_BLOBS"):
        await start(store, two, Waiting(meanwhile=beat))
    await start(store, two)
    await start(store, two, Waiting(meanwhile=beat))
    with pytest.raises(PlaceProblem, match="POSTSTELLE_BLOBS"):
        await start(store, one, Waiting(meanwhile=beat))


async def test_an_installation_of_before_there_were_names_goes_on(
    mailbox: Mailbox, one: Path, two: Path
) -> None:
    """Its folder gets its name then; not an empty one that comes first."""
    await bring(mailbox, one)
    await start(mailbox.store, two)
    assert not (two / MARK).exists()
    await start(mailbox.store, one)
    assert (one / MARK).exists()
    with pytest.raises(PlaceProblem):
        await start(mailbox.store, two)


async def test_a_folder_that_was_copied_or_restored_goes_on(mailbox: Mailbox, one: Path, two: Path) -> None:
    """With its name or without."""
    await start(mailbox.store, one)
    await bring(mailbox, one)
    shutil.copytree(one, two)
    await start(mailbox.store, two)
    (two / MARK).unlink()
    await start(mailbox.store, two)


async def test_whoever_has_lost_the_folder_says_so(mailbox: Mailbox, one: Path, two: Path) -> None:
    """As they are told to."""
    await start(mailbox.store, one)
    await bring(mailbox, one)
    say_it_is_this_one(two)
    await start(mailbox.store, two)


async def test_a_folder_in_which_nothing_can_be_written_has_no_name(store: Store, one: Path) -> None:
    """That is said where something is to be stored."""
    be_no_folder(one)
    await start(store, one)


async def test_a_server_does_not_start_so(
    mailbox: Mailbox, postgres_url: str, listener: Publish, tmp_path: Path
) -> None:
    """Over PostgreSQL; a database in a file is of the same machine."""

    def of(name: str, database: str) -> dict[str, str]:
        return {"POSTSTELLE_DATA": str(tmp_path / name), "POSTSTELLE_DATABASE": database}

    clock = Waiting()
    store = await open_store(postgres_url, listener, clock)
    await start(store, tmp_path / "one" / "blobs")
    await store.write(holders.beat, "server", 1)

    async def beat() -> None:
        await store.write(holders.beat_on, "server")

    clock.meanwhile = beat
    async with open_blobs(load(of("one", postgres_url)), store, clock):
        pass
    with pytest.raises(ConfigError, match="POSTSTELLE_BLOBS"):
        async with open_blobs(load(of("two", postgres_url)), store, clock):
            pass
    async with open_blobs(load(of("two", "sqlite:////x")), store, clock):
        pass
    await store.close()
