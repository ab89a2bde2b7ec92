"""The running simulator: builds everything once and serves it on three listeners in one event loop.

    HTTPS   discovery, keys, token, Graph under /v1.0     programs, trusting ca.pem
    HTTPS   pieces of large attachments                   programs, at addresses from Graph, without a login
    HTTP    sign-in pages, overview, /control             people and tests, on localhost

All share one world; nothing here is safe to open to a network you do not trust.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import uvloop
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from m365sim.clock import Clock
from m365sim.clouds import GLOBAL, Cloud
from m365sim.control.app import control_routes
from m365sim.control.middleware import Recorder
from m365sim.control_identity import control_identity_routes
from m365sim.cross_origin import CrossOrigin
from m365sim.directory import AppRegistration, AppSecret, User
from m365sim.folder_lock import held
from m365sim.graph.app import graph_routes
from m365sim.identity.app import identity_routes
from m365sim.identity.keys import signing_key
from m365sim.identity.platform import IdentityPlatform
from m365sim.identity.state_file import keep_state
from m365sim.kept import Keeper, fresh
from m365sim.listening import Listener, bound, config, listen
from m365sim.notify.token import validation_token
from m365sim.pages.app import pages_routes
from m365sim.pages.guard import LocalGuard
from m365sim.pages.words import device_message
from m365sim.tls import TlsFiles, tls_files
from m365sim.uploads.door import UploadDoor
from m365sim.world.agenda import run_due
from m365sim.world.seeding import give_mailboxes
from m365sim.world.seedtypes import SeedOffice
from m365sim.world.simulation import Simulation

DEMO_CLIENT_ID = "5a1e0b7c-4f7d-4c1e-9d6a-7f0c3b2e1d55"
DEMO_SECRET = "simulated~demo~value"  # noqa: S105 - a fixed word for the invented app, printed at every start
DEMO_PERMISSIONS = (
    "openid",
    "profile",
    "offline_access",
    "User.Read",
    "Mail.ReadWrite",
    "Mail.ReadWrite.Shared",
    "Mail.Send",
    "Mail.Send.Shared",
    "MailboxSettings.ReadWrite",
)
DEMO_APP_PERMISSIONS = ("Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite", "User.Read.All")
"""What the demo app may do without a person, once an administrator has consented to ``.default``."""
STATE_FILE = "identity.json"
"""Sign-ins and consents in the data folder."""
TICK_S = 0.05
"""How late what is due may be done when nobody calls."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How to run. Port 0 takes a free one.

    ``make_office`` is asked only when there is no kept world. ``keep_as`` names the
    world in the data folder that is taken up and kept; None keeps nothing. ``name`` is
    the host name in every URL. ``redirect_uris`` None lets the demo app return to every
    local port and path. ``notify_ca`` is a PEM file of authorities that receivers of
    notifications may have their certificates from, beside the system's and our own.
    """

    data_dir: Path
    make_office: Callable[[], SeedOffice] = lambda: SeedOffice((), ())
    keep_as: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    pages_port: int = 0
    uploads_port: int = 0
    name: str = "localhost"
    app_name: str = "Poststelle"
    redirect_uris: tuple[str, ...] | None = None
    notify_ca: Path | None = None
    cloud: Cloud = GLOBAL


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator that answers. URLs have no trailing slash."""

    simulation: Simulation
    platform: IdentityPlatform
    base_url: str
    pages_url: str
    uploads_url: str
    ca_file: Path

    def accounts(self) -> list[User]:
        """Users who can sign in, work accounts first."""
        users = [u for u in self.platform.directory.users.values() if u.password and u.is_enabled]
        return sorted(users, key=lambda u: (u.is_personal, not u.is_admin, u.upn))


def demo_app(name: str, redirect_uris: tuple[str, ...] | None, now: datetime) -> AppRegistration:
    """The app registration every simulator starts with; its secret is good for two years."""
    return AppRegistration(
        client_id=DEMO_CLIENT_ID,
        name=name,
        secrets=(AppSecret(DEMO_SECRET, now.replace(year=now.year + 2, day=1)),),
        redirect_uris=redirect_uris or ("http://localhost:*", "http://127.0.0.1:*"),
        audience="multi_and_personal",
        permissions=DEMO_PERMISSIONS,
        app_permissions=DEMO_APP_PERMISSIONS,
        allows_public_client=True,
    )


