"""Long reads end sooner while somebody waits who has no thread at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NoReturn, cast

import pytest

from poststelle.lib.clock import SystemClock
from poststelle.lib.workers import Workers
from poststelle.model.errors import TooMany
from poststelle.model.ids import UserId
from poststelle.store.engines.base import Reads
from poststelle.store.running import EngineStore
from poststelle.store.tx import Check

pytestmark = pytest.mark.anyio
ANNA, BEN = UserId(1), UserId(2)


class Engine(Reads):
    """One thread for all, and no database."""

    def __init__(self) -> None:
        super().__init__()
        self.readers = Workers(1, "test")


async def publish(_: Sequence[Any]) -> None:
    """Nobody listens."""


def without_end(check: Check) -> NoReturn:
    while True:
        check()


async def test_who_reads_long_makes_room_for_who_has_no_thread() -> None:
    """Not for their own further reads: only somebody else's end it before its time."""
    engine = Engine()
    store = EngineStore(cast(Any, engine), publish, SystemClock(), read_s=60, crowded_s=0.01)
    long = asyncio.create_task(store.on_behalf(ANNA).work(without_end))
    own = asyncio.create_task(store.on_behalf(ANNA).work(lambda check: 1))
    await asyncio.sleep(0)
    assert not engine.readers.is_somebody_left_out()
    assert await store.on_behalf(BEN).work(lambda check: 2) == 2
    with pytest.raises(TooMany):
        await long
    assert await own == 1
    engine.readers.close()
