"""A simulator of their own: these tests move its clock, which others go by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.flow.sim import Simulator, running_simulator
from tests.flow.sync.clocks import SetClock

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of these, so that they share one simulator."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("review"))


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("m365sim-review")) as simulator:
        yield simulator


@pytest.fixture
def clock(m365: Simulator) -> SetClock:
    """A clock that stands at the simulator's time until it is moved."""
    return SetClock(datetime.fromisoformat(m365.control.clock()["now"]))
