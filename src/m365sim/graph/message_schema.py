"""What messages can be filtered and sorted by.

Source: Graph v1.0, "message resource type"; "Get singleValueLegacyExtendedProperty" (filter by value).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from m365sim.graph.extended import canonical, value_of
from m365sim.graph.filter_values import Collection, Field, Schema
from m365sim.world.content import Address, Content
from m365sim.world.ids import IdSpace
from m365sim.world.messages import Message
from m365sim.world.text import html_to_text

KIND = "microsoft.graph.message"
NOT_BASIC = frozenset({"body/content", "bodyPreview", "singleValueExtendedProperties"})
"""What a program that may read only the basics may not filter by: it would learn what it may not see."""

_IMPORTANCES = ("low", "normal", "high")


class ExtendedValue(NamedTuple):
    """One MAPI property of a message, as a lambda sees it."""

    id: str
    value: str


def message_schema(ids: IdSpace) -> Schema[Message]:
    """The schema of messages in the mailbox of these ids."""
    fields: dict[str, Field[Message]] = {**_STATE, **_CONTENT}
    fields["parentFolderId"] = Field("id", lambda m: ids.folder(m.folder.number))
    fields["conversationId"] = Field("id", lambda m: ids.conversation(m.source.load().conversation))
    return Schema(KIND, fields, _COLLECTIONS, _UNSERVED)


def _state(kind: Any, name: str, choices: tuple[str, ...] = ()) -> Field[Message]:
    return Field(kind, lambda m: getattr(m, name), choices)


def _content(kind: Any, value: Callable[[Content], Any], choices: tuple[str, ...] = ()) -> Field[Message]:
    return Field(kind, lambda m: value(m.source.load()), choices)


def _flag(value: Callable[[Any], Any]) -> Field[Message]:
    return Field("text_instant", lambda m: value(m.flag))


_STATE: dict[str, Field[Message]] = {
    "receivedDateTime": _state("instant", "received_s"),
    "createdDateTime": _state("instant", "created_s"),
    "lastModifiedDateTime": _state("instant", "modified_s"),
    "isRead": _state("boolean", "is_read"),
    "isDraft": _state("boolean", "is_draft"),
    "isReadReceiptRequested": _state("boolean", "read_receipt"),
    "isDeliveryReceiptRequested": _state("boolean", "delivery_receipt"),
    "importance": _state("choice", "importance", _IMPORTANCES),
    "inferenceClassification": _state("choice", "inference", ("focused", "other")),
    "flag/flagStatus": Field("choice", lambda m: m.flag.status, ("notFlagged", "complete", "flagged")),
    "flag/startDateTime/dateTime": _flag(lambda f: f.start_s),
    "flag/dueDateTime/dateTime": _flag(lambda f: f.due_s),
    "flag/completedDateTime/dateTime": _flag(lambda f: f.completed_s),
}
_CONTENT: dict[str, Field[Message]] = {
    "sentDateTime": _content("instant", lambda c: c.sent_s),
    "hasAttachments": _content("boolean", lambda c: c.has_attachments),
    "subject": _content("text", lambda c: c.subject),
    "bodyPreview": _content("text", lambda c: c.preview),
    "body/content": _content("text", lambda c: html_to_text(c.body) if c.is_html else c.body),
    "internetMessageId": _content("id", lambda c: c.message_id or None),
    "from/emailAddress/address": _content("text", lambda c: c.from_.address if c.from_ else None),
    "from/emailAddress/name": _content("text", lambda c: _name(c.from_)),
    "sender/emailAddress/address": _content("text", lambda c: c.sender.address if c.sender else None),
    "sender/emailAddress/name": _content("text", lambda c: _name(c.sender)),
}


def _name(address: Address | None) -> str | None:
    return (address.name or address.address) if address else None


_RECIPIENT: dict[str, Field[Any]] = {
    "emailAddress/address": Field("text", lambda a: a.address),
    "emailAddress/name": Field("text", _name),
}


def _recipients(read: Callable[[Content], Iterable[Address]]) -> Collection[Message]:
    return Collection(lambda m, ids: read(m.source.load()), _RECIPIENT, is_served=False)


_canonical = lru_cache(maxsize=1024)(canonical)
"""Asked for every message that is filtered."""


def _extended(message: Message, ids: tuple[str, ...]) -> list[ExtendedValue]:
    return [ExtendedValue(id_, value) for id_ in ids if (value := _single(message, id_)) is not None]


def _single(message: Message, property_id: str) -> str | None:
    value = value_of(message, _canonical(property_id))
    return value if isinstance(value, str) else None


_COLLECTIONS: dict[str, Collection[Message]] = {
    "categories": Collection(lambda m, ids: m.categories, {"": Field("text", lambda c: c)}),
    "toRecipients": _recipients(lambda c: c.to),
    "ccRecipients": _recipients(lambda c: c.cc),
    "bccRecipients": _recipients(lambda c: c.bcc),
    "replyTo": _recipients(lambda c: c.reply_to),
    # Names compare with letter case, values without. Source: as above, "filter".
    "singleValueExtendedProperties": Collection(
        _extended,
        {"id": Field("id", lambda p: p.id), "value": Field("text", lambda p: p.value)},
        check_id=canonical,
    ),
}
_UNSERVED = frozenset(
    {
        "attachments",
        "body/contentType",
        "changeKey",
        "conversationIndex",
        "extensions",
        "id",
        "internetMessageHeaders",
        "multiValueExtendedProperties",
        "uniqueBody/content",
        "uniqueBody/contentType",
        "webLink",
    }
)
