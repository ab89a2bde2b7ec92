"""Mailbox files (mboxrd): many messages in one, split by lines that begin with "From ".

A line of a message that looks like one gets a ">" before it when it is written, and
loses it when it is read; all other octets stay as they are. Both work piece by piece,
whatever the size. Source: RFC 4155; "mbox(5)" of qmail (mboxrd).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

_QUOTED_WHEN_WRITTEN = re.compile(rb"^(?=>*From )", re.MULTILINE)
_QUOTED_WHEN_READ = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_BETWEEN = re.compile(rb"(?:\A|(?<=\n))From [^\n]*\n")
_MARK = b"\xef\xbb\xbf"  # the byte order mark of UTF-8, which programs put before a text and nobody means
_HOLD = 200  # octets that may be the beginning of such a line
_SHORT = 4_096  # octets of a "From " line
_STEP = 64 * 1024  # octets, about, whose lines are looked at in one go: other threads wait for it
_MOST_EMPTY = 10_000
"""A file has fewer messages without more than a line end: programs write none at all."""
_AT = "%a %b %d %H:%M:%S %Y"
_AT_LENGTH = len("Mon Mar  2 08:00:00 2026")


class Found(NamedTuple):
    """A message of a file, and when it was received as the file says: the line before it, in UTC."""

    octets: bytes
    received_at: datetime | None = None


class TooLarge(Exception):
    """A message in the file is larger than what is taken."""


class TooEmpty(Exception):
    """What calls itself messages holds none, again and again."""


def separator(at: datetime) -> bytes:
    """The line before a message."""
    return b"From - " + at.strftime(_AT).encode() + b"\n"


class Quoter:
    """Writes one message: give it piece after piece, then ``end``."""

    def __init__(self) -> None:
        self._held = b""
        self._begins_line = True
        self._last = b""

    def piece(self, octets: bytes) -> bytes:
        """What can be written by now; the beginning of a line that may need its sign waits for its rest."""
        octets = self._held + octets
        cut = octets.rfind(b"\n") + 1
        if len(octets) - cut > _HOLD:
            cut = len(octets)
        self._held = octets[cut:]
        return self._quoted(octets[:cut])

    def end(self) -> bytes:
        """The rest, and the blank line that ends a message."""
        rest = self._quoted(self._held)
        self._held = b""
        return rest + (b"\n" if self._last in {b"\n", b""} else b"\n\n")

    def _quoted(self, octets: bytes) -> bytes:
        if not octets:
            return b""
        begins, self._begins_line = self._begins_line, octets.endswith(b"\n")
        self._last = octets[-1:]
        if begins:
            return _QUOTED_WHEN_WRITTEN.sub(b">", octets)
        head, line_end, rest = octets.partition(b"\n")
        return head + line_end + _QUOTED_WHEN_WRITTEN.sub(b">", rest)


class Splitter:
    """Reads a file: give it piece after piece, then ``end``; messages come out as they are complete.

    A file that does not begin with a "From " line is one message. Blank lines and a
    byte order mark before it don't count. Empty messages are passed over. One larger than
    ``at_most`` octets raises TooLarge, and very many that are empty raise TooEmpty.
    """

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._open = bytearray()
        self._is_mbox: bool | None = None
        self._searched = 0
        self._empty = 0

    def piece(self, octets: bytes) -> Iterator[Found]:
        self._open += octets
        if self._is_mbox is None and len(self._open) >= len(_MARK):
            self._open = self._open.removeprefix(_MARK).lstrip(b"\r\n")
            if len(self._open) >= len(b"From "):
                self._is_mbox = self._open.startswith(b"From ")
        if self._is_mbox:
            yield from self._complete()
        if len(self._open) > self._at_most:
            raise TooLarge

    def end(self) -> Iterator[Found]:
        if self._is_mbox:
            yield from self._complete()
            yield from self._taken(bytes(self._open))
        elif self._open:
            yield Found(bytes(self._open))
        self._open = bytearray()

    def _complete(self) -> Iterator[Found]:
        """Every message that another one follows. What is done with is taken off once, at the end."""
        begin = 0
        # The line that begins the message is no separator of its end.
        while found := _BETWEEN.search(self._open, max(begin + 1, self._searched)):
            message, begin = bytes(self._open[begin : found.start()]), found.start()
            yield from self._taken(message)
        del self._open[:begin]
        self._searched = max(0, len(self._open) - _SHORT)

    def _taken(self, message: bytes) -> Iterator[Found]:
        """The message of a part of the file, unless it is empty."""
        line, _, _ = message.partition(b"\n")
        octets = _unquoted(message)
        if len(octets) > len(b"\r\n") or octets.strip(b"\r\n"):
            yield Found(octets, _received_at(line))
            return
        self._empty += 1
        if self._empty > _MOST_EMPTY:
            raise TooEmpty


def _received_at(line: bytes) -> datetime | None:
    """The date at the end of a "From " line. Source: RFC 4155, appendix A."""
    try:
        text = line.rstrip().decode("ascii")[-_AT_LENGTH:]
        return datetime.strptime(text, _AT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _unquoted(message: bytes) -> bytes:
    """Without the line before it and the blank line after it."""
    body = message.partition(b"\n")[2]
    for blank in (b"\r\n\r\n", b"\n\n"):
        if body.endswith(blank):
            body = body[: -len(blank) // 2]
            break
    return b"".join(_QUOTED_WHEN_READ.sub(b"", lines) for lines in _portions(body))


def _portions(octets: bytes) -> Iterator[bytes]:
    """Whole lines, some at a time."""
    begin = 0
    while begin < len(octets):
        end = octets.find(b"\n", begin + _STEP) + 1 or len(octets)
        yield octets[begin:end]
        begin = end
