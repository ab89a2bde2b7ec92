"""Every store test runs twice: on SQLite and on a real PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
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
