"""Mail by the hundred thousand: every message derived on demand from (seed, index), nothing held as text.

The messages are plain but plausible office mail: several senders, threads of three, HTML of one to three
kilobytes, a small note attached to every seventeenth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from msgspec import Struct

from m365sim.world import conversations
from m365sim.world.compose import size_of
from m365sim.world.content import Address, Attachment, Content, FileAttachment

_FIRST = ("Anna", "Jonas", "Marlene", "Oliver", "Sofia", "Tim", "Ümit", "Zoë", "Karl-Heinz", "Priya")
_LAST = ("Becker", "Schröder", "Weiß", "Lange", "O'Neill", "Krüger", "Yılmaz", "Hartmann", "Vogt", "Shah")
_NAMES = tuple(f"{first} {last}" for last in _LAST for first in _FIRST)
_ADDRESSES = tuple(f"person{number}@kunden.example" for number in range(997))
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
        """Make the content; about ten microseconds, or none when it was asked for a moment ago."""
        return _content(self)

    def traits(self) -> Traits:
        """What sets it apart, for those who need not all of its content."""
        stirred = mix(self.seed, self.index)
        depth = self.index % THREAD
        return Traits(
            self,
            str(self.index),
            _thread(self.seed, self.index - depth),
            depth,
            _page(stirred // 100 % 8, 8 + stirred % 9, _FIRST[stirred % 10]),
            _ADDRESSES[stirred % len(_ADDRESSES)],
            _NAMES[stirred % len(_NAMES)],
        )

    @property
    def has_note(self) -> bool:
        """Whether something is attached."""
        return self.index % _NOTE_EVERY == 0


class Traits(Struct, gc=False):
    """What sets one derived message apart from the others, before it is put into words.

    ``digits`` are its index, ``depth`` is its place in its thread; ``address`` and ``name`` are the sender's.
    """

    item: BulkItem
    digits: str
    thread: Thread
    depth: int
    page: Page
    address: str
    name: str

    def subject(self) -> str:
        """The thread's subject, marked in answers."""
        return self.thread.answer if self.depth else self.thread.subject

    def message_id(self) -> str:
        """The internet message id."""
        return f"<bulk.{self.item.seed}.{self.digits}@kunden.example>"

    def preview(self) -> str:
        """How the text begins: never more than a preview may have, for no run has messages enough."""
        return self.digits.join(self.page.preview)

    def conversation_index(self) -> bytes:
        """MAPI's octets."""
        key = self.thread.key
        return conversations.head(key, self.item.sent_s) + _steps(key)[: self.depth * conversations.STEP_SIZE]

    def size(self) -> int:
        """In octets, with what is attached."""
        index = self.item.index
        attached = _BARE if index % _NOTE_EVERY else size_of("", _attachments(index))
        return self.page.octets + self.page.numbers * len(self.digits) + attached


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
    traits = item.traits()
    sender = Address(traits.address, traits.name)
    return Content(
        message_id=traits.message_id(),
        subject=traits.subject(),
        sender=sender,
        from_=sender,
        to=recipients(item.address),
        cc=(),
        bcc=(),
        reply_to=(),
        body=traits.digits.join(traits.page.body),
        is_html=True,
        preview=traits.preview(),
        sent_s=item.sent_s,
        size=traits.size(),
        conversation=traits.thread.key,
        conversation_index=traits.conversation_index(),
        headers=_headers(item.seed, item.index, traits.depth),
        attachments=_attachments(item.index),
        is_harmless=True,
    )


class Thread(NamedTuple):
    """What the messages of a thread share; ``answer`` is the subject of all but the first."""

    key: bytes
    subject: str
    answer: str


@lru_cache(maxsize=1024)
def _thread(seed: int, root: int) -> Thread:
    """A thread by its first message. Its messages are mostly asked for together."""
    subject = _SUBJECTS[mix(seed, root) % 7].format(n=root)
    return Thread(conversations.key_of(f"bulk/{seed}/{root}"), subject, f"Re: {subject}")


@lru_cache(maxsize=1024)
def _steps(key: bytes) -> bytes:
    """What the answers of a thread add to its conversation index, one after the other."""
    return conversations.steps(key, THREAD - 1)


def _headers(seed: int, index: int, depth: int) -> tuple[tuple[str, str], ...]:
    """What an answer says of the messages before it."""
    if not depth:
        return ()
    before = [f"<bulk.{seed}.{index - depth + n}@kunden.example>" for n in range(depth)]
    return (("In-Reply-To", before[-1]), ("References", " ".join(before)))


@lru_cache(maxsize=1024)
def recipients(address: str) -> tuple[Address]:
    """To whom the derived mail of a mailbox is addressed."""
    return (Address(address),)


_NUMBER = "\0"
"""Stands in a page for the message's number."""


class Page(Struct, frozen=True, eq=False):
    """What all messages of one shape say: the body, and its beginning as text, each cut where a message's
    number stands. The body has so many ``numbers``, and so many ``octets`` without them.
    """

    body: tuple[str, ...]
    preview: tuple[str, ...]
    numbers: int
    octets: int


@cache
def _page(start: int, lines: int, name: str) -> Page:
    """The page of so many sentences from one on, signed with a first name; there are 720."""
    said = [f"{_SENTENCES[(start + n) % 8]} ({_NUMBER}/{n})" for n in range(lines)]
    body = _BETWEEN.join((_TOP, *said, f"Viele Grüße<br>{name}</p></body></html>"))
    preview = f"Hallo, {said[0]} {said[1]} {said[2]}"
    octets = len(body.replace(_NUMBER, "").encode())
    return Page(tuple(body.split(_NUMBER)), tuple(preview.split(_NUMBER)), body.count(_NUMBER), octets)


def _attachments(index: int) -> tuple[Attachment, ...]:
    if index % _NOTE_EVERY:
        return ()
    note = f"Notiz zu Vorgang {index}\r\n".encode()
    return (FileAttachment(f"Notiz {index}.txt", "text/plain", note * 20),)
