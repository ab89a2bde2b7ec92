"""One office for all tests of its content: making it is the slow part, and nobody changes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from m365sim.seed import office
from m365sim.world.seedtypes import SeedMailbox, SeedMessage, SeedOffice

NOW = datetime(2026, 11, 3, 10, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def whole() -> SeedOffice:
    """The office as the demo shows it."""
    return office(1, now=NOW)


@pytest.fixture(scope="session")
def desk(whole: SeedOffice) -> SeedMailbox:
    """Its main mailbox."""
    return next(box for box in whole.mailboxes if box.address == "info@buero-lindner.example")


@pytest.fixture(scope="session")
def mail(desk: SeedMailbox) -> Sequence[SeedMessage]:
    """Every message of the main mailbox."""
    return [message for folder in desk.folders for message in folder.messages]
