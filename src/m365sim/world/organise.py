"""What people and programs do with messages: mark, move, copy, delete.

Each function changes all it says or, raising, nothing. A change that changes nothing leaves no trace.

Source: Graph v1.0, "Update message", "message: move", "message: copy", "Delete message".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from m365sim.world.errors import NotAllowed
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Flag, Message
from m365sim.world.seedtypes import Importance, Inference
from m365sim.world.wellknown import RECOVERABLE, SEARCH_FOLDERS

# Field of Message -> Graph's name of the property, as the journal keeps it.
_PROPERTIES = {
    "is_read": "isRead",
    "flag": "flag",
    "categories": "categories",
    "importance": "importance",
    "inference": "inferenceClassification",
    "read_receipt": "isReadReceiptRequested",
    "delivery_receipt": "isDeliveryReceiptRequested",
}


@dataclass(frozen=True, slots=True)
class Marks:
    """New values for a message's changeable properties; None leaves one as it is."""

    is_read: bool | None = None
    flag: Flag | None = None
    categories: tuple[str, ...] | None = None
    importance: Importance | None = None
    inference: Inference | None = None
    read_receipt: bool | None = None
    delivery_receipt: bool | None = None


def mark(mailbox: Mailbox, message: Message, marks: Marks) -> frozenset[str]:
    """Set properties; return Graph's names of those that really changed."""
    changed = _differences(message, marks)
    if not changed:
        return frozenset()
    for name, value in changed.items():
        setattr(message, name, value)
    fields = frozenset(_PROPERTIES[name] for name in changed)
    mailbox.updated(message, fields)
    if "is_read" in changed:
        mailbox.read_changed(message)
    return fields


def _differences(message: Message, marks: Marks) -> dict[str, Any]:
    wanted = {name: getattr(marks, name) for name in _PROPERTIES}
    return {n: v for n, v in wanted.items() if v is not None and v != getattr(message, n)}


def move(mailbox: Mailbox, message: Message, target: Folder) -> Message:
    """Move a message; into the folder where it lies already, it still gets a new default id."""
    check_holds_mail(target)
    mailbox.relocate(message, target)
    return message


def copy(mailbox: Mailbox, message: Message, target: Folder) -> Message:
    """Copy a message; the copy has ids of its own in both forms."""
    check_holds_mail(target)
    state = {n: getattr(message, n) for n in (*_PROPERTIES, "is_draft", "extended", "meeting")}
    return mailbox.add(target, message.source, message.received_s, **state)


def delete(mailbox: Mailbox, message: Message, *, is_recoverable: bool = True) -> bool:
    """Move to Deleted Items; from there to what can be recovered; from there away. True if it is gone.

    Without ``is_recoverable`` what lies in Deleted Items goes for good.
    """
    bin_ = mailbox.named["deleteditems"]
    if not message.folder.is_within(bin_) and not message.folder.is_beyond:
        mailbox.relocate(message, bin_)
        return False
    if is_recoverable and not message.folder.is_beyond:
        mailbox.relocate(message, mailbox.named[RECOVERABLE])
        return False
    mailbox.remove(message)
    return True


def check_holds_mail(target: Folder) -> None:
    """NotAllowed for a folder in which no message can lie: the root, and what only shows or groups others."""
    if target.parent is None:
        raise NotAllowed("ErrorInvalidOperation", "Messages cannot be placed in the root of the mailbox.")
    if target.search is not None or target.well_known == SEARCH_FOLDERS:
        raise NotAllowed("ErrorInvalidOperation", "Messages cannot be placed in a search folder.")
