"""A message taken apart: which octets are which part. No octet is copied before somebody wants it.

Written by strangers, so everything is bounded: parts within parts, their number,
what is searched for boundaries, the header. Beyond a bound a part is what it
says it is, not taken apart any further. The standard library's parser is not
used: it follows nesting by calling itself, looks at every line once for each
boundary it is within, and makes a text of every line.

Source: RFC 2045, RFC 2046 §5.1, RFC 8621 §4.1.4.
"""

import binascii
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from poststelle.mime import charset, parameters
from poststelle.mime.fields import MOST_FIELDS, Field, as_text, last_value, parse_fields
from poststelle.mime.html_text import Check, unasked
from poststelle.mime.text import clean, plain_lines

DEEPEST = 30
MOST_PARTS = 1_000
_SEARCHED_AT_MOST = 12
"""How often the octets of a message are searched for boundaries, all levels together."""
_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
_CID = re.compile(r"\s*<?\s*([^<>\s]*+)")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]+")
_TEXT = "text/plain"
_KEPT_AS_IS = frozenset({"", "7bit", "8bit", "binary"})
_BEHIND_BOUNDARY = re.compile(rb"(--)?[ \t]*+\r?(?:\n|\Z)")
_UU_LINE = re.compile(rb"begin [0-7]{3,4} [^\n]*\n")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64 + b"="))
_SLICE = 1024 * 1024
"""Octets that are decoded in one go: no other thread runs meanwhile."""
_LINES = 4_000
"""Lines between two looks at whether to go on."""
_SPLIT = 64 * 1024
"""Octets that are split into lines in one go, with the rest of the last one."""
_MOST_PADDED = 16 * 1024
"""Octets that a uuencoded text may have more than are written: its short lines are filled with zeros."""


class Part(Struct, frozen=True):
    """A part: its header, and where its octets are. ``number`` counts all parts from 1, in their order.

    ``parts`` are those within; only a ``multipart/*`` has some.
    """

    number: int
    fields: tuple[Field, ...]
    start: int
    end: int
    type: str
    charset: str | None
    name: str | None
    disposition: str | None
    encoding: str
    parts: tuple["Part", ...] = ()

    @property
    def is_multipart(self) -> bool:
        return self.type.startswith("multipart/")

    @property
    def is_text(self) -> bool:
        return self.type.startswith("text/")

    @property
    def cid(self) -> str | None:
        field = last_value(self.fields, "content-id")
        found = _CID.match(field.unfolded) if field else None
        return (found[1] or None) if found else None

    @property
    def language(self) -> list[str] | None:
        field = last_value(self.fields, "content-language")
        return (_LANGUAGE.findall(field.unfolded) or None) if field else None

    @property
    def location(self) -> str | None:
        field = last_value(self.fields, "content-location")
        return (as_text(field).strip() or None) if field else None

    def walk(self) -> Iterator["Part"]:
        """This part and all within, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()


def parse(octets: bytes, check: Check = unasked) -> Part:
    """The whole message as its outermost part. Never fails: what can't be understood is one part.

    ``check`` is asked before each part: what it raises ends the work.
    """
    return _Parser(octets, check).part(0, len(octets), _TEXT, 0)


def find(root: Part, number: int) -> Part | None:
    """The part of this number; None where there is none, or it has no octets of its own."""
    return next((part for part in root.walk() if part.number == number and not part.is_multipart), None)


def content(octets: bytes, part: Part, check: Check = unasked) -> tuple[bytes, bool]:
    """A part's octets without their transfer encoding, and whether that could be read."""
    raw = octets[part.start : part.end]
    if part.encoding in _KEPT_AS_IS:
        return raw, True
    if part.encoding == "base64":
        return _base64(raw, check)
    if part.encoding == "quoted-printable":
        return _quoted_printable(raw, check), True
    if part.encoding in {"x-uuencode", "uuencode", "x-uue"}:
        return _uu(raw, check)
    return raw, False


def text(octets: bytes, part: Part, check: Check = unasked) -> tuple[str, bool]:
    """A text part as text with plain line ends, and whether all of it could be read.

    Source: RFC 8621 §4.1.4 (EmailBodyValue).
    """
    return _text(part, *content(octets, part, check))


def _text(part: Part, raw: bytes, is_read: bool) -> tuple[str, bool]:
    found, is_whole = charset.decode(raw, part.charset)
    return clean(plain_lines(found)), is_read and is_whole


def size(octets: bytes, part: Part, check: Check = unasked) -> int:
    """How many octets ``content`` has."""
    if part.is_multipart:
        return 0
    if part.encoding in _KEPT_AS_IS:
        return part.end - part.start
    return len(content(octets, part, check)[0])


