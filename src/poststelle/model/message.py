"""A message: one immutable part and its mutable keywords, categories, importance and folder.

Structs, not dataclasses: a mailbox is read by the hundred thousand, and these are made four times as fast.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from msgspec import Struct

from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId, ThreadId

SEEN, FLAGGED, DRAFT, ANSWERED, FORWARDED = "$seen", "$flagged", "$draft", "$answered", "$forwarded"
SYSTEM_KEYWORDS = (SEEN, FLAGGED, DRAFT, ANSWERED, FORWARDED)


class Importance(IntEnum):
    LOW = 0
    NORMAL = 1
    HIGH = 2


class Address(Struct, frozen=True, gc=False):
    """A display name (may be empty) and an address (may be empty too: real mail has both)."""

    name: str
    email: str


class Mutable(Struct, frozen=True, gc=False):
    """What may change in a stored message without making it another one.

    ``categories`` keep the provider's order and letter case. ``due_at`` is a
    follow-up's due date.
    """

    is_seen: bool = False
    is_flagged: bool = False
    is_draft: bool = False
    is_answered: bool = False
    is_forwarded: bool = False
    importance: Importance = Importance.NORMAL
    categories: tuple[str, ...] = ()
    due_at: datetime | None = None


class Message(Struct, frozen=True, gc=False):
    """A stored message without its body. ``size`` is in octets and never changes once told."""

    account_id: AccountId
    id: MessageId
    remote_id: RemoteId
    thread_id: ThreadId
    folder_ids: tuple[FolderId, ...]
    received_at: datetime
    sent_at: datetime | None
    internet_message_id: str | None
    subject: str
    preview: str
    from_: tuple[Address, ...]
    sender: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    has_attachment: bool
    size: int
    mutable: Mutable


class Body(Struct, frozen=True, gc=False):
    """A message's text as the provider gave it: ``text/html`` or ``text/plain``, decoded."""

    content_type: str
    content: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment of a stored message; ``position`` is its number in the message, from 0.

    ``kind`` is ``file``, ``item`` (a message, contact or event inside) or
    ``reference`` (a link to a cloud file, without bytes here).
    """

    position: int
    remote_id: RemoteId
    name: str
    content_type: str
    size: int
    content_id: str | None
    is_inline: bool
    kind: str
