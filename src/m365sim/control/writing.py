"""Control of what people write in other programs: drafts are changed, answered with, sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from m365sim.control.reading import Refused
from m365sim.control.wire import (
    AnswerChange,
    AttachChange,
    Change,
    DetachChange,
    DraftChange,
    SendChange,
    WriteChange,
    address_of,
    attachment_of,
    check_alone,
)
from m365sim.world import answers, attaching, drafts, sending
from m365sim.world.content import Address
from m365sim.world.errors import MalformedId
from m365sim.world.ids import parse_id
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.sending import Author
from m365sim.world.world import World


def check(mailbox: Mailbox, change: Change, messages: list[Message]) -> None:
    """Refused for what is done to drafts alone and is said of others, or cannot be done to one of these."""
    if not isinstance(change, DraftChange):
        return
    for message in messages:
        if not message.is_draft:
            raise Refused("Only a draft can be written, have attachments put on or taken off, or be sent.")
        _check_one(mailbox, change, message)


def _check_one(mailbox: Mailbox, change: DraftChange, message: Message) -> None:
    match change:
        case WriteChange():
            check_alone("The change", {"text": change.text, "html": change.html})
        case AttachChange():
            attachment_of(change.attachment, 0)
        case DetachChange():
            _part_of(mailbox, message, change.attachment)
        case SendChange():
            content = message.source.load()
            if not (content.to or content.cc or content.bcc):
                raise Refused("A draft without recipients cannot be sent.")


def _part_of(mailbox: Mailbox, message: Message, reference: str) -> int:
    try:
        part = parse_id(reference).part
    except MalformedId as error:
        raise Refused(str(error)) from error
    own = mailbox.ids.attachment(message.number, part, is_immutable=True)
    if own != reference or part not in message.source.load().parts():
        raise Refused("The draft has no attachment of this id.", 404)
    return part


def carry_out(world: World, mailbox: Mailbox, change: Change, message: Message) -> list[Message]:
    """Do what was checked to one message; what was made."""
    match change:
        case WriteChange():
            fields = _fields(change)
            drafts.revise(mailbox, message, fields, {_NAMES[name] for name in fields})
        case AttachChange():
            attaching.attach(mailbox, message, attachment_of(change.attachment, world.clock.now_s()))
        case DetachChange():
            attaching.detach(mailbox, message, _part_of(mailbox, message, change.attachment))
        case SendChange():
            from_ = message.source.load().from_ or Address(mailbox.address, "")
            sending.send_draft(world, mailbox, message, Author(from_, from_))
        case AnswerChange():
            return [_answered(mailbox, change, message)]
    return []


_NAMES = {"subject": "subject", "to": "toRecipients", "body": "body", "is_html": "body"}


def _fields(change: WriteChange) -> dict[str, Any]:
    """The fields of `Written` that the change sets."""
    fields: dict[str, Any] = {}
    if change.subject is not None:
        fields["subject"] = change.subject
    if change.to is not None:
        fields["to"] = tuple(map(address_of, change.to))
    if change.html is not None or change.text is not None:
        fields |= {"body": change.html or change.text or "", "is_html": change.html is not None}
    return fields


def _answered(mailbox: Mailbox, change: AnswerChange, message: Message) -> Message:
    original, now_s = message.source.load(), mailbox.clock.now_s()
    own = Address(mailbox.address, "")
    written = answers.answer(change.kind, original, {own.address}, mailbox.language, "", now_s)
    written = replace(written, from_=own, sender=own)
    return drafts.create(mailbox, mailbox.named["drafts"], written, conversation=original.conversation)
