"""When subscriptions are looked at."""

from m365sim.notify.timetable import Timetable


def test_each_is_due_once_at_its_newest_time() -> None:
    times = Timetable()
    assert times.put("a", 30)
    assert times.put("b", 20)
    assert not times.put("c", 40)
    assert times.put("c", 10)
    assert not times.put("b", 50)
    assert times.next_s() == 10
    assert list(times.take_due(30)) == ["c", "a"]
    assert (times.next_s(), list(times.take_due(49))) == (50, [])


def test_what_is_forgotten_is_not_due() -> None:
    times = Timetable()
    times.put("a", 10)
    times.put("b", 20)
    times.forget("a")
    assert times.next_s() == 20
    times.forget("b")
    times.forget("b")
    assert times.next_s() is None


def test_one_that_comes_back_while_they_are_taken_is_not_taken_again() -> None:
    """It is due at another time, be that over already."""
    times = Timetable()
    times.put("a", 10)
    for id_ in list(times.take_due(100)):
        times.put(id_, 15)
    assert times.next_s() == 15
