"""What a receiver of notifications answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """A receiver's answer. ``status`` 0: none, and ``error`` says why; ``is_late``: not within the time."""

    status: int
    content_type: str = ""
    text: str = ""
    error: str = ""
    is_late: bool = False

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has taken what it was sent."""
        return 200 <= self.status < 300
