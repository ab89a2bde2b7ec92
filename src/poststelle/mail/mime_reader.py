"""Messages taken apart, beside the event loop: few at a time, none that is too large, none for ever."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from poststelle.blobs import BlobStore
from poststelle.lib.turns import Turns
from poststelle.model.errors import TooMany
from poststelle.model.ids import UserId

P = ParamSpec("P")
T = TypeVar("T")
Check = Callable[[], None]

WITHIN_S = 20.0
"""How long one message may take."""
_AT_ONCE = 2
_COME_AGAIN_S = 60


class TooLarge(Exception):
    """More octets than were to be read."""


class _Stopped(Exception):
    """The work was to end before it had."""


class _Stop:
    """Ends work that goes on in a thread, from outside or at its time; it asks ``check`` again and again."""

    def __init__(self, ends_at: float, monotonic: Callable[[], float]) -> None:
        self._ends_at, self._monotonic, self._is_set = ends_at, monotonic, False

    def set(self) -> None:
        self._is_set = True

    def check(self) -> None:
        """Raises _Stopped."""
        if self._is_set or self._monotonic() >= self._ends_at:
            raise _Stopped


class Take(Protocol):
    """``fn(check, octets, ...)`` where messages are taken apart (``MimeReader.run``)."""

    async def __call__(
        self,
        load: Callable[[], Awaitable[bytes]],
        fn: Callable[Concatenate[Check, bytes, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T: ...


class MimeReader:
    """Shared by all who take messages apart: together they hold the octets of ``at_once`` messages.

    Users take turns, and nobody has more than half: what strangers send to one of them is no other's burden.
    A message that takes longer than ``within_s`` is given up, and so is one that nobody waits for any more.
    """

    def __init__(
        self,
        at_once: int = _AT_ONCE,
        within_s: float = WITHIN_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._turns = Turns(at_once, each=max(1, at_once // 2))
        self._within_s, self._monotonic = within_s, monotonic

    async def run(
        self,
        user: UserId,
        load: Callable[[], Awaitable[bytes]],
        fn: Callable[Concatenate[Check, bytes, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """``fn(check, octets, ...)`` in a thread; the octets come when it is its turn.

        ``fn`` calls ``check`` again and again, which ends it when it has to end. Raises what either raises,
        and TooMany when it takes too long.
        """
        async with self._turns.place(user):
            octets = await load()
            return await self._ended(
                lambda check: asyncio.to_thread(partial(fn, check, octets, *args, **kwargs))
            )

    async def apply(self, user: UserId, blobs: BlobStore, sha256: str, fn: Callable[[Check, bytes], T]) -> T:
        """``fn(check, octets)`` of what is stored. Raises BlobMissing, and as ``run``."""
        async with self._turns.place(user):
            return await self._ended(lambda check: blobs.apply(sha256, partial(fn, check)))

    async def _ended(self, begin: Callable[[Check], Awaitable[T]]) -> T:
        """What has begun ends before its place is another's, also when nobody waits for it any more."""
        stop = _Stop(self._monotonic() + self._within_s, self._monotonic)
        work = asyncio.ensure_future(begin(stop.check))
        try:
            return await asyncio.shield(work)
        except _Stopped as stopped:
            message = "This takes too long here; ask for less, or more simply."
            raise TooMany("takes_too_long", message, after_s=_COME_AGAIN_S) from stopped
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()  # nobody is left to be told
            raise


async def read_all(chunks: AsyncIterator[bytes], at_most: int) -> bytes:
    """All octets. Raises TooLarge as soon as they are too many."""
    seen = bytearray()
    async for chunk in chunks:
        seen += chunk
        if len(seen) > at_most:
            raise TooLarge
    return bytes(seen)
