"""kill -9 around a refresh: the stored sign-in works before and after, whichever token was kept."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import app_of, facts_of, sign_in

from poststelle.lib.clock import SystemClock
from poststelle.providers.graph.token_sources import AccountTokens

pytestmark = pytest.mark.anyio


@dataclass
class Kept:
    """A stored token cache, as the database would hold it."""

    path: Path

    def read(self) -> bytes:
        return self.path.read_bytes()

    def write(self, cache: bytes) -> None:
        self.path.write_bytes(cache)


@pytest.mark.parametrize("moment", ["before the new token is stored", "after it is stored"])
async def test_killed_around_a_refresh_the_sign_in_lives(
    m365: Simulator, tmp_path: Path, moment: str
) -> None:
    """A process dies between Microsoft's answer and its first use; the next one renews what it finds."""
    address = m365.new_mailbox()
    kept = Kept(tmp_path / "cache")
    kept.write(await sign_in(m365, address, SystemClock()))
    before = kept.read()

    child = os.fork()
    if child == 0:
        asyncio.run(_refresh_and_die(m365, kept, is_stored=moment.startswith("after")))
        os._exit(1)  # it was to be killed
    _, status = await asyncio.to_thread(os.waitpid, child, 0)

    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert (kept.read() != before) is moment.startswith("after")
    assert await _refreshed(m365, kept)


async def _refresh_and_die(m365: Simulator, kept: Kept, *, is_stored: bool) -> None:
    async def save(cache: bytes) -> None:
        if is_stored:
            kept.write(cache)
        os.kill(os.getpid(), signal.SIGKILL)

    await _tokens(m365, kept, save).renew()


async def _refreshed(m365: Simulator, kept: Kept) -> bool:
    before = kept.read()

    async def save(cache: bytes) -> None:
        kept.write(cache)

    await _tokens(m365, kept, save).renew()
    return kept.read() != before


def _tokens(m365: Simulator, kept: Kept, save: Callable[[bytes], Awaitable[None]]) -> AccountTokens:
    async def load() -> bytes:
        return kept.read()

    app = app_of(facts_of(m365, "", 0, b""), SystemClock())
    return AccountTokens(app, load, save, SystemClock())
