"""A simulator served over real HTTP in a thread, with tokens that say plainly who is calling."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp
from tests.contract.description import read_description
from tests.contract.watch import Watch

from m365sim.control.app import control_routes
from m365sim.control.middleware import Recorder
from m365sim.directory import Directory, Tenant, User
from m365sim.graph.app import graph_routes
from m365sim.identity.access import AccessRefused, Caller
from m365sim.listening import Protocol
from m365sim.uploads.door import UploadDoor
from m365sim.world import Mailbox
from m365sim.world.seeding import give_mailboxes
from m365sim.world.simulation import Simulation
from m365sim.world.world import World

TENANT = "8d5f5b6e-1111-4c1c-9d4b-0a0b0c0d0e0f"
ANNA = User("11111111-aaaa-4aaa-8aaa-000000000001", TENANT, "anna@example.org", "Anna Becker")
DESK = User("11111111-aaaa-4aaa-8aaa-000000000002", TENANT, "desk@example.org", "Desk")
GUEST = User("11111111-aaaa-4aaa-8aaa-000000000003", TENANT, "guest@example.org", "Guest", has_mailbox=False)
IMMUTABLE = 'IdType="ImmutableId"'


def by_name(directory: Directory, header: str | None, now: datetime) -> Caller:
    """Read a token of the form ``address|scope,scope|app``; an address of ``app`` means app-only."""
    if not header or "|" not in header:
        raise AccessRefused(401, "InvalidAuthenticationToken", "Access token is empty.")
    address, scopes, app = header.removeprefix("Bearer ").split("|")
    user = directory.user_by_address(address)
    return Caller(user, app, TENANT, frozenset(scopes.split(",")), user is None)


def office() -> Simulation:
    """A tenant with Anna (who may open the desk's mailbox), the desk, and a guest without a mailbox."""
    directory = Directory()
    directory.put_tenant(Tenant(TENANT, "example.org", "Example"))
    for user in (ANNA, DESK, GUEST):
        directory.put_user(user)
    sim = Simulation(directory, World())
    sim.world.clock = sim.clock
    give_mailboxes(sim.world, directory, "en-US")
    sim.limits.latency_s = 0
    sim.limits.per_second = None
    return sim


@dataclass
class Reply:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Graph's error code."""
        return str(self.json["error"]["code"])


@dataclass
class GraphCaller:
    """Calls Graph as one user through one app. ``prefer`` goes with every call unless another is given."""

    base: str
    address: str = ANNA.upn
    scopes: str = "User.Read,Mail.ReadWrite"
    app: str = "app-1"
    prefer: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self, method: str, path: str, body: Any = None, prefer: str | None = None, **headers: str
    ) -> Reply:
        """Make one call; ``path`` is relative to ``/v1.0`` or a whole link."""
        url = urlsplit(path if path.startswith("http") else f"{self.base}/v1.0{path}")
        sent = {"Authorization": f"Bearer {self.address}|{self.scopes}|{self.app}", **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if prefer or self.prefer:
            sent["Prefer"] = prefer or self.prefer or ""
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        return exchange(url.netloc, method, f"{url.path}?{url.query}" if url.query else url.path, data, sent)

    def get(self, path: str, prefer: str | None = None) -> Any:
        """GET that must succeed; the parsed body."""
        reply = self.call("GET", path, prefer=prefer)
        assert reply.status == 200, (reply.status, reply.body)
        return reply.json

    def round(self, link: str, prefer: str | None = None) -> tuple[list[Any], str]:
        """A whole delta round from a link: every item, and the delta link for the next."""
        items: list[Any] = []
        while True:
            page = self.get(link, prefer)
            items += page["value"]
            if "@odata.deltaLink" in page:
                return items, page["@odata.deltaLink"]
            link = page["@odata.nextLink"]


def exchange(netloc: str, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> Reply:
    """One HTTP exchange on a connection of its own."""
    connection = http.client.HTTPConnection(netloc, timeout=60)
    try:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def application(sim: Simulation, base: str = "", complaints: list[str] | None = None) -> ASGIApp:
    """Graph, uploads and the control API on one listener, as no real set-up has them but tests may.

    Every answer of Graph is checked against the official description; ``complaints`` takes what is wrong.
    """
    inner: ASGIApp = Starlette(routes=graph_routes(sim, by_name))
    if complaints is not None and (description := read_description()):
        inner = Watch(inner, description, complaints)
    graph = Recorder(inner, sim)
    doors: dict[str, ASGIApp] = {"/control": Starlette(routes=control_routes(sim))}
    if base:
        doors["/api"] = Recorder(UploadDoor(sim, base), sim)

    async def one(scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        door = next((d for start, d in doors.items() if path.startswith(start)), graph)
        await door(scope, receive, send)

    return one


class Stage:
    """An application that passes every call on to the one on stage."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port for as long as the block lasts; yields its address."""
    config = uvicorn.Config(
        app, http=Protocol, log_level="critical", lifespan="off", loop="uvloop", date_header=False
    )
    server = uvicorn.Server(config)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        while not server.started:
            threading.Event().wait(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()


def mailbox_of(sim: Simulation, user: User = ANNA) -> Mailbox:
    """The mailbox of one of the office's users."""
    return sim.world.mailbox(user.id)
