"""A message as MIME. Exchange keeps no MIME: it builds it on demand, and so does this.

Source: Graph v1.0, "Get MIME content of a message"; RFC 5322, RFC 2045, RFC 2231.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Iterable, Iterator, Sequence
from email.charset import QP, Charset
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message as MimeMessage
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime, formataddr
from io import BytesIO
from uuid import uuid4

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
from m365sim.world.text import one_line

_Files = dict[bytes, bytes]
"""Octets of attached files by the marks that stand for them until the message is flat."""
_LINES = 57 * 1000
"""Octets of a file that are turned into base64 at a time: whole lines, and no long hold of other threads."""
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_KINDS = re.compile(r"([!#$&^\w.+-]+)/([!#$&^\w.+-]+)(?![^;\s])", re.ASCII)
TRACE = frozenset({"return-path", "received"})
"""Headers that servers put on top of a message, in lower case."""


def to_mime(content: Content) -> bytes:
    """The original octets where they were kept, otherwise a MIME form rebuilt with CRLF line ends."""
    if content.mime is not None:
        return content.mime
    files: _Files = {}
    return b"".join(_filled(_flatten(_build(content, files)), files))


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


def _build(content: Content, files: _Files) -> MimeMessage:
    inline = [a for a in content.attachments if isinstance(a, FileAttachment) and a.is_inline]
    others = [a for a in content.attachments if a not in inline]
    mime: MimeMessage = _multipart("related", _body(content), inline, files)
    mime = _multipart("mixed", mime, others, files)
    structure = mime.items()
    for name, _ in structure:
        del mime[name]
    for name, value in _all_headers(content):
        mime[name] = encoded_header(value)
    for name, value in structure:  # trace headers stay on top
        mime[name] = value
    return mime


def _all_headers(content: Content) -> list[tuple[str, str]]:
    """Trace headers on top, then what the fields amount to, then the others that do not say it again."""
    fields = field_headers(content)
    known = {name.lower() for name, _ in fields}
    others = [(n, v) for n, v in content.headers if n.lower() not in known and not is_structural(n)]
    trace = [pair for pair in others if pair[0].lower() in TRACE]
    return [*trace, *fields, *(pair for pair in others if pair not in trace)]


def is_structural(name: str) -> bool:
    """Whether a header speaks of the MIME form itself, so that a rebuilt message has its own."""
    return name.lower() == "mime-version" or name.lower().startswith("content-")


def _multipart(
    subtype: str, first: MimeMessage, attachments: Sequence[Attachment], files: _Files
) -> MimeMessage:
    if not attachments:
        return first
    whole = MIMEMultipart(subtype)
    whole.attach(first)
    for attachment in attachments:
        whole.attach(_part(attachment, files))
    return whole


def _body(content: Content) -> MimeMessage:
    part = MIMENonMultipart("text", "html" if content.is_html else "plain", charset="utf-8")
    part.set_payload(content.body.encode("utf-8", "replace").decode(), _UTF8)
    return part


def _part(attachment: Attachment, files: _Files) -> MimeMessage:
    if isinstance(attachment, ItemAttachment):
        part: MimeMessage = MIMEMessage(parts_of(to_mime(attachment.content)))
        part.add_header("Content-Disposition", "attachment", filename=_filename(attachment.name + ".eml"))
        return part
    kinds = _KINDS.match(attachment.content_type or "") or ("", "application", "octet-stream")
    part = MIMEBase(kinds[1], kinds[2], name=_filename(attachment.name))
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload("" if isinstance(attachment, ReferenceAttachment) else _mark(attachment.content, files))
    kind = "inline" if attachment.is_inline else "attachment"
    part.add_header("Content-Disposition", kind, filename=_filename(attachment.name))
    if isinstance(attachment, FileAttachment) and attachment.content_id:
        part.add_header("Content-ID", encoded_header(f"<{attachment.content_id}>"))
    return part


def _filename(name: str) -> str | tuple[str, str, str]:
    shown = _one_line(name)
    return shown if shown.isascii() else ("utf-8", "", shown)


def encoded_header(value: str) -> str:
    """A header's value on one line, in ASCII."""
    shown = _one_line(value)
    return shown if shown.isascii() else Header(shown, "utf-8").encode()


def _one_line(value: str) -> str:
    """A text without line breaks, NULs and halves of signs, none of which a header can hold."""
    return one_line(value).encode("utf-8", "replace").decode()


def _flatten(mime: MimeMessage) -> bytes:
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=mime.policy.clone(linesep="\r\n")).flatten(mime)
    return out.getvalue()


def _mark(octets: bytes, files: _Files) -> str:
    """What stands for a file's octets: the library would look at each of their lines several times."""
    mark = f"file-{uuid4()}"
    files[mark.encode()] = octets
    return mark


def _filled(flat: bytes, files: _Files) -> Iterator[bytes]:
    """The message with its files in their places, in base64."""
    for mark, octets in files.items():
        before, _, flat = flat.partition(mark)
        yield before
        for start in range(0, len(octets), _LINES):
            yield encodebytes(octets[start : start + _LINES]).replace(b"\n", b"\r\n")
    yield flat
