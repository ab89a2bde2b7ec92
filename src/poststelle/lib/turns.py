"""Places that are few, for an event loop: who wants one takes turns with the others."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """At most ``count`` places, of which one ``who`` has ``each``. Who waits keeps their own order.

    Lives on one event loop.
    """

    def __init__(self, count: int, each: int) -> None:
        self._free, self._each = count, each
        self._taken: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}  # whose turn is next comes first

    @asynccontextmanager
    async def place(self, who: Hashable) -> AsyncIterator[None]:
        """A place, as soon as it is their turn, until the end of the block."""
        await self._take(who)
        try:
            yield
        finally:
            self._give_back(who)

    async def _take(self, who: Hashable) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(who, deque()).append(turn)
        self._call()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it came at the same moment
                self._give_back(who)
            raise

    def _give_back(self, who: Hashable) -> None:
        self._free += 1
        self._taken[who] -= 1
        if not self._taken[who]:
            del self._taken[who]
        self._call()

    def _call(self) -> None:
        """Whoever's turn it is, as long as there are places."""
        while self._free and (who := self._next()) is not None:
            turns = self._waiting.pop(who)
            turn = turns.popleft()
            if turns:
                self._waiting[who] = turns  # at the end: others first
            if turn.done():
                continue  # who waited has gone
            self._free -= 1
            self._taken[who] += 1
            turn.set_result(None)

    def _next(self) -> Hashable | None:
        return next((who for who in self._waiting if self._taken[who] < self._each), None)
