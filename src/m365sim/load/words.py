"""Text out of octets and header fields that may be damaged: always some text, never an exception.

Source: RFC 2047 (encoded words), RFC 2231 (parameters), RFC 5322 (addresses, dates).
"""

from __future__ import annotations

import codecs
import re
from binascii import Error as Base64Error
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterable, Iterator
from email.utils import getaddresses, parsedate_to_datetime

from m365sim.world.content import Address
from m365sim.world.damage import DAMAGED
from m365sim.world.instants import to_seconds

_LAST_RESORT = "windows-1252"
_ALIASES = {
    "utf8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "ks_c_5601-1987": "cp949",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "x-gbk": "gbk",
    "iso-8859-8-i": "iso-8859-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "": "utf-8",
}
_ENCODED_GAP = re.compile(r"(\?=)\s+(=\?)")
_ENCODED_WORD = re.compile(
    r"=\?([^?\s]{1,75})\?([bBqQ])\?([^?]*+(?>(?:\?(?!=)[^?]*+){0,20}))\?="
)  # Python before 3.11.5 errs in (?:…)*+
"""Some write question marks into their words without encoding them; twenty of them are believed."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BREAKS = re.compile(r"[\r\n]+")  # an encoded word may hold them


def decoded(octets: bytes, charset: str | None) -> str:
    """Octets as text: by the named charset, else UTF-8, else windows-1252 with signs for what is left."""
    named = (charset or "").partition("*")[0].strip().strip("\"'").lower()
    for name in dict.fromkeys((_ALIASES.get(named, named), "utf-8", _LAST_RESORT)):
        try:
            codecs.lookup(name)
            return octets.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return octets.decode(_LAST_RESORT, "replace")


def header_text(value: object) -> str:
    """A header's value, unfolded, its encoded words decoded, raw octets beyond ASCII read as UTF-8."""
    text = str(value)
    if text.isprintable() and "=?" not in text:
        return text.strip()
    text = _unescaped(text)
    text = _ENCODED_GAP.sub(r"\1\2", re.sub(r"\r?\n[ \t]*", " ", text))
    return _plain("".join(_pieces(text)) if "=?" in text else text)


def _pieces(text: str) -> Iterator[str]:
    """A text with its encoded words read; those side by side as one, for they may share a character."""
    at, held, charset = 0, b"", ""
    for word in _ENCODED_WORD.finditer(text):
        octets = _octets(word[2].lower(), word[3])
        if octets is None:
            continue  # what cannot be read stays as it is
        if word.start() > at or word[1].lower() != charset:
            yield decoded(held, charset)
            yield text[at : word.start()]
            held, charset = b"", word[1].lower()
        held += octets
        at = word.end()
    yield decoded(held, charset)
    yield text[at:]


def _octets(encoding: str, word: str) -> bytes | None:
    """What an encoded word stands for. Its language (RFC 2231, section 5) belongs to the charset's name."""
    written = word.encode("utf-8", "replace")
    if encoding == "q":
        return a2b_qp(written, header=True)
    try:
        return a2b_base64(written + b"==")
    except Base64Error:
        return None


def _plain(text: str) -> str:
    return _CONTROLS.sub("", _BREAKS.sub(" ", text)).strip()


def _unescaped(text: str) -> str:
    """Undo the escapes under which the parser keeps octets beyond ASCII."""
    try:
        return text.encode("utf-8").decode("utf-8")
    except UnicodeEncodeError:
        return decoded(text.encode("ascii", "surrogateescape"), None) if _is_latin(text) else _mixed(text)


def _is_latin(text: str) -> bool:
    return all(ord(c) < 128 or 0xDC80 <= ord(c) <= 0xDCFF for c in text)


def _mixed(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def addresses(values: Iterable[object]) -> tuple[Address, ...]:
    """The addresses in header values; what is no address at all is left out."""
    raw = [re.sub(r"\r?\n[ \t]*", " ", _unescaped(str(v))) for v in values]
    try:
        pairs = getaddresses(raw)
    except DAMAGED:
        return ()
    found = [Address(address.strip(), header_text(name)) for name, address in pairs if address.strip()]
    return tuple(a for a in found if "@" in a.address or a.name or len(a.address) > 1)


def instant(value: object) -> int | None:
    """A date header in seconds since 1970; None when there is no reading it."""
    text = str(value).strip()
    if not text or text == "None":
        return None
    try:
        seconds = to_seconds(parsedate_to_datetime(text))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return seconds if -2_000_000_000 < seconds < 32_000_000_000 else None