@contextmanager
def running(options: ServeOptions, clock: Clock | None = None) -> Iterator[Running]:
    """A simulator in a thread of its own, for tests; it stops at the end of the block."""
    with renewable(options, clock) as served:
        yield served.it


class Renewable:
    """A simulator in a thread of its own, where one world may follow another at the same addresses."""

    def __init__(
        self, stage: Stage, loop: asyncio.AbstractEventLoop, options: ServeOptions, it: Running
    ) -> None:
        self._stage, self._loop, self._options = stage, loop, options
        self.it = it

    @property
    def data_dir(self) -> Path:
        """The folder with CA and keys, which stay."""
        return self._options.data_dir

    def renew(self, make_office: Callable[[], SeedOffice], clock: Clock | None = None) -> Running:
        """End the world that is served and begin another; nobody is signed in. Waits until it answers."""
        options = replace(self._options, make_office=make_office)
        showing = self._show_another(options, clock or Clock())
        self.it = asyncio.run_coroutine_threadsafe(showing, self._loop).result()
        return self.it

    async def _show_another(self, options: ServeOptions, clock: Clock) -> Running:
        await self._stage.clear()  # it may keep something at its end
        (self.data_dir / STATE_FILE).unlink(missing_ok=True)
        return await self._stage.show(options, clock)


@contextmanager
def renewable(options: ServeOptions, clock: Clock | None = None) -> Iterator[Renewable]:
    """The same as `running`, for tests that want a fresh world each but one address for all."""
    started: list[Renewable] = []
    failures: list[BaseException] = []
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def body() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))

        def note(it: Running, stage: Stage) -> None:
            started.append(Renewable(stage, loop, options, it))
            ready.set()

        await _serve(options, note, ended, clock)

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(body())
        except BaseException as error:
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="m365sim", daemon=True)
    thread.start()
    ready.wait()
    if failures:
        raise failures[0]
    try:
        yield started[0]
    finally:
        stop[0]()
        thread.join()


async def serve(
    options: ServeOptions,
    on_ready: Callable[[Running], None],
    ended: asyncio.Event,
    clock: Clock | None = None,
) -> None:
    """Run until ``ended`` is set; call ``on_ready`` once all listeners answer.

    Raises OSError when a port is taken, ValueError when the data folder is damaged or another
    simulator works in it.
    """
    await _serve(options, lambda it, stage: on_ready(it), ended, clock)


async def _serve(
    options: ServeOptions,
    on_ready: Callable[[Running, Stage], None],
    ended: asyncio.Event,
    clock: Clock | None,
) -> None:
    with (
        held(options.data_dir),
        bound(options.host, options.port) as secure,
        bound(options.host, options.uploads_port) as uploads,
        bound(options.host, options.pages_port) as plain,
    ):
        sockets = (secure, uploads, plain)
        ports = Ports(*(s.getsockname()[1] for s in sockets))
        tls = tls_files(options.data_dir, (options.name,), datetime.now(UTC))
        async with Stage(ports, tls) as stage:
            it = await stage.show(options, clock or Clock())
            listeners = [Listener(config(d, tls if i < 2 else None)) for i, d in enumerate(stage.doors)]
            await listen(listeners, sockets, ended, lambda: on_ready(it, stage))


class Ports(NamedTuple):
    """Where the three listeners are."""

    secure: int
    uploads: int
    plain: int


