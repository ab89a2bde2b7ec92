"""Several processes of one installation on a real PostgreSQL, and a proxy in front that knows no sessions."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import psycopg
from tests import programs
from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.office import ADMIN, SECRET, Office, Server
from tests.flow.sim import Simulator
from tests.pg import Cluster
from tests.programs import Start, Started

POLL_S = 0.5


class RoundRobin:
    """Each connection goes to the next process, or the one after it where nobody answers.

    While ``asking``, it knows who is ready from asking all of them now and then, and believes it: who is sent
    to one that answers no more is refused.
    """

    def __init__(self) -> None:
        self.backends: list[int] = []
        self._choosing, self._open = threading.Lock(), Counter[int]()
        self._ready: list[int] | None = None
        self.connections = 0
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                proxy.connections += 1
                with proxy._connected() as there:
                    back = threading.Thread(target=_pump, args=(there, self.request), daemon=True)
                    back.start()
                    _pump(self.request, there)
                    back.join()

        class _Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def lead_to(self, ports: list[int]) -> None:
        """Send people to these from now on."""
        with self._choosing:
            self.backends = ports

    def leave_out(self, port: int) -> None:
        """Send nobody there any more, and wait until all that were sent there have been answered."""
        with self._choosing:
            self.backends = [one for one in self.backends if one != port]
        eventually(lambda: not self._open[port])

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        for _ in range(100):
            with self._choosing:
                self.backends = [*self.backends[1:], self.backends[0]]
                port = self.backends[0]
                self._open[port] += 1
            try:
                if (there := self._reached(port)) is not None:
                    with there:
                        yield there
                    return
            finally:
                with self._choosing:
                    self._open[port] -= 1
        raise ConnectionRefusedError

    def _reached(self, port: int) -> socket.socket | None:
        """A connection to it, unless it is known not to be ready, or nobody answers there."""
        if self._ready is not None:
            return _connection(port) if port in self._ready else None
        with suppress(OSError):
            return _connection(port)
        return None

    @contextmanager
    def asking(self, every_s: float) -> Iterator[None]:
        """Ask each of them so often whether it is ready."""
        is_over = threading.Event()

        def ask() -> None:
            while not is_over.is_set():
                self._ready = [port for port in self.backends if is_ready(port)]
                is_over.wait(every_s)
            self._ready = None

        thread = threading.Thread(target=ask)
        thread.start()
        eventually(lambda: self._ready)
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def is_ready(port: int) -> bool:
    """Whether it says so itself."""
    return asked(port, "/readyz")[0] == HTTPStatus.OK


def asked(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    """What a process answers: status, headers, body; status 0 where nobody does."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        try:
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, {}, b""


