"""How often one user's hints make us ask Microsoft."""

from datetime import UTC, datetime, timedelta

from poststelle.model.ids import AccountId, UserId
from poststelle.settings.wakes import Wakes

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
ANNA, THOMAS = UserId(1), UserId(2)
DESK, SALES = AccountId(1), AccountId(2)


def test_four_hints_at_once_and_then_one_every_two_seconds() -> None:
    """Of a hundred hints a second for ten seconds, nine are passed on."""
    wakes = Wakes()
    at_once = [wakes.may(ANNA, DESK, NOW) for _ in range(100)]
    assert at_once == [True] * 4 + [False] * 96

    later = [wakes.may(ANNA, DESK, NOW + timedelta(milliseconds=10 * n)) for n in range(1, 1001)]
    assert later.count(True) == 5


def test_others_and_other_mailboxes_have_their_own() -> None:
    """One user's haste costs neither a colleague nor another mailbox a look."""
    wakes = Wakes()
    for _ in range(50):
        wakes.may(ANNA, DESK, NOW)
    assert wakes.may(THOMAS, DESK, NOW)
    assert wakes.may(ANNA, SALES, NOW)


def test_a_pause_gives_the_four_back() -> None:
    """After eight quiet seconds it is as it was at first."""
    wakes = Wakes()
    for _ in range(50):
        wakes.may(ANNA, DESK, NOW)
    later = NOW + timedelta(seconds=8)
    assert [wakes.may(ANNA, DESK, later) for _ in range(5)] == [True] * 4 + [False]


def test_nobody_is_kept_waiting_because_the_clock_was_set_back() -> None:
    """Eight seconds after it was, four hints are passed on again."""
    wakes, back = Wakes(), NOW - timedelta(hours=1)
    for _ in range(5):
        wakes.may(ANNA, DESK, NOW)
    assert not wakes.may(ANNA, DESK, back)
    later = back + timedelta(seconds=8)
    assert [wakes.may(ANNA, DESK, later) for _ in range(5)] == [True, True, True, True, False]