class Door:
    """What one listener serves: the application of the world on stage."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class Stage:
    """The world on show behind three doors (HTTPS, uploads, plain). One at a time, ended before the next."""

    def __init__(self, ports: Ports, tls: TlsFiles) -> None:
        self._ports, self._tls = ports, tls
        self._life = AsyncExitStack()
        self.doors = (Door(), Door(), Door())

    async def __aenter__(self) -> Stage:
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.clear()

    async def clear(self) -> None:
        """End the world on show, if there is one."""
        await self._life.aclose()

    async def show(self, options: ServeOptions, clock: Clock) -> Running:
        """Begin a world and show it. Of ``options``, what is about listening counts no more."""
        await self.clear()
        secure, uploads, plain = self._ports
        ports = replace(options, port=secure, uploads_port=uploads, pages_port=plain)
        simulation = await self._life.enter_async_context(_simulation(options, clock))
        await self._life.enter_async_context(_on_time(simulation))
        it = _build(ports, simulation, self._tls)
        self._life.callback(it.platform.flush)
        await self._life.enter_async_context(_notifying(it, options.notify_ca))
        apps = (_secure_app(it), _uploads_app(it), _plain_app(it, _hosts(options)))
        for door, app in zip(self.doors, apps, strict=True):
            door.app = app
        return it


@asynccontextmanager
async def _simulation(options: ServeOptions, clock: Clock) -> AsyncIterator[Simulation]:
    """The world to serve, kept while the block runs and saved when it ends."""
    if options.keep_as is None:
        yield fresh(clock, options.make_office())
        return
    keeper = Keeper(options.data_dir, options.keep_as)
    simulation = keeper.open(clock, options.make_office)
    keeping = asyncio.create_task(keeper.keep(simulation))
    try:
        yield simulation
    finally:
        keeping.cancel()
        keeper.close(simulation)


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def act() -> None:
        first()
        second()

    return act


@asynccontextmanager
async def _notifying(it: Running, notify_ca: Path | None) -> AsyncIterator[None]:
    """Let subscriptions be told of changes while the block runs."""
    notifier, platform = it.simulation.notifier, it.platform
    notifier.desk.postman.trust([it.ca_file, *([notify_ca] if notify_ca else [])])
    notifier.desk.sign = partial(validation_token, platform)
    notifier.revoked_at = platform.switches.valid_from.get
    platform.save = _both(platform.save, notifier.stir)
    notifier.start()
    try:
        yield
    finally:
        await notifier.close()


@asynccontextmanager
async def _on_time(simulation: Simulation) -> AsyncIterator[None]:
    """Do what is due while the block runs, whether anybody calls or not."""

    async def work() -> None:
        while True:
            run_due(simulation.world)
            await asyncio.sleep(TICK_S)

    working = asyncio.create_task(work())
    try:
        yield
    finally:
        working.cancel()


def _build(options: ServeOptions, simulation: Simulation, tls: TlsFiles) -> Running:
    directory, clock = simulation.directory, simulation.clock
    directory.put_app(demo_app(options.app_name, options.redirect_uris, clock.now()))
    base_url = f"https://{options.name}:{options.port}"
    pages_url = f"http://{options.name}:{options.pages_port}"
    uploads_url = f"https://{_uploads_name(options)}:{options.uploads_port}"
    directory.login_url, directory.has_consumers = base_url, options.cloud.is_global
    simulation.cloud, simulation.base_url = options.cloud, base_url
    simulation.names = frozenset((*_hosts(options), options.cloud.graph_host))
    platform = IdentityPlatform(
        directory=directory,
        key=signing_key(options.data_dir / "signing.key"),
        now=clock.now,
        base_url=base_url,
        pages_url=pages_url,
        cloud=options.cloud,
    )
    keep_state(platform, options.data_dir / STATE_FILE)
    return Running(simulation, platform, base_url, pages_url, uploads_url, tls.ca)


def _hosts(options: ServeOptions) -> tuple[str, ...]:
    """The names under which this simulator may be called."""
    return ("localhost", "127.0.0.1", "::1", options.host.lower(), options.name.lower())


def _uploads_name(options: ServeOptions) -> str:
    """Where this machine has two names for itself, the other one: no program takes it for Graph's host."""
    is_local = options.name == "localhost" and options.host in ("127.0.0.1", "0.0.0.0")  # noqa: S104 - compared
    return "127.0.0.1" if is_local else options.name


def _secure_app(it: Running) -> ASGIApp:
    """What programs and pages reach; every call is written down and may meet a fault set by a test."""
    routes = [*graph_routes(it.simulation), *identity_routes(it.platform, device_message)]
    return CrossOrigin(Recorder(Starlette(routes=routes), it.simulation))


def _uploads_app(it: Running) -> ASGIApp:
    """The host that takes pieces of large attachments; recorded and struck by faults like Graph."""
    return CrossOrigin(Recorder(UploadDoor(it.simulation, it.uploads_url), it.simulation))


def _plain_app(it: Running, hosts: tuple[str, ...]) -> ASGIApp:
    """What people and tests reach, at these host names only."""

    def give_mailbox(user: User) -> None:
        give_mailboxes(it.simulation.world, it.platform.directory)

    routes = [
        *control_identity_routes(it.platform, give_mailbox),
        *control_routes(it.simulation),
        *pages_routes(it.platform, it.simulation),
    ]
    return LocalGuard(Starlette(routes=routes), hosts)
