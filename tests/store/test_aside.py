"""What nobody can do is set aside, and comes back with who can: nobody passes over it each second."""

from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.store import plans
from tests.store.conftest import FakeClock, Listener
from tests.store.mailbox import NOW, Mailbox, item, page

from poststelle.blobs import DirectoryBlobs
from poststelle.lib.clock import to_ms
from poststelle.mail import organise, queue
from poststelle.model.account import AccountState
from poststelle.model.ids import AccountId
from poststelle.model.message import FLAGGED
from poststelle.store import accounts, aside, open_store, subscriptions, sync_states, writeback_ops
from poststelle.store.tx import Tx
from poststelle.sync.housekeeping import Housekeeper

pytestmark = pytest.mark.anyio


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def keeper(mailbox: Mailbox, tmp_path: Path, clock: FakeClock) -> Housekeeper:
    return Housekeeper(mailbox.store, DirectoryBlobs(tmp_path, clock), clock)


def begin(tx: Tx, account: AccountId) -> None:
    sync_states.start(tx, account, after(-9))
    subscriptions.set_due(tx, account, after(-9))


async def due(mailbox: Mailbox) -> tuple[int, int, int]:
    """How many accounts are due for a pull, for writing back, and for a look at their subscriptions."""
    pulls = await mailbox.store.write_by_rows(sync_states.claim_many, "one", NOW, 0, 9)
    changes = await mailbox.store.read(writeback_ops.accounts_due, NOW)
    told = await mailbox.store.read(subscriptions.due, NOW, 9, is_wanted=True)
    return len(pulls), len(changes), len(told)


async def with_a_change(mailbox: Mailbox) -> None:
    """All three are due."""
    await mailbox.pull("Inbox", page(item("1")))
    await mailbox.store.write(begin, mailbox.account)
    which = (mailbox.user, mailbox.account, await mailbox.id_of("1"))
    await mailbox.store.write(organise.set_keywords, *which, {FLAGGED: True}, after(-5))


async def test_what_waits_for_a_sign_in_is_set_aside_and_comes_back_with_it(
    mailbox: Mailbox, keeper: Housekeeper
) -> None:
    """All that was due is due again with who connects the account; what is told of the change is sensible."""
    await with_a_change(mailbox)
    assert await due(mailbox) == (1, 1, 1)
    assert await keeper.set_aside() == 0
    await mailbox.store.write(accounts.set_state, mailbox.account, AccountState.SIGN_IN_NEEDED, "x")
    assert (await keeper.set_aside(), await keeper.set_aside()) == (3, 0)
    assert await mailbox.store.read(aside.idle, NOW, 9) == []
    assert await keeper.bring_forward() == 0  # no clock has meant it
    [waiting] = (await mailbox.store.read(queue.list_waiting, mailbox.user, mailbox.account)).waiting
    assert waiting.due_at == after(-5)

    await mailbox.store.write(accounts.set_state, mailbox.account, AccountState.CONNECTED)
    await mailbox.store.write(begin, mailbox.account)
    assert await due(mailbox) == (1, 1, 1)


async def test_who_fetches_nothing_goes_on_writing_back(mailbox: Mailbox, keeper: Housekeeper) -> None:
    """An account that is not active is not pulled; who makes it active again wakes it."""
    await with_a_change(mailbox)
    await mailbox.store.write(accounts.set_options, mailbox.account, name="", is_active=False)
    assert await keeper.set_aside() == 2
    assert await due(mailbox) == (0, 1, 0)
    await mailbox.store.write(accounts.set_options, mailbox.account, name="", is_active=True)
    await mailbox.store.write(sync_states.wake, mailbox.account, NOW)
    await mailbox.store.write(subscriptions.set_due, mailbox.account, NOW)
    assert await due(mailbox) == (1, 1, 1)


async def test_what_a_program_of_before_connects_comes_back_too(
    mailbox: Mailbox, keeper: Housekeeper
) -> None:
    """It knows nothing of what was set aside: found with the next look."""
    await with_a_change(mailbox)
    await mailbox.store.write(accounts.set_state, mailbox.account, AccountState.SIGN_IN_NEEDED, "x")
    await keeper.set_aside()
    await mailbox.store.write(accounts.set_state, mailbox.account, AccountState.CONNECTED)
    assert await due(mailbox) == (0, 0, 0)
    assert await keeper.bring_forward() == 0
    assert await due(mailbox) == (1, 1, 1)


async def test_who_is_connected_meanwhile_is_not_set_aside(mailbox: Mailbox) -> None:
    """What was found idle is looked at again with what is written."""
    await with_a_change(mailbox)
    assert await mailbox.store.write(aside.set_aside, [mailbox.account], NOW) == 0
    assert await due(mailbox) == (1, 1, 1)


_FILL = """
insert into accounts (id, epoch, modseq, next_id, type, address, address_key, state, created_at)
select g, g, 1, 99, 'graph', 'a' || g, 'a' || g,
       case when g % 10 = 0 then 'sign_in_needed' else 'connected' end, 0 from generate_series(1, 3000) g;
insert into sync_states (account_id, due_at)
select id, case state when 'connected' then {later} else 0 end from accounts;
insert into subscriptions (account_id, remote_id, due_at)
select id, 's' || id, case state when 'connected' then {later} else 0 end from accounts;
insert into writeback_ops (account_id, id, message_id, kind, payload, undo, due_at, created_at)
select id, k, k, 'set', '{{}}', '{{}}', 0, 0 from accounts, generate_series(1, 10) k
where state <> 'connected';
"""
_DUE = """
insert into writeback_ops (account_id, id, message_id, kind, payload, undo, due_at, created_at)
values (1, 1, 1, 'set', '{}', '{}', 0, 0), (2, 1, 1, 'set', '{}', '{}', 0, 0);
update sync_states set due_at = 1 where account_id in (1, 2);
update subscriptions set due_at = 1 where account_id in (1, 2);
analyze
"""
_ASKED = {
    "claim_sync": "sync_states_due",
    "list_due_subscriptions": "subscriptions_due",
    "list_accounts_with_due_ops": "writeback_ops_due",
}


async def test_what_is_asked_each_second_grows_with_what_is_due_alone(
    empty_postgres_url: str, listener: Listener, clock: FakeClock, tmp_path: Path
) -> None:
    """3,000 accounts, nothing to do; three hundred wait for a sign-in, with ten changes each. Once that is
    set aside, nothing is passed over: each looks into its index and finds what is due alone."""
    store = await open_store(empty_postgres_url, listener, clock)
    now = to_ms(NOW)
    times = {"now": now, "most": now, "late": now, "least": 0, "until": now, "workers": 1, "rank": 0}
    given = {name: str(value) for name, value in times.items()}
    with psycopg.connect(empty_postgres_url, autocommit=True) as connection:
        connection.execute(_FILL.format(later=now + 600_000).encode())
        await Housekeeper(store, DirectoryBlobs(tmp_path, clock), clock).set_aside()
        connection.execute("vacuum analyze")
        for mode in ("generic", "custom"):
            for name, index in _ASKED.items():
                plan = _plan(connection, name, mode, given)
                assert index in plan.indexes, name
                assert plan.rows == 0, name
        connection.execute(_DUE.encode())
        for name in _ASKED:
            plan = _plan(connection, name, "custom", given)
            assert 0 < plan.rows <= 30, name
    await store.close()


def _plan(
    connection: psycopg.Connection[tuple[object, ...]], name: str, mode: str, given: dict[str, str]
) -> plans.Plan:
    with connection.transaction():
        return plans.plan_of(connection, name, mode=mode, **given, limit="8")
