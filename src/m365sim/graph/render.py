"""A message as Graph shows it. Properties that need no content are made without loading it.

Source: Graph v1.0, "message resource type".
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import Struct, structs

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import access_denied
from m365sim.world.compose import internet_headers
from m365sim.world.content import Address, Content
from m365sim.world.instants import from_seconds, iso, local_of
from m365sim.world.meetings import Meeting
from m365sim.world.messages import NO_FLAG, Flag, Message
from m365sim.world.quotes import unique_part
from m365sim.world.sheets import shown
from m365sim.world.text import html_to_text, text_to_html
from m365sim.world.time_zones import zone_of

KIND = "microsoft.graph.message"
_NO_FLAG = {"flagStatus": "notFlagged"}


class _EmailAddress(Struct, gc=False):
    name: str
    address: str


class _Recipient(Struct, gc=False, rename="camel"):
    """A structure of the encoder's own kind, made in a third of the time that two dicts take."""

    email_address: _EmailAddress


_NOBODY: tuple[_Recipient | None, ...] = ()


def _recipient(address: Address | None) -> _Recipient | None:
    if address is None:
        return None
    return _Recipient(_EmailAddress(address.name or address.address, address.address))


def _recipients(addresses: tuple[Address, ...]) -> Sequence[_Recipient | None]:
    return [_recipient(a) for a in addresses] if addresses else _NOBODY


def flag_json(flag: Flag, time_zone: str = "UTC") -> dict[str, Any]:
    """The flag with its instants as dateTimeTimeZone in the zone of this name."""
    if flag is NO_FLAG:
        return _NO_FLAG
    shown: dict[str, Any] = {"flagStatus": flag.status}
    instants = (
        ("completedDateTime", flag.completed_s),
        ("dueDateTime", flag.due_s),
        ("startDateTime", flag.start_s),
    )
    for name, seconds in instants:
        if seconds is not None:
            local = local_of(seconds, zone_of(time_zone))
            shown[name] = {"dateTime": f"{local.isoformat()[:19]}.0000000", "timeZone": time_zone}
    return shown


def body_json(content: Content, context: Context) -> dict[str, str]:
    """The body in the form asked for; HTML is made harmless unless the caller wants it as it is."""
    prefer = context.prefer
    if not content.is_html:
        if prefer.body_type == "html":
            return {"contentType": "html", "content": text_to_html(content.body)}
        return {"contentType": "text", "content": content.body}
    if prefer.body_type == "text":
        return {"contentType": "text", "content": html_to_text(content.body)}
    as_it_is = prefer.allows_unsafe_html or content.is_harmless
    return {
        "contentType": "html",
        "content": content.body if as_it_is else shown(content.body),
    }


def _web_link(message: Message, context: Context) -> str:
    return f"https://outlook.office365.com/owa/?ItemID={context.message_id(message)}&exvsurl=1&viewmodel=ReadMessageItem"


def _change_key(message: Message, context: Context) -> str:
    return context.mailbox.ids.change_key(message.version, message.number)


# Graph's property -> the attribute that holds its value as it is shown.
_STATE_AS_IT_IS = {
    "categories": "categories",
    "importance": "importance",
    "isDeliveryReceiptRequested": "delivery_receipt",
    "isReadReceiptRequested": "read_receipt",
    "isRead": "is_read",
    "isDraft": "is_draft",
    "inferenceClassification": "inference",
}
_CONTENT_AS_IT_IS = {"hasAttachments": "has_attachments", "subject": "subject", "bodyPreview": "preview"}
# Graph's property -> how its value is made.
_STATE: dict[str, Callable[[Message, Context], Any]] = {
    "id": lambda m, x: x.message_id(m),
    "createdDateTime": lambda m, x: iso(m.created_s),
    "lastModifiedDateTime": lambda m, x: iso(m.modified_s),
    "changeKey": _change_key,
    "receivedDateTime": lambda m, x: iso(m.received_s),
    "parentFolderId": lambda m, x: x.folder_id(m.folder),
    "flag": lambda m, x: flag_json(m.flag, x.prefer.time_zone),
    "webLink": _web_link,
}
_CONTENT: dict[str, Callable[[Content, Context], Any]] = {
    "sentDateTime": lambda c, x: iso(c.sent_s),
    "internetMessageId": lambda c, x: c.message_id or None,
    "conversationId": lambda c, x: x.mailbox.ids.conversation(c.conversation),
    "conversationIndex": lambda c, x: b64encode(c.conversation_index).decode(),
    "body": body_json,
    "sender": lambda c, x: _recipient(c.sender),
    "from": lambda c, x: _recipient(c.from_),
    "toRecipients": lambda c, x: _recipients(c.to),
    "ccRecipients": lambda c, x: _recipients(c.cc),
    "bccRecipients": lambda c, x: _recipients(c.bcc),
    "replyTo": lambda c, x: _recipients(c.reply_to),
}
ON_REQUEST = ("uniqueBody", "internetMessageHeaders")

# The order in which Graph lists them; what follows comes only when selected.
DEFAULT_PROPERTIES = (
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "receivedDateTime",
    "sentDateTime",
    "hasAttachments",
    "internetMessageId",
    "subject",
    "bodyPreview",
    "importance",
    "parentFolderId",
    "conversationId",
    "conversationIndex",
    "isDeliveryReceiptRequested",
    "isReadReceiptRequested",
    "isRead",
    "isDraft",
    "webLink",
    "inferenceClassification",
    "body",
    "sender",
    "from",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "flag",
)
PROPERTIES = (*DEFAULT_PROPERTIES, *ON_REQUEST)
NAVIGATION = ("attachments", "extensions", "singleValueExtendedProperties", "multiValueExtendedProperties")
_NOT_BASIC = frozenset({"body", "bodyPreview", "uniqueBody"})


