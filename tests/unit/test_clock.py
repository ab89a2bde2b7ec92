"""Instants as the store keeps them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from poststelle.lib.clock import from_ms, to_ms

EAST, WEST = timezone(timedelta(hours=14)), timezone(-timedelta(hours=14))


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        (datetime(2026, 11, 27, 9, 30, 1, 500_000, UTC), datetime(2026, 11, 27, 9, 30, 1, 500_000, UTC)),
        (datetime(1, 1, 1, tzinfo=EAST), datetime.min.replace(tzinfo=UTC)),
        (datetime(9999, 12, 31, 23, tzinfo=WEST), datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_every_instant_that_was_kept_can_be_read(at: datetime, kept: datetime) -> None:
    """One that UTC has no name for comes back as the nearest one, so no row is ever unreadable."""
    assert from_ms(to_ms(at)) == kept
