"""The only place that builds objects and hands them down: from the environment to a running server."""

import asyncio
import contextlib
import gc
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiohttp
import apsw
import psycopg
import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from poststelle.access import tokens, trail
from poststelle.access import users as people
from poststelle.access.entering import Look, Seen
from poststelle.access.login import Door
from poststelle.auth.crypto import KeyRing
from poststelle.auth.openid import Https, OpenId
from poststelle.auth.passkeys import site_of
from poststelle.auth.passwords import Passwords
from poststelle.backup import restoring
from poststelle.blobs import (
    BlobStore,
    BlobsUnavailable,
    Cache,
    DirectoryBlobs,
    FolderObjects,
    ObjectBlobs,
    Objects,
    SmallBlobs,
)
from poststelle.blobs.s3 import S3Objects
from poststelle.config import Config, ConfigError
from poststelle.http import authn, jmap
from poststelle.http.app import create_app
from poststelle.http.jmap.context import Caller
from poststelle.http.jmap.limits import MAX_SIZE_REQUEST
from poststelle.http.one_write import OneWriteProtocol
from poststelle.http.patient_socket import PatientSocket
from poststelle.http.rate import Rate
from poststelle.http.services import Services
from poststelle.http.sign_in import CALLBACK_PATH
from poststelle.jobs.inline import Supervisor, guarded
from poststelle.lib.bell import Bell
from poststelle.lib.clock import Clock, SystemClock
from poststelle.lib.ids import new_code
from poststelle.lib.log import set_up_logging
from poststelle.lib.version import version
from poststelle.lib.workers import Workers
from poststelle.mail.blob_ledger import StoreLedger
from poststelle.mail.outside_pictures import OutsidePictures
from poststelle.mail.readings import Readings
from poststelle.model.blob_address import S3Address
from poststelle.model.change import Published
from poststelle.model.errors import UseCaseError
from poststelle.model.health import Disk, FilesTrouble, Machine
from poststelle.model.ids import AccountId
from poststelle.push.hub import Hub
from poststelle.push.outbound import Outbound
from poststelle.push.pictures import fetch_picture
from poststelle.push.reach import Reach
from poststelle.push.web_push import WebPush
from poststelle.settings import blob_place, seals
from poststelle.settings.application import ApplicationDesk
from poststelle.settings.approvals import ApprovalDesk
from poststelle.settings.keyring import KeyProblem, load_ring
from poststelle.settings.microsoft import Preset
from poststelle.settings.remotes import Place, Remotes
from poststelle.settings.rotation import keep_current
from poststelle.settings.sign_in import SignInDesk
from poststelle.settings.telling import Herald
from poststelle.settings.vapid import load_vapid
from poststelle.store import api_tokens, holders, logins, open_store
from poststelle.store.opening import Opening, SchemaMismatch
from poststelle.store.scoped import ScopedStore
from poststelle.store.tx import Publish, ReadTx, Store
from poststelle.sync.archiver import Archiver
from poststelle.sync.check_lease import POLLS_TO_REST
from poststelle.sync.checker import Checker
from poststelle.sync.consents import ConsentKeeper
from poststelle.sync.deliverer import Deliverer
from poststelle.sync.engine import SyncEngine
from poststelle.sync.guarding import Guardian
from poststelle.sync.heard import Hearing
from poststelle.sync.heart import Heart
from poststelle.sync.housekeeping import Housekeeper
from poststelle.sync.indexer import Hints, Indexer
from poststelle.sync.notify import NotificationKeeper
from poststelle.sync.prover import Prover
from poststelle.sync.pusher import Pusher
from poststelle.sync.recorder import Recorder
from poststelle.sync.schedule import Pace
from poststelle.sync.trail_keeper import TrailKeeper, write_readings
from poststelle.sync.watch import Watch
from poststelle.writeback.bounce_reader import BounceReader
from poststelle.writeback.draft_writer import DraftWriter
from poststelle.writeback.drain import Drain
from poststelle.writeback.sender import Sender

T = TypeVar("T")

