"""As much of a message's words as the index can hold, the same on both databases.

PostgreSQL knows a word by its place among the octets of all different words of a
message, in 20 bits: what lies behind that it takes for other words, and says nothing.

Source: PostgreSQL, "Limitations" of text search (the length of a tsvector).
"""

from dataclasses import replace

from poststelle.model.search import FIELDS, Content, Field

MOST_OCTETS = 1_000_000  # of 1,048,575
_SURELY_FITTING = 80_000  # characters, whatever they are
_BODY = Field.BODY.value
_ORDER = (*(name for name in FIELDS if name != _BODY), _BODY)


def fitting(content: Content) -> Content:
    """The content, its last words left out if they are too many; the body's go first.

    A word outside the body counts twice: alone, and with its field (``store.engines.words_postgres``).
    """
    if sum(len(getattr(content, name)) for name in FIELDS) <= _SURELY_FITTING:
        return content
    left, known, cut = MOST_OCTETS, set[str](), {}
    for name in _ORDER:
        text, left = _first_words(name, getattr(content, name), left, known)
        cut[name] = text
    return replace(content, **cut)


def _first_words(name: str, text: str, left: int, known: set[str]) -> tuple[str, int]:
    """The words of a field that there is room for, and the room that is left."""
    words, here = text.split(), set[str]()
    for number, word in enumerate(words):
        octets = len(word.encode())
        needed = 0 if word in known else octets
        if name != _BODY and word not in here:
            needed += octets + len(name) + 2
        if needed > left:
            return " ".join(words[:number]), 0
        left -= needed
        known.add(word)
        here.add(word)
    return text, left
