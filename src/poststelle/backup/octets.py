"""The blobs of a backup: each a file under its hash, which never changes, so that a later backup adds few.

Those that lie together (``blobs.small``) are a database, and copied as one.
"""

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from poststelle.blobs import SmallBlobs

SMALL = "small.db"
_HASH = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


class Copied(NamedTuple):
    """How many files there are now, their octets, and how many of them were copied."""

    files: int
    octets: int
    new: int


def copy(source: Path, target: Path) -> Copied:
    """Bring ``target`` what ``source`` has and it lacks. Blocks.

    A file that goes meanwhile is nobody's: what the database's copy names stays until this has ended.
    """
    files = octets = new = 0
    for path in _files(source):
        there = target / path.relative_to(source)
        size = _size(path)
        if size is None:
            continue
        if _size(there) != size:
            if not _copy(path, there):
                continue
            new += 1
        files, octets = files + 1, octets + size
    return Copied(files, octets, new)


def forget_others(source: Path, target: Path) -> int:
    """Remove from ``target`` what ``source`` no longer has; how many files."""
    gone = [path for path in _files(target) if not (source / path.relative_to(target)).exists()]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def damaged(folder: Path) -> Iterator[Path | None]:
    """Each file that is not what its name says; None for one that is. Blocks for each."""
    for path in _files(folder):
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        yield None if digest.hexdigest() == path.name else path


class Present:
    """Which octets are in a blob folder. Each call may wait."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._small = SmallBlobs(folder / SMALL) if (folder / SMALL).exists() else None

    def lacks(self, hashes: Iterable[str]) -> list[str]:
        return [one for one in hashes if not self._has(one)]

    def close(self) -> None:
        if self._small is not None:
            self._small.close()

    def _has(self, sha256: str) -> bool:
        if (self._folder / sha256[:2] / sha256[2:4] / sha256).is_file():
            return True
        return self._small is not None and self._small.has(sha256)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("??/??/*") if _HASH.fullmatch(path.name))


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _copy(path: Path, there: Path) -> bool:
    """With the time it was stored; under its name when it is whole. False where it has gone."""
    there.parent.mkdir(parents=True, exist_ok=True)
    beside = there.with_name(f"{there.name}.new")
    try:
        shutil.copy2(path, beside)
    except FileNotFoundError:
        return False
    beside.replace(there)
    return True
