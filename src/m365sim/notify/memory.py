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
    """The state of one mailbox's messages before the change that is being told."""

    def __init__(self, mailbox: Mailbox) -> None:
        states = ((number, _state(message)) for number, message in mailbox.messages.items())
        self._unusual = {number: state for number, state in states if state != _USUAL}

    def before(self, message: Message) -> Message:
        """The message as it was."""
        *state, source = self._unusual.get(message.number, _USUAL)
        return replace(message, **dict(zip(_NAMES, state, strict=True)), source=source or message.source)

    def learn(self, mailbox: Mailbox, entry: Entry) -> None:
        """Take in a change after everybody has been told of it."""
        for number in range(entry.number, max(entry.last, entry.number) + 1):
            self._unusual.pop(number, None)
            message = mailbox.messages.get(number)
            if message is None or entry.kind is Kind.REMOVED:
                continue
            state = _state(message)
            if state != _USUAL:
                self._unusual[number] = state
