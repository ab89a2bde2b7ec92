"""What a message's octets say: its header, its text, and the list of its attachments.

The octets are the source and stay as they came; all here can be had from them
again. A part is named by its place in the tree, ``1.2``; a message without parts
has the part ``1``. Source: RFC 5322, RFC 2045, RFC 2046, RFC 8621 §4.1.4.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import collapse_rfc2231_value
from itertools import islice

from poststelle.mime import header
from poststelle.mime.address import addresses
from poststelle.mime.file_name import safe_file_name
from poststelle.mime.html_text import words_of
from poststelle.mime.text import clean, shortened
from poststelle.model.message import Address, Body, Importance

_FIELD = re.compile(rb"(?:From [^\n]*\n)?[!-9;-~]+[ \t]*:")
_DEEPEST, _MOST_PARTS = 30, 1_000
_IMPORTANCE = {
    "high": Importance.HIGH, "normal": Importance.NORMAL, "low": Importance.LOW,
    "1": Importance.HIGH, "2": Importance.HIGH, "4": Importance.LOW, "5": Importance.LOW,
}  # fmt: skip
_LONGEST_PREVIEW = 255
_LONGEST_SUBJECT = 8_000
_LONGEST_TEXT = 10_000_000  # characters of a text that are shown and searched; the octets hold all


class NotAMessage(ValueError):
    """Octets that do not begin with a header field."""


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment: ``position`` is its place in the tree, ``size`` its octets when decoded."""

    position: str
    name: str
    content_type: str
    size: int
    content_id: str | None
    is_inline: bool


@dataclass(frozen=True, slots=True)
class Read:
    """A message as its octets tell it. Message-IDs are without angle brackets."""

    subject: str
    from_: tuple[Address, ...]
    sender: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    sent_at: datetime | None
    received_at: datetime | None
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    body: Body
    preview: str
    parts: tuple[Part, ...]
    has_attachment: bool
    importance: Importance
    size: int


def read(octets: bytes) -> Read:
    """Raises NotAMessage for octets that are none; whatever else is wrong with them is read as it can be."""
    if not _FIELD.match(octets):
        raise NotAMessage("no header field")
    message = message_from_bytes(octets)
    leaves = list(_leaves(message, "1", 0))
    body, shown = _text(leaves)
    parts = tuple(_part(place, leaf) for place, leaf in leaves if place not in shown)
    return Read(
        subject=shortened(header.decoded(_field(message, "subject")), _LONGEST_SUBJECT),
        from_=addresses(_field(message, "from")),
        sender=addresses(_field(message, "sender")),
        to=addresses(_all(message, "to")),
        cc=addresses(_all(message, "cc")),
        bcc=addresses(_all(message, "bcc")),
        reply_to=addresses(_field(message, "reply-to")),
        sent_at=header.instant(_field(message, "date")),
        received_at=header.instant(_field(message, "received").rpartition(";")[2]),
        message_id=next(iter(header.message_ids(_field(message, "message-id"))), None),
        in_reply_to=header.message_ids(_field(message, "in-reply-to")),
        references=header.message_ids(_field(message, "references")),
        body=body,
        preview=_preview(body),
        parts=parts,
        has_attachment=any(not part.is_inline for part in parts),
        importance=_importance(message),
        size=len(octets),
    )


def part_of(octets: bytes, position: str) -> bytes:
    """The octets of a part, decoded. Raises LookupError when there is none at this place."""
    for place, leaf in _leaves(message_from_bytes(octets), "1", 0):
        if place == position:
            return _octets(leaf)
    raise LookupError(position)


def _leaves(part: Message, place: str, depth: int) -> Iterator[tuple[str, Message]]:
    """The parts without parts, in their order; a message inside is one of them."""
    inner = part.get_payload()
    is_container = part.get_content_maintype() == "multipart" and isinstance(inner, list)
    if not is_container or depth >= _DEEPEST:
        yield place, part
        return
    # The tree's root is no part itself: its parts are 1, 2, and theirs 2.1.
    prefix = "" if depth == 0 else f"{place}."
    for number, one in enumerate(islice(inner, _MOST_PARTS), 1):
        yield from _leaves(one, f"{prefix}{number}", depth + 1)


def _text(leaves: list[tuple[str, Message]]) -> tuple[Body, set[str]]:
    """The text that is shown, HTML before plain, and the places of what it stands for.

    A text with a file name, or one behind others of its kind, is an attachment.
    """
    found: dict[str, tuple[str, Message]] = {}
    for place, leaf in leaves:
        kind = leaf.get_content_type()
        if kind in {"text/plain", "text/html"} and kind not in found and not _is_attached(leaf):
            found[kind] = (place, leaf)
    if not found:
        return Body("text/plain", ""), set()
    kind = "text/html" if "text/html" in found else "text/plain"
    return Body(kind, _decoded(found[kind][1])), {place for place, _ in found.values()}


def _is_attached(leaf: Message) -> bool:
    return leaf.get_content_disposition() == "attachment" or bool(_name(leaf))


def _decoded(leaf: Message) -> str:
    charset = leaf.get_param("charset")
    named = collapse_rfc2231_value(charset) if charset is not None else None
    return clean(header.as_text(_octets(leaf), named).replace("\r\n", "\n"))[:_LONGEST_TEXT]


def _part(place: str, leaf: Message) -> Part:
    cid = header.unfolded(_field(leaf, "content-id")).strip("<>").strip()
    kind = leaf.get_content_type()
    name = _name(leaf)
    is_inline = leaf.get_content_disposition() == "inline" or (bool(cid) and kind.startswith("image/"))
    return Part(place, name, kind, len(_octets(leaf)), clean(cid) or None, is_inline)


def _name(leaf: Message) -> str:
    for field, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            value = leaf.get_param(parameter, None, field)
        except (TypeError, ValueError, IndexError):
            continue
        if value is None:
            continue
        text = collapse_rfc2231_value(value) if isinstance(value, tuple) else header.unfolded(value)
        if text:
            return safe_file_name(clean(header.words(text)), "attachment")
    return ""


def _octets(leaf: Message) -> bytes:
    if leaf.is_multipart():  # a message inside, or a tree that is too deep
        inner = leaf.get_payload()
        return b"\r\n".join(one.as_bytes() for one in inner if isinstance(one, Message))
    found = leaf.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _importance(message: Message) -> Importance:
    """Source: RFC 2156 §5.3.4 (Importance); X-Priority is older mail programs' habit."""
    told = header.unfolded(_field(message, "importance")).lower()
    if told in _IMPORTANCE:
        return _IMPORTANCE[told]
    return _IMPORTANCE.get(header.unfolded(_field(message, "x-priority"))[:1], Importance.NORMAL)


def _preview(body: Body) -> str:
    text = body.content[: _LONGEST_SUBJECT * 4]
    words = words_of(text) if body.content_type == "text/html" else " ".join(text.split())
    return shortened(words, _LONGEST_PREVIEW)


def _field(message: Message, name: str) -> str:
    """The first field of this name as it stands there, octets beyond ASCII as surrogates; "" for none."""
    return next((str(value) for key, value in message.raw_items() if key.lower() == name), "")


def _all(message: Message, name: str) -> str:
    return ", ".join(str(value) for key, value in message.raw_items() if key.lower() == name)
