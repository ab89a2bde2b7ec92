"""Make content: the derived parts (preview, size, conversation) from what somebody wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from m365sim.world import conversations
from m365sim.world.content import (
    Address,
    Attachment,
    Content,
    FileAttachment,
    ItemAttachment,
    ReferenceAttachment,
)
from m365sim.world.instants import to_seconds
from m365sim.world.seedtypes import SeedAttachment, SeedItemAttachment, SeedMessage
from m365sim.world.text import html_to_text, one_line, preview

_HEADER_OCTETS = 600


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote, before the mailbox adds what it derives. ``body`` is HTML if ``is_html``."""

    message_id: str
    subject: str
    body: str
    is_html: bool
    sent_s: int
    sender: Address | None = None
    from_: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    references: tuple[str, ...] = ()
    mime: bytes | None = None
    conversation_index: bytes = b""


def written_of(content: Content) -> Written:
    """What somebody wrote, from the content that was made of it."""
    return Written(
        message_id=content.message_id,
        subject=content.subject,
        body=content.body,
        is_html=content.is_html,
        sent_s=content.sent_s,
        sender=content.sender,
        from_=content.from_,
        to=content.to,
        cc=content.cc,
        bcc=content.bcc,
        reply_to=content.reply_to,
        headers=content.headers,
        attachments=content.attachments,
        references=references_of(content.headers),
        mime=content.mime,
        conversation_index=content.conversation_index,
    )


def references_of(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The message ids that headers refer to, oldest first."""
    named = {name.lower(): value for name, value in headers}
    found = (*conversations.message_ids(named.get("references", "")),)
    return tuple(dict.fromkeys((*found, *conversations.message_ids(named.get("in-reply-to", "")))))


def content_of(written: Written, known: Mapping[str, bytes], conversation: bytes | None = None) -> Content:
    """The content of a message in a mailbox that knows these conversations (by message id).

    What stands in headers is kept on one line: a line break in a subject or a name would be the beginning of
    another header for whoever writes them down.
    """
    written = _in_lines(written)
    index = written.conversation_index
    key = conversation or conversations.find(
        known, written.message_id, written.references, written.subject, index
    )
    shown = html_to_text(written.body) if written.is_html else written.body
    return Content(
        message_id=written.message_id,
        subject=written.subject,
        sender=written.sender,
        from_=written.from_,
        to=written.to,
        cc=written.cc,
        bcc=written.bcc,
        reply_to=written.reply_to,
        body=written.body,
        is_html=written.is_html,
        preview=preview(shown),
        sent_s=written.sent_s,
        size=len(written.mime) if written.mime is not None else size_of(written.body, written.attachments),
        conversation=key,
        conversation_index=index or conversations.index(key, written.sent_s, len(written.references)),
        headers=written.headers,
        attachments=written.attachments,
        mime=written.mime,
    )


def _in_lines(written: Written) -> Written:
    return replace(
        written,
        message_id=one_line(written.message_id),
        subject=one_line(written.subject),
        sender=written.sender and _in_line(written.sender),
        from_=written.from_ and _in_line(written.from_),
        to=tuple(map(_in_line, written.to)),
        cc=tuple(map(_in_line, written.cc)),
        bcc=tuple(map(_in_line, written.bcc)),
        reply_to=tuple(map(_in_line, written.reply_to)),
        headers=tuple((one_line(name), one_line(value)) for name, value in written.headers),
    )


def _in_line(address: Address) -> Address:
    """The same address object where it is on one line, which nearly all are."""
    if address.name.isprintable() and address.address.isprintable():
        return address
    return Address(one_line(address.address), one_line(address.name))


def renewed(before: Content, written: Written, conversation: bytes) -> Content:
    """The content a message has after a change that leaves its attachments; they keep their numbers."""
    after = content_of(written, {}, conversation)
    changed = {n: getattr(after, n) for n in Content.__struct_fields__ if not n.startswith("part_")}
    return structs.replace(before, **changed)


def size_of(body: str, attachments: Sequence[Attachment]) -> int:
    """A message's size in octets, near what its MIME form takes."""
    return _HEADER_OCTETS + len(body.encode("utf-8", "replace")) + sum(map(attachment_size, attachments))


def attachment_size(attachment: Attachment) -> int:
    """The size Graph shows for one attachment: its octets and the room its properties take."""
    if isinstance(attachment, ItemAttachment):
        return attachment.content.size
    if isinstance(attachment, ReferenceAttachment):
        return 150
    return len(attachment.content) + 150


def content_of_seed(seed: SeedMessage, known: Mapping[str, bytes]) -> Content:
    """The content of a seeded message. Its conversation is the one its key names."""
    is_html = seed.html is not None
    headers = {name.lower(): value for name, value in seed.headers}
    answers = headers.get("references", "") or headers.get("in-reply-to", "")
    written = Written(
        message_id=seed.message_id,
        subject=seed.subject,
        body=(seed.html if is_html else seed.text) or "",
        is_html=is_html,
        sent_s=to_seconds(seed.sent_at),
        sender=seed.sender,
        from_=seed.from_,
        to=seed.to,
        cc=seed.cc,
        bcc=seed.bcc,
        reply_to=seed.reply_to,
        headers=seed.headers,
        attachments=tuple(_attachment(a) for a in seed.attachments),
        references=tuple(conversations.message_ids(answers)),
    )
    return content_of(written, known, conversations.key_of("seed:" + seed.conversation_key))


def _attachment(seed: SeedAttachment | SeedItemAttachment) -> Attachment:
    if isinstance(seed, SeedItemAttachment):
        return ItemAttachment(seed.name, content_of_seed(seed.message, {}))
    return FileAttachment(seed.name, seed.content_type, seed.content, seed.content_id, seed.is_inline)


def internet_headers(content: Content, received_at: datetime) -> list[tuple[str, str]]:
    """The internet headers of a message: the ones it came with, and those its fields amount to."""
    if content.mime is not None:
        return list(content.headers)
    from m365sim.world.mime import TRACE, field_headers

    known = {name.lower() for name, _ in content.headers}
    trace = [pair for pair in content.headers if pair[0].lower() in TRACE]
    derived = [("Received", _received(received_at)), *field_headers(content)]
    missing = [pair for pair in derived if pair[0].lower() not in known]
    return [*trace, *missing, *(pair for pair in content.headers if pair not in trace)]


def _received(at: datetime) -> str:
    return f"from mx.example.net by mail.protection.example.org; {at:%a, %d %b %Y %H:%M:%S} +0000"
