"""Files into a mailbox, one line about each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from m365sim.load.parse import Parsed, written_from_mime
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.world import World

MAX_OCTETS = 150 * 1024 * 1024
_MAIL_SUFFIXES = frozenset({".eml", ".mbox", ".mbx"})
_FROM_LINE = re.compile(rb"^From \S.*\d{4}\s*$", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What became of one message. ``reason`` is empty for one that was loaded; then ``message`` is set."""

    name: str
    message: Message | None = None
    reason: str = ""

    @property
    def is_loaded(self) -> bool:
        """True when the message lies in the mailbox."""
        return self.message is not None

    def __str__(self) -> str:
        return f"{self.name}: {'loaded' if self.is_loaded else self.reason}"


def load_path(world: World, mailbox: Mailbox, folder: Folder, path: Path) -> list[LoadResult]:
    """Load a file, or every ``.eml`` and mbox file below a directory in the order of their names.

    Nothing raises for what a file holds; a file that cannot be loaded has its reason in the result.
    """
    if not path.exists():
        return [LoadResult(str(path), reason="no such file or directory")]
    results: list[LoadResult] = []
    for file in _mail_files(path):
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        results += _load_file(world, mailbox, folder, file, name)
    return results or [LoadResult(str(path), reason="no .eml or mbox file in it")]


def _mail_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in _MAIL_SUFFIXES)


def _load_file(world: World, mailbox: Mailbox, folder: Folder, file: Path, name: str) -> list[LoadResult]:
    try:
        size = file.stat().st_size
        if size > MAX_OCTETS:
            return [LoadResult(name, reason=f"larger than {MAX_OCTETS // 1024 // 1024} MB")]
        octets = file.read_bytes()
    except OSError as error:
        return [LoadResult(name, reason=f"cannot be read: {error.strerror}")]
    if file.suffix.lower() != ".eml" and octets.startswith(b"From "):
        return [store(world, mailbox, folder, read) for read in read_mbox(octets, name)]
    return [store(world, mailbox, folder, read_mime(octets, name))]


@dataclass(frozen=True, slots=True)
class Read:
    """A message as it was read, in no mailbox yet; None for a file with nothing in it."""

    name: str
    parsed: Parsed | None


def read_mime(octets: bytes, name: str) -> Read:
    """Read one message. Needs nothing of the world, so any thread may do it."""
    return Read(name, written_from_mime(octets) if octets.strip() else None)


def read_mbox(octets: bytes, name: str) -> list[Read]:
    """Read every message of an mbox file.

    Source: RFC 4155 (From lines; ``>From`` lines are given back their first letter).
    """
    return [read_mime(message, f"{name}#{number}") for number, message in enumerate(_split_mbox(octets), 1)]


def store(world: World, mailbox: Mailbox, folder: Folder, read: Read) -> LoadResult:
    """Put a message into a folder, unread; its octets are kept as they are for ``$value``."""
    if read.parsed is None:
        return LoadResult(read.name, reason="the file is empty")
    return LoadResult(read.name, world.receive(mailbox, folder, read.parsed.written, read.parsed.received_s))


def _split_mbox(octets: bytes) -> Iterator[bytes]:
    starts = [match.start() for match in _FROM_LINE.finditer(octets)] or [0]
    for start, end in zip(starts, [*starts[1:], len(octets)], strict=True):
        message = octets[start:end]
        if message.startswith(b"From "):
            message = message.partition(b"\n")[2]
        yield _QUOTED_FROM.sub(rb"\1", message).removesuffix(b"\n")
