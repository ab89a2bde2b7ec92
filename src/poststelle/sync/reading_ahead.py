"""Pages fetched ahead of whoever stores them, so that several commit together.

    fetched one after the other ──> waiting ──> a lot: those that wait ──> one transaction

Only where storing is slower than fetching do pages wait; from a slow provider each one is
stored as it comes.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NamedTuple

from poststelle.mail.prepare import NOTHING_PREPARED, Preparation
from poststelle.providers.base import DeltaPage
from poststelle.providers.links import LinksMet

_LOT = 5  # storing five large pages takes a tenth of a second: as long as others may wait for it
_OWN = 2  # one that is being stored, and the next one


class Asked(NamedTuple):
    """A page, the account's modseq when it was asked for, and what was prepared of its messages."""

    page: DeltaPage
    as_of: int
    preparation: Preparation = NOTHING_PREPARED


Ask = Callable[[str | None], Awaitable[Asked]]


class Room:
    """How many pages of one account may be in memory, those being fetched and stored included.

    Each round may always have two; what else is free goes to whoever comes first. For one event loop.
    """

    def __init__(self, pages: int = 8) -> None:
        self._free = pages
        self._freed = asyncio.Event()

    async def take(self, holds: Callable[[], int]) -> None:
        """A place for one more page of a round that ``holds`` so many; waits until there is one."""
        while holds() >= _OWN and self._free <= 0:
            self._freed.clear()
            await self._freed.wait()
        self._free -= 1

    def give_back(self, places: int) -> None:
        self._free += places
        self._freed.set()


async def lots(ask: Ask, link: str | None, pages: int, room: Room) -> AsyncGenerator[list[Asked], None]:
    """A round's pages from ``link`` on in their order, at most ``pages``, those together that have come.

    A lot is stored when the next one is asked for. What ``ask`` raises is raised after the pages before it,
    and so is CursorExpired after a page that leads back to itself, or to one before it.
    """
    shelf = _Shelf(room)
    reader = asyncio.ensure_future(shelf.fill(ask, link, pages))
    try:
        while lot := await shelf.lot():
            yield lot
            shelf.give_back(len(lot))
        await reader
    finally:
        reader.cancel()
        await asyncio.wait([reader])
        shelf.give_back(shelf.held)


class _Shelf:
    """One round's pages in memory. ``held``: those waiting, being fetched and being stored."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._waiting: list[Asked] = []
        self._is_filled = False
        self._moved = asyncio.Event()
        self.held = 0

    async def fill(self, ask: Ask, link: str | None, pages: int) -> None:
        met = LinksMet(link)
        try:
            for _ in range(pages):
                await self._room.take(lambda: self.held)
                self.held += 1
                asked = await ask(link)
                self._waiting.append(asked)
                self._moved.set()
                link = asked.page.next_link
                if link is None:
                    return
                met.note(link)
        finally:
            self._is_filled = True
            self._moved.set()

    async def lot(self) -> list[Asked]:
        """Those that wait, as many as make a lot; empty when none will come any more."""
        while not self._waiting and not self._is_filled:
            self._moved.clear()
            await self._moved.wait()
        lot, self._waiting = self._waiting[:_LOT], self._waiting[_LOT:]
        return lot

    def give_back(self, places: int) -> None:
        self.held -= places
        self._room.give_back(places)
