"""What a message's header tells as properties of its own, and which of these the stored facts do not tell.

The facts are made for lists, searches and threads: an instant in UTC, one
Message-ID, a subject that is a text in any case. What the header says beyond
that is noted beside them, so that no list has to look at octets.

Source: RFC 8621 §4.1.2, §4.1.3.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from poststelle.mime.fields import Field, HeaderProperty
from poststelle.mime.html_text import Check, unasked
from poststelle.model.message import Address

# The properties that stand for a field in one of its forms. Source: RFC 8621 §4.1.2.3.
CONVENIENT: Mapping[str, HeaderProperty] = {
    "messageId": HeaderProperty("Message-ID", "MessageIds", is_all=False),
    "inReplyTo": HeaderProperty("In-Reply-To", "MessageIds", is_all=False),
    "references": HeaderProperty("References", "MessageIds", is_all=False),
    "sender": HeaderProperty("Sender", "Addresses", is_all=False),
    "from": HeaderProperty("From", "Addresses", is_all=False),
    "to": HeaderProperty("To", "Addresses", is_all=False),
    "cc": HeaderProperty("Cc", "Addresses", is_all=False),
    "bcc": HeaderProperty("Bcc", "Addresses", is_all=False),
    "replyTo": HeaderProperty("Reply-To", "Addresses", is_all=False),
    "subject": HeaderProperty("Subject", "Text", is_all=False),
    "sentAt": HeaderProperty("Date", "Date", is_all=False),
}
_FIELDS = {name: asked.name.lower() for name, asked in CONVENIENT.items()}
OCTETS = False
"""Stands for a value that is too large to be noted: the octets alone tell it."""
_LONGEST = 2_000  # octets of a value that is noted
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")


class Facts(Protocol):
    """What is stored of a header."""

    @property
    def internet_message_id(self) -> str | None: ...
    @property
    def in_reply_to(self) -> tuple[str, ...] | None: ...
    @property
    def references(self) -> tuple[str, ...] | None: ...
    @property
    def sender(self) -> tuple[Address, ...]: ...
    @property
    def from_(self) -> tuple[Address, ...]: ...
    @property
    def to(self) -> tuple[Address, ...]: ...
    @property
    def cc(self) -> tuple[Address, ...]: ...
    @property
    def bcc(self) -> tuple[Address, ...]: ...
    @property
    def reply_to(self) -> tuple[Address, ...]: ...
    @property
    def subject(self) -> str: ...
    @property
    def sent_at(self) -> datetime | None: ...


BY_FACTS: Mapping[str, Callable[[Facts], Any]] = {
    "messageId": lambda f: _message_ids(f.internet_message_id),
    "inReplyTo": lambda f: list(f.in_reply_to or ()) or None,
    "references": lambda f: list(f.references or ()) or None,
    # A provider names one always; a header does where it is another than the author. Source: RFC 5322 §3.6.2.
    "sender": lambda f: None if f.sender == f.from_ else _addresses(f.sender),
    "from": lambda f: _addresses(f.from_),
    "to": lambda f: _addresses(f.to),
    "cc": lambda f: _addresses(f.cc),
    "bcc": lambda f: _addresses(f.bcc),
    "replyTo": lambda f: _addresses(f.reply_to),
    "subject": lambda f: f.subject,
    "sentAt": lambda f: None if f.sent_at is None else utc_text(f.sent_at),
}
"""The same properties as the facts tell them."""


def utc_text(at: datetime) -> str:
    """A UTCDate: no fraction when it is zero. Source: RFC 8620 §1.4."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="seconds")[:19] + "Z"


def last_of_each(fields: Sequence[Field]) -> dict[str, Field]:
    """By name in small letters: of fields of one name the last counts. Source: RFC 8621 §4.1.3."""
    return {field.name.lower(): field for field in fields}


def by_header(header: Mapping[str, Field], check: Check = unasked) -> dict[str, Any]:
    """Each of the properties as the header tells it: ``last_of_each``. ``check`` is asked again and again."""
    return {
        name: None if (field := header.get(lower)) is None else CONVENIENT[name].of(field, check)
        for name, lower in _FIELDS.items()
    }


def unsaid(told: Mapping[str, Any], facts: Facts) -> str:
    """The properties that these facts do not tell as the header does: JSON, read by ``noted``."""
    return _noted({name: value for name, value in told.items() if BY_FACTS[name](facts) != value})


def noted(text: str | None) -> Mapping[str, Any]:
    """What was noted, by property; ``OCTETS`` for what is not."""
    return _NOTED.decode(text) if text is not None and text != _NOTHING else {}


_NOTED = msgspec.json.Decoder(dict[str, Any])
_NOTHING = "{}"


def _noted(values: Mapping[str, Any]) -> str:
    if not values:
        return _NOTHING
    parts = {name: msgspec.json.encode(value) for name, value in values.items()}
    kept = {n: msgspec.Raw(p) if len(p) <= _LONGEST else OCTETS for n, p in parts.items()}
    return msgspec.json.encode(kept).decode()


def _message_ids(header: str | None) -> list[str] | None:
    """Without the angle brackets. Source: RFC 8621 §4.1.2.5."""
    found = _MESSAGE_ID.findall(header or "")
    return found or ([header.strip()] if header and header.strip() else None)


def _addresses(addresses: Sequence[Address]) -> list[dict[str, str | None]] | None:
    return [{"name": a.name or None, "email": a.email} for a in addresses] or None
