"""Make a backup, or bring an earlier one up to date, while servers run.

    octets held ─> database copied ─> octets copied ─> manifest ─> older parts removed ─> octets let go

From the first step to the last nobody removes octets, so that whatever the database's copy names is there to
be copied. The manifest names the parts; until it is replaced, the backup that was there before is whole.

Source: docs/decisions/0026.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from poststelle.auth.crypto import KeyRing
from poststelle.backup import database, manifest, octets
from poststelle.backup.manifest import BackupProblem, Manifest, Part
from poststelle.lib.clock import Clock
from poststelle.lib.version import version
from poststelle.store import backups
from poststelle.store.tx import Store

BLOBS = "blobs"
_HELD_FOR = timedelta(minutes=30)
_HOLD_EVERY_S = 300.0


@dataclass(frozen=True, slots=True)
class Installation:
    """What is copied. ``blobs`` is the folder with the octets."""

    store: Store
    ring: KeyRing
    clock: Clock
    database_url: str
    blobs: Path


@dataclass(frozen=True, slots=True)
class Taken:
    """``new``: files that were copied; ``gone``: that the backup before had and nobody needs now."""

    manifest: Manifest
    new: int
    gone: int


async def take(of: Installation, folder: Path, tell: Callable[[str], None]) -> Taken:
    """Make the backup in ``folder``, which may hold an earlier one; ``tell`` hears what is being done.

    Raises BackupProblem and OSError; an earlier backup is then as it was.
    """
    _check_folder(folder)
    with _alone(folder):
        async with _held(of):
            try:
                made, new = await _made(of, folder, tell)
            finally:
                await asyncio.to_thread(_remove_older, folder)
            gone = await asyncio.to_thread(octets.forget_others, of.blobs, folder / BLOBS)
    return Taken(made, new, gone)


async def _made(of: Installation, folder: Path, tell: Callable[[str], None]) -> tuple[Manifest, int]:
    """The new parts beside the older ones, and the manifest that names them; how many files were copied."""
    stamp = f"{of.clock.now():%Y%m%dT%H%M%S%fZ}"
    tell("Copying the database")
    data = folder / f"database-{stamp}"
    await asyncio.to_thread(database.dump, of.database_url, data)
    tell("Copying messages and files")
    small = await _small(of, folder / f"small-{stamp}")
    files = await asyncio.to_thread(octets.copy, of.blobs, folder / BLOBS)
    made = await _described(of, data, small, files)
    await asyncio.to_thread(manifest.write, folder, made)
    return made, files.new


def verify(folder: Path, tell: Callable[[str], None]) -> list[str]:
    """Read a backup again, whole; the names of parts that are missing or damaged. Raises BackupProblem."""
    told = manifest.read(folder)
    bad = []
    for part in _parts(told):
        tell(f"Reading {part.name}")
        path = folder / part.name
        if not path.exists() or manifest.part_of(path) != part:
            bad.append(part.name)
    tell("Reading messages and files")
    count = 0
    for one in octets.damaged(folder / BLOBS):
        count += 1
        if one is not None:
            bad.append(f"{BLOBS}/{one.name}")
    if count < told.blobs:
        bad.append(f"{told.blobs - count} files below {BLOBS}")
    return bad


async def _described(of: Installation, data: Path, small: Path | None, files: octets.Copied) -> Manifest:
    meta = await of.store.read(backups.meta)
    return Manifest(
        format=manifest.FORMAT,
        made_at=of.clock.now(),
        version=version(),
        schema_version=int(meta["schema_version"]),
        oldest_code=int(meta["oldest_code"]),
        engine=database.engine_of(of.database_url),
        key=of.ring.header.hex(),
        database=await asyncio.to_thread(manifest.part_of, data),
        blobs=files.files,
        octets=files.octets,
        small=None if small is None else await asyncio.to_thread(manifest.part_of, small),
    )


async def _small(of: Installation, target: Path) -> Path | None:
    if not (of.blobs / octets.SMALL).exists():
        return None
    await asyncio.to_thread(database.copy_sqlite, of.blobs / octets.SMALL, target)
    return target


@asynccontextmanager
async def _held(of: Installation) -> AsyncIterator[None]:
    """Nobody removes octets within; should this process die, they may again after half an hour."""

    async def hold() -> None:
        now = of.clock.now()
        await of.store.write(backups.hold, now + _HELD_FOR, now)

    async def go_on() -> None:
        while True:
            await of.clock.sleep(_HOLD_EVERY_S)
            await hold()

    await hold()
    holding = asyncio.create_task(go_on())
    try:
        yield
    except BaseException:
        holding.cancel()
        await of.store.write(backups.abandon)
        raise
    holding.cancel()
    await of.store.write(backups.release, of.clock.now())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise BackupProblem(f"Another backup is being made in {folder}.") from problem
        yield


def _check_folder(folder: Path) -> None:
    """Somebody's other files are not mixed with ours, nor is a newer program's backup taken for nothing."""
    if not folder.exists():
        return
    if (folder / manifest.NAME).exists():
        manifest.read(folder)
    is_ours = {"lock", manifest.NAME, f"{manifest.NAME}.new", BLOBS}
    names = sorted(path.name for path in folder.iterdir())
    strange = [n for n in names if n not in is_ours and not n.startswith(("database-", "small-"))]
    if strange:
        raise BackupProblem(
            f"{folder} holds other files ({strange[0]}). Give the backup a folder of its own."
        )


def _remove_older(folder: Path) -> None:
    """Parts that the manifest does not name: those of the backup before, or of one that was broken off."""
    try:
        kept = {part.name for part in _parts(manifest.read(folder))}
    except BackupProblem:  # none was ever whole
        kept = set()
    for path in [*folder.glob("database-*"), *folder.glob("small-*")]:
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _parts(told: Manifest) -> list[Part]:
    return [told.database] if told.small is None else [told.database, told.small]
