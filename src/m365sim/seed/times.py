"""When mail is written: more of it lately, on working days, in the hours people are awake.

Everything is aware UTC; the office lives in Berlin, whose offset is worked out here so that no time zone
database is needed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random

SPAN = timedelta(days=548)
"""How far back the oldest mail lies: eighteen months."""

_DENSITY = 1.32  # 1 spreads mail evenly; more draws it towards now
_HOURS = (
    6,
    7,
    8,
    8,
    9,
    9,
    9,
    10,
    10,
    10,
    11,
    11,
    12,
    13,
    13,
    14,
    14,
    14,
    15,
    15,
    16,
    16,
    17,
    18,
    19,
    20,
    21,
    22,
)

DAYS_DE = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_DE = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def berlin(at: datetime) -> datetime:
    """The wall clock in Berlin at ``at``, as a naive datetime.

    Source: Directive 2000/84/EC (summer time from the last Sunday of March to that of October, 01:00 UTC).
    """
    begin, end = _last_sunday(at.year, 3), _last_sunday(at.year, 10)
    hours = 2 if begin <= at < end else 1
    return (at + timedelta(hours=hours)).replace(tzinfo=None)


def moment(rng: Random, now: datetime) -> datetime:
    """A moment of the last eighteen months, likely a recent one and likely in office hours."""
    return awake(rng, now - SPAN * rng.random() ** _DENSITY, now)


def awake(rng: Random, at: datetime, now: datetime) -> datetime:
    """A moment of the same day at an hour people write, never after ``now``; weekends are quieter."""
    local = at
    if local.weekday() >= 5 and rng.random() < 0.7:
        local -= timedelta(days=local.weekday() - 4)
    spot = local.replace(
        hour=rng.choice(_HOURS) - 1, minute=rng.randrange(60), second=rng.randrange(60), microsecond=0
    )
    return spot if spot < now else just_before(rng, now)


def just_before(rng: Random, now: datetime) -> datetime:
    """A moment of the last few hours, more likely of the last one."""
    return now.replace(microsecond=0) - timedelta(seconds=60 + int(5 * 3600 * rng.random() ** 2))


def answered(rng: Random, at: datetime, *, in_office: bool) -> datetime:
    """When somebody answers mail of ``at``: within the hour, the same day, or some days later.

    ``in_office`` keeps to working days and hours; private people also write late and on Sundays.
    """
    hours = rng.choice((0.2, 0.5, 1.0, 2.0, 4.0, 20.0, 26.0, 45.0, 70.0, 120.0)) * (0.6 + 0.8 * rng.random())
    later = at + timedelta(seconds=int(hours * 3600))
    if in_office and later.weekday() >= 5:
        later += timedelta(days=7 - later.weekday())
    if 6 <= later.hour < (17 if in_office else 21):
        return later
    later += timedelta(days=1 if later.hour >= 12 and (not in_office or later.weekday() < 4) else 0)
    later = later.replace(hour=rng.randint(6, 9), minute=rng.randrange(60))
    return later if later > at else at + timedelta(minutes=rng.randint(4, 50))


def working_day(rng: Random, at: datetime, first: int = 2, last: int = 11) -> datetime:
    """A Monday to Saturday between ``first`` and ``last`` days after ``at``, on some quarter (Berlin)."""
    day = berlin(at) + timedelta(days=rng.randint(first, last))
    if day.weekday() == 6:
        day += timedelta(days=1)
    return day.replace(hour=rng.randint(9, 18), minute=rng.choice((0, 0, 15, 30, 30)), second=0)


def to_utc(local: datetime) -> datetime:
    """The instant at which Berlin's clocks show ``local`` (naive)."""
    guess = local.replace(tzinfo=UTC)
    return guess - (berlin(guess - timedelta(hours=1)) - (guess - timedelta(hours=1)).replace(tzinfo=None))


@lru_cache(maxsize=100)
def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)
