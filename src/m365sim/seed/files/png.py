"""A tiny PNG writer and a canvas of RGB pixels to draw on.

Source: W3C PNG specification §5 (chunks), §9 (filter type 0), §11.2 (IHDR, IDAT, IEND).
"""

from __future__ import annotations

import struct
import zlib

Colour = tuple[int, int, int]

# Three bits a row, five rows a letter, one octal digit a row.
_GLYPHS = {
    "A": "25755", "B": "65656", "C": "34443", "D": "65556", "E": "74647", "F": "74644", "G": "34553",
    "H": "55755", "I": "72227", "J": "11152", "K": "55655", "L": "44447", "M": "57755", "N": "65555",
    "O": "25552", "P": "65644", "Q": "25563", "R": "65655", "S": "34216", "T": "72222", "U": "55557",
    "V": "55552", "W": "55775", "X": "55255", "Y": "55222", "Z": "71247", "0": "75557", "1": "26227",
    "2": "61247", "3": "61216", "4": "55711", "5": "74616", "6": "34757", "7": "71222", "8": "75757",
    "9": "75716", ",": "00024", ".": "00002", "-": "00700", "/": "11244", "Ü": "50557", "Ä": "50255",
    "²": "62470",
}  # fmt: skip


class Canvas:
    """A picture of ``width`` × ``height`` RGB pixels; what is drawn outside of it is cut off."""

    def __init__(self, width: int, height: int, ground: Colour = (255, 255, 255)) -> None:
        self.width, self.height = width, height
        self._rows = [bytearray(bytes(ground) * width) for _ in range(height)]

    def fill(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        """Fill a rectangle whose upper left corner is (x, y)."""
        left, right = max(x, 0), min(x + width, self.width)
        if right <= left:
            return
        run = bytes(colour) * (right - left)
        for row in self._rows[max(y, 0) : max(y + height, 0)]:
            row[3 * left : 3 * right] = run

    def frame(self, x: int, y: int, width: int, height: int, *, thickness: int, colour: Colour) -> None:
        """Draw a rectangle's four sides, inside its bounds."""
        self.fill(x, y, width, thickness, colour)
        self.fill(x, y + height - thickness, width, thickness, colour)
        self.fill(x, y, thickness, height, colour)
        self.fill(x + width - thickness, y, thickness, height, colour)

    def write(self, x: int, y: int, words: str, colour: Colour, scale: int = 2) -> None:
        """Write capitals and digits in a 3 × 5 pixel alphabet, enlarged ``scale`` times."""
        for letter in words.upper():
            for down, bits in enumerate(_GLYPHS.get(letter, "00000")):
                for across in range(3):
                    if int(bits) >> (2 - across) & 1:
                        self.fill(x + across * scale, y + down * scale, scale, scale, colour)
            x += 4 * scale

    def png(self, level: int = 6) -> bytes:
        """The picture as a PNG file; ``level`` is zlib's, 0 stores the pixels as they are."""
        pixels = b"".join(b"\0" + bytes(row) for row in self._rows)
        return write_png(self.width, self.height, pixels, level)


def write_png(width: int, height: int, scanlines: bytes, level: int = 6) -> bytes:
    """Wrap 8-bit RGB scan lines, each led by its filter byte, into a PNG file."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(scanlines, level)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
