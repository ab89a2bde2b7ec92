"""Header fields as strangers write them, read as people mean them. Nothing here raises.

Source: RFC 5322 §2.2, RFC 2047, RFC 6532.
"""

import binascii
import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from poststelle.mime.text import clean

_FOLD = re.compile(r"\r?\n(?=[ \t])|[\r\n]+")
_ENCODED = re.compile(r"=\?([\w.:+-]+)(?:\*[\w-]*)?\?([bBqQ])\?([^?\s]*)\?=", re.ASCII)
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?[\w.:+*-]+\?[bBqQ]\?)")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
_MOST_IDS = 200


def unfolded(raw: str) -> str:
    """One line, without the blanks around it. Octets beyond ASCII (surrogates) as what they are likely to be."""
    line = _FOLD.sub("", raw).strip()
    if line.isascii():
        return line
    return as_text(line.encode("utf-8", "surrogateescape"), None)


def decoded(raw: str) -> str:
    """The text of an unstructured field, encoded words decoded."""
    return clean(words(unfolded(raw)))


def words(line: str) -> str:
    """A line with its encoded words decoded; those that follow one another belong together.

    A character may be cut in two between words of one charset, though none should be.
    """
    if "=?" not in line:
        return line
    line = _BETWEEN.sub(r"\1", line)
    shown: list[str] = []
    run, charset, at = b"", "", 0
    for found in _ENCODED.finditer(line):
        if found.start() > at or found[1].lower() != charset:
            shown.append(as_text(run, charset))
            run = b""
        shown.append(line[at : found.start()])
        run += _octets(found[2], found[3])
        charset, at = found[1].lower(), found.end()
    return "".join([*shown, as_text(run, charset), line[at:]])


def as_text(octets: bytes, charset: str | None) -> str:
    """Octets in a charset that somebody claims; where that is wrong or unknown, what they are likely to be."""
    for name in (charset, "utf-8"):
        try:
            return octets.decode(name) if name else octets.decode()
        except (LookupError, UnicodeError, ValueError):
            continue
    return octets.decode("windows-1252", "replace")


def message_ids(raw: str | None) -> tuple[str, ...]:
    """The Message-IDs in a field, without angle brackets. Source: RFC 5322 §3.6.4."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(unfolded(raw or ""))))[:_MOST_IDS]


def instant(raw: str | None) -> datetime | None:
    """A date field's instant in UTC; None for what is none. Source: RFC 5322 §3.3, §4.3."""
    try:
        parsed = parsedate_tz(unfolded(raw or ""))
        if parsed is None:
            return None
        local = datetime(*parsed[:6], tzinfo=UTC)
        return local - timedelta(seconds=parsed[9] or 0)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _octets(encoding: str, text: str) -> bytes:
    raw = text.encode("ascii", "replace")
    if encoding in "qQ":
        return _HEX.sub(lambda m: bytes([int(m[1], 16)]), raw.replace(b"_", b" "))
    try:
        return b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return raw
