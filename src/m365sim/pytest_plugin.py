"""The pytest plug-in: a simulated Microsoft 365 for tests, served over HTTPS, with a fresh world for each.

``m365`` is what tests ask for. One simulator is served for the whole session, so addresses and CA stay the
same; each test finds a new world in it: clock, limits, faults, sign-ins and mail as at the start. Nothing is
started before the first test that asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from m365sim.server import Renewable
    from m365sim.testing import M365
    from m365sim.world.seedtypes import SeedOffice

_MARKER = "m365(seed='empty', messages=100): the world that the test's simulated Microsoft 365 begins with"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, for the command line and the ini file."""
    group = parser.getgroup("m365sim", "simulated Microsoft 365")
    group.addoption("--m365-port", type=int, default=0, help="HTTPS port of the simulator; 0: a free one.")
    group.addoption("--m365-pages-port", type=int, default=0, help="Its port for pages and control.")
    parser.addini(
        "m365_seed", "World of each test: 'empty' (default), 'office' or 'office:N'.", default="empty"
    )
    parser.addini("m365_messages", "About how many messages an office has.", default="100")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def m365_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Renewable]:
    """The one simulator of the session."""
    from m365sim.server import ServeOptions, renewable  # not before it is wanted: imports take their time

    options = ServeOptions(
        tmp_path_factory.mktemp("m365sim"),
        port=request.config.getoption("--m365-port"),
        pages_port=request.config.getoption("--m365-pages-port"),
    )
    with renewable(options) as served:
        yield served


@pytest.fixture
def m365(request: pytest.FixtureRequest, m365_server: Renewable) -> M365:
    """A simulated Microsoft 365 with a world of this test's own."""
    from m365sim.control.client import ControlClient
    from m365sim.server import DEMO_CLIENT_ID, DEMO_SECRET
    from m365sim.testing import M365

    it = m365_server.renew(partial(_office, *_seed(request), m365_server.data_dir))
    return M365(
        base_url=it.base_url,
        pages_url=it.pages_url,
        uploads_url=it.uploads_url,
        ca_file=str(it.ca_file),
        client_id=DEMO_CLIENT_ID,
        client_secret=DEMO_SECRET,
        control=ControlClient(it.pages_url),
    )


@cache
def _office(seed: str, messages: int, data_dir: Path) -> SeedOffice:
    """An office, generated once for all tests that begin with it."""
    from m365sim.cli.seeds import seeded_office

    return seeded_office(seed, messages, data_dir, datetime.now(UTC))


def _seed(request: pytest.FixtureRequest) -> tuple[str, int]:
    marker = request.node.get_closest_marker("m365")
    wanted: dict[str, Any] = {} if marker is None else marker.kwargs
    if unknown := sorted(set(wanted) - {"seed", "messages"}) or (marker is not None and marker.args):
        raise pytest.UsageError(f"The marker m365 takes seed and messages by name, not {unknown}.")
    seed = str(wanted.get("seed", request.config.getini("m365_seed")))
    return seed, int(wanted.get("messages", request.config.getini("m365_messages")))
