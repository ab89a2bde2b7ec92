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
from poststelle.model.search import Field, Snippet, Term
from poststelle.store import bodies, messages
from poststelle.store.bodies import Packed
from poststelle.store.tx import ReadTx

MOST_READ = 4_000_000
"""Characters of all texts of one request, HTML with its tags."""
LONGEST_PREVIEW = 255
"""Octets. Source: RFC 8621 §5 (preview)."""
_BEFORE = 60  # characters of the text before what is found
_STRETCH = 400
_OPEN, _CLOSE = "<mark>", "</mark>"


@dataclass(frozen=True, slots=True)
class Searched:
    """What a message says; ``body`` None: it has none, or none is looked at."""

    id: MessageId
    subject: str
    body: Packed | None


def load(
    tx: ReadTx, user: UserId, account: AccountId, where: Filter, ids: Sequence[MessageId]
) -> list[Searched]:
    """The messages that exist. Raises NotFound for an account the user may not read."""
    require(tx, user, account, Level.READ)
    packed = bodies.packed_many(tx, account, ids) if _of(where, Field.BODY) else {}
    found = messages.get_many(tx, account, ids)
    return [Searched(message.id, message.subject, packed.get(message.id)) for message in found]


def snippets(searched: Sequence[Searched], where: Filter) -> dict[MessageId, Snippet]:
    """A snippet for each; of very much text altogether the last ones are shown without a passage."""
    in_subject, in_body = _of(where, Field.SUBJECT), _of(where, Field.BODY)
    found, left = {}, MOST_READ
    for one in searched:
        text = ""
        if one.body is not None and left > 0:
            body = bodies.unpack(*one.body)
            left -= len(body.content)
            text = " ".join(text_of(body)[:LONGEST_TEXT].split())
        found[one.id] = Snippet(marked(one.subject, in_subject), passage(text, in_body))
    return found


def marked(text: str, terms: Sequence[Term]) -> str | None:
    """The whole text with what is found in it marked; None: nothing is."""
    hits = _hits(text, terms)
    return _joined(_marked(text, 0, len(text), hits)) if hits else None


def passage(text: str, terms: Sequence[Term]) -> str | None:
    """The part of the text around what is found first, within the limit; None: nothing is found."""
    near = _near(text, terms)
    hits = [] if near is None else _hits(text, terms, near, is_first_enough=True)
    if not hits:
        return None
    start = _beginning(text, hits[0][0])
    return _fitted(_marked(text, start, min(len(text), start + LONGEST_PREVIEW), hits))


def _of(where: Filter, field: Field) -> list[Term]:
    return [term for term in where.all_terms if term.words and term.field in {None, field}]


def _beginning(text: str, hit: int) -> int:
    """A little before the hit, at the beginning of a word."""
    start = max(0, hit - _BEFORE)
    blank = text.find(" ", start, hit) if start else -1
    return blank + 1 if blank >= 0 else start


def _near(text: str, terms: Sequence[Term]) -> int | None:
    """Where to begin to look: a little before the first word of any term; None: there is none.

    Folding a stretch of text costs a hundredth of looking at its words one by one.
    """
    firsts = [f" {t.words[0]}{'' if t.is_prefix and len(t.words) == 1 else ' '}" for t in terms]
    start = 0
    while start < len(text):
        end = text.find(" ", start + _STRETCH)
        end = len(text) if end < 0 else end
        words = f" {fold(text[start:end])} "
        if any(first in words for first in firsts):
            return start
        start = end
    return None


def _hits(
    text: str, terms: Sequence[Term], start: int = 0, *, is_first_enough: bool = False
) -> list[tuple[int, int]]:
    """Where the terms stand, in order, without overlaps; or only those of a passage behind the first."""
    if not terms:
        return []
    longest = max(len(term.words) for term in terms)
    hits: list[tuple[int, int]] = []
    window: list[Span] = []
    for span in spans(text, start):
        window.append(span)
        if len(window) > longest:
            del window[0]
        starts = [start for term in terms if (start := _start(window, term)) >= 0]
        if starts:
            _add(hits, min(starts), span.end)
        if is_first_enough and hits and span.start > hits[0][0] + LONGEST_PREVIEW:
            break
    return hits


def _start(window: Sequence[Span], term: Term) -> int:
    """Where the term begins that ends with the window's last word; -1: it does not."""
    size = len(term.words)
    if len(window) < size:
        return -1
    last = window[-1].word
    ends = last.startswith(term.words[-1]) if term.is_prefix else last == term.words[-1]
    if not ends:
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
