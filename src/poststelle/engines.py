"""What works by itself, how it is woken, and which of it runs in a process of which role.

    web      answers; what is due it writes into the tables, and tells the workers
    worker   the engines' loops; a small listener for who looks after it
    all      both

Built in every process, for who answers asks the engines' objects too (to end a subscription, to try an
alert); only the loops are another matter.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from poststelle.auth.crypto import KeyRing
from poststelle.blobs import BlobStore, ObjectBlobs
from poststelle.config import Config
from poststelle.jobs.inline import Supervisor
from poststelle.jobs.once import by_first
from poststelle.lib.bell import Bell
from poststelle.lib.clock import Clock
from poststelle.lib.database import is_outage
from poststelle.lib.share import Share
from poststelle.mail.readings import Readings
from poststelle.model.change import Published
from poststelle.model.health import Process, ProcessFacts, ProcessRole
from poststelle.model.ids import AccountId
from poststelle.push.audience import SAID_EVERY_S, Audience
from poststelle.push.hub import Hub
from poststelle.push.listen import Ear, Line
from poststelle.push.outbound import Outbound
from poststelle.push.web_push import WebPush
from poststelle.settings.application import ApplicationDesk
from poststelle.settings.approvals import ApprovalDesk
from poststelle.settings.microsoft import Preset
from poststelle.settings.remotes import Remotes
from poststelle.settings.rotation import keep_current
from poststelle.store import holders
from poststelle.store.tx import Store
from poststelle.sync.archiver import Archiver
from poststelle.sync.attention import Attention
from poststelle.sync.check_lease import POLLS_TO_REST
from poststelle.sync.checker import Checker
from poststelle.sync.consents import ConsentKeeper
from poststelle.sync.deliverer import Deliverer
from poststelle.sync.engine import SyncEngine, places
from poststelle.sync.guarding import Guardian
from poststelle.sync.heard import Hearing
from poststelle.sync.housekeeping import Housekeeper
from poststelle.sync.indexer import Hints, Indexer
from poststelle.sync.life import Life
from poststelle.sync.notify import NotificationKeeper
from poststelle.sync.one_time import Timekeeper
from poststelle.sync.prover import Prover
from poststelle.sync.pusher import Pusher
from poststelle.sync.recorder import Recorder
from poststelle.sync.schedule import Pace
from poststelle.sync.set_back import Setback
from poststelle.sync.trail_keeper import TrailKeeper, write_readings
from poststelle.sync.waking import Waker
from poststelle.writeback.bounce_reader import BounceReader
from poststelle.writeback.draft_writer import DraftWriter
from poststelle.writeback.drain import Drain
from poststelle.writeback.sender import Sender

REQUESTS_OF_EACH = {ProcessRole.ALL: 4, ProcessRole.WORKER: 3, ProcessRole.WEB: 1}
"""Requests at a time for one mailbox: Microsoft refuses the fifth, and mostly one worker has it in hand."""
_WEIGHT = {ProcessRole.ALL: 3, ProcessRole.WORKER: 3, ProcessRole.WEB: 1}
_FEWEST_REQUESTS = 4


class Loops(StrEnum):
    """What is rung for in other processes."""

    SYNC = "sync"
    WRITEBACK = "writeback"
    CHECKS = "checks"
    NOTIFY = "notify"
    PUSH = "push"


@dataclass(frozen=True, slots=True)
class News:
    """Who is told in this process of what was committed, here or elsewhere."""

    hub: Hub
    hints: Hints
    bell: Bell[Sequence[Published]]

    def tell(self, changes: Sequence[Published]) -> None:
        self.hub.publish(changes)
        self.hints.hear(changes)
        self.bell.ring(changes)


@dataclass(frozen=True, slots=True)
class Base:
    """What everything here stands on. ``line`` leads to the other processes, ``audience`` listens there.

    ``life``: whether these still leave to it what it has in hand. ``timekeeper`` keeps the clock right; None:
    nobody does.
    """

    config: Config
    facts: ProcessFacts
    clock: Clock
    timekeeper: Timekeeper | None
    news: News
    line: Line
    audience: Audience
    share: Share
    life: Life
    store: Store
    blobs: BlobStore
    ring: KeyRing
    outbound: Outbound
    abroad: Outbound
    wire: WebPush
    readings: Readings

    @property
    def hub(self) -> Hub:
        return self.news.hub

    @property
    def holder(self) -> str:
        return self.facts.name

    def is_heard(self, account: AccountId) -> bool:
        """Whether anybody listens for the account's changes, in whichever process."""
        return self.hub.is_heard(account) or self.audience.is_heard(account)


