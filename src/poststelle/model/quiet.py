"""Quiet hours: when a user is not notified of new mail. Pure rules; the moment is always an argument.

A week has *spans*, each on some days from a time of day to another one, in the user's time zone. Spans
that touch or overlap are one quiet time: Friday evening to Monday morning, say. A *pause* is quiet until
an instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from msgspec import Struct

DAY_MIN = 24 * 60
_TOMORROW = time(7)
"""When a pause until tomorrow ends, by the user's clock."""
_WEEK = 7


class QuietSpan(Struct, frozen=True):
    """``days`` on which it begins, 1 (Monday) to 7; ``begins`` and ``ends`` are minutes after midnight.

    One that ends at the minute at which it begins, or before it, ends on the next day.
    """

    days: tuple[int, ...]
    begins: int
    ends: int


class QuietHours(Struct, frozen=True):
    """What a user has chosen. ``time_zone`` is a name of the IANA's; off, the spans are kept for later."""

    is_on: bool
    time_zone: str
    spans: tuple[QuietSpan, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """All that may keep notifications from a user."""

    hours: QuietHours | None
    paused_until: datetime | None


def quiet_until(rest: Rest, now: datetime) -> datetime | None:
    """When the quiet ends that there is now; None when there is none.

    Where every hour of the week is quiet that is about a week away, to be asked again.
    """
    pause = rest.paused_until if rest.paused_until is not None and rest.paused_until > now else None
    if rest.hours is None or not rest.hours.is_on:
        return pause
    return _hours_end(rest.hours, pause or now) or pause


def hour_later(now: datetime) -> datetime:
    """When a pause of an hour ends."""
    return now + timedelta(hours=1)


def tomorrow(time_zone: str, now: datetime) -> datetime:
    """When a pause until tomorrow ends: at seven, of the next day by the user's clock."""
    zone = ZoneInfo(time_zone)
    day = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, _TOMORROW, zone).astimezone(UTC)


def _hours_end(hours: QuietHours, at: datetime) -> datetime | None:
    """When the quiet time around ``at`` ends. Times that touch count as one."""
    end: datetime | None = None
    for begins, ends in sorted(_times(hours, at)):
        if begins <= (end or at) < ends:
            end = ends
    return end


def _times(hours: QuietHours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Each span of the days around ``at``, as instants."""
    zone = ZoneInfo(hours.time_zone)
    today = at.astimezone(zone).date()
    for offset in range(-1, _WEEK + 1):
        day = datetime.combine(today + timedelta(days=offset), time(0))
        for span in hours.spans:
            if day.isoweekday() in span.days:
                length = span.ends - span.begins
                ends = span.begins + (length if length > 0 else length + DAY_MIN)
                yield _instant(day, span.begins, zone), _instant(day, ends, zone)


def _instant(day: datetime, minutes: int, zone: tzinfo) -> datetime:
    """By the wall clock: an evening's end is at seven also where the night had an hour more."""
    return (day + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)
