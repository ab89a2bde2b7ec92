"""A database that is away for a while, or for good: who waits for it goes on soon, and ends soon."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress

import pytest
from tests.cable import cable
from tests.flow.jmap.client import eventually
from tests.pg import Cluster
from tests.store.conftest import NOW, Listener

from poststelle.lib.clock import SystemClock
from poststelle.lib.database import DatabaseOptions
from poststelle.store import open_store, users
from poststelle.store.engines.postgres import PostgresEngine
from poststelle.store.opening import create_schema
from poststelle.store.sequences import next_id
from poststelle.store.tx import Tx
from poststelle.sync.heart import Heart

pytestmark = pytest.mark.anyio

AWAY_S = 17.0  # waits that double are 16 seconds long by then
SOON_S = 8.0


@pytest.mark.long
async def test_all_goes_on_soon_after_the_database_was_away(
    postgres: Cluster, postgres_url: str, listener: Listener
) -> None:
    """Also who has waited meanwhile, and the heart: others would take the process for dead."""
    with cable(postgres.folder) as way:
        store = await open_store(way.url(postgres_url), listener, SystemClock())
        heart = Heart(store, "me")
        await heart.beat()
        way.cut()
        waiting = [asyncio.ensure_future(one) for one in (store.read(users.list_all), heart.beat())]
        done, _ = await asyncio.wait(waiting, timeout=AWAY_S)
        assert not done
        way.mend()
        async with asyncio.timeout(SOON_S):
            await asyncio.gather(*waiting)
        await store.close()


def test_an_end_without_a_database_waits_for_no_connection(postgres: Cluster, postgres_url: str) -> None:
    """Both pools are just connecting, which takes five seconds where nobody answers."""
    with cable(postgres.folder) as way:
        engine = PostgresEngine(way.url(postgres_url), DatabaseOptions())
        engine.prepare(create_schema)
        way.hush()
        taken = way.taken
        asking = [_begun(engine, is_apart=is_apart) for is_apart in (True, False, False)]
        assert eventually(lambda: way.taken >= taken + 2)  # one has the connection that was there
        began = time.monotonic()
        engine.give_up()
        engine.close()
        assert time.monotonic() - began < 3
        way.flow()
        for one in asking:
            one.join()


def _begun(engine: PostgresEngine, *, is_apart: bool) -> threading.Thread:
    def count(tx: Tx) -> int:
        return next_id(tx, "users")

    def ask() -> None:
        with suppress(Exception):
            engine.run_write(count, lambda: NOW, is_apart=is_apart)

    started = threading.Thread(target=ask)
    started.start()
    return started
