"""The calls programs have made, kept so that tests can ask what was asked of Microsoft."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

KEPT_CALLS = 50_000


@dataclass(slots=True)
class CallRecord:
    """One HTTP call. ``at_s`` is the simulator's clock, ``parts`` the calls inside a ``$batch``.

    ``path`` and ``query`` are as sent; bodies and tokens are not kept. ``status`` 0 means that the
    connection was broken off before an answer.
    """

    method: str
    path: str
    query: str
    status: int
    at_s: float
    took_ms: float = 0.0
    mailbox: str | None = None
    app_id: str | None = None
    prefer: str = ""
    fault: str | None = None
    parts: list[CallRecord] = field(default_factory=list)


class Journal:
    """The newest 50,000 calls, oldest first."""

    def __init__(self, kept: int = KEPT_CALLS) -> None:
        self._calls: deque[CallRecord] = deque(maxlen=kept)
        self.total = 0

    def __iter__(self) -> Iterator[CallRecord]:
        return iter(self._calls)

    def __reversed__(self) -> Iterator[CallRecord]:
        return reversed(self._calls)

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, record: CallRecord) -> None:
        """Keep one more call."""
        self._calls.append(record)
        self.total += 1

    def clear(self) -> int:
        """Forget all calls; return how many were kept."""
        count = len(self._calls)
        self._calls.clear()
        return count
