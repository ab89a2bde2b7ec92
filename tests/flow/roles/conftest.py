"""Two processes that answer and two that work, shared by all tests that leave them running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.jmap.conftest import Desk
from tests.flow.jmap.office import Office
from tests.flow.roles.fleet import Fleet, running_fleet
from tests.flow.sim import Simulator
from tests.pg import Cluster

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of these, so that they share the processes."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("roles"))


@pytest.fixture(scope="session")
def fleet(
    simulator_process: Simulator, postgres: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    with running_fleet(simulator_process, postgres, folder, ["web", "web", "worker", "worker"]) as found:
        found.has_settled()
        yield found


@pytest.fixture(scope="session")
def office(fleet: Fleet) -> Office:
    return fleet.office()


@pytest.fixture(scope="session")
def desk(office: Office) -> Desk:
    return new_desk(office)


def new_desk(office: Office) -> Desk:
    """A fresh mailbox with a letter in it, connected through whichever process answers, and synchronised."""
    address = office.simulator.new_mailbox("desk")
    office.simulator.control.receive(address, subject="Anfrage")
    account = office.connect(address)
    anna = office.person("anna")
    office.settled(anna, account)
    return Desk(office, address, account, anna)
