"""What a message says: addresses, subject, body, headers, attachments. A changed draft gets a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from m365sim.world.seedtypes import SeedAddress as Address
from m365sim.world.seedtypes import SeedAttachment as FileAttachment

__all__ = [
    "Address",
    "Attachment",
    "Content",
    "ContentSource",
    "FileAttachment",
    "ItemAttachment",
    "ReferenceAttachment",
]


@dataclass(frozen=True, slots=True)
class ItemAttachment:
    """A message attached to a message; ``content`` has its own attachments in turn."""

    name: str
    content: Content


@dataclass(frozen=True, slots=True)
class ReferenceAttachment:
    """A link to a file that lies elsewhere. Graph v1.0 knows only that it is there and what it is called.

    Source: Graph v1.0, "referenceAttachment resource type".
    """

    name: str
    content_type: str | None = None
    is_inline: bool = False


Attachment = FileAttachment | ItemAttachment | ReferenceAttachment


class Content(Struct, frozen=True, gc=False):
    """The fixed part of a message; a structure without circles, made in a fifth of a dataclass's time.

    ``message_id`` has its angle brackets, or is empty where the original had none. ``conversation`` is the
    16-octet key of its conversation, ``conversation_index`` MAPI's octets. ``headers`` are the internet
    headers in order as received (empty: they are derived from the fields). ``size`` is in octets. ``mime``
    holds the original octets of a message loaded from a file, otherwise None. ``part_numbers`` name the
    attachments in their ids, one each in the same order, so that taking one away leaves the other ids as they
    are; empty means 0, 1, 2 ... ``part_times`` says when the attachments that came later came (in seconds
    since 1970), by number; it also holds the numbers of those taken away. ``is_harmless`` says of HTML
    that it was made of words of our own, so that nobody need look for scripts in it.
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
    part_numbers: tuple[int, ...] = ()
    part_times: tuple[tuple[int, int], ...] = ()
    is_harmless: bool = False

    def parts(self) -> dict[int, Attachment]:
        """The attachments by the numbers in their ids, in order."""
        return dict(zip(self.part_numbers or range(len(self.attachments)), self.attachments, strict=True))

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
