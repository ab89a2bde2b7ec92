"""Routes that answer and forward a message: as a draft to be sent later, or at once.

Source: Graph v1.0, "message: createReply", "createReplyAll", "createForward", "reply", "replyAll", "forward".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from m365sim.graph import odata, values
from m365sim.graph.authors import address_of
from m365sim.graph.context import Context, Handler
from m365sim.graph.drafts import created
from m365sim.graph.errors import bad_request
from m365sim.graph.http import Answer
from m365sim.graph.message_input import MessageInput, message_input, with_thread
from m365sim.graph.mime_input import is_mime, signed_by, state_of_mime
from m365sim.graph.parameters import parameters
from m365sim.graph.routes import Rows, of_message
from m365sim.graph.sending import send_written
from m365sim.world import answers, drafts
from m365sim.world.answers import AnswerKind
from m365sim.world.compose import Written
from m365sim.world.content import Content
from m365sim.world.conversations import answered
from m365sim.world.extending import extend, last_verb
from m365sim.world.messages import Message
from m365sim.world.trace import with_headers


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is written in answer, with further fields of `Message`."""

    written: Written
    state: Mapping[str, Any]


def _creating(kind: AnswerKind) -> Handler:
    def create(context: Context, message: Message) -> Answer:
        original = message.source.load()
        made = _answer(context, original, kind, must_name=False)
        owner = address_of(context.user)
        written = replace(
            made.written, from_=made.written.from_ or owner, sender=made.written.sender or owner
        )
        mailbox = context.mailbox
        folder, key = mailbox.named["drafts"], original.conversation
        return created(context, drafts.create(mailbox, folder, written, conversation=key, **made.state))

    return create


def _sending(kind: AnswerKind) -> Handler:
    def send(context: Context, message: Message) -> Answer:
        original = message.source.load()
        made = _answer(context, original, kind, must_name=True)
        answer = send_written(context, made.written, made.state, conversation=original.conversation)
        extend(context.mailbox, message, last_verb(kind, context.sim.clock.now_s()))
        return answer

    return send


def _answer(context: Context, original: Content, kind: AnswerKind, *, must_name: bool) -> _Answer:
    """Understand the call. Who sends forwarded mail at once ``must_name`` recipients, in one place only."""
    odata.check_options(context.request.query, ())
    if is_mime(context.request):
        return _from_mime(context, original, kind)
    now_s = context.sim.clock.now_s()
    known = ("message", "comment", *(["toRecipients"] if kind == "forward" else []))
    given = parameters(context.request, known)
    message = message_input(given.get("message", {}), now_s)
    if "comment" in given and "body" in message.content:
        raise bad_request("Specify either a comment or the body of the message, not both.")
    comment = values.text("comment", given.get("comment"))
    written = _merged(_proposed(context, original, kind, comment), message)
    if kind == "forward":
        written = _addressed(written, given, message, must_name=must_name)
    return _Answer(written, message.all_state())


def _proposed(context: Context, original: Content, kind: AnswerKind, comment: str) -> Written:
    own, language = context.user.addresses(), context.mailbox.language
    return answers.answer(kind, original, own, language, comment, context.sim.clock.now_s())


def _merged(proposed: Written, message: MessageInput) -> Written:
    """The proposed answer with what the program says otherwise; its body takes the quotation's place."""
    whole = replace(
        proposed,
        headers=(*proposed.headers, *message.headers),
        attachments=(*proposed.attachments, *message.attachments),
        **message.content,
    )
    return with_thread(whole, message.extended)


def _addressed(
    written: Written, given: Mapping[str, Any], message: MessageInput, *, must_name: bool
) -> Written:
    places = ("toRecipients" in given) + bool(message.content.get("to"))
    if places == 2 or (must_name and not places):
        text = "Specify either the parameter toRecipients or the toRecipients of the message"
        raise bad_request(f"{text}, {'not both' if places else 'one of them'}.", "ErrorInvalidParameter")
    if "toRecipients" not in given:
        return written
    return replace(written, to=values.recipients("toRecipients", given["toRecipients"]))


def _from_mime(context: Context, original: Content, kind: AnswerKind) -> _Answer:
    """The MIME as it is; recipients, subject and thread come from the original where it has none."""
    now_s = context.sim.clock.now_s()
    mime = signed_by(context.mime, address_of(context.user), now_s)
    proposed = _proposed(context, original, kind, "")
    added = [] if mime.references else list(proposed.headers)
    if not (mime.to or mime.cc or mime.bcc) and proposed.to:
        to, cc = proposed.to, proposed.cc
        added += [(name, _listed(people)) for name, people in (("To", to), ("Cc", cc)) if people]
        mime = replace(mime, to=to, cc=cc)
    if not mime.subject:
        added.append(("Subject", proposed.subject))
        mime = replace(mime, subject=proposed.subject)
    drop = {name.lower() for name, _ in added}
    whole = replace(
        with_headers(mime, added, drop=drop),
        references=mime.references or proposed.references,
        conversation_index=answered(original.conversation_index, now_s),
    )
    return _Answer(whole, state_of_mime(whole))


def _listed(people: tuple[Any, ...]) -> str:
    return ", ".join(person.address for person in people)


ROUTES: Rows = of_message(
    ("POST", "/createReply", "write", _creating("reply")),
    ("POST", "/createReplyAll", "write", _creating("replyAll")),
    ("POST", "/createForward", "write", _creating("forward")),
    ("POST", "/reply", "send", _sending("reply")),
    ("POST", "/replyAll", "send", _sending("replyAll")),
    ("POST", "/forward", "send", _sending("forward")),
)
