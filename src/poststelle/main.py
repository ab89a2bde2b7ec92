"""The only place that builds objects and hands them down: from the environment to a running server."""

import asyncio
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiohttp
import structlog
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from poststelle import engines
from poststelle.access import tokens, trail
from poststelle.access import users as people
from poststelle.access.entering import Look, Seen
from poststelle.access.login import Door
from poststelle.auth.openid import Https, OpenId
from poststelle.auth.passkeys import site_of
from poststelle.auth.passwords import Passwords
from poststelle.blobs import ObjectBlobs
from poststelle.config import Config, ConfigError
from poststelle.engines import Base, Engines, News
from poststelle.http import authn, jmap, static
from poststelle.http.app import create_app, create_worker_app
from poststelle.http.jmap.context import Caller
from poststelle.http.page_files import PageFiles
from poststelle.http.rate import Rate
from poststelle.http.services import Services
from poststelle.http.sign_in import CALLBACK_PATH
from poststelle.jobs.inline import Supervisor, guarded
from poststelle.jobs.once import by_first
from poststelle.lib.bell import Bell
from poststelle.lib.clock import Clock, SharedClock, SystemClock
from poststelle.lib.ids import new_code
from poststelle.lib.share import Share
from poststelle.lib.version import version
from poststelle.mail.outside_pictures import OutsidePictures
from poststelle.mail.readings import Readings
from poststelle.model.change import Published
from poststelle.model.errors import UseCaseError
from poststelle.model.health import Condition, Disk, FilesTrouble, Machine, Process, ProcessFacts
from poststelle.opening import TELL_NOBODY, Telling, load_keys, open_blobs, open_database
from poststelle.push.audience import Audience
from poststelle.push.hub import Hub
from poststelle.push.listen import Line
from poststelle.push.outbound import Outbound
from poststelle.push.pictures import fetch_picture
from poststelle.push.reach import Reach
from poststelle.push.web_push import WebPush
from poststelle.settings import blob_place, seals
from poststelle.settings.application import ApplicationDesk
from poststelle.settings.microsoft import Preset
from poststelle.settings.remotes import Place, Remotes
from poststelle.settings.setup_code import load_setup_code
from poststelle.settings.sign_in import SignInDesk
from poststelle.settings.telling import Herald
from poststelle.settings.vapid import load_vapid
from poststelle.store import api_tokens, logins
from poststelle.store.scoped import ScopedStore
from poststelle.store.tx import ReadTx, Store
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


@asynccontextmanager
async def build(
    config: Config,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
    telling: Telling = TELL_NOBODY,
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
        store = await _open(_named(config, facts.name), news, line, clock, telling)
        closing.push_async_callback(last.close, store)
        timekeeper = Timekeeper(clock, store.apart()) if isinstance(clock, SharedClock) else None
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


async def _setup_code(base: Base) -> str | None:
    """Of who sits at this machine none is asked. Several processes know the same."""
    if base.config.is_for_this_machine_only:
        return None
    if not base.config.is_shared or await base.store.read(people.is_set_up):
        return new_code()
    return await load_setup_code(base.store, base.ring, base.clock.now())


def _named(config: Config, name: str) -> Config:
    """With connections that others may end once this process is dead."""
    return replace(config, database=replace(config.database, program=name))


async def _open(config: Config, news: News, line: Line, clock: Clock, telling: Telling) -> Store:
    async def publish(changes: Sequence[Published]) -> None:
        news.tell(changes)
        line.changed(changes)

    return await open_database(
        config, publish, clock, on_migrating=telling.on_migrating, on_held_up=telling.on_held_up
    )


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
        on_back=supervisor.wake,
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
