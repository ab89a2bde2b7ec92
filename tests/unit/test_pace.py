"""How soon an account is looked at again: soon where something happens or somebody looks, else ever later."""

from datetime import UTC, datetime

import pytest

from poststelle.sync.schedule import Pace

NOW = datetime(2026, 11, 27, tzinfo=UTC)
PACE = Pace(poll_s=8)


def waits(pace: Pace, polls: int) -> list[float]:
    """The waits of an account in which nothing happens."""
    found: list[float] = []
    for _ in range(polls):
        at_rest = pace.unseen(found[-1] if found else None)
        found.append((at_rest.next_poll(NOW, changed=False) - NOW).total_seconds())
    return found


def test_a_quiet_account_is_asked_ever_more_rarely() -> None:
    """By a quarter each time, down to fifteen polls' time; one change, and it is asked soon again."""
    found = waits(PACE, 20)

    assert found[:4] == [16, 20, 25, 31.25]
    assert found == sorted(found)
    assert found[-1] == 120
    assert (PACE.unseen(120).next_poll(NOW, changed=True) - NOW).total_seconds() == 8


@pytest.mark.parametrize(("poll_s", "longest_s"), [(1, 15), (8, 120), (20, 120), (60, 120), (300, 600)])
def test_the_longest_wait_is_two_minutes_or_two_polls(poll_s: float, longest_s: float) -> None:
    """Who polls rarely does not wait fifteen times as long on top of it."""
    pace = Pace(poll_s=poll_s)
    assert waits(pace, 30)[-1] == longest_s
    assert pace.unseen(longest_s).is_at_rest


def test_what_is_on_a_screen_is_asked_as_often_as_ever() -> None:
    assert (PACE.next_poll(NOW, changed=False) - NOW).total_seconds() == 16
    assert not PACE.is_at_rest


def test_while_changes_are_told_the_wait_is_longer() -> None:
    """Two minutes where somebody is there; else five at first, a quarter of an hour in the end."""
    told = PACE.while_told()
    assert (told.next_poll(NOW, changed=True) - NOW).total_seconds() == 60
    assert (told.next_poll(NOW, changed=False) - NOW).total_seconds() == 120
    found = waits(told, 8)
    assert (found[0], found[-1]) == (300, 900)
    assert found == sorted(found)


def test_what_follows_a_change_that_was_told_is_told_too() -> None:
    """Nobody need look again soon, and the account stays at rest."""
    told = PACE.while_told().unseen(900)
    assert (told.next_poll(NOW, changed=True) - NOW).total_seconds() == 300
    assert PACE.while_told().unseen(300).is_at_rest


@pytest.mark.parametrize(
    ("waited_s", "is_hot", "due_s"),
    [(16, True, 6.4), (16, False, 96), (40, True, 128), (40, False, 480), (120, True, 384)],
)
def test_at_rest_folders_are_read_in_turn(waited_s: float, is_hot: bool, due_s: float) -> None:
    """Hot ones with every fourth look and the others with every twelfth; before that as on a screen."""
    due_at = PACE.unseen(waited_s).next_look(NOW, is_hot=is_hot)
    assert (due_at - NOW).total_seconds() == pytest.approx(due_s)


@pytest.mark.parametrize("poll_s", [0.1, 8, 20, 300, 3600])
@pytest.mark.parametrize("is_told", [False, True])
@pytest.mark.parametrize("changed", [False, True])
def test_no_wait_is_longer_than_the_longest(poll_s: float, *, is_told: bool, changed: bool) -> None:
    """Told or not, at rest or not, and also just after telling ended or another setting."""
    usual = Pace(poll_s=poll_s)
    pace = usual.while_told() if is_told else usual
    for waited_s in (None, 0.0, 900.0, 10_000_000.0):
        for paced in (pace.unseen(waited_s), pace.seen()):
            assert paced.next_poll(NOW, changed=changed) - NOW <= usual.longest_wait
            assert paced.next_look(NOW, is_hot=changed) - NOW <= usual.longest_look


@pytest.mark.parametrize(
    ("poll_s", "wait_s"), [(0.1, 900), (8, 900), (60, 900), (300, 1500), (3600, 5 * 3600)]
)
def test_the_longest_wait_is_one_that_can_be(poll_s: float, wait_s: float) -> None:
    """A quarter of an hour while changes are told; five polls where that is longer."""
    pace = Pace(poll_s=poll_s)
    assert pace.longest_wait.total_seconds() == wait_s
    assert pace.longest_look == 12 * pace.longest_wait
