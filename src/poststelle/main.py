"""The only place that builds objects and hands them down: from the environment to a running server."""

import asyncio
import contextlib
import gc
import os
import secrets
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiohttp
import apsw
import psycopg
import structlog
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from poststelle import engines
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
from poststelle.engines import Base, Engines, News
from poststelle.http import authn, jmap, static
from poststelle.http.app import create_app, create_worker_app
from poststelle.http.jmap.context import Caller
from poststelle.http.page_files import PageFiles
from poststelle.http.rate import Rate
from poststelle.http.services import Services
from poststelle.http.serving import Front, Server, State, answering, web_settings
from poststelle.http.sign_in import CALLBACK_PATH
from poststelle.jobs.inline import Supervisor, guarded
from poststelle.jobs.once import by_first
from poststelle.lib.bell import Bell
from poststelle.lib.clock import Clock, SharedClock, SystemClock
from poststelle.lib.database import lacks_room
from poststelle.lib.ids import new_code
from poststelle.lib.log import set_up_logging
from poststelle.lib.share import Share
from poststelle.lib.version import version
from poststelle.lib.workers import Workers
from poststelle.mail.blob_ledger import StoreLedger
from poststelle.mail.outside_pictures import OutsidePictures
from poststelle.mail.readings import Readings
from poststelle.model.blob_address import S3Address
from poststelle.model.change import Published
from poststelle.model.errors import UseCaseError
from poststelle.model.health import Condition, Disk, FilesTrouble, Machine, Process, ProcessFacts
from poststelle.push.audience import Audience
from poststelle.push.hub import Hub
from poststelle.push.listen import Line
from poststelle.push.outbound import Outbound
from poststelle.push.pictures import fetch_picture
from poststelle.push.reach import Reach
from poststelle.push.web_push import WebPush
from poststelle.settings import blob_place, seals
from poststelle.settings.application import ApplicationDesk
from poststelle.settings.keyring import KeyProblem, load_ring
from poststelle.settings.microsoft import Preset
from poststelle.settings.remotes import Place, Remotes
from poststelle.settings.setup_code import load_setup_code
from poststelle.settings.sign_in import SignInDesk
from poststelle.settings.telling import Herald
from poststelle.settings.vapid import load_vapid
from poststelle.store import CannotConnect, api_tokens, explained, logins, open_store
from poststelle.store.opening import Opening, SchemaMismatch, seldom
from poststelle.store.scoped import ScopedStore
from poststelle.store.tx import Publish, ReadTx, Store
from poststelle.sync.consents import ConsentKeeper
from poststelle.sync.engine import SyncEngine
from poststelle.sync.guarding import Guardian
from poststelle.sync.heard import Hearing
from poststelle.sync.heart import Body, Heart
from poststelle.sync.indexer import Hints
from poststelle.sync.life import Life
from poststelle.sync.one_time import Timekeeper
from poststelle.sync.trail_keeper import TrailKeeper
from poststelle.sync.watch import Watch
from poststelle.writeback.drain import Drain

T = TypeVar("T")

_NEW_OBJECTS = 10_000  # between two looks for cycles; Python's own number is 700
_BLOBS_AT_ONCE = 4
_OBJECTS_AT_ONCE = 32  # requests to an object storage: they wait, and cost nothing here
_OBJECTS_END_S = 20.0  # how long the end of the program waits for them
_PUSHES_MADE = (20, timedelta(minutes=1))  # push subscriptions one user makes in a row, and one more every
LAST_WORK_S = 8.0
"""How long the end waits for what is to be written last, while the database can't be reached."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Poststelle:
    """A built server. ``supervisor`` holds the loops, not started yet; ``line`` leads to other processes."""

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
    line: Line
    hearing: Hearing


def _ignore(*_: object) -> None:
    """Nobody wants to know."""


@seldom
def _log_held_up(by: str, attempt: int) -> None:
    log.warning("database.held_up", by=by, attempt=attempt, remedy="none is needed: it is tried again")


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told while everything is opened.

    ``on_migrating``: the database is brought from a schema to another; called in another thread.
    ``on_held_up``: that has to wait for somebody, and how often it was tried (``store.open_store``).
    ``on_key_made``: there was no key; this process has made that file.
    ``on_no_time``: the database does not say, or too slowly, what time it is; it is asked again.
    """

    on_migrating: Callable[[int, int], None] = _ignore
    on_held_up: Callable[[str, int], None] = _log_held_up
    on_key_made: Callable[[Path], None] = _ignore
    on_no_time: Callable[[], None] = _ignore


