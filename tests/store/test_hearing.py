"""What a provider tells is written down before it is answered, with what comes in the same moment."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, create, item, page, partial

from poststelle.mail import ingest, organise
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.message import SEEN
from poststelle.model.writeback import WritebackOp
from poststelle.store import folders, pending, subscriptions, sync_states, writeback_ops
from poststelle.store.op_rows import list_open
from poststelle.store.tx import Tx
from poststelle.sync.awaited import Awaited
from poststelle.sync.heard import Heard, Hearing
from poststelle.sync.leased import LEASE_S
from poststelle.sync.notify import hash_secret

pytestmark = pytest.mark.anyio

_DUE = NOW + timedelta(days=1)


def subscribed(tx: Tx, account: AccountId, name: str) -> None:
    """Told of under this name, with the name as its secret; at rest for a day."""
    fence = subscriptions.claim(tx, account, NOW, 60)
    assert fence is not None
    made = {"remote_id": name, "secret_hash": hash_secret(name), "url": "https://hooks.example.org/x"}
    assert subscriptions.keep(tx, account, fence, expires_at=_DUE, due_at=_DUE, now=NOW, **made)
    sync_states.start(tx, account, NOW)
    lease = sync_states.claim_of(tx, account, "one", NOW, 30)
    assert lease is not None and sync_states.finish(tx, lease, _DUE, NOW)
    for folder in folders.list_all(tx, account):
        folders.set_due(tx, account, folder.id, _DUE)


async def due_folders(mailbox: Mailbox, account: AccountId) -> set[str]:
    found = await mailbox.store.read(folders.due, account, _DUE - timedelta(hours=1), 100)
    every = await mailbox.store.read(folders.list_all, account)
    return {folder.name for folder in every if folder.id in found}


async def test_what_comes_together_is_taken_in_together(mailbox: Mailbox) -> None:
    """Each is told how many of its own were genuine; the bell rings once, after all is due."""
    other = (await mailbox.store.write(create, "other@office.example"))[0]
    await mailbox.pull("Objects", page(item("a", folder="Objects")))
    for account, name in ((mailbox.account, "s1"), (other, "s2")):
        await mailbox.store.write(subscribed, account, name)
    rings: list[int] = []
    rung = asyncio.Event()

    def ring() -> None:
        rings.append(1)
        rung.set()

    hearing = Hearing(mailbox.store, FakeClock(), ring, lambda: None, gather_s=0.05)
    told = await asyncio.gather(
        hearing.hear([Heard("s1", "s1", RemoteId("a"))]),
        hearing.hear([Heard("s2", "s2", RemoteId("new")), Heard("s2", "wrong"), Heard("s9", "s9")]),
        hearing.hear([Heard("s1", "wrong", RemoteId("new"))]),
    )
    assert told == [1, 1, 0]
    assert await due_folders(mailbox, mailbox.account) == {"Objects"}  # where the message is
    assert await due_folders(mailbox, other) == {"Inbox"}  # where most new ones are
    await rung.wait()
    claimed = await mailbox.store.write(sync_states.claim_many, "one", NOW + timedelta(seconds=1), 30, 9)
    assert {lease.account_id for lease in claimed} == {mailbox.account, other}
    assert rings == [1]


async def test_a_hint_that_names_nothing_counts_beside_one_that_does(mailbox: Mailbox) -> None:
    """Something may be new, besides what happened to a message that is known."""
    await mailbox.pull("Objects", page(item("a", folder="Objects")))
    await mailbox.store.write(subscribed, mailbox.account, "s1")
    hearing = Hearing(mailbox.store, FakeClock(), lambda: None, lambda: None, gather_s=0.05)
    assert await hearing.hear([Heard("s1", "s1"), Heard("s1", "s1", RemoteId("a"))]) == 2
    assert await due_folders(mailbox, mailbox.account) == {"Inbox", "Sent", "Objects"}


async def test_what_stays_unknown_is_looked_for_in_sent_and_drafts_too(
    mailbox: Mailbox, clock: FakeClock
) -> None:
    """That the folder list tells of what came there is a hope; what has come meanwhile asks for nothing."""
    other = (await mailbox.store.write(create, "other@office.example"))[0]
    for account, name in ((mailbox.account, "s1"), (other, "s2")):
        await mailbox.store.write(subscribed, account, name)
    rung = asyncio.Event()
    hearing = Hearing(
        mailbox.store, clock, rung.set, lambda: None, gather_s=0, awaited=Awaited([4]), tick_s=0.01
    )
    told = [Heard("s1", "s1", RemoteId("sent in Outlook")), Heard("s2", "s2", RemoteId("here soon"))]
    assert await hearing.hear(told) == 2
    await rung.wait()
    rung.clear()
    assert await due_folders(mailbox, mailbox.account) == await due_folders(mailbox, other) == {"Inbox"}
    await mailbox.store.write(folders.set_all_due, other, _DUE)
    inbox = await mailbox.store.read(folders.by_role, other, Role.INBOX)
    assert inbox is not None
    await mailbox.store.write(
        ingest.apply_page, other, inbox.id, page(item("here soon")), is_sweep=False, now=NOW
    )
    clock.advance(5)
    await rung.wait()
    assert await due_folders(mailbox, mailbox.account) == {"Inbox", "Sent"}
    assert await due_folders(mailbox, other) == set()


async def test_what_stays_unknown_is_looked_for_again_and_again(mailbox: Mailbox, clock: FakeClock) -> None:
    """When its delta shows it nobody says; after the last look it is left to the next poll."""
    await mailbox.store.write(subscribed, mailbox.account, "s1")
    awaited, rung = Awaited([4, 15]), asyncio.Event()
    hearing = Hearing(mailbox.store, clock, rung.set, lambda: None, gather_s=0, awaited=awaited, tick_s=0.01)
    await hearing.hear([Heard("s1", "s1", RemoteId("late"))])
    for _ in range(3):
        await rung.wait()
        rung.clear()
        lease = await mailbox.store.write(sync_states.claim, "one", clock.now(), 30)
        assert lease is not None
        assert "Inbox" in await due_folders(mailbox, mailbox.account)
        await mailbox.store.write(sync_states.finish, lease, _DUE, clock.now())
        await mailbox.store.write(folders.set_all_due, mailbox.account, _DUE)
        clock.advance(10)
    assert not awaited
    assert await due_folders(mailbox, mailbox.account) == set()


@pytest.mark.parametrize("is_under_way", [False, True])
async def test_after_its_end_whoever_pulls_looks_once_more(
    mailbox: Mailbox, clock: FakeClock, *, is_under_way: bool
) -> None:
    """A web process that is begun anew forgets what it was told: one look, also where a pull is under way, at
    known messages and unknown ones; what is due already is not put off."""
    await mailbox.pull("Objects", page(item("a", folder="Objects")))
    await mailbox.store.write(subscribed, mailbox.account, "s1")
    awaited = Awaited([4, 15])
    hearing = Hearing(mailbox.store, clock, lambda: None, lambda: None, gather_s=0, awaited=awaited, tick_s=9)
    await hearing.hear([Heard("s1", "s1", RemoteId("late")), Heard("s1", "s1", RemoteId("a"))])
    lease = await mailbox.store.write(sync_states.claim, "one", clock.now(), LEASE_S)
    assert lease is not None
    if not is_under_way:
        assert await mailbox.store.write(sync_states.finish, lease, _DUE, clock.now())
    await mailbox.store.write(folders.set_all_due, mailbox.account, _DUE)
    await mailbox.store.write(folders.set_due, mailbox.account, mailbox.folder_ids["Sent"], NOW)
    await hearing.close()
    if is_under_way:
        assert await mailbox.store.write(sync_states.finish, lease, _DUE, clock.now())
    assert not awaited
    assert await mailbox.store.write(sync_states.claim, "one", clock.now(), LEASE_S) is None
    due = await mailbox.store.read(folders.due, mailbox.account, clock.now(), 9)
    assert due == {mailbox.folder_ids["Sent"]: NOW}
    clock.advance(10)
    assert await mailbox.store.write(sync_states.claim, "one", clock.now(), LEASE_S) is not None
    assert await due_folders(mailbox, mailbox.account) == {"Inbox", "Sent", "Objects"}


async def test_what_was_deleted_is_not_waited_for(mailbox: Mailbox) -> None:
    """Whether that is told with it or later; a move is told as deleted and as new."""
    await mailbox.store.write(subscribed, mailbox.account, "s1")
    awaited = Awaited()
    hearing = Hearing(mailbox.store, FakeClock(), lambda: None, lambda: None, gather_s=0, awaited=awaited)
    new, gone = Heard("s1", "s1", RemoteId("a")), Heard("s1", "s1", RemoteId("a"), is_gone=True)
    await hearing.hear([new, gone])
    assert not awaited
    await hearing.hear([gone, new])
    assert awaited
    await hearing.hear([gone])
    assert not awaited


async def test_an_account_that_waits_for_its_turn_keeps_its_place(mailbox: Mailbox, clock: FakeClock) -> None:
    """Else those that are told of most would never get theirs where many wait."""
    await mailbox.store.write(subscribed, mailbox.account, "s1")
    rung = asyncio.Event()
    hearing = Hearing(
        mailbox.store, clock, rung.set, lambda: None, gather_s=0, awaited=Awaited([4]), tick_s=0.01
    )
    await hearing.hear([Heard("s1", "s1", RemoteId("late"))])
    await rung.wait()
    rung.clear()
    clock.advance(60)
    await rung.wait()
    other = (await mailbox.store.write(create, "other@office.example"))[0]
    await mailbox.store.write(sync_states.start, other, NOW + timedelta(seconds=30))
    first = await mailbox.store.write(sync_states.claim, "one", clock.now(), 30)
    assert first is not None
    assert first.account_id == mailbox.account


async def test_what_is_not_genuine_leaves_no_trace(mailbox: Mailbox) -> None:
    """Nothing is due, and nobody is woken."""
    await mailbox.store.write(subscribed, mailbox.account, "s1")
    hearing = Hearing(mailbox.store, FakeClock(), pytest.fail, pytest.fail, gather_s=0)
    assert await hearing.hear([Heard("s1", "s2"), Heard("s2", "s1")]) == 0
    assert await due_folders(mailbox, mailbox.account) == set()
    assert await mailbox.store.write(sync_states.claim, "one", NOW + timedelta(seconds=1), 30) is None


class Looking:
    """Hears of known messages, one after the other, and tells whether they are looked for again."""

    def __init__(self, mailbox: Mailbox, clock: FakeClock, again_s: Sequence[float]) -> None:
        self.rung = asyncio.Event()
        self._mailbox, self._clock = mailbox, clock
        awaited = Awaited(again_s)
        self._hearing = Hearing(
            mailbox.store, clock, self.rung.set, lambda: None, gather_s=0, awaited=awaited, tick_s=0.01
        )
        self.awaited = awaited

    async def told(self, name: str, *, is_gone: bool = False) -> None:
        """The look that follows at once has been made, and has found nothing."""
        await self._hearing.hear([Heard("s1", "s1", RemoteId(name), is_gone=is_gone)])
        await self.rung.wait()
        await self._rest()

    async def looks(self, seconds: float) -> set[str]:
        """The folders that are looked at after so much more time; the others rest again."""
        self._clock.advance(seconds)
        for _ in range(20):
            await asyncio.sleep(0.01)
        found = await due_folders(self._mailbox, self._mailbox.account)
        assert self.rung.is_set() == bool(found)
        await self._rest()
        return found

    async def _rest(self) -> None:
        self.rung.clear()
        await self._mailbox.store.write(folders.set_all_due, self._mailbox.account, _DUE)


@pytest.fixture
async def looking(mailbox: Mailbox, clock: FakeClock) -> Looking:
    """A message is in Objects, since long."""
    await mailbox.pull("Objects", page(item("a", folder="Objects")))
    await mailbox.store.write(subscribed, mailbox.account, "s1")
    clock.advance(600)
    return Looking(mailbox, clock, [4, 15, 45])


@pytest.mark.parametrize("is_gone", [False, True])
async def test_what_happened_to_a_known_message_is_looked_for_where_it_lies(
    looking: Looking, *, is_gone: bool
) -> None:
    """Its folder's delta shows the change, the move or the deletion late: again and again, then no more."""
    await looking.told("a", is_gone=is_gone)
    assert [await looking.looks(seconds) for seconds in (3, 2, 11, 40, 200)] == [
        set(),
        {"Objects"},
        {"Objects"},
        {"Objects"},
        set(),
    ]
    assert not looking.awaited


