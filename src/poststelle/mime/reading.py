"""What is stored of a message beside its octets: its header, its text, and the list of its attachments.

The octets are the source and stay as they came; all here can be had from them
again. Source: RFC 5322, RFC 8621 §4.1.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape

from poststelle.lib.clock import sensible
from poststelle.mime import body, parts
from poststelle.mime.fields import Field, instant
from poststelle.mime.header_told import by_header, last_of_each, unsaid
from poststelle.mime.html_text import Check, unasked, words_of
from poststelle.mime.parts import Part
from poststelle.mime.text import clean, shortened
from poststelle.model.message import Address, Body, Importance

_LONGEST_PREVIEW, _LONGEST_SUBJECT = 255, 8_000
_PREVIEWED = (2_000, 32_000)
"""Characters of a text that are looked at for its preview: the first are nearly always enough."""
_CUT = 50  # characters of words that a cut in the midst of something may change, more than enough
_LONGEST_TEXT = 10_000_000  # characters of a text that are shown and searched; the octets hold all
_MOST_IDS = 1_000
_IMPORTANCE = {
    "high": Importance.HIGH, "normal": Importance.NORMAL, "low": Importance.LOW,
    "1": Importance.HIGH, "2": Importance.HIGH, "4": Importance.LOW, "5": Importance.LOW,
}  # fmt: skip


class NotAMessage(ValueError):
    """Octets that do not begin with a header field, or with one that is none of a message's."""


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment: ``number`` is its part's, ``size`` its octets without their transfer encoding."""

    number: int
    name: str
    content_type: str
    size: int
    content_id: str | None
    is_inline: bool


@dataclass(frozen=True, slots=True)
class Read:
    """A message as its octets tell it. Message-IDs are without angle brackets.

    ``header_told``: what its header says beyond that (``mime.header_told``).
    """

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
    importance: Importance
    body: Body
    preview: str
    attached: tuple[Attached, ...]
    has_attachment: bool
    size: int
    header_told: str = "{}"

    @property
    def internet_message_id(self) -> str | None:
        """With its brackets, as it is stored."""
        return None if self.message_id is None else f"<{self.message_id}>"


def read(octets: bytes, check: Check = unasked) -> Read:
    """Raises NotAMessage for octets that are none, and what ``check`` raises, which is asked again and again.

    Whatever else is wrong with them is read as it can be.
    """
    root = parts.parse(octets, check)
    if not may_begin_message(root.fields):
        raise NotAMessage("no header field")
    found = body.bodies(root)
    shown = _shown(octets, found, check)
    header = last_of_each(root.fields)
    told = by_header(header, check)
    facts = Read(
        subject=shortened(told["subject"] or "", _LONGEST_SUBJECT),
        from_=_people(told["from"]),
        sender=_people(told["sender"]),
        to=_people(told["to"]),
        cc=_people(told["cc"]),
        bcc=_people(told["bcc"]),
        reply_to=_people(told["replyTo"]),
        sent_at=None if told["sentAt"] is None else _in_utc(datetime.fromisoformat(told["sentAt"])),
        received_at=_received(root.fields),
        message_id=told["messageId"][0] if told["messageId"] else None,
        in_reply_to=_ids(told["inReplyTo"]),
        references=_ids(told["references"]),
        importance=_importance(header),
        body=shown,
        preview=preview(shown.content_type, shown.content),
        attached=tuple(_attached(octets, part, check) for part in _beside(root, found)),
        has_attachment=body.has_attachment(found),
        size=len(octets),
    )
    stored = facts if facts.sent_at is None else replace(facts, sent_at=sensible(facts.sent_at))
    return replace(facts, header_told=unsaid(told, stored))


def may_begin_message(fields: Sequence[Field]) -> bool:
    """Whether a header is that of a message.

    The first line of an appointment (iCalendar) or a contact (vCard) reads like a header field.
    Source: RFC 5545 §3.4, RFC 6350 §6.1.1.
    """
    return bool(fields) and fields[0].name.lower() != "begin"


