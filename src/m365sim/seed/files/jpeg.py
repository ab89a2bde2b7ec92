"""A tiny baseline JPEG writer for soft pictures given as a function of place.

Each 8 × 8 block is described by its four quarters alone, which gives four of its 64 coefficients: enough for
skies, walls and roofs. The Huffman codes have one fixed length, which any decoder accepts.

Source: ITU-T T.81 Annex A (transform), Annex B (markers), Annex F (baseline coding); JFIF 1.02.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

Scene = Callable[[float, float], tuple[float, float, float]]
"""Red, green, blue (0..255) at a place whose x and y run from 0 to 1, y downwards."""

_QUANT = 4
_AC_SYMBOLS = [0x00, 0xF0] + [run << 4 | size for run in range(16) for size in range(1, 11)]
_AC_CODE = {symbol: code for code, symbol in enumerate(_AC_SYMBOLS)}
_HALF = 2.562915  # sum of cos((2x+1)π/16) for x = 0..3
_EDGE = 2 * 2**0.5 * _HALF  # a step of ±1 across the block, seen by the first horizontal cosine
_CORNER = _HALF * _HALF
_HORIZONTAL, _VERTICAL, _DIAGONAL = 1, 2, 4  # places in zig-zag order


def write_jpeg(width: int, height: int, scene: Scene) -> bytes:
    """Draw ``scene``; ``width`` and ``height`` are multiples of eight pixels."""
    head = b"".join((
        b"\xff\xd8",
        _segment(0xE0, b"JFIF\0\x01\x02\0" + struct.pack(">HHBB", 1, 1, 0, 0)),
        _segment(0xDB, b"\0" + bytes([_QUANT]) * 64),
        _segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + b"\1\x11\0\2\x11\0\3\x11\0"),
        _segment(0xC4, _table(0x00, 4, bytes(range(12)))),
        _segment(0xC4, _table(0x10, 8, bytes(_AC_SYMBOLS))),
        _segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0"),
    ))  # fmt: skip
    bits = "".join(_scan(width, height, scene))
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return head + data.replace(b"\xff", b"\xff\0") + b"\xff\xd9"


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _table(kind: int, length: int, symbols: bytes) -> bytes:
    counts = bytearray(16)
    counts[length - 1] = len(symbols)
    return bytes([kind]) + bytes(counts) + symbols


def _scan(width: int, height: int, scene: Scene) -> Iterator[str]:
    """The entropy-coded bits, block by block, luminance and the two colour differences in turn."""
    before = [0, 0, 0]
    for top in range(0, height, 8):
        for left in range(0, width, 8):
            quarters = [
                _ycbcr(*scene((left + dx) / width, (top + dy) / height)) for dy in (2, 6) for dx in (2, 6)
            ]
            for channel in range(3):
                dc, ac = _coefficients(*(quarter[channel] for quarter in quarters))
                yield _dc_bits(dc - before[channel])
                yield _ac_bits(ac)
                before[channel] = dc


def _ycbcr(red: float, green: float, blue: float) -> tuple[float, float, float]:
    """Source: JFIF 1.02, "Conversion to and from RGB"; luminance already shifted to be signed."""
    luminance = 0.299 * red + 0.587 * green + 0.114 * blue
    return luminance - 128, 0.564 * (blue - luminance), 0.713 * (red - luminance)


def _coefficients(a: float, b: float, c: float, d: float) -> tuple[int, tuple[tuple[int, int], ...]]:
    """The DC value and the (zig-zag place, value) pairs of a block with quarters a b / c d."""
    across = round(_EDGE * (a + c - b - d) / 4 / _QUANT)
    down = round(_EDGE * (a + b - c - d) / 4 / _QUANT)
    corner = round(_CORNER * (a + d - b - c) / 4 / _QUANT)
    found = ((_HORIZONTAL, across), (_VERTICAL, down), (_DIAGONAL, corner))
    return round(2 * (a + b + c + d) / _QUANT), tuple(pair for pair in found if pair[1])


def _dc_bits(difference: int) -> str:
    size = abs(difference).bit_length()
    return f"{size:04b}" + _magnitude(difference, size)


def _ac_bits(coefficients: tuple[tuple[int, int], ...]) -> str:
    out, place = [], 0
    for at, value in coefficients:
        size = abs(value).bit_length()
        out.append(f"{_AC_CODE[(at - place - 1) << 4 | size]:08b}" + _magnitude(value, size))
        place = at
    return "".join(out) + "00000000"


def _magnitude(value: int, size: int) -> str:
    if size == 0:
        return ""
    return f"{value if value > 0 else value + (1 << size) - 1:0{size}b}"
