"""Attachments as Graph shows them.

Source: Graph v1.0, "Get attachment" (examples 3 and 4), "fileAttachment", "itemAttachment",
"referenceAttachment resource type".
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import no_property, not_simulated
from m365sim.graph.render import item_json
from m365sim.world.compose import attachment_size
from m365sim.world.content import Attachment, Content, FileAttachment, ItemAttachment, ReferenceAttachment
from m365sim.world.instants import iso
from m365sim.world.messages import Message

MAX_DEPTH = 30
"""How deep attached messages are opened up in one another."""
_KINDS: dict[type[Attachment], str] = {
    FileAttachment: "fileAttachment",
    ItemAttachment: "itemAttachment",
    ReferenceAttachment: "referenceAttachment",
}
_BASE = ("id", "lastModifiedDateTime", "name", "contentType", "size", "isInline")
_FILE = ("contentId", "contentLocation", "contentBytes")
_FILE_CAST = "microsoft.graph.fileattachment/"
_SELECTABLE = {n.lower(): n for n in _BASE} | {_FILE_CAST + n.lower(): n for n in _FILE}
_ITEM_EXPAND = "microsoft.graph.itemattachment/item"
_INNER_EXPAND = "microsoft.graph.message/attachments"


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """Which properties of attachments are shown, and how many levels of attached messages are opened up."""

    select: tuple[str, ...] | None = None
    depth: int = 0


def view_of(options: Mapping[str, str]) -> AttachmentView:
    """Understand ``$select`` and ``$expand`` for attachments.

    The collection's type is `attachment`: what only files have is selected with its type before it, as in
    ``microsoft.graph.fileAttachment/contentId``. An opened message shows its own attachments, opened in turn.
    """
    odata.check_options(options, ("$select", "$expand"))
    depth = 0
    for expand in odata.expands(options.get("$expand", "")):
        if expand.name.lower() != _ITEM_EXPAND:
            raise not_simulated(f"$expand={expand.name} on attachments")
        _check_item_options(expand.options)
        depth = MAX_DEPTH
    return AttachmentView(_selection(options), depth)


def _check_item_options(options: Mapping[str, str]) -> None:
    """``$expand=microsoft.graph.message/attachments`` may be said of it; its attachments come anyway."""
    odata.check_options(options, ("$expand",))
    for expand in odata.expands(options.get("$expand", "")):
        if expand.name.lower() == "attachments":
            raise no_property(expand.name, "microsoft.graph.outlookItem")
        if expand.name.lower() != _INNER_EXPAND or expand.options:
            raise not_simulated(f"$expand={expand.name} on an attached item")


def _selection(options: Mapping[str, str]) -> tuple[str, ...] | None:
    if "$select" not in options:
        return None
    chosen = ["id"]
    for name in (n.strip() for n in options["$select"].split(",")):
        plain = _SELECTABLE.get(name.lower())
        if plain is None:
            raise no_property(name, "microsoft.graph.attachment")
        chosen.append(plain)
    return tuple(dict.fromkeys(chosen))


def attachments_json(message: Message, context: Context, view: AttachmentView) -> list[dict[str, Any]]:
    """Every attachment of a message, in its order."""
    content = message.source.load()
    return [attachment_json(message, content, part, context, view) for part in content.parts()]


def attachment_json(
    message: Message, content: Content, part: int, context: Context, view: AttachmentView
) -> dict[str, Any]:
    """One attachment of a message whose content is loaded."""
    place = f"messages('{context.message_id(message)}')/attachments"
    own_id = context.attachment_id(message, part)
    modified_s = came_s(message, content, part)
    return _shown(content.parts()[part], own_id, modified_s, place, context, view)


def came_s(message: Message, content: Content, part: int) -> int:
    """When an attachment came to its message, in seconds since 1970."""
    return dict(content.part_times).get(part, message.created_s)


def _shown(
    attachment: Attachment, own_id: str, modified_s: int, place: str, context: Context, view: AttachmentView
) -> dict[str, Any]:
    shown: dict[str, Any] = {"@odata.type": f"#microsoft.graph.{_KINDS[type(attachment)]}"}
    made = {"id": own_id, "lastModifiedDateTime": iso(modified_s)}
    is_file = isinstance(attachment, FileAttachment)
    for name in view.select or (*_BASE, *(_FILE if is_file else ())):
        if is_file or name in _BASE:
            shown[name] = made[name] if name in made else _property(name, attachment)
    if view.depth and isinstance(attachment, ItemAttachment):
        item = f"{place}('{own_id}')/microsoft.graph.itemAttachment/item"
        shown["item@odata.context"] = context.annotation(f"{item}/$entity")
        shown["item"] = _opened(attachment.content, own_id, item, context, view.depth - 1)
    return shown


def _opened(content: Content, outer_id: str, place: str, context: Context, depth: int) -> dict[str, Any]:
    shown = item_json(content, context)
    if not content.attachments:
        return shown
    view = AttachmentView(depth=depth)
    inner = f"{place}/microsoft.graph.message/attachments"
    shown["attachments@odata.context"] = context.annotation(inner)
    shown["attachments"] = [
        _shown(a, _inner_id(context, outer_id, index), content.sent_s, inner, context, view)
        for index, a in enumerate(content.attachments)
    ]
    return shown


def _inner_id(context: Context, outer_id: str, index: int) -> str:
    """An id that looks like one, the same every time; nothing is found under it, as at Graph."""
    octets = blake2b(f"{outer_id}/{index}".encode(), digest_size=8).digest()
    counter, part = int.from_bytes(octets[:6], "big"), int.from_bytes(octets[6:], "big")
    return context.mailbox.ids.attachment(counter, part, is_immutable=context.prefer.is_immutable)


def _property(name: str, attachment: Attachment) -> Any:
    match name:
        case "name":
            return attachment.name
        case "size":
            return attachment_size(attachment)
        case "isInline":
            return not isinstance(attachment, ItemAttachment) and attachment.is_inline
        case "contentType":
            return None if isinstance(attachment, ItemAttachment) else attachment.content_type
    if isinstance(attachment, FileAttachment):
        if name == "contentId":
            return attachment.content_id
        if name == "contentBytes":
            return b64encode(attachment.content).decode()
    return None
