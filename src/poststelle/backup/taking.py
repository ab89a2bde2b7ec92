"""Make a backup, or bring an earlier one up to date, while servers run.

    octets held ─> trail sealed ─> database copied ─> octets copied ─> manifest ─> older parts removed
      ─> octets let go

From the first step to the last nobody removes octets, so that whatever the database's copy names is there to
be copied. The manifest names the parts; until it is replaced, the backup that was there before is whole.

Source: docs/decisions/0026.
"""

import asyncio
import errno
import fcntl
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from poststelle.auth.crypto import KeyRing
from poststelle.backup import database, manifest, octets
from poststelle.backup.manifest import BackupProblem, Manifest
from poststelle.blobs import ObjectBlobs
from poststelle.jobs.inline import guarded
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_key
from poststelle.lib.version import version
from poststelle.settings import rotation
from poststelle.store import attachments, backups
from poststelle.store.opening import SCHEMA_VERSION
from poststelle.store.tx import ReadTx, Store
from poststelle.sync.trail_keeper import TrailKeeper

log = structlog.get_logger()

BLOBS = "blobs"
_HELD_FOR = timedelta(minutes=30)
_HOLD_EVERY_S = 300.0
_HOLD_AGAIN_S = 10.0
_UNDER_WAY_S = 1.0  # what was being removed when the hold was said is removed by then
_OF_THE_VOLUME = "lost+found"  # the file system's own, where the folder is the root of one
# Of a copy that was broken off SQLite's log lies beside it.
_PART = re.compile(r"(?:database|small)-[0-9]{8}T[0-9]{12}Z(?:-journal|-wal|-shm)?")


@dataclass(frozen=True, slots=True)
class Installation:
    """What is copied. ``blobs``: the folder with the octets, or what keeps them somewhere else."""

    store: Store
    ring: KeyRing
    clock: Clock
    database_url: str
    blobs: Path | ObjectBlobs


@dataclass(frozen=True, slots=True)
class Taken:
    """``new``: files that were copied; ``damaged``: names of those that are not what their names say at the
    source; ``missing``: hashes that the database names, and that are neither there nor in the backup."""

    manifest: Manifest
    new: int
    damaged: tuple[str, ...]
    missing: tuple[str, ...]


async def take(
    of: Installation, folder: Path, tell: Callable[[str], None], *, takes_over: bool = False
) -> Taken:
    """Make the backup in ``folder``, which may hold an earlier one; ``tell`` hears what is being done.

    ``takes_over``: it may hold that of the installation which this one was restored from.

    Raises BackupProblem and OSError; an earlier backup is then as it was.
    """
    _check_folder(folder)
    which = await of.store.write(backups.installation, new_key(), of.clock.now())
    with _alone(folder):
        former = await of.store.read(backups.restored_from) if takes_over else None
        _check_installation(folder, which, former)
        await asyncio.to_thread(_remove_older, folder)
        async with _held(of) as hold:
            try:
                made, files = await _made(of, which, folder, tell, hold)
            finally:
                await asyncio.to_thread(_remove_older, folder)
                await asyncio.to_thread(octets.remove_leavings, folder / BLOBS)
            tell("Looking for what is missing")
            missing = await _missing(of, folder, made)
            await _forget_others(of, folder)
    await of.store.write(backups.note_made, of.clock.now())
    return Taken(made, files.new, tuple(files.damaged), missing)


