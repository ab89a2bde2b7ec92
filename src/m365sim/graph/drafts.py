"""Routes that create messages: drafts from JSON and MIME, and mail brought from elsewhere.

Source: Graph v1.0, "Create message"; "Outlook extended properties overview".
"""

from __future__ import annotations

from urllib.parse import quote

from m365sim.graph import odata
from m365sim.graph.authors import address_of
from m365sim.graph.context import Context
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.message_input import imported, kept_extended, message_input, read_flag, written_from
from m365sim.graph.mime_input import is_mime, signed_by, state_of_mime
from m365sim.graph.render import message_json
from m365sim.graph.routes import Rows, of_messages
from m365sim.world import drafts
from m365sim.world.folders import Folder
from m365sim.world.messages import Message
from m365sim.world.organise import check_holds_mail


def create_message(context: Context, folder: Folder | None = None) -> Answer:
    """POST messages (into Drafts) or mailFolders/{id}/messages."""
    odata.check_options(context.request.query, ())
    target = folder or context.mailbox.named["drafts"]
    check_holds_mail(target)
    make = _from_mime if is_mime(context.request) else _from_json
    return created(context, make(context, target))


def _from_mime(context: Context, folder: Folder) -> Message:
    written = signed_by(context.mime, address_of(context.user), context.sim.clock.now_s())
    return drafts.create(context.mailbox, folder, written, **state_of_mime(written))


def _from_json(context: Context, folder: Folder) -> Message:
    now_s = context.sim.clock.now_s()
    given = message_input(context.request.json(), now_s)
    written, state = written_from(given, now_s), given.all_state()
    found = imported(written, given.extended, now_s)
    if found is None:
        state |= read_flag(given.extended)
        return drafts.create(context.mailbox, folder, written, **state)
    state |= {"is_draft": False, "is_read": found.is_read}
    state["extended"] = kept_extended(given.extended, is_import=True)
    return drafts.create(context.mailbox, folder, found.written, found.received_s, **state)


def created(context: Context, message: Message) -> Answer:
    """201 with a new message and its address."""
    annotation = {"@odata.context": context.annotation("messages/$entity")}
    answer = json_answer({**annotation, **message_json(message, context)}, 201)
    owner = f"{context.request.root}/users('{context.user.id}')"
    answer.headers["Location"] = f"{owner}/messages('{quote(context.message_id(message), safe='=')}')"
    return answer


ROUTES: Rows = of_messages(("POST", "", "write", create_message))
