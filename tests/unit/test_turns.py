"""Few places on an event loop: who wants one takes turns with the others."""

import asyncio

import pytest

from poststelle.lib.turns import Turns

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Hall:
    """Who has had a place, in order; each stays until ``go`` is called for it."""

    def __init__(self) -> None:
        self.turns = Turns(2, each=1)
        self.came: list[str] = []
        self._ends: list[asyncio.Event] = []

    def come(self, who: str) -> asyncio.Task[None]:
        return asyncio.create_task(self._stay(who))

    async def _stay(self, who: str) -> None:
        async with self.turns.place(who):
            end = asyncio.Event()
            self.came.append(who)
            self._ends.append(end)
            await end.wait()

    async def go(self, which: int) -> None:
        self._ends[which].set()
        await self.rest()

    async def rest(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_who_brings_much_leaves_a_place_for_others() -> None:
    """One of the two places stays free for somebody else, and those who wait take turns."""
    hall = Hall()
    tasks = [hall.come(who) for who in ("anna", "anna", "anna", "thomas", "ute", "thomas")]
    await hall.rest()
    assert hall.came == ["anna", "thomas"]
    await hall.go(1)
    assert hall.came == ["anna", "thomas", "ute"]
    await hall.go(0)
    assert hall.came[3:] == ["anna"]
    for which in range(2, 6):
        await hall.go(which)
    await asyncio.gather(*tasks)
    assert len(hall.came) == 6


async def test_who_goes_away_gives_up_their_turn() -> None:
    """While waiting, and in the moment in which it comes: no place is lost."""
    hall = Hall()
    async with hall.turns.place("anna"):
        waits, called = hall.come("anna"), hall.come("anna")
        await hall.rest()
        waits.cancel()
        await hall.rest()
    called.cancel()  # its turn has come, it has not noticed yet
    await hall.rest()
    last = hall.come("anna")
    await hall.rest()
    assert hall.came == ["anna"]
    await hall.go(0)
    await last
