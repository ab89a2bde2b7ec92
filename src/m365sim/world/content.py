"""What a message says and never changes again: addresses, subject, body, headers, attachments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from m365sim.world.seedtypes import SeedAddress as Address
from m365sim.world.seedtypes import SeedAttachment as FileAttachment

__all__ = ["Address", "Attachment", "Content", "ContentSource", "FileAttachment", "ItemAttachment"]


@dataclass(frozen=True, slots=True)
class ItemAttachment:
    """A message attached to a message; ``content`` has its own attachments in turn."""

    name: str
    content: Content


Attachment = FileAttachment | ItemAttachment


@dataclass(frozen=True, slots=True)
class Content:
    """The fixed part of a message.

    ``message_id`` has its angle brackets, or is empty where the original had none. ``conversation`` is the
    16-octet key of its conversation, ``conversation_index`` MAPI's octets. ``headers`` are the internet
    headers in order as received (empty: they are derived from the fields). ``size`` is in octets. ``mime``
    holds the original octets of a message loaded from a file, otherwise None.
    """

    message_id: str
    subject: str
    sender: Address | None
    from_: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    body: str
    is_html: bool
    preview: str
    sent_s: int
    size: int
    conversation: bytes
    conversation_index: bytes
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    mime: bytes | None = None

    def load(self) -> Content:
        """A content is its own source."""
        return self

    @property
    def has_attachments(self) -> bool:
        """True when something beside inline pictures is attached.

        Source: Graph v1.0, "message resource type" (hasAttachments).
        """
        return any(isinstance(a, ItemAttachment) or not a.is_inline for a in self.attachments)


class ContentSource(Protocol):
    """Gives a message's content, from memory or made on demand; the same every time."""

    def load(self) -> Content:
        """The content."""
        ...
