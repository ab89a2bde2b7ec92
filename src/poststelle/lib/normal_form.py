"""Unicode's normal forms of text that anybody may have written.

Python sorts the marks of one letter by moving each past the others, so a hundred thousand of them on one
letter would stop the whole program for minutes. No writing has more than a few: runs of more than thirty are
cut.

Source: UAX #15 §13, "Stream-Safe Text Format".
"""

from typing import Literal
from unicodedata import combining, normalize

_MOST_MARKS = 30
_SHORT = 500
"""So few characters cost nothing, whatever they are."""

Form = Literal["NFC", "NFKC"]


def normal_form(text: str, form: Form = "NFC") -> str:
    """The text in this form, in time linear in its length."""
    if text.isascii():
        return text
    if len(text) <= _SHORT:
        return normalize(form, text)
    return "".join(normalize(form, text[start:end]) for start, end in _pieces(text))


def _pieces(text: str) -> list[tuple[int, int]]:
    """The whole, cut where too many marks follow one another."""
    ends, run = [0], 0
    for at, character in enumerate(text):
        run = run + 1 if character >= "\u0300" and combining(character) else 0
        if run > _MOST_MARKS:
            ends.append(at)
            run = 1
    return list(zip(ends, [*ends[1:], len(text)], strict=True))
