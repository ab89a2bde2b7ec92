"""A whole mirror of one mailbox, opened and closed like a program: every engine, run by hand.

Two people's sign-ins open the mailbox: its own, and a deputy's that stands by.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import msgspec
from tests.flow.sending.outbox import QUICK
from tests.flow.sim import PASSWORD, Simulator
from tests.flow.sync.mirror import CHECKS, FAST, USER, Mirror, app_of, facts_of, new_account
from tests.sim.identity.browser import Browser

from poststelle.auth.crypto import KeyRing
from poststelle.blobs import DirectoryBlobs
from poststelle.lib.clock import Clock
from poststelle.model.ids import AccountId
from poststelle.model.rights import Grant, Level
from poststelle.model.user import SignIn, SignInKind
from poststelle.providers.base import RemoteMail
from poststelle.providers.graph.tokens import SCOPES, SHARED_SCOPES, SignInResult
from poststelle.settings import change
from poststelle.settings.keyring import load_ring
from poststelle.settings.microsoft import Preset
from poststelle.settings.remotes import Place, Remotes
from poststelle.settings.schema import CLOUD
from poststelle.settings.sign_ins import Wish, keep, row_of
from poststelle.store import (
    checks,
    folder_ops,
    grants,
    open_store,
    sign_ins,
    submissions,
    subscriptions,
    sync_states,
    writeback_ops,
)
from poststelle.store.tx import Store, Tx
from poststelle.sync.archiver import Archiver
from poststelle.sync.checker import Checker
from poststelle.sync.engine import SyncEngine
from poststelle.sync.guarding import Guardian
from poststelle.sync.heard import Hearing
from poststelle.sync.housekeeping import Housekeeper
from poststelle.sync.indexer import Hints, Indexer
from poststelle.sync.notify import NOTIFICATIONS_PATH, NotificationKeeper
from poststelle.writeback.bounce_reader import BounceReader
from poststelle.writeback.draft_writer import DraftWriter
from poststelle.writeback.drain import Drain
from poststelle.writeback.sender import Sender


class Site(msgspec.Struct, frozen=True):
    """Everything a process needs to be such a program; passed to the worker process as JSON.

    ``told_url`` is where Microsoft finds us; ``customer`` who receives what is sent.
    """

    database: str
    folder: str
    account: int
    address: str
    deputy: str
    customer: str
    facts: dict[str, Any]
    told_url: str

    @property
    def place(self) -> Path:
        return Path(self.folder)


Watch = Callable[[Store, Callable[[AccountId], Any]], tuple[Store, Callable[[AccountId], Any]]]


def _unwatched(store: Store, open_remote: Callable[[AccountId], Any]) -> tuple[Store, Any]:
    return store, open_remote


@dataclass
class Station:
    """The engines of one program, under its name. ``begin`` first, as each does when it starts."""

    name: str
    site: Site
    mirror: Mirror
    ring: KeyRing
    blobs: DirectoryBlobs
    writer: DraftWriter
    sender: Sender
    bounces: BounceReader
    guardian: Guardian
    keeper: NotificationKeeper
    hearing: Hearing
    housekeeper: Housekeeper
    indexer: Indexer
    archiver: Archiver
    open_remote: Callable[[AccountId], Any]

    @property
    def account(self) -> AccountId:
        return self.mirror.account

    @property
    def store(self) -> Store:
        return self.mirror.store

    async def begin(self) -> None:
        """What an earlier program of our name held when it died is free, as at the start of each loop."""
        now = self.mirror.clock.now()
        await self.store.write(_release, self.name, self.site.told_url + NOTIFICATIONS_PATH, now)

    async def write_back(self) -> None:
        """Everything on its way to Microsoft that is due, once."""
        await self.mirror.drain.run_due()
        await self.writer.run_due()
        await self.sender.run_due()
        await self.bounces.run_due()

    async def look_after(self) -> None:
        """Tokens, the subscription, the full-text index, the archive, and octets that nobody needs."""
        await self.guardian.run_due()
        await self.keeper.run_due()
        await self.indexer.run_due()
        await self.archiver.run_due()
        await self.housekeeper.destroy_loose()
        await self.housekeeper.destroy_orphans()


def _release(tx: Tx, name: str, told_url: str, now: datetime) -> None:
    for store in (sync_states, writeback_ops, folder_ops, checks):
        store.release_holder(tx, name)
    writeback_ops.release_holder(tx, f"{name}/drafts")
    submissions.release_holder(tx, f"{name}/sender")
    subscriptions.retire_others(tx, told_url, now)


@asynccontextmanager
async def opened_station(
    site: Site, clock: Clock, watch: Watch = _unwatched, name: str = "walk"
) -> AsyncIterator[Station]:
    """Start the program over a database that is there already. ``watch`` stands between it and the world."""
    real = await open_store(site.database, _publish_nothing, clock)
    async with aiohttp.ClientSession() as http:
        ring = await load_ring(real, None, site.place / "key", clock.now())
        place = Place(site.facts["base_url"], site.facts["graph_url"], Path(site.facts["ca_file"]))
        preset = Preset(site.facts["client_id"], site.facts["client_secret"])
        blobs = DirectoryBlobs(site.place / "blobs", clock)
        remotes = Remotes(real, ring, clock, http, place, preset, blobs)
        store, open_remote = watch(real, remotes.open)
        station = _wired(name, site, store, open_remote, remotes, ring, clock)
        try:
            yield station
        finally:
            await station.hearing.close()
            remotes.close()
            await real.close()


def _wired(
    name: str,
    site: Site,
    store: Store,
    open_remote: Callable[[AccountId], Any],
    remotes: Remotes,
    ring: KeyRing,
    clock: Clock,
) -> Station:
    sync = SyncEngine(store, open_remote, clock, name, pace=FAST)
    drain = Drain(store, open_remote, clock, name)
    checker = Checker(store, open_remote, clock, name, pace=CHECKS)
    blobs = DirectoryBlobs(site.place / "blobs", clock)
    keeper = NotificationKeeper(store, open_remote, clock, site.told_url or None, sync.ring)
    return Station(
        name=name,
        site=site,
        mirror=Mirror(store, AccountId(site.account), cast(RemoteMail, None), sync, drain, checker, clock),
        ring=ring,
        blobs=blobs,
        writer=DraftWriter(
            store, blobs, open_remote, clock, f"{name}/drafts", settle_s=QUICK.settle_s, patience_s=2
        ),
        sender=Sender(store, open_remote, clock, f"{name}/sender", pace=QUICK, on_sent=sync.wake),
        bounces=BounceReader(store, open_remote, clock),
        guardian=Guardian(store, remotes.renew, clock),
        keeper=keeper,
        hearing=Hearing(store, clock, sync.ring, keeper.stir, gather_s=0),
        housekeeper=Housekeeper(store, blobs, clock),
        indexer=Indexer(store, Hints()),
        archiver=Archiver(store, blobs, open_remote, ring, clock),
        open_remote=open_remote,
    )


async def new_site(
    m365: Simulator, database: str, folder: Path, clock: Clock, told_url: str, cloud: str = "global"
) -> Site:
    """A fresh mailbox, its deputy and its customer, and a database in which both have signed in."""
    address, deputy, customer = (m365.new_mailbox(name) for name in ("walk", "deputy", "kunde"))
    m365.control.set_user(deputy, mayOpen=[address], maySendAs=[address])
    account = await new_account(database, address, clock)
    site = Site(database, str(folder), account, address, deputy, customer, m365.facts, told_url)
    async with opened_station(site, clock) as station:
        may_send = Grant(station.account, USER, Level.SEND)
        await station.store.write(grants.upsert, may_send, at=clock.now(), by=None)
        await station.store.write(_choose_cloud, station.ring, cloud, clock.now())
        await sign_in(m365, station, SignInKind.OWN)
        await sign_in(m365, station, SignInKind.DELEGATE)
    return site


async def sign_in(m365: Simulator, station: Station, kind: SignInKind) -> None:
    """The mailbox's user or the deputy signs in through Microsoft's pages, in place of an earlier time."""
    site, clock = station.site, station.mirror.clock
    app = app_of(facts_of(m365, "", 0, b""), clock)
    name, scopes = (site.address, SCOPES) if kind is SignInKind.OWN else (site.deputy, SHARED_SCOPES)
    begun = await app.start_flow("http://localhost:9/callback", login_hint=name, scopes=scopes)
    browser = Browser(m365.pages_url).open(begun.url).press("signin", passwd=PASSWORD)
    if not browser.left_for:
        browser.press("accept")
    result = await app.finish_flow(begun.flow, browser.answer())
    app.close()
    await station.store.write(_keep, station.account, station.ring, kind, result, clock.now())


def _choose_cloud(tx: Tx, ring: KeyRing, cloud: str, now: datetime) -> None:
    change.write(tx, ring, CLOUD, cloud, by=USER, now=now)


def _keep(
    tx: Tx, account: AccountId, ring: KeyRing, kind: SignInKind, result: SignInResult, now: datetime
) -> None:
    old = [one for one in sign_ins.list_of(tx, account) if one.kind is kind]
    wish = Wish(renews=old[0].id) if old else Wish(is_reserve=kind is SignInKind.DELEGATE)
    own = sign_ins.reserve_id(tx)
    given = SignIn(
        id=own,
        account_id=account,
        user_id=USER,
        remote_user=result.oid,
        tenant=result.tid,
        username=result.username,
        authority=result.authority,
        token_cache=ring.seal(result.cache, row_of(own)),
        created_at=now,
        refreshed_at=now,
        kind=kind,
    )
    keep(tx, given, wish, now)


async def _publish_nothing(_: Any) -> None:
    """Nobody listens."""
