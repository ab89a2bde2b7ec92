"""Messages written as octets: RFC 5322 and MIME from fields and a tree of parts.

All lines end with CRLF. Fields hold ASCII, but for addresses that have more
(RFC 6532). What comes in is made to fit one line each: nobody adds a field by a
line break in a subject. Lines that would be too long are broken at blanks, or encoded.

Source: RFC 5322 §2.2, RFC 2045 §6, RFC 2046 §5.1, RFC 2047, RFC 2231.
"""

import binascii
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import quote

from poststelle.mime.text import clean
from poststelle.model.message import Address

OpenOctets = Callable[[str], AsyncIterator[bytes]]
_UNFIT = re.compile(r"[\x00-\x1f\x7f]+")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+")
_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f<>,;\"()]+")
_LINE = 76
_LONGEST_LINE = 998  # octets. Source: RFC 5322 §2.1.1
_LONGEST_WORD = 700  # beyond that one is written encoded, which may be broken anywhere
_LONGEST_NAME = 1_000
_SLOW = 2_000  # characters from which on Python's own way takes its time
_BETWEEN_WORDS = re.compile(r"(?<=[^ \t])(?=[ \t])")
_ENCODED = re.compile(r"(?:%[0-9A-F]{2}|[^%]){1,60}")
_BASE64_LINE = 57  # octets that make one line


class LongLine(ValueError):
    """A field that can't be written in lines of 998 octets."""


@dataclass(frozen=True, slots=True)
class Field:
    """A header field, its value ready to be written (``text``, ``addresses``, …)."""

    name: str
    value: str


class Text(NamedTuple):
    """A text as it is written, and how (Content-Transfer-Encoding)."""

    encoding: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Node:
    """A part: it has either parts, or a text, or octets that are named by their hash.

    ``fields`` are those besides Content-Type and Content-Transfer-Encoding.
    """

    content_type: str
    fields: tuple[Field, ...] = ()
    parts: "tuple[Node, ...] | None" = None
    text: Text | None = None
    sha256: str = ""


async def octets(
    fields: Sequence[Field], root: Node, boundary: Callable[[], str], open_octets: OpenOctets
) -> AsyncIterator[bytes]:
    """A whole message, piece by piece. ``boundary`` gives another random text each time."""
    yield "".join(f"{field.name}: {field.value}\r\n" for field in fields).encode()
    yield b"MIME-Version: 1.0\r\n"
    async for piece in _part(root, boundary, open_octets):
        yield piece


async def _part(node: Node, boundary: Callable[[], str], open_octets: OpenOctets) -> AsyncIterator[bytes]:
    if node.parts is not None:
        mark = boundary()
        yield _head(node, f'; boundary="{mark}"', None)
        for inner in node.parts:
            yield f"--{mark}\r\n".encode()
            async for piece in _part(inner, boundary, open_octets):
                yield piece
            yield b"\r\n"
        yield f"--{mark}--\r\n".encode()
    elif node.text is not None:
        yield _head(node, "; charset=utf-8", node.text.encoding)
        yield node.text.octets
    elif node.content_type.startswith("message/"):  # Source: RFC 2046 §5.2.1
        yield _head(node, "", "8bit")
        async for chunk in open_octets(node.sha256):
            yield chunk
    else:
        yield _head(node, "", "base64")
        async for chunk in _base64(open_octets(node.sha256)):
            yield chunk


def _head(node: Node, parameters: str, encoding: str | None) -> bytes:
    lines = [f"Content-Type: {node.content_type}{parameters}\r\n"]
    if encoding is not None:
        lines.append(f"Content-Transfer-Encoding: {encoding}\r\n")
    lines += [f"{field.name}: {field.value}\r\n" for field in node.fields]
    return ("".join(lines) + "\r\n").encode()


def written(said: str) -> Text:
    """A text in lines that mail may have; a long one takes its time.

    Lines are neither looked for by an expression nor made a list of: in either no other thread runs.
    """
    raw = said.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode(errors="replace")
    if raw.isascii() and b"\0" not in raw and not _has_long_line(raw):
        return Text("7bit", raw)
    return Text("quoted-printable", binascii.b2a_qp(raw, istext=True))


def _has_long_line(raw: bytes) -> bool:
    """Whether one is longer than mail allows; goes as far as it may at each step."""
    at = 0
    while len(raw) - at > _LONGEST_LINE:
        end = raw.rfind(b"\r\n", at, at + _LONGEST_LINE + 2)
        if end < 0:
            return True
        at = end + 2
    return False