@dataclass(frozen=True, slots=True)
class Engines:
    """Each method is a hint after a commit: it wakes what runs here, and what runs elsewhere."""

    line: Line
    attention: Attention
    sync: SyncEngine
    drain: Drain
    checker: Checker
    keeper: NotificationKeeper
    hearing: Hearing
    writer: DraftWriter
    sender: Sender
    guardian: Guardian
    consents: ConsentKeeper
    pusher: Pusher
    waker: Waker

    def wake_sync(self, account: AccountId) -> None:
        self.attention.wake(account)
        self._ring_everywhere(Loops.NOTIFY)

    def wake_writeback(self, _: AccountId) -> None:
        self._ring_everywhere(Loops.WRITEBACK)

    def wake_checks(self) -> None:
        self._ring_everywhere(Loops.CHECKS)

    def stir_pusher(self) -> None:
        self._ring_everywhere(Loops.PUSH)

    def listened(self, accounts: Collection[AccountId]) -> None:
        self.attention.listened(accounts)
        self.line.listened(accounts)

    def ring(self, loops: str) -> None:
        """Here alone: something may be due for these loops. Names that another version uses are nothing."""
        match loops:
            case Loops.SYNC:
                self.sync.ring()
            case Loops.WRITEBACK:
                self.drain.ring()
                self.writer.ring()
                self.sender.ring()
            case Loops.CHECKS:
                self.checker.wake()
            case Loops.NOTIFY:
                self.keeper.stir()
            case Loops.PUSH:
                self.pusher.stir()

    def ring_all(self) -> None:
        """Here alone: all of them."""
        for loops in Loops:
            self.ring(loops)

    def _ring_everywhere(self, loops: Loops) -> None:
        self.ring(loops)
        self.line.ring(loops.value)


def make(base: Base, remotes: Remotes, preset: Preset) -> Engines:
    """Each wakes the others after what concerns them."""
    config, clock, store, holder, share = base.config, base.clock, base.store, base.holder, base.share
    pace, line = Pace(poll_s=config.poll_s), base.line
    ring_sync = partial(line.ring, Loops.SYNC.value)
    attention = Attention(store, clock, pace, on_look=line.look, on_due=ring_sync)
    sync = SyncEngine(
        store,
        remotes.open,
        clock,
        holder,
        pace=pace,
        attention=attention,
        is_heard=base.is_heard,
        share=share,
        places=places(config.pulls_at_once),
    )
    drain = Drain(store, remotes.open, clock, holder, share=share, life=base.life)

    def on_sent(account: AccountId) -> None:
        sync.wake(account)
        drain.ring()

    def on_heard() -> None:
        sync.ring()
        ring_sync()

    def on_event() -> None:
        keeper.stir()
        line.ring(Loops.NOTIFY.value)

    keeper = NotificationKeeper(store, remotes.open, clock, config.notification_url, on_heard, life=base.life)
    name = holders.of_sender(holder)
    sender = Sender(store, remotes.open, clock, name, on_sent=on_sent, share=share, life=base.life)
    return Engines(
        line=line,
        attention=attention,
        sync=sync,
        drain=drain,
        checker=Checker(
            store, remotes.open, clock, holder, rest_s=POLLS_TO_REST * config.poll_s, share=share
        ),
        keeper=keeper,
        hearing=Hearing(store, clock, on_heard, on_event),
        writer=DraftWriter(
            store,
            base.blobs,
            remotes.open,
            clock,
            holders.of_drafts(holder),
            on_made=sender.wake,
            open_others=remotes.open_others,
            share=share,
            life=base.life,
        ),
        sender=sender,
        guardian=Guardian(store, remotes.renew, clock),
        consents=ConsentKeeper(
            ApprovalDesk(store, base.ring, preset, clock, remotes.microsoft),
            ApplicationDesk(store, base.ring, preset, clock, remotes.open_as_application),
            clock,
        ),
        pusher=Pusher(store, base.ring, base.wire, clock, holder),
        waker=Waker(store, clock, on_heard),
    )


