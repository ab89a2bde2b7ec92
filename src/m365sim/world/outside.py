"""Mail that left the simulated world: written down, so that tests and people can see what was sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from m365sim.world.content import Content

KEPT = 10_000


@dataclass(frozen=True, slots=True)
class OutsideLetter:
    """One letter as the recipients' server got it: the envelope (bare addresses), content and instant."""

    sender: str
    recipients: tuple[str, ...]
    content: Content
    at_s: int


class Outside:
    """The newest letters that went out, oldest first. ``version`` rises with every change."""

    def __init__(self) -> None:
        self._letters: deque[OutsideLetter] = deque(maxlen=KEPT)
        self.version = 0

    def add(self, letter: OutsideLetter) -> None:
        """Write one down."""
        self.version += 1
        self._letters.append(letter)

    def clear(self) -> int:
        """Forget all; how many there were."""
        count = len(self._letters)
        self.version += 1
        self._letters.clear()
        return count

    def __iter__(self) -> Iterator[OutsideLetter]:
        return iter(self._letters)

    def __reversed__(self) -> Iterator[OutsideLetter]:
        return reversed(self._letters)

    def __len__(self) -> int:
        return len(self._letters)
