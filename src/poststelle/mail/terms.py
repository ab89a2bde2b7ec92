"""What people type into a search box, as terms.

Words stand for themselves, all of them must be found, anywhere in the message.
Words in quotation marks, and those that a sign holds together (``a-b``,
``anna@berger.example``), must follow one another. A star behind a word or a
phrase lets its last word go on. Source: RFC 8621 §4.4.1 (words and phrases; the
star is ours).
"""

import re
from collections.abc import Iterator

from poststelle.mime.words import fold, fold_prefix
from poststelle.model.search import Field, Term

_LONGEST = 1_000  # characters
_MOST = 50  # words, and signs between blanks: no search needs more, and each costs something
# A phrase in quotation marks, or what stands between blanks.
_PIECE = re.compile(
    r"""["“”„«»]((?:\\.|[^"“”„«»\\])*)["“”„«»](\*?)|(?<!\S)'((?:\\.|[^'\\])+)'(\*?)(?!\S)|(\S+)"""
)


def parse(text: str, field: Field | None = None) -> tuple[Term, ...]:
    """The terms of a search; one without words, which nothing matches, where there are none."""
    return counted(text, field)[0]


def counted(text: str, field: Field | None = None) -> tuple[tuple[Term, ...], int]:
    """The same, and what was looked at for it, in words, one at least: a piece without any counts as one."""
    terms: list[Term] = []
    room = _MOST
    for words, is_prefix in _pieces(text[:_LONGEST]):
        if words:
            terms.append(Term(words[:room], is_prefix and len(words) <= room, field))
        room -= max(1, min(len(words), room))
        if not room:
            break
    return tuple(terms) or (Term((), field=field),), max(1, _MOST - room)


def _pieces(text: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    for found in _PIECE.finditer(text):
        double, star, single, other_star, bare = found.groups()
        piece = bare or double or single or ""
        is_prefix = bool(star or other_star) or piece.endswith("*")
        yield _words(piece, is_prefix=is_prefix), is_prefix


def _words(piece: str, *, is_prefix: bool) -> tuple[str, ...]:
    """The words of a piece. Of the last one of a prefix it is not known yet how it ends."""
    whole = tuple(fold(piece).split())
    if not is_prefix or not whole:
        return whole
    begun = fold_prefix(piece).split()
    return (*whole[:-1], begun[-1])
