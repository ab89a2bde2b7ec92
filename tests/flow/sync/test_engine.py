"""The engine by itself: polling, hints, several processes on one store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import Mirror, mirrored, truth

from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, RemoteId
from poststelle.store import folders, holders, messages, sync_states
from poststelle.sync.engine import SyncEngine
from poststelle.sync.leased import LeasedAccount, LeaseLost
from poststelle.sync.schedule import Pace

pytestmark = pytest.mark.anyio

SLOW = Pace(poll_s=600)


@asynccontextmanager
async def running(mirror: Mirror) -> AsyncIterator[None]:
    """The engine's loop beside the test."""
    loop = asyncio.create_task(mirror.sync.run())
    try:
        yield
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)


async def becomes(condition: Callable[[], Awaitable[bool]], within_s: float = 60) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110 - what happens is in another process
            await asyncio.sleep(0.02)


async def test_new_mail_appears_by_itself(m365: Simulator, tmp_path: Path) -> None:
    """Polling alone brings what arrives, again and again."""
    address = m365.new_mailbox()
    async with mirrored(m365, address, tmp_path) as mirror, running(mirror):
        for number in range(3):
            m365.control.receive(address, subject=f"Anfrage {number}")

            async def has_all() -> bool:
                return await mirror.local() == truth(m365, address)

            await becomes(has_all)


async def test_new_mail_is_seen_while_a_long_first_read_goes_on(m365: Simulator, tmp_path: Path) -> None:
    """What arrives during the first synchronisation does not wait for its end."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 20_000)
    pace = Pace(poll_s=0.2, page=20, pages_per_turn=2)
    async with mirrored(m365, address, tmp_path, pace=pace) as mirror, running(mirror):

        async def has_begun() -> bool:
            return (await mirror.store.read(sync_states.get, mirror.account)).held > 0

        await becomes(has_begun)
        [new] = m365.control.receive(address, subject="Eilig")

        async def has_arrived() -> bool:
            return bool(await mirror.store.read(messages.by_remote, mirror.account, [RemoteId(new)]))

        await becomes(has_arrived)
        assert (await mirror.store.read(sync_states.get, mirror.account)).held < 20_000


async def test_a_wake_up_does_not_wait_for_the_next_poll(m365: Simulator, tmp_path: Path) -> None:
    """With ten minutes between polls, the refresh button brings new mail at once."""
    address = m365.new_mailbox()
    async with mirrored(m365, address, tmp_path, pace=SLOW) as mirror, running(mirror):

        async def is_read() -> bool:
            state = await mirror.store.read(sync_states.get, mirror.account)
            return state.last_synced_at is not None

        await becomes(is_read)
        m365.control.receive(address, subject="Anfrage")
        mirror.sync.wake(mirror.account)

        async def has_arrived() -> bool:
            return len(await mirror.local()) == 1

        await becomes(has_arrived)


async def test_a_folder_on_screen_is_looked_at_at_once(m365: Simulator, tmp_path: Path) -> None:
    """A flag set elsewhere moves no counter; in a folder somebody looks at it shows all the same."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, "archive", subject="Abgelegt")
    async with mirrored(m365, address, tmp_path, pace=SLOW) as mirror, running(mirror):

        async def has_arrived() -> bool:
            return message in await mirror.local()

        await becomes(has_arrived)
        archive = await mirror.store.read(folders.by_role, mirror.account, Role.ARCHIVE)
        assert archive
        m365.control.update(address, [message], flag="flagged")
        mirror.sync.look_at(mirror.account, archive.id)

        async def is_flagged() -> bool:
            return bool((await mirror.local())[message]["is_flagged"])

        await becomes(is_flagged)


