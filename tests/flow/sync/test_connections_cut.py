"""PostgreSQL ends every connection, as it does when it starts anew: work goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import Mirror, facts_of, new_account, opened, sign_in, truth
from tests.pg import Cluster

from poststelle.jobs.inline import Supervisor
from poststelle.lib.clock import SystemClock
from poststelle.model.folder import Role

pytestmark = pytest.mark.anyio

LEASE_S = 1.0


@asynccontextmanager
async def at_work(m365: Simulator, address: str, database: str) -> AsyncIterator[Mirror]:
    """A new mirror whose loops run as they do in the server."""
    clock = SystemClock()
    account = await new_account(database, address, clock)
    facts = facts_of(m365, database, account, await sign_in(m365, address, clock))
    async with opened(facts, clock, lease_s=LEASE_S) as mirror:
        supervisor = Supervisor(clock)
        supervisor.add("sync", mirror.sync.run)
        supervisor.add("drain", mirror.drain.run)
        supervisor.start()
        try:
            yield mirror
        finally:
            await supervisor.stop()


async def becomes(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds; asking may meet a connection that has been cut."""
    async with asyncio.timeout(60):
        while True:
            with suppress(psycopg.OperationalError):
                if await condition():
                    return
            await asyncio.sleep(0.02)


async def test_connections_cut_in_the_middle_cost_no_mail(
    m365: Simulator, postgres: Cluster, postgres_url: str
) -> None:
    """Once during the first synchronisation, once while changes are written back: both end complete."""
    address = m365.new_mailbox()
    ids = m365.control.receive_many(address, [{"subject": f"Anfrage {n}"} for n in range(1000)])
    async with at_work(m365, address, postgres_url) as mirror:

        async def has_begun() -> bool:
            return bool(await mirror.local())

        async def is_complete() -> bool:
            return not await mirror.pending() and await mirror.local() == truth(m365, address)

        await becomes(has_begun)
        assert postgres.cut_connections(postgres_url) > 1
        await becomes(is_complete)

        for message in ids[:20]:
            await mirror.move(message, Role.ARCHIVE)
        mirror.drain.wake(mirror.account)
        assert postgres.cut_connections(postgres_url) > 1
        await becomes(is_complete)

        world = truth(m365, address)
        assert {world[id_]["folder"] for id_ in ids[:20]} == {"Archiv"}
        assert await mirror.notices() == []
        await mirror.check()