@asynccontextmanager
async def build(
    config: Config,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
    telling: Telling = Telling(),
    *,
    is_moving: bool = False,
) -> AsyncIterator[Poststelle]:
    """Open everything and wire it; close everything at the end of the block.

    ``clock`` and ``passwords`` are the machine's and the strong ones unless given; these end with the block.
    ``is_moving``: octets are to be brought from where they are.
    Raises ConfigError where the data folder, the database or a key can't be used.
    """
    clock = clock or SharedClock(SystemClock())
    facts = _facts(config, clock)
    line = Line(config.direct_url if config.is_shared else None, facts.name)
    hub = Hub(line)
    news = News(hub, Hints(), Bell())
    last = _LastWork()
    async with AsyncExitStack() as closing:
        store = await _open(config, news, line, clock, telling)
        closing.push_async_callback(last.close, store)
        timekeeper = Timekeeper(clock, store) if isinstance(clock, SharedClock) else None
        if timekeeper is not None:
            await timekeeper.learn(telling.on_no_time)
            facts = replace(facts, began_at=clock.now())
        closing.push_async_callback(line.close)
        # As many connections as ``AppLimits`` allows requests: a pool's own end would let few hold up all.
        connector = aiohttp.TCPConnector(limit=0)
        http = await closing.enter_async_context(aiohttp.ClientSession(connector=connector))
        closing.callback(hub.close)
        ring = await load_keys(config, store, clock, telling.on_key_made)
        await store.write(trail.chain_older)
        await store.write(seals.begin, ring, clock.now())
        outbound = await closing.enter_async_context(_outbound(config, config.push_networks))
        abroad = await closing.enter_async_context(_outbound(config, config.picture_networks))
        wire = WebPush(outbound, await load_vapid(store, ring, config.public_url, clock.now()))
        blobs = await closing.enter_async_context(open_blobs(config, store, clock, is_moving=is_moving))
        readings = Readings(clock)
        # Else what was noted last would lie unsealed for as long as no server runs.
        keeper = TrailKeeper(store, ring, clock)
        closing.push_async_callback(last.do, keeper.seal, "audit.not_sealed")
        closing.push_async_callback(last.do, partial(readings.write, store), "readings.not_written")
        base = Base(
            config=config,
            facts=facts,
            clock=clock,
            timekeeper=timekeeper,
            news=news,
            line=line,
            audience=Audience(),
            share=Share(),
            life=Life(store, facts.name),
            store=store,
            blobs=blobs,
            ring=ring,
            outbound=outbound,
            abroad=abroad,
            wire=wire,
            readings=readings,
        )
        passwords = passwords or Passwords()
        closing.callback(passwords.close)
        built = _wire(base, http, passwords, await _setup_code(base))
        closing.callback(built.remotes.close)
        closing.push_async_callback(last.do, built.hearing.close, "hint.failed")
        closing.push_async_callback(last.do, built.heart.stop, "heart.failed")
        closing.push_async_callback(last.do, built.supervisor.stop, "loops.not_ended")
        closing.callback(last.begin)
        if built.services.page_files is not None:
            await built.services.page_files.offer()
        await _add_first_people(built.services)
        yield built


@asynccontextmanager
async def open_blobs(
    config: Config, store: Store, clock: Clock, *, is_moving: bool = False
) -> AsyncIterator[BlobStore]:
    """Where octets are kept; closed at the end of the block.

    Raises ConfigError where it can't be used, or where those of this installation are in another place:
    not while they are being brought there or from there (``is_moving``). Otherwise each that is found or
    stored is refused when they are moved.
    """
    with contextlib.ExitStack() as closing:
        threads = Workers(_BLOBS_AT_ONCE, "blobs")
        closing.callback(threads.close)
        if config.blobs is None:
            if not is_moving:
                await _require_place(store, blob_place.LOCAL, clock)
            folder = config.data_dir / "blobs"
            require_here = partial(store.read, blob_place.require_here, blob_place.LOCAL)
            yield DirectoryBlobs(
                folder,
                clock,
                small=SmallBlobs(folder / "small.db"),
                beside=threads.run,
                require_here=None if is_moving else require_here,
            )
            return
        reach = Workers(_OBJECTS_AT_ONCE, "objects")
        closing.callback(reach.close, within_s=_OBJECTS_END_S)
        place = await _marked(_objects(config.blobs), store, config.blobs, clock, is_moving=is_moving)
        if not is_moving:
            await _require_place(store, place, clock)
        cache = Cache(config.data_dir / "blob-cache", config.blobs_cache, clock)
        yield ObjectBlobs(
            _objects(config.blobs, place),
            StoreLedger(store, place, None if is_moving else blob_place.require_here),
            config.data_dir / "blobs-new",
            clock,
            cache=cache if config.blobs_cache else None,
            reach=reach.run,
            beside=threads.run,
        )


