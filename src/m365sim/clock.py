"""The simulated office's clock: real time plus an offset that tests move forward."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _real_now() -> datetime:
    return datetime.now(UTC)


LAST = datetime(9000, 1, 1, tzinfo=UTC)
"""Late enough for everybody, and early enough for what is due years later to have a date."""


class Clock:
    """Tells the time. ``advance`` moves it and tells those who wait for a moment of it.

    ``source`` may be any function giving an aware UTC instant, so a test can stand still.
    """

    def __init__(self, source: Callable[[], datetime] = _real_now) -> None:
        self._source = source
        self._offset = timedelta()
        self._listeners: list[Callable[[], None]] = []

    @property
    def offset(self) -> timedelta:
        """How far ahead of its source the clock is."""
        return self._offset

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return self._source() + self._offset

    def now_s(self) -> int:
        """The present instant in whole seconds since 1970, the world's own unit."""
        return int(self.now().timestamp())

    def advance(self, seconds: float) -> None:
        """Move forward, to the year 9000 at most; ValueError for anything else, and nothing has moved."""
        if not seconds >= 0:
            raise ValueError("the clock only moves forward")
        if seconds > (LAST - self.now()).total_seconds():
            raise ValueError(f"the clock ends in the year {LAST.year}")
        self._offset += timedelta(seconds=seconds)
        for listener in self._listeners:
            listener()

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Call this function, on the caller's thread, each time the clock was moved."""
        self._listeners.append(listener)
