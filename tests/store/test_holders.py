"""What a program that was killed had in hand is freed by those that live, and by nobody before that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, item, page
from tests.store.test_submission_lists import submission

from poststelle.lib.share import GRACE_S, Share
from poststelle.mail import folders, organise
from poststelle.model.health import Condition, Disk, LoopState, ProcessFacts, ProcessRole, Traffic
from poststelle.model.ids import MessageId
from poststelle.model.message import SEEN
from poststelle.model.submission import Claimed
from poststelle.providers.errors import RetryLater
from poststelle.store import folder_ops, holders, submissions, sync_states, writeback_ops
from poststelle.store.tx import Store, Tx
from poststelle.sync.heart import Body, Heart
from poststelle.sync.life import CLAIM_LOST, Hold, Life

pytestmark = pytest.mark.anyio


@pytest.fixture
async def box(mailbox: Mailbox) -> Mailbox:
    """With a change of a message, one of a folder, and something to be sent, all of which wait."""
    await mailbox.pull("Inbox", page(item("a")))
    await mailbox.store.write(queue, mailbox, await mailbox.id_of("a"))
    return mailbox


def queue(tx: Tx, box: Mailbox, message: MessageId) -> None:
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


def _take(tx: Tx, box: Mailbox, name: str) -> list[Claimed]:
    found = [
        submissions.take(tx, one, holders.of_sender(name), NOW) for one in submissions.claimable(tx, NOW, 5)
    ]
    return [one for one in found if one is not None]


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


async def test_who_was_taken_for_dead_begins_anew(box: Mailbox) -> None:
    """It goes on with nothing that it had, though nobody else has taken it so far, and lives as before."""
    begun: list[str] = []

    async def begin_anew() -> None:
        assert "old" not in await _others(box.store)
        begun.append("anew")

    life = Life(box.store, "old")
    old, new = Heart(box.store, "old", life=life, begin_anew=begin_anew), Heart(box.store, "new")
    await old.beat()
    mark = life.mark()
    [op] = await box.store.write(writeback_ops.claim, box.account, "old", NOW, 20)
    folder = await box.store.write(folder_ops.claim, box.account, "old", NOW)
    assert folder is not None
    [sending] = await box.store.write(_take, box, "old")
    for _ in range(5):
        await new.beat()

    assert await old.beat() == 0
    assert begun == ["anew"]
    for _ in range(5):
        assert [await new.beat(), await old.beat()] == [0, 0]
    assert begun == ["anew"]
    holding = Hold(life, mark, 300, lambda tx: writeback_ops.hold(tx, [op], NOW))
    with pytest.raises(RetryLater, match=CLAIM_LOST):
        await holding()
    await box.store.write(writeback_ops.retry, op, NOW + timedelta(hours=1), "late")
    await box.store.write(folder_ops.retry, folder, NOW + timedelta(hours=1), "late")
    assert not await box.store.write(folder_ops.remove, folder)
    assert not await box.store.write(writeback_ops.confirm, op, at=NOW)
    assert await box.store.write(writeback_ops.take_back, op, "refused", "", NOW) is None
    assert await box.store.write(submissions.count_seal, sending) is None
    assert await box.store.write(claim, box, "new") == ["message", "folder", "sending"]


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


async def test_one_program_at_a_time_changes_a_mailbox(box: Mailbox) -> None:
    """What else is due of it is left to the one that has a part of it under way; then anybody may."""
    await box.pull("Inbox", page(item("b")))
    later = await box.id_of("b")
    taken = await box.store.write(writeback_ops.claim, box.account, "one", NOW, 20)
    await box.store.write(organise.set_keywords, box.user, box.account, later, {SEEN: True}, NOW)
    assert await box.store.write(writeback_ops.claim, box.account, "two", NOW, 20) == []
    assert await box.store.write(folder_ops.claim, box.account, "two", NOW) is None
    [further] = await box.store.write(writeback_ops.claim, box.account, "one", NOW, 20)
    for op in (*taken, further):
        await box.store.write(writeback_ops.confirm, op, at=NOW)

    folder = await box.store.write(folder_ops.claim, box.account, "two", NOW)
    assert folder is not None
    await box.store.write(organise.set_keywords, box.user, box.account, later, {SEEN: False}, NOW)
    assert await box.store.write(writeback_ops.claim, box.account, "one", NOW, 20) == []
    assert len(await box.store.write(writeback_ops.claim, box.account, "two", NOW, 20)) == 1


async def test_one_that_begins_where_another_was_frees_what_that_one_held(box: Mailbox) -> None:
    """At once, pulls and checks too; and nothing of one that is elsewhere."""
    clock = FakeClock()
    here, gone, elsewhere = (
        body_of(clock, name, place) for name, place in (("here", "p"), ("gone", "p"), ("else", "q"))
    )
    await Heart(box.store, "gone", gone).beat()
    await Heart(box.store, "else", elsewhere).beat()
    assert await box.store.write(claim, box, "gone") == ["message", "folder", "sending"]
    await box.store.write(sync_states.start, box.account, NOW)
    lease = await box.store.write(sync_states.claim, "gone", NOW, 600)
    assert lease is not None

    assert await Heart(box.store, "here", here).beat() == 4
    assert await box.store.write(claim, box, "here") == ["message", "folder", "sending"]
    taken = await box.store.write(sync_states.claim, "here", NOW, 600)
    assert taken is not None and taken.fence > lease.fence
    assert await box.store.write(sync_states.renew, lease, NOW, 600) is None
    assert [one.facts.name for one in await box.store.read(holders.list_all)] == ["else", "here"]


async def test_each_learns_with_its_beat_who_lives_and_which_share_is_its_own(store: Store) -> None:
    """Workers share the mailboxes; one that only answers has none, and is first where nobody works."""
    clock = FakeClock()
    bodies = [
        body_of(clock, name, name, ProcessRole(role))
        for name, role in (("a", "worker"), ("b", "all"), ("w", "web"))
    ]
    hearts = [Heart(store, body.facts.name, body) for body in bodies]
    for heart in (*hearts, *hearts):
        await heart.beat()
    assert [(b.share.rank, b.share.of) for b in bodies[:2]] == [(0, 2), (1, 2)]
    assert not bodies[2].share.is_first
    for heart in hearts[:2]:
        await heart.stop()
    await hearts[2].beat()
    assert bodies[2].share.is_first
    [one] = await store.read(holders.list_all)
    assert (one.facts, one.beat_at, one.condition) == (bodies[2].facts, NOW, bodies[2].condition())


async def test_the_time_is_looked_after_with_each_beat(store: Store) -> None:
    """Clocks go wrong while programs run."""
    asked: list[int] = []

    async def keep_time() -> None:
        asked.append(1)

    heart = Heart(store, "a", replace(body_of(FakeClock(), "a", "p"), keep_time=keep_time))
    await heart.beat()
    await heart.beat()
    assert len(asked) == 2


async def test_other_workers_accounts_are_claimed_when_they_are_late(box: Mailbox) -> None:
    """By whom they belong to at once, by the other one after two seconds."""
    await box.store.write(sync_states.start, box.account, NOW)
    other = Share((box.account + 1) % 2, 2)
    assert await box.store.write(sync_states.claim, "other", NOW, 60, other) is None
    late = NOW + timedelta(seconds=GRACE_S)
    assert await box.store.write(sync_states.claim, "other", late, 60, other) is not None


def body_of(clock: FakeClock, name: str, place: str, role: ProcessRole = ProcessRole.WORKER) -> Body:
    facts = ProcessFacts(name, place, role, "1.0", "machine", NOW)
    condition = Condition(Disk(1, 2), [LoopState("sync", 1, NOW)], Traffic(1, 2, 3))
    return Body(facts, lambda: condition, clock, Share(), lambda _: None)


async def _others(store: Store) -> dict[str, int]:
    return await store.read(holders.beats_of_others, "me")


async def test_the_first_beat_after_some_that_failed_is_told(store: Store, clock: FakeClock) -> None:
    """Once: the database answers again, and whoever waits for that need not go on waiting."""
    told: list[str] = []

    class Enough(Exception):
        """No more beats."""

    async def keep_time() -> None:
        told.append("fails" if len(told) in {1, 2} else "beats")
        if told[-1] == "fails":
            raise ConnectionError("away")

    async def sleep(_: float) -> None:
        if len(told) > 5:
            raise Enough

    body = replace(body_of(clock, "me", "here"), keep_time=keep_time)
    heart = Heart(store, "me", body, on_back=lambda: told.append("back"), sleep=sleep)
    with pytest.raises(Enough):
        await heart.run()
    assert told == ["beats", "fails", "fails", "beats", "back", "beats"]
