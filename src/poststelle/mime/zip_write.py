"""A ZIP archive, written piece by piece to where there is no way back.

The standard library's writer keeps an object for each entry until the end: a
gigabyte for a million messages. Here their list lies in a file that the caller gives.

Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification" 6.3.10, §4.3-4.5.
"""

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import IO

LOCAL, CENTRAL, DESCRIPTOR, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x07\x08", b"PK\x05\x06"
_END64, _LOCATOR64 = b"PK\x06\x06", b"PK\x06\x07"
_FLAGS = 0x0808  # sizes come after the octets; names are UTF-8
_DEFLATE = 8
_PLAIN, _LARGE = 20, 45  # versions needed to read it
_UNIX = 3 << 8
_MODE = 0o100600 << 16
_ALL_ONES, _MOST_ENTRIES = 0xFFFFFFFF, 0xFFFF
_CHUNK = 64 * 1024
_FASTEST = 1


class Packer:
    """``begin`` an entry, give its ``piece`` after piece, ``end_entry``; after the last one ``end``.

    An entry has less than 4 GB. ``listing``: a new file, which stays the caller's.
    From ``large_from`` entries on the archive ends in the form that can count them.
    """

    def __init__(self, listing: IO[bytes], *, large_from: int = _MOST_ENTRIES) -> None:
        self._listing, self._large_from = listing, large_from
        self._offset = 0
        self._entries = 0
        self._name, self._at, self._begins = b"", (0, 0), 0
        self._deflate = zlib.compressobj()
        self._crc = self._size = self._packed = 0

    def begin(self, name: str, at: datetime) -> bytes:
        self._name, self._at, self._begins = name.encode(), _dos_time(at), self._offset
        self._deflate = zlib.compressobj(_FASTEST, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._crc = self._size = self._packed = 0
        head = struct.pack(
            "<4sHHHHHIIIHH", LOCAL, _PLAIN, _FLAGS, _DEFLATE, *self._at, 0, 0, 0, len(self._name), 0
        )
        return self._told(head + self._name)

    def piece(self, octets: bytes) -> bytes:
        self._crc = zlib.crc32(octets, self._crc)
        self._size += len(octets)
        return self._content(self._deflate.compress(octets))

    def end_entry(self) -> bytes:
        rest = self._content(self._deflate.flush())
        sizes = (self._crc, self._packed, self._size)
        self._listing.write(self._central(*sizes))
        self._entries += 1
        return rest + self._told(struct.pack("<4sIII", DESCRIPTOR, *sizes))

    def end(self) -> Iterator[bytes]:
        """The list of all entries, and the archive's end."""
        begins, size = self._offset, self._listing.tell()
        self._listing.seek(0)
        while chunk := self._listing.read(_CHUNK):
            yield chunk
        if self._entries >= self._large_from or max(begins, size) >= _ALL_ONES:
            count = self._entries
            yield struct.pack("<4sQHHIIQQQQ", _END64, 44, _LARGE, _LARGE, 0, 0, count, count, size, begins)
            yield struct.pack("<4sIQI", _LOCATOR64, 0, begins + size, 1)
        is_large = self._entries >= self._large_from
        count = _MOST_ENTRIES if is_large else self._entries
        yield struct.pack(
            "<4sHHHHIIH", END, 0, 0, count, count, min(size, _ALL_ONES), min(begins, _ALL_ONES), 0
        )

    def _central(self, crc: int, packed: int, size: int) -> bytes:
        is_far = self._begins >= _ALL_ONES
        extra = struct.pack("<HHQ", 1, 8, self._begins) if is_far else b""
        version = _LARGE if is_far else _PLAIN
        head = struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            CENTRAL, _UNIX | version, version, _FLAGS, _DEFLATE, *self._at, crc, packed, size,
            len(self._name), len(extra), 0, 0, 0, _MODE, min(self._begins, _ALL_ONES),
        )  # fmt: skip
        return head + self._name + extra

    def _content(self, octets: bytes) -> bytes:
        self._packed += len(octets)
        return self._told(octets)

    def _told(self, octets: bytes) -> bytes:
        self._offset += len(octets)
        return octets


def _dos_time(at: datetime) -> tuple[int, int]:
    """Time and day as ZIP has them: from 1980 to 2107, every other second."""
    year = min(max(at.year, 1980), 2107) - 1980
    return at.hour << 11 | at.minute << 5 | at.second // 2, year << 9 | at.month << 5 | at.day