def _objects(where: S3Address | Path, place: str | None = None) -> Objects:
    try:
        return FolderObjects(where, place) if isinstance(where, Path) else S3Objects(where, place)
    except ValueError as problem:  # the CA, of whose text nothing is a secret
        raise ConfigError(f"{where} can't be used: {problem}.") from problem


async def whose_blobs(config: Config) -> str | None:
    """Which installation has its octets in the place of this environment; None: none. Raises ConfigError."""
    if config.blobs is None:
        return None
    with _explaining(config.blobs):
        return await asyncio.to_thread(blob_place.owner, _objects(config.blobs), str(config.blobs))


async def _marked(
    objects: Objects, store: Store, where: S3Address | Path, clock: Clock, *, is_moving: bool
) -> str:
    with _explaining(where):
        return await blob_place.marked(objects, store, str(where), clock, is_moving=is_moving)


@contextlib.contextmanager
def _explaining(where: S3Address | Path) -> Iterator[None]:
    """Raises ConfigError where the place can't be used within."""
    try:
        yield
    except BlobsUnavailable as problem:
        log.error("blobs.unreachable", why=problem.why, detail=problem.detail)
        raise ConfigError(blob_place.explained(problem.why, str(where))) from problem
    except blob_place.PlaceProblem as problem:
        raise ConfigError(str(problem)) from problem


async def _require_place(store: Store, place: str, clock: Clock) -> None:
    try:
        await blob_place.require(store, place, clock)
    except blob_place.PlaceProblem as problem:
        raise ConfigError(str(problem)) from problem


async def _setup_code(base: Base) -> str | None:
    """Of who sits at this machine none is asked. Several processes know the same."""
    if base.config.is_for_this_machine_only:
        return None
    if not base.config.is_shared or await base.store.read(people.is_set_up):
        return new_code()
    return await load_setup_code(base.store, base.ring, base.clock.now())


async def _open(config: Config, news: News, line: Line, clock: Clock, telling: Telling) -> Store:
    async def publish(changes: Sequence[Published]) -> None:
        news.tell(changes)
        line.changed(changes)

    return await open_database(
        config, publish, clock, on_migrating=telling.on_migrating, on_held_up=telling.on_held_up
    )


async def open_database(
    config: Config,
    publish: Publish,
    clock: Clock,
    *,
    opening: Opening = Opening.USUAL,
    on_migrating: Callable[[int, int], None] = _ignore,
    on_held_up: Callable[[str, int], None] = _log_held_up,
) -> Store:
    """The database of this environment. Raises ConfigError where it can't be used.

    ``on_migrating``, ``on_held_up``: as in ``Telling``.
    """
    if (config.data_dir / restoring.MARK).exists():
        raise ConfigError(restoring.broken_off(config.data_dir))
    try:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close_to_others(config)
        return await open_store(
            config.database_url,
            publish,
            clock,
            options=config.database,
            opening=opening,
            on_migrating=on_migrating,
            on_held_up=on_held_up,
        )
    except OSError as problem:
        where = problem.filename or config.data_dir
        raise ConfigError(f"{where} can't be used for data: {problem.strerror}.") from problem
    except CannotConnect as problem:
        which = "POSTSTELLE_DATABASE_DIRECT" if problem.is_direct else "POSTSTELLE_DATABASE"
        raise ConfigError(f"{problem} The address is in {which}.") from problem
    except psycopg.Error as problem:
        # The driver's text may hold the address with its password.
        told = explained(problem, config.database_url)
        raise ConfigError(f"{told} The address is in POSTSTELLE_DATABASE.") from problem
    except apsw.Error as problem:
        if lacks_room(problem):
            raise ConfigError(
                "There is no room left for the database. Make room where it lies, and start again."
            ) from problem
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


async def load_keys(
    config: Config, store: Store, clock: Clock, on_made: Callable[[Path], None] = _ignore
) -> KeyRing:
    """The keys of this environment. Raises ConfigError where they do not open what is in the database.

    ``on_made``: told of the file where this is the very first start and none was there.
    """
    try:
        return await load_ring(store, config.keys, config.key_file, clock.now(), on_made)
    except KeyProblem as problem:
        raise ConfigError(str(problem)) from problem


