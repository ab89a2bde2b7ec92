"""What people ask for: it comes soon, also where more is due than can be done, and keeps nobody else away."""

from datetime import datetime, timedelta

import pytest
from tests.store.mailbox import NOW, Mailbox, create

from poststelle.model.ids import AccountId
from poststelle.store import sync_states

pytestmark = pytest.mark.anyio


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def due(mailbox: Mailbox, many: int) -> list[AccountId]:
    """So many accounts; the first one is overdue for longest."""
    made = [(await mailbox.store.write(create, f"desk{number}@office.example"))[0] for number in range(many)]
    for number, account in enumerate(made):
        await mailbox.store.write(sync_states.start, account, after(number - many))
    return made


async def claimed(mailbox: Mailbox, seconds: float, limit: int = 1, turn: int = 1) -> list[AccountId]:
    claim = ("one", after(seconds), 30, limit)
    leases = await mailbox.store.write_by_rows(sync_states.claim_many, *claim, turn=turn)
    return [lease.account_id for lease in leases]


async def test_who_is_woken_keeps_the_place(mailbox: Mailbox) -> None:
    """The longest overdue of five is woken again and again: it is still the first."""
    made = await due(mailbox, 5)
    for seconds in (1, 2):
        await mailbox.store.write_by_rows(sync_states.wake, made[0], after(seconds))
    assert [await claimed(mailbox, 3) for _ in made] == [[account] for account in made]


async def test_what_is_asked_for_comes_before_a_long_queue(mailbox: Mailbox) -> None:
    """The last ones of the queue, in the order in which they were asked for, whoever asks again."""
    made = await due(mailbox, 9)
    for seconds, account in enumerate((made[8], made[7], made[8])):
        await mailbox.store.write_by_rows(sync_states.ask, account, after(seconds))
    one_by_one = [await claimed(mailbox, 2, turn=turn) for turn in (0, 0, 0)]
    assert one_by_one == [[made[8]], [made[7]], [made[0]]]


async def test_others_have_every_second_place(mailbox: Mailbox) -> None:
    """The last ten are asked for; who nobody asks for waits for every second place, of one or of more."""
    made = await due(mailbox, 20)
    last = made[:9:-1]
    for seconds, account in enumerate(last):
        await mailbox.store.write_by_rows(sync_states.ask, account, after(seconds))
    one_by_one = [(await claimed(mailbox, 20, turn=turn))[0] for turn in range(4)]
    assert one_by_one == [last[0], made[0], last[1], made[1]]
    assert set(await claimed(mailbox, 20, limit=5)) == {*last[2:4], *made[2:5]}
    assert set(await claimed(mailbox, 20, limit=11)) == {*last[4:], *made[5:10]}


@pytest.mark.parametrize("longer_overdue", [0, 1, 10, 24, 25, 34])
async def test_who_asks_waits_for_the_shorter_queue(mailbox: Mailbox, longer_overdue: int) -> None:
    """Sixty are due, the last 25 asked for. Whose turn is near keeps it, whose is far off comes sooner."""
    made = await due(mailbox, 60)
    wanted, asked = made[longer_overdue], made[:34:-1]
    for seconds, account in enumerate([*asked, wanted, wanted]):
        await mailbox.store.write_by_rows(sync_states.ask, account, after(seconds))
    order = [(await claimed(mailbox, 40, turn=turn))[0] for turn in range(60)]
    assert order.index(wanted) < 2 * (min(longer_overdue, len(asked)) + 1)
    assert sorted(order) == sorted(made)


async def test_a_lease_that_has_run_out_is_no_place_to_keep(mailbox: Mailbox) -> None:
    """Others were asked for, and its turn seems near. Its holder ends the pull: it is due all the same."""
    made = await due(mailbox, 4)
    [lease] = await mailbox.store.write_by_rows(sync_states.claim_many, "one", NOW, 30, 1)
    for account in (made[3], made[2], made[0]):
        await mailbox.store.write_by_rows(sync_states.ask, account, after(31))
    await mailbox.store.write(sync_states.finish, lease, after(900), after(32))
    assert set(await claimed(mailbox, 33, limit=4)) == set(made)


