"""What was told of and is not here: when it is looked for again, and until when."""

from datetime import UTC, datetime, timedelta

from poststelle.model.ids import AccountId, RemoteId
from poststelle.sync.awaited import Awaited, Unknown

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
DESK, OFFICE = AccountId(1), AccountId(2)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def of(account: AccountId, *messages: str) -> Unknown:
    return {account: frozenset(RemoteId(name) for name in messages)}


def test_each_look_comes_once_and_after_the_last_nothing_is_waited_for() -> None:
    """Looks whose time has passed together are one."""
    awaited = Awaited([4, 15, 45])
    awaited.add(of(DESK, "a"), NOW)
    awaited.add(of(OFFICE, "b"), after(2))
    assert awaited.take_due(after(3)) == {}
    assert awaited.take_due(after(5)) == of(DESK, "a")
    assert awaited.take_due(after(6)) == of(OFFICE, "b")
    assert awaited.take_due(after(14)) == {}
    assert awaited.take_due(after(46)) == of(DESK, "a") | of(OFFICE, "b")
    assert awaited.take_due(after(47)) == of(OFFICE, "b")
    assert not awaited


def test_what_has_come_is_not_looked_for() -> None:
    """Nor is anything remembered of what was never waited for."""
    awaited = Awaited([4])
    awaited.add(of(DESK, "a", "b"), NOW)
    awaited.forget([(DESK, RemoteId("a")), (OFFICE, RemoteId("b"))])
    assert awaited.take_due(after(4)) == of(DESK, "b")


def test_what_is_told_of_again_is_looked_for_no_later() -> None:
    """A message that changes each second and never shows would be looked for never, or for ever."""
    awaited = Awaited([4])
    for second in range(4):
        awaited.add(of(DESK, "a"), after(second))
    assert awaited.take_due(after(4)) == of(DESK, "a")
    assert not awaited


def test_of_too_many_the_oldest_are_given_up() -> None:
    """What is waited for takes no more memory than that."""
    awaited = Awaited([4], at_most=2)
    for second, name in enumerate("abc"):
        awaited.add(of(DESK, name), after(second))
    assert awaited.take_due(after(60)) == of(DESK, "b", "c")
