"""Graph's JSON as typed data, and from there to the port's.

Tolerant where real mailboxes are odd: nulls anywhere, recipients without an
address, counts as ``3.0``, dates no calendar knows. One unreadable field costs
that field, one unreadable item costs that item, never the page. A property
that is absent was "not said" (None in the port); null means empty.

Source: Graph v1.0, "message resource type", "mailFolder resource type", "attachment resource type".
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Struct, UnsetType

from poststelle.mime.fields import Field, as_message_ids
from poststelle.mime.text import clean
from poststelle.model.folder import Role
from poststelle.model.ids import RemoteId
from poststelle.model.message import Address, Body, EventKind, Importance
from poststelle.providers.base import RemoteAttachment, RemoteFolder, RemoteMessage
from poststelle.providers.errors import RetryLater

SIZE_PROPERTY = "Integer 0x0E08"  # PidTagMessageSize (MS-OXPROPS)
_SIZE_ANSWERED = "integer 0xe08"
LAST_VERB = "Integer 0x1081"  # PidTagLastVerbExecuted (MS-OXOMSG): Outlook's symbol for "answered" follows it
OPENED, ANSWERED, FORWARDED = "0", "102", "104"  # verbs that are written: open, reply to sender, forward
_VERB_ANSWERED = "integer 0x1081"
KEY_PROPERTY = "String {6f2d3c1e-9b7a-4c58-8e41-2a5b0d6f7c93} Name PoststelleKey"
"""Our key of a draft, which goes along to its copy in Sent Items: a name of a set of our own."""
IN_REPLY_TO, REFERENCES = "String 0x1042", "String 0x1039"
"""PidTagInReplyToId and PidTagInternetReferences (MS-OXOMSG): what the header fields hold."""
FLAGS = "Integer 0x0E07"
"""PidTagMessageFlags (MS-OXCMSG), which each message has: with it the two above were asked for, so that where
they are missing there are none. A delta link from before we asked for them goes on without."""
_IN_REPLY_TO_ANSWERED, _REFERENCES_ANSWERED = "string 0x1042", "string 0x1039"
_FLAGS_ANSWERED, _KEY_ANSWERED = "integer 0xe07", KEY_PROPERTY.lower()
_MOST_NAMES = 1_000
_ANSWERING, _FORWARDING = frozenset({"102", "103"}), frozenset({"104"})
_MOST = 2**53  # octets of nine petabytes: a whole number in any JSON
_IMPORTANCE = {"low": Importance.LOW, "normal": Importance.NORMAL, "high": Importance.HIGH}
_IS_OTHER = {"focused": False, "other": True}
_EVENTS = {
    "eventmessage": EventKind.NEWS,
    "eventmessagerequest": EventKind.REQUEST,
    "eventmessageresponse": EventKind.RESPONSE,
}

T = TypeVar("T", bound=Struct)
V = TypeVar("V")


class Removed(Struct, gc=False):
    reason: str | None = None


class EmailAddress(Struct, gc=False):
    name: str | None = None
    address: str | None = None


class Recipient(Struct, rename="camel", gc=False):
    email_address: EmailAddress | None = None


class ItemBody(Struct, rename="camel", gc=False):
    content_type: str | None = None
    content: str | None = None


class DateTimeZone(Struct, rename="camel", gc=False):
    date_time: str | None = None
    time_zone: str | None = None


class Flag(Struct, rename="camel", gc=False):
    flag_status: str | None = None
    due_date_time: DateTimeZone | None = None


class ExtendedProperty(Struct, gc=False):
    id: str
    value: str | None = None


class Item(Struct, rename="camel", gc=False):
    """What delta pages share: an id, and perhaps that it is gone."""

    id: str
    removed: Removed | UnsetType | None = msgspec.field(name="@removed", default=UNSET)

    @property
    def is_removed(self) -> bool:
        return self.removed is not UNSET


class WireMessage(Item, rename="camel", gc=False):
    type: str | None = msgspec.field(name="@odata.type", default=None)
    parent_folder_id: str | None = None
    received_date_time: str | None = None
    sent_date_time: str | None = None
    internet_message_id: str | None = None
    conversation_id: str | None = None
    subject: str | UnsetType | None = UNSET
    body_preview: str | UnsetType | None = UNSET
    from_: Recipient | UnsetType | None = msgspec.field(name="from", default=UNSET)
    sender: Recipient | UnsetType | None = UNSET
    to_recipients: list[Recipient] | UnsetType | None = UNSET
    cc_recipients: list[Recipient] | UnsetType | None = UNSET
    bcc_recipients: list[Recipient] | UnsetType | None = UNSET
    reply_to: list[Recipient] | UnsetType | None = UNSET
    has_attachments: bool | None = None
    body: ItemBody | None = None
    is_read: bool | None = None
    is_draft: bool | None = None
    importance: str | None = None
    categories: list[str] | UnsetType | None = UNSET
    flag: Flag | UnsetType | None = UNSET
    inference_classification: str | None = None
    is_read_receipt_requested: bool | None = None
    single_value_extended_properties: list[ExtendedProperty] | None = None


class WireFolder(Item, rename="camel"):
    type: str | None = msgspec.field(name="@odata.type", default=None)
    display_name: str | None = None
    parent_folder_id: str | None = None
    is_hidden: bool | None = None
    total_item_count: int | float | None = None
    unread_item_count: int | float | None = None
    child_folder_count: int | float | None = None


class WireAttachment(Struct, rename="camel"):
    id: str
    type: str | None = msgspec.field(name="@odata.type", default=None)
    name: str | None = None
    content_type: str | None = None
    size: int | float | None = None
    content_id: str | None = None
    is_inline: bool | None = None


class _Page(Struct, Generic[V]):
    value: list[V] = msgspec.field(default_factory=list)
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    delta_link: str | None = msgspec.field(name="@odata.deltaLink", default=None)


class Page(Struct):
    """One decoded page; ``unreadable`` counts items that had not even an id."""

    items: list[Any]
    next_link: str | None
    delta_link: str | None
    unreadable: int = 0


_raw_page = msgspec.json.Decoder(_Page[msgspec.Raw])


@cache
def _clean_page(type_: type[T]) -> msgspec.json.Decoder[_Page[T]]:
    return msgspec.json.Decoder(_Page[type_])  # type: ignore[valid-type]


def decode_page(body: bytes, type_: type[T]) -> Page:
    """A page of ``type_``. Raises RetryLater when it is no page at all (a cut-off answer, a proxy's page)."""
    try:
        clean = _clean_page(type_).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _decode_item_by_item(body, type_)
    return Page(clean.value, clean.next_link, clean.delta_link)


def _decode_item_by_item(body: bytes, type_: type[T]) -> Page:
    """A page with something odd in it: what can be read of it."""
    try:
        page = _raw_page.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        page = _decode_unclean_page(body)
    items = [decode_item(raw, type_) for raw in page.value]
    good = [item for item in items if item is not None]
    return Page(good, page.next_link, page.delta_link, len(items) - len(good))


class _Count(Struct):
    count: int = msgspec.field(name="@odata.count")


def decode_count(body: bytes) -> int:
    """The ``$count`` of a page. Raises RetryLater when there is none."""
    try:
        return msgspec.json.decode(body, type=_Count).count
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RetryLater("unreadable_answer") from error


def _decode_unclean_page(body: bytes) -> _Page[msgspec.Raw]:
    """A page holding what is legal in JSON and not in Unicode: lone halves of a character become "?"."""
    try:
        whole = json.loads(body.decode("utf-8", "replace"))
        return _raw_page.decode(json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise RetryLater("unreadable_answer") from error


def decode_item(raw: bytes | msgspec.Raw, type_: type[T]) -> T | None:
    """One item; without the fields that can't be read; None without a readable id."""
    try:
        return msgspec.json.decode(raw, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _decode_what_is_readable(raw, type_)


def _decode_what_is_readable(raw: bytes | msgspec.Raw, type_: type[T]) -> T | None:
    try:
        whole = msgspec.json.decode(raw, type=dict[str, Any])
        kept = dict(_readable(whole, type_))
        return msgspec.convert(kept, type_)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _readable(whole: dict[str, Any], type_: type[Struct]) -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(type_):
        if field.encode_name not in whole:
            continue
        value = whole[field.encode_name]
        try:
            msgspec.convert(value, field.type)
        except msgspec.ValidationError:
            continue
        yield field.encode_name, value


def instant(text: str | None) -> datetime | None:
    """An aware UTC instant; None for null and for what is no date. Without a zone it is UTC."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is UTC:
            return at
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def remote_message(wire: WireMessage) -> RemoteMessage:
    """The port's form of a message."""
    flagged, due_at = _flag(wire.flag)
    properties = properties_of(wire)
    in_reply_to, references = answers_of(properties)
    verb = properties.get(_VERB_ANSWERED)
    return RemoteMessage(
        remote_id=RemoteId(wire.id),
        folder_id=None if wire.parent_folder_id is None else RemoteId(wire.parent_folder_id),
        received_at=instant(wire.received_date_time),
        sent_at=instant(wire.sent_date_time),
        internet_message_id=wire.internet_message_id,
        thread_key=wire.conversation_id,
        subject=_text(wire.subject),
        preview=_text(wire.body_preview),
        from_=_one(wire.from_),
        sender=_one(wire.sender),
        to=_several(wire.to_recipients),
        cc=_several(wire.cc_recipients),
        bcc=_several(wire.bcc_recipients),
        reply_to=_several(wire.reply_to),
        has_attachment=wire.has_attachments,
        size=_whole(properties.get(_SIZE_ANSWERED)),
        body=_body(wire.body),
        is_seen=wire.is_read,
        is_flagged=flagged,
        is_draft=wire.is_draft,
        importance=_IMPORTANCE.get((wire.importance or "").lower()),
        categories=None if wire.categories is UNSET else tuple(wire.categories or ()),
        due_at=due_at,
        # The verb before the last one is not told, so it says nothing about the other mark.
        is_answered=True if verb in _ANSWERING else None,
        is_forwarded=True if verb in _FORWARDING else None,
        is_other=_IS_OTHER.get(wire.inference_classification or ""),
        event=None if wire.type is None else _EVENTS.get(wire.type.rpartition(".")[2].lower()),
        asks_receipt=wire.is_read_receipt_requested,
        draft_key=properties.get(_KEY_ANSWERED),
        in_reply_to=in_reply_to,
        references=references,
    )


def properties_of(wire: WireMessage) -> dict[str, str | None]:
    """Its extended properties by id, as they are answered: asked for as 0x0E08 one comes back as 0xe08."""
    found = wire.single_value_extended_properties or ()
    return {one.id.lower().replace("0x0", "0x"): one.value for one in found}


def answers_of(properties: Mapping[str, str | None]) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """What a message answers and refers to (In-Reply-To and References), as ``_names`` tells each."""
    return _names(properties, _IN_REPLY_TO_ANSWERED), _names(properties, _REFERENCES_ANSWERED)


def remote_folder(wire: WireFolder, *, root: str | None = None, role: Role | None = None) -> RemoteFolder:
    """The port's form of a folder; directly below ``root`` it is top level."""
    parent = wire.parent_folder_id
    return RemoteFolder(
        remote_id=RemoteId(wire.id),
        parent_id=None if parent is None or parent == root else RemoteId(parent),
        name=wire.display_name or "",
        role=role,
        is_hidden=bool(wire.is_hidden),
        total=_whole(wire.total_item_count) or 0,
        unread=_whole(wire.unread_item_count) or 0,
    )


def remote_attachment(wire: WireAttachment) -> RemoteAttachment:
    """The port's form of an attachment; a message inside has the type of a message."""
    kind = "item" if "item" in (wire.type or "").lower() else "file"
    if "reference" in (wire.type or "").lower():
        kind = "reference"
    default_type = "message/rfc822" if kind == "item" else "application/octet-stream"
    return RemoteAttachment(
        remote_id=RemoteId(wire.id),
        name=wire.name or "",
        content_type=(wire.content_type or default_type).strip() or default_type,
        size=_whole(wire.size) or 0,
        content_id=(wire.content_id or "").strip().strip("<>") or None,
        is_inline=bool(wire.is_inline),
        kind=kind,
    )


def _text(value: str | UnsetType | None) -> str | None:
    return None if value is UNSET else value or ""


def _address(recipient: Recipient | None) -> Address | None:
    email = recipient.email_address if recipient else None
    if email is None or not (email.name or email.address):
        return None
    return Address(email.name or "", email.address or "")


def _one(value: Recipient | UnsetType | None) -> tuple[Address, ...] | None:
    if value is UNSET:
        return None
    address = _address(value)
    return (address,) if address else ()


def _several(value: list[Recipient] | UnsetType | None) -> tuple[Address, ...] | None:
    if value is UNSET:
        return None
    return tuple([address for address in map(_address, value) if address]) if value else ()


def _body(value: ItemBody | None) -> Body | None:
    if value is None:
        return None
    is_html = (value.content_type or "text").lower() == "html"
    return Body("text/html" if is_html else "text/plain", value.content or "")


def _flag(value: Flag | UnsetType | None) -> tuple[bool | None, datetime | None]:
    if value is UNSET:
        return None, None
    is_flagged = value is not None and value.flag_status == "flagged"
    due = value.due_date_time if value and is_flagged else None
    return is_flagged, _zoned(due)


def _zoned(value: DateTimeZone | None) -> datetime | None:
    """A dateTimeTimeZone as an instant; Windows zone names are not looked up and read as UTC."""
    if value is None or not value.date_time:
        return None
    try:
        local = datetime.fromisoformat(value.date_time)
        zone = UTC if not value.time_zone or "/" not in value.time_zone else ZoneInfo(value.time_zone)
        return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, KeyError, OSError):
        return None


def _names(properties: Mapping[str, str | None], answered: str) -> tuple[str, ...] | None:
    """The Message-IDs in a property; empty where the message has none, None where it was not asked for."""
    found = properties.get(answered)
    if found is None:
        return () if _FLAGS_ANSWERED in properties else None
    return tuple((as_message_ids(Field("References", clean(found).encode())) or ())[:_MOST_NAMES])


def _whole(value: float | str | None) -> int | None:
    """A count or a size, in whatever form; None for what is none, or more than a database can hold."""
    try:
        number = int(float(value or ""))
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= _MOST else None
