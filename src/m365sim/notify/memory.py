"""What messages were before a change: the world tells which properties changed, not from what.

A filter such as ``isRead eq false`` turns an update into an arrival or a departure, so it must be asked of
the message before and after. Only messages in an unusual state are held, and drafts with what they said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from m365sim.world.changes import Entry, Kind
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import NO_FLAG, Message

_USUAL = (True, NO_FLAG, (), "normal", "focused", False, None)
_NAMES = ("is_read", "flag", "categories", "importance", "inference", "is_draft")


def _state(message: Message) -> tuple[Any, ...]:
    return (
        message.is_read,
        message.flag,
        message.categories,
        message.importance,
        message.inference,
        message.is_draft,
        message.source if message.is_draft else None,
    )


class Memory:
    """The state of one mailbox's messages before the change that is being told.

    What has not changed since it came in a run is not remembered: the run knows.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._known: dict[int, tuple[Any, ...]] = {}
        for message in mailbox.messages.held():
            self._remember(message)

    def before(self, message: Message) -> Message:
        """The message as it was."""
        *state, source = self._known.get(message.number) or self._as_made(message.number)
        return replace(message, **dict(zip(_NAMES, state, strict=True)), source=source or message.source)

    def learn(self, entry: Entry) -> None:
        """Take in a change after everybody has been told of it."""
        if entry.last > entry.number:
            return
        self._known.pop(entry.number, None)
        message = self._mailbox.messages.get(entry.number)
        if message is not None and entry.kind is not Kind.REMOVED:
            self._remember(message)

    def _remember(self, message: Message) -> None:
        state = _state(message)
        if state != self._as_made(message.number):
            self._known[message.number] = state

    def _as_made(self, number: int) -> tuple[Any, ...]:
        made = self._mailbox.messages.as_made(number)
        return _USUAL if made is None else _state(made)
