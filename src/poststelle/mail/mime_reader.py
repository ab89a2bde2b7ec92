"""Messages taken apart, beside the event loop: few at a time, and none that is too large."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from poststelle.blobs import BlobStore
from poststelle.lib.turns import Turns
from poststelle.model.ids import UserId

P = ParamSpec("P")
T = TypeVar("T")

_AT_ONCE = 2


class TooLarge(Exception):
    """More octets than were to be read."""


class MimeReader:
    """Shared by all who take messages apart: together they hold the octets of ``at_once`` messages.

    Users take turns, and nobody has more than half: what strangers send to one of them is no other's burden.
    """

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        self._turns = Turns(at_once, each=max(1, at_once // 2))

    async def run(
        self,
        user: UserId,
        load: Callable[[], Awaitable[bytes]],
        fn: Callable[Concatenate[bytes, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """``fn(octets, ...)`` in a thread; the octets come when it is its turn. Raises what either raises."""
        async with self._turns.place(user):
            octets = await load()
            return await asyncio.to_thread(fn, octets, *args, **kwargs)

    async def apply(self, user: UserId, blobs: BlobStore, sha256: str, fn: Callable[[bytes], T]) -> T:
        """``fn(octets)`` of what is stored. Raises BlobMissing, and what ``fn`` raises."""
        async with self._turns.place(user):
            return await blobs.apply(sha256, fn)


async def read_all(chunks: AsyncIterator[bytes], at_most: int) -> bytes:
    """All octets. Raises TooLarge as soon as they are too many."""
    seen = bytearray()
    async for chunk in chunks:
        seen += chunk
        if len(seen) > at_most:
            raise TooLarge
    return bytes(seen)