_NEW_OBJECTS = 10_000  # between two looks for cycles; Python's own number is 700
_BLOBS_AT_ONCE = 4
_OBJECTS_AT_ONCE = 32  # requests to an object storage: they wait, and cost nothing here
_OBJECTS_END_S = 20.0  # how long the end of the program waits for them
_PUSHES_MADE = (20, timedelta(minutes=1))  # push subscriptions one user makes in a row, and one more every
PING_S = 30.0  # an open WebSocket is asked whether it is still there, and has as long to answer
GRACE_S = 3  # an open event stream would otherwise hold SIGTERM back for ever

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Poststelle:
    """A built server. ``supervisor`` holds the engines' loops, not started yet."""

    services: Services
    web: Starlette
    engine: SyncEngine
    drain: Drain
    guardian: Guardian
    consents: ConsentKeeper
    supervisor: Supervisor
    remotes: Remotes
    heart: Heart
    watch: Watch


@asynccontextmanager
async def build(
    config: Config, clock: Clock | None = None, passwords: Passwords | None = None
) -> AsyncIterator[Poststelle]:
    """Open everything and wire it; close everything at the end of the block.

    ``clock`` and ``passwords`` are the machine's and the strong ones unless given; these end with the block.
    Raises ConfigError where the data folder, the database or a key can't be used.
    """
    clock = clock or SystemClock()
    hub = Hub()
    hints, bell = Hints(), Bell()
    async with AsyncExitStack() as closing:
        store = await _open(config, hub, hints, bell, clock)
        closing.push_async_callback(store.close)
        # As many connections as ``AppLimits`` allows requests: a pool's own end would let few hold up all.
        connector = aiohttp.TCPConnector(limit=0)
        http = await closing.enter_async_context(aiohttp.ClientSession(connector=connector))
        closing.callback(hub.close)
        ring = await load_keys(config, store, clock)
        await store.write(trail.chain_older)
        await store.write(seals.begin, ring, clock.now())
        outbound = await closing.enter_async_context(_outbound(config, config.push_networks))
        abroad = await closing.enter_async_context(_outbound(config, config.picture_networks))
        wire = WebPush(outbound, await load_vapid(store, ring, config.public_url, clock.now()))
        blobs = await closing.enter_async_context(open_blobs(config, store, clock))
        readings = Readings(clock)
        closing.push_async_callback(_seal_at_the_end, TrailKeeper(store, ring, clock))
        closing.push_async_callback(readings.write, store)
        base = _Base(
            config,
            clock,
            hub,
            hints,
            store,
            blobs,
            ring,
            outbound,
            abroad,
            wire,
            readings,
        )
        passwords = passwords or Passwords()
        closing.callback(passwords.close)
        built = _wire(base, http, passwords, bell)
        closing.callback(built.remotes.close)
        closing.push_async_callback(built.heart.stop)
        closing.push_async_callback(built.supervisor.stop)
        await _add_first_people(built.services)
        yield built


@asynccontextmanager
async def open_blobs(
    config: Config, store: Store, clock: Clock, *, is_moving: bool = False
) -> AsyncIterator[BlobStore]:
    """Where octets are kept; closed at the end of the block.

    Raises ConfigError where it can't be used, or where those of this installation are in another place:
    not while they are being brought there (``is_moving``).
    """
    with contextlib.ExitStack() as closing:
        threads = Workers(_BLOBS_AT_ONCE, "blobs")
        closing.callback(threads.close)
        if config.blobs is None:
            if not is_moving:
                await _require_place(store, blob_place.LOCAL, clock)
            folder = config.data_dir / "blobs"
            yield DirectoryBlobs(folder, clock, small=SmallBlobs(folder / "small.db"), beside=threads.run)
            return
        reach = Workers(_OBJECTS_AT_ONCE, "objects")
        closing.callback(reach.close, within_s=_OBJECTS_END_S)
        objects = _objects(config.blobs)
        place = await _marked(objects, store, config.blobs, clock)
        if not is_moving:
            await _require_place(store, place, clock)
        cache = Cache(config.data_dir / "blob-cache", config.blobs_cache, clock)
        yield ObjectBlobs(
            objects,
            StoreLedger(store, place),
            config.data_dir / "blobs-new",
            clock,
            cache=cache if config.blobs_cache else None,
            reach=reach.run,
            beside=threads.run,
        )


def _objects(where: S3Address | Path) -> Objects:
    try:
        return FolderObjects(where) if isinstance(where, Path) else S3Objects(where)
    except ValueError as problem:  # the CA, of whose text nothing is a secret
        raise ConfigError(f"{where} can't be used: {problem}.") from problem


