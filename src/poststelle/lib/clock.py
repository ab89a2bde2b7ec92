"""Time as an argument, so that tests can say what time it is."""

import asyncio
import time
from calendar import monthrange
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
