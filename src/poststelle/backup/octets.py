"""The blobs of a backup: each a file under its hash, which never changes, so that a later backup adds few.

Those that lie together (``blobs.small``) are a database, and copied as one.
"""

import asyncio
import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import apsw

from poststelle.store import backups
from poststelle.store.tx import Store

SMALL = "small.db"
_HASH = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_AT_ONCE = 500
_NAMED_AT_ONCE = 5_000


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


def only_in(folder: Path, other: Path) -> list[Sequence[Path]]:
    """Files that the other folder does not have, in portions. Blocks."""
    found = [path for path in _files(folder) if not (other / path.relative_to(folder)).exists()]
    return [found[begin : begin + _AT_ONCE] for begin in range(0, len(found), _AT_ONCE)]


def forget(files: Iterable[Path]) -> None:
    """Remove them. Blocks."""
    for path in files:
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


async def missing(store: Store, *places: Present) -> tuple[str, ...]:
    """Hashes that the database names and none of the places has."""
    found: list[str] = []
    after = ""
    while some := await store.read(backups.blobs_needed, after, _NAMED_AT_ONCE):
        left = some
        for place in places:
            left = await asyncio.to_thread(place.lacks, left)
        found += left
        after = some[-1]
    return tuple(found)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("??/??/*") if _HASH.fullmatch(path.name))


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _copy(path: Path, there: Path) -> bool | None:
    """With the time it was stored; under its name when it is whole. False where it is not what its name says,
    None where it has gone."""
    there.parent.mkdir(parents=True, exist_ok=True)
    beside, digest = there.with_name(f"{there.name}.new"), hashlib.sha256()
    try:
        with path.open("rb") as reading, beside.open("wb") as writing:
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
