"""Accounts that were refused are tried again once that is put right: noted at once, done to the end."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.databases import run_sql
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, create
from tests.store.test_people_users import new_user

from poststelle.auth.crypto import KeyRing
from poststelle.model.ids import AccountId, UserId
from poststelle.settings import guardian, microsoft
from poststelle.settings.microsoft import MicrosoftPatch, Preset
from poststelle.store import app_troubles, sync_states, waking
from poststelle.store.tx import Store, Tx
from poststelle.sync.waking import Waker

pytestmark = pytest.mark.anyio


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def refused(mailbox: Mailbox, many: int, problem: str = "failed") -> list[AccountId]:
    """So many accounts that are to be tried again in five minutes."""
    made = [(await mailbox.store.write(create, f"{problem}{n}@office.example"))[0] for n in range(many)]
    for account in made:
        await mailbox.store.write(sync_states.start, account, NOW)
        lease = await mailbox.store.write_by_rows(sync_states.claim_of, account, "one", NOW, 30)
        assert lease is not None
        await mailbox.store.write(sync_states.set_problem, lease, problem, "AADSTS7000222", after(300))
    return made


async def due(store: Store) -> set[AccountId]:
    leases = await store.write_by_rows(sync_states.claim_many, "two", after(10), 30, 99)
    return {lease.account_id for lease in leases}


async def test_what_is_noted_is_done_once(mailbox: Mailbox, clock: FakeClock) -> None:
    """Those that were refused are due, and no others: neither who Microsoft asks to wait, nor who works."""
    rung: list[int] = []
    waker = Waker(mailbox.store, clock, lambda: rung.append(1))
    failed = await refused(mailbox, 3)
    await refused(mailbox, 1, "throttled")
    assert await waker.run_due() == 0
    await mailbox.store.write(waking.note, NOW)

    assert (await waker.run_due(), await waker.run_due(), rung) == (3, 0, [1])
    assert await due(mailbox.store) == set(failed)


async def test_a_pull_that_is_under_way_and_is_refused_yet_is_made_again(
    mailbox: Mailbox, clock: FakeClock
) -> None:
    """It began with the old secret."""
    [account] = await refused(mailbox, 1, "unreachable")
    lease = await mailbox.store.write_by_rows(sync_states.claim_of, account, "one", after(301), 30)
    assert lease is not None
    await mailbox.store.write(waking.note, NOW)
    clock.advance(302)
    await Waker(mailbox.store, clock, lambda: None).run_due()
    await mailbox.store.write(sync_states.set_problem, lease, "failed", "AADSTS7000222", after(600))
    [again] = await mailbox.store.write_by_rows(sync_states.claim_many, "two", after(303), 30, 9)
    assert again.account_id == account


async def test_who_dies_over_it_leaves_it_to_the_next(mailbox: Mailbox, clock: FakeClock) -> None:
    """What is noted stays so until all are woken; what is noted meanwhile is done anew."""

    class Died(Exception):
        pass

    def die() -> None:
        raise Died

    failed = await refused(mailbox, 2)
    await mailbox.store.write(waking.note, NOW)
    with pytest.raises(Died):
        await Waker(mailbox.store, clock, die).run_due()
    number = await mailbox.store.read(waking.noted)
    assert number is not None
    await mailbox.store.write(waking.note, NOW)
    await mailbox.store.write(waking.done, number)

    assert await Waker(mailbox.store, clock, lambda: None).run_due() == 2
    assert await mailbox.store.read(waking.noted) is None
    assert await due(mailbox.store) == set(failed)


def accept(tx: Tx, _: UserId) -> None:
    guardian.note_app_accepted(tx, "client", NOW)


def save(tx: Tx, admin: UserId) -> None:
    ring = KeyRing([bytes(32)])
    microsoft.save(tx, admin, MicrosoftPatch(secret="the~new~one"), ring=ring, preset=Preset(), now=NOW)


@pytest.mark.parametrize("put_right", [accept, save])
async def test_what_is_put_right_is_saved_though_pulls_begin_and_end(
    mailbox: Mailbox, url: str, put_right: Callable[[Tx, UserId], None]
) -> None:
    """It has nothing to do with the accounts: another transaction changes one, and it is made once."""
    [account] = await refused(mailbox, 1)
    admin = (await mailbox.store.write(new_user, "sabine", may_settings=True)).id
    await mailbox.store.write(app_troubles.note, "client", "AADSTS7000222", NOW)
    runs: list[int] = []

    def saved(tx: Tx) -> None:
        runs.append(1)
        app_troubles.get(tx, "client")
        if url.startswith("postgresql"):  # the other one has one writer
            run_sql(url, f"update sync_states set fence = fence + 1 where account_id = {account}")
        put_right(tx, admin)

    await mailbox.store.write(saved)
    assert len(runs) == 1
    assert await mailbox.store.read(waking.noted) is not None
