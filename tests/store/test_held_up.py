"""Whoever uses a table for long holds up a migration, and nobody behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
import pytest
from tests.store.conftest import NOW
from tests.store.test_upgrades import make_empty

from poststelle.store import open_store
from poststelle.store.engines.postgres import _SCHEMA_LOCK
from poststelle.store.opening import SCHEMA_VERSION
from poststelle.store.tx import unheard

pytestmark = pytest.mark.anyio
BEFORE = 55  # the step after it changes ``subscriptions``


@dataclass
class Waiting:
    """A clock that looks around at each wait: whether others can work, and what the schema is."""

    url: str
    dump: psycopg.Connection
    waits_before_it_ends: int
    waits: list[float] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seen.append(schema_version(self.url))
        self.began.set()
        if len(self.waits) == self.waits_before_it_ends:
            self.dump.rollback()
        if not self.waits_before_it_ends:
            await asyncio.Event().wait()


def schema_version(url: str) -> int:
    """As somebody at work reads it, who waits for no table."""
    with psycopg.connect(url, options="-c lock_timeout=500") as working:
        working.execute("select remote_id from subscriptions")
        row = working.execute("select value from meta where key = 'schema_version'").fetchone()
    assert row
    return int(row[0])


@pytest.fixture
def earlier_url(empty_postgres_url: str) -> str:
    make_empty(empty_postgres_url, BEFORE)
    return empty_postgres_url


@pytest.fixture
def dump(earlier_url: str) -> Iterator[psycopg.Connection]:
    """It reads a table, as pg_dump does until its end."""
    with psycopg.connect(earlier_url, application_name="pg_dump") as connection:
        connection.execute("select count(*) from subscriptions")
        yield connection


async def test_a_dump_holds_up_an_update_and_nobody_else(earlier_url: str, dump: psycopg.Connection) -> None:
    """Each try takes all back, and says who is in the way; the waits grow; at last it is done."""
    clock = Waiting(earlier_url, dump, 2)
    told: list[tuple[str, int]] = []
    store = await open_store(
        earlier_url, unheard, clock, on_held_up=lambda by, attempt: told.append((by, attempt))
    )
    await store.close()

    by = f"pg_dump (pid {dump.info.backend_pid})"
    assert told == [(by, 1), (by, 2)]
    assert clock.seen == [BEFORE, BEFORE]
    assert 2 <= clock.waits[0] <= 4 <= clock.waits[1] <= 8
    assert schema_version(earlier_url) == SCHEMA_VERSION


@pytest.mark.parametrize("has_table", [False, True])
async def test_who_waits_for_another_start_is_told_of_it(earlier_url: str, has_table: bool) -> None:
    """It does not wait silently for as long as that one's migration takes, also where that one has the turn
    and no table yet."""
    with psycopg.connect(earlier_url, application_name="another start") as other:
        other.execute("select pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
        if has_table:
            other.execute("select * from meta")
        clock = Waiting(earlier_url, other, 1)
        told: list[str] = []
        store = await open_store(earlier_url, unheard, clock, on_held_up=lambda by, _: told.append(by))
        await store.close()
        assert told == [f"another start (pid {other.info.backend_pid})"]
    assert schema_version(earlier_url) == SCHEMA_VERSION


async def test_a_start_that_waits_can_be_ended(earlier_url: str, dump: psycopg.Connection) -> None:
    """Nothing goes on behind it, and the next start does all."""
    clock = Waiting(earlier_url, dump, 0)
    starting = asyncio.create_task(open_store(earlier_url, unheard, clock))
    await clock.began.wait()
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting
    assert starting.cancelled()
    dump.rollback()
    assert schema_version(earlier_url) == BEFORE

    await (await open_store(earlier_url, unheard, clock)).close()
    assert schema_version(earlier_url) == SCHEMA_VERSION
