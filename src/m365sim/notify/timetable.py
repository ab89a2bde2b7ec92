"""When each subscription is to be looked at next, the soonest first."""

from __future__ import annotations

import heapq
from collections.abc import Iterator


class Timetable:
    """One time for each id, in seconds since 1970; a new one takes the place of the old."""

    def __init__(self) -> None:
        self._at_s: dict[str, float] = {}
        self._queue: list[tuple[float, str]] = []  # with times that do not count any more

    def put(self, id_: str, at_s: float) -> bool:
        """Look then; whether that is now the soonest of all."""
        if self._at_s.get(id_) != at_s:
            self._at_s[id_] = at_s
            heapq.heappush(self._queue, (at_s, id_))
        return self.next_s() == at_s

    def forget(self, id_: str) -> None:
        """There is nothing to look at any more."""
        self._at_s.pop(id_, None)

    def next_s(self) -> float | None:
        """The soonest time."""
        while self._queue and self._at_s.get(self._queue[0][1]) != self._queue[0][0]:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def take_due(self, now_s: float) -> Iterator[str]:
        """Those whose time has come, each once; none has a time after that."""
        while (at_s := self.next_s()) is not None and at_s <= now_s:
            _, id_ = heapq.heappop(self._queue)
            del self._at_s[id_]
            yield id_
