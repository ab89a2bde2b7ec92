"""Routes of one message: show, change, move, copy, delete, download.

Source: Graph v1.0, "Get message", "Update message", "message: move", "message: copy", "Delete message",
"message: permanentDelete", "Get MIME content of a message".
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from m365sim.graph import odata, values
from m365sim.graph.context import Context
from m365sim.graph.errors import bad_request
from m365sim.graph.expanding import expand, parse_expansion
from m365sim.graph.http import Answer, json_answer, no_content
from m365sim.graph.mime_input import AT_ONCE
from m365sim.graph.parameters import parameters
from m365sim.graph.patching import patch_of
from m365sim.graph.render import message_json, selection
from m365sim.graph.routes import Rows, of_message
from m365sim.world import drafts, organise
from m365sim.world.content import Content
from m365sim.world.extending import extend
from m365sim.world.folders import Folder
from m365sim.world.messages import Message
from m365sim.world.mime import to_mime

SENSITIVE_FROM = datetime(2026, 12, 31, tzinfo=UTC)


def get_message(context: Context, message: Message) -> Answer:
    """GET messages/{id}."""
    query = context.request.query
    odata.check_options(query, ("$select", "$expand"))
    select = selection(context)
    expansion = parse_expansion(query.get("$expand", ""))
    shown = message_json(message, context, select)
    return json_answer({**_entity(context), **shown, **expand(message, context, expansion)})


def update_message(context: Context, message: Message) -> Answer:
    """PATCH messages/{id}."""
    odata.check_options(context.request.query, ())
    now_s, may_rewrite = context.sim.clock.now_s(), _may_rewrite(context)
    patch = patch_of(context.request.json(), message, now_s, may_rewrite=may_rewrite)
    organise.mark(context.mailbox, message, patch.marks)
    if patch.content:
        drafts.revise(context.mailbox, message, dict(patch.content), patch.names)
    if patch.extended:
        extend(context.mailbox, message, patch.extended)
    return _shown(context, message, 200)


def _may_rewrite(context: Context) -> bool:
    """Whether what mail says may be changed after it was sent.

    Source: "Updates to sensitive email properties" (permission Mail-Advanced, needed from 31 Dec 2026 on).
    """
    sim, scopes = context.sim, context.caller.scopes
    if sim.behaviour.sensitive_updates == "by_date" and sim.clock.now() < SENSITIVE_FROM:
        return True
    is_own = context.caller.user is not None and context.caller.user.id == context.user.id
    names = {"Mail-Advanced.ReadWrite.Shared", *(["Mail-Advanced.ReadWrite"] if is_own else [])}
    return bool(scopes & ({"Mail-Advanced.ReadWrite.All"} if context.caller.is_app_only else names))


def move_message(context: Context, message: Message) -> Answer:
    """POST messages/{id}/move: the message where it lies now, under a new default id."""
    odata.check_options(context.request.query, ())
    return _shown(context, organise.move(context.mailbox, message, destination(context)), 201)


def copy_message(context: Context, message: Message) -> Answer:
    """POST messages/{id}/copy: the copy."""
    odata.check_options(context.request.query, ())
    return _shown(context, organise.copy(context.mailbox, message, destination(context)), 201)


def delete_message(context: Context, message: Message) -> Answer:
    """DELETE messages/{id}: to Deleted Items; from there, for good."""
    odata.check_options(context.request.query, ())
    organise.delete(context.mailbox, message, is_recoverable=context.sim.behaviour.recoverable_items)
    return no_content()


def destroy_message(context: Context, message: Message) -> Answer:
    """POST messages/{id}/permanentDelete."""
    context.check_global("permanentDelete")
    odata.check_options(context.request.query, ())
    parameters(context.request, ())
    context.mailbox.remove(message)
    return no_content()


async def download_message(context: Context, message: Message) -> Answer:
    """GET messages/{id}/$value: the MIME form."""
    odata.check_options(context.request.query, ())
    return Answer(200, await mime_of(message.source.load()), "text/plain")


async def mime_of(content: Content) -> bytes:
    """The MIME form of what never changes; a large one is made in a thread, while others are answered."""
    if content.mime is not None or content.size < AT_ONCE:
        return to_mime(content)
    return await asyncio.to_thread(to_mime, content)


def destination(context: Context) -> Folder:
    """The folder named by ``destinationId`` (either spelling) in the body."""
    data = values.plain(context.request.json())
    if unknown := sorted(set(data) - {"destinationId"}):
        raise bad_request(f"The parameter '{unknown[0]}' is not known to this action.")
    reference = data.get("destinationId")
    if not isinstance(reference, str) or not reference:
        raise bad_request("The parameter destinationId is missing or empty.", "ErrorInvalidParameter")
    return context.mailbox.folder(reference)


def _shown(context: Context, message: Message, status: int) -> Answer:
    return json_answer({**_entity(context), **message_json(message, context)}, status)


def _entity(context: Context) -> dict[str, str]:
    return {"@odata.context": context.annotation("messages/$entity")}


ROUTES: Rows = of_message(
    ("GET", "", "basic", get_message),
    ("PATCH", "", "write", update_message),
    ("DELETE", "", "write", delete_message),
    ("POST", "/move", "write", move_message),
    ("POST", "/copy", "write", copy_message),
    ("POST", "/permanentDelete", "write", destroy_message),
    ("GET", "/$value", "read", download_message),
)
