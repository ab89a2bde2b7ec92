"""Attachments put on a message that lies in a mailbox, and taken off it again.

An attachment keeps the number in its id for life, and no number is given twice.

Source: Graph v1.0, "Add attachment", "Delete attachment".
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from m365sim.world.compose import attachment_size
from m365sim.world.content import Attachment, Content
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.mime import is_structural

_CHANGED = ("hasAttachments",)
# What a rebuilt message says anew, from its fields.
_REBUILT = frozenset(["from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id"])


def attach(mailbox: Mailbox, message: Message, attachment: Attachment) -> int:
    """Put an attachment behind those that are there; return the number in its id."""
    content = without_mime(message.source.load())
    parts = content.parts()
    number = 1 + max((*parts, *(n for n, _ in content.part_times)), default=-1)
    times = {**dict(content.part_times), number: mailbox.clock.now_s()}
    _rewrite(mailbox, message, content, {**parts, number: attachment}, times)
    return number


def detach(mailbox: Mailbox, message: Message, number: int) -> None:
    """Take the attachment of this number away. Its number stays known, so that it is not given again."""
    content = without_mime(message.source.load())
    parts = content.parts()
    del parts[number]
    times = {number: mailbox.clock.now_s(), **dict(content.part_times)}
    _rewrite(mailbox, message, content, parts, times)


def _rewrite(
    mailbox: Mailbox,
    message: Message,
    content: Content,
    parts: Mapping[int, Attachment],
    times: Mapping[int, int],
) -> None:
    before = sum(map(attachment_size, content.attachments))
    changed = structs.replace(
        content,
        attachments=tuple(parts.values()),
        part_numbers=tuple(parts),
        part_times=tuple(times.items()),
        size=content.size - before + sum(map(attachment_size, parts.values())),
    )
    mailbox.rewrite(message, changed, _CHANGED)


def without_mime(content: Content) -> Content:
    """The content without the octets it came in, which a change has made untrue."""
    if content.mime is None:
        return content
    headers = tuple((n, v) for n, v in content.headers if not is_structural(n) and n.lower() not in _REBUILT)
    return structs.replace(content, mime=None, headers=headers)