class Contents:
    """``text`` and ``size`` of the parts of one message, each decoded once if that can be kept.

    Octets of texts are kept, together no more than the message has; what is beyond that is decoded each time.
    """

    def __init__(self, octets: bytes, check: Check) -> None:
        self._octets, self._check = octets, check
        self._room = len(octets)
        self._texts: dict[int, tuple[bytes, bool]] = {}
        self._sizes: dict[int, int] = {}

    def text(self, part: Part) -> tuple[str, bool]:
        return _text(part, *self._content(part))

    def size(self, part: Part) -> int:
        if part.number not in self._sizes:
            is_decoded = part.is_text and part.encoding not in _KEPT_AS_IS
            self._sizes[part.number] = (
                len(self._content(part)[0]) if is_decoded else size(self._octets, part, self._check)
            )
        return self._sizes[part.number]

    def _content(self, part: Part) -> tuple[bytes, bool]:
        if part.number in self._texts:
            return self._texts[part.number]
        raw, is_read = content(self._octets, part, self._check)
        if len(raw) <= self._room:
            self._room -= len(raw)
            self._texts[part.number] = raw, is_read
        return raw, is_read


class _Parser:
    """Counts the parts, their fields, and what has been searched."""

    def __init__(self, octets: bytes, check: Check) -> None:
        self._octets, self._check = octets, check
        self._count = 0
        self._fields_left = MOST_FIELDS
        self._left = max(1_000_000, _SEARCHED_AT_MOST * len(octets))

    def part(self, start: int, end: int, usual: str, depth: int) -> Part:
        """The part that begins at ``start``; ``usual`` is its type where it names none."""
        self._check()
        self._count += 1
        number = self._count
        fields, body = parse_fields(self._octets, start, end, self._fields_left)
        self._fields_left -= len(fields)
        body = min(body, end)
        type_, of_type = _content_type(fields, usual)
        disposition, of_disposition = _parsed(fields, "content-disposition")
        name = of_disposition.get("filename") or of_type.get("name")
        parts: tuple[Part, ...] = ()
        if type_.startswith("multipart/"):
            parts = self._parts(body, end, type_, of_type.get("boundary", ""), depth)
            if not parts:
                # Announced, but without a single boundary: what is there can only be read as it is.
                type_ = _TEXT if depth < DEEPEST else "application/octet-stream"
        is_text = type_.startswith("text/")
        return Part(
            number=number,
            fields=fields,
            start=body,
            end=end,
            type=type_,
            charset=of_type.get("charset", "us-ascii").strip() or "us-ascii" if is_text else None,
            name=name or None,
            disposition=disposition or None,
            encoding="" if parts else _encoding(fields),
            parts=parts,
        )

    def _parts(self, start: int, end: int, type_: str, boundary: str, depth: int) -> tuple[Part, ...]:
        if depth >= DEEPEST or not boundary or self._left < end - start:
            return ()
        self._left -= end - start
        usual = "message/rfc822" if type_ == "multipart/digest" else _TEXT
        found = []
        for inner_start, inner_end in self._between(start, end, boundary):
            if self._count >= MOST_PARTS:
                break
            found.append(self.part(inner_start, inner_end, usual, depth + 1))
        return tuple(found)

    def _between(self, start: int, end: int, boundary: str) -> Iterator[tuple[int, int]]:
        """Where each part begins and ends; the last may lack its boundary. Source: RFC 2046 §5.1.1."""
        open_at: int | None = None
        for line_at, rest in self._boundaries(start, end, b"--" + boundary.encode("utf-8", "replace")):
            if open_at is not None:
                yield open_at, max(open_at, self._before_line(line_at))
            open_at = None
            if rest[1]:
                return
            open_at = rest.end()
        if open_at is not None:
            yield open_at, end

    def _boundaries(self, start: int, end: int, mark: bytes) -> Iterator[tuple[int, re.Match[bytes]]]:
        """Where each line begins that is this boundary, and what stands behind the mark.

        Looked for with the line end before it: of octets that a stranger chose no line is met twice.
        """
        line = b"\n" + mark
        at = 0 if start == 0 and self._octets.startswith(mark) else self._next_line(line, start, end)
        while at is not None:
            behind = at + len(mark)
            rest = _BEHIND_BOUNDARY.match(self._octets, behind, end)
            if rest is not None:
                yield at, rest
                behind = rest.end()
            at = self._next_line(line, behind, end)

    def _next_line(self, line: bytes, start: int, end: int) -> int | None:
        """Where the next such line begins, at ``start`` or later; ``line`` has the line end before it."""
        found = self._octets.find(line, max(start - 1, 0), end)
        return None if found < 0 else found + 1

    def _before_line(self, at: int) -> int:
        """The line end before a boundary belongs to it."""
        if self._octets[at - 1 : at] == b"\n":
            at -= 1
        return at - 1 if self._octets[at - 1 : at] == b"\r" else at


def _content_type(fields: Sequence[Field], usual: str) -> tuple[str, dict[str, str]]:
    type_, more = _parsed(fields, "content-type")
    if _TYPE.fullmatch(type_):
        return type_, more
    if type_ == "text":  # RFC 822's time
        return _TEXT, more
    return (usual if not type_ else _TEXT), more


def _parsed(fields: Sequence[Field], name: str) -> tuple[str, dict[str, str]]:
    """The first field of a name: of two that contradict one another the upper one is believed."""
    for field in fields:
        if field.name.lower() == name:
            return parameters.parse(field.unfolded)
    return "", {}