async def test_what_a_round_brought_is_looked_for_no_more(
    mailbox: Mailbox, clock: FakeClock, looking: Looking
) -> None:
    """Shown at once, as mostly: no look but the one that brought it."""
    await looking.told("a")
    await mailbox.pull("Objects", page(partial("a", is_flagged=True)), at=clock.now())
    assert await looking.looks(5) == set()
    assert not looking.awaited


async def test_a_message_that_is_gone_is_looked_for_no_more(
    mailbox: Mailbox, clock: FakeClock, looking: Looking
) -> None:
    """A round missed it, and the provider has it no more."""
    await looking.told("a", is_gone=True)
    await mailbox.pull("Objects", page(left=("a",)), at=clock.now())
    await mailbox.store.write(ingest.settle, mailbox.account, {RemoteId("a"): None}, now=clock.now())
    assert await looking.looks(5) == set()
    assert not looking.awaited


async def opened_here(mailbox: Mailbox, clock: FakeClock, name: str) -> WritebackOp:
    """It is marked as read, which the provider is still to be told."""
    message = await mailbox.id_of(name)
    await mailbox.store.write(
        organise.set_keywords, mailbox.user, mailbox.account, message, {SEEN: True}, clock.now()
    )
    [op] = await mailbox.store.read(list_open, mailbox.account, [message])
    return op


