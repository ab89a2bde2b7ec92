"""A new message from the JSON that programs send: a draft, a letter to send, or mail brought from elsewhere.

Source: Graph v1.0, "Create message", "user: sendMail"; [MS-OXCMSG] PidTagMessageFlags (0x0E07),
PidTagMessageDeliveryTime (0x0E06), PidTagClientSubmitTime (0x0039), PidTagTransportMessageHeaders (0x007D).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.parser import HeaderParser
from email.policy import compat32
from typing import Any

from m365sim.graph import message_fields, values
from m365sim.graph.attachment_input import attachments_of
from m365sim.graph.errors import not_simulated
from m365sim.graph.extended import NAMES as EXTENDED
from m365sim.graph.extended_input import Extended, extended_of
from m365sim.graph.patching import STATE_NAMES, state_fields
from m365sim.graph.render import NAVIGATION, PROPERTIES
from m365sim.load.words import header_text
from m365sim.world.compose import Written, references_of
from m365sim.world.instants import parse_iso

_KIND = "microsoft.graph.message"
_WITH_HEADERS = "internetMessageHeaders"
_NAMES = message_fields.NAMES | STATE_NAMES | EXTENDED | {_WITH_HEADERS, "attachments"}
_FLAGS, _RECEIVED, _SENT = "Integer 0xe07", "SystemTime 0xe06", "SystemTime 0x39"
_TRANSPORT, _ANSWERED, _REFERENCES = "String 0x7d", "String 0x1042", "String 0x1039"
_READ, _UNSENT = 1, 8


@dataclass(frozen=True, slots=True)
class MessageInput:
    """The properties given: fields of `Written`, headers, attachments, and further fields of `Message`."""

    content: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Any, ...] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    extended: Extended = field(default_factory=dict)

    def all_state(self) -> dict[str, Any]:
        """The fields of `Message`, extended properties among them."""
        return {**self.state, "extended": kept_extended(self.extended, is_import=False)}


def message_input(data: Any, now_s: int) -> MessageInput:
    """Understand the properties of a new message; 400 for unknown ones and bad values.

    What the service sets itself (id, receivedDateTime, isDraft ...) may be there and has no effect.
    """
    given = values.mapping("message", data, _KIND)
    kind = str(given.get("@odata.type") or _KIND).removeprefix("#")
    if kind.lower() != _KIND:
        raise not_simulated(f"a new item of type {kind}")
    fields = values.plain(given, _KIND, known=(*PROPERTIES, *NAVIGATION))
    if unknown := sorted(set(fields) - _NAMES - set(PROPERTIES)):
        if unknown[0] == "extensions":
            raise not_simulated("extensions of a new message")
        raise values.no_such_property(unknown[0], _KIND)
    state = {n: v for n, v in fields.items() if n in STATE_NAMES and v is not None}
    content = message_fields.content_fields({n: v for n, v in fields.items() if n in message_fields.NAMES})
    return MessageInput(
        message_fields.following(content),
        message_fields.own_headers(fields.get(_WITH_HEADERS)),
        attachments_of(fields.get("attachments"), now_s),
        state_fields(state, now_s),
        extended_of(fields),
    )


def written_from(given: MessageInput, now_s: int) -> Written:
    """What a program wrote."""
    blank: dict[str, Any] = {"message_id": "", "subject": "", "body": "", "is_html": False}
    written = Written(
        **{**blank, **given.content}, sent_s=now_s, headers=given.headers, attachments=given.attachments
    )
    return with_thread(written, given.extended)


def with_thread(written: Written, extended: Extended) -> Written:
    """With the headers In-Reply-To and References that extended properties ask for."""
    named = {"In-Reply-To": extended.get(_ANSWERED), "References": extended.get(_REFERENCES)}
    added = tuple((name, value) for name, value in named.items() if isinstance(value, str) and value)
    if not added:
        return written
    kept = tuple((n, v) for n, v in written.headers if n not in dict(added))
    return replace(written, headers=(*kept, *added), references=references_of((*kept, *added)))


_THREAD = frozenset({_ANSWERED, _REFERENCES})
_OF_IMPORT = _THREAD | {_FLAGS, _RECEIVED, _SENT, _TRANSPORT}


def kept_extended(extended: Extended, *, is_import: bool) -> Extended:
    """The properties that stay as they were given: not those that the message itself says from now on."""
    said = _OF_IMPORT if is_import else _THREAD | {_FLAGS}
    return {key: value for key, value in extended.items() if key not in said}


@dataclass(frozen=True, slots=True)
class Imported:
    """Mail that was sent long ago, brought into the mailbox by its MAPI properties."""

    written: Written
    received_s: int
    is_read: bool


def imported(written: Written, extended: Extended, now_s: int) -> Imported | None:
    """The mail that these properties describe; None when they leave it a draft.

    Only message flags without the bit "unsent" make a message that is no draft. internetMessageHeaders are
    ignored then, as are receivedDateTime and sentDateTime.
    """
    flags = extended.get(_FLAGS)
    if not isinstance(flags, str) or int(flags) & _UNSENT:
        return None
    received, sent = extended.get(_RECEIVED), extended.get(_SENT)
    received_s = parse_iso(received) if isinstance(received, str) else now_s
    sent_s = parse_iso(sent) if isinstance(sent, str) else received_s
    transport = extended.get(_TRANSPORT)
    headers = _headers(transport) if isinstance(transport, str) else ()
    whole = replace(written, sent_s=sent_s, headers=headers, references=references_of(headers))
    return Imported(with_thread(whole, extended), received_s, bool(int(flags) & _READ))


def read_flag(extended: Extended) -> dict[str, bool]:
    """The field of `Message` that message flags set in a draft."""
    flags = extended.get(_FLAGS)
    return {"is_read": bool(int(flags) & _READ)} if isinstance(flags, str) else {}


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    """The fields of a header block."""
    parsed = HeaderParser(policy=compat32).parsestr(text, headersonly=True)
    return tuple((header_text(name), header_text(value)) for name, value in parsed.items())
