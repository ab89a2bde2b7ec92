"""Time as an argument, so that tests can say what time it is."""

import asyncio
import time
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TOO_LONG = timedelta(seconds=1)  # such an answer says little
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
    """One time for programs on several machines: this one's, put right by what a server says that all ask.

    Until it was told anything it is this machine's.
    """

    def __init__(self, own: Clock) -> None:
        self._own = own
        self.apart = timedelta(0)
        """How much further the server's clock is than this machine's."""

    def now(self) -> datetime:
        return self._own.now() + self.apart

    async def sleep(self, seconds: float) -> None:
        await self._own.sleep(seconds)

    def own_now(self) -> datetime:
        """What this machine's clock says."""
        return self._own.now()

    def told(self, said: datetime, asked_at: datetime, answered_at: datetime) -> bool:
        """Go by what the server said between two instants of this machine's clock; whether it is news.

        Its answer is as exact as half the time that it took; what is apart by less is not touched.
        """
        took = answered_at - asked_at
        if not timedelta(0) <= took <= _TOO_LONG:
            return False
        apart = said - (asked_at + took / 2)
        if abs(apart - self.apart) <= took / 2 + _MILLISECOND:
            return False
        self.apart = apart
        return True


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
