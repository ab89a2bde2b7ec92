"""Many writers at once: nobody's change is lost, counters and modseqs never race."""

import asyncio
from datetime import timedelta

import pytest
from tests.store.conftest import FakeClock, Listener
from tests.store.mailbox import NOW, Mailbox, create, item, page

from poststelle.mail import organise
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId
from poststelle.model.message import SEEN
from poststelle.store import changes, folders, open_store
from poststelle.store.tx import ReadTx, Store, Tx

pytestmark = [pytest.mark.anyio, pytest.mark.partitioned, pytest.mark.pooled]


async def test_pages_and_people_meet_in_one_account(mailbox: Mailbox) -> None:
    """Four folders are filled while sixty messages are marked and moved."""
    await mailbox.pull("Inbox", page(*(item(f"m{n}", thread_key=f"T{n % 9}") for n in range(60))))
    ids = [await mailbox.id_of(f"m{n}") for n in range(60)]
    target = mailbox.folder_ids["Objects"]

    async def organise_one(number: int) -> None:
        common = (mailbox.user, mailbox.account, ids[number])
        await mailbox.store.write(organise.set_keywords, *common, {SEEN: True}, NOW)
        if number % 3 == 0:
            await mailbox.store.write(organise.move, *common, target, NOW)

    async def fill(folder: str, number: int) -> None:
        items = (item(f"{folder}{number}.{n}", folder, thread_key=f"T{n}") for n in range(10))
        await mailbox.pull(folder, page(*items, more=True))

    await asyncio.gather(
        *(organise_one(n) for n in range(60)),
        *(fill(folder, n) for folder in ("Inbox", "Sent", "Trash") for n in range(4)),
    )
    inbox, objects = await mailbox.folder("Inbox"), await mailbox.folder("Objects")
    assert (inbox.total, inbox.unread, objects.total, objects.unread) == (80, 40, 20, 0)


async def test_accounts_do_not_wait_for_each_other_to_be_right(store: Store) -> None:
    """Pages for five accounts at once: each holds exactly its own."""
    boxes = []
    for n in range(5):
        account, user, folder_ids = await store.write(create, f"desk{n}@office.example")
        boxes.append(Mailbox(store, account, user, folder_ids))
    await asyncio.gather(
        *(
            box.pull("Inbox", page(*(item(f"p{p}n{n}") for n in range(20)), more=True))
            for box in boxes
            for p in range(4)
        )
    )
    assert [(await box.folder("Inbox")).total for box in boxes] == [80] * 5
    await boxes[0].check()


async def test_every_change_has_a_modseq_of_its_own(mailbox: Mailbox) -> None:
    """Thirty writers, thirty distinct and gapless steps of the log."""

    def touch(tx: Tx, number: int) -> None:
        tx.changed(mailbox.account, ChangeType.EMAIL, number, ChangeOp.UPDATED)

    before = await mailbox.store.read(highest, mailbox.account)
    await asyncio.gather(*(mailbox.store.write(touch, 1000 + n) for n in range(30)))
    logged = await mailbox.store.read(changes.since, mailbox.account, ChangeType.EMAIL, before, 100)
    assert logged is not None
    assert sorted(logged.updated) == list(range(1000, 1030))
    assert await mailbox.store.read(highest, mailbox.account) == before + 30
    await mailbox.store.write(
        lambda tx: tx.run("forget_changes_of_type", account=mailbox.account, type="Email")
    )


async def test_a_reader_sees_one_moment(mailbox: Mailbox) -> None:
    """What is written during a read transaction is not seen in it."""
    loop = asyncio.get_running_loop()

    def look_twice(tx: ReadTx) -> tuple[int, int]:
        inbox = mailbox.folder_ids["Inbox"]
        first = folders.get(tx, mailbox.account, inbox)
        write = mailbox.pull("Inbox", page(item("late")))
        asyncio.run_coroutine_threadsafe(write, loop).result(timeout=60)
        second = folders.get(tx, mailbox.account, inbox)
        assert first is not None and second is not None
        return first.total, second.total

    assert await mailbox.store.read(look_twice) == (0, 0)
    assert (await mailbox.folder("Inbox")).total == 1


async def test_listeners_hear_of_commits_only(mailbox: Mailbox, listener: Listener) -> None:
    """The newest modseq of each changed type; a rolled back change says nothing."""
    listener.heard.clear()
    await mailbox.pull("Inbox", page(item("a")))
    (heard,) = listener.heard
    assert heard.account_id == mailbox.account
    assert set(heard.modseqs) == {
        ChangeType.EMAIL,
        ChangeType.MAILBOX,
        ChangeType.THREAD,
        ChangeType.SYNC,
    }
    latest = await mailbox.store.read(changes.latest, mailbox.account, ChangeType.EMAIL)
    assert heard.modseqs[ChangeType.EMAIL] == latest

    def fail(tx: Tx) -> None:
        tx.changed(mailbox.account, ChangeType.EMAIL, 1, ChangeOp.UPDATED)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await mailbox.store.write(fail)
    assert len(listener.heard) == 1


async def test_a_caller_that_goes_away_loses_only_the_answer(
    url: str, listener: Listener, clock: FakeClock
) -> None:
    """A cancelled write is committed and published all the same."""
    store = await open_store(url, listener, clock)
    mailbox = Mailbox(store, *await store.write(create))
    listener.heard.clear()
    waiting = asyncio.ensure_future(mailbox.pull("Inbox", page(item("a")), at=NOW + timedelta(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await mailbox.store.close()  # which waits for what is being written
    assert len(listener.heard) == 1


def highest(tx: ReadTx, account: AccountId) -> int:
    row = tx.one("get_account_epoch", account=account)
    assert row is not None
    return int(row["modseq"])
