"""The blobs of a backup: each a file under its hash, which never changes, so that a later backup adds few.

Those that lie together (``blobs.small``) are a database, and copied as one. Objects that are kept somewhere
else (``blobs.object_blobs``) become files here, and files become objects there.
"""

import asyncio
import hashlib
import re
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

import apsw

from poststelle.backup import database, manifest
from poststelle.backup.manifest import BackupProblem
from poststelle.blobs import BlobMissing, Generation, ObjectBlobs, once
from poststelle.blobs.base import portions
from poststelle.lib.at_once import some_at_once
from poststelle.store import backups
from poststelle.store.tx import Store

SMALL = "small.db"
_HASH = re.compile(r"[0-9a-f]{64}")
_LEAVINGS = frozenset({"new", "damaged"})
_CHUNK = 1 << 20
_AT_ONCE = 500
_NAMED_AT_ONCE = 5_000
_ADD_SMALL = "insert or ignore into blobs (sha256, stored_at, content) values (?, ?, ?)"
_ROWS = 100  # of small ones, in memory


class Copied(NamedTuple):
    """How many files there are now, their octets, how many of them were copied, and the names of those that
    are not at the source what their names say: they were not."""

    files: int
    octets: int
    new: int
    damaged: list[str]


def copy(source: Path, target: Path) -> Copied:
    """Bring ``target`` what ``source`` has and it lacks. Blocks.

    A file that goes meanwhile is nobody's: what the database's copy names stays until this has ended.
    """
    files, size, new, damaged = 0, 0, 0, list[str]()
    for path in _files(source):
        there = target / path.relative_to(source)
        if _size(there) is None or _size(there) != _size(path):
            done = _copy(path, there)
            new += done is True
            if done is False:
                damaged.append(path.name)
        if (octets := _size(there)) is not None:
            files, size = files + 1, size + octets
    return Copied(files, size, new, damaged)


def portions_of(folder: Path) -> list[Sequence[Path]]:
    """The files with octets there. Blocks."""
    return list(portions(list(_files(folder)), _AT_ONCE))


async def copy_objects(source: ObjectBlobs, target: Path) -> Copied:
    """As ``copy``, where the source is somewhere else."""
    found = _Counted()

    async def bring(one: Generation) -> None:
        there = target / one.sha256[:2] / one.sha256[2:4] / one.sha256
        if await asyncio.to_thread(_size, there) != one.size:
            if not await _bring(source, one.sha256, there):
                found.damaged.append(one.sha256)
                return
            found.new += 1
        found.files, found.size = found.files + 1, found.size + one.size

    async for some in source.every():
        await some_at_once(partial(bring, one) for one in some)
    return Copied(found.files, found.size, found.new, found.damaged)


async def put_objects(folder: Path, small: Path | None, target: ObjectBlobs) -> list[str]:
    """Bring ``target`` what it lacks of the files in ``folder`` and of the small ones; the names of those
    that are not what these say.

    What the target tells of is looked for first: its database may be older than it is.
    """
    damaged: list[str] = []

    async def put(sha256: str, chunks: AsyncIterator[bytes]) -> None:
        if await target.exists(sha256):
            return
        if (await target.put(chunks)).sha256 != sha256:
            damaged.append(sha256)

    await recheck(target)
    for some in await asyncio.to_thread(portions_of, folder):
        await some_at_once(partial(put, path.name, _chunks(path)) for path in some)
    after = b""
    while small is not None and (rows := await asyncio.to_thread(_small_rows, small, after)):
        await some_at_once(partial(put, sha256.hex(), once(octets)) for sha256, octets in rows)
        after = rows[-1][0]
    return damaged


async def recheck(target: ObjectBlobs) -> None:
    """What its ledger tells of and is not there counts no more."""
    async for some in target.every():
        await some_at_once(partial(target.recheck, one) for one in some)


def merge_small(source: Path, target: Path) -> None:
    """Bring the small ones of ``source`` that ``target`` lacks, which is made if it is not there. Blocks."""
    if not target.exists():
        database.copy_sqlite(source, target)
        return
    reading = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
    writing = apsw.Connection(str(target))
    try:
        rows = reading.execute("select sha256, stored_at, content from blobs")
        with writing:
            writing.executemany(_ADD_SMALL, rows).fetchall()
    except apsw.FullError as problem:
        raise BackupProblem(f"There is no room left for {target}. Make room, and run it again.") from problem
    finally:
        writing.close()
        reading.close()


def remove_leavings(folder: Path) -> None:
    """What runs that were broken off have left half written, and what a look found damaged. Blocks."""
    for path in folder.glob("??/??/*"):
        name, _, end = path.name.partition(".")
        if _HASH.fullmatch(name) and end in _LEAVINGS:
            path.unlink(missing_ok=True)