async def _marked(objects: Objects, store: Store, where: S3Address | Path, clock: Clock) -> str:
    try:
        return await blob_place.marked(objects, store, str(where), clock.now())
    except BlobsUnavailable as problem:
        log.error("blobs.unreachable", why=problem.why, detail=problem.detail)
        raise ConfigError(blob_place.explained(problem.why, str(where))) from problem
    except blob_place.PlaceProblem as problem:
        raise ConfigError(str(problem)) from problem


async def _require_place(store: Store, place: str, clock: Clock) -> None:
    try:
        await blob_place.require(store, place, clock.now())
    except blob_place.PlaceProblem as problem:
        raise ConfigError(str(problem)) from problem


async def _open(config: Config, hub: Hub, hints: Hints, bell: Bell, clock: Clock) -> Store:
    async def publish(changes: Sequence[Published]) -> None:
        await hub.publish(changes)
        hints.hear(changes)
        bell.ring()

    return await open_database(config, publish, clock)


async def open_database(
    config: Config, publish: Publish, clock: Clock, *, opening: Opening = Opening.USUAL
) -> Store:
    """The database of this environment. Raises ConfigError where it can't be used."""
    if (config.data_dir / restoring.MARK).exists():
        raise ConfigError(
            f"A restore into {config.data_dir} was broken off. "
            "Run `poststelle restore` with the same backup again."
        )
    try:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close_to_others(config)
        return await open_store(config.database_url, publish, clock, options=config.database, opening=opening)
    except OSError as problem:
        where = problem.filename or config.data_dir
        raise ConfigError(f"{where} can't be used for data: {problem.strerror}.") from problem
    except (psycopg.Error, apsw.Error) as problem:
        # The driver's text may hold the address with its password.
        raise ConfigError(
            f"The database can't be opened ({type(problem).__name__}); check POSTSTELLE_DATABASE."
        ) from problem
    except (SchemaMismatch, ValueError) as problem:
        raise ConfigError(str(problem)) from problem


def _close_to_others(config: Config) -> None:
    """Database and blobs for their owner alone, also where an earlier start or a copy left them open."""
    database = config.database_url.removeprefix("sqlite:///")
    files = [Path(database + end) for end in ("", "-wal", "-shm")] if database != config.database_url else []
    for path, mode in [*((file, 0o600) for file in files), (config.data_dir / "blobs", 0o700)]:
        if path.exists():
            path.chmod(mode)


@dataclass(frozen=True, slots=True)
class _Base:
    """What everything here stands on."""

    config: Config
    clock: Clock
    hub: Hub
    hints: Hints
    store: Store
    blobs: BlobStore
    ring: KeyRing
    outbound: Outbound
    abroad: Outbound
    wire: WebPush
    readings: Readings

    @property
    def holder(self) -> str:
        return _holder(self.config)


@dataclass(frozen=True, slots=True)
class _Engines:
    """What works by itself, and how it is woken."""

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

    def wake_sync(self, account: AccountId) -> None:
        self.sync.wake(account)
        self.keeper.stir()

    def wake_writeback(self, account: AccountId) -> None:
        self.drain.wake(account)
        self.writer.wake(account)
        self.sender.wake(account)


async def load_keys(config: Config, store: Store, clock: Clock) -> KeyRing:
    """The keys of this environment. Raises ConfigError where they do not open what is in the database."""
    try:
        return await load_ring(store, config.keys, config.key_file, clock.now())
    except KeyProblem as problem:
        raise ConfigError(str(problem)) from problem


async def _seal_at_the_end(keeper: TrailKeeper) -> None:
    """Else what was noted last would lie unsealed for as long as no server runs."""
    await guarded(keeper.seal(), event="audit.not_sealed")


def _outbound(config: Config, networks: tuple[str, ...]) -> Outbound:
    try:
        return Outbound(Reach(networks), config.push_ca_file)
    except OSError as problem:
        raise ConfigError(
            f"POSTSTELLE_PUSH_CA_FILE {config.push_ca_file} holds no certificate in PEM form."
        ) from problem