def _connection(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def _pump(source: socket.socket, target: socket.socket) -> None:
    source.settimeout(None)
    with suppress(OSError):
        while octets := source.recv(65536):
            target.sendall(octets)
    for one, way in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
        with suppress(OSError):
            one.shutdown(way)


@dataclass
class Process:
    """One process of a role. ``url`` leads to it alone."""

    role: str
    port: int
    log: Path
    started: Started

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def stop(self, number: signal.Signals = signal.SIGTERM, within_s: float = 60) -> int:
        """Send a signal and wait; the status."""
        self.started.send_signal(number)
        status = self.started.wait(timeout=within_s)
        if self.started.stdout:
            self.started.stdout.close()
        return status


@dataclass
class _At:
    url: str


@dataclass
class Fleet:
    """All processes. ``office`` reaches the webs through the proxy, in turn; so do notifications, if any."""

    m365: Simulator
    cluster: Cluster
    database: str
    folder: Path
    environ: dict[str, str]
    begin: Start = programs.start
    is_told: bool = False
    proxy: RoundRobin = field(default_factory=RoundRobin)
    processes: list[Process] = field(default_factory=list)
    begun: list[Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.proxy.port}"

    @property
    def webs(self) -> list[Process]:
        return [one for one in self.processes if one.role == "web"]

    @property
    def workers(self) -> list[Process]:
        return [one for one in self.processes if one.role == "worker"]

    def start(self, *roles: str, **own: str) -> list[Process]:
        """Start these at the same time; they answer when this returns. ``own``: settings of theirs alone."""
        return self._wait_for([self.begin_one(role, **own) for role in roles])

    def start_at(self, old: Process) -> Process:
        """A new one where another one was."""
        return self._wait_for([self.begin_one(old.role, old.port)])[0]

    def _wait_for(self, begun: list[Process]) -> list[Process]:
        for one in begun:
            assert one.started.stdout is not None
            assert one.started.stdout.readline(), one.log.read_text()[-3000:]
            self.processes.append(one)
        self.proxy.lead_to([one.port for one in self.webs])
        return begun

    def begin_one(self, role: str, port: int | None = None, **further: str) -> Process:
        """Start one and don't wait for it."""
        port = port or _free_port()
        name = "WORKER_LISTEN" if role == "worker" else "LISTEN"
        own = {f"POSTSTELLE_{name}": f"127.0.0.1:{port}", "POSTSTELLE_PUBLIC_URL": self.url}
        if self.is_told:
            own["POSTSTELLE_NOTIFICATION_URL"] = self.url
        given = own | self.environ | {f"POSTSTELLE_{key}": value for key, value in further.items()}
        log = self.folder / f"{role}-{port}.log"
        with log.open("a") as errors:
            started = self.begin(["poststelle", "serve", "--role", role], given, errors)
        self.begun.append(Process(role, port, log, started))
        return self.begun[-1]

    def again(self, old: Process) -> Process:
        """Stop one as SIGTERM does, while nobody is sent to it; a new one takes its place."""
        self.proxy.leave_out(old.port)
        self.processes.remove(old)
        assert old.stop() == 0, old.log.read_text()[-3000:]
        return self.start(old.role)[0]

    def kill(self, process: Process) -> None:
        """As the machine's end would."""
        self.processes.remove(process)
        process.stop(signal.SIGKILL)

    def at(self, process: Process, client: Client) -> Client:
        """The same browser, reaching this process alone."""
        return Client(process.url, client.login, client.cookies)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def run_sql(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(statement.encode(), values or None)

    def office(self) -> Office:
        admin = Client(self.url).log_in(ADMIN, SECRET)
        return Office(self.m365, cast(Server, _At(self.url)), admin)

    def has_settled(self) -> None:
        """All that run know of one another: each has beaten since the last one began."""
        eventually(lambda: len(self.rows("select 1 from holders")) == len(self.processes))
        before = self._beats()
        eventually(lambda: all(beats > before[name] for name, beats in self._beats().items()))

    def _beats(self) -> dict[str, int]:
        return dict(self.rows("select name, beats from holders"))


@contextmanager
def running_fleet(
    m365: Simulator,
    cluster: Cluster,
    folder: Path,
    roles: Sequence[str],
    *,
    start: Start = programs.start,
    is_told: bool = False,
    **settings: str,
) -> Iterator[Fleet]:
    """These processes over a fresh database, with an administrator; all are ended in the end."""
    database = cluster.new_database()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("POSTSTELLE_")}
    given = {
        "DATA": str(folder / "data"),
        "DATABASE": database,
        **m365.settings,
        "POLL_SECONDS": str(POLL_S),
        "ADMIN_LOGIN": ADMIN,
        "ADMIN_NAME": "Sabine Lindner",
        "ADMIN_PASSWORD": SECRET,
        **settings,
    }
    folder.mkdir(parents=True, exist_ok=True)
    environ = inherited | {f"POSTSTELLE_{name}": value for name, value in given.items()}
    fleet = Fleet(m365, cluster, database, folder, environ, start, is_told)
    with ExitStack() as ending:
        ending.callback(cluster.drop_database, database)
        ending.callback(fleet.proxy.close)
        ending.callback(_end, fleet)
        fleet.start(*roles)
        yield fleet


def _end(fleet: Fleet) -> None:
    for one in fleet.begun:
        one.started.send_signal(signal.SIGTERM)
    for one in fleet.begun:
        try:
            one.started.wait(timeout=60)
        finally:
            one.started.kill()
            if one.started.stdout:
                one.started.stdout.close()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
