"""MAPI properties that programs set on messages and folders, by their ids in Graph's spelling.

Source: Graph v1.0, "Outlook extended properties overview".
"""

from __future__ import annotations

from collections.abc import Mapping

from m365sim.world.folders import Folder
from m365sim.world.instants import iso
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message

Value = str | tuple[str, ...]
CHANGED = frozenset({"singleValueExtendedProperties"})
"""What a journal says of such a change."""


LAST_VERB = "Integer 0x1081"
"""PidTagLastVerbExecuted, [MS-OXOMSG] 2.2.1.1."""
_VERBS = {"reply": "102", "replyAll": "103", "forward": "104"}


def last_verb(kind: str, now_s: int) -> dict[str, Value | None]:
    """What an answered message says of its answer: PidTagLastVerbExecuted and its time.

    Source: [MS-OXOMSG] 2.2.1.1 and 2.2.1.2.
    """
    return {LAST_VERB: _VERBS[kind], "SystemTime 0x1082": iso(now_s)}


def extend(mailbox: Mailbox, message: Message, changes: Mapping[str, Value | None]) -> None:
    """Set properties of a message, or (None) take them away. What changes nothing leaves no trace."""
    after = _after(message.extended, changes)
    if after != message.extended:
        message.extended = after
        mailbox.updated(message, CHANGED)


def extend_folder(mailbox: Mailbox, folder: Folder, changes: Mapping[str, Value | None]) -> None:
    """Set properties of a folder, or (None) take them away."""
    after = _after(folder.extended, changes)
    if after != folder.extended:
        folder.extended = after
        mailbox.folder_changed(folder, CHANGED)


def _after(before: Mapping[str, Value], changes: Mapping[str, Value | None]) -> dict[str, Value]:
    merged = {**before, **changes}
    return {key: value for key, value in merged.items() if value is not None}
