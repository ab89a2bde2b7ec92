"""One office whose server polls once an hour: what arrives, arrives by notification."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.jmap.office import Office, running_office
from tests.flow.notify.told import HOURLY, quiet

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of these, so that they share one office."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("notify"))


@pytest.fixture(scope="session")
def told_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A simulator that may tell plain addresses of this machine, and a server that wants to be told."""
    folder = tmp_path_factory.mktemp("told")
    with running_office(folder, HOURLY, POSTSTELLE_NOTIFICATION_URL="http://localhost:0") as office:
        quiet(office.simulator)
        yield office


@pytest.fixture
def office(told_office: Office) -> Iterator[Office]:
    """The office, its simulator well again."""
    yield told_office
    told_office.simulator.be_kind()
    quiet(told_office.simulator)
