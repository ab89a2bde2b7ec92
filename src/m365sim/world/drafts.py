"""Drafts: written, and written anew until they are sent.

Source: Graph v1.0, "Create message", "Update message".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from m365sim.world import conversations
from m365sim.world.compose import Written, content_of, renewed, written_of
from m365sim.world.content import Content
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.mime import field_headers, is_structural

_CONVERSATION = ("conversationId", "conversationIndex")


def create(
    mailbox: Mailbox,
    folder: Folder,
    written: Written,
    received_s: int | None = None,
    conversation: bytes | None = None,
    **state: Any,
) -> Message:
    """Put what a program wrote into a folder: an unsent draft, and read, unless ``state`` says otherwise."""
    content = content_of(with_message_id(mailbox, written), mailbox.conversations, conversation)
    mailbox.conversations[content.message_id] = content.conversation
    at_s = mailbox.clock.now_s() if received_s is None else received_s
    return mailbox.add(folder, content, at_s, **{"is_draft": True, "is_read": True, **state})


def with_message_id(mailbox: Mailbox, written: Written) -> Written:
    """What was written, with a Message-ID if it has none; the same for its MIME form."""
    from m365sim.world.trace import with_headers

    if written.message_id:
        return written
    made = f"<{uuid4().hex.upper()}@{mailbox.address.rpartition('@')[2]}>"
    if written.mime is None:
        return replace(written, message_id=made)
    return replace(with_headers(written, [("Message-ID", made)], drop={"message-id"}), message_id=made)


def revise(mailbox: Mailbox, message: Message, changes: dict[str, Any], fields: Iterable[str]) -> None:
    """Let a message say something else: ``changes`` are fields of `Written`, ``fields`` Graph's names.

    A change that changes nothing leaves no trace. With another subject it belongs to another conversation.
    What came as MIME is rebuilt from now on.
    """
    before = message.source.load()
    if all(getattr(before, name) == value for name, value in changes.items()):
        return
    written = replace(written_of(before), mime=None, headers=_own_headers(before), **changes)
    names = {*fields, *(["bodyPreview"] if "body" in changes else [])}
    key = before.conversation
    if conversations.topic(written.subject).casefold() != conversations.topic(before.subject).casefold():
        key = conversations.key_of(f"subject:{uuid4()}")
        written = replace(written, conversation_index=b"")
        names.update(_CONVERSATION)
    content = renewed(before, written, key)
    if content.message_id:
        mailbox.conversations[content.message_id] = content.conversation
    mailbox.rewrite(message, content, names)


def _own_headers(content: Content) -> tuple[tuple[str, str], ...]:
    """Those headers that the fields of a message do not say."""
    if content.mime is None:
        return content.headers
    said = {name.lower() for name, _ in field_headers(content)} | {"bcc", "cc", "to", "reply-to", "sender"}
    return tuple((n, v) for n, v in content.headers if n.lower() not in said and not is_structural(n))
