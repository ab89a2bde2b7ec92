"""Whatever both sides do at once and however the service fails: in the end they are equal."""

import random
from pathlib import Path

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import mirrored
from tests.flow.sync.walk import Walk

pytestmark = pytest.mark.anyio
STEPS = 120


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_a_random_walk_both_sides_are_equal(m365: Simulator, tmp_path: Path, seed: int) -> None:
    """Hundreds of deeds and faults, then quiet: nothing differs and nothing waits. More by ``make soak``."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        walk = Walk(m365, address, mirror, clock, random.Random(seed))
        await mirror.pull()
        await walk.go(STEPS)
        await walk.settle()

        assert await walk.differences() == [], "\n".join(walk.told[-60:])
        await mirror.check()
