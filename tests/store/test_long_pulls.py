"""A pull that goes on for a while meets what happens meanwhile."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, page, remote_folder

from poststelle.providers.base import DeltaPage, FolderPage, RemoteFolder, RemoteMail
from poststelle.store import folders, sync_states
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.pull_account import AccountPull, beginning
from poststelle.sync.schedule import Looks, Pace

pytestmark = pytest.mark.anyio

_LEASE_S = 36000


@dataclass
class Remote:
    """Folders with nothing in them. ``on_read`` happens while one is read; ``moved``: what the next folder list
    tells."""

    on_read: Callable[[str], Awaitable[None]]
    moved: list[RemoteFolder] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    lists: int = 0

    async def folder_delta(self, _: str | None) -> FolderPage:
        told, self.moved = tuple(self.moved), []
        self.lists += 1
        return FolderPage(told, frozenset(), None, f"l{self.lists}")

    async def message_delta(self, remote_id: str, *_: Any, **__: Any) -> DeltaPage:
        self.read.append(remote_id)
        await self.on_read(remote_id)
        return page(link=f"d{len(self.read)}")

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
    return {
        folder.name
        for folder in await mailbox.store.read(folders.list_all, mailbox.account)
        if folder.id in found
    }


async def test_a_counter_that_moves_in_a_pull_has_its_folder_read_again(
    mailbox: Mailbox, clock: FakeClock
) -> None:
    """Also where a round of that folder, new like the mailbox, waits to be kept when the list is read again."""

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
