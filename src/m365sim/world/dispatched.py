"""What has left the mailboxes: written down, so that tests know of each letter from which draft it came."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from m365sim.world.content import Content

KEPT = 1_000


@dataclass(slots=True)
class Dispatch:
    """One letter as it left: its content, and the recipients of its envelope (bare addresses).

    ``draft``: the number of the draft that it was, None without one; ``copy``: of what lies in Sent Items,
    None so long as nothing does.
    """

    mailbox_id: str
    draft: int | None
    content: Content
    recipients: tuple[str, ...]
    copy: int | None = None


class Dispatched:
    """The newest letters that left, oldest first. They are not kept over a restart."""

    def __init__(self) -> None:
        self._letters: deque[Dispatch] = deque(maxlen=KEPT)

    def add(self, letter: Dispatch) -> None:
        """Write one down."""
        self._letters.append(letter)

    def filed(self, content: Content, copy: int) -> None:
        """The sender's copy of what said this lies there now, under this number."""
        for letter in reversed(self._letters):
            if letter.content is content:
                letter.copy = copy
                return

    def of(self, mailbox_id: str) -> Iterator[Dispatch]:
        """Those of one mailbox."""
        return (letter for letter in self._letters if letter.mailbox_id == mailbox_id)
