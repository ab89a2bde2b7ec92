"""Lists of submissions: filtered, sorted and counted over all that there are, as a plain list would be."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.store.mailbox import NOW, Mailbox

from poststelle.model.errors import NotFound
from poststelle.model.filter import Operator
from poststelle.model.ids import IdentityId, MessageId, SubmissionId, ThreadId, UserId
from poststelle.model.submission import Envelope, SendStep, Submission, SubmissionState
from poststelle.store import submissions
from poststelle.store.submission_lists import Combined, Filter, Key, Property
from poststelle.store.tx import Tx
from poststelle.submission.listing import AnchorNotFound, QueryResult, Window, query

pytestmark = pytest.mark.anyio

STATES = list(SubmissionState)
LATE = NOW + timedelta(days=9)
FEW, MANY = 150, 1_003  # many: more than one /get shows


def submission(mailbox: Mailbox, number: int) -> Submission:
    """One of a set in which every property has many values, and none follows another."""
    at = NOW + timedelta(minutes=number * 7919 % 101)
    return Submission(
        account_id=mailbox.account,
        id=SubmissionId(number),
        message_id=MessageId(number * 31 % 997),
        thread_id=ThreadId(number * 17 % 13),
        internet_message_id=f"<{number}@office.example>",
        identity_id=IdentityId(number % 3),
        envelope=Envelope("desk@office.example", None, ("a@b.example",)),
        state=STATES[number % len(STATES)],
        step=SendStep.READY,
        send_at=at,
        due_at=at,
        created_at=NOW,
        created_by=mailbox.user,
    )


def _insert(tx: Tx, some: list[Submission]) -> None:
    for one in some:
        submissions.insert(tx, one)


@pytest.fixture
async def everything(mailbox: Mailbox) -> list[Submission]:
    """All of the account, the newest first."""
    found = [submission(mailbox, number) for number in range(1, FEW + 1)]
    await mailbox.store.write(_insert, found)
    return sorted(found, key=lambda s: (s.send_at, s.id), reverse=True)


async def ask(
    mailbox: Mailbox, where: Filter | None = None, order: tuple[Key, ...] = (), **window: Any
) -> QueryResult:
    args = (mailbox.user, mailbox.account, where or Filter(), order, Window(**{"limit": 5_000} | window))
    return await mailbox.store.read(query, *args, is_total_wanted=True)


def ids(some: list[Submission]) -> tuple[int, ...]:
    return tuple(one.id for one in some)


def nested(depth: int) -> Filter:
    """As deep as somebody may ask: whether it is of the first identity, or is not, in turn."""
    one = Filter(identities={IdentityId(1)}, states=STATES[:3])
    for operator in (Operator.NOT, Operator.OR, Operator.AND, Operator.NOT, *[Operator.NOT] * (depth - 4)):
        one = Filter(before=LATE, parts=(Combined(operator, (one,)),))
    return one


FILTERS: list[tuple[Filter, Callable[[Submission], bool]]] = [
    (Filter(), lambda _: True),
    (Filter(identities={IdentityId(1)}), lambda s: s.identity_id == 1),
    (Filter(identities=()), lambda _: False),
    (Filter(messages={MessageId(31), MessageId(62)}), lambda s: s.message_id in {31, 62}),
    (Filter(threads={ThreadId(4)}), lambda s: s.thread_id == 4),
    (Filter(states={SubmissionState.FINAL}), lambda s: s.state is SubmissionState.FINAL),
    (
        Filter(after=NOW + timedelta(minutes=20), before=NOW + timedelta(minutes=40)),
        lambda s: NOW + timedelta(minutes=20) <= s.send_at < NOW + timedelta(minutes=40),
    ),
    (
        Filter(identities={IdentityId(2)}, threads={ThreadId(4), ThreadId(5)}, states=STATES[:2]),
        lambda s: s.identity_id == 2 and s.thread_id in {4, 5} and s.state in STATES[:2],
    ),
    (
        Filter(
            parts=(Combined(Operator.OR, (Filter(threads={ThreadId(4)}), Filter(messages={MessageId(31)}))),)
        ),
        lambda s: s.thread_id == 4 or s.message_id == 31,
    ),
    (
        Filter(
            parts=(Combined(Operator.NOT, (Filter(states=STATES[:1]), Filter(identities=[IdentityId(1)]))),)
        ),
        lambda s: s.state not in STATES[:1] and s.identity_id != 1,
    ),
    (
        Filter(
            identities={IdentityId(1)},
            parts=(
                Combined(
                    Operator.AND, (Filter(threads={ThreadId(4), ThreadId(5)}), Filter(threads={ThreadId(4)}))
                ),
                Combined(Operator.NOT, (Filter(after=NOW + timedelta(minutes=20)),)),
            ),
        ),
        lambda s: s.identity_id == 1 and s.thread_id == 4 and s.send_at < NOW + timedelta(minutes=20),
    ),
    (Filter(parts=(Combined(Operator.OR, ()),)), lambda _: False),
    (Filter(parts=(Combined(Operator.AND, (Filter(),)), Combined(Operator.NOT, ()))), lambda _: True),
    (nested(10), lambda s: s.identity_id == 1 and s.state in STATES[:3]),
]


async def test_filters_and_totals_are_of_all(mailbox: Mailbox, everything: list[Submission]) -> None:
    """The newest comes first when nothing is said."""
    for where, holds in FILTERS:
        wanted = [one for one in everything if holds(one)]
        found = await ask(mailbox, where)
        assert (found.ids, found.total) == (ids(wanted), len(wanted)), where


async def test_the_oldest_of_many_is_found(mailbox: Mailbox) -> None:
    """The list and its total do not end with the newest thousand."""
    await mailbox.store.write(_insert, [submission(mailbox, number) for number in range(1, MANY + 1)])
    [oldest] = (await ask(mailbox, position=-1)).ids
    assert (await ask(mailbox, position=MANY - 1)).ids == (oldest,)
    found = await ask(mailbox, Filter(before=NOW + timedelta(minutes=1)), limit=1, position=-1)
    assert (found.ids, found.total) == ((oldest,), sum(n * 7919 % 101 == 0 for n in range(1, MANY + 1)))


async def test_the_first_key_decides_then_the_next(mailbox: Mailbox, everything: list[Submission]) -> None:
    """Each way round; what is equal by all keys stays the newest first."""
    orders: list[tuple[tuple[Key, ...], Callable[[Submission], Any]]] = [
        ((Key(Property.SEND_AT, True),), lambda s: s.send_at),
        ((Key(Property.MESSAGE, True),), lambda s: s.message_id),
        ((Key(Property.THREAD, False),), lambda s: -s.thread_id),
        ((Key(Property.THREAD, True), Key(Property.MESSAGE, False)), lambda s: (s.thread_id, -s.message_id)),
        ((Key(Property.THREAD, True), Key(Property.THREAD, False)), lambda s: s.thread_id),
        (
            (Key(Property.THREAD, False), Key(Property.SEND_AT, True), Key(Property.MESSAGE, True)),
            lambda s: (-s.thread_id, s.send_at, s.message_id),
        ),
    ]
    for order, key in orders:
        assert (await ask(mailbox, order=order)).ids == ids(sorted(everything, key=key)), order


async def test_a_window_is_a_part_of_the_list(mailbox: Mailbox, everything: list[Submission]) -> None:
    """From either end, or around an anchor, whose place is that in the filtered and sorted list."""
    where, order = Filter(identities={IdentityId(1)}), (Key(Property.MESSAGE, True),)
    whole = (await ask(mailbox, where, order)).ids
    anchor = whole[30]
    for window, start in (
        ({"position": 3}, 3),
        ({"position": -2}, len(whole) - 2),
        ({"position": -9_999}, 0),
        ({"anchor": anchor}, 30),
        ({"anchor": anchor, "anchor_offset": -3}, 27),
        ({"anchor": anchor, "anchor_offset": -999, "position": 5}, 0),
        ({"position": 9_999}, 9_999),
    ):
        found = await ask(mailbox, where, order, **window, limit=4)
        assert (found.position, found.ids, found.total) == (start, whole[start : start + 4], len(whole))
    elsewhere = next(one.id for one in everything if one.identity_id != 1)
    for missing in (elsewhere, SubmissionId(FEW + 1)):
        with pytest.raises(AnchorNotFound):
            await ask(mailbox, where, order, anchor=missing)


async def test_a_stranger_is_told_nothing(mailbox: Mailbox) -> None:
    """Not even that there is such an account."""
    with pytest.raises(NotFound):
        args = (UserId(mailbox.user + 1), mailbox.account, Filter(), (), Window())
        await mailbox.store.read(query, *args)
