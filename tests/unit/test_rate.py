"""How much one address may tell."""

from datetime import UTC, datetime, timedelta

from poststelle.http.rate import Rate

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def test_a_burst_is_let_in_then_a_trickle() -> None:
    """Three at once, then one a second; what is refused costs nothing."""
    rate = Rate(at_once=3, every=timedelta(seconds=1))

    assert [rate.may("a", NOW) for _ in range(5)] == [True, True, True, False, False]
    assert [rate.may("a", NOW + timedelta(seconds=1)) for _ in range(2)] == [True, False]
    assert [rate.may("a", NOW + timedelta(seconds=60)) for _ in range(4)] == [True, True, True, False]


def test_one_address_does_not_slow_another() -> None:
    """Each has a bucket of its own."""
    rate = Rate(at_once=1, every=timedelta(seconds=1))

    assert rate.may("a", NOW) and not rate.may("a", NOW)
    assert rate.may("b", NOW)


def test_nobody_is_kept_out_because_the_clock_was_set_back() -> None:
    """Whoever had made use of it all has it back after as long as ever."""
    rate, back = Rate(at_once=3, every=timedelta(seconds=1)), NOW - timedelta(hours=1)
    assert [rate.may("a", NOW) for _ in range(4)] == [True, True, True, False]

    assert not rate.may("a", back)
    assert [rate.may("a", back + timedelta(seconds=1)) for _ in range(2)] == [True, False]
