"""Pages fetched ahead: what waits comes together, in order and within bounds; errors come last."""

import asyncio
from contextlib import aclosing

import pytest

from poststelle.providers.base import DeltaPage
from poststelle.providers.errors import CursorExpired, RetryLater
from poststelle.sync.reading_ahead import Asked, Room, lots

pytestmark = pytest.mark.anyio


class Folder:
    """A folder of so many pages; page number ``broken`` can't be had, and after the last follows ``back``."""

    def __init__(self, pages: int, broken: int = -1, back: int | None = None) -> None:
        self.pages, self.broken, self.back, self.asked = pages, broken, back, 0

    async def ask(self, link: str | None) -> Asked:
        number = int(link or 0)
        self.asked += 1
        await asyncio.sleep(0)  # an answer takes a moment
        if number == self.broken:
            raise RetryLater("unreachable")
        is_last = number + 1 == self.pages
        following = self.back if is_last else number + 1
        next_link, delta_link = (None, "d") if following is None else (str(following), None)
        return Asked(DeltaPage((), frozenset(), next_link, delta_link), as_of=number)


async def until_still() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def read(folder: Folder, room: Room, pages: int = 100, *, is_slow: bool) -> list[list[int]]:
    """The numbers of the pages in their lots, taken by somebody slow or by somebody who is always ready."""
    found = []
    async with aclosing(lots(folder.ask, None, pages, room)) as read:
        async for lot in read:
            found.append([asked.as_of for asked in lot])
            if is_slow:
                await until_still()
    return found


async def test_what_came_meanwhile_comes_together() -> None:
    """While the first page is stored others arrive: they are the next lot, all in their order."""
    assert await read(Folder(8), Room(), is_slow=True) == [[0], [1, 2, 3, 4, 5], [6, 7]]


async def test_nobody_waits_for_a_lot_to_grow() -> None:
    """Where storing is quicker than fetching each page comes by itself."""
    assert await read(Folder(3), Room(), is_slow=False) == [[0], [1], [2]]


async def test_no_more_pages_than_wanted_are_asked_for() -> None:
    """A turn ends after its pages, though more would follow."""
    folder = Folder(8)
    assert await read(folder, Room(), 3, is_slow=True) == [[0], [1, 2]]
    assert folder.asked == 3


@pytest.mark.parametrize("back", [1, 2, 3])
async def test_a_circle_is_gone_round_once(back: int) -> None:
    """Each of its pages is stored, then it is told: also where the last leads not to itself alone."""
    found, folder = [], Folder(4, back=back)
    with pytest.raises(CursorExpired):
        async for lot in lots(folder.ask, None, 100, Room()):
            found += [asked.as_of for asked in lot]
    assert (found, folder.asked) == ([0, 1, 2, 3], 4)


async def test_an_error_comes_after_the_pages_before_it() -> None:
    """What was fetched is stored, then the error is told."""
    found = []
    with pytest.raises(RetryLater):
        async for lot in lots(Folder(8, broken=3).ask, None, 100, Room()):
            found += [asked.as_of for asked in lot]
            await until_still()
    assert found == [0, 1, 2]


async def test_rounds_share_their_room_and_each_keeps_two_places() -> None:
    """One round takes what is free; another one still has a page that is stored and one that comes."""
    room, greedy, modest = Room(6), Folder(100), Folder(100)
    async with aclosing(lots(greedy.ask, None, 100, room)) as first:
        await anext(first)
        await until_still()
        assert greedy.asked == 6
        async with aclosing(lots(modest.ask, None, 100, room)) as second:
            await anext(second)
            await until_still()
            assert modest.asked == 2
        await anext(first)  # the first page is stored, but there are more than two
        await until_still()
        assert greedy.asked == 7


async def test_a_round_that_is_left_gives_its_room_back() -> None:
    """Whoever stops in the middle, or fails, leaves all places to the others."""
    room = Room(6)
    async with aclosing(lots(Folder(100).ask, None, 100, room)) as left:
        await anext(left)
        await until_still()
    with pytest.raises(RetryLater):
        await read(Folder(8, broken=2), room, is_slow=True)
    folder = Folder(100)
    async with aclosing(lots(folder.ask, None, 100, room)) as read_on:
        await anext(read_on)
        await until_still()
        assert folder.asked == 6
