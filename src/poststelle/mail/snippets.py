"""Where words were found in a message: its subject and a passage of its text, the words in ``<mark>``.

Source: RFC 8621 §5.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from poststelle.access.rights import require
from poststelle.mail.contents import text_of
from poststelle.mime.words import LONGEST_TEXT, Span, fold, spans
from poststelle.model.filter import Filter
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.rights import Level
from poststelle.model.search import Field, Passage, Snippet, Term
from poststelle.store import bodies, messages
from poststelle.store.bodies import Packed
from poststelle.store.tx import Check, ReadTx

MOST_READ = 4_000_000
"""Characters of all texts of one request, HTML with its tags."""
MOST_STEPS = 500_000
"""Of one request: words that are looked at one by one, and compared with those of a phrase."""
LONGEST_PREVIEW = 255
"""Octets. Source: RFC 8621 §5 (preview)."""
_BEFORE = 60  # characters of the text before what is found
_STRETCH = 400
_READ_AT_ONCE = 25
_STEPS_UNASKED = 5_000
_AT_ONE_GLANCE = 10  # words that are looked for in a stretch as fast as one is compared
_OPEN, _CLOSE = "<mark>", "</mark>"


@dataclass(slots=True)
class Effort:
    """What one request may still look at. ``check`` raises once its read is to end."""

    check: Check
    characters: int = MOST_READ
    steps: int = MOST_STEPS

    def step(self, count: int) -> None:
        """Take so many; less than none are left when that was enough."""
        if self.steps // _STEPS_UNASKED > (self.steps - count) // _STEPS_UNASKED:
            self.check()
        self.steps -= count


class Sought:
    """Terms by the word that they end with: a word is looked up once, however many terms there are."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = terms
        self.longest = max((len(term.words) for term in terms), default=0)
        self._whole: dict[str, list[Term]] = {}
        self._begun = [term for term in terms if term.is_prefix]
        self._beginnings = tuple(term.words[-1] for term in self._begun)
        for term in terms:
            if not term.is_prefix:
                self._whole.setdefault(term.words[-1], []).append(term)

    def ending(self, word: str) -> Sequence[Term]:
        """The terms whose last word this is."""
        whole = self._whole.get(word, ())
        if not word.startswith(self._beginnings):
            return whole
        return [*whole, *(term for term in self._begun if word.startswith(term.words[-1]))]


def snippets(
    tx: ReadTx, user: UserId, account: AccountId, where: Filter, ids: Sequence[MessageId]
) -> dict[MessageId, Snippet]:
    """A snippet for each message that exists; where there is very much to look at, the last ones show less.

    Raises NotFound for an account the user may not read.
    """
    require(tx, user, account, Level.READ)
    in_subject, in_body = Sought(_of(where, Field.SUBJECT)), Sought(_of(where, Field.BODY))
    found, effort = {}, Effort(tx.check)
    for start in range(0, len(ids), _READ_AT_ONCE):
        some = ids[start : start + _READ_AT_ONCE]
        packed = bodies.packed_many(tx, account, some) if in_body.terms else {}
        for message in messages.each(tx, account, some):
            text = _text(packed.get(message.id), effort)
            found[message.id] = Snippet(
                marked(message.subject, in_subject, effort),
                *(passage(text, in_body, message.preview, effort) or (None, None)),
            )
    return found


def _text(packed: Packed | None, effort: Effort) -> str:
    """The text that is looked at; "" where there is none, or none is looked at any more."""
    if packed is None or effort.characters <= 0 or effort.steps <= 0:
        return ""
    effort.check()
    body = bodies.unpack(*packed)
    effort.characters -= len(body.content)
    return " ".join(text_of(body, effort.check)[:LONGEST_TEXT].split())


def marked(text: str, sought: Sought, effort: Effort) -> str | None:
    """The whole text with what is found in it marked; None: nothing is."""
    hits = _hits(text, sought, effort)
    return _joined(_marked(text, 0, len(text), hits)) if hits else None


def passage(text: str, sought: Sought, listed: str, effort: Effort) -> tuple[str, Passage] | None:
    """The part of the text around what is found first, within the limit, and where it stands; None: nothing
    is found. ``listed``: what lists show of the text."""
    near = _near(text, sought.terms, effort)
    hits = [] if near is None else _hits(text, sought, effort, near, is_first_enough=True)
    if not hits:
        return None
    start = _beginning(text, hits[0][0])
    shown = _fitted(_marked(text, start, min(len(text), start + LONGEST_PREVIEW), hits))
    return shown, _place(text, start, shown, listed)


