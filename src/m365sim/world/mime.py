"""A message as MIME. Exchange keeps no MIME: it builds it on demand, and so does this.

Source: Graph v1.0, "Get MIME content of a message"; RFC 5322, RFC 2045, RFC 2231.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message as MimeMessage
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime, formataddr
from io import BytesIO

from m365sim.world.content import (
    Address,
    Attachment,
    Content,
    FileAttachment,
    ItemAttachment,
    ReferenceAttachment,
)
from m365sim.world.damage import parts_of
from m365sim.world.instants import from_seconds

_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP


def to_mime(content: Content) -> bytes:
    """The original octets where they were kept, otherwise a MIME form rebuilt with CRLF line ends."""
    if content.mime is not None:
        return content.mime
    return _flatten(_build(content))


def field_headers(content: Content) -> list[tuple[str, str]]:
    """Internet headers that the fields of a message amount to, in their usual order."""
    pairs = [
        ("From", _addresses([content.from_] if content.from_ else [])),
        ("Sender", _addresses([content.sender] if _speaks_for_another(content) else [])),
        ("To", _addresses(content.to)),
        ("Cc", _addresses(content.cc)),
        ("Bcc", _addresses(content.bcc)),
        ("Reply-To", _addresses(content.reply_to)),
        ("Subject", content.subject),
        ("Date", format_datetime(from_seconds(content.sent_s))),
        ("Message-ID", content.message_id),
    ]
    return [(name, value) for name, value in pairs if value or name == "Subject"]


def _speaks_for_another(content: Content) -> bool:
    return content.sender is not None and content.sender != content.from_


def _addresses(addresses: Iterable[Address | None]) -> str:
    return ", ".join(_address(a) for a in addresses if a is not None)


def _address(address: Address) -> str:
    try:
        return formataddr((address.name, address.address))
    except UnicodeError:  # an address part outside ASCII: shown as it is
        return f'"{address.name}" <{address.address}>'


def _build(content: Content) -> MimeMessage:
    inline = [a for a in content.attachments if isinstance(a, FileAttachment) and a.is_inline]
    others = [a for a in content.attachments if a not in inline]
    mime: MimeMessage = _multipart("related", _body(content), inline)
    mime = _multipart("mixed", mime, others)
    for name, value in (*field_headers(content), *content.headers):
        mime[name] = _header(value)
    return mime


def _multipart(subtype: str, first: MimeMessage, attachments: Sequence[Attachment]) -> MimeMessage:
    if not attachments:
        return first
    whole = MIMEMultipart(subtype)
    whole.attach(first)
    for attachment in attachments:
        whole.attach(_part(attachment))
    return whole


def _body(content: Content) -> MimeMessage:
    part = MIMENonMultipart("text", "html" if content.is_html else "plain", charset="utf-8")
    part.set_payload(content.body.encode("utf-8", "replace").decode(), _UTF8)
    return part


def _part(attachment: Attachment) -> MimeMessage:
    if isinstance(attachment, ItemAttachment):
        part: MimeMessage = MIMEMessage(parts_of(to_mime(attachment.content)))
        part.add_header("Content-Disposition", "attachment", filename=_filename(attachment.name + ".eml"))
        return part
    main, _, sub = (attachment.content_type or "").partition("/")
    part = MIMEBase(main or "application", sub or "octet-stream", name=_filename(attachment.name))
    part.set_payload(b"" if isinstance(attachment, ReferenceAttachment) else attachment.content)
    encode_base64(part)
    kind = "inline" if attachment.is_inline else "attachment"
    part.add_header("Content-Disposition", kind, filename=_filename(attachment.name))
    if isinstance(attachment, FileAttachment) and attachment.content_id:
        part.add_header("Content-ID", f"<{attachment.content_id}>")
    return part


def _filename(name: str) -> str | tuple[str, str, str]:
    return name if name.isascii() else ("utf-8", "", name)


def _header(value: str) -> str:
    folded = " ".join(value.splitlines())
    return (
        folded if folded.isascii() else Header(folded.encode("utf-8", "replace").decode(), "utf-8").encode()
    )


def _flatten(mime: MimeMessage) -> bytes:
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=mime.policy.clone(linesep="\r\n")).flatten(mime)
    return out.getvalue()
