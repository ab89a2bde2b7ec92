"""Threads that work for an event loop: everything is done once, and whoever waits is told."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from poststelle.lib.workers import Workers

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers(2, "test")
    yield made
    made.close()


def _fail() -> None:
    raise KeyError("no")


async def test_more_work_than_threads_is_all_done(workers: Workers) -> None:
    """What comes while both are at work waits its turn, in no thread but these."""
    found = await asyncio.gather(
        *(workers.run(lambda n=n: (n, threading.current_thread().name)) for n in range(200))  # type: ignore[misc]
    )
    assert [number for number, _ in found] == list(range(200))
    assert {name for _, name in found} <= {"test-0", "test-1"}


async def test_an_error_reaches_who_waits_and_no_other(workers: Workers) -> None:
    """The thread goes on."""
    with pytest.raises(KeyError):
        await workers.run(_fail)
    assert await workers.run(lambda: 1) == 1


async def test_who_goes_away_takes_work_along_that_has_not_begun(workers: Workers) -> None:
    """Two hold both threads; of the two that wait one gives up, and only the other's work is done."""
    may_end, done = threading.Event(), []
    holding = [asyncio.create_task(workers.run(may_end.wait)) for _ in range(2)]
    gone, stays = (asyncio.create_task(workers.run(lambda n=n: done.append(n))) for n in (1, 2))  # type: ignore[misc]
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    may_end.set()
    await asyncio.gather(*holding, stays)
    assert done == [2]


async def test_what_is_being_done_ends_before_the_threads(workers: Workers) -> None:
    """``close`` waits for it; afterwards nothing is taken any more."""
    begun, done = threading.Event(), []

    def work() -> None:
        begun.set()
        done.append(1)

    task = asyncio.create_task(workers.run(work))
    await asyncio.to_thread(begun.wait, 5)
    await asyncio.to_thread(workers.close)
    await task
    assert done == [1]
    with pytest.raises(RuntimeError):
        await workers.run(work)


async def test_what_does_not_hear_holds_the_end_only_so_long(workers: Workers) -> None:
    """It is told again and again, then left: its thread ends with the process."""
    begun, may_end, told = threading.Event(), threading.Event(), list[int]()

    def deaf() -> None:
        begun.set()
        may_end.wait()

    task = asyncio.create_task(workers.run(deaf))
    await asyncio.to_thread(begun.wait, 5)
    assert not await asyncio.to_thread(workers.close, lambda: told.append(1), 0.05)
    assert told
    may_end.set()
    await task


async def test_who_waits_at_the_end_is_told(workers: Workers) -> None:
    """What has not begun when the threads end is cancelled; what has begun is finished."""
    may_end = threading.Event()
    holding = [asyncio.create_task(workers.run(may_end.wait)) for _ in range(2)]
    waiting = asyncio.create_task(workers.run(lambda: 1))
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(workers.close))
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_end.set()
    await asyncio.gather(closing, *holding)


async def test_nobody_takes_all_threads() -> None:
    """Of three threads one user has two; whoever else comes, and what is nobody's, has the third at once."""
    workers, may_end, done = Workers(3, "test", each=2), threading.Event(), []
    holding = [asyncio.create_task(workers.run(may_end.wait, "anna")) for _ in range(2)]
    await asyncio.sleep(0)
    late = asyncio.create_task(workers.run(lambda: done.append("late"), "anna"))
    await asyncio.sleep(0)
    assert await workers.run(lambda: 1, "bob") == 1
    assert await workers.run(lambda: 2) == 2
    assert done == []
    may_end.set()
    await asyncio.gather(*holding, late)
    assert done == ["late"]
    workers.close()


async def test_two_do_not_take_all_threads_for_long() -> None:
    """Of four threads they have three: whoever else comes is served, and they go on when one is free."""
    workers, may_end, done = Workers(4, "test", each=2), threading.Event(), []
    first = [asyncio.create_task(workers.run(may_end.wait, who)) for who in ("anna", "anna", "bob")]
    await asyncio.sleep(0)
    late = asyncio.create_task(workers.run(lambda: done.append("late"), "bob"))
    await asyncio.sleep(0)
    for who in "carl", "dora", None:
        assert await workers.run(lambda: 1, who) == 1
    assert done == []
    may_end.set()
    await asyncio.gather(*first, late)
    assert done == ["late"]
    workers.close()


async def test_who_waits_takes_turns() -> None:
    """What one user has brought by the dozen does not come first; of each it comes in its order."""
    workers, may_end, done = Workers(1, "test"), threading.Event(), []
    holding = asyncio.create_task(workers.run(may_end.wait))
    await asyncio.sleep(0)
    waiting = [
        asyncio.create_task(workers.run(lambda n=n: done.append(n), n[0]))  # type: ignore[misc]
        for n in ("a1", "a2", "a3", "b1", "b2", "c1")
    ]
    await asyncio.sleep(0)
    may_end.set()
    await asyncio.gather(holding, *waiting)
    assert done == ["a1", "b1", "c1", "a2", "b2", "a3"]
    workers.close()
