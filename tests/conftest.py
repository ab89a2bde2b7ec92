"""What tests of several folders share."""

from collections.abc import Iterator

import pytest
from tests.browser import chromium_browser
from tests.pg import Cluster, cluster

__all__ = ["chromium_browser"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A real PostgreSQL; started for the first test that asks."""
    with cluster() as running:
        yield running
