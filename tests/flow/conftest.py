"""What the flow tests share: one simulator a session, made well again for each test."""

from collections.abc import Iterator

import pytest
from tests.flow.sim import Simulator, running_simulator


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A simulated Microsoft 365 in a process of its own."""
    with running_simulator(tmp_path_factory.mktemp("m365sim")) as simulator:
        yield simulator


@pytest.fixture
def m365(simulator_process: Simulator) -> Iterator[Simulator]:
    """The simulator without faults and with its usual limits."""
    simulator_process.be_kind()
    yield simulator_process
    simulator_process.be_kind()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
