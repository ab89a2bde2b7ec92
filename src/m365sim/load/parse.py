"""One MIME message, however damaged, as what somebody wrote.

Source: RFC 5322, RFC 2045-2049, RFC 2387 (related), RFC 2392 (cid), RFC 3676 is not reflowed.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from email.message import Message as MimeMessage
from email.policy import Compat32

from m365sim.load.words import addresses, decoded, header_text, instant
from m365sim.world.compose import Written, content_of
from m365sim.world.content import Address, Attachment, FileAttachment, ItemAttachment
from m365sim.world.conversations import message_ids
from m365sim.world.damage import DAMAGED, parts_of

_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
}
MAX_DEPTH = 20


class _RawHeaders(Compat32):
    """The standard library's tolerant rules, but header octets beyond ASCII come as they were sent."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


_RAW = _RawHeaders()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message read from a file. ``received_s`` is None when no header gives an instant."""

    written: Written
    received_s: int | None


@dataclass(slots=True)
class _Parts:
    text: str | None = None
    html: str | None = None
    attachments: list[Attachment] = field(default_factory=list)


def written_from_mime(octets: bytes, depth: int = 0) -> Parsed:
    """Read a message. The body is the HTML form if there is one, else the text form, else empty."""
    return _parsed(parts_of(octets, _RAW), octets, depth)


def _parsed(mime: MimeMessage, octets: bytes, depth: int) -> Parsed:
    parts = _Parts()
    _collect(mime, parts, depth, in_related=False)
    is_html = parts.html is not None
    body = (parts.html if is_html else parts.text) or ""
    sent_s, received_s = instant(mime.get("Date")), _received(mime)
    senders = addresses(mime.get_all("Sender", []))
    from_ = addresses(mime.get_all("From", []))
    references = message_ids(" ".join(str(v) for v in mime.get_all("References", [])))
    answered = message_ids(" ".join(str(v) for v in mime.get_all("In-Reply-To", [])))
    written = Written(
        message_id=_message_id(mime),
        subject=header_text(mime.get("Subject", "")),
        body=body,
        is_html=is_html,
        sent_s=sent_s if sent_s is not None else received_s or 0,
        sender=_first(senders) or _first(from_),
        from_=_first(from_) or _first(senders),
        to=addresses(mime.get_all("To", [])),
        cc=addresses(mime.get_all("Cc", [])),
        bcc=addresses(mime.get_all("Bcc", [])),
        reply_to=addresses(mime.get_all("Reply-To", [])),
        headers=tuple((header_text(n), header_text(v)) for n, v in mime.items()),
        attachments=tuple(_inlined(parts)),
        references=tuple(dict.fromkeys((*references, *answered))),
        mime=octets,
        conversation_index=_thread_index(mime),
    )
    return Parsed(written, received_s if received_s is not None else sent_s)


def _first(found: tuple[Address, ...]) -> Address | None:
    return found[0] if found else None


def _message_id(mime: MimeMessage) -> str:
    text = header_text(mime.get("Message-ID", ""))
    found = message_ids(text)
    return found[0] if found else text


def _thread_index(mime: MimeMessage) -> bytes:
    """Where Outlook says the message stands in its conversation; empty without a usable header.

    Source: [MS-OXOMSG] "PidTagConversationIndex" (22 octets, and five for each answer).
    """
    try:
        index = b64decode(header_text(mime.get("Thread-Index", "")), validate=True)
    except (Base64Error, ValueError):
        return b""
    return index if len(index) >= 22 and len(index) % 5 == 2 else b""


def _received(mime: MimeMessage) -> int | None:
    for value in mime.get_all("Received", []):
        found = instant(str(value).rpartition(";")[2])
        if found is not None:
            return found
    return None


def _collect(part: MimeMessage, parts: _Parts, depth: int, *, in_related: bool) -> None:
    kind = part.get_content_type()
    if kind == "message/rfc822":
        parts.attachments.append(_item(part, depth))
    elif part.is_multipart():
        for child in part.get_payload():
            if isinstance(child, MimeMessage):
                _collect(child, parts, depth, in_related=in_related or kind == "multipart/related")
    else:
        _leaf(part, kind, parts, in_related=in_related)


def _leaf(part: MimeMessage, kind: str, parts: _Parts, *, in_related: bool) -> None:
    octets = _octets(part)
    if kind.startswith("multipart/"):  # announced, but without a single boundary: it is the text itself
        kind = "text/plain"
    is_attached = _disposition(part) == "attachment" or _filename(part) is not None
    if not is_attached and kind == "text/html" and parts.html is None:
        parts.html = _text(part, octets)
    elif not is_attached and kind == "text/plain" and parts.text is None and parts.html is None:
        parts.text = _text(part, octets)
    elif not is_attached and kind == "text/plain" and not octets.strip():
        return  # empty closing parts of mailing lists
    else:
        parts.attachments.append(_file(part, kind, octets, len(parts.attachments), in_related=in_related))


def _octets(part: MimeMessage) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except DAMAGED:
        payload = None
    if isinstance(payload, bytes):
        return payload
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def _text(part: MimeMessage, octets: bytes) -> str:
    try:
        charset = part.get_content_charset()
    except DAMAGED:
        charset = None
    return decoded(octets, charset).replace("\x00", "")


def _disposition(part: MimeMessage) -> str:
    try:
        return part.get_content_disposition() or ""
    except DAMAGED:
        return ""


def _filename(part: MimeMessage) -> str | None:
    try:
        name = part.get_filename()
    except DAMAGED:
        name = None
    shown = header_text(name) if name else ""
    return re.sub(r"[\r\n\x00]", "", shown) or None


def _file(part: MimeMessage, kind: str, octets: bytes, index: int, *, in_related: bool) -> FileAttachment:
    content_id = header_text(part.get("Content-ID", "")).strip().strip("<>") or None
    is_shown = in_related or _disposition(part) == "inline" or kind.startswith("image/")
    name = _filename(part) or f"attachment-{index + 1}{_EXTENSIONS.get(kind, '.bin')}"
    return FileAttachment(name, kind, octets, content_id, is_inline=bool(content_id) and is_shown)


def _item(part: MimeMessage, depth: int) -> Attachment:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(inner, MimeMessage) or depth >= MAX_DEPTH:
        return FileAttachment(_filename(part) or "message.eml", "message/rfc822", _octets(part))
    octets = _flat(inner)
    parsed = _parsed(inner, octets, depth + 1)
    name = _filename(part) or parsed.written.subject or "message"
    return ItemAttachment(name.removesuffix(".eml"), content_of(parsed.written, {}))


def _flat(inner: MimeMessage) -> bytes:
    try:
        return inner.as_bytes()
    except DAMAGED:
        return str(inner.get_payload()).encode("utf-8", "replace")


def _inlined(parts: _Parts) -> list[Attachment]:
    """Only what the HTML body really shows by ``cid:`` counts as inline."""
    shown = parts.html or ""
    return [_as_shown(a, shown) if isinstance(a, FileAttachment) else a for a in parts.attachments]


def _as_shown(attachment: FileAttachment, html: str) -> FileAttachment:
    is_inline = bool(attachment.content_id) and f"cid:{attachment.content_id}" in html
    if is_inline == attachment.is_inline:
        return attachment
    return FileAttachment(
        attachment.name, attachment.content_type, attachment.content, attachment.content_id, is_inline
    )
