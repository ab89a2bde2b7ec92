"""Time as an argument, so that tests can say what time it is."""

import asyncio
import time
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Clock(Protocol):
    """What the time is, and how to wait for a while."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` of this clock's time."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SharedClock:
    """One time for programs on several machines: what a server said that all ask, and what has passed since.

    What has passed is told by ``passed_s``, seconds on a clock that only goes on: whoever puts this machine's
    clock right, or wrong, between two questions moves nothing here. Until it was told anything it is
    this machine's.
    """

    def __init__(self, own: Clock, passed_s: Callable[[], float] | None = None) -> None:
        self._own = own
        self.passed_s = passed_s or since_boot_s
        self._told: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        return self._at(self.passed_s())

    async def sleep(self, seconds: float) -> None:
        await self._own.sleep(seconds)

    def own_now(self) -> datetime:
        """What this machine's clock says."""
        return self._own.now()

    def told(self, said: datetime, asked_s: float, answered_s: float) -> timedelta:
        """Go by what the server said between two instants of ``passed_s``; how far that moves this clock.

        When the answer is here, the server's clock is at what it said, or further, at most by as much as the
        answer took. A time within that is as good as any, and stays; one that is not is moved to the nearest
        that is. So a slow answer does no harm to what quick ones have told, and puts right what is far off.
        """
        ours, longest = self._at(answered_s), timedelta(seconds=max(0.0, answered_s - asked_s))
        right = min(max(ours, said), said + longest)
        if self._told is not None and abs(right - ours) <= _MILLISECOND:  # it says whole ones
            return timedelta(0)
        self._told = right, answered_s
        return right - ours

    def _at(self, passed_s: float) -> datetime:
        if self._told is None:
            return self._own.now() - timedelta(seconds=self.passed_s() - passed_s)
        said, answered_s = self._told
        return said + timedelta(seconds=passed_s - answered_s)


def since_boot_s() -> float:
    """Seconds on a clock that only goes on, also while the machine sleeps, where there is such a one.

    Source: Linux, clock_gettime(2), CLOCK_BOOTTIME.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970 (UTC): the form in which the store keeps instants."""
    return (at - EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """The aware UTC instant of stored milliseconds; the nearest there is beyond the years 1 and 9999."""
    try:
        return EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return _FIRST if ms < 0 else _LAST


def sensible(at: datetime) -> datetime:
    """The instant in milliseconds, within 1970 and 2100: mail claims to come from any year."""
    if EPOCH <= at <= _LATEST and at.microsecond == 0:
        return at
    return from_ms(to_ms(min(max(at, EPOCH), _LATEST)))


def months_earlier(at: datetime, months: int) -> datetime:
    """The same time on the same day so many months earlier, or on that month's last day."""
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
