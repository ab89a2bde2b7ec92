"""A pull that goes on for a while meets what happens meanwhile."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, page, remote_folder

from poststelle.model.account import SyncPhase
from poststelle.providers.base import DeltaPage, FolderPage, RemoteFolder, RemoteMail
from poststelle.store import folders, sync_states
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.pull_account import AccountPull, beginning
from poststelle.sync.schedule import Looks, Pace

pytestmark = pytest.mark.anyio

_LEASE_S = 36000


@dataclass
class Remote:
    """Folders with nothing in them.

    ``on_read`` happens while one is read; ``moved``: what the next folder list tells; ``pages``: of
    a folder's round, if not one.
    """

    on_read: Callable[[str], Awaitable[None]]
    moved: list[RemoteFolder] = field(default_factory=list)
    pages: dict[str, int] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    lists: int = 0

    async def folder_delta(self, _: str | None) -> FolderPage:
        told, self.moved = tuple(self.moved), []
        self.lists += 1
        return FolderPage(told, frozenset(), None, f"l{self.lists}")

    async def message_delta(self, remote_id: str, *_: Any, **__: Any) -> DeltaPage:
        self.read.append(remote_id)
        assert len(self.read) < 1000  # else it has no end
        await self.on_read(remote_id)
        has_more = self.read.count(remote_id) < self.pages.get(remote_id, 1)
        return page(link=f"d{len(self.read)}", more=has_more)

    async def newest(self, *_: Any) -> list[Any]:
        return []


async def pull_of(mailbox: Mailbox, clock: FakeClock, remote: Remote, pace: Pace) -> AccountPull:
    """One folder at a time; in the end, the next pull is to be in an hour."""
    lease = await mailbox.store.write(sync_states.claim, "one", clock.now(), _LEASE_S)
    assert lease is not None
    leased = LeasedAccount(mailbox.store, lease, clock, _LEASE_S)
    begun = await leased.read(beginning, clock.now())
    return AccountPull(
        leased, cast("RemoteMail", remote), pace, Looks(), begun, lambda _: clock.now() + timedelta(hours=1)
    )


async def due(mailbox: Mailbox, at: datetime) -> set[str]:
    found = await mailbox.store.read(folders.due, mailbox.account, at, 100)
    return {name for name, folder in mailbox.folder_ids.items() if folder in found}


async def test_a_counter_that_moves_in_a_pull_has_its_folder_read_again(
    mailbox: Mailbox, clock: FakeClock
) -> None:
    """Also where a round of that folder, due since ever, waits to be kept when the list is read."""

    async def on_read(folder: str) -> None:
        if folder == "F-Trash" and not remote.moved:
            clock.advance(10)  # time for another folder list
            remote.moved = [remote_folder("Objects", total=1, unread=1)]

    remote = Remote(on_read)
    await mailbox.store.write(sync_states.start, mailbox.account, NOW)
    pull = await pull_of(mailbox, clock, remote, Pace(poll_s=5, folders_at_once=1))
    await pull.run()
    assert remote.read.count("F-Objects") == 2
    assert await due(mailbox, clock.now()) == set()


async def test_a_pull_ends_though_a_look_is_asked_for_in_each_turn(
    mailbox: Mailbox, clock: FakeClock
) -> None:
    """After a minute; what was asked for last comes at once, in the next."""

    async def on_read(folder: str) -> None:
        clock.advance(0.5)
        if folder == "F-Inbox":
            await mailbox.store.write(folders.look_at_inbox, mailbox.account, clock.now())

    remote = Remote(on_read)
    await mailbox.store.write(sync_states.start, mailbox.account, NOW)
    pull = await pull_of(mailbox, clock, remote, Pace(poll_s=60))
    assert await pull.run() == clock.now()
    assert timedelta(minutes=1) <= clock.now() - NOW < timedelta(minutes=1, seconds=10)
    state = await mailbox.store.read(sync_states.get, mailbox.account)
    assert (state.phase, state.last_synced_at) == (SyncPhase.STEADY, clock.now())
    assert "Inbox" in await due(mailbox, clock.now())


async def test_a_folder_that_was_never_read_to_its_end_is_not_left_to_the_next_pull(
    mailbox: Mailbox, clock: FakeClock
) -> None:
    """A first synchronisation is over when all is here, however long it takes, whoever asks for looks."""

    async def on_read(folder: str) -> None:
        clock.advance(5)
        if folder == "F-Inbox":
            await mailbox.store.write(folders.look_at_inbox, mailbox.account, clock.now())

    remote = Remote(on_read, pages={"F-Objects": 50})
    await mailbox.store.write(sync_states.start, mailbox.account, NOW)
    pull = await pull_of(mailbox, clock, remote, Pace(poll_s=3600, pages_per_turn=1))
    await pull.run()
    assert remote.read.count("F-Objects") == 50
    assert clock.now() - NOW > timedelta(minutes=2)
