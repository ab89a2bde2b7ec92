"""What a backup says of itself: written last, so that a folder with one is whole."""

import hashlib
import json
import os
import stat
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from poststelle.auth.crypto import CannotOpen, KeyRing

NAME = "backup.json"
FORMAT = 1
_CHUNK = 1 << 20
_ROW = "backup.json"


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
    ``small``: those that lie together, None where there are none. ``server`` and ``client``: the versions of
    PostgreSQL, and of its programs that made the archive; None: of SQLite, or an older program made it.
    ``seal``: what all this says, sealed with the key as hex, so that who lacks it can change nothing unseen;
    None: an older program made it.
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
    server: str | None = None
    client: str | None = None
    seal: str | None = None

    @property
    def parts(self) -> list[Part]:
        return [self.database] if self.small is None else [self.database, self.small]


def read(folder: Path) -> Manifest:
    """Raises BackupProblem where there is none, or one of a later kind."""
    try:
        if (folder / NAME).exists() and not is_file(folder / NAME):
            raise BackupProblem(f"{folder / NAME} is no file.")
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


def write(folder: Path, manifest: Manifest, ring: KeyRing) -> None:
    """Put it, sealed, in the place of the one before, once everything else is on the disk."""
    beside = folder / f"{NAME}.new"
    told = json.loads(msgspec.json.encode(manifest))
    told["seal"] = ring.seal(_digest(told), _ROW).hex()
    with fresh(beside) as file:
        file.write(json.dumps(told, indent=2).encode())
    os.sync()
    beside.replace(folder / NAME)
    os.sync()


def is_sealed(folder: Path, ring: KeyRing) -> bool:
    """Whether it is as it was written by who has the key; False: an older program made it, without a seal.

    Raises BackupProblem where it was changed, or the key is another.
    """
    told = json.loads((folder / NAME).read_bytes())
    seal = told.get("seal")
    if seal is None:
        return False
    try:
        opened = ring.open(bytes.fromhex(seal), _ROW)
    except (CannotOpen, ValueError, TypeError) as problem:
        raise BackupProblem(
            f"{folder / NAME} is not sealed with this key: it is not the one of this backup, or somebody has "
            "changed it."
        ) from problem
    if opened != _digest(told):
        raise BackupProblem(f"{folder / NAME} was changed by somebody after it was made. Do not use it.")
    return True


def _digest(told: dict[str, object]) -> bytes:
    """Of all that is said, also what a newer program says, but the seal."""
    said = {name: value for name, value in told.items() if name != "seal"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()


def fresh(path: Path) -> BinaryIO:
    """A new file of that name, in the place of whatever has it: a link there leads nowhere we write."""
    path.unlink(missing_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    return cast("BinaryIO", os.fdopen(number, "wb"))


def is_file(path: Path) -> bool:
    """A file itself: no link to one, no pipe, which would be waited for."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def holds(folder: Path, part: Part) -> bool:
    """Whether the file is there, and what it was when it was written. Reads all of it."""
    path = folder / part.name
    return Path(part.name).name == part.name and is_file(path) and part_of(path) == part


def part_of(path: Path) -> Part:
    """A file as it is now."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Part(path.name, size, digest.hexdigest())
