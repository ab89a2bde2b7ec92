"""Many mailboxes in virtual time: what they cost at rest, and what workers can do about it.

That a mailbox of the model is looked at when the engine would look is tested beside the engine
(``tests/flow/sync/test_timetable.py``).
"""

import pytest
from bench.timetable import COLD, Load, Office, percentile

from poststelle.sync.schedule import Pace

PACE = Pace(poll_s=8)
NOTHING = Load(told=0, seen=0, arrivals=0, deeds=0)


@pytest.mark.parametrize(("told", "looks"), [(0.0, 30), (1.0, 4)])
def test_at_rest_each_fourth_look_reads_hot_folders_and_each_twelfth_the_others(
    told: float, looks: int
) -> None:
    """Two minutes between two looks, or fifteen where Microsoft tells: one list each, and folders in turn."""
    load = Load(told=told, seen=0, arrivals=0, deeds=0)
    counted = Office(300, 4, load, PACE).run(360)

    assert counted.requests_an_hour == pytest.approx(looks * (1 + 3 / 4 + COLD / 12), rel=0.02)


def test_what_microsoft_tells_is_here_in_a_second_and_what_it_does_not_within_a_look() -> None:
    """Of told mailboxes the notification, not the wait, decides."""
    counted = Office(300, 4, Load(told=1, seen=0, deeds=0), PACE).run(60)

    assert counted.arrivals > 1000
    assert percentile(counted.told_here_s, 0.95) < 1


def test_after_an_outage_twice_the_workers_need_half_the_time() -> None:
    """Nothing but their places and processors holds them up."""
    took = []
    for workers in (2, 4):
        office = Office(2000, workers, NOTHING, PACE, is_overdue=True)
        office.bring(1)
        took.append(office.caught_up())

    assert took[0] / took[1] == pytest.approx(2, rel=0.1)


def test_too_few_workers_begin_late() -> None:
    """What is due waits for a place, and the share of places that is taken says so."""
    many, few = (Office(4000, workers, Load(), PACE).run(10) for workers in (10, 1))

    assert percentile(many.late_s, 0.95) < 0.1
    assert many.of_places < 0.5
    assert percentile(few.late_s, 0.95) > 1
    assert few.of_places > 0.9
