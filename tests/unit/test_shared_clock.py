"""One time for programs on several machines."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from poststelle.lib.clock import SharedClock

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@dataclass
class Set:
    """A clock that stands."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


def test_it_goes_by_what_it_was_told() -> None:
    own = Set()
    clock = SharedClock(own)
    assert clock.now() == NOW
    assert clock.told(after(60), after(0), after(0.2))  # in the middle of the answer it was 0.1 here
    assert clock.now() == after(59.9)
    own.at = after(10)
    assert clock.now() == after(69.9)
    assert clock.own_now() == after(10)


def test_what_an_answer_is_too_slow_to_tell_changes_nothing() -> None:
    """Half of its time is how exact it is; one that took more than a second is none."""
    clock = SharedClock(Set())
    assert clock.told(after(60.05), after(0), after(0.1))
    assert not clock.told(after(60.2), after(0), after(0.4))
    assert not clock.told(after(90), after(0), after(1.1))
    assert not clock.told(after(90), after(1), after(0))  # its own clock was set back meanwhile
    assert clock.now() == after(60)
    assert clock.told(after(61), after(0), after(0.1))
    assert clock.now() == after(60.95)