def set_aside_damaged(folder: Path) -> Iterator[str | None]:
    """The name of each file that is not what its name says, which is called otherwise then, so that the next
    backup copies it anew; None for each other one. Blocks for each."""
    for path in _files(folder):
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        is_whole = digest.hexdigest() == path.name
        if not is_whole:
            path.replace(path.with_name(f"{path.name}.damaged"))
        yield None if is_whole else path.name


class Present:
    """Which octets are in a blob folder or its database of small ones, which is only read. Calls may wait.

    ``small``: where that database is, if not in the folder.
    """

    def __init__(self, folder: Path, small: Path | None = None) -> None:
        self._folder = folder
        small = small or folder / SMALL
        self._small = apsw.Connection(str(small), flags=apsw.SQLITE_OPEN_READONLY) if small.exists() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._small is not None:
            self._small.close()

    def lacks(self, hashes: Iterable[str]) -> list[str]:
        return [one for one in hashes if not self._has(one)]

    def _has(self, sha256: str) -> bool:
        if (self._folder / sha256[:2] / sha256[2:4] / sha256).is_file():
            return True
        if self._small is None:
            return False
        found = self._small.execute("select 1 from blobs where sha256 = ?", (bytes.fromhex(sha256),))
        return bool(found.fetchall())


async def lacking(place: "Present | ObjectBlobs", hashes: Sequence[str]) -> list[str]:
    """Those that the place does not have, as far as it knows."""
    if isinstance(place, Present):
        return await asyncio.to_thread(place.lacks, hashes)
    return [sha256 for sha256 in hashes if not await place.exists(sha256)]


async def missing(store: Store, *places: "Present | ObjectBlobs") -> tuple[str, ...]:
    """Hashes that the database names and none of the places has."""
    found: list[str] = []
    after = ""
    while some := await store.read(backups.blobs_needed, after, _NAMED_AT_ONCE):
        left = some
        for place in places:
            left = await lacking(place, left)
        found += left
        after = some[-1]
    return tuple(found)


@dataclass
class _Counted:
    files: int = 0
    size: int = 0
    new: int = 0
    damaged: list[str] = field(default_factory=list)


async def _bring(source: ObjectBlobs, sha256: str, there: Path) -> bool:
    """Under its name when it is whole; whether it is."""
    await asyncio.to_thread(partial(there.parent.mkdir, parents=True, exist_ok=True))
    beside, digest = there.with_name(f"{sha256}.new"), hashlib.sha256()
    _require_own_folders(there)
    try:
        with _writing(beside) as file:
            async for chunk in source.open(sha256):
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
    except BlobMissing:
        beside.unlink(missing_ok=True)
        return False
    if digest.hexdigest() != sha256:
        beside.unlink()
        return False
    beside.replace(there)
    return True


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


def _small_rows(small: Path, after: bytes) -> list[tuple[bytes, bytes]]:
    reading = apsw.Connection(str(small), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        text = "select sha256, content from blobs where sha256 > ? order by sha256 limit ?"
        return [(bytes(one), bytes(octets)) for one, octets in reading.execute(text, (after, _ROWS))]
    finally:
        reading.close()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("??/??/*") if _HASH.fullmatch(path.name) and manifest.is_file(path))


def _size(path: Path) -> int | None:
    """None: there is no file of its own there."""
    try:
        return path.lstat().st_size if manifest.is_file(path) else None
    except FileNotFoundError:
        return None


def _require_own_folders(there: Path) -> None:
    """A link in the place of a folder would lead what we write somewhere else."""
    for folder in (there.parent, there.parent.parent):
        if folder.is_symlink():
            raise BackupProblem(f"{folder} is a link. Take it away: only our own folders belong there.")


@contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    """A new file; where it can't be written, it goes, and the error names it."""
    try:
        with manifest.fresh(path) as file:
            yield file
    except OSError as problem:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if problem.filename is None:
            problem.filename = str(path)
        raise


def _copy(path: Path, there: Path) -> bool | None:
    """With the time it was stored; under its name when it is whole. False where it is not what its name says,
    None where it has gone."""
    there.parent.mkdir(parents=True, exist_ok=True)
    beside, digest = there.with_name(f"{there.name}.new"), hashlib.sha256()
    _require_own_folders(there)
    try:
        with path.open("rb") as reading, _writing(beside) as writing:
            while chunk := reading.read(_CHUNK):
                digest.update(chunk)
                writing.write(chunk)
        shutil.copystat(path, beside)
    except FileNotFoundError:
        beside.unlink(missing_ok=True)
        return None
    if digest.hexdigest() != path.name:
        beside.unlink()
        return False
    beside.replace(there)
    return True
