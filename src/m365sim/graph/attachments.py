"""Attachments as Graph shows them, and the routes that list, show and download them.

Source: Graph v1.0, "List attachments", "Get attachment", "fileAttachment", "itemAttachment resource type".
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError, no_property, not_found, not_simulated
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.render import item_json
from m365sim.graph.routes import Rows, of_message
from m365sim.world.compose import attachment_size
from m365sim.world.content import Attachment, FileAttachment, ItemAttachment, ReferenceAttachment
from m365sim.world.ids import parse_id
from m365sim.world.instants import iso
from m365sim.world.messages import Message
from m365sim.world.mime import to_mime

_KINDS: dict[type[Attachment], str] = {
    FileAttachment: "fileAttachment",
    ItemAttachment: "itemAttachment",
    ReferenceAttachment: "referenceAttachment",
}
_BASE = ("id", "lastModifiedDateTime", "name", "contentType", "size", "isInline")
_FILE = ("contentId", "contentLocation", "contentBytes")
_FILE_CAST = "microsoft.graph.fileAttachment/"
_ITEM_EXPAND = "microsoft.graph.itemAttachment/item"


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """Which properties of attachments are shown, and whether attached messages are opened up."""

    select: tuple[str, ...] | None = None
    with_items: bool = False


def view_of(options: Mapping[str, str]) -> AttachmentView:
    """Understand ``$select`` and ``$expand`` for attachments.

    The collection's type is `attachment`: what only files have is selected with its type before it, as in
    ``microsoft.graph.fileAttachment/contentId``.
    """
    odata.check_options(options, ("$select", "$expand"))
    with_items = False
    for expand in odata.expands(options.get("$expand", "")):
        if expand.name != _ITEM_EXPAND or expand.options:
            raise not_simulated(f"$expand={expand.name} on attachments")
        with_items = True
    return AttachmentView(_selection(options), with_items)


def _selection(options: Mapping[str, str]) -> tuple[str, ...] | None:
    if "$select" not in options:
        return None
    chosen = ["id"]
    for name in (n.strip() for n in options["$select"].split(",")):
        plain = name.removeprefix(_FILE_CAST)
        if plain not in (_FILE if plain != name else _BASE):
            raise no_property(name, "microsoft.graph.attachment")
        chosen.append(plain)
    return tuple(dict.fromkeys(chosen))


def attachment_json(message: Message, part: int, context: Context, view: AttachmentView) -> dict[str, Any]:
    """One attachment of a message."""
    attachment = message.source.load().parts()[part]
    is_file = isinstance(attachment, FileAttachment)
    shown: dict[str, Any] = {"@odata.type": f"#microsoft.graph.{_KINDS[type(attachment)]}"}
    for name in view.select or (*_BASE, *(_FILE if is_file else ())):
        if is_file or name in _BASE:
            shown[name] = _property(name, attachment, message, part, context)
    if view.with_items and isinstance(attachment, ItemAttachment):
        shown["item"] = item_json(attachment.content, context)
    return shown


def _property(name: str, attachment: Attachment, message: Message, part: int, context: Context) -> Any:
    match name:
        case "id":
            return context.attachment_id(message, part)
        case "lastModifiedDateTime":
            return iso(message.created_s)
        case "name":
            return attachment.name
        case "size":
            return attachment_size(attachment)
    if isinstance(attachment, ItemAttachment):
        return False if name == "isInline" else None
    match name:
        case "contentType":
            return attachment.content_type
        case "isInline":
            return attachment.is_inline
    if isinstance(attachment, ReferenceAttachment):
        return None
    match name:
        case "contentId":
            return attachment.content_id
        case "contentBytes":
            return b64encode(attachment.content).decode()
    return None


def attachments_json(message: Message, context: Context, view: AttachmentView) -> list[dict[str, Any]]:
    """Every attachment of a message, in its order."""
    return [attachment_json(message, part, context, view) for part in message.source.load().parts()]


def list_attachments(context: Context, message: Message) -> Answer:
    """GET attachments: all of them, whatever their number."""
    odata.check_options(context.request.query, ("$select", "$expand", "$count"))
    query = {k: v for k, v in context.request.query.items() if k != "$count"}
    shown = attachments_json(message, context, view_of(query))
    annotation = context.annotation(f"messages('{context.message_id(message)}')/attachments")
    data: dict[str, Any] = {"@odata.context": annotation}
    if odata.flag(context.request.query, "$count"):
        data["@odata.count"] = len(shown)
    return json_answer({**data, "value": shown})


def count_attachments(context: Context, message: Message) -> Answer:
    """GET attachments/$count: a bare number."""
    odata.check_options(context.request.query, ())
    return Answer(200, str(len(message.source.load().attachments)).encode(), "text/plain")


def get_attachment(context: Context, message: Message, attachment: str) -> Answer:
    """GET attachments/{id}."""
    part = _part_of(context, message, attachment)
    view = view_of(context.request.query)
    annotation = context.annotation(f"messages('{context.message_id(message)}')/attachments/$entity")
    return json_answer({"@odata.context": annotation, **attachment_json(message, part, context, view)})


def download_attachment(context: Context, message: Message, attachment: str) -> Answer:
    """GET attachments/{id}/$value: a file's octets, an attached message's MIME form, 405 for a reference."""
    odata.check_options(context.request.query, ())
    found = message.source.load().parts()[_part_of(context, message, attachment)]
    if isinstance(found, FileAttachment):
        return Answer(200, found.content, found.content_type or "application/octet-stream")
    if isinstance(found, ReferenceAttachment):
        raise GraphError(405, "ErrorInvalidOperation", "A reference attachment has no content here.")
    return Answer(200, to_mime(found.content), "message/rfc822")


def _part_of(context: Context, message: Message, reference: str) -> int:
    parsed = parse_id(reference)
    counter = message.number if parsed.kind == "immutable_attachment" else message.placement
    is_here = (
        parsed.kind in ("attachment", "immutable_attachment")
        and parsed.store == context.mailbox.ids.store
        and parsed.counter == counter
        and parsed.part in message.source.load().parts()
    )
    if not is_here:
        raise not_found()
    return parsed.part


ROUTES: Rows = of_message(
    ("GET", "/attachments", "read", list_attachments),
    ("GET", "/attachments/$count", "read", count_attachments),
    ("GET", "/attachments/{attachment}", "read", get_attachment),
    ("GET", "/attachments/{attachment}/$value", "read", download_attachment),
)
