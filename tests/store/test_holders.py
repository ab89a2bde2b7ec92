"""What a program that was killed had in hand is freed by those that live, and by nobody before that."""

from __future__ import annotations

import pytest
from tests.store.mailbox import NOW, Mailbox, item, page
from tests.store.test_submission_lists import submission

from poststelle.mail import folders, organise
from poststelle.model.ids import MessageId
from poststelle.model.message import SEEN
from poststelle.store import folder_ops, holders, submissions, writeback_ops
from poststelle.store.tx import Store, Tx
from poststelle.sync.heart import Heart

pytestmark = pytest.mark.anyio


@pytest.fixture
async def box(mailbox: Mailbox) -> Mailbox:
    """With a change of a message, one of a folder, and something to be sent, all of which wait."""
    await mailbox.pull("Inbox", page(item("a")))
    await mailbox.store.write(_queue, mailbox, await mailbox.id_of("a"))
    return mailbox


def _queue(tx: Tx, box: Mailbox, message: MessageId) -> None:
    who, due = (box.user, box.account), submission(box, 505)
    organise.set_keywords(tx, *who, message, {SEEN: True}, NOW)
    folders.change(tx, *who, box.folder_ids["Objects"], NOW, name="Objekte")
    assert due.due_at == NOW
    submissions.insert(tx, due)


def claim(tx: Tx, box: Mailbox, name: str) -> list[str]:
    """Take all that can be had."""
    ops = writeback_ops.claim(tx, box.account, name, NOW, 20)
    op = folder_ops.claim(tx, box.account, name, NOW)
    taken = [
        submissions.take(tx, one, holders.of_sender(name), NOW) for one in submissions.claimable(tx, NOW, 5)
    ]
    return [*("message" for _ in ops), *("folder" for _ in [op] if op), *("sending" for one in taken if one)]


async def test_what_a_dead_program_held_is_taken_over(box: Mailbox) -> None:
    """Once its heart has stood still for four looks: by one of those that look, and counted as attempted."""
    old, new, third = (Heart(box.store, name) for name in ("old", "new", "third"))
    await old.beat()
    assert await box.store.write(claim, box, "old") == ["message", "folder", "sending"]
    for heart in (new, third) * 4:
        assert await heart.beat() == 0
        assert await box.store.write(claim, box, "new") == []

    assert [await heart.beat() for heart in (new, third)] == [3, 0]
    assert await box.store.write(claim, box, "new") == ["message", "folder", "sending"]
    [op] = await box.store.read(writeback_ops.list_oldest, box.account, 5)
    assert op.attempts == 1


async def test_a_living_program_keeps_what_it_holds(box: Mailbox) -> None:
    """However seldom its heart beats between the looks of others, and under whatever count."""
    old, new = Heart(box.store, "old"), Heart(box.store, "new")
    await old.beat()
    await box.store.write(claim, box, "old")
    for _ in range(4):
        assert [await new.beat() for _ in range(3)] == [0, 0, 0]
        await old.beat()
    assert await box.store.write(holders.bury, "old", 1) is None
    assert await box.store.write(claim, box, "new") == []


async def test_a_program_that_ends_frees_what_it_held(box: Mailbox) -> None:
    """At once; one that never worked here, as the command line's, frees nothing of the server's name."""
    old = Heart(box.store, "old")
    await old.beat()
    await box.store.write(claim, box, "old")
    await Heart(box.store, "old").stop()
    assert await box.store.write(claim, box, "new") == []
    await old.stop()
    assert await box.store.write(claim, box, "new") == ["message", "folder", "sending"]
    assert await _others(box.store) == {}


async def _others(store: Store) -> dict[str, int]:
    return await store.write(holders.beat, "me")