async def test_stopping_in_the_middle_leaves_the_account_due_at_once(m365: Simulator, url: str) -> None:
    """The lease is given back, so the next process need not wait for its end."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 1500)
    async with mirrored(m365, address, url) as mirror:
        async with running(mirror):

            async def has_begun() -> bool:
                return bool(await mirror.local())

            await becomes(has_begun)
        held = len(await mirror.local())
        await mirror.sync.run_due()

        assert 0 < held < 1500
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_who_lost_the_lease_writes_nothing_more(m365: Simulator, url: str) -> None:
    """A process that was away too long is refused when somebody else holds the account by now."""
    clock = SetClock()
    async with mirrored(m365, m365.new_mailbox(), url, clock) as mirror:
        first = await mirror.store.write(sync_states.claim, "first", clock.now(), 15)
        assert first
        clock.advance(16)
        second = await mirror.store.write(sync_states.claim, "second", clock.now(), 15)
        late = LeasedAccount(mirror.store, first, clock)

        assert second
        with pytest.raises(LeaseLost):
            await late.write(folders.destroy, 1)  # type: ignore[arg-type]  # never runs


class _Buried:
    """A mailbox whose reader is taken for dead while a page of messages is on its way."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror, self.freed = mirror, list[int | None]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mirror.remote, name)

    async def message_delta(self, *args: Any, **kwargs: Any) -> Any:
        page = await self._mirror.remote.message_delta(*args, **kwargs)
        self.freed.append(await self._mirror.store.write(holders.bury, "buried", 1))
        return page


async def test_who_was_buried_stores_no_page(m365: Simulator, url: str) -> None:
    """Its lease was freed: refused in the transaction, also before somebody else takes it."""
    address = m365.new_mailbox()
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        before, remote = await mirror.local(), _Buried(mirror)

        async def open_remote(_: AccountId) -> Any:
            return remote

        engine = SyncEngine(mirror.store, open_remote, mirror.clock, "buried")
        m365.control.receive(address, subject="Danach")
        await mirror.make_due()
        await mirror.store.write(holders.beat, "buried")
        await engine.run_due()
        assert 1 in remote.freed  # its lease
        assert await mirror.local() == before
        await mirror.pull()
        assert await mirror.local() == truth(m365, address)


async def test_who_listens_does_not_wait_for_an_account_at_rest(m365: Simulator, tmp_path: Path) -> None:
    """Two minutes between two looks; sixteen seconds from the moment when an event stream opens."""
    address, clock = m365.new_mailbox(), SetClock()
    async with mirrored(m365, address, tmp_path, clock, pace=Pace(poll_s=8)) as mirror:
        for _ in range(14):
            await mirror.sync.run_due()
            clock.advance(120)
        await mirror.sync.run_due()
        at_rest = await waits_s(mirror)
        mirror.heard.add(mirror.account)
        mirror.sync.listened({mirror.account})
        await mirror.sync.run_due()
        m365.control.receive(address, subject="Anfrage")
        clock.advance(16)
        await mirror.sync.run_due()
        held = len(await mirror.local())
        clock.advance(8)
        await mirror.sync.run_due()

        assert at_rest == 120
        assert held == 1
        assert await waits_s(mirror) == 16


async def waits_s(mirror: Mirror) -> float | None:
    return await mirror.store.read(sync_states.last_wait_s, mirror.account)


async def test_a_look_at_an_account_at_rest_is_one_request(m365: Simulator, tmp_path: Path) -> None:
    """Its counters tell of new mail all the same, and who asks for a look gets a whole one."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Anfrage")
    requests = []
    async with mirrored(m365, address, tmp_path, clock, pace=Pace(poll_s=8)) as mirror:
        await mirror.sync.run_due()
        for _ in range(30):
            clock.advance(120)
            m365.control.clear_calls()
            await mirror.sync.run_due()
            requests.append(len(m365.control.calls(mailbox=address, limit=1000)))
        m365.control.receive(address, subject="Noch eine")
        clock.advance(121)
        await mirror.sync.run_due()
        held = len(await mirror.local())
        m365.control.update(address, [message], flag="flagged")
        mirror.sync.wake(mirror.account)
        await mirror.sync.run_due()

        assert min(requests[-12:]) == 1
        assert sum(requests[-12:]) <= 12 + 3 * 3 + 8
        assert held == 2
        assert (await mirror.local())[message]["is_flagged"]