async def _made(
    of: Installation, which: str, folder: Path, tell: Callable[[str], None], hold: "_Hold"
) -> tuple[Manifest, octets.Copied]:
    """The new parts beside the older ones, and the manifest that names them."""
    of.ring.renew()
    await guarded(_seal(of), event="audit.not_sealed")
    keys = await of.store.read(rotation.headers)
    stamp = f"{of.clock.now():%Y%m%dT%H%M%S%fZ}"
    tell("Copying the database")
    data = folder / f"database-{stamp}"
    await asyncio.to_thread(database.dump, of.database_url, data)
    tell("Copying messages and files")
    small = await _small(of.blobs, folder / f"small-{stamp}")
    if isinstance(of.blobs, Path):
        files = await asyncio.to_thread(octets.copy, of.blobs, folder / BLOBS)
    else:
        files = await octets.copy_objects(of.blobs, folder / BLOBS)
    # The copy is of a moment between: while keys change, what was sealed before and after are both in it.
    of.ring.renew()
    keys = sorted({*keys, *await of.store.read(rotation.headers)})
    known = [header.hex() for header in keys if of.ring.has(header)]
    if not known:
        raise BackupProblem("The key opens nothing in this database. Put the right one back first.")
    made = await _described(of, which, data, small, files, known)
    hold.require()
    await asyncio.to_thread(manifest.write, folder, made, of.ring)
    return made, files


async def _seal(of: Installation) -> None:
    """The audit trail, so that of the copy nothing is unproven but what comes in the seconds from here to it.

    An older program's database is sealed by that one alone, whose note may hold less than ours.
    """
    if await of.store.read(_schema_version) == SCHEMA_VERSION:
        await TrailKeeper(of.store, of.ring, of.clock).seal()


def _schema_version(tx: ReadTx) -> int:
    return int(backups.meta(tx)["schema_version"])


async def _missing(of: Installation, folder: Path, made: Manifest) -> tuple[str, ...]:
    """What the database names now, and neither the backup nor its source has.

    What was stored since it was copied is at the source alone, and no part of this backup.
    """
    small = None if made.small is None else folder / made.small.name
    with octets.Present(folder / BLOBS, small) as copied, _source(of.blobs) as source:
        return await octets.missing(of.store, copied, source)


async def _forget_others(of: Installation, folder: Path) -> None:
    """Files that the source has no more and the database does not name: the source may be at fault."""
    with _source(of.blobs) as source:
        for some in await asyncio.to_thread(octets.portions_of, folder / BLOBS):
            left = await octets.lacking(source, [path.name for path in some])
            gone = set(left) - await of.store.read(attachments.used_blobs, left)
            for path in some:
                if path.name in gone:
                    path.unlink(missing_ok=True)


@contextmanager
def _source(blobs: Path | ObjectBlobs) -> Iterator[octets.Present | ObjectBlobs]:
    if isinstance(blobs, ObjectBlobs):
        yield blobs
        return
    with octets.Present(blobs) as present:
        yield present


def verify(folder: Path, tell: Callable[[str], None]) -> list[str]:
    """Read a backup again, whole; the names of parts that are missing or damaged. Raises BackupProblem.

    A damaged file is called otherwise then, so that the next backup copies it anew.
    """
    manifest.read(folder)
    with _alone(folder):
        return _damaged(folder, tell)


def _damaged(folder: Path, tell: Callable[[str], None]) -> list[str]:
    told = manifest.read(folder)
    bad = []
    for part in told.parts:
        tell(f"Reading {part.name}")
        if not manifest.holds(folder, part):
            bad.append(part.name)
    tell("Reading messages and files")
    count = 0
    for name in octets.set_aside_damaged(folder / BLOBS):
        count += 1
        if name is not None:
            bad.append(f"{BLOBS}/{name}")
    if count < told.blobs:
        bad.append(f"{told.blobs - count} files below {BLOBS}")
    return bad


async def _described(
    of: Installation, which: str, data: Path, small: Path | None, files: octets.Copied, keys: list[str]
) -> Manifest:
    meta = await of.store.read(backups.meta)
    server, client = await asyncio.to_thread(database.versions, of.database_url) or (None, None)
    return Manifest(
        format=manifest.FORMAT,
        made_at=of.clock.now(),
        version=version(),
        schema_version=int(meta["schema_version"]),
        oldest_code=int(meta["oldest_code"]),
        installation=which,
        engine=database.engine_of(of.database_url),
        keys=keys,
        database=await asyncio.to_thread(manifest.part_of, data),
        blobs=files.files,
        octets=files.octets,
        small=None if small is None else await asyncio.to_thread(manifest.part_of, small),
        server=server,
        client=client,
    )