def _wire(base: _Base, http: aiohttp.ClientSession, passwords: Passwords, bell: Bell) -> Poststelle:
    given = base.config.microsoft
    preset = Preset(given.client_id, given.client_secret)
    remotes = _remotes(base, http, preset)
    engines = _engines(base, remotes, preset)
    bell.tell(engines.pusher.stir)
    supervisor = _supervisor(base, remotes, engines)
    machine = partial(_machine, base, remotes, supervisor, base.clock.now())
    herald = Herald(base.store, base.ring, base.clock, remotes.open, base.outbound, _health_page(base.config))
    watch = Watch(herald, preset, machine)
    supervisor.add("alerts", watch.run)
    services = _services(base, preset, remotes, engines, _door(base, passwords), machine, herald)
    pushes = jmap.Pushes(base.ring, base.wire, Rate(*_PUSHES_MADE), engines.pusher.stir)
    web = create_app(services, jmap.routes(_mail_context(services, pushes, base.readings)))
    heart = Heart(base.store, base.holder)
    supervisor.add("heart", heart.run)
    return Poststelle(
        services=services,
        web=web,
        engine=engines.sync,
        drain=engines.drain,
        guardian=engines.guardian,
        consents=engines.consents,
        supervisor=supervisor,
        remotes=remotes,
        heart=heart,
        watch=watch,
    )


def _door(base: _Base, passwords: Passwords) -> Door:
    return Door(base.store, passwords, base.clock, base.ring, site_of(base.config.public_url))


def _remotes(base: _Base, http: aiohttp.ClientSession, preset: Preset) -> Remotes:
    given = base.config.microsoft
    place = Place(given.login_base, given.graph_base, given.ca_file, given.requests_at_once)
    try:
        return Remotes(base.store, base.ring, base.clock, http, place, preset, base.blobs)
    except OSError as problem:
        raise ConfigError(
            f"POSTSTELLE_CA_FILE {given.ca_file} holds no certificate in PEM form."
        ) from problem


def _engines(base: _Base, remotes: Remotes, preset: Preset) -> _Engines:
    """Each wakes the others after what concerns them."""
    config, clock, store, holder = base.config, base.clock, base.store, base.holder
    pace = Pace(poll_s=config.poll_s)
    sync = SyncEngine(store, remotes.open, clock, holder, pace=pace, is_heard=base.hub.is_heard)
    drain = Drain(store, remotes.open, clock, holder)
    keeper = NotificationKeeper(store, remotes.open, clock, config.notification_url, sync.wake)

    def on_sent(account: AccountId) -> None:
        sync.wake(account)
        drain.wake(account)

    sender = Sender(store, remotes.open, clock, holders.of_sender(holder), on_sent=on_sent)
    return _Engines(
        sync=sync,
        drain=drain,
        checker=Checker(store, remotes.open, clock, holder, rest_s=POLLS_TO_REST * config.poll_s),
        keeper=keeper,
        hearing=Hearing(store, clock, sync.ring, keeper.stir),
        writer=DraftWriter(
            store,
            base.blobs,
            remotes.open,
            clock,
            holders.of_drafts(holder),
            on_made=sender.wake,
            open_others=remotes.open_others,
        ),
        sender=sender,
        guardian=Guardian(store, remotes.renew, clock),
        consents=ConsentKeeper(
            ApprovalDesk(store, base.ring, preset, clock, remotes.microsoft),
            ApplicationDesk(store, base.ring, preset, clock, remotes.open_as_application),
            clock,
        ),
        pusher=Pusher(store, base.ring, base.wire, clock),
    )


def _machine(base: _Base, remotes: Remotes, supervisor: Supervisor, began_at: datetime) -> Machine:
    usage = shutil.disk_usage(base.config.data_dir)
    database = "sqlite" if base.config.database_url.startswith("sqlite") else "postgresql"
    disk = Disk(usage.free, usage.total)
    trouble = base.blobs.unreachable if isinstance(base.blobs, ObjectBlobs) else None
    files = None if trouble is None else FilesTrouble(*trouble)
    return Machine(version(), began_at, database, disk, supervisor.states(), remotes.traffic(), files)


def _health_page(config: Config) -> str:
    return f"{config.public_url}/settings/basic/health"


