"""kill -9 around a refresh: the stored sign-in works before and after, whichever token was kept."""

import asyncio
import signal
import sys
from pathlib import Path

import msgspec
import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import Facts, facts_of, sign_in
from tests.flow.sync.refresh import Kept, tokens_of

from poststelle.lib.clock import SystemClock

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("moment", ["before the new token is stored", "after it is stored"])
async def test_killed_around_a_refresh_the_sign_in_lives(
    m365: Simulator, tmp_path: Path, moment: str
) -> None:
    """A process dies between Microsoft's answer and its first use; the next one renews what it finds."""
    is_stored = moment.startswith("after")
    kept = Kept(tmp_path / "cache")
    kept.write(await sign_in(m365, m365.new_mailbox(), SystemClock()))
    before = kept.read()
    facts = facts_of(m365, "", 0, b"")
    (tmp_path / "facts.json").write_bytes(msgspec.json.encode(facts))

    # A process of its own and no fork: whatever fails in a forked child goes on to run the other tests.
    command = [sys.executable, "-m", "tests.flow.sync.refresh", str(tmp_path / "facts.json"), str(kept.path)]
    process = await asyncio.create_subprocess_exec(*command, *["stored"] * is_stored)

    assert await process.wait() == -signal.SIGKILL
    assert (kept.read() != before) is is_stored
    assert await _refreshed(facts, kept)


async def _refreshed(facts: Facts, kept: Kept) -> bool:
    before = kept.read()

    async def save(cache: bytes) -> None:
        kept.write(cache)

    await tokens_of(facts, kept, save).renew()
    return kept.read() != before