async def _small(blobs: Path | ObjectBlobs, target: Path) -> Path | None:
    if isinstance(blobs, ObjectBlobs) or not (blobs / octets.SMALL).exists():
        return None
    await asyncio.to_thread(database.copy_sqlite, blobs / octets.SMALL, target)
    return target


class _Hold:
    """What keeps octets where they are, as long as it is said anew in time."""

    def __init__(self, of: Installation) -> None:
        self._of, self._token = of, new_key()
        self._until: datetime | None = None
        self._has_lapsed = False

    async def renew(self) -> None:
        now = self._of.clock.now()
        self._has_lapsed = self._is_over(now)
        await self._of.store.write(backups.hold, self._token, now + _HELD_FOR, now)
        self._until = now + _HELD_FOR

    async def go_on(self) -> None:
        """Until cancelled. A database that is away for a moment is asked again soon."""
        wait_s = _HOLD_EVERY_S
        while True:
            await self._of.clock.sleep(wait_s)
            try:
                await self.renew()
            except Exception as problem:
                log.warning("backup.hold_not_renewed", problem=type(problem).__name__)
                wait_s = _HOLD_AGAIN_S
            else:
                wait_s = _HOLD_EVERY_S

    def require(self) -> None:
        """Raises BackupProblem where octets may have been removed meanwhile."""
        if self._is_over(self._of.clock.now()):
            raise BackupProblem(
                "The database could not be reached for so long that messages and files may have been removed"
                " while they were copied. The backup before is as it was; run it again."
            )

    async def release(self) -> None:
        """What can't be released ends by itself."""
        try:
            await self._of.store.write(backups.release, self._token)
        except Exception as problem:
            log.warning("backup.hold_not_released", problem=type(problem).__name__)

    def _is_over(self, now: datetime) -> bool:
        return self._has_lapsed or (self._until is not None and now >= self._until)


@asynccontextmanager
async def _held(of: Installation) -> AsyncIterator[_Hold]:
    """Nobody removes octets within; should this process die, they may again after half an hour."""
    hold = _Hold(of)
    await hold.renew()
    await of.clock.sleep(_UNDER_WAY_S)
    holding = asyncio.create_task(hold.go_on())
    try:
        yield hold
    finally:
        holding.cancel()
        await hold.release()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        number = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        if problem.errno not in {errno.EROFS, errno.EACCES}:
            raise
        yield  # nobody makes a backup there
        return
    with os.fdopen(number, "r+b") as file:
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
    is_ours = {"lock", manifest.NAME, f"{manifest.NAME}.new", BLOBS, _OF_THE_VOLUME}
    names = sorted(path.name for path in folder.iterdir())
    strange = [name for name in names if name not in is_ours and not _PART.fullmatch(name)]
    if strange:
        raise BackupProblem(f"{folder} holds other files ({strange[0]}). Give it a folder of its own.")


def _check_installation(folder: Path, which: str, former: str | None) -> None:
    """A mistyped database must not take the place of the right one's backup, nor one restored for trying."""
    if (folder / manifest.NAME).exists() and manifest.read(folder).installation not in {which, former}:
        raise BackupProblem(
            f"{folder} holds the backup of another installation. Give this one its own; or, if this one was "
            "restored from that backup and has taken the place of that one, say --take-over."
        )


def _remove_older(folder: Path) -> None:
    """Parts that the manifest does not name: those of the backup before, or of one that was broken off."""
    try:
        kept = {part.name for part in manifest.read(folder).parts}
    except BackupProblem:  # none was ever whole
        kept = set()
    for path in folder.iterdir():
        if _PART.fullmatch(path.name) and path.name not in kept:
            path.unlink(missing_ok=True)
