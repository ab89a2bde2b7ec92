"""One broken account never slows another."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from tests.flow.sending.outbox import written
from tests.kept import database_of

from poststelle.blobs import DirectoryBlobs
from poststelle.lib.clock import SystemClock
from poststelle.lib.ids import new_key
from poststelle.mail import drafts, ingest
from poststelle.model.account import AccountState, AccountType
from poststelle.model.change import Published
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, RemoteId, UserId
from poststelle.model.rights import Grant, Level
from poststelle.model.user import Theme, User
from poststelle.providers.base import FolderPage, RemoteFolder, RemoteMail
from poststelle.providers.errors import RetryLater, SignInNeeded
from poststelle.store import (
    accounts,
    addresses,
    folders,
    grants,
    messages,
    open_store,
    sync_states,
    users,
    writeback_ops,
)
from poststelle.store.room import Places
from poststelle.store.tx import Store, Tx
from poststelle.submission import identities, submit
from poststelle.submission.submit import Wanted
from poststelle.sync.engine import SyncEngine
from poststelle.sync.schedule import Pace
from poststelle.writeback.draft_writer import DraftWriter
from poststelle.writeback.sender import Sender

USER = UserId(1)
pytestmark = pytest.mark.anyio

HANGING, GOOD = 20, 5


@dataclass
class Provider:
    """Accounts whose provider never answers, and good ones that are empty."""

    hanging: set[AccountId] = field(default_factory=set)
    pulls: dict[AccountId, list[float]] = field(default_factory=dict)

    async def open(self, account: AccountId) -> RemoteMail:
        self.pulls.setdefault(account, []).append(time.monotonic())
        return _Mailbox(account in self.hanging)  # type: ignore[return-value]  # all that an empty one is asked


@dataclass
class _Mailbox:
    hangs: bool

    async def well_known_folders(self) -> list[object]:
        if self.hangs:
            await asyncio.Event().wait()
        return []

    async def folder_delta(self, _: str | None) -> FolderPage:
        return FolderPage((), frozenset(), None, "d1")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async def publish(_: Sequence[Published]) -> None:
        """Nobody listens."""

    opened = await open_store(database_of(tmp_path), publish, SystemClock())
    yield opened
    await opened.close()


def _connect(tx: Tx, number: int) -> AccountId:
    now = SystemClock().now()
    address, state = f"a{number}@example.test", AccountState.CONNECTED
    account = accounts.insert(tx, type_=AccountType.GRAPH, address=address, state=state, at=now, by=None)
    assert account
    sync_states.start(tx, account.id, now)
    return account.id


async def test_accounts_that_hang_give_up_their_places(store: Store) -> None:
    """Twenty accounts whose provider is silent, with eight places: the others are pulled on time."""
    provider = Provider()
    provider.hanging = {await store.write(_connect, n) for n in range(HANGING)}
    good = [await store.write(_connect, HANGING + n) for n in range(GOOD)]
    pace = Pace(poll_s=0.2)
    engine = SyncEngine(
        store, provider.open, SystemClock(), "test", pace=pace, places=Places(8, 32, 1, patience_s=0.1)
    )
    loop = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(20):
            while min(len(provider.pulls.get(a, ())) for a in good) < 8:  # noqa: ASYNC110 - the engine's own time
                await asyncio.sleep(0.05)
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)

    assert all(len(provider.pulls[a]) == 1 for a in provider.hanging if a in provider.pulls)
    waits = [b - a for at in (provider.pulls[a] for a in good) for a, b in pairwise(at[2:])]
    assert max(waits) < 2.5  # twice the poll is 0.4 s; the rest is for a busy machine


class _Failing:
    """Fails as it is told."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def well_known_folders(self) -> list[object]:
        raise self._error


@pytest.mark.parametrize("error", [RetryLater("unreachable"), SignInNeeded("AADSTS50173")])
async def test_accounts_that_fail_wait_alone(store: Store, error: Exception) -> None:
    """Ten accounts failing in a row: each waits its own time, and the last one is pulled all the same."""
    for number in range(10):
        await store.write(_connect, number)
    good = await store.write(_connect, 10)

    async def open_remote(account: AccountId) -> RemoteMail:
        return _Mailbox(False) if account == good else _Failing(error)  # type: ignore[return-value]  # as above

    engine = SyncEngine(store, open_remote, SystemClock(), "test", pace=Pace(poll_s=60))
    for _ in range(2):
        await engine.run_due()
    assert (await store.read(sync_states.get, good)).last_synced_at is not None


def _with_letters(tx: Tx, number: int, *, are_made: bool) -> AccountId:
    """An account with two letters that wait: to be made at its provider, or made and to be sent."""
    now, account = SystemClock().now(), _connect(tx, number)
    if number == 0:
        users.insert(tx, User(USER, "anna", "Anna", "", True, False, None, Theme.SYSTEM, now), None)
    grants.upsert(tx, Grant(account, USER, Level.SEND), at=now, by=None)
    addresses.set_all(tx, account, [f"a{number}@example.test"], now)
    home = RemoteFolder(RemoteId("drafts"), None, "Drafts", Role.DRAFTS, False, 0, 0)
    ingest.apply_folders(tx, account, [home])
    folder = folders.by_role(tx, account, Role.DRAFTS)
    assert folder
    for n in range(2):
        letter = written(f"a{number}@example.test", ["kunde@extern.example"])
        made = drafts.create(tx, USER, account, folder.id, letter, "", new_key(), now)
        if are_made:
            messages.set_remote_id(tx, account, made.id, RemoteId(f"m{n}"))
            writeback_ops.give_up_making(tx, account, made.id)
            [own, *_] = identities.known(tx, USER, account)
            submit.submit(tx, USER, account, Wanted(made.id, own.id, None, now, None), new_key(), now)
    return account


@pytest.mark.parametrize("what", ["sent", "made"])
async def test_letters_of_accounts_that_hang_hold_up_no_others(
    store: Store, tmp_path: Path, what: str
) -> None:
    """As many accounts hang as there are places, with letters that have waited longer."""
    hanging, asked = 2, set[AccountId]()
    accounts_ = [await store.write(_with_letters, n, are_made=what == "sent") for n in range(hanging + 1)]
    is_good_asked = asyncio.Event()

    async def open_remote(account: AccountId) -> RemoteMail:
        asked.add(account)
        if asked == set(accounts_):
            is_good_asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    clock, places = SystemClock(), Places(hanging, 16, 2, patience_s=0.05)
    blobs = DirectoryBlobs(tmp_path / "blobs")
    loop: Sender | DraftWriter = Sender(store, open_remote, clock, "test", places=places)
    if what == "made":
        loop = DraftWriter(store, blobs, open_remote, clock, "test", places=places)
    running = asyncio.create_task(loop.run())
    try:
        async with asyncio.timeout(20):
            await is_good_asked.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
