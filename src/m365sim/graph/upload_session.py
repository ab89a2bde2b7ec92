"""``createUploadSession``: where a large file may be sent in pieces.

Source: Graph v1.0, "attachment: createUploadSession", "Attach large files to Outlook messages or events";
"Known issues" (delegated permissions, large files, another's mailbox).
"""

from __future__ import annotations

from typing import Any

from m365sim.graph import odata, values
from m365sim.graph.attachment_input import SMALL_OCTETS
from m365sim.graph.attachment_routes import check_room
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError, access_denied, bad_request, not_simulated
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.routes import Rows, of_message
from m365sim.uploads.sessions import UploadSession
from m365sim.world.content import FileAttachment
from m365sim.world.instants import iso
from m365sim.world.messages import Message

LARGE_OCTETS = 150 * 1024 * 1024
_KIND = "microsoft.graph.attachmentItem"
_FIELDS = frozenset({"attachmentType", "contentId", "contentType", "isInline", "name", "size"})


def create_upload_session(context: Context, message: Message) -> Answer:
    """POST attachments/createUploadSession: 201 with the address for the pieces."""
    odata.check_options(context.request.query, ())
    uploads, now_s = context.sim.uploads, context.sim.clock.now_s()
    if not uploads.base_url:
        raise not_simulated("upload sessions without a listener for uploads")
    fields = _fields(context.request.json())
    _check_mailbox(context)
    size = _size(fields)
    check_room(context.mailbox, message, size)
    session = UploadSession(
        app_id=context.caller.app_id,
        user=context.user,
        mailbox=context.mailbox,
        message=message,
        file=_file(context, fields),
        size=size,
        expires_s=now_s + context.sim.behaviour.upload_session_s,
        is_immutable=context.prefer.is_immutable,
    )
    uploads.add(session, now_s)
    return json_answer(
        {
            "@odata.context": f"{context.request.root}/$metadata#microsoft.graph.uploadSession",
            "uploadUrl": uploads.url(session),
            "expirationDateTime": iso(session.expires_s),
            "nextExpectedRanges": ["0-"],
        },
        201,
    )


def _check_mailbox(context: Context) -> None:
    caller = context.caller
    is_anothers = caller.user is not None and caller.user.id != context.user.id
    if is_anothers and context.sim.behaviour.shared_uploads_refused:
        raise access_denied()


def _fields(data: dict[str, Any]) -> dict[str, Any]:
    outer = values.plain(data)
    if unknown := sorted(set(outer) - {"attachmentItem"}):
        raise bad_request(f"The parameter '{unknown[0]}' is not known to this action.")
    fields = values.object_of("AttachmentItem", outer.get("attachmentItem"), _KIND)
    if unknown := sorted(set(fields) - _FIELDS):
        raise values.no_such_property(unknown[0], _KIND)
    kind = values.one_of("attachmentType", fields.get("attachmentType"), ("file", "item", "reference"))
    if kind != "file":
        raise bad_request(f"An attachment of type {kind} cannot be uploaded.", "ErrorInvalidParameter")
    return fields


def _size(fields: dict[str, Any]) -> int:
    size = fields.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise values.wrong("size", "Edm.Int64")
    if size < SMALL_OCTETS:
        message = f"The attachment size should be at least {SMALL_OCTETS} octets; send a smaller one by POST."
        raise bad_request(message, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize")
    if size > LARGE_OCTETS:
        message = f"The attachment exceeds the maximum supported size of {LARGE_OCTETS} octets."
        raise GraphError(400, "ErrorAttachmentSizeLimitExceeded", message)
    return size


def _file(context: Context, fields: dict[str, Any]) -> FileAttachment:
    name = values.text("name", fields.get("name"))
    if not name:
        raise bad_request("Required property 'name' is missing.", "ErrorRequiredPropertyMissing")
    kind = values.text("contentType", fields.get("contentType")) or "application/octet-stream"
    content_id = values.text("contentId", fields.get("contentId")) or None
    is_inline = values.boolean("isInline", fields.get("isInline") or False)
    if context.sim.behaviour.uploads_lose_inline:
        content_id, is_inline = None, False
    return FileAttachment(name, kind, b"", content_id, is_inline)


ROUTES: Rows = of_message(("POST", "/attachments/createUploadSession", "write", create_upload_session))
