"""Routes of attachments: list, count, show, download, add, take away.

Source: Graph v1.0, "List attachments", "Get attachment", "Add attachment", "Delete attachment".
"""

from __future__ import annotations

import re
from typing import Any

from m365sim.graph import odata
from m365sim.graph.attachment_input import attachment_of
from m365sim.graph.attachment_order import chosen
from m365sim.graph.attachments import attachment_json, view_of
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError, not_found
from m365sim.graph.http import Answer, json_answer, no_content
from m365sim.graph.listing import next_link
from m365sim.graph.messages import mime_of
from m365sim.graph.routes import Rows, of_message
from m365sim.world import attaching
from m365sim.world.compose import attachment_size
from m365sim.world.content import Content, FileAttachment, ReferenceAttachment
from m365sim.world.ids import parse_id
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message

_KIND = re.compile(r"[!-.0-~]+/[!-~][ -~]*")
_VIEW = ("$select", "$expand")
_LIST = (*_VIEW, "$count", "$top", "$skip", "$filter", "$orderby")


def list_attachments(context: Context, message: Message) -> Answer:
    """GET attachments: all of them, whatever their number, unless ``$top`` says how many."""
    query, content = context.request.query, message.source.load()
    odata.check_options(query, _LIST)
    view = view_of({name: query[name] for name in _VIEW if name in query})
    parts = chosen(message, content, query)
    skip = odata.number(query, "$skip", 0) or 0
    top = odata.number(query, "$top", 1, odata.MAX_TOP) or len(parts)
    annotation = context.annotation(f"messages('{context.message_id(message)}')/attachments")
    data: dict[str, Any] = {"@odata.context": annotation}
    if odata.flag(query, "$count"):
        data["@odata.count"] = len(parts)
    data["value"] = [
        attachment_json(message, content, part, context, view) for part in parts[skip : skip + top]
    ]
    if len(parts) > skip + top:
        data["@odata.nextLink"] = next_link(context, skip + top)
    return json_answer(data)


def count_attachments(context: Context, message: Message) -> Answer:
    """GET attachments/$count: a bare number."""
    query = context.request.query
    odata.check_options(query, ("$filter",))
    return Answer(200, str(len(chosen(message, message.source.load(), query))).encode(), "text/plain")


def get_attachment(context: Context, message: Message, attachment: str) -> Answer:
    """GET attachments/{id}."""
    content = message.source.load()
    part = _part_of(context, message, content, attachment)
    return _entity(context, message, part, 200)


async def download_attachment(context: Context, message: Message, attachment: str) -> Answer:
    """GET attachments/{id}/$value: a file's octets, an attached message's MIME form, 405 for a reference."""
    odata.check_options(context.request.query, ())
    content = message.source.load()
    found = content.parts()[_part_of(context, message, content, attachment)]
    if isinstance(found, FileAttachment):
        return Answer(200, found.content, _sendable(found.content_type))
    if isinstance(found, ReferenceAttachment):
        raise GraphError(405, "ErrorInvalidOperation", "A reference attachment has no content here.")
    return Answer(200, await mime_of(found.content), "message/rfc822")


def _sendable(kind: str | None) -> str:
    """The type a file says it has, where a header can say it; a message may say anything."""
    return kind if kind and _KIND.fullmatch(kind) else "application/octet-stream"


def add_attachment(context: Context, message: Message) -> Answer:
    """POST attachments: one file, item or reference; the attachment as it is now."""
    odata.check_options(context.request.query, ())
    attachment = attachment_of(context.request.json(), context.sim.clock.now_s())
    check_room(context.mailbox, message, attachment_size(attachment))
    part = attaching.attach(context.mailbox, message, attachment)
    return _entity(context, message, part, 201)


def check_room(mailbox: Mailbox, message: Message, octets: int) -> None:
    """413 when a message with so much more would be above what the mailbox takes."""
    if message.source.load().size + octets > mailbox.max_message_size:
        text = "The message exceeds the maximum supported size."
        raise GraphError(413, "ErrorMessageSizeExceeded", text)


def remove_attachment(context: Context, message: Message, attachment: str) -> Answer:
    """DELETE attachments/{id}; the ids of the others stay."""
    odata.check_options(context.request.query, ())
    part = _part_of(context, message, message.source.load(), attachment)
    attaching.detach(context.mailbox, message, part)
    return no_content()


def _entity(context: Context, message: Message, part: int, status: int) -> Answer:
    view = view_of(context.request.query)
    annotation = context.annotation(f"messages('{context.message_id(message)}')/attachments/$entity")
    shown = attachment_json(message, message.source.load(), part, context, view)
    return json_answer({"@odata.context": annotation, **shown}, status)


def _part_of(context: Context, message: Message, content: Content, reference: str) -> int:
    parsed = parse_id(reference)
    counter = message.number if parsed.kind == "immutable_attachment" else message.placement
    is_here = (
        parsed.kind in ("attachment", "immutable_attachment")
        and parsed.store == context.mailbox.ids.store
        and parsed.counter == counter
        and parsed.part in content.parts()
    )
    if not is_here:
        raise not_found()
    return parsed.part


ROUTES: Rows = of_message(
    ("GET", "/attachments", "read", list_attachments),
    ("POST", "/attachments", "write", add_attachment),
    ("GET", "/attachments/$count", "read", count_attachments),
    ("GET", "/attachments/{attachment}", "read", get_attachment),
    ("DELETE", "/attachments/{attachment}", "write", remove_attachment),
    ("GET", "/attachments/{attachment}/$value", "read", download_attachment),
)