class _LastWork:
    """What is done at the end, all of it together within ``LAST_WORK_S``."""

    def __init__(self) -> None:
        self._until: float | None = None

    def begin(self) -> None:
        """It is the end."""
        self._until = asyncio.get_running_loop().time() + LAST_WORK_S

    async def do(self, work: Callable[[], Awaitable[object]], event: str) -> None:
        """Do it; what fails, or comes to no end, is logged as ``event``, and the next begins."""
        try:
            async with asyncio.timeout_at(self._until):
                await guarded(work(), event=event)
        except TimeoutError:
            log.error(event, why="no_time_left")

    async def close(self, store: Store) -> None:
        """What is still being written has what is left of the time."""
        if self._until is None:  # it never began
            await store.close()
        else:
            await store.close(within_s=max(0.0, self._until - asyncio.get_running_loop().time()))


def _outbound(config: Config, networks: tuple[str, ...]) -> Outbound:
    try:
        return Outbound(Reach(networks), config.push_ca_file)
    except OSError as problem:
        raise ConfigError(
            f"POSTSTELLE_PUSH_CA_FILE {config.push_ca_file} holds no certificate in PEM form."
        ) from problem


def _wire(
    base: Base, http: aiohttp.ClientSession, passwords: Passwords, setup_code: str | None
) -> Poststelle:
    given, config = base.config.microsoft, base.config
    preset = Preset(given.client_id, given.client_secret)
    remotes = _remotes(base, http, preset)
    made = engines.make(base, remotes, preset)
    base.news.bell.tell(made.pusher.hear)
    base.line.hear_with(engines.ear(base, made))
    supervisor = engines.supervised(base, remotes, made)
    machine = partial(_machine, base, remotes, supervisor)
    herald = Herald(base.store, base.ring, base.clock, remotes.open, base.outbound, _health_page(config))
    watch = Watch(herald, preset, machine)
    supervisor.add("alerts", by_first(base.share, watch.run))
    page_files = _page_files(base)
    if page_files is not None:
        supervisor.add("page files", page_files.keep)
    door = _door(base, passwords)
    services = _services(base, preset, remotes, made, door, machine, herald, setup_code, page_files)
    pushes = jmap.Pushes(base.ring, base.wire, Rate(*_PUSHES_MADE), made.stir_pusher)
    begin_anew = supervisor.begin_anew if config.role.works else None
    place = blob_place.of(base.blobs)
    body = _body(base, remotes, machine)
    heart = Heart(
        base.store,
        base.holder,
        body,
        place,
        life=base.life,
        begin_anew=begin_anew,
        on_freed=made.stir_pusher,
    )
    supervisor.add("heart", heart.run)
    if config.role.answers:
        web = create_app(services, jmap.routes(_mail_context(services, pushes, base.readings)))
    else:
        web = create_worker_app(services)
    return Poststelle(
        services=services,
        web=web,
        engine=made.sync,
        drain=made.drain,
        guardian=made.guardian,
        consents=made.consents,
        supervisor=supervisor,
        remotes=remotes,
        heart=heart,
        watch=watch,
        line=base.line,
        hearing=made.hearing,
    )


def _body(base: Base, remotes: Remotes, machine: Callable[[], Machine]) -> Body:
    """What this process tells of itself, and what it makes of who else lives."""

    def condition() -> Condition:
        found = machine()
        return Condition(found.disk, found.loops, found.traffic, found.files, base.ring.keys)

    def on_living(living: Sequence[Process]) -> None:
        total, role = base.config.microsoft.requests_at_once, base.config.role
        remotes.limit(engines.requests_of(total, role, living))

    body = Body(base.facts, condition, base.clock, base.share, on_living)
    return body if base.timekeeper is None else replace(body, keep_time=base.timekeeper.keep)


def _door(base: Base, passwords: Passwords) -> Door:
    return Door(base.store, passwords, base.clock, base.ring, site_of(base.config.public_url))


def _remotes(base: Base, http: aiohttp.ClientSession, preset: Preset) -> Remotes:
    given = base.config.microsoft
    of_each = engines.REQUESTS_OF_EACH[base.config.role]
    place = Place(given.login_base, given.graph_base, given.ca_file, given.requests_at_once, of_each)
    try:
        return Remotes(base.store, base.ring, base.clock, http, place, preset, base.blobs)
    except OSError as problem:
        raise ConfigError(
            f"POSTSTELLE_CA_FILE {given.ca_file} holds no certificate in PEM form."
        ) from problem


