"""What was told of and whose news are not here: when it is looked for again, and until when."""

from datetime import UTC, datetime, timedelta

from poststelle.model.ids import AccountId, RemoteId
from poststelle.sync.awaited import Awaited, Awaiting, Told

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
DESK, OFFICE = AccountId(1), AccountId(2)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def of(account: AccountId, *messages: str, at: datetime = NOW, modseq: int | None = None) -> Awaiting:
    return {account: {RemoteId(name): Told(at, modseq) for name in messages}}


def names(due: Awaiting) -> dict[AccountId, set[str]]:
    return {account: set(named) for account, named in due.items()}


def test_each_look_comes_once_and_after_the_last_nothing_is_waited_for() -> None:
    """Looks whose time has passed together are one."""
    awaited = Awaited([4, 15, 45])
    awaited.add(of(DESK, "a"))
    awaited.add(of(OFFICE, "b", at=after(2)))
    assert awaited.take_due(after(3)) == {}
    assert awaited.take_due(after(5)) == of(DESK, "a")
    assert awaited.take_due(after(6)) == of(OFFICE, "b", at=after(2))
    assert awaited.take_due(after(14)) == {}
    assert names(awaited.take_due(after(46))) == {DESK: {"a"}, OFFICE: {"b"}}
    assert names(awaited.take_due(after(47))) == {OFFICE: {"b"}}
    assert not awaited


def test_what_has_come_is_not_looked_for() -> None:
    """Nor is anything remembered of what was never waited for."""
    awaited = Awaited([4])
    awaited.add(of(DESK, "a", "b"))
    awaited.forget([(DESK, RemoteId("a")), (OFFICE, RemoteId("b"))])
    assert awaited.take_due(after(4)) == of(DESK, "b")


def test_what_is_told_of_again_is_looked_for_no_later() -> None:
    """A message that changes each second and never shows would be looked for never, or for ever."""
    awaited = Awaited([4])
    for second in range(4):
        awaited.add(of(DESK, "a", at=after(second)))
    assert awaited.take_due(after(4)) == of(DESK, "a")
    assert not awaited


def test_of_too_many_the_oldest_are_given_up() -> None:
    """What is waited for takes no more memory than that."""
    awaited = Awaited([4], at_most=2)
    for second, name in enumerate("abc"):
        awaited.add(of(DESK, name, at=after(second)))
    assert names(awaited.take_due(after(60))) == {DESK: {"b", "c"}}


def test_an_account_with_very_many_takes_no_room_from_others() -> None:
    """An import that never shows: its oldest are given up, and the looks for the others find them, too."""
    awaited = Awaited([4], at_most_of_account=3)
    awaited.add(of(OFFICE, "a"))
    awaited.add(of(DESK, *(f"m{n}" for n in range(10))))
    assert names(awaited.take_due(after(4))) == {OFFICE: {"a"}, DESK: {"m7", "m8", "m9"}}


def test_of_too_many_those_of_whoever_has_most_are_given_up() -> None:
    """Many imports at a time leave room for a message that came to a quiet mailbox before all of them."""
    awaited = Awaited([4], at_most=4, at_most_of_account=3)
    awaited.add(of(AccountId(3), "a"))
    for account in (DESK, OFFICE):
        awaited.add(of(account, "k", "l", "m"))
    due = names(awaited.take_due(after(4)))
    assert due.pop(AccountId(3)) == {"a"}
    assert sum(map(len, due.values())) == 3


def test_what_happens_to_a_known_message_is_news_each_time() -> None:
    """The looks begin anew, but for the next one; and what it was like counts from then on."""
    awaited = Awaited([4, 15])
    awaited.add(of(DESK, "a", modseq=5))
    assert awaited.take_due(after(4)) == of(DESK, "a", modseq=5)
    awaited.add(of(DESK, "a", at=after(14), modseq=7))
    again = of(DESK, "a", at=after(14), modseq=7)
    assert [awaited.take_due(after(second)) for second in (14, 15, 28, 29)] == [{}, again, {}, again]
    assert not awaited


def test_what_seems_to_be_here_is_looked_for_once_more() -> None:
    """Not as often as what is not; where that was its last look, that one."""
    awaited = Awaited([4, 15, 45])
    awaited.add(of(DESK, "a"))
    awaited.take_due(after(4))
    assert awaited.put_off([(DESK, RemoteId("a"))]) == {(DESK, RemoteId("a"))}
    assert awaited.take_due(after(14)) == {}
    assert awaited.take_due(after(15)) == of(DESK, "a")
    assert awaited.put_off([(DESK, RemoteId("a"))]) == frozenset()
    assert not awaited


def test_all_of_it_can_be_taken() -> None:
    """At a process's end."""
    awaited = Awaited([4, 15])
    awaited.add(of(DESK, "a") | of(OFFICE, "b", modseq=3))
    assert awaited.take_all() == of(DESK, "a") | of(OFFICE, "b", modseq=3)
    assert not awaited
