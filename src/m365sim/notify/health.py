"""Whether an endpoint answers in time: slow ones wait, very slow ones lose what is new.

Source: Graph v1.0, "Receive change notifications through webhooks" (throttling), read autumn 2026.
"""

from __future__ import annotations

from collections import deque

WINDOW_S = 600
SLOW_DELAY_S = 10
DROP_FOR_S = 600
SLOW_ABOVE = 0.10
DROP_ABOVE = 0.15


class Health:
    """The answers of one endpoint within ten minutes."""

    def __init__(self) -> None:
        self.dropping_until_s: float | None = None
        self._answers: deque[tuple[float, bool]] = deque()
        self._late = 0

    def note(self, now_s: float, *, is_late: bool, sample: int) -> None:
        """Take in one answer, or its absence. Nothing is concluded from fewer than ``sample``."""
        self._answers.append((now_s, is_late))
        self._late += is_late
        if self.dropping_until_s is None and self._share(now_s, sample) > DROP_ABOVE:
            self.dropping_until_s = now_s + DROP_FOR_S

    def is_slow(self, now_s: float, sample: int) -> bool:
        """Whether new notifications have to wait."""
        return self._share(now_s, sample) > SLOW_ABOVE

    def recover(self, now_s: float) -> bool:
        """End dropping when its time is over; True when it ended just now."""
        if self.dropping_until_s is None or now_s < self.dropping_until_s:
            return False
        self.dropping_until_s = None
        return True

    def _share(self, now_s: float, sample: int) -> float:
        while self._answers and self._answers[0][0] <= now_s - WINDOW_S:
            self._late -= self._answers.popleft()[1]
        count = len(self._answers)
        return self._late / count if count >= max(sample, 1) else 0.0
