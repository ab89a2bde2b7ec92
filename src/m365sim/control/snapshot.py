"""The whole truth about a mailbox, line by line, for comparison with what somebody else believes.

NDJSON: first the folders (``"kind": "folder"``), then every message (``"kind": "message"``), newest first
in each folder. Nothing else runs while one chunk is written, but changes may fall between chunks: compare
when all is quiet.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from m365sim.control.mail import folder_line
from m365sim.world import conversations
from m365sim.world.compose import attachment_size
from m365sim.world.content import Attachment, Content, ItemAttachment
from m365sim.world.dispatched import Dispatch
from m365sim.world.extending import LAST_VERB
from m365sim.world.instants import iso
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message
from m365sim.world.sheets import shown

_CHUNK = 1000
_encoder = msgspec.json.Encoder()


def lines(mailbox: Mailbox) -> Iterator[bytes]:
    """The snapshot in chunks of up to a thousand lines."""
    folders = [f for f in mailbox.root.walk() if f is not mailbox.root]
    yield b"".join(_line({"kind": "folder", **folder_line(mailbox, f)}) for f in folders)
    chunk: list[bytes] = []
    for folder in folders:
        for message in list(mailbox.newest(folder)):
            chunk.append(_line(message_line(mailbox, message)))
            if len(chunk) == _CHUNK:
                yield b"".join(chunk)
                chunk.clear()
    yield b"".join(chunk)


def message_line(mailbox: Mailbox, message: Message) -> dict[str, Any]:
    """One message: its immutable id, where it lies, and everything about it that can change.

    ``bodySha256`` is of the body's text in UTF-8, as a reader gets it who asks for nothing special.
    """
    content = message.source.load()
    return {
        "kind": "message",
        "id": mailbox.ids.immutable(message.number),
        "folderId": mailbox.ids.folder(message.folder.number),
        "internetMessageId": content.message_id,
        "inReplyTo": _answered(content),
        "to": [person.address for person in content.to],
        "subject": content.subject,
        "receivedDateTime": iso(message.received_s),
        "isRead": message.is_read,
        "flag": message.flag.status,
        "categories": message.categories,
        "importance": message.importance,
        "inferenceClassification": message.inference,
        "isDraft": message.is_draft,
        "meeting": None if message.meeting is None else message.meeting.kind,
        "hasAttachments": content.has_attachments,
        "attachments": [_attached(mailbox, message, *one) for one in content.parts().items()],
        "size": content.size,
        "conversationId": mailbox.ids.conversation(content.conversation),
        "lastVerb": message.extended.get(LAST_VERB),
        "bodySha256": _digest(content),
    }


def dispatch_line(mailbox: Mailbox, letter: Dispatch) -> dict[str, Any]:
    """One letter that has left: the immutable ids of its draft and of the sender's copy, and what it says."""
    content = letter.content
    return {
        "at": iso(content.sent_s),
        "draft": None if letter.draft is None else mailbox.ids.immutable(letter.draft),
        "copy": None if letter.copy is None else mailbox.ids.immutable(letter.copy),
        "internetMessageId": content.message_id,
        "recipients": letter.recipients,
        "subject": content.subject,
        "bodySha256": _digest(content),
    }


def _digest(content: Content) -> str:
    return sha256(_readable(content).encode(errors="surrogatepass")).hexdigest()


def _answered(content: Content) -> list[str]:
    """The ids in its ``In-Reply-To``."""
    named = (value for name, value in content.headers if name.casefold() == "in-reply-to")
    return [found for value in named for found in conversations.message_ids(value)]


def _attached(mailbox: Mailbox, message: Message, part: int, attachment: Attachment) -> dict[str, Any]:
    return {
        "id": mailbox.ids.attachment(message.number, part, is_immutable=True),
        "name": attachment.name,
        "size": attachment_size(attachment),
        "isInline": not isinstance(attachment, ItemAttachment) and attachment.is_inline,
    }


def _readable(content: Content) -> str:
    is_as_it_is = content.is_harmless or not content.is_html
    return content.body if is_as_it_is else shown(content.body)


def _line(data: dict[str, Any]) -> bytes:
    return _encoder.encode(data) + b"\n"
