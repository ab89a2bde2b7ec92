"""What a provider tells is written down before it is answered, with what comes in the same moment."""

import asyncio
from datetime import timedelta

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, create, item, page

from poststelle.mail import ingest
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, RemoteId
from poststelle.store import folders, subscriptions, sync_states
from poststelle.store.tx import Tx
from poststelle.sync.awaited import Awaited
from poststelle.sync.heard import Heard, Hearing
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


async def test_after_its_end_nothing_is_looked_for(mailbox: Mailbox, clock: FakeClock) -> None:
    """The database is closed then."""
    await mailbox.store.write(subscribed, mailbox.account, "s1")
    awaited = Awaited([4])
    hearing = Hearing(mailbox.store, clock, lambda: None, lambda: None, gather_s=0, awaited=awaited, tick_s=0)
    await hearing.hear([Heard("s1", "s1", RemoteId("late"))])
    await hearing.close()
    await mailbox.store.write(folders.set_all_due, mailbox.account, _DUE)
    clock.advance(10)
    for _ in range(20):
        await asyncio.sleep(0)
    assert awaited.take_due(clock.now())
    assert await due_folders(mailbox, mailbox.account) == set()


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
