"""Make an installation of a backup, where there is none yet.

While it is under way a file named ``restoring`` lies in the data folder, and no server starts there: the
database may be there without its octets, and clients' memories are not yet set right.

Source: docs/decisions/0026.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from poststelle.auth.crypto import KeyRing
from poststelle.backup import database, manifest, octets
from poststelle.backup.manifest import BackupProblem, Manifest
from poststelle.backup.taking import BLOBS
from poststelle.blobs import BlobStore, ObjectBlobs
from poststelle.lib.clock import Clock
from poststelle.model.change import Published
from poststelle.settings import blob_place
from poststelle.store import audit, backups, open_store
from poststelle.store.opening import SCHEMA_VERSION
from poststelle.store.tx import Store, Tx

MARK = "restoring"
_BEGUN, _LOADED = "begun", "loaded"
_NAMES = {database.SQLITE: "SQLite", database.POSTGRESQL: "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the installation is to be. ``ring`` has the key that the backup was sealed under. ``open_blobs``:
    where its octets are to be."""

    data_dir: Path
    database_url: str
    ring: KeyRing
    clock: Clock
    open_blobs: Callable[[Store], AbstractAsyncContextManager[BlobStore]]
    are_blobs_here: bool = True

    @property
    def blobs(self) -> Path:
        return self.data_dir / BLOBS

    @property
    def mark(self) -> Path:
        return self.data_dir / MARK


@dataclass(frozen=True, slots=True)
class Restored:
    """``missing``: hashes of octets that the database names and the backup lacks, or has ``damaged``."""

    manifest: Manifest
    missing: tuple[str, ...]
    damaged: tuple[str, ...]


async def restore(folder: Path, place: Place, tell: Callable[[str], None]) -> Restored:
    """Fill the place; one that was broken off at the same backup goes on.

    Raises BackupProblem before anything is written where there is something already, the key is another, or
    the backup is damaged or a newer program's; OSError.
    """
    told = manifest.read(folder)
    _check_kind(told, place)
    how_far = _how_far(place, told)
    if how_far is None:
        await asyncio.to_thread(_check_empty, place)
    source = folder / told.database.name
    tell("Reading the backup")
    await asyncio.to_thread(_check_parts, folder, told)
    place.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if how_far != _LOADED:
        _set_mark(place, told, _BEGUN)
        tell("Filling the database")
        await asyncio.to_thread(_load, place, source, is_begun=how_far is not None)
        _set_mark(place, told, _LOADED)
    tell("Copying messages and files")
    damaged: list[str] = []
    if place.are_blobs_here:
        damaged = (await asyncio.to_thread(octets.copy, folder / BLOBS, place.blobs)).damaged
        await asyncio.to_thread(_load_small, folder, told, place)
    missing = await _begin_anew(place, tell, _Source(folder, told, damaged))
    place.mark.unlink()
    return Restored(told, missing, tuple(damaged))


async def put_back(place: Place, tell: Callable[[str], None]) -> tuple[str, ...]:
    """Tell a database that other means have put back to an earlier state; hashes of octets that are missing.

    Raises BackupProblem where there is none.
    """
    if await asyncio.to_thread(database.is_empty, place.database_url):
        raise BackupProblem("There is no database: check POSTSTELLE_DATA and POSTSTELLE_DATABASE.")
    return await _begin_anew(place, tell)


def _check_kind(told: Manifest, place: Place) -> None:
    if told.oldest_code > SCHEMA_VERSION:
        raise manifest.too_new(told)
    if told.engine != database.engine_of(place.database_url):
        raise BackupProblem(
            f"This backup is of {_NAMES[told.engine]}, and POSTSTELLE_DATABASE says otherwise. "
            "It can be restored to the same only."
        )
    if not all(place.ring.has(bytes.fromhex(key)) for key in told.keys):
        raise BackupProblem(
            "The key is not the one that this backup was sealed under. Put the right one back first."
        )


def _check_empty(place: Place) -> None:
    if not database.is_empty(place.database_url):
        raise BackupProblem(
            "There is a database already. A backup is restored where there is none: "
            "move it away, or name another."
        )
    if place.are_blobs_here and place.blobs.exists() and any(place.blobs.iterdir()):
        raise BackupProblem(
            f"{place.blobs} holds messages already. Move it away, or set POSTSTELLE_DATA to a new folder."
        )


def _how_far(place: Place, told: Manifest) -> str | None:
    """How far an attempt with the same backup came; None: there was none."""
    if not place.mark.exists():
        return None
    sha256, _, how_far = place.mark.read_text().strip().partition("\n")
    return how_far if sha256 == told.database.sha256 else None


def _set_mark(place: Place, told: Manifest, how_far: str) -> None:
    place.mark.write_text(f"{told.database.sha256}\n{how_far}\n")


def _check_parts(folder: Path, told: Manifest) -> None:
    for part in told.parts:
        if not manifest.holds(folder, part):
            raise BackupProblem(f"{folder / part.name} is missing or damaged.")


def _load(place: Place, source: Path, *, is_begun: bool) -> None:
    if database.engine_of(place.database_url) == database.SQLITE:
        target = database.file_of(place.database_url)
        target.parent.mkdir(parents=True, exist_ok=True)
        for end in ("", "-wal", "-shm"):  # what an attempt that was broken off has left
            target.with_name(target.name + end).unlink(missing_ok=True)
    database.load(place.database_url, source, is_begun=is_begun)


def _load_small(folder: Path, told: Manifest, place: Place) -> None:
    if told.small is None:
        return
    place.blobs.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = place.blobs / octets.SMALL
    target.unlink(missing_ok=True)
    database.copy_sqlite(folder / told.small.name, target)


@dataclass(frozen=True, slots=True)
class _Source:
    """The backup that octets come from; names are added to ``damaged``."""

    folder: Path
    told: Manifest
    damaged: list[str]


async def _begin_anew(
    place: Place, tell: Callable[[str], None], source: _Source | None = None
) -> tuple[str, ...]:
    store = await open_store(place.database_url, _unheard, place.clock)
    try:
        made_at = None if source is None else source.told.made_at
        await store.write(_note, place.clock.now(), made_at)
        async with place.open_blobs(store) as blobs:
            if isinstance(blobs, ObjectBlobs):
                await _bring_objects(blobs, source)
                await store.write(blob_place.record, blobs.place, place.clock.now())
            else:
                await store.write(blob_place.record, blob_place.LOCAL, place.clock.now())
            tell("Looking for what is missing")
            if isinstance(blobs, ObjectBlobs):
                return await octets.missing(store, blobs)
            with octets.Present(place.blobs) as present:
                return await octets.missing(store, present)
    finally:
        await store.close()


async def _bring_objects(blobs: ObjectBlobs, source: _Source | None) -> None:
    if source is None:
        await octets.recheck(blobs)
        return
    small = None if source.told.small is None else source.folder / source.told.small.name
    source.damaged.extend(await octets.put_objects(source.folder / BLOBS, small, blobs))


def _note(tx: Tx, now: datetime, made_at: datetime | None) -> None:
    backups.begin_anew(tx, now)
    when = None if made_at is None else made_at.isoformat(timespec="seconds")
    audit.record(tx, now, None, "backup.restored", made_at=when)


async def _unheard(_: Sequence[Published]) -> None:
    """Nobody listens yet."""
