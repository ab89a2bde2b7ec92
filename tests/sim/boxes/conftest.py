"""Fixtures of mailboxes: an office, callers with the right permissions, a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.sim.graph.conftest import base, stage
from tests.sim.graph.harness import ANNA, DESK, GraphCaller, mailbox_of, office

from m365sim.clock import Clock
from m365sim.control.client import ControlClient
from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation

__all__ = ["base", "stage"]

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
SETTINGS = "MailboxSettings.ReadWrite"
EVERYTHING = f"User.Read,Mail.ReadWrite,Mail.Send,{SETTINGS}"


@pytest.fixture
def sim() -> Simulation:
    """The office on the morning of the fourth of May."""
    sim = office()
    sim.clock = Clock(lambda: NOW)
    sim.world.use_clock(sim.clock)
    return sim


@pytest.fixture
def mailbox(sim: Simulation) -> Mailbox:
    """Anna's."""
    return mailbox_of(sim, ANNA)


@pytest.fixture
def desk(sim: Simulation) -> Mailbox:
    """The desk's."""
    return mailbox_of(sim, DESK)


@pytest.fixture
def anna(base: str) -> GraphCaller:
    """A program that may do everything for Anna."""
    return GraphCaller(base, scopes=EVERYTHING)


@pytest.fixture
def control(base: str) -> ControlClient:
    """The tests' own door."""
    return ControlClient(base)