def _services(
    base: _Base,
    preset: Preset,
    remotes: Remotes,
    engines: _Engines,
    door: Door,
    machine: Callable[[], Machine],
    herald: Herald,
) -> Services:
    config, clock, store, ring = base.config, base.clock, base.store, base.ring
    return Services(
        config=config,
        store=store,
        blobs=base.blobs,
        hub=base.hub,
        clock=clock,
        ring=ring,
        door=door,
        openid=OpenId(Https(config.microsoft.ca_file)),
        desk=SignInDesk(
            store=store,
            ring=ring,
            clock=clock,
            microsoft=remotes.microsoft,
            open_with=remotes.open_with,
            redirect_uri=config.public_url + CALLBACK_PATH,
        ),
        application=ApplicationDesk(store, ring, preset, clock, remotes.open_as_application),
        preset=preset,
        microsoft=remotes.microsoft,
        open_remote=remotes.open,
        forget_remote=remotes.forget,
        wake_sync=engines.wake_sync,
        wake_writeback=engines.wake_writeback,
        wake_checks=engines.checker.wake,
        look_at=engines.sync.look_at,
        listened=engines.sync.listened,
        hear=engines.hearing.hear,
        end_notifications=engines.keeper.end,
        machine=machine,
        herald=herald,
        pictures=OutsidePictures(store, base.blobs, clock, partial(fetch_picture, base.abroad)),
        setup_code=None if config.is_for_this_machine_only else new_code(),
    )


def _supervisor(base: _Base, remotes: Remotes, engines: _Engines) -> Supervisor:
    """Everything that runs for as long as the server does."""
    store, clock = base.store, base.clock
    supervisor = Supervisor(clock)
    supervisor.add("sync", engines.sync.run)
    supervisor.add("writeback", engines.drain.run)
    supervisor.add("guardian", engines.guardian.run)
    supervisor.add("consents", engines.consents.run)
    supervisor.add("checks", engines.checker.run)
    supervisor.add("notify", engines.keeper.run)
    supervisor.add("drafts", engines.writer.run)
    supervisor.add("sending", engines.sender.run)
    supervisor.add("bounces", BounceReader(store, remotes.open, clock).run)
    supervisor.add("archive", Archiver(store, base.blobs, remotes.open, base.ring, clock).run)
    supervisor.add("records", Recorder(store, clock).run)
    supervisor.add("webhooks", Deliverer(store, base.ring, base.outbound, clock).run)
    supervisor.add("push", engines.pusher.run)
    supervisor.add("search", Indexer(store, base.hints).run)
    supervisor.add("housekeeping", Housekeeper(store, base.blobs, clock).run)
    if isinstance(base.blobs, ObjectBlobs):
        supervisor.add("blobs", base.blobs.keep)
    supervisor.add("keys", partial(keep_current, base.ring, clock))
    supervisor.add("audit", TrailKeeper(store, base.ring, clock).run)
    supervisor.add("proofs", Prover(store, base.blobs, base.ring, clock).run)
    supervisor.add("readings", partial(write_readings, base.readings, store, clock))
    return supervisor


def _mail_context(services: Services, pushes: jmap.Pushes, readings: Readings) -> jmap.JmapContext:
    async def enter(request: HTTPConnection, look: Look[T]) -> tuple[Caller, Seen[T]]:
        if (authorization := request.headers.get("authorization")) is not None:
            token, seen = await tokens.recognise(services.store, services.clock, authorization, look)
            store = ScopedStore(services.store.on_behalf(token.user_id), token.scope)
            return Caller(token.user_id, token.token_hash, store, is_program=True), seen
        who, seen = await authn.bearer_and_look(services, request, look)
        return Caller(who.user.id, who.login.token_hash, services.store.on_behalf(who.user.id)), seen

    async def is_logged_in(caller: Caller) -> bool:
        return await services.store.read(_stands, caller.login_key, services.clock.now())

    return jmap.JmapContext(
        blobs=services.blobs,
        hub=services.hub,
        clock=services.clock,
        enter=enter,
        is_logged_in=is_logged_in,
        open_remote=services.open_remote,
        wake_writeback=services.wake_writeback,
        listened=services.listened,
        public_url=lambda _: services.config.public_url,
        pushes=pushes,
        readings=readings,
    )


def _stands(tx: ReadTx, key: str, now: datetime) -> bool:
    """Whether the login or the token with this hash is still one."""
    return logins.get(tx, key, now) is not None or api_tokens.get(tx, key, now) is not None


def _holder(config: Config) -> str:
    """Who holds a lease: the process that listens here. One at a time can, so its next start is the same."""
    return f"{socket.gethostname()}:{config.host}:{config.port}"


