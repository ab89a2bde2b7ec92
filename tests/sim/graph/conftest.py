"""Fixtures of the simulated Graph: one office, served for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.sim.graph.harness import GraphCaller, Stage, application, mailbox_of, office, served

from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation


@pytest.fixture
def sim() -> Simulation:
    return office()


@pytest.fixture
def mailbox(sim: Simulation) -> Mailbox:
    return mailbox_of(sim)


@pytest.fixture(scope="session")
def stage() -> Iterator[tuple[Stage, str]]:
    """One server for all tests; each puts its own simulation on."""
    stage = Stage()
    with served(stage) as address:
        yield stage, address


@pytest.fixture
def base(sim: Simulation, stage: tuple[Stage, str]) -> Iterator[str]:
    """The simulated office's address. At the end no answer may have broken the official description."""
    complaints: list[str] = []
    stage[0].app = application(sim, stage[1], complaints)
    yield stage[1]
    assert not complaints, "\n".join(complaints[:10])


@pytest.fixture
def graph(base: str) -> GraphCaller:
    return GraphCaller(base)
