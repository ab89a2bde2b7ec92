"""A tiny PDF writer: pages of positioned text, lines and grey boxes in the two standard fonts.

Source: ISO 32000-1 §7.5 (file structure), §8.4-8.5 (graphics), §9.4 (text), Annex D (WinAnsiEncoding).
"""

from __future__ import annotations

from collections.abc import Sequence

A4_WIDTH, A4_HEIGHT = 595, 842
_FIRST_PAGE = 5  # objects 1-4 are the catalogue, the page tree and the two fonts


class Page:
    """One A4 page being drawn. Positions are points from the lower left corner."""

    def __init__(self) -> None:
        self._ops: list[bytes] = []

    def text(self, x: float, y: float, words: str, size: float = 10, *, bold: bool = False) -> None:
        """Write one line with its baseline at (x, y); characters outside Windows-1252 become ``?``."""
        font = b"/F2" if bold else b"/F1"
        place = f"{size:g} Tf {x:g} {y:g} Td ".encode()
        self._ops.append(b"BT " + font + b" " + place + b"(" + _escaped(words) + b") Tj ET")

    def lines(self, x: float, y: float, rows: Sequence[str], size: float = 10, leading: float = 14) -> float:
        """Write rows downwards from (x, y); return the baseline of the row that would follow."""
        for row in rows:
            self.text(x, y, row, size)
            y -= leading
        return y

    def rule(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.6) -> None:
        """Draw a straight line."""
        self._ops.append(f"{width:g} w {x1:g} {y1:g} m {x2:g} {y2:g} l S".encode())

    def box(self, x: float, y: float, width: float, height: float, grey: float) -> None:
        """Fill a rectangle; ``grey`` runs from 0 (black) to 1 (white)."""
        self._ops.append(f"{grey:g} g {x:g} {y:g} {width:g} {height:g} re f 0 g".encode())

    def content(self) -> bytes:
        """The page's content stream."""
        return b"\n".join(self._ops)


def write_pdf(pages: Sequence[Page], title: str) -> bytes:
    """Put pages into one PDF 1.4 file. Streams stay uncompressed, so the words can be found in the bytes."""
    kids = " ".join(f"{_FIRST_PAGE + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        _font("Helvetica"),
        _font("Helvetica-Bold"),
    ]
    for number, page in enumerate(pages):
        objects += [_page(_FIRST_PAGE + 2 * number + 1), _stream(page.content())]
    objects.append(b"<< /Title (" + _escaped(title) + b") >>")
    return _file(objects)


def _escaped(words: str) -> bytes:
    data = words.encode("cp1252", "replace")
    return data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _font(name: str) -> bytes:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()


def _page(content: int) -> bytes:
    fonts = "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>"
    box = f"/MediaBox [0 0 {A4_WIDTH} {A4_HEIGHT}]"
    return f"<< /Type /Page /Parent 2 0 R {box} {fonts} /Contents {content} 0 R >>".encode()


def _stream(data: bytes) -> bytes:
    return f"<< /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    """Number the objects and add the cross-reference table; the last object is the document information."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>"
    out += f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