def _place(text: str, start: int, shown: str, listed: str) -> Passage:
    """Where a passage stands, whatever words are marked in it."""
    plain = html.unescape(shown.replace(_OPEN, "").replace(_CLOSE, ""))
    before, size = _octets(text[:start]), _octets(text)
    in_lists = _octets(" ".join(listed.split()))
    return Passage(before, min(size, before + _octets(plain)), min(size, in_lists), size)


def _octets(text: str) -> int:
    return len(text.encode(errors="replace"))


def _of(where: Filter, field: Field) -> list[Term]:
    return [term for term in where.all_terms if term.words and term.field in {None, field}]


def _beginning(text: str, hit: int) -> int:
    """A little before the hit, at the beginning of a word."""
    start = max(0, hit - _BEFORE)
    blank = text.find(" ", start, hit) if start else -1
    return blank + 1 if blank >= 0 else start


def _near(text: str, terms: Sequence[Term], effort: Effort) -> int | None:
    """Where to begin to look: a little before the first word of any term; None: there is none.

    Folding a stretch of text costs a hundredth of looking at its words one by one.
    """
    firsts = [f" {t.words[0]}{'' if t.is_prefix and len(t.words) == 1 else ' '}" for t in terms]
    start = 0
    while start < len(text) and effort.steps > 0:
        effort.step(1 + len(firsts) // _AT_ONE_GLANCE)
        end = text.find(" ", start + _STRETCH)
        end = len(text) if end < 0 else end
        words = f" {fold(text[start:end])} "
        if any(first in words for first in firsts):
            return start
        start = end
    return None


def _hits(
    text: str, sought: Sought, effort: Effort, start: int = 0, *, is_first_enough: bool = False
) -> list[tuple[int, int]]:
    """Where the terms stand, in order, without overlaps; or only those of a passage behind the first."""
    hits: list[tuple[int, int]] = []
    window: list[Span] = []
    for span in spans(text, start) if sought.terms else ():
        window.append(span)
        if len(window) > sought.longest:
            del window[0]
        ending = sought.ending(span.word)
        effort.step(1 + sum(len(term.words) for term in ending))
        starts = [start for term in ending if (start := _start(window, term)) >= 0]
        if starts:
            _add(hits, min(starts), span.end)
        is_enough = is_first_enough and hits and span.start > hits[0][0] + LONGEST_PREVIEW
        if is_enough or effort.steps <= 0:
            break
    return hits


def _start(window: Sequence[Span], term: Term) -> int:
    """Where the term begins whose last word is the window's; -1: the words before it are others."""
    size = len(term.words)
    if len(window) < size:
        return -1
    return window[-size].start if tuple(s.word for s in window[-size:-1]) == term.words[:-1] else -1


def _add(hits: list[tuple[int, int]], start: int, end: int) -> None:
    while hits and hits[-1][1] >= start:
        start = min(start, hits.pop()[0])
    hits.append((start, end))


def _marked(text: str, start: int, end: int, hits: Iterable[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """The text from ``start`` to ``end`` in pieces, and whether each is to be marked."""
    at = start
    for first, last in hits:
        if last <= at or first >= end:
            continue
        yield text[at:first], False
        yield text[max(first, at) : min(last, end)], True
        at = min(last, end)
    yield text[at:end], False


def _joined(pieces: Iterable[tuple[str, bool]]) -> str:
    return "".join(
        f"{_OPEN}{html.escape(piece)}{_CLOSE}" if is_hit else html.escape(piece) for piece, is_hit in pieces
    )


def _fitted(pieces: Iterable[tuple[str, bool]]) -> str:
    """As ``_joined``, within the limit of octets: whole characters, every mark closed."""
    found: list[str] = []
    room = LONGEST_PREVIEW
    for piece, is_hit in pieces:
        around = len(_OPEN) + len(_CLOSE) if is_hit else 0
        kept = _beginning_of(piece, room - around)
        if kept:
            found.append(f"{_OPEN}{kept}{_CLOSE}" if is_hit else kept)
            room -= len(kept.encode()) + around
        if len(kept) < len(html.escape(piece)):
            break
    return "".join(found).strip()


def _beginning_of(text: str, room: int) -> str:
    """As much of the text, escaped, as fits into so many octets."""
    escaped = html.escape(text)
    if len(escaped.encode(errors="replace")) <= room:
        return escaped
    kept: list[str] = []
    for character in text:
        piece = html.escape(character)
        room -= len(piece.encode(errors="replace"))
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept)
