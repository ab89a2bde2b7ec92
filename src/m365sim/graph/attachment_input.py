"""Attachments from the JSON that programs send.

Source: Graph v1.0, "Add attachment", "fileAttachment", "itemAttachment", "referenceAttachment resource type".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from m365sim.graph import values
from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.graph.message_fields import NAMES as CONTENT_NAMES
from m365sim.graph.message_fields import content_fields
from m365sim.graph.render import KIND, NAVIGATION
from m365sim.graph.render import PROPERTIES as MESSAGE_PROPERTIES
from m365sim.world.compose import Written, content_of
from m365sim.world.content import Attachment, FileAttachment, ItemAttachment, ReferenceAttachment

SMALL_OCTETS = 3 * 1024 * 1024
"""What one POST may attach stays below this; more takes an upload session."""
MAX_DEPTH = 30
_READ_ONLY = frozenset({"id", "size", "lastModifiedDateTime"})
"""Accepted and without effect, as in Graph, so that what was read can be sent back."""
_BASE = frozenset({"name", "contentType", "isInline"})


def attachments_of(value: Any, now_s: int, limit: int = SMALL_OCTETS) -> tuple[Attachment, ...]:
    """The ``attachments`` given with a new message; null is none."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise values.wrong("attachments", "Collection(microsoft.graph.attachment)")
    return tuple(attachment_of(one, now_s, limit) for one in value)


def attachment_of(data: Any, now_s: int, limit: int = SMALL_OCTETS, depth: int = 0) -> Attachment:
    """One attachment; 400 for what cannot be one, 413 when a file is not smaller than ``limit`` octets.

    ``now_s`` dates an attached message that does not say when it was sent.
    """
    given = values.mapping("attachments", data, "microsoft.graph.attachment")
    match _kind(given, "attachment"):
        case "fileattachment":
            return _file(given, limit)
        case "itemattachment":
            return _item(given, now_s, limit, depth)
        case "referenceattachment":
            return _reference(given)
    raise bad_request(f"'{given['@odata.type']}' is no type of attachment.", "UnableToDeserializePostBody")


def _kind(data: dict[str, Any], what: str) -> str:
    kind = data.get("@odata.type")
    if not isinstance(kind, str):
        message = f"The {what} has no @odata.type, and its type cannot be guessed."
        raise bad_request(message, "UnableToDeserializePostBody")
    return kind.removeprefix("#").lower().removeprefix("microsoft.graph.")


def _fields(data: dict[str, Any], kind: str, own: Collection[str] = ()) -> dict[str, Any]:
    whole = f"microsoft.graph.{kind}"
    fields = {n: v for n, v in values.plain(data, whole).items() if n not in _READ_ONLY}
    if unknown := sorted(set(fields) - _BASE - set(own)):
        raise values.no_such_property(unknown[0], whole)
    if not values.text("name", fields.get("name")):
        raise _missing("name")
    return fields


def _missing(name: str) -> GraphError:
    return bad_request(f"Required property '{name}' is missing.", "ErrorRequiredPropertyMissing")


def _is_inline(fields: dict[str, Any]) -> bool:
    return values.boolean("isInline", fields.get("isInline") or False)


def _file(data: dict[str, Any], limit: int) -> FileAttachment:
    fields = _fields(data, "fileAttachment", ("contentBytes", "contentId", "contentLocation"))
    values.unsupported("contentLocation", fields.get("contentLocation"))
    if fields.get("contentBytes") is None:
        raise _missing("contentBytes")
    content = values.octets("contentBytes", fields["contentBytes"])
    if len(content) >= limit:
        message = f"An attachment of {len(content)} octets is too large here: it must be under {limit}."
        raise GraphError(413, "ErrorMessageSizeExceeded", message)
    return FileAttachment(
        values.text("name", fields["name"]),
        values.text("contentType", fields.get("contentType")) or "application/octet-stream",
        content,
        values.text("contentId", fields.get("contentId")) or None,
        _is_inline(fields),
    )


def _reference(data: dict[str, Any]) -> ReferenceAttachment:
    fields = _fields(data, "referenceAttachment")
    kind = values.text("contentType", fields.get("contentType")) or None
    return ReferenceAttachment(values.text("name", fields["name"]), kind, _is_inline(fields))


def _item(data: dict[str, Any], now_s: int, limit: int, depth: int) -> ItemAttachment:
    fields = _fields(data, "itemAttachment", ("item",))
    if fields.get("item") is None:
        raise _missing("item")
    if depth >= MAX_DEPTH:
        raise bad_request(f"Attached messages may be nested up to {MAX_DEPTH} deep.")
    item = values.mapping("item", fields["item"], "microsoft.graph.outlookItem")
    kind = _kind(item, "attached item")
    if kind != "message":
        raise not_simulated(f"an attached item of type {kind}")
    if _is_inline(fields):
        raise not_simulated("an itemAttachment that is inline")
    written = _attached_message(
        values.plain(item, KIND, known=(*MESSAGE_PROPERTIES, *NAVIGATION)), now_s, limit, depth
    )
    return ItemAttachment(values.text("name", fields["name"]), content_of(written, {}))


def _attached_message(data: dict[str, Any], now_s: int, limit: int, depth: int) -> Written:
    """The message inside; of its state (read, flag, importance ...) an attached message keeps nothing."""
    if unknown := sorted(set(data) - {*MESSAGE_PROPERTIES, "attachments"}):
        raise values.no_such_property(unknown[0], "microsoft.graph.message")
    fields = content_fields({n: v for n, v in data.items() if n in CONTENT_NAMES})
    sent = data.get("sentDateTime")
    parts = data.get("attachments") or []
    if not isinstance(parts, list):
        raise values.wrong("attachments", "Collection(microsoft.graph.attachment)")
    blank: dict[str, Any] = {"message_id": "", "subject": "", "body": "", "is_html": False}
    return Written(
        **{**blank, **fields},
        sent_s=now_s if sent is None else values.instant("sentDateTime", sent),
        attachments=tuple(attachment_of(one, now_s, limit, depth + 1) for one in parts),
    )
