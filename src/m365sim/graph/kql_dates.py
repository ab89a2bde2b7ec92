"""Dates in searches: days, instants, ranges and words like ``this week``, all in UTC.

Source: [MS-KQL] 2.1 (date intervals); "Keyword queries and search conditions for eDiscovery" (date forms).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from math import inf

from m365sim.graph.errors import bad_request

Span = tuple[float, float]
"""From the first second on, and before the second."""

_AMERICAN = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})$")
_DAY = timedelta(days=1)


def span_of(operator: str, value: str, now_s: int) -> Span:
    """The time that a restriction allows; 400 for a value that is no date."""
    first, dots, last = value.partition("..")
    if dots and operator in (":", "="):
        return _span(first, now_s)[0], _span(last, now_s)[1]
    low, high = _span(value, now_s)
    match operator:
        case ">":
            return high, inf
        case ">=":
            return low, inf
        case "<":
            return -inf, low
        case "<=":
            return -inf, high
    return low, high


def _span(text: str, now_s: int) -> Span:
    """The day, or the second, that a text names."""
    today = datetime.fromtimestamp(now_s, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    named = _named(text.lower().strip(), today)
    if named is not None:
        return named[0].timestamp(), named[1].timestamp()
    length = timedelta(seconds=1) if ":" in text else _DAY
    try:
        at = _read(text.strip())
        return at.timestamp(), (at + length).timestamp()
    except (ValueError, OverflowError) as error:
        raise bad_request(f"The value '{text}' is no date that can be searched for.") from error


def _read(text: str) -> datetime:
    if american := _AMERICAN.match(text):
        return datetime(int(american[3]), int(american[1]), int(american[2]), tzinfo=UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _named(word: str, today: datetime) -> tuple[datetime, datetime] | None:
    """The time a word stands for; weeks begin on Monday."""
    monday = today - today.weekday() * _DAY
    month = today.replace(day=1)
    year = month.replace(month=1)
    last_month = (month - _DAY).replace(day=1)
    spans = {
        "today": (today, today + _DAY),
        "yesterday": (today - _DAY, today),
        "this week": (monday, monday + 7 * _DAY),
        "last week": (monday - 7 * _DAY, monday),
        "this month": (month, (month + 31 * _DAY).replace(day=1)),
        "last month": (last_month, month),
        "this year": (year, year.replace(year=year.year + 1)),
        "last year": (year.replace(year=year.year - 1), year),
    }
    return spans.get(word)
