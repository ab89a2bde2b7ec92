"""Long random walks: ``python -m tests.flow.sync.soak [--first N] [--walks N] [--steps N]``.

Each walk's seed is told, and the story of one that went wrong.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.flow.sim import Simulator, running_simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import mirrored
from tests.flow.sync.walk import Walk

from poststelle.lib.log import set_up_logging

_STORY = 150


async def walk(m365: Simulator, folder: Path, seed: int, steps: int) -> list[str]:
    """One walk; what both sides did not agree about in the end, with the end of its story."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, folder, clock) as mirror:
        one = Walk(m365, address, mirror, clock, random.Random(seed))
        try:
            await mirror.pull()
            await one.go(steps)
            await one.settle()
            found = await one.differences()
            await mirror.check()
        except Exception as error:  # the story is needed whatever ended it
            found = [f"ended by {error!r}"]
    m365.be_kind()
    return [*one.told[-_STORY:], *found] if found else []


def main() -> int:
    """Walk and tell; 1 when a walk went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="seed of the first walk")
    parser.add_argument("--walks", type=int, default=50)
    parser.add_argument("--steps", type=int, default=600)
    wanted = parser.parse_args()
    set_up_logging(as_json=True, level="error")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, running_simulator(Path(folder) / "m365") as m365:
        for seed in range(wanted.first, wanted.first + wanted.walks):
            place, begun = Path(folder) / str(seed), time.monotonic()
            place.mkdir()
            found = asyncio.run(walk(m365, place, seed, wanted.steps))
            wrong += bool(found)
            outcome = "WRONG" if found else "equal"
            print(
                f"seed {seed}: {outcome}, {wanted.steps} steps in {time.monotonic() - begun:.0f} s",
                flush=True,
            )
            print("\n".join(found), file=sys.stderr, flush=True)
    print(f"{wanted.walks - wrong} of {wanted.walks} walks ended with both sides equal")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