def _machine(base: Base, remotes: Remotes, supervisor: Supervisor) -> Machine:
    usage = shutil.disk_usage(base.config.data_dir)
    database = "sqlite" if base.config.database_url.startswith("sqlite") else "postgresql"
    trouble = base.blobs.unreachable if isinstance(base.blobs, ObjectBlobs) else None
    return Machine(
        name=base.facts.name,
        version=base.facts.version,
        began_at=base.facts.began_at,
        database=database,
        disk=Disk(usage.free, usage.total),
        loops=supervisor.states(),
        traffic=remotes.traffic(),
        files=None if trouble is None else FilesTrouble(*trouble),
    )


def _health_page(config: Config) -> str:
    return f"{config.public_url}/settings/basic/health"


def _services(
    base: Base,
    preset: Preset,
    remotes: Remotes,
    made: Engines,
    door: Door,
    machine: Callable[[], Machine],
    herald: Herald,
    setup_code: str | None,
    page_files: PageFiles | None,
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
        wake_sync=made.wake_sync,
        wake_writeback=made.wake_writeback,
        wake_checks=made.wake_checks,
        look_at=made.attention.look_at,
        listened=made.listened,
        hear=made.hearing.hear,
        end_notifications=made.keeper.end,
        machine=machine,
        herald=herald,
        pictures=OutsidePictures(store, base.blobs, clock, partial(fetch_picture, base.abroad)),
        setup_code=setup_code,
        page_files=page_files,
    )


def _page_files(base: Base) -> PageFiles | None:
    """Where others may answer beside this process, each hands out the page's files of all."""
    ui = static.find_ui(base.config.ui_dir)
    if ui is None or not (base.config.role.answers and base.config.is_shared):
        return None
    return PageFiles(static.assets(ui), base.store, base.ring, base.clock)


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


def _facts(config: Config, clock: Clock) -> ProcessFacts:
    """Who this process is: each start is another one, for two of one name would free what the other holds."""
    host, role = socket.gethostname(), config.role
    address = f"{config.host}:{config.port}"
    return ProcessFacts(
        name=f"{host}:{address}/{role.value}/{secrets.token_hex(4)}",
        place=f"{_network()}/{address}",
        role=role,
        version=version(),
        host=host,
        began_at=clock.now(),
    )


def _network() -> str:
    """Where an address can be listened on once: this network of this machine, since it was started.

    Machines and containers of one name are told apart. Source: Linux, namespaces(7), proc(5) (boot_id).
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/net').readlink()}"
    except OSError:
        return socket.gethostname()


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
    log.info("server.starting", version=version(), role=config.role.value)
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
    front = Front()
    server = Server(web_settings(front, config.trusted_proxies), front, config.drain_s)
    telling = Telling(
        partial(_tell_migrating, front),
        partial(_tell_held_up, front),
        _announce_key,
        partial(_tell_no_time, front),
    )
    async with (
        answering(server, front, listener) as serving,
        build(config, passwords=passwords, telling=telling) as built,
    ):
        await built.heart.beat()
        built.supervisor.start()
        if (
            config.role.answers
            and built.services.setup_code
            and not await built.services.store.read(people.is_set_up)
        ):
            _announce_setup_code(built.services.setup_code, is_lasting=config.is_shared)
        _collect_less()
        front.open(built.web, built.services.hub.close)
        on_ready(config.public_url if config.role.answers else f"http://{config.host}:{config.port}")
        await serving


def _tell_migrating(front: Front, found: int, version: int) -> None:
    if front.state is not State.HELD_UP:  # then it was said with the first try
        front.state = State.MIGRATING
        log.warning("database.migrating", schema=found, new_schema=version)


def _tell_held_up(front: Front, by: str, attempt: int) -> None:
    front.state = State.HELD_UP
    _log_held_up(by, attempt)


def _tell_no_time(front: Front) -> None:
    front.state = State.NO_TIME


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


def _announce_setup_code(code: str, *, is_lasting: bool) -> None:
    """``is_lasting``: it is kept in the database, for all processes."""
    until = "" if is_lasting else ", or until the next start of the server"
    sys.stderr.write(
        f"Nobody is set up yet. The first administrator needs this code in the browser: {code}\n"
        f"It is good until the first administrator is made{until}.\n"
    )
    sys.stderr.flush()


def _announce_key(path: Path) -> None:
    sys.stderr.write(
        f"A key for stored sign-ins was made: {path}\n"
        "Keep a copy of it apart from the database: without it every mailbox must sign in again.\n"
    )
