"""Time zones: Windows' names and IANA's mean the same clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from m365sim.world.time_zones import iana_names, windows_names, zone_of

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_every_windows_zone_has_a_clock() -> None:
    """No line of the table names a zone that this machine's zone files lack, and no name comes twice."""
    names = [zone.name for zone in windows_names()]

    assert len(set(names)) == len(names) > 130
    assert [name for name in names if zone_of(name) is None] == []


@pytest.mark.parametrize(
    ("windows", "iana", "hours"),
    [
        ("W. Europe Standard Time", "Europe/Berlin", 2),
        ("pacific standard time", "America/Los_Angeles", -7),
        ("UTC", "Etc/UTC", 0),
    ],
)
def test_both_names_show_the_same_clock(windows: str, iana: str, hours: int) -> None:
    """A Windows name, in any letter case, tells the time of its IANA zone, summer time included."""
    zones = [zone_of(name) for name in (windows, iana)]

    assert None not in zones
    assert {NOON.astimezone(zone).utcoffset() for zone in zones} == {timedelta(hours=hours)}


@pytest.mark.parametrize(
    "name",
    [
        *("", "Europe", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "a\0b"),
        *("localtime", "Factory", "posix/Europe/Berlin", "right/Europe/Berlin", "posixrules"),
    ],
)
def test_other_texts_are_no_zones(name: str) -> None:
    """What is no zone is None, whatever it looks like, and whatever lies among this machine's zone files."""
    assert zone_of(name) is None


def test_display_names_begin_with_the_offset() -> None:
    """People choose by offset and place."""
    shown = {zone.name: zone.display_name for zone in windows_names()}

    assert shown["UTC"] == "(UTC) Coordinated Universal Time"
    assert shown["W. Europe Standard Time"].startswith("(UTC+01:00) Amsterdam, Berlin")


def test_every_iana_zone_in_the_list_has_a_clock() -> None:
    """None is of this machine alone, and each can be had by its name."""
    names = iana_names()

    assert {"Europe/Berlin", "UTC"} < set(names)
    assert not {"localtime", "Factory"} & set(names)
    assert [name for name in names if zone_of(name) is None] == []
