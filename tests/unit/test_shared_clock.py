"""One time for programs on several machines."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from poststelle.lib.clock import SharedClock

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@dataclass
class Machine:
    """One whose clock says ``at``, ``passed_s`` after it was started."""

    at: datetime = NOW
    passed_s: float = 0.0

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError

    def go_on(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.passed_s += seconds

    def shared(self) -> SharedClock:
        return SharedClock(self, lambda: self.passed_s)


def test_it_goes_by_what_it_was_told() -> None:
    """And until then by the machine's clock."""
    machine = Machine()
    clock = machine.shared()
    machine.go_on(5)
    assert clock.now() == after(5)
    assert clock.told(after(65), 5, 5) == timedelta(seconds=60)
    machine.go_on(10)
    assert clock.now() == after(75)
    assert clock.own_now() == after(15)


def test_who_puts_the_machines_clock_right_moves_nothing() -> None:
    """It was an hour behind or ahead, and is put right between two questions, which agree."""
    for wrong_s in (3600, -3600):
        machine = Machine(after(wrong_s))
        clock = machine.shared()
        clock.told(NOW, 0, 0)
        machine.at = NOW
        machine.go_on(4)
        assert clock.now() == after(4)
        assert clock.told(after(4), 4, 4) == timedelta(0)


def test_time_passes_while_the_machine_sleeps() -> None:
    """Its clock stood still meanwhile: what counts are the seconds since its start."""
    machine = Machine()
    clock = machine.shared()
    clock.told(after(60), 0, 0)
    machine.passed_s += 7200
    assert clock.now() == after(7260)


def test_a_clock_that_goes_wrong_is_put_right_with_each_answer() -> None:
    """The machine's goes a little too fast; and the server's is set back."""
    machine = Machine()
    clock = machine.shared()
    clock.told(NOW, 0, 0)
    machine.go_on(1000.25)
    assert clock.told(after(1000), machine.passed_s, machine.passed_s) < timedelta(seconds=-0.24)
    machine.go_on(5)
    moved = clock.told(after(1005 - 3600), machine.passed_s, machine.passed_s)
    assert abs(moved + timedelta(hours=1)) < timedelta(seconds=0.01)
    assert abs(clock.now() - after(1005 - 3600)) < timedelta(seconds=0.01)


def test_a_slow_answer_moves_no_further_than_it_can_tell() -> None:
    """Thirty seconds may have passed since it was said, or none."""
    machine = Machine()
    clock = machine.shared()
    clock.told(after(60), 0, 0)
    machine.go_on(30)
    assert clock.told(after(60), 0, 30) == timedelta(0)
    assert clock.told(after(89), 0, 30) == timedelta(0)
    assert clock.told(after(92), 0, 30) == timedelta(seconds=2)
    assert clock.told(after(3600), 0, 30) > timedelta(minutes=58)