def preview(content_type: str, content: str) -> str:
    """How a text begins, in one line. Of a long one no more is looked at than its beginning."""
    words = ""
    for looked_at in _PREVIEWED:
        text = content[:looked_at]
        words = words_of(text) if content_type == "text/html" else " ".join(text.split())
        if len(words) > _LONGEST_PREVIEW + _CUT or looked_at >= len(content):
            break
    return shortened(clean(words), _LONGEST_PREVIEW)


def parts_of(octets: bytes, root: Part, numbers: Sequence[int], check: Check) -> list[bytes]:
    """The octets of these parts, as ``part_of``."""
    found = {part.number: part for part in root.walk()}
    return [parts.content(octets, found[number], check)[0] for number in numbers]


def each_part_of(octets: bytes, numbers: Sequence[int], check: Check) -> Iterator[bytes]:
    """``part_of`` for several, in one pass."""
    found = {part.number: part for part in parts.parse(octets, check).walk()}
    return (parts.content(octets, found[number], check)[0] for number in numbers)


def part_of(octets: bytes, number: int, check: Check) -> bytes:
    """The octets of a part without their transfer encoding. Raises LookupError when there is no such part."""
    part = parts.find(parts.parse(octets, check), number)
    if part is None:
        raise LookupError(number)
    return parts.content(octets, part, check)[0]


def _shown(octets: bytes, found: body.Bodies, check: Check) -> Body:
    """All texts in one piece, as HTML where one of them is: a list's words below a letter are plain."""
    chosen = [part for part in found.html if part.is_text]
    if not any(part.type == "text/html" for part in chosen):
        return Body("text/plain", _joined(octets, [part for part in found.text if part.is_text], check))
    return Body("text/html", "\n".join(_html(octets, part, check) for part in chosen)[:_LONGEST_TEXT])


def _html(octets: bytes, part: Part, check: Check) -> str:
    text = parts.text(octets, part, check)[0]
    return text if part.type == "text/html" else f'<div style="white-space:pre-wrap">{escape(text)}</div>'


def _beside(root: Part, found: body.Bodies) -> list[Part]:
    """All parts but the texts that are shown: attachments, and pictures that are shown among the texts."""
    shown = {part.number for part in [*found.text, *found.html] if part.is_text}
    return [part for part in root.walk() if not part.is_multipart and part.number not in shown]


def _joined(octets: bytes, chosen: Sequence[Part], check: Check) -> str:
    return "\n".join(parts.text(octets, part, check)[0] for part in chosen)[:_LONGEST_TEXT]


def _attached(octets: bytes, part: Part, check: Check) -> Attached:
    is_inline = part.disposition == "inline" and part.cid is not None
    size = parts.size(octets, part, check)
    return Attached(part.number, part.name or "", part.type, size, part.cid, is_inline)


def _people(told: Sequence[Mapping[str, str]] | None) -> tuple[Address, ...]:
    return tuple(Address(one["name"] or "", one["email"]) for one in told or ())


def _ids(told: Sequence[str] | None) -> tuple[str, ...]:
    return tuple((told or ())[:_MOST_IDS])


def _instant(field: Field | None) -> datetime | None:
    at = None if field is None else instant(field)
    return None if at is None else _in_utc(at)


def _in_utc(at: datetime) -> datetime | None:
    try:
        return at.astimezone(UTC)
    except OverflowError:  # a day at the very end of time
        return None


def _received(fields: Sequence[Field]) -> datetime | None:
    """When the last server took it: the uppermost Received says so. Source: RFC 8621 §4.8 (receivedAt)."""
    first = next((field for field in fields if field.name.lower() == "received"), None)
    return None if first is None else _instant(Field(first.name, first.raw.rpartition(b";")[2]))


def _importance(header: dict[str, Field]) -> Importance:
    """Source: RFC 2156 §5.3.4 (Importance); X-Priority is older mail programs' habit."""
    told = header.get("importance")
    if told is not None and (level := _IMPORTANCE.get(told.unfolded.strip().lower())) is not None:
        return level
    told = header.get("x-priority")
    return (
        Importance.NORMAL if told is None else _IMPORTANCE.get(told.unfolded.strip()[:1], Importance.NORMAL)
    )
