"""The running simulator: builds everything once and serves it on three listeners in one event loop.

    HTTPS   discovery, keys, token, Graph under /v1.0     programs, trusting ca.pem
    HTTPS   pieces of large attachments                   programs, at addresses from Graph, without a login
    HTTP    sign-in pages, overview, /control             people and tests, on localhost

All share one world; nothing here is safe to open to a network you do not trust.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.types import ASGIApp

from m365sim.clock import Clock
from m365sim.clouds import GLOBAL, Cloud
from m365sim.control.app import control_routes
from m365sim.control.middleware import Recorder
from m365sim.control_identity import control_identity_routes
from m365sim.directory import AppRegistration, AppSecret, User
from m365sim.folder_lock import held
from m365sim.graph.app import graph_routes
from m365sim.identity.app import identity_routes
from m365sim.identity.keys import signing_key
from m365sim.identity.platform import IdentityPlatform
from m365sim.identity.state_file import keep_state
from m365sim.kept import Keeper, fresh
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
SHUTDOWN_S = 1
CUT_AFTER_S = 0.3
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
    started: list[Running] = []
    failures: list[BaseException] = []
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def body() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))

        def note(it: Running) -> None:
            started.append(it)
            ready.set()

        await serve(options, note, ended, clock)

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
    clock = clock or Clock()
    with (
        held(options.data_dir),
        _bound(options.host, options.port) as secure,
        _bound(options.host, options.uploads_port) as uploads,
        _bound(options.host, options.pages_port) as plain,
    ):
        sockets = (secure, uploads, plain)
        port, uploads_port, pages_port = (s.getsockname()[1] for s in sockets)
        ports = replace(options, port=port, uploads_port=uploads_port, pages_port=pages_port)
        tls = tls_files(options.data_dir, (options.name,), datetime.now(UTC))
        async with _simulation(options, clock) as simulation, _on_time(simulation):
            it = _build(ports, simulation, tls)
            hosts = ("localhost", "127.0.0.1", "::1", options.host, options.name)
            async with _notifying(it, options.notify_ca):
                await _listen(
                    (
                        _Listener(_config(_secure_app(it), tls)),
                        _Listener(_config(_uploads_app(it), tls)),
                        _Listener(_config(_plain_app(it, hosts))),
                    ),
                    sockets,
                    ended,
                    lambda: on_ready(it),
                )


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
    simulation.cloud = options.cloud
    platform = IdentityPlatform(
        directory=directory,
        key=signing_key(options.data_dir / "signing.key"),
        now=clock.now,
        base_url=base_url,
        pages_url=pages_url,
        cloud=options.cloud,
    )
    keep_state(platform, options.data_dir / "identity.json")
    return Running(simulation, platform, base_url, pages_url, uploads_url, tls.ca)


def _uploads_name(options: ServeOptions) -> str:
    """Where this machine has two names for itself, the other one: no program takes it for Graph's host."""
    is_local = options.name == "localhost" and options.host in ("127.0.0.1", "0.0.0.0")  # noqa: S104 - compared
    return "127.0.0.1" if is_local else options.name


def _secure_app(it: Running) -> ASGIApp:
    """What programs reach; every call is written down and may meet a fault set by a test."""
    routes = [*graph_routes(it.simulation), *identity_routes(it.platform, device_message)]
    return Recorder(Starlette(routes=routes), it.simulation)


def _uploads_app(it: Running) -> ASGIApp:
    """The host that takes pieces of large attachments; recorded and struck by faults like Graph."""
    return Recorder(UploadDoor(it.simulation, it.uploads_url), it.simulation)


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


class _Listener(uvicorn.Server):
    """One uvicorn server that leaves signals to us and tells when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A kept-alive TLS connection waits up to 30 s for the peer's goodbye, so idle ones are cut at once
        # and busy ones a little later.
        self._cut(is_idle_only=True)
        asyncio.get_running_loop().call_later(CUT_AFTER_S, self._cut)
        await super().shutdown(sockets)

    def _cut(self, *, is_idle_only: bool = False) -> None:
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            is_idle = cycle is None or cycle.response_complete
            transport = getattr(connection, "transport", None)
            if transport is not None and (is_idle or not is_idle_only):
                transport.abort()


def _config(app: ASGIApp, tls: TlsFiles | None = None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=tls is None,  # programs are told the simulator's time, by the Recorder
        timeout_graceful_shutdown=SHUTDOWN_S,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )


async def _listen(
    listeners: Sequence[_Listener],
    sockets: Sequence[socket.socket],
    ended: asyncio.Event,
    on_ready: Callable[[], None],
) -> None:
    async with asyncio.TaskGroup() as group:
        for listener, bound in zip(listeners, sockets, strict=True):
            group.create_task(listener.serve([bound]))
        for listener in listeners:
            await listener.ready.wait()
        on_ready()
        await ended.wait()
        for listener in listeners:
            listener.should_exit = True


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket, so that its port is known before anything is built."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(256)
        yield bound
