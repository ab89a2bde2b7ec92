"""Both databases, for whatever must go the same way on each: a test that asks for ``url`` runs twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.pg import Cluster, cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A real PostgreSQL; started for the first test that asks."""
    with cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is stored."""
    if request.param == "sqlite":
        yield sqlite_address(tmp_path)
        return
    server: Cluster = request.getfixturevalue("postgres")
    address = server.new_database()
    yield address
    server.drop_database(address)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield sqlite_address(tmp_path)
        return
    server: Cluster = request.getfixturevalue("postgres")
    address = server.empty_database()
    yield address
    server.drop_database(address)


def sqlite_address(folder: Path) -> str:
    return f"sqlite:///{folder / 'store.db'}"
