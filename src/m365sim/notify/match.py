"""What one change in a mailbox means for one subscription.

Without a filter, the change itself if its kind is wanted. With one, a message that begins to match is
``created``, one that ceases to is ``deleted``.

Source: Graph v1.0, "Change notifications for Outlook resources" ($filter).
"""

from __future__ import annotations

from collections.abc import Callable

from m365sim.graph.filters import parse_filter
from m365sim.graph.message_schema import message_schema
from m365sim.notify.memory import Memory
from m365sim.notify.notice import Change
from m365sim.notify.subscription import Subscription
from m365sim.world.changes import Entry, Kind
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message

Test = Callable[[Message], bool]


def compiled(text: str, mailbox: Mailbox) -> Test:
    """A ``$filter`` on messages as a question; GraphError for one that is not understood."""
    return parse_filter(text, message_schema(mailbox.ids)).test


def matched(
    subscription: Subscription,
    mailbox: Mailbox,
    folder: Folder,
    entry: Entry,
    test: Test | None,
    memory: Memory | None,
) -> Change | None:
    """The notification that is due, called right after the change; None when none is."""
    if subscription.folder not in (None, folder.number):
        return None
    message = mailbox.messages.get(entry.number)
    is_run = entry.last > entry.number
    kind: str | None = entry.kind.value
    if test is not None and memory is not None and message is not None and not is_run:
        kind = _filtered(entry.kind, message, test, memory)
    if kind not in subscription.changes or kind is None:
        return None
    return Change(
        subscription.id,
        kind,
        entry.number,
        entry.placement,
        1 if message is None else message.version,
        entry.last if is_run else 0,
        is_run and test is not None,
    )


def _filtered(kind: Kind, message: Message, test: Test, memory: Memory) -> str | None:
    is_now = test(message)
    if kind is not Kind.UPDATED:
        return kind.value if is_now else None
    was = test(memory.before(message))
    if was and is_now:
        return "updated"
    return "created" if is_now else "deleted" if was else None
