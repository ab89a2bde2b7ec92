"""A stored message as a JMAP Email. Source: RFC 8621 §4.1.

Microsoft gives the text as one HTML or plain part and the attachments as a
list; without the message's octets ``bodyStructure`` shows the tree that
those parts make. What the octets tell comes ready with the message (``told``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from poststelle.http.jmap import headers
from poststelle.http.jmap.body_options import (
    BODY_PROPERTIES,
    DEFAULT_PART_PROPERTIES,
    BodyOptions,
    value_json,
)
from poststelle.http.jmap.ids import BlobRef, blob_text, folder_text, message_text, thread_text
from poststelle.mime import media_type, written_head
from poststelle.mime.fields import Field
from poststelle.mime.header_told import BY_FACTS, utc_text
from poststelle.model.draft import Draft
from poststelle.model.message import Attachment, Body, Message, Mutable, keywords_of

VENDOR_PROPERTIES = (
    "poststelle:categories",
    "poststelle:importance",
    "poststelle:dueAt",
    "poststelle:isComplete",
    "poststelle:isOther",
    "poststelle:event",
    "poststelle:receipt",
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A message with what was asked for besides: its text, and its attachments (None: not listed yet).

    ``told``: properties that its octets tell, by name.
    """

    message: Message
    body: Body | None = None
    draft: Draft | None = None
    attachments: Sequence[Attachment] | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


def keywords(message: Message) -> dict[str, bool]:
    """The set keywords. Source: RFC 8621 §4.1.1."""
    return dict.fromkeys(_sorted_keywords(message.mutable), True)


@lru_cache(maxsize=1_000)
def _sorted_keywords(mutable: Mutable) -> tuple[str, ...]:
    """Most messages have one of a few sets of marks."""
    return tuple(sorted(keywords_of(mutable)))


DRAFT_PROPERTIES = frozenset({"inReplyTo", "references"})
_SIMPLE: Mapping[str, Callable[[Message], Any]] = {
    "id": lambda m: message_text(m.id),
    "blobId": lambda m: blob_text(BlobRef(m.id, None)),
    "threadId": lambda m: thread_text(m.thread_id),
    "mailboxIds": lambda m: {folder_text(f): True for f in m.folder_ids},
    "keywords": keywords,
    "size": lambda m: m.size,
    "receivedAt": lambda m: utc_text(m.received_at),
    **{name: told for name, told in BY_FACTS.items() if name not in DRAFT_PROPERTIES},
    "hasAttachment": lambda m: m.has_attachment,
    "preview": lambda m: m.preview,
    "poststelle:categories": lambda m: list(m.mutable.categories),
    "poststelle:importance": lambda m: m.mutable.importance.name.lower(),
    "poststelle:dueAt": lambda m: None if m.mutable.due_at is None else utc_text(m.mutable.due_at),
    "poststelle:isOther": lambda m: m.mutable.is_other,
    "poststelle:event": lambda m: m.event,
    "poststelle:receipt": lambda m: m.receipt,
}
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
        if name in loaded.told:
            result[name] = loaded.told[name]
        else:
            simple = _SIMPLE.get(name)
            result[name] = simple(loaded.message) if simple else _body_property(name, loaded, options)
    return result


def extent(told: Mapping[str, Any]) -> int:
    """About how many values an Email has: people, parts and header fields may be very many."""
    count = len(told)
    for value in told.values():
        several = value.get("subParts") if type(value) is dict else value
        if several and type(several) is list:
            count += len(several) * (len(several[0]) if isinstance(several[0], dict) else 1) - 1
    return count


def known_fields(loaded: Loaded) -> tuple[Field, ...]:
    """The header that the stored facts amount to: of a draft, and where Microsoft gives no other."""
    m, draft = loaded.message, loaded.draft
    people = [
        ("From", m.from_), ("Sender", () if m.sender == m.from_ else m.sender), ("To", m.to), ("Cc", m.cc),
        ("Bcc", m.bcc), ("Reply-To", m.reply_to),
    ]  # fmt: skip
    texts = [
        ("Subject", m.subject),
        ("Date", written_head.date(m.sent_at)),
        ("Message-ID", m.internet_message_id),
        ("In-Reply-To", _bracketed(m.in_reply_to, draft.in_reply_to if draft else ())),
        ("References", _bracketed(m.references, draft.references if draft else ())),
    ]
    told = [(name, [(a.name, a.email) for a in addresses]) for name, addresses in people]
    return written_head.fields(told, texts)


def _bracketed(told: Sequence[str] | None, written: Sequence[str]) -> str | None:
    """As a field holds them; None for no field."""
    names = written if told is None else told
    return " ".join(f"<{name.strip('<>')}>" for name in names) or None


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
    mixed = dict.fromkeys(DEFAULT_PART_PROPERTIES) | {"size": 0, "type": "multipart/mixed"}
    return _only(mixed, options) | {"subParts": parts}


def _only(part: dict[str, Any], options: BodyOptions) -> dict[str, Any]:
    fields = _part_fields(part) if options.has_part_headers else ()
    return {
        name: headers.value(name, fields) if headers.is_header(name) else part.get(name)
        for name in options.part_properties
    }


def _part_fields(part: dict[str, Any]) -> tuple[Field, ...]:
    """The header that the known facts of a part amount to."""
    charset, cid = part["charset"], part["cid"]
    texts = [
        ("Content-Type", part["type"] + (f"; charset={charset}" if charset else "")),
        ("Content-Disposition", part["disposition"]),
        ("Content-ID", f"<{cid}>" if cid else None),
    ]
    return written_head.fields((), texts)


def _body_values(loaded: Loaded, options: BodyOptions) -> dict[str, Any]:
    if not (options.fetch_text or options.fetch_html or options.fetch_all):
        return {}
    text = loaded.body.content if loaded.body else ""
    type_ = loaded.body.content_type if loaded.body else "text/plain"
    return {"t": value_json(text, type_, options, is_whole=True)}
