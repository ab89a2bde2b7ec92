"""Words as the search index knows them: one form for all ways to write a word.

Capitals, accents and umlauts make no difference, and neither does how an umlaut
was written out: Müller, Mueller and muller are all ``muller``; ß is ``ss``. So
``ae``, ``oe`` and ``ue`` become ``a``, ``o`` and ``u``, but not at the end of a
word (blue, toe). Both databases are given these words and nothing else, so they
find the same. What stands between letters and digits separates words; each
ideograph is a word.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LONGEST_TEXT = 200_000  # characters of a text that are read; what comes after is not found
LONGEST_WORD = 200  # octets of a word that count; PostgreSQL refuses words over 2,046

_ACCENTS = "\u0300", "\u036f"
# Letters that Unicode does not take apart.
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
_RUN = re.compile(r"[0-9A-Za-z\x80-\U0010ffff]+")
_BEYOND_LATIN = re.compile(r"[^\0-\xff]+")
_BEYOND_ASCII = re.compile(r"[^\0-\x7f]+")


class Span(NamedTuple):
    """A word of a text: where it stands there, and its one form."""

    start: int
    end: int
    word: str


def fold(text: str) -> str:
    """The words of a text in their order, each in its one form, with blanks between."""
    # A blank behind it shows where the last word ends.
    octets = _plain_octets(text[:LONGEST_TEXT]) + b" "
    return _umlauts(octets.replace(b"e ", b"\0 ")).replace(b"\0", b"e").decode()


def fold_prefix(text: str) -> str:
    """As ``fold``, of words that may go on: ``mue`` may become ``mueller``, so it is ``mu``."""
    return _umlauts(_plain_octets(text[:LONGEST_TEXT])).decode()


def spans(text: str, start: int = 0) -> Iterator[Span]:
    """Every word of a text from ``start`` on with its place: those that ``fold`` finds, in the same order."""
    for run in _RUN.finditer(text, start, LONGEST_TEXT):
        found, first = run[0], run.start()
        for begins, ends in ((0, len(found)),) if found.isascii() else _parts(found):
            said = found[begins:ends]
            if word := _word(said) if len(said) <= LONGEST_WORD else fold(said).strip():
                yield Span(first + begins, first + ends, word)


@lru_cache(maxsize=20_000)
def _word(text: str) -> str:
    return fold(text).strip()


def _parts(run: str) -> Iterator[tuple[int, int]]:
    """The words within a run of characters that are not all ASCII."""
    start = 0
    for place, character in enumerate(run):
        if character.isascii() or not (plain := _plain(character)).startswith(" "):
            continue
        yield start, place
        if plain != " ":
            yield place, place + 1
        start = place + 1
    yield start, len(run)


def _umlauts(octets: bytes) -> bytes:
    return octets.replace(b"ae", b"a").replace(b"oe", b"o").replace(b"ue", b"u")


def _plain_octets(text: str) -> bytes:
    """Small letters without accents, digits and blanks. Western mail goes through tables in one go."""
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:
        text = _BEYOND_LATIN.sub(_plain_run, text)
        try:
            octets = text.encode("latin-1")
        except UnicodeEncodeError:  # other scripts
            text = _BEYOND_ASCII.sub(_plain_run, text)
            return _without_long(text.encode(errors="replace").translate(_ascii_table()))
    octets = octets.translate(_latin_table(), b"\xad")  # a soft hyphen shows nothing
    if not octets.isascii():
        octets = octets.replace(b"\xdf", b"ss").replace(b"\xe6", b"ae").replace(b"\xfe", b"th")
    return _without_long(octets)


def _plain_run(found: re.Match[str]) -> str:
    return "".join(map(_plain, found[0]))


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """What a character that is not ASCII becomes: letters, nothing (an accent), or a blank."""
    if character == "µ":  # a Greek letter for Unicode: Latin-1 has no other
        return " "
    text = "".join(map(_part, unicodedata.normalize("NFKD", character.lower()))).lower()
    if " " in text:  # signs, and fractions, which are several numbers
        return " "
    return f" {text} " if _is_ideograph(character) else text


def _part(part: str) -> str:
    if part in _LETTERS:
        return _LETTERS[part]
    if _ACCENTS[0] <= part <= _ACCENTS[1] or unicodedata.category(part) == "Cf":
        return ""  # what shows nothing holds a word together
    return part if unicodedata.category(part)[0] in "LNM" else " "


@lru_cache(maxsize=1)
def _latin_table() -> bytes:
    """Latin-1 to small letters without accents. What becomes two letters keeps its small letter."""
    plain = [chr(c).lower() if c < 128 else _plain(chr(c)) for c in range(256)]
    table = bytearray(ord(p) if len(p) == 1 and p.isalnum() and p.isascii() else 32 for p in plain)
    for double in "ßæÆþÞ":
        table[ord(double)] = ord(double.lower())
    return bytes(table)


@lru_cache(maxsize=1)
def _ascii_table() -> bytes:
    return _latin_table()[:128] + bytes(range(128, 256))


def _is_ideograph(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character >= "\U00020000"


def _without_long(octets: bytes) -> bytes:
    """Long words are cut. One over the limit covers a whole stretch of half of it: few looks find it."""
    step = LONGEST_WORD // 2
    if all(octets.find(b" ", at, at + step) >= 0 for at in range(0, len(octets) - step + 1, step)):
        return octets
    return b" ".join(_cut(word) for word in octets.split())


def _cut(word: bytes) -> bytes:
    """A long word's beginning, whole characters only."""
    return word if len(word) <= LONGEST_WORD else word[:LONGEST_WORD].decode(errors="ignore").encode()