async def test_an_open_mailbox_is_read_though_more_is_due_than_can_be_done(mailbox: Mailbox) -> None:
    """Sixty accounts, one pull a second, each due again ten seconds after it: they wait for a minute.

    One is on a screen, whose page asks every ten seconds. The others wait as long as without it, and a tenth.
    """
    made = await due(mailbox, 60)
    pulls = dict.fromkeys(made, 0)
    for second in range(240):
        if second % 10 == 0:
            await mailbox.store.write_by_rows(sync_states.ask, made[0], after(second))
        claim = ("one", after(second), 30, 1)
        for lease in await mailbox.store.write_by_rows(sync_states.claim_many, *claim, turn=second):
            pulls[lease.account_id] += 1
            next_at = after(second + 10)
            await mailbox.store.write_by_rows(sync_states.finish, lease, next_at, after(second + 0.5))
    assert pulls.pop(made[0]) == 24
    assert min(pulls.values()) >= 3


async def test_what_is_asked_for_during_a_pull_comes_after_it(mailbox: Mailbox) -> None:
    """Before all others, also where the pull was broken off."""
    made = await due(mailbox, 3)
    [lease] = await mailbox.store.write_by_rows(sync_states.claim_many, "one", after(1), 30, 1)
    await mailbox.store.write_by_rows(sync_states.ask, made[0], after(2))
    assert await claimed(mailbox, 3) == [made[1]]
    await mailbox.store.write(sync_states.finish, lease, after(900), after(4))
    [lease] = await mailbox.store.write_by_rows(sync_states.claim_many, "one", after(5), 30, 1)
    await mailbox.store.write_by_rows(sync_states.ask, made[0], after(6))
    await mailbox.store.write_by_rows(sync_states.release, lease)

    assert await claimed(mailbox, 7, turn=0) == [made[0]]
    assert lease.account_id == made[0]


async def test_a_wait_that_the_provider_asked_for_is_kept(mailbox: Mailbox) -> None:
    """Whoever asks; one for our own sake is not."""
    [account] = await due(mailbox, 1)
    for problem, found in (("throttled", []), ("failed", [account])):
        [lease] = await mailbox.store.write_by_rows(sync_states.claim_many, "one", after(99), 30, 1)
        await mailbox.store.write(sync_states.set_problem, lease, problem, "429", after(99))
        await mailbox.store.write_by_rows(sync_states.ask, account, after(3))
        assert await claimed(mailbox, 4) == found


async def test_who_is_woken_while_a_lease_has_run_out_is_due_after_it(mailbox: Mailbox) -> None:
    """Its holder comes late and ends the pull all the same: it is due at once."""
    [account] = await due(mailbox, 1)
    [lease] = await mailbox.store.write_by_rows(sync_states.claim_many, "one", NOW, 30, 1)
    await mailbox.store.write_by_rows(sync_states.wake, account, after(31))
    await mailbox.store.write(sync_states.finish, lease, after(900), after(32))
    assert await claimed(mailbox, 33) == [account]


@pytest.mark.parametrize(("problem", "is_due"), [("failed", True), ("throttled", False)])
async def test_a_wish_during_a_pull_that_fails_is_kept(mailbox: Mailbox, problem: str, is_due: bool) -> None:
    """It is due at once, unless the provider asks us to wait; without a wish it waits."""
    [account] = await due(mailbox, 1)
    for at, is_woken in ((0, False), (400, True)):
        [lease] = await mailbox.store.write_by_rows(sync_states.claim_many, "one", after(at), 30, 1)
        if is_woken:
            await mailbox.store.write_by_rows(sync_states.wake, account, after(at + 1))
        await mailbox.store.write(sync_states.set_problem, lease, problem, "x", after(at + 300))
        assert bool(await claimed(mailbox, at + 10)) == (is_woken and is_due)
