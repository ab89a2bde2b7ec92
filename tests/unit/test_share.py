"""Which worker takes which account, and what one of them does for all."""

import asyncio
import random
from datetime import UTC, datetime

import pytest

from poststelle.engines import requests_of
from poststelle.jobs.once import by_first
from poststelle.lib.share import GRACE_S, Share
from poststelle.model.health import Process, ProcessFacts, ProcessRole
from poststelle.model.ids import AccountId
from poststelle.push.audience import LASTS_S, Audience

NOW = datetime(2026, 11, 29, tzinfo=UTC)


class Seconds:
    """A clock that only goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_account_is_taken_first_by_exactly_one_of_them() -> None:
    """However many there are, and in whichever order each has heard of the others."""
    names = ["c", "a", "b"]
    shares = [Share() for _ in names]
    for name, share in zip(names, shares, strict=True):
        share.among(random.sample(names, 3), name)
    takers = [[share.prefers(account) for share in shares].count(True) for account in range(1, 100)]
    assert set(takers) == {1}
    assert [sum(share.prefers(account) for account in range(300)) for share in shares] == [100, 100, 100]
    assert [share.is_first for share in shares].count(True) == 1


def test_what_the_other_does_not_take_anybody_may() -> None:
    """After two seconds in which it was there to be taken; and anew, when it is something else."""
    seconds = Seconds()
    share = Share(0, 2, now_s=seconds)
    assert (share.takes(2), share.takes(3)) == (True, False)
    seconds.now += GRACE_S / 2
    assert not share.takes(3)
    seconds.now += GRACE_S / 2
    assert share.takes(3)
    seconds.now += 60
    assert not share.takes(3)


def test_alone_everything_is_its_own() -> None:
    assert all(Share().takes(account) for account in range(10))


def test_who_listens_elsewhere_is_forgotten_unless_it_is_said_again() -> None:
    seconds = Seconds()
    audience = Audience(seconds)
    audience.note([AccountId(1), AccountId(2)])
    seconds.now += LASTS_S - 1
    audience.note([AccountId(2)])
    assert audience.is_heard(AccountId(1))
    seconds.now += 2
    assert [audience.is_heard(AccountId(n)) for n in (1, 2, 3)] == [False, True, False]


def process(role: ProcessRole) -> Process:
    return Process(ProcessFacts("name", "place", role, "1", "host", NOW), NOW, None)


def test_requests_to_microsoft_are_shared_by_all_that_live() -> None:
    """A worker has three times as many as who only answers; together not more than are allowed."""
    web, worker, whole = ProcessRole.WEB, ProcessRole.WORKER, ProcessRole.ALL
    assert requests_of(64, whole, [process(whole)]) == 64
    assert requests_of(64, whole, []) == 64
    living = [process(role) for role in (web, web, worker, worker)]
    parts = [requests_of(64, one.facts.role, living) for one in living]
    assert parts == [8, 8, 24, 24]
    assert requests_of(8, web, living) == 4  # one mailbox's can be asked together


@pytest.mark.anyio
async def test_what_is_done_once_moves_to_the_next_that_is_first() -> None:
    """It is cancelled where another one comes first, and begun again when that one has gone."""
    share, begun, ended = Share(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    loop = asyncio.create_task(by_first(share, work)())
    try:
        async with asyncio.timeout(60):
            await begun.wait()
            begun.clear()
            share.among(["a", "me"], "me")
            await ended.wait()
            assert not begun.is_set()
            share.among(["me"], "me")
            await begun.wait()
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)


@pytest.mark.anyio
async def test_what_breaks_is_told_to_who_starts_it_again() -> None:
    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await by_first(Share(), work)()