def selection(context: Context) -> tuple[str, ...] | None:
    """What ``$select`` asks for, None for all; 403 for what the caller may not see.

    Navigation properties may be selected; they show only when expanded.
    Source: Graph v1.0, "Microsoft Graph permissions reference" (Mail.ReadBasic).
    """
    chosen = odata.select(context.request.query, (*PROPERTIES, *NAVIGATION), KIND)
    if chosen is None:
        return None
    if context.is_basic and (_NOT_BASIC | set(NAVIGATION)) & set(chosen):
        raise access_denied()
    return tuple(name for name in chosen if name not in NAVIGATION)


def etag(message: Message, context: Context) -> str:
    """The weak entity tag of the message as it is now."""
    return f'W/"{_change_key(message, context)}"'


def message_json(
    message: Message, context: Context, select: Iterable[str] | None = None, *, is_typed: bool = False
) -> dict[str, Any]:
    """The selected properties (None: all that come unasked); before them the entity tag, and the type."""
    plan = _plan(None if select is None else tuple(select), context.is_basic)
    shown: dict[str, Any] = {"@odata.type": f"#{KIND}"} if is_typed else {}
    if message.meeting is not None:
        shown["@odata.type"] = f"#{message.meeting.type}"
    shown["@odata.etag"] = etag(message, context)
    shown |= plan.blank
    shown.update(zip(plan.state.names, plan.state.read(message), strict=True))
    for name, of_state in plan.made_of_state:
        shown[name] = of_state(message, context)
    if plan.needs_content:
        content = message.source.load()
        shown.update(zip(plan.content.names, plan.content.read(content), strict=True))
        for name, of_content in plan.made_of_content:
            shown[name] = of_content(content, context)
        for name in plan.on_request:
            shown[name] = _on_request(name, message, content, context)
    if message.meeting is not None and select is None:
        shown |= _meeting_json(message.meeting)
    return shown


def _meeting_json(meeting: Meeting) -> dict[str, Any]:
    """What an eventMessage has beyond a message. Where properties are selected it shows its type alone."""
    return {
        "meetingMessageType": meeting.kind,
        "type": "singleInstance",
        "isOutOfDate": False,
        "isAllDay": meeting.is_all_day,
        "isDelegated": False,
        "startDateTime": _in_utc(meeting.start_s),
        "endDateTime": _in_utc(meeting.end_s),
    }


def _in_utc(seconds: int) -> dict[str, str]:
    return {"dateTime": f"{iso(seconds)[:19]}.0000000", "timeZone": "UTC"}


class _AsItIs(NamedTuple):
    """Properties whose values stand in attributes, and what reads these all at once."""

    names: tuple[str, ...]
    read: Callable[[Any], tuple[Any, ...]]


class _Plan(NamedTuple):
    """How the properties of a selection come about. ``blank`` has their names in order.

    A page of messages is mostly this, so all that is the same for each of them is settled beforehand.
    """

    blank: dict[str, None]
    state: _AsItIs
    made_of_state: tuple[tuple[str, Callable[[Message, Context], Any]], ...]
    content: _AsItIs
    made_of_content: tuple[tuple[str, Callable[[Content, Context], Any]], ...]
    on_request: tuple[str, ...]
    needs_content: bool


@lru_cache(maxsize=1024)
def _plan(select: tuple[str, ...] | None, is_basic: bool) -> _Plan:
    wanted = DEFAULT_PROPERTIES if select is None else select
    names = [name for name in wanted if not (is_basic and name in _NOT_BASIC)]
    content = _as_it_is(names, _CONTENT_AS_IT_IS)
    made_of_content = tuple((name, _CONTENT[name]) for name in names if name in _CONTENT)
    on_request = tuple(name for name in names if name in ON_REQUEST)
    return _Plan(
        dict.fromkeys(names),
        _as_it_is(names, _STATE_AS_IT_IS),
        tuple((name, _STATE[name]) for name in names if name in _STATE),
        content,
        made_of_content,
        on_request,
        bool(content.names or made_of_content or on_request),
    )


def _as_it_is(names: Iterable[str], attributes: Mapping[str, str]) -> _AsItIs:
    found = tuple(name for name in names if name in attributes)
    wanted = [attributes[name] for name in found]
    if len(wanted) < 2:  # of one alone attrgetter makes no tuple
        return _AsItIs(found, lambda one: tuple(getattr(one, name) for name in wanted))
    return _AsItIs(found, attrgetter(*wanted))


def _on_request(name: str, message: Message, content: Content, context: Context) -> Any:
    if name == "uniqueBody":
        unique = unique_part(content.body, is_html=content.is_html)
        return body_json(structs.replace(content, body=unique), context)
    pairs = list(content.headers)
    if not message.is_draft:
        pairs = internet_headers(content, from_seconds(message.received_s))
    return [{"name": key, "value": value} for key, value in pairs]


def item_json(content: Content, context: Context) -> dict[str, Any]:
    """A message inside an attachment: it lies in no folder and has no ids of its own."""
    shown = {name: getattr(content, attribute) for name, attribute in _CONTENT_AS_IT_IS.items()}
    shown |= {name: made(content, context) for name, made in _CONTENT.items()}
    return {
        "@odata.type": "#microsoft.graph.message",
        "id": "",
        **shown,
        "receivedDateTime": iso(content.sent_s),
        "isRead": True,
        "isDraft": False,
        "importance": "normal",
        "flag": _NO_FLAG,
    }
