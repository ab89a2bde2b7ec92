"""Routes that send: a draft, or a message that was never one.

Source: Graph v1.0, "message: send", "user: sendMail".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from m365sim.graph import odata, values
from m365sim.graph.authors import address_of, author_of
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError, bad_request
from m365sim.graph.http import Answer
from m365sim.graph.message_input import message_input, written_from
from m365sim.graph.mime_input import is_mime, signed_by, state_of_mime
from m365sim.graph.parameters import parameters
from m365sim.graph.routes import Rows, of_message
from m365sim.world import sending
from m365sim.world.compose import Written, content_of, written_of
from m365sim.world.content import Address
from m365sim.world.messages import Message

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


def send_message(context: Context, message: Message) -> Answer:
    """POST messages/{id}/send: a draft goes out."""
    odata.check_options(context.request.query, ())
    parameters(context.request, ())
    if not message.is_draft:
        raise bad_request("A message that is not a draft cannot be sent.", "ErrorInvalidOperation")
    written = written_of(message.source.load())
    author = author_of(context, None if written.mime is not None else written.from_)
    check_sendable(context, written)
    sending.send_draft(context.sim.world, context.mailbox, message, author)
    return Answer(202)


def send_mail(context: Context) -> Answer:
    """POST sendMail."""
    odata.check_options(context.request.query, ())
    now_s = context.sim.clock.now_s()
    if is_mime(context.request):
        written = signed_by(context.mime, address_of(context.user), now_s)
        return send_written(context, written, state_of_mime(written))
    given = parameters(context.request, ("message", "saveToSentItems"))
    if "message" not in given:
        raise bad_request("The parameter 'message' is missing.", "ErrorInvalidParameter")
    is_saved = _is_saved(given.get("saveToSentItems", True))
    message = message_input(given["message"], now_s)
    return send_written(context, written_from(message, now_s), message.all_state(), is_saved=is_saved)


def _is_saved(value: Any) -> bool:
    """The guide's own sample passes a text."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return values.boolean("saveToSentItems", value)


def send_written(
    context: Context,
    written: Written,
    state: Mapping[str, Any],
    *,
    is_saved: bool = True,
    conversation: bytes | None = None,
) -> Answer:
    """Send what a program wrote: 202, and nothing tells what became of it."""
    author = author_of(context, None if written.mime is not None else written.from_)
    check_sendable(context, written)
    kept = {name: value for name, value in state.items() if name != "is_read"}
    world, mailbox = context.sim.world, context.mailbox
    sending.send(world, mailbox, written, author, kept, is_saved=is_saved, conversation=conversation)
    return Answer(202)


def check_sendable(context: Context, written: Written) -> None:
    """400 without recipients, with one that is none, or with too many; 413 for a message too large."""
    people = (*written.to, *written.cc, *written.bcc)
    if not people or _has_empty_group(written):
        raise _invalid("A message can't be sent because it contains no recipients.")
    for person in people:
        _check_address(person)
    most = context.sim.limits.recipients_per_message
    if most is not None and len(people) > most:
        message = f"A message may have {most} recipients; this one has {len(people)}."
        raise bad_request(message, "ErrorRecipientsLimitExceeded")
    if content_of(written, {}).size > context.mailbox.max_message_size:
        raise GraphError(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")


def _check_address(person: Address) -> None:
    if not _ADDRESS.fullmatch(person.address):
        shown = person.address or person.name
        raise _invalid(
            f"Recipient '{shown}' is not resolved. All recipients must be resolved before a message can be "
            "submitted."
        )


def _invalid(why: str) -> GraphError:
    return bad_request(f"At least one recipient is not valid., {why}", "ErrorInvalidRecipients")


def _has_empty_group(written: Written) -> bool:
    """Whether MIME names a group without members (``undisclosed-recipients:;``), which Exchange refuses."""
    if written.mime is None:
        return False
    named = {name.lower(): value for name, value in written.headers}
    return any(re.search(r":\s*;", named.get(name, "")) is not None for name in ("to", "cc", "bcc"))


ROUTES: Rows = (
    ("POST", "sendMail", "send_mail", send_mail),
    *of_message(("POST", "/send", "send", send_message)),
)
