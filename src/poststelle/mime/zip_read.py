"""A ZIP archive, read piece by piece while it comes: entry after entry, in the order in which they lie in it.

The list at an archive's end is not needed for that. Written by strangers, so
what it unpacks to is bounded, and handed on in small pieces.

Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification" 6.3.10, §4.3-4.5; RFC 1951.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from poststelle.mime.zip_write import CENTRAL, DESCRIPTOR, END, LOCAL

_HEAD = struct.Struct("<4sHHHHHIIIHH")
_IS_ENCRYPTED, _SIZES_FOLLOW, _IS_UTF8 = 0x1, 0x8, 0x800
_STORED, _DEFLATE = 0, 8
_ALL_ONES = 0xFFFFFFFF
_STEP = 256 * 1024  # octets unpacked at a time
_TIMES, _FREE = 200, 10_000_000
"""What is unpacked may be this many times as much as what came: mail packs ten to one at best."""
_AFTER = 26  # octets from an entry's end on that show how long its descriptor is


class BrokenArchive(ValueError):
    """What comes is no ZIP archive, or not one that can be read while it comes."""


class Entry(NamedTuple):
    """An entry begins."""

    name: str


class Ended(NamedTuple):
    """It is over; whether it came as it was packed."""

    is_whole: bool


Event = Entry | bytes | Ended


class Unpacker:
    """Give it piece after piece, then ``end``. Raises BrokenArchive."""

    def __init__(self) -> None:
        self._held = b""
        self._taken = self._unpacked = 0
        self._open: _Open | None = None
        self._is_over = False

    def piece(self, octets: bytes) -> Iterator[Event]:
        """What begins, goes on and ends by now."""
        self._taken += len(octets)
        self._held += octets
        while not self._is_over:
            if self._open is None:
                if not self._begun():
                    return
            elif not self._open.is_read:
                yield from self._content(self._open)
                if not self._open.is_read:
                    return
            elif self._open.is_described or not self._open.sizes_follow:
                yield Ended(self._open.is_whole)
                self._open = None
            elif not self._described(self._open):
                return
            if self._open is not None and not self._open.is_told:
                self._open.is_told = True
                yield Entry(self._open.name)
        self._held = b""

    def end(self) -> None:
        """Raises BrokenArchive when it ends in its midst."""
        if not self._is_over:
            raise BrokenArchive("it ends too early")

    def _begun(self) -> bool:
        """Read the next entry's head, if it is all here."""
        sign = self._held[:4]
        if len(sign) == 4 and sign in {CENTRAL, END}:
            self._is_over = True
            return True
        if len(sign) == 4 and sign != LOCAL:
            raise BrokenArchive("there is no entry where one should begin")
        if len(self._held) < _HEAD.size:
            return False
        head = _HEAD.unpack_from(self._held)
        *_, packed, size, name_length, extra_length = head
        whole = _HEAD.size + name_length + extra_length
        if len(self._held) < whole:
            return False
        flags, method = head[2], head[3]
        name = self._held[_HEAD.size : _HEAD.size + name_length]
        extra = self._held[_HEAD.size + name_length : whole]
        self._held = self._held[whole:]
        if flags & _IS_ENCRYPTED:
            raise BrokenArchive("it is encrypted")
        self._open = _Open(
            name=name.decode("utf-8" if flags & _IS_UTF8 else "cp437", "replace"),
            method=method,
            sizes_follow=bool(flags & _SIZES_FOLLOW) and not packed,
            crc=head[6],
            left=_large(extra, packed, size),
        )
        return True

    def _content(self, entry: "_Open") -> Iterator[bytes]:
        chunk = self._held if entry.sizes_follow else self._held[: entry.left]
        self._held = b"" if entry.sizes_follow else self._held[entry.left :]
        for piece in entry.unpacked(chunk):
            self._unpacked += len(piece)
            if self._unpacked > _FREE + _TIMES * self._taken:
                raise BrokenArchive("it unpacks to far more than it is")
            yield piece
        self._held = entry.beyond + self._held
        entry.beyond = b""

    def _described(self, entry: "_Open") -> bool:
        """Read what follows an entry whose sizes were not known before; its length shows by what is next."""
        if len(self._held) < _AFTER:
            return False
        lengths = (16, 24) if self._held.startswith(DESCRIPTOR) else (12, 20)
        length = next((n for n in lengths if self._held[n : n + 2] == b"PK"), None)
        if length is None:
            raise BrokenArchive("an entry does not end as it should")
        [entry.crc] = struct.unpack_from("<I", self._held, 4 if lengths[0] == 16 else 0)
        self._held, entry.is_described = self._held[length:], True
        return True


class _Open:
    """An entry on its way."""

    def __init__(self, *, name: str, method: int, sizes_follow: bool, crc: int, left: int) -> None:
        self.name, self.crc, self.left = name, crc, left
        self.sizes_follow = sizes_follow
        self.is_told = self.is_described = False
        self.beyond = b""
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if method == _DEFLATE else None
        self._is_known = method in {_STORED, _DEFLATE}
        self._crc = 0
        # Where its end shows by nothing, an entry can only be empty: a folder, mostly.
        self.is_read = self._inflate is None and sizes_follow
        if self.is_read and not self._is_known:
            raise BrokenArchive("it is packed in a way that is not known here")

    @property
    def is_whole(self) -> bool:
        return self._is_known and self._crc == self.crc

    def unpacked(self, octets: bytes) -> Iterator[bytes]:
        """Its content, as far as it came; octets ``beyond`` its end are kept apart."""
        self.left -= len(octets)
        try:
            yield from self._counted(octets) if self._inflate is None else self._inflated(octets)
        except zlib.error as error:
            if self.sizes_follow:
                raise BrokenArchive("an entry can't be unpacked") from error
            self._is_known = False
        if not self.sizes_follow and self.left == 0:
            self.is_read = True

    def _counted(self, octets: bytes) -> Iterator[bytes]:
        self._crc = zlib.crc32(octets, self._crc)
        if octets and self._is_known:
            yield octets

    def _inflated(self, octets: bytes) -> Iterator[bytes]:
        assert self._inflate is not None
        while self._is_known and not self._inflate.eof:
            piece = self._inflate.decompress(octets, _STEP)
            octets = self._inflate.unconsumed_tail
            self._crc = zlib.crc32(piece, self._crc)
            if piece:
                yield piece
            if not octets and len(piece) < _STEP:
                break
        if self._inflate.eof and self.sizes_follow:
            self.is_read, self.beyond = True, self._inflate.unused_data


def _large(extra: bytes, packed: int, size: int) -> int:
    """The packed size, which stands elsewhere when it is very large (ZIP64)."""
    if packed != _ALL_ONES:
        return packed
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        values = extra[4 : 4 + length]
        if kind == 1:
            at = 8 if size == _ALL_ONES else 0
            return int.from_bytes(values[at : at + 8], "little")
        extra = extra[4 + length :]
    return packed
