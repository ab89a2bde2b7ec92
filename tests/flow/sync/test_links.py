"""Links that lead nowhere any more, or that somebody forgot while a page was on its way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import Mirror, facts_of, mirrored, new_account, opened, sign_in, truth
from tests.kept import database_of

from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId
from poststelle.providers.base import RemoteMail
from poststelle.store import cursors, folders
from poststelle.store.tx import Tx
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.pull_folder import pull_folder
from poststelle.sync.pull_folder_list import pull_folder_list
from poststelle.sync.schedule import Pace

pytestmark = pytest.mark.anyio


class _Beside:
    """A remote side beside which something happens here while it answers the first call of a name."""

    def __init__(self, remote: RemoteMail, name: str, happens: Callable[[], Any]) -> None:
        self._remote, self._name, self._happens = remote, name, happens

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._remote, name)
        if name != self._name:
            return found

        async def call(*args: Any, **said: Any) -> Any:
            answer = await found(*args, **said)
            self._name = ""
            await self._happens()
            return answer

        return call


class _Lease:
    """A lease that nobody else wants."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror, self.account = mirror, mirror.account

    def now(self) -> Any:
        return self._mirror.clock.now()

    async def read(self, fn: Any, *args: Any, **said: Any) -> Any:
        return await self._mirror.store.read(fn, self.account, *args, **said)

    async def write(self, fn: Any, *args: Any, **said: Any) -> Any:
        return await self._mirror.store.write(fn, self.account, *args, **said)


async def test_a_link_forgotten_meanwhile_makes_no_reading_from_nothing_of_a_few_changes(
    m365: Simulator, tmp_path: Path
) -> None:
    """A removal is taken back while Microsoft tells what changed: no folder leaves by that."""
    address = m365.new_mailbox()
    for name in ("Kunden", "Projekte"):
        m365.control.create_folder(address, name)
    m365.control.receive(address, subject="Plan", folder="Kunden")
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        lease = cast(LeasedAccount, _Lease(mirror))

        async def forget(folder: FolderId = cursors.FOLDER_LIST) -> None:
            await mirror.store.write(cursors.destroy, mirror.account, folder)

        m365.control.create_folder(address, "Neu")
        remote = cast(RemoteMail, _Beside(mirror.remote, "folder_delta", forget))
        await pull_folder_list(lease, remote)
        known = await mirror.store.read(folders.list_all, mirror.account)
        [clients] = [one for one in known if one.name == "Kunden"]
        m365.control.receive(address, subject="Nachtrag", folder="Kunden")
        remote = cast(RemoteMail, _Beside(mirror.remote, "message_delta", lambda: forget(clients.id)))
        pulled = await pull_folder(lease, remote, clients, Pace(poll_s=1), pages=5)
        link = await mirror.store.read(cursors.get, mirror.account, clients.id)
        await mirror.pull()

        assert {"Kunden", "Projekte", "Neu"} <= {one.name for one in known}
        assert (pulled.is_complete, link) == (False, None)
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_a_mailbox_made_anew_under_its_address_is_read_anew(m365: Simulator, tmp_path: Path) -> None:
    """The links of the one before lead nowhere: what it held leaves, and what there is comes."""
    old, new = m365.new_mailbox("alt"), m365.new_mailbox("neu")
    for address, subject in ((old, "Alt"), (new, "Neu")):
        m365.control.create_folder(address, "Kunden")
        m365.control.receive(address, subject=subject)
        m365.control.receive(address, subject=subject, folder="Kunden")
    clock = SetClock()
    database = database_of(tmp_path)
    account = await new_account(database, old, clock)
    async with opened(facts_of(m365, database, account, await sign_in(m365, old, clock)), clock) as mirror:
        await mirror.pull()
    async with opened(facts_of(m365, database, account, await sign_in(m365, new, clock)), clock) as mirror:
        for _ in range(4):
            await mirror.pull()
            clock.advance(400)

        assert await mirror.local() == truth(m365, new)
        await mirror.check()


async def test_a_folder_whose_link_is_refused_is_read_anew(m365: Simulator, tmp_path: Path) -> None:
    """Whatever the refusal says: without it the folder would stand still for ever."""
    address = m365.new_mailbox()
    m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        inbox = await mirror.store.read(folders.by_role, mirror.account, Role.INBOX)
        assert inbox
        await mirror.store.write(_spoil, mirror.account, inbox.id)
        m365.control.receive(address, subject="Neu")
        await mirror.pull()
        await mirror.pull()

        assert await mirror.local() == truth(m365, address)


def _spoil(tx: Tx, account: AccountId, folder: FolderId) -> None:
    cursor = cursors.get(tx, account, folder)
    assert cursor
    tx.run(
        "upsert_cursor",
        account=account,
        folder=folder,
        link=cursor.link + "x",
        is_complete=1,
        is_sweep=0,
        at=0,
    )