async def _add_first_people(services: Services) -> None:
    """An unattended installation's administrator, a demonstration's people; only while there is nobody."""
    config, store = services.config, services.store
    wanted = []
    if config.admin is not None:
        wanted.append((config.admin.login, config.admin.name, config.admin.password, True))
    wanted += [
        (demo.login, demo.name, demo.password, False)
        for demo in config.demo_logins
        if config.admin is None or demo.login.casefold() != config.admin.login.casefold()
    ]
    if not wanted or await store.read(people.is_set_up):
        return
    checked = []
    for login, name, password, is_admin in wanted:
        try:
            new = people.check_new_user(
                login=login, name=name, email="", password=password, may_settings=is_admin
            )
        except UseCaseError as problem:
            raise ConfigError(f"The first user {login!r} can't be made. {problem.message}") from problem
        checked.append((new, await services.door.passwords.hash(password)))
    await store.write(people.add_first, checked, services.clock.now())


class _Server(uvicorn.Server):
    """Uvicorn that tells when it listens, and ends the event streams before it waits for requests."""

    def __init__(self, config: uvicorn.Config, hub: Hub, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._hub, self._on_ready = hub, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does, but without raising the signal again: the stores are closed after us."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def serve(
    config: Config, on_ready: Callable[[str], None] | None = None, passwords: Passwords | None = None
) -> None:
    """Run the server until SIGINT or SIGTERM. Raises ConfigError when it can't start.

    ``on_ready`` is called once with the address when requests are answered;
    by default the address is printed. With port 0 a free port is taken.
    ``passwords``: as for `build`.
    """
    set_up_logging(as_json=config.log_format == "json")
    os.umask(0o077)  # what we write is mail: nobody else on this machine reads it
    listener = _listen(config)
    if config.port == 0:
        config = _with_port(config, listener.getsockname()[1])
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(config, listener, on_ready or _announce, passwords))


def _collect_less() -> None:
    """Let Python look for cycles less often, and never again among what was made until now.

    Pages of mail are thousands of objects without any cycle; looking through them, and through all
    modules, took a tenth of a first synchronisation and held up every answer meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 10, 10)


async def _run(
    config: Config, listener: socket.socket, on_ready: Callable[[str], None], passwords: Passwords | None
) -> None:
    has_key = config.keys is not None or config.key_file.exists()
    async with build(config, passwords=passwords) as built:
        if not has_key:
            _announce_key(config.key_file)
        await built.heart.beat()
        built.supervisor.start()
        if built.services.setup_code and not await built.services.store.read(people.is_set_up):
            _announce_setup_code(built.services.setup_code)
        web = web_settings(built.web, config.trusted_proxies)
        _collect_less()
        server = _Server(web, built.services.hub, lambda: on_ready(config.public_url))
        await server.serve(sockets=[listener])


def web_settings(web: Starlette, trusted_proxies: Sequence[str] = ()) -> uvicorn.Config:
    """How the web application is served. Nobody but ``trusted_proxies`` may say for whom a request comes."""
    return uvicorn.Config(
        web,
        http=OneWriteProtocol,
        ws=PatientSocket,
        ws_max_size=MAX_SIZE_REQUEST,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_graceful_shutdown=GRACE_S,
    )


def _listen(config: Config) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        return socket.create_server((config.host, config.port), family=family, backlog=2048)
    except OSError as problem:
        reason = os.strerror(problem.errno) if problem.errno and problem.errno > 0 else problem
        raise ConfigError(f"The server can't listen on {config.host}:{config.port}: {reason}.") from problem


def _with_port(config: Config, port: int) -> Config:
    """The addresses people and Microsoft use, where they were left open together with the port."""

    def filled(url: str) -> str:
        return f"{url.removesuffix(':0')}:{port}" if url.endswith(":0") else url

    told = config.notification_url
    return replace(
        config,
        port=port,
        public_url=filled(config.public_url),
        notification_url=None if told is None else filled(told),
    )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


def _announce(url: str) -> None:
    sys.stdout.write(f"Poststelle is running: {url}\n")
    sys.stdout.flush()


def _announce_setup_code(code: str) -> None:
    sys.stderr.write(
        f"Nobody is set up yet. The first administrator needs this code in the browser: {code}\n"
        "It is good until the first administrator is made, or until the next start.\n"
    )
    sys.stderr.flush()


def _announce_key(path: Path) -> None:
    sys.stderr.write(
        f"A key for stored sign-ins was made: {path}\n"
        "Keep a copy of it apart from the database: without it every mailbox must sign in again.\n"
    )
