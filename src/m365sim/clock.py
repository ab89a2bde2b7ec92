"""The simulated office's clock: real time plus an offset that tests move forward."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _real_now() -> datetime:
    return datetime.now(UTC)


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
        """Move forward; a negative number of seconds is refused with ValueError."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self._offset += timedelta(seconds=seconds)
        for listener in self._listeners:
            listener()

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Call this function, on the caller's thread, each time the clock was moved."""
        self._listeners.append(listener)
