"""Fixtures of the contract tests: the same tests at the simulator or at a real tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.contract.description import MISSING, Description, read_description
from tests.contract.tenant import NEEDS_CONTROL, Place, real, settings, simulated

from m365sim.testing import M365


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def no_foreign_ca(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CA variables of the environment would beat the CA file given to MSAL."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Place:
    """Where the tests run."""
    of = settings()
    return simulated(request.getfixturevalue("m365")) if of is None else real(of)


@pytest.fixture
def control(place: Place) -> M365:
    """The simulator itself, for tests that need to do what no client can."""
    if place.m365 is None:
        pytest.skip(NEEDS_CONTROL)
    return place.m365


@pytest.fixture
async def desk(place: Place) -> AsyncIterator[object]:
    """The official SDK, signed in as the person."""
    from tests.contract.sdk import at_desk  # a slow import, only where it is wanted

    async with at_desk(place) as it:
        yield it


@pytest.fixture
def description() -> Description:
    """The official description; tests that need it are skipped where it is not."""
    found = read_description()
    if found is None:
        pytest.skip(MISSING)
    return found
