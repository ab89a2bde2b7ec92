"""Mail by the hundred thousand: every message derived on demand from (seed, index), nothing held as text.

The messages are plain but plausible office mail: several senders, threads of three, HTML of one to three
kilobytes, a small note attached to every seventeenth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from m365sim.world import conversations
from m365sim.world.compose import size_of
from m365sim.world.content import Address, Attachment, Content, FileAttachment
from m365sim.world.text import PREVIEW_CHARS

_FIRST = ("Anna", "Jonas", "Marlene", "Oliver", "Sofia", "Tim", "Ümit", "Zoë", "Karl-Heinz", "Priya")
_LAST = ("Becker", "Schröder", "Weiß", "Lange", "O'Neill", "Krüger", "Yılmaz", "Hartmann", "Vogt", "Shah")
_SUBJECTS = (
    "Anfrage zur Wohnung {n}",
    "Besichtigungstermin Objekt {n}",
    "Viewing request, flat {n}",
    "Unterlagen für Objekt {n}",
    "Rückfrage zur Nebenkostenabrechnung {n}",
    "Offer for house no. {n}",
    "Schlüsselübergabe {n} – Terminvorschlag",
)
_SENTENCES = (
    "vielen Dank für Ihre Nachricht, wir melden uns bis Freitag bei Ihnen.",
    "the documents are complete except for the land register extract.",
    "der Grundriss und das Exposé liegen im gemeinsamen Ordner.",
    "bitte bestätigen Sie den Termin bis morgen Mittag.",
    "please let me know whether the parking space is included in the rent.",
    "die Heizung wurde im vergangenen Jahr erneuert, der Energieausweis folgt.",
    "Herr Krüger hat den Schlüssel und wartet vor dem Haus.",
    "we could meet on Tuesday at ten, or on Thursday in the afternoon.",
)
_STYLE = "font-family:Calibri,Arial,sans-serif;font-size:11pt;color:#1f1f1f;margin:0 0 8pt 0"
_TOP = (
    '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>\r\n'
    f'<p style="{_STYLE}">Hallo,'
)
_BETWEEN = f'</p>\r\n<p style="{_STYLE}">'
_NOTE_EVERY = 17
THREAD = 3
_BARE = size_of("", ())
_MASK = (1 << 64) - 1


def mix(seed: int, index: int) -> int:
    """A well-stirred 64-bit number from two others, the same every time."""
    value = (seed * 0x9E3779B97F4A7C15 + index * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) & _MASK
    value ^= value >> 31
    value = (value * 0xD6E8FEB86659FD93) & _MASK
    return value ^ (value >> 29)


class BulkItem(NamedTuple):
    """One derived message: content source number ``index`` of the run ``seed`` to ``address``."""

    seed: int
    index: int  # type: ignore[assignment]  # what a tuple calls so is of no use here
    address: str
    sent_s: int

    def load(self) -> Content:
        """Make the content; about twenty microseconds, or none when it was asked for a moment ago."""
        return _content(self)


@dataclass(frozen=True, slots=True)
class BulkSeries:
    """A run of derived messages, for a mailbox to hold instead of them.

    Every ``unread_every``-th is unread (0: none), beginning with the first.
    """

    seed: int
    address: str
    count: int
    oldest_s: int
    step_s: int
    unread_every: int

    def unread_below(self, index: int) -> int:
        """How many of the first ``index`` are unread."""
        return -(-index // self.unread_every) if self.unread_every else 0

    def is_read(self, index: int) -> bool:
        """Whether one of them is read."""
        return not self.unread_every or index % self.unread_every != 0

    def source(self, index: int) -> BulkItem:
        """One of them; it was sent two seconds before it was received."""
        return BulkItem(self.seed, index, self.address, self.oldest_s + index * self.step_s - 2)


@lru_cache(maxsize=64)
def _content(item: BulkItem) -> Content:
    stirred = mix(item.seed, item.index)
    first, last = _FIRST[stirred % 10], _LAST[stirred // 10 % 10]
    sender = Address(f"person{stirred % 997}@kunden.example", f"{first} {last}")
    depth = item.index % THREAD
    key, places = _thread(item.seed, item.index - depth)
    place = places[depth]
    page = _page(stirred // 100 % 8, 8 + stirred % 9, first)
    body = page.body.replace(_NUMBER, str(item.index))
    attachments = _attachments(item.index)
    return Content(
        message_id=place.message_id,
        subject=place.subject,
        sender=sender,
        from_=sender,
        to=_to(item.address),
        cc=(),
        bcc=(),
        reply_to=(),
        body=body,
        is_html=True,
        preview=page.preview.replace(_NUMBER, str(item.index))[:PREVIEW_CHARS],
        sent_s=item.sent_s,
        size=page.excess + len(body) + (size_of("", attachments) if attachments else _BARE),
        conversation=key,
        conversation_index=conversations.head(key, item.sent_s) + place.steps,
        headers=place.headers,
        attachments=attachments,
        is_harmless=True,
    )


class _Place(NamedTuple):
    """What a message has of its place in a thread; ``steps`` end its conversation index."""

    message_id: str
    subject: str
    headers: tuple[tuple[str, str], ...]
    steps: bytes


@lru_cache(maxsize=1024)
def _thread(seed: int, root: int) -> tuple[bytes, tuple[_Place, ...]]:
    """A thread by its first message: its key, and its places. They are mostly asked for together."""
    key = conversations.key_of(f"bulk/{seed}/{root}")
    subject = _SUBJECTS[mix(seed, root) % 7].format(n=root)
    ids = [f"<bulk.{seed}.{root + depth}@kunden.example>" for depth in range(THREAD)]
    places = [_Place(ids[0], subject, (), b"")]
    steps, size = conversations.steps(key, THREAD - 1), conversations.STEP_SIZE
    for depth in range(1, THREAD):
        headers = (("In-Reply-To", ids[depth - 1]), ("References", " ".join(ids[:depth])))
        places.append(_Place(ids[depth], f"Re: {subject}", headers, steps[: depth * size]))
    return key, tuple(places)


@lru_cache(maxsize=1024)
def _to(address: str) -> tuple[Address]:
    return (Address(address),)


_NUMBER = "\0"
"""Stands in a page for the message's number."""


class _Page(NamedTuple):
    """What all messages of one shape say: the body, its beginning as text, and how many octets it has more
    than letters.
    """

    body: str
    preview: str
    excess: int


@cache
def _page(start: int, lines: int, name: str) -> _Page:
    """The page of so many sentences from one on, signed with a first name; there are 720."""
    said = [f"{_SENTENCES[(start + n) % 8]} ({_NUMBER}/{n})" for n in range(lines)]
    body = _BETWEEN.join((_TOP, *said, f"Viele Grüße<br>{name}</p></body></html>"))
    return _Page(body, f"Hallo, {said[0]} {said[1]} {said[2]}", len(body.encode()) - len(body))


def _attachments(index: int) -> tuple[Attachment, ...]:
    if index % _NOTE_EVERY:
        return ()
    note = f"Notiz zu Vorgang {index}\r\n".encode()
    return (FileAttachment(f"Notiz {index}.txt", "text/plain", note * 20),)
