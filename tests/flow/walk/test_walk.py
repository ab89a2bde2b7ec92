"""Whatever both sides do at once and however everything fails: in the end they are equal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.sim import Simulator, running_simulator
from tests.flow.walk.scene import PLAIN, Variant
from tests.flow.walk.walk import Kill, Walk, walking
from tests.flow.walk.worker import workers
from tests.kept import database_of

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("walk")]
STEPS = 90
PORTION, MOST_PORTIONS = 15, 6
LEAST_DEATHS = 4


@pytest.fixture(scope="module")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A simulator of their own: walks move its clock, which others go by."""
    with running_simulator(tmp_path_factory.mktemp("m365sim-walk")) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def kill() -> Iterator[Kill]:
    """Programs that die."""
    with workers(3) as run:
        yield run


@pytest.mark.parametrize(
    ("seed", "variant"), [(1, PLAIN), (2, PLAIN), (3, PLAIN), (4, Variant(is_denied=True, cloud="china"))]
)
async def test_after_a_random_walk_both_sides_are_equal(
    m365: Simulator, kill: Kill, tmp_path: Path, seed: int, variant: Variant
) -> None:
    """Hundreds of deeds and faults, then quiet: nothing differs, waits, was lost, sent twice or told wrongly.

    Also where single requests are denied, and in a cloud without ``permanentDelete``. More by ``make soak``.
    """
    async with walking(m365, database_of(tmp_path), tmp_path, seed, kill, variant) as walk:
        await walk.go(STEPS)
        await walk.settle()

        assert await walk.differences() == [], "\n".join([f"seed {seed}", *walk.told[-60:]])
        await walk.scene.mirror.check()


@pytest.mark.parametrize("seed", [5])
async def test_after_a_random_walk_with_three_workers_that_die_both_sides_are_equal(
    m365: Simulator, kill: Kill, url: str, tmp_path: Path, seed: int
) -> None:
    """They work at the same time beside the one that goes on, and most die while others are at work.

    More by ``make soak``.
    """
    async with walking(m365, url, tmp_path, seed, kill, Variant(workers=3)) as walk:
        for _ in range(MOST_PORTIONS):
            await walk.go(PORTION)
            if _has_seen_enough(walk):
                break
        await walk.settle()

        assert await walk.differences() == [], "\n".join([f"seed {seed}", *walk.told[-60:]])
        await walk.scene.mirror.check()
        assert _has_seen_enough(walk), (walk.deaths, walk.done_between_deaths())


def _has_seen_enough(walk: Walk) -> bool:
    """Programs died while others were at work, and in between mail was moved, changed and sent."""
    deaths = sum(bool(death.beside) for death in walk.deaths)
    return deaths >= LEAST_DEATHS and walk.done_between_deaths().keys() == {"moved", "changed", "sent"}
