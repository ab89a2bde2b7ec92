"""A process killed around a refresh: ``python -m tests.flow.sync.refresh FACTS CACHE [stored]``.

It asks Microsoft for a new token and dies when it is to be kept: before it is,
or, with ``stored``, right after.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from tests.flow.sync.mirror import Facts, app_of

from poststelle.lib.clock import SystemClock
from poststelle.providers.graph.token_sources import AccountTokens


@dataclass
class Kept:
    """A stored token cache, as the database would hold it."""

    path: Path

    def read(self) -> bytes:
        return self.path.read_bytes()

    def write(self, cache: bytes) -> None:
        self.path.write_bytes(cache)


def tokens_of(facts: Facts, kept: Kept, save: Callable[[bytes], Awaitable[None]]) -> AccountTokens:
    """The tokens of a mailbox that is signed in, kept in a file."""

    async def load() -> bytes:
        return kept.read()

    return AccountTokens(app_of(facts, SystemClock()), load, save, SystemClock())


async def refresh_and_die(facts: Facts, kept: Kept, *, is_stored: bool) -> None:
    async def save(cache: bytes) -> None:
        if is_stored:
            kept.write(cache)
        os.kill(os.getpid(), signal.SIGKILL)

    await tokens_of(facts, kept, save).renew()


if __name__ == "__main__":
    known = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Facts)
    asyncio.run(refresh_and_die(known, Kept(Path(sys.argv[2])), is_stored="stored" in sys.argv[3:]))
