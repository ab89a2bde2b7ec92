"""Whoever is about to change something at the provider asks whether it is still theirs to change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.databases import run_sql
from tests.store.mailbox import NOW, Mailbox, item, page

from poststelle.mail import organise
from poststelle.model.message import SEEN
from poststelle.model.writeback import WritebackOp
from poststelle.providers.errors import RetryLater
from poststelle.store import holders, writeback_ops
from poststelle.store.tx import Store
from poststelle.sync.heart import Heart
from poststelle.sync.life import CLAIM_LOST, Hold, Life

pytestmark = pytest.mark.anyio
SURE_S = 300.0


class Seconds:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Worker:
    """A program with a heart and a change in hand."""

    def __init__(self, store: Store) -> None:
        self.store, self.seconds = store, Seconds()
        self.life = Life(store, "me", now_s=self.seconds)
        self.heart = Heart(store, "me", life=self.life)
        self.ops: list[WritebackOp] = []

    async def takes(self, box: Mailbox) -> Hold:
        mark = self.life.mark()
        self.ops = await self.store.write(writeback_ops.claim, box.account, "me", NOW, 20)
        assert len(self.ops) == 1
        return Hold(self.life, mark, SURE_S, lambda tx: writeback_ops.hold(tx, self.ops, NOW))

    async def beats(self) -> int:
        return (await self.store.read(holders.beats)).get("me", 0)


@pytest.fixture
async def worker(mailbox: Mailbox) -> Worker:
    await mailbox.pull("Inbox", page(item("a")))
    letter = await mailbox.id_of("a")
    who = (mailbox.user, mailbox.account)
    await mailbox.store.write(organise.set_keywords, *who, letter, {SEEN: True}, NOW)
    found = Worker(mailbox.store)
    await found.heart.beat()
    return found


async def test_while_its_heart_has_beaten_a_moment_ago_nothing_is_asked(
    mailbox: Mailbox, worker: Worker
) -> None:
    """For twelve seconds; others miss it after twenty, which leaves the request six to leave in."""
    hold = await worker.takes(mailbox)
    worker.seconds.at += 12
    assert await hold() == 6
    assert await worker.beats() == 1


async def test_after_that_it_beats_and_looks_first(mailbox: Mailbox, worker: Worker) -> None:
    """What is still its own it goes on with, having told the others that it lives."""
    hold = await worker.takes(mailbox)
    worker.seconds.at += 13
    assert await hold() == 18
    assert await worker.beats() == 2


async def test_a_look_of_one_that_was_buried_renews_nothing(
    mailbox: Mailbox, worker: Worker, url: str
) -> None:
    """What it has claimed since would be kept from all others for minutes."""
    await worker.store.write(holders.leave, "me")  # as who buries it does
    await worker.takes(mailbox)
    claimed = "select claimed_until from writeback_ops where holder = 'me'"
    before = run_sql(url, claimed)
    later = NOW + timedelta(minutes=5)
    assert not await worker.life.look(lambda tx: writeback_ops.hold(tx, worker.ops, later))
    assert run_sql(url, claimed) == before != []


@pytest.mark.parametrize("is_taken", [True, False])
async def test_what_was_freed_meanwhile_it_leaves_alone(
    mailbox: Mailbox, worker: Worker, is_taken: bool
) -> None:
    """Whether somebody else has taken it or not; and it does not come to life again by asking."""
    hold = await worker.takes(mailbox)
    worker.seconds.at += 60
    assert await worker.store.write(holders.bury, "me", 1) == 1
    if is_taken:
        assert await worker.store.write(writeback_ops.claim, mailbox.account, "other", NOW, 20)
    with pytest.raises(RetryLater, match=CLAIM_LOST):
        await hold()
    assert await worker.beats() == 0


async def test_a_claim_that_grew_old_is_renewed_or_lost(mailbox: Mailbox, worker: Worker) -> None:
    """However well the heart beats: a claim ends by itself, and others' clocks say when."""
    hold = await worker.takes(mailbox)
    worker.seconds.at += SURE_S
    await worker.heart.beat()
    assert await hold() == 18
    [op] = worker.ops
    await worker.store.write(writeback_ops.release_holder, "me")
    worker.seconds.at += SURE_S
    await worker.heart.beat()
    with pytest.raises(RetryLater, match=CLAIM_LOST):
        await hold()
    assert await worker.store.read(writeback_ops.held, mailbox.account, [op]) == []


async def test_a_look_that_takes_too_long_proves_nothing(mailbox: Mailbox, worker: Worker) -> None:
    """The machine sleeps between looking and leaving, again and again."""
    mark = worker.life.mark()
    looks = 0

    def slowly(_: object) -> bool:
        nonlocal looks
        looks += 1
        worker.seconds.at += 30
        return True

    worker.seconds.at += 30
    with pytest.raises(RetryLater, match=CLAIM_LOST) as told:
        await Hold(worker.life, mark, SURE_S, slowly)()
    assert told.value.is_throttled  # nothing was asked for
    assert looks == 3