def supervised(base: Base, remotes: Remotes, engines: Engines) -> Supervisor:
    """All that runs for as long as a process of this role does."""
    role, supervisor = base.config.role, Supervisor(base.clock, is_outage)
    if base.line.has_others:
        supervisor.add("line", base.line.run)
    if role.works:
        _add_engines(supervisor, base, remotes, engines)
    else:
        supervisor.add("attention", engines.attention.run)
    if isinstance(base.blobs, ObjectBlobs):
        supervisor.add("blobs", base.blobs.keep)
    supervisor.add("keys", partial(keep_current, base.ring, base.clock))
    if role.answers:
        supervisor.add("readings", partial(write_readings, base.readings, base.store, base.clock))
    if role.answers and base.line.has_others:
        supervisor.add("audience", partial(_say_who_listens, base))
    return supervisor


def _add_engines(supervisor: Supervisor, base: Base, remotes: Remotes, engines: Engines) -> None:
    store, clock, share = base.store, base.clock, base.share
    supervisor.add("sync", engines.sync.run)
    supervisor.add("writeback", engines.drain.run)
    supervisor.add("guardian", engines.guardian.run)
    supervisor.add("consents", by_first(share, engines.consents.run))
    supervisor.add("checks", engines.checker.run)
    supervisor.add("notify", engines.keeper.run)
    supervisor.add("drafts", engines.writer.run)
    supervisor.add("sending", engines.sender.run)
    supervisor.add("bounces", BounceReader(store, remotes.open, clock, share=share).run)
    archiver = Archiver(store, base.blobs, remotes.open, base.ring, clock, share=share)
    supervisor.add("archive", archiver.run)
    supervisor.add("records", Recorder(store, clock).run)
    supervisor.add("webhooks", Deliverer(store, base.ring, base.outbound, clock, base.holder).run)
    supervisor.add("push", engines.pusher.run)
    supervisor.add("search", Indexer(store, base.news.hints, share=share).run)
    housekeeper = Housekeeper(store, base.blobs, clock, pace=Pace(poll_s=base.config.poll_s))
    supervisor.add("housekeeping", by_first(share, housekeeper.run))
    supervisor.add("clock", by_first(share, Setback(store, clock).run))
    supervisor.add("waking", by_first(share, engines.waker.run))
    supervisor.add("audit", by_first(share, TrailKeeper(store, base.ring, clock).run))
    supervisor.add("proofs", by_first(share, Prover(store, base.blobs, base.ring, clock).run))


async def _say_who_listens(base: Base) -> None:
    """Again and again, for what others know of it ends by itself."""
    while True:
        base.line.listened(base.hub.heard())
        await asyncio.sleep(SAID_EVERY_S)


def ear(base: Base, engines: Engines) -> Ear:
    """What is done about what other processes say."""

    def on_gap() -> None:
        base.hub.miss()
        engines.ring_all()
        base.line.listened(base.hub.heard())

    return Ear(
        changes=base.news.tell,
        revoked=base.hub.revoke_here,
        revoked_login=base.hub.revoke_login_here,
        bell=engines.ring,
        look=engines.attention.seen,
        listened=base.audience.note,
        asked=lambda: base.line.listened(base.hub.heard()),
        gap=on_gap,
    )


def requests_of(total: int, role: ProcessRole, living: Collection[Process]) -> int:
    """This process's part of the requests to Microsoft that all of them may have under way together."""
    weights = sum(_WEIGHT[one.facts.role] for one in living)
    return max(_FEWEST_REQUESTS, total * _WEIGHT[role] // max(weights, _WEIGHT[role]))
