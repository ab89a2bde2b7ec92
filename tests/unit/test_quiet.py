"""Quiet hours: when a quiet time ends, by the user's clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from poststelle.model.quiet import QuietHours, QuietSpan, Rest, quiet_until, tomorrow

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = QuietSpan((1, 2, 3, 4, 5), 18 * 60, 7 * 60)
WEEKEND = QuietSpan((6, 7), 0, 24 * 60)
SUNDAY_NIGHT = QuietSpan((7,), 18 * 60, 7 * 60)
WEEK = QuietHours(True, "Europe/Berlin", (NIGHTS, WEEKEND, SUNDAY_NIGHT))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-09-02 12:00", None),  # a Wednesday
        ("2026-09-02 17:59", None),
        ("2026-09-02 18:00", "2026-09-03 07:00"),
        ("2026-09-03 06:59", "2026-09-03 07:00"),
        ("2026-09-03 07:00", None),
        ("2026-09-04 20:00", "2026-09-07 07:00"),  # Friday evening: spans that touch are one quiet time
        ("2026-09-06 23:59", "2026-09-07 07:00"),
        ("2026-10-23 20:00", "2026-10-26 07:00"),  # the night with an hour more lies between
        ("2027-03-26 20:00", "2027-03-29 07:00"),  # and the one with an hour less
    ],
)
def test_a_quiet_time_ends_by_the_users_clock(now: str, until: str | None) -> None:
    assert quiet_until(Rest(WEEK, None), at(now)) == (at(until) if until else None)


def test_a_pause_goes_on_into_quiet_hours_and_out_of_them() -> None:
    """Whichever ends last; hours that are off count for nothing."""
    evening = at("2026-09-02 17:30")
    assert quiet_until(Rest(WEEK, at("2026-09-02 18:30")), evening) == at("2026-09-03 07:00")
    assert quiet_until(Rest(WEEK, at("2026-09-02 17:45")), evening) == at("2026-09-02 17:45")
    assert quiet_until(Rest(WEEK, at("2026-09-03 09:00")), at("2026-09-03 05:00")) == at("2026-09-03 09:00")
    assert quiet_until(Rest(WEEK, at("2026-09-02 17:00")), evening) is None
    off = QuietHours(False, "Europe/Berlin", (WEEKEND,))
    assert quiet_until(Rest(off, None), at("2026-09-05 12:00")) is None


def test_a_week_without_an_end_is_asked_again() -> None:
    """Every hour is quiet: the end is some days off, and never before now."""
    always = QuietHours(True, "Europe/Berlin", (QuietSpan((1, 2, 3, 4, 5, 6, 7), 0, 24 * 60),))
    until = quiet_until(Rest(always, None), at("2026-09-02 12:00"))
    assert until is not None and 5 < (until - at("2026-09-02 12:00")).days < 9


def test_until_tomorrow_is_seven_by_the_users_clock() -> None:
    """Also just after midnight, and where the day there is another one than in UTC."""
    assert tomorrow("Europe/Berlin", at("2026-09-02 00:30")) == at("2026-09-03 07:00")
    assert tomorrow("Pacific/Auckland", datetime(2026, 9, 2, 20, tzinfo=UTC)) == datetime(
        2026, 9, 3, 19, tzinfo=UTC
    )
