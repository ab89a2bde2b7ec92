"""Every store test runs twice: on SQLite and on a real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.pg import Cluster
from tests.store.mailbox import NOW, Mailbox, create

from poststelle.lib.clock import SystemClock
from poststelle.model.change import Published
from poststelle.store import open_store
from poststelle.store.tx import Store

__all__ = ["NOW", "FakeClock", "Listener"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class FakeClock(SystemClock):
    """A clock that stands still until it is moved."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Listener:
    """Keeps what the store published."""

    heard: list[Published] = field(default_factory=list)

    async def __call__(self, published: Sequence[Published]) -> None:
        self.heard += published


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


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
async def store(url: str, listener: Listener, clock: FakeClock, anyio_backend: str) -> AsyncIterator[Store]:
    """An open store with a fresh schema."""
    opened = await open_store(url, listener, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def mailbox(store: Store) -> AsyncIterator[Mailbox]:
    """An account with Inbox, Sent, Trash and Objects; every invariant is checked at the end."""
    account, user, folder_ids = await store.write(create)
    found = Mailbox(store, account, user, folder_ids)
    yield found
    await found.check()