def _encoding(fields: Sequence[Field]) -> str:
    field = next((f for f in fields if f.name.lower() == "content-transfer-encoding"), None)
    if field is None:
        return ""
    named = field.unfolded.strip().strip(";").strip().lower()
    return {"7-bit": "7bit", "8-bit": "8bit", "7 bit": "7bit", "8 bit": "8bit"}.get(named, named[:100])


def _base64(raw: bytes, check: Check) -> tuple[bytes, bool]:
    """What of it can be read: all up to the padding of a group. A last, broken group loses its rest."""
    found, rest = bytearray(), b""
    for at in range(0, len(raw), _SLICE):
        check()
        signs = rest + raw[at : at + _SLICE].translate(None, _NOT_BASE64)
        end = _end_of_groups(signs)
        octets = binascii.a2b_base64(signs[:end])
        found += octets
        if len(octets) % 3:  # whole groups have three each: one of these was padded, where all ends
            return bytes(found), True
        rest = _begun(signs[end:])
    try:
        return bytes(found + binascii.a2b_base64(rest)), True
    except binascii.Error:
        letters = rest.replace(b"=", b"")
    cut = b"" if len(letters) == 1 else letters
    return bytes(found + binascii.a2b_base64(cut + b"=" * (-len(cut) % 4))), False


def _end_of_groups(signs: bytes) -> int:
    """Where the last whole group of four letters ends; what is no letter is ``=``."""
    end = len(signs)
    for _ in range((end - signs.count(b"=")) % 4):
        end = len(signs[:end].rstrip(b"=")) - 1
    return end


def _begun(signs: bytes) -> bytes:
    """A group of up to three letters, without ``=`` that says nothing: before two letters, behind its end."""
    return (signs[:1] + signs[1:].lstrip(b"="))[:5]


def _quoted_printable(raw: bytes, check: Check) -> bytes:
    found, at = bytearray(), 0
    while at < len(raw):
        check()
        piece = raw[at : _end_of_slice(raw, at)]
        found += binascii.a2b_qp(piece)
        at += len(piece)
        if _is_in_line_break(piece):
            at = raw.find(b"\n", at) + 1 or len(raw)
    return bytes(found)


def _end_of_slice(raw: bytes, at: int) -> int:
    """Where no ``=`` waits for what it means: another one, or up to two signs of another kind."""
    end = at + _SLICE
    if end >= len(raw):
        return len(raw)
    if raw[end - 2 : end - 1] == b"=" != raw[end - 1 : end]:
        end -= 2
    piece = raw[at:end]
    return end - (len(piece) - len(piece.rstrip(b"="))) % 2


def _is_in_line_break(piece: bytes) -> bool:
    """Whether all is left out that comes: from ``=`` and a carriage return to the next line feed."""
    line = piece[piece.rfind(b"\n") + 1 :]
    return len(binascii.a2b_qp(line + b".")) == len(binascii.a2b_qp(line))


def _uu(raw: bytes, check: Check) -> tuple[bytes, bool]:
    begin = _uu_begin(raw, check)
    if begin is None:
        return raw, False
    found, most = bytearray(), len(raw) + _MOST_PADDED
    for number, line in enumerate(_lines(raw, begin)):
        if number % _LINES == 0:
            check()
        if line.strip() in {b"end", b"`", b""}:
            break
        try:
            found += binascii.a2b_uu(line)
        except binascii.Error:
            return raw, False
        if len(found) > most:
            return raw, False
    return bytes(found), True


_LINE_END, _ENDS_ON = re.compile(rb"\r{1,8}\n"), re.compile(rb"\r{0,7}\n")


def _lines(raw: bytes, at: int) -> Iterator[bytes]:
    """As ``splitlines``, a few at a time: all at once they would take many times their room.

    Some carriage returns before a line feed are one line end: so programs damage them on the way.
    """
    feed = -1
    while at < len(raw):
        near = at + _SPLIT
        if feed < near:
            feed = _next(raw, b"\n", near)
        carriage = raw.find(b"\r", near, feed)
        end = feed if carriage in {-1, feed - 1} else carriage
        if end == carriage and (more := _ENDS_ON.match(raw, end + 1)) is not None:
            end = more.end() - 1
        yield from _LINE_END.sub(b"\n", raw[at : end + 1]).splitlines()
        at = end + 1


def _next(raw: bytes, sign: bytes, at: int) -> int:
    """Where it stands next; the end where it does not."""
    found = raw.find(sign, at)
    return len(raw) if found < 0 else found


def _uu_begin(raw: bytes, check: Check) -> int | None:
    """Where the first line begins behind the one that announces them."""
    at, looked = 0, 0
    while at >= 0:
        if looked % _LINES == 0:
            check()
        looked += 1
        begin = _UU_LINE.match(raw, at)
        if begin is not None:
            return begin.end()
        at = raw.find(b"\nbegin ", at) + 1 or -1
    return None