async def test_our_own_change_is_looked_for_once_more(
    mailbox: Mailbox, clock: FakeClock, looking: Looking
) -> None:
    """What people do here is told of, too, and is here already; or somebody elsewhere did something, too."""
    op = await opened_here(mailbox, clock, "a")
    await looking.told("a")
    await mailbox.store.write(pending.keep_confirmed, op, clock.now())
    looks = [await looking.looks(seconds) for seconds in (5, 11, 40, 200)]
    assert looks == [set(), {"Objects"}, set(), set()]
    assert not looking.awaited


async def test_what_was_told_of_is_looked_for_though_the_message_is_changed_here(
    mailbox: Mailbox, clock: FakeClock, looking: Looking
) -> None:
    """Moved in Outlook, which shows late, and two seconds later somebody opens it here.

    That brings nothing of what was told of; once it is confirmed, it may have been what was told of.
    """
    await looking.told("a")
    clock.advance(2)
    op = await opened_here(mailbox, clock, "a")
    assert [await looking.looks(seconds) for seconds in (3, 11)] == [{"Objects"}, {"Objects"}]
    await mailbox.store.write(pending.keep_confirmed, op, clock.now())
    assert [await looking.looks(seconds) for seconds in (30, 200)] == [{"Objects"}, set()]


@pytest.mark.parametrize("later", [2, 20, 29])
async def test_what_is_told_of_after_our_own_change_is_looked_for(
    mailbox: Mailbox, clock: FakeClock, looking: Looking, later: float
) -> None:
    """Opened here and confirmed; then moved in Outlook, which shows late."""
    op = await opened_here(mailbox, clock, "a")
    await mailbox.store.write(writeback_ops.confirm, op, at=clock.now())
    clock.advance(later)
    await looking.told("a")
    assert [await looking.looks(seconds) for seconds in (5, 11, 200)] == [set(), {"Objects"}, set()]


async def test_what_changed_just_before_it_was_told_of_is_looked_for_once_more(
    mailbox: Mailbox, clock: FakeClock, looking: Looking
) -> None:
    """A round that others asked for has brought it, mostly; or it has been changed again since."""
    await mailbox.pull("Objects", page(partial("a", is_flagged=True)), at=clock.now())
    clock.advance(2)
    await looking.told("a")
    looks = [await looking.looks(seconds) for seconds in (5, 11, 40, 200)]
    assert looks == [set(), {"Objects"}, set(), set()]
