"""Fixtures of the simulated Graph: one office, served for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation
from tests.sim.graph.harness import GraphCaller, application, mailbox_of, office, served


@pytest.fixture
def sim() -> Simulation:
    return office()


@pytest.fixture
def mailbox(sim: Simulation) -> Mailbox:
    return mailbox_of(sim)


@pytest.fixture
def base(sim: Simulation) -> Iterator[str]:
    with served(application(sim)) as address:
        yield address


@pytest.fixture
def graph(base: str) -> GraphCaller:
    return GraphCaller(base)
