"""Instants inside the world are whole seconds since 1970, because Graph shows mail times to the second."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache

_DAY_S = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_S = int((datetime(1, 1, 3, tzinfo=UTC) - _EPOCH).total_seconds())
_TWO = tuple(f"{number:02}" for number in range(60))
_MINUTES = tuple(f"{hour}:{minute}" for hour in _TWO[:24] for minute in _TWO)
_LAST_S = int((datetime(9999, 12, 29, tzinfo=UTC) - _EPOCH).total_seconds())


def to_seconds(instant: datetime) -> int:
    """Whole seconds since 1970; an instant without a zone is taken as UTC.

    ValueError for the first and last days of the calendar, which in another zone have no date at all.
    """
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    seconds = int((aware - _EPOCH).total_seconds() // 1)
    if not is_on_calendar(seconds):
        raise ValueError(f"{instant.isoformat()} is at the edge of the calendar")
    return seconds


def is_on_calendar(seconds: int) -> bool:
    """Whether this second has a date in every zone."""
    return _FIRST_S <= seconds <= _LAST_S


def from_seconds(seconds: int) -> datetime:
    """The aware UTC instant."""
    return datetime.fromtimestamp(seconds, UTC)


def local_of(seconds: int, zone: tzinfo | None) -> datetime:
    """The instant by the clock of a zone; at the ends of the calendar, where there is no such day, in UTC."""
    instant = from_seconds(seconds)
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant


def iso(seconds: int) -> str:
    """The instant as Graph writes it: ``2026-05-04T09:15:00Z``."""
    days, second = divmod(seconds, _DAY_S)
    minute, second = divmod(second, 60)
    return f"{_date(days)}T{_MINUTES[minute]}:{_TWO[second]}Z"


@lru_cache(maxsize=16_384)
def _date(days: int) -> str:
    return datetime.fromtimestamp(days * _DAY_S, UTC).isoformat()[:10]


def parse_iso(text: str) -> int:
    """Seconds since 1970 of an ISO 8601 date or instant; ValueError when it is neither."""
    return to_seconds(datetime.fromisoformat(text.strip()))
