"""A file of messages, read while it comes in: an mbox file, one message, or a ZIP archive of such.

Of what an archive holds ``.eml`` and ``.mbox`` files count. Its slips are known to
those messages that come after them, as we write it; one that was packed anew may
have lost that order, and then the folders in it still tell where a message lay.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from poststelle.mail import left_out, slips
from poststelle.mail.export import INDEX
from poststelle.mail.slips import FolderName, Heading, Slip
from poststelle.mime.mbox import Found, Splitter, TooEmpty, TooLarge
from poststelle.mime.zip_read import Ended, Entry, Unpacker

_MESSAGES = (".eml", ".mbox", ".mbx")
_NO_MAIL = ("__MACOSX/",)  # what macOS adds to archives
_SLIPS_HELD = 64_000_000  # octets
_ARCHIVE = b"PK"
_DEEPEST = slips.DEEPEST


class Brought(NamedTuple):
    """A message of a file. ``folder``: where it lay in an archive, if no slip says that."""

    octets: bytes
    received_at: datetime | None
    slip: Slip | None
    folder: FolderName | None


class Reader:
    """Give it piece after piece, then ``end``. Messages come out as they are complete, and folders' names.

    ``refused``: pieces that are no messages; ``missing``: messages that were left out when the file was made.
    Raises TooLarge, or BrokenArchive.
    """

    def __init__(self, largest: int) -> None:
        self.refused = self.missing = 0
        self._largest = largest
        self._begun = b""
        self._inside: _Loose | _Archive | None = None

    def piece(self, octets: bytes) -> Iterator[Brought | Heading]:
        if self._inside is None:
            self._begun += octets
            if len(self._begun) < len(_ARCHIVE):
                return
            octets = self._choose()
        assert self._inside is not None
        yield from self._inside.piece(octets)

    def end(self) -> Iterator[Brought | Heading]:
        if self._inside is None:
            octets = self._choose()
            assert self._inside is not None
            yield from self._inside.piece(octets)
        yield from self._inside.end()

    def _choose(self) -> bytes:
        is_archive = self._begun.startswith(_ARCHIVE)
        self._inside = _Archive(self) if is_archive else _Loose(self, None)
        octets, self._begun = self._begun, b""
        return octets

    @property
    def largest(self) -> int:
        return self._largest


class _Loose:
    """An mbox file or one message; in an archive with the folder it lies in, and the slip of one message."""

    def __init__(self, reader: Reader, folder: FolderName | None, slip: Slip | None = None) -> None:
        self._reader, self._folder, self._slip = reader, folder, slip
        self._splitter = Splitter(reader.largest)
        self._is_given_up = False

    def piece(self, octets: bytes) -> Iterator[Brought]:
        if not self._is_given_up:
            yield from self._each(self._splitter.piece(octets))

    def end(self) -> Iterator[Brought]:
        if not self._is_given_up:
            yield from self._each(self._splitter.end())

    def _each(self, several: Iterable[Found]) -> Iterator[Brought]:
        """The rest of a file that is full of nothing is passed over, as one piece that is no message."""
        try:
            for found in several:
                yield from self._brought(found)
        except TooEmpty:
            self._reader.refused += 1
            self._is_given_up = True

    def _brought(self, found: Found) -> Iterator[Brought]:
        if missing := left_out.noted(found.octets):
            self._reader.missing += missing
            return
        slip, octets = self._slip, found.octets
        if slip is None and found.received_at is not None:  # of an mbox file, where we write one before each
            slip, octets = slips.taken_off(octets)
        yield Brought(octets, found.received_at, slip, self._folder)


class _Archive:
    """A ZIP archive."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._unpacker = Unpacker()
        self._slips: OrderedDict[str, bytes] = OrderedDict()
        self._held = 0
        self._entry: _Loose | None = None
        self._index: bytearray | None = None

    def piece(self, octets: bytes) -> Iterator[Brought | Heading]:
        for event in self._unpacker.piece(octets):
            if isinstance(event, Entry):
                self._begin(event.name.replace("\\", "/"))
            elif isinstance(event, Ended):
                yield from self._end(event)
            elif self._index is not None:
                yield from self._lines(self._index, event)
            elif self._entry is not None:
                yield from self._content(self._entry, event)

    def end(self) -> Iterator[Brought | Heading]:
        self._unpacker.end()
        yield from ()

    def _begin(self, name: str) -> None:
        self._index = self._entry = None
        parts = [part for part in name.split("/") if part not in {"", ".", ".."}]
        if not parts or name.endswith("/") or name.startswith(_NO_MAIL):
            return
        if parts[-2:-1] == [INDEX] and parts[-1].endswith(".jsonl"):
            self._index = bytearray()
        elif parts[-1].lower().endswith(_MESSAGES):
            self._entry = _Loose(self._reader, _folder(parts), self._slip("/".join(parts)))
        elif parts[-1] != left_out.NAME:
            self._reader.refused += 1

    def _content(self, entry: _Loose, octets: bytes) -> Iterator[Brought]:
        try:
            yield from entry.piece(octets)
        except TooLarge:
            self._reader.refused += 1
            self._entry = None

    def _end(self, event: Ended) -> Iterator[Brought | Heading]:
        if self._index is not None:
            yield from self._lines(self._index, b"\n")
        elif self._entry is not None and event.is_whole:
            yield from self._entry.end()
        elif self._entry is not None:
            self._reader.refused += 1
        self._index = self._entry = None

    def _lines(self, index: bytearray, octets: bytes) -> Iterator[Heading]:
        """Slips are kept as text until their message comes; beyond a bound the oldest are forgotten."""
        index += octets
        *lines, rest = bytes(index).split(b"\n")
        index[:] = rest[-slips.LONGEST :]
        for line in lines:
            told = slips.read_line(line) if line.strip() else None
            if isinstance(told, Heading):
                self._reader.missing += told.left_out
                yield Heading(told.folders)
            elif isinstance(told, Slip):
                self._held += len(line) - len(self._slips.pop(told.file, b""))
                self._slips[told.file] = line
        while self._held > _SLIPS_HELD:
            self._held -= len(self._slips.popitem(last=False)[1])

    def _slip(self, name: str) -> Slip | None:
        """Wherever the archive was unpacked and packed again, it may lie in a folder more."""
        line = self._slips.pop(name, None) or self._slips.pop(name.partition("/")[2], None)
        if line is None:
            return None
        self._held -= len(line)
        told = slips.read_line(line)
        return told if isinstance(told, Slip) else None


def _folder(parts: list[str]) -> FolderName | None:
    above = tuple(parts[:-1])[:_DEEPEST]
    return FolderName(above) if above else None
