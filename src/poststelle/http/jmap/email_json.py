"""A stored message as a JMAP Email. Source: RFC 8621 §4.1.

Microsoft gives the text as one HTML or plain part and the attachments as a
list; the original MIME tree is not known, so ``bodyStructure`` shows the tree
that
those parts make. ``inReplyTo`` and ``references`` are held of our own drafts, and in internal mailboxes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from poststelle.http.jmap.ids import BlobRef, blob_text, folder_text, message_text, thread_text
from poststelle.mime import media_type
from poststelle.model.draft import Draft
from poststelle.model.message import Address, Attachment, Body, Message, keywords_of

VENDOR_PROPERTIES = (
    "poststelle:categories",
    "poststelle:importance",
    "poststelle:dueAt",
    "poststelle:isComplete",
)
BODY_PROPERTIES = frozenset({"bodyValues", "textBody", "htmlBody", "attachments", "bodyStructure"})
_DEFAULT_PART_PROPERTIES = (
    "partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location",
)  # fmt: skip
PART_PROPERTIES = frozenset({*_DEFAULT_PART_PROPERTIES, "subParts"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """A message with what was asked for besides: its text, and its attachments (None: not listed yet)."""

    message: Message
    body: Body | None = None
    draft: Draft | None = None
    attachments: Sequence[Attachment] | None = None


@dataclass(frozen=True, slots=True)
class BodyOptions:
    """The further arguments of Email/get. Source: RFC 8621 §4.2."""

    part_properties: Sequence[str] = _DEFAULT_PART_PROPERTIES
    fetch_text: bool = False
    fetch_html: bool = False
    fetch_all: bool = False
    max_octets: int = 0


def keywords(message: Message) -> dict[str, bool]:
    """The set keywords. Source: RFC 8621 §4.1.1."""
    return dict.fromkeys(sorted(keywords_of(message.mutable)), True)


_SIMPLE: Mapping[str, Callable[[Message], Any]] = {
    "id": lambda m: message_text(m.id),
    "blobId": lambda m: blob_text(BlobRef(m.id, None)),
    "threadId": lambda m: thread_text(m.thread_id),
    "mailboxIds": lambda m: {folder_text(f): True for f in m.folder_ids},
    "keywords": keywords,
    "size": lambda m: m.size,
    "receivedAt": lambda m: utc_text(m.received_at),
    "messageId": lambda m: _message_ids(m.internet_message_id),
    "sender": lambda m: _addresses(m.sender),
    "from": lambda m: _addresses(m.from_),
    "to": lambda m: _addresses(m.to),
    "cc": lambda m: _addresses(m.cc),
    "bcc": lambda m: _addresses(m.bcc),
    "replyTo": lambda m: _addresses(m.reply_to),
    "subject": lambda m: m.subject,
    "sentAt": lambda m: None if m.sent_at is None else utc_text(m.sent_at),
    "hasAttachment": lambda m: m.has_attachment,
    "preview": lambda m: m.preview,
    "poststelle:categories": lambda m: list(m.mutable.categories),
    "poststelle:importance": lambda m: m.mutable.importance.name.lower(),
    "poststelle:dueAt": lambda m: None if m.mutable.due_at is None else utc_text(m.mutable.due_at),
}
DRAFT_PROPERTIES = frozenset({"inReplyTo", "references"})
PROPERTIES = frozenset(_SIMPLE) | BODY_PROPERTIES | DRAFT_PROPERTIES | frozenset(VENDOR_PROPERTIES)
DEFAULT_PROPERTIES = (
    "id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt", "messageId", "inReplyTo",
    "references", "sender", "from", "to", "cc", "bcc", "replyTo", "subject", "sentAt", "hasAttachment",
    "preview", "bodyValues", "textBody", "htmlBody", "attachments",
)  # fmt: skip


def email_json(loaded: Loaded, properties: Sequence[str], options: BodyOptions) -> dict[str, Any]:
    """The asked-for properties; ``id`` always."""
    result: dict[str, Any] = {"id": message_text(loaded.message.id)}
    for name in properties:
        simple = _SIMPLE.get(name)
        result[name] = simple(loaded.message) if simple else _body_property(name, loaded, options)
    return result


def _body_property(name: str, loaded: Loaded, options: BodyOptions) -> Any:
    match name:
        case "textBody" | "htmlBody":
            return [_text_part(loaded, options)]
        case "attachments":
            return [_attachment_part(loaded.message, a, options) for a in loaded.attachments or ()]
        case "bodyStructure":
            return _structure(loaded, options)
        case "inReplyTo":
            return _named(loaded.message.in_reply_to, loaded.draft.in_reply_to if loaded.draft else ())
        case "references":
            return _named(loaded.message.references, loaded.draft.references if loaded.draft else ())
        case "poststelle:isComplete":
            return loaded.attachments is not None
        case _:
            return _body_values(loaded, options)


def _named(told: Sequence[str] | None, written: Sequence[str]) -> list[str] | None:
    """Message-IDs as the message holds them, else as we wrote them into our draft."""
    return list(written if told is None else told) or None


def utc_text(at: datetime) -> str:
    """A UTCDate: no fraction when it is zero. Source: RFC 8620 §1.4."""
    return at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def _message_ids(header: str | None) -> list[str] | None:
    """Without the angle brackets. Source: RFC 8621 §4.1.2.5."""
    found = re.findall(r"<([^<>\s]+)>", header or "")
    return found or ([header.strip()] if header and header.strip() else None)


def _addresses(addresses: Sequence[Address]) -> list[dict[str, str | None]] | None:
    return [{"name": a.name or None, "email": a.email} for a in addresses] or None


def _body_octets(loaded: Loaded) -> bytes:
    return loaded.body.content.encode() if loaded.body else b""


def _text_part(loaded: Loaded, options: BodyOptions) -> dict[str, Any]:
    part = {
        "partId": "t",
        "blobId": blob_text(BlobRef(loaded.message.id, "t")),
        "size": len(_body_octets(loaded)),
        "name": None,
        "type": loaded.body.content_type if loaded.body else "text/plain",
        "charset": "utf-8",
        "disposition": None,
        "cid": None,
        "language": None,
        "location": None,
    }
    return _only(part, options)


def _attachment_part(message: Message, attachment: Attachment, options: BodyOptions) -> dict[str, Any]:
    has_octets = attachment.kind != "reference"
    type_, charset = media_type.split(attachment.content_type)
    part = {
        "partId": f"a{attachment.position}",
        "blobId": blob_text(BlobRef(message.id, attachment.position)) if has_octets else None,
        "size": attachment.size,
        "name": attachment.name or None,
        "type": "message/rfc822" if attachment.kind == "item" else type_,
        "charset": charset if type_.startswith("text/") else None,
        "disposition": "inline" if attachment.is_inline else "attachment",
        "cid": attachment.content_id,
        "language": None,
        "location": None,
    }
    return _only(part, options)


def _structure(loaded: Loaded, options: BodyOptions) -> dict[str, Any]:
    text = _text_part(loaded, options)
    if not loaded.attachments:
        return text
    parts = [text, *(_attachment_part(loaded.message, a, options) for a in loaded.attachments)]
    mixed = dict.fromkeys(_DEFAULT_PART_PROPERTIES) | {"size": 0, "type": "multipart/mixed"}
    return _only(mixed, options) | {"subParts": parts}


def _only(part: dict[str, Any], options: BodyOptions) -> dict[str, Any]:
    return {name: part[name] for name in options.part_properties if name in part}


def _body_values(loaded: Loaded, options: BodyOptions) -> dict[str, Any]:
    if not (options.fetch_text or options.fetch_html or options.fetch_all):
        return {}
    octets = _body_octets(loaded)
    is_truncated = 0 < options.max_octets < len(octets)
    if is_truncated:
        octets = octets[: options.max_octets]
    return {
        "t": {
            # A cut inside a character loses that character, as RFC 8621 §4.2 asks.
            "value": octets.decode(errors="ignore"),
            "isEncodingProblem": False,
            "isTruncated": is_truncated,
        }
    }