async def _base64(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    left = b""
    async for chunk in chunks:
        left += chunk
        whole = len(left) - len(left) % _BASE64_LINE
        yield b"".join(_base64_lines(left[:whole]))
        left = left[whole:]
    yield b"".join(_base64_lines(left))


def _base64_lines(raw: bytes) -> Iterator[bytes]:
    for start in range(0, len(raw), _BASE64_LINE):
        yield b64encode(raw[start : start + _BASE64_LINE]) + b"\r\n"


def text(name: str, value: str) -> Field:
    """An unstructured field."""
    line = _UNFIT.sub(" ", clean(value))
    if not line.isascii() or "=?" in line or _is_long(line):
        return _field(name, _in_words(line, name))
    if len(line) > _SLOW:
        return _field(name, line)
    return _field(name, _folded(Header(line, "us-ascii", maxlinelen=_LINE, header_name=name).encode()))


def raw(name: str, value: str) -> Field:
    """A field as its writer wrote it, without line breaks of their own making. Raises LongLine."""
    return _field(name, _UNFIT.sub(" ", clean(value)).strip())


def addresses(name: str, people: Iterable[Address]) -> Field:
    """A field of addresses, one a line. Raises LongLine."""
    return _field(name, ",\r\n ".join(map(address, people)))


def groups(name: str, several: Iterable[tuple[str | None, Iterable[Address]]]) -> Field:
    """A field of groups of addresses; those without a name stand for themselves. Raises LongLine."""
    written = []
    for title, people in several:
        members = ", ".join(map(address, people))
        if title is not None:
            written.append(f"{_phrase(title)}: {members};")
        elif members:
            written.append(members)
    return _field(name, ",\r\n ".join(written))


def address(one: Address) -> str:
    email = _IN_ADDRESS.sub("", clean(one.email))
    return f"{_phrase(one.name)} <{email}>" if one.name.strip() else email


def message_ids(name: str, ids: Sequence[str]) -> Field:
    """A field of Message-IDs, which come without angle brackets. Raises LongLine."""
    return _field(name, "\r\n ".join(f"<{_IN_ADDRESS.sub('', one)}>" for one in ids))


def date(name: str, at: datetime) -> Field:
    return Field(name, format_datetime(at))


def urls(name: str, several: Sequence[str]) -> Field:
    """Raises LongLine. Source: RFC 2369 §2."""
    return _field(name, ",\r\n ".join(f"<{_IN_ADDRESS.sub('', one)}>" for one in several))


def disposition(kind: str, file_name: str | None) -> Field:
    """Content-Disposition with a file name in any letters. Raises LongLine.

    Source: RFC 2183, RFC 2231.
    """
    if not file_name:
        return Field("Content-Disposition", kind)
    if len(file_name) > _LONGEST_NAME:
        raise LongLine("Content-Disposition")
    line = _UNFIT.sub(" ", clean(file_name))
    if len(line) < _LINE and _TOKEN.fullmatch(line):
        return Field("Content-Disposition", f"{kind}; filename={line}")
    if line.isascii() and len(line) < _LINE:
        escaped = line.replace("\\", "\\\\").replace('"', '\\"')
        return Field("Content-Disposition", f'{kind};\r\n filename="{escaped}"')
    whole = quote(line, safe="")
    if len(whole) <= _LONGEST_WORD:
        return Field("Content-Disposition", f"{kind};\r\n filename*=UTF-8''{whole}")
    pieces = enumerate(_ENCODED.findall(f"UTF-8''{whole}"))  # Source: RFC 2231 §4.1
    return Field("Content-Disposition", ";\r\n ".join([kind, *(f"filename*{n}*={one}" for n, one in pieces)]))


def _phrase(name: str) -> str:
    """A display name. Source: RFC 5322 §3.2.5, RFC 2047 §5."""
    line = " ".join(_UNFIT.sub(" ", clean(name)).split())
    if not line.isascii() or _is_long(line):
        return _in_words(line, None)
    if _ATOM.fullmatch(line) and "=?" not in line:
        return line
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _in_words(line: str, name: str | None) -> str:
    """Encoded words. Source: RFC 2047 §2."""
    if len(line) <= _SLOW:
        return _folded(Header(line, "utf-8", maxlinelen=_LINE, header_name=name).encode())
    step = 45 if line.isascii() else 11  # characters, which are 45 octets at most
    some = (line[at : at + step].encode() for at in range(0, len(line), step))
    return "\r\n ".join(f"=?utf-8?b?{b64encode(octets).decode()}?=" for octets in some)


def _is_long(line: str) -> bool:
    return len(line) > _LONGEST_WORD and max(map(len, line.split())) > _LONGEST_WORD


def _field(name: str, value: str) -> Field:
    """A line that is too long is broken at its blanks, which changes nothing of what it says.

    Raises LongLine. Source: RFC 5322 §2.1.1, §2.2.3.
    """
    lines: list[str] = []
    for line in f"{name}: {value}".split("\r\n"):
        lines += [line] if len(line.encode()) <= _LONGEST_LINE else _broken(line)
    if any(len(line.encode()) > _LONGEST_LINE for line in lines):
        raise LongLine(name)
    return Field(name, "\r\n".join(lines)[len(name) + 2 :])


def _broken(line: str) -> list[str]:
    """As few lines as hold the words; never one of blanks alone, and none before the first word."""
    name, *words = _words(line)
    broken = [name + words[0]] if words else [name]
    for word in words[1:]:
        if len(broken[-1]) + len(word) > _LINE:
            broken.append(word)
        else:
            broken[-1] += word
    return broken


def _words(line: str) -> Iterator[str]:
    """The words, each with the blanks before it: one after the other, for a line may have very many."""
    at = 0
    for found in _BETWEEN_WORDS.finditer(line):
        yield line[at : found.start()]
        at = found.start()
    yield line[at:]


def _folded(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\n", "\r\n")
