"""What a backup says of itself: written last, so that a folder with one is whole."""

import hashlib
import os
from datetime import datetime
from pathlib import Path

import msgspec

NAME = "backup.json"
FORMAT = 1
_CHUNK = 1 << 20


class BackupProblem(Exception):
    """A backup that can't be made or used; the message says why and what to do."""


class Part(msgspec.Struct, frozen=True):
    """A file of the backup: its name there, size in octets, SHA-256 as hex."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """``installation``: which one it is of. ``engine``: sqlite or postgresql. ``keys``: what sealed values
    begin with, as hex: the ids of the keys that open them.

    ``blobs`` and ``octets``: how many files there are below ``blobs``, and their size in all;
    ``small``: those that lie together, None where there are none.
    """

    format: int
    made_at: datetime
    version: str
    schema_version: int
    oldest_code: int
    installation: str
    engine: str
    keys: list[str]
    database: Part
    blobs: int
    octets: int
    small: Part | None

    @property
    def parts(self) -> list[Part]:
        return [self.database] if self.small is None else [self.database, self.small]


def read(folder: Path) -> Manifest:
    """Raises BackupProblem where there is none, or one of a later kind."""
    try:
        found = msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except FileNotFoundError as problem:
        raise BackupProblem(f"There is no backup in {folder}, or it was broken off.") from problem
    except (OSError, msgspec.DecodeError) as problem:
        raise BackupProblem(f"{folder / NAME} can't be read.") from problem
    if found.format > FORMAT:
        raise too_new(found)
    return found


def too_new(found: Manifest) -> BackupProblem:
    return BackupProblem(
        f"This backup was made by a newer Poststelle ({found.version}). Restore it with that one."
    )


def write(folder: Path, manifest: Manifest) -> None:
    """Put it in the place of the one before, once everything else is on the disk."""
    beside = folder / f"{NAME}.new"
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    os.sync()
    beside.replace(folder / NAME)
    os.sync()


def holds(folder: Path, part: Part) -> bool:
    """Whether the file is there, and what it was when it was written. Reads all of it."""
    path = folder / part.name
    return path.exists() and part_of(path) == part


def part_of(path: Path) -> Part:
    """A file as it is now."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Part(path.name, size, digest.hexdigest())
