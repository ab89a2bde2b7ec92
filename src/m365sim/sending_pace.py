"""How fast one mailbox's mail leaves: what is above the limits is not refused but delivered later.

Source: Exchange Online limits (message rate, recipient rate), read autumn 2026.
"""

from __future__ import annotations

from collections import deque

MINUTE_S = 60.0
DAY_S = 86_400.0


class SendingPace:
    """Remembers when the mail of one mailbox left, or will leave; instants never go back."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, int]] = deque()

    def next_at(
        self, now_s: float, recipients: int, per_minute: int | None, recipients_per_day: int | None
    ) -> float:
        """The instant at which one more message, to so many recipients, leaves. None: no limit."""
        at_s = now_s
        if per_minute is None and recipients_per_day is None:
            return at_s
        if self._sent:
            at_s = max(at_s, self._sent[-1][0])
        if per_minute is not None and len(self._sent) >= per_minute:
            at_s = max(at_s, self._sent[-per_minute][0] + MINUTE_S)
        if recipients_per_day is not None:
            at_s = self._room_at(at_s, recipients, recipients_per_day)
        self._sent.append((at_s, recipients))
        while self._sent[0][0] <= now_s - DAY_S:
            self._sent.popleft()
        return at_s

    def _room_at(self, at_s: float, recipients: int, limit: int) -> float:
        """The first instant with room for so many in the day before it; an empty day has room for any."""
        used = sum(count for sent_s, count in self._sent if sent_s > at_s - DAY_S)
        for sent_s, count in self._sent:
            if used + recipients <= limit:
                break
            if sent_s > at_s - DAY_S:
                used -= count
                at_s = max(at_s, sent_s + DAY_S)
        return at_s
