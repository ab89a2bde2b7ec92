"""Sending: what was a draft becomes a letter, and a copy in Sent Items.

The guide says that the copy keeps the draft's immutable id; several reports say that it has another one.
`Behaviour.sent_ids` chooses. What is sent shows in the Outbox for a moment, as programs have been told of
things there that were gone when they looked.

Source: Graph v1.0, "message: send", "user: sendMail"; "Obtain immutable identifiers"; reports in facts B5, C.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from m365sim.world.compose import Written, content_of, renewed, written_of
from m365sim.world.content import Address, Content
from m365sim.world.dispatched import Dispatch
from m365sim.world.drafts import with_message_id
from m365sim.world.instants import parse_iso
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.mime import field_headers
from m365sim.world.post import Letter, post
from m365sim.world.trace import with_headers
from m365sim.world.world import World

_KEPT_STATE = (
    "flag",
    "categories",
    "importance",
    "inference",
    "read_receipt",
    "delivery_receipt",
    "extended",
)
_DEFERRED = "SystemTime 0x3fef"
"""PidTagDeferredSendTime: not to be sent before."""


@dataclass(frozen=True, slots=True)
class Author:
    """For whom a message speaks (``from_``) and who really sends it (``sender``)."""

    from_: Address
    sender: Address


def send_draft(world: World, mailbox: Mailbox, draft: Message, author: Author) -> None:
    """Send a message that lies in the mailbox. Under its id nothing is found any more, or not for a while."""
    before = draft.source.load()
    state = {name: getattr(draft, name) for name in _KEPT_STATE}
    written = _signed(mailbox, with_message_id(mailbox, written_of(before)), author)
    content = _filed(mailbox, renewed(before, written, before.conversation))
    is_kept = world.around.behaviour.sent_ids == "kept"
    if is_kept and world.around.behaviour.outbox_interlude:
        mailbox.relocate(draft, mailbox.named["outbox"])
    mailbox.remove(draft)
    if not is_kept:
        _pass_outbox(world, mailbox, content, state)
    draft.source, draft.is_draft = content, False
    copy = SentCopy(mailbox.id, content, state, draft if is_kept else None)
    _send(world, mailbox, copy, draft=draft.number)


def send(
    world: World,
    mailbox: Mailbox,
    written: Written,
    author: Author,
    state: Mapping[str, Any],
    *,
    is_saved: bool = True,
    conversation: bytes | None = None,
) -> None:
    """Send what a program wrote, without a draft before. ``state`` are further fields of `Message`."""
    signed = _signed(mailbox, with_message_id(mailbox, written), author)
    content = _filed(mailbox, content_of(signed, mailbox.conversations, conversation))
    _pass_outbox(world, mailbox, content, state)
    _send(world, mailbox, SentCopy(mailbox.id, content, state), is_saved=is_saved)


def _signed(mailbox: Mailbox, written: Written, author: Author) -> Written:
    """The message with its author and the instant of sending, in its MIME form too."""
    now_s = mailbox.clock.now_s()
    signed = replace(written, from_=author.from_, sender=author.sender, sent_s=now_s)
    if signed.mime is None:
        return signed
    bare = content_of(replace(signed, mime=None, to=(), cc=(), bcc=(), reply_to=()), {})
    names = {"From", "Sender", "Date"}
    added = [(name, value) for name, value in field_headers(bare) if name in names]
    return with_headers(signed, added, drop={"from", "sender", "date"})


def _filed(mailbox: Mailbox, content: Content) -> Content:
    """The content of the sender's copy, its conversation known to the mailbox."""
    mailbox.conversations[content.message_id] = content.conversation
    return content


def _pass_outbox(world: World, mailbox: Mailbox, content: Content, state: Mapping[str, Any]) -> None:
    if world.around.behaviour.outbox_interlude:
        outbox = mailbox.named["outbox"]
        mailbox.remove(mailbox.add(outbox, content, mailbox.clock.now_s(), is_read=True, **state))


@dataclass(frozen=True, slots=True)
class SentCopy:
    """What is to lie in the Sent Items of a mailbox. ``message`` is the draft where its id survives."""

    mailbox_id: str
    content: Content
    state: Mapping[str, Any]
    message: Message | None = None

    def act(self, world: World) -> None:
        """File it; nothing when the mailbox is gone."""
        mailbox = world.mailbox_of(self.mailbox_id)
        if mailbox is None:
            return
        folder, sent_s = mailbox.named["sentitems"], self.content.sent_s
        if self.message is None:
            message = mailbox.add(folder, self.content, sent_s, is_read=True, **self.state)
            world.dispatched.filed(self.content, message.number)
            return
        self.message.received_s, self.message.is_read = sent_s, True
        mailbox.put_back(self.message, folder)
        world.dispatched.filed(self.content, self.message.number)


def _send(
    world: World, mailbox: Mailbox, copy: SentCopy, *, is_saved: bool = True, draft: int | None = None
) -> None:
    letter = _letter(copy)
    now_s = world.clock.now().timestamp()
    world.dispatched.add(Dispatch(mailbox.id, draft, copy.content, letter.recipients))
    start_s = max(now_s, _deferred_s(copy.state))
    filed_s = start_s + world.around.behaviour.sent_copy_delay_s
    if not is_saved:
        pass
    elif filed_s > now_s:
        world.agenda.add(filed_s, copy)
    else:
        copy.act(world)
    free_s = world.around.limits.delivery_at(mailbox.id, len(letter.recipients), start_s)
    post(world, letter, not_before_s=free_s)


def _deferred_s(state: Mapping[str, Any]) -> float:
    text = state.get("extended", {}).get(_DEFERRED)
    return parse_iso(text) if text else 0.0


def _letter(copy: SentCopy) -> Letter:
    content = copy.content
    people = (*content.to, *content.cc, *content.bcc)
    sender = content.from_.address if content.from_ else ""
    return Letter(
        written_of(content),
        sender,
        tuple(dict.fromkeys(p.address for p in people)),
        importance=copy.state.get("importance", "normal"),
        read_receipt=copy.state.get("read_receipt", False),
        delivery_receipt=copy.state.get("delivery_receipt", False),
    )
