"""A message: one immutable part and its mutable keywords, categories, importance and folder.

Structs, not dataclasses: a mailbox is read by the hundred thousand, and these are made four times as fast.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from msgspec import Struct

from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId, ThreadId

SEEN, FLAGGED, DRAFT, ANSWERED, FORWARDED = "$seen", "$flagged", "$draft", "$answered", "$forwarded"


# Source: RFC 8621 §4.1.1; RFC 3501 §9 (ATOM-CHAR).
_KEYWORD = re.compile(r"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]{1,255}")


LONGEST_CATEGORY = 255
"""Characters of a category's name."""


def is_keyword(text: str) -> bool:
    """Whether a message may have such a keyword."""
    return _KEYWORD.fullmatch(text) is not None


def as_keyword(category: str) -> str | None:
    """The keyword that a category is, if its name is that of one; ``$…`` are JMAP's own."""
    name = category.lower()
    return name if is_keyword(name) and not name.startswith("$") else None


def alike(category: str) -> str:
    """The name with small letters for capitals: names that are alike in that are one category.

    Letter by letter, as a database can do it; one without another form of its own (``ß``) stays.
    """
    return "".join(map(_small, category))


def capitals(category: str) -> dict[str, str]:
    """The capitals beyond A-Z that a name may be written with, and what they are in ``alike``."""
    letters = {letter for letter in alike(category) if not letter.isascii()}
    return {
        letter.upper(): letter
        for letter in sorted(letters)
        if _small(letter.upper()) == letter != letter.upper()
    }


def _small(letter: str) -> str:
    small = letter.lower()
    return small if len(letter) == len(small) == 1 and small.upper() == letter else letter


def is_label(keyword: str) -> bool:
    """Whether a keyword can be a category."""
    return as_keyword(keyword) == keyword


class Importance(IntEnum):
    LOW = 0
    NORMAL = 1
    HIGH = 2


class EventKind(StrEnum):
    """What a message about a meeting is: it asks to one, answers, or tells of it (called off, say)."""

    REQUEST = "request"
    RESPONSE = "response"
    NEWS = "news"


class Receipt(StrEnum):
    """A message asks for a read receipt; one was sent, or is not to be sent. Source: RFC 8098 §2.1."""

    ASKED = "asked"
    SENT = "sent"
    DECLINED = "declined"


class Address(Struct, frozen=True, gc=False, array_like=True):
    """A display name (may be empty) and an address (may be empty too: real mail has both).

    As JSON the two, in this order.
    """

    name: str
    email: str


class Mutable(Struct, frozen=True, gc=False):
    """What may change in a stored message without making it another one.

    ``categories`` keep the provider's order and letter case. ``due_at`` is a
    follow-up's due date. ``is_other``: the provider sorts it out of what it takes for important
    (Outlook's "Other" beside "Focused"). ``keywords`` are those that have no field of their
    own, in small letters, sorted; internal mailboxes alone keep such.
    """

    is_seen: bool = False
    is_flagged: bool = False
    is_draft: bool = False
    is_answered: bool = False
    is_forwarded: bool = False
    importance: Importance = Importance.NORMAL
    categories: tuple[str, ...] = ()
    due_at: datetime | None = None
    is_other: bool = False
    keywords: tuple[str, ...] = ()


def keywords_of(mutable: Mutable) -> frozenset[str]:
    """All keywords that are set: categories are some too where their names allow it."""
    flags = {
        SEEN: mutable.is_seen,
        FLAGGED: mutable.is_flagged,
        DRAFT: mutable.is_draft,
        ANSWERED: mutable.is_answered,
        FORWARDED: mutable.is_forwarded,
    }
    named = {keyword for category in mutable.categories if (keyword := as_keyword(category)) is not None}
    return frozenset(keyword for keyword, is_set in flags.items() if is_set).union(mutable.keywords, named)


def labelled(categories: tuple[str, ...], labels: Mapping[str, bool]) -> tuple[str, ...]:
    """The categories with (True) and without (False) those that are these keywords."""
    kept = tuple(one for one in categories if labels.get(as_keyword(one) or "", True))
    known = {as_keyword(one) for one in kept}
    return (*kept, *(label for label in sorted(labels) if labels[label] and label not in known))


class Message(Struct, frozen=True, gc=False):
    """A stored message without its body. ``size`` is in octets and never changes once told.

    ``in_reply_to`` and ``references`` are Message-IDs without angle brackets; None: the provider does not
    tell them. ``event``: it is about a meeting. ``receipt`` None: it asks for none. ``header_told``: what the
    header says beyond these facts (``mime.header_told``); None: not known, or the provider's facts count.
    """

    account_id: AccountId
    id: MessageId
    remote_id: RemoteId
    thread_id: ThreadId
    folder_ids: tuple[FolderId, ...]
    received_at: datetime
    sent_at: datetime | None
    internet_message_id: str | None
    subject: str
    preview: str
    from_: tuple[Address, ...]
    sender: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    has_attachment: bool
    size: int
    mutable: Mutable
    in_reply_to: tuple[str, ...] | None = None
    references: tuple[str, ...] | None = None
    event: EventKind | None = None
    receipt: Receipt | None = None
    header_told: str | None = None


class Body(Struct, frozen=True, gc=False):
    """A message's text as the provider gave it: ``text/html`` or ``text/plain``, decoded."""

    content_type: str
    content: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment of a stored message; ``position`` is its number in the message, from 0.

    ``kind`` is ``file``, ``item`` (a message, contact or event inside) or
    ``reference`` (a link to a cloud file, without bytes here).
    """

    position: int
    remote_id: RemoteId
    name: str
    content_type: str
    size: int
    content_id: str | None
    is_inline: bool
    kind: str
