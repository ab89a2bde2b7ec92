"""A whole server on a free port, in a thread with its own event loop and a clock in the test's hand."""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from tests import programs
from tests.flow.admin.client import Client
from tests.kept import with_database
from tests.passwords import CHEAP

from poststelle.auth.passwords import Passwords
from poststelle.config import Config, load
from poststelle.http.serving import web_settings
from poststelle.lib.clock import SystemClock
from poststelle.main import Poststelle, build


@dataclass
class MovableClock(SystemClock):
    """The machine's clock, which a test can put forward."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@dataclass
class RunningServer:
    """``client`` talks to it; ``run`` lets a coroutine use its insides on its own event loop."""

    url: str
    built: Poststelle
    clock: MovableClock
    loop: asyncio.AbstractEventLoop

    @property
    def client(self) -> Client:
        return Client(self.url)

    def run(self, *words: str, **environ: str) -> tuple[int, str]:
        """``poststelle …`` beside it: the code it ends with, and all that it says."""
        config = self.built.services.config
        given = {"POSTSTELLE_DATA": str(config.data_dir), "POSTSTELLE_PUBLIC_URL": config.public_url}
        done = programs.run(["poststelle", *words], os.environ | given | environ)
        return done.returncode, done.stdout + done.stderr


@contextmanager
def running_server(
    data_dir: Path,
    *,
    with_engines: bool = False,
    port: int = 0,
    passwords: Passwords | None = None,
    **environ: str,
) -> Iterator[RunningServer]:
    """Serve until the end of the block. ``environ`` names go without their prefix.

    ``port`` 0 is any free one; addresses that end with ``:0`` get it. ``passwords``: cheap ones unless given.
    """
    given = {"DATA": str(data_dir), "LISTEN": "127.0.0.1:0", "POLL_SECONDS": "0.2"} | environ
    listener = socket.create_server(("127.0.0.1", port))
    port = listener.getsockname()[1]
    config = load(with_database({f"POSTSTELLE_{name}": value for name, value in given.items()}))
    config = replace(config, port=port, public_url=environ.get("PUBLIC_URL", f"http://localhost:{port}"))
    if config.notification_url:
        told = config.notification_url.replace(":0", f":{port}")
        config = replace(config, notification_url=told)
    started: list[RunningServer | BaseException] = []
    is_up, stop = threading.Event(), threading.Event()

    def work() -> None:
        try:
            asyncio.run(_serve(config, listener, with_engines, passwords, started, is_up, stop))
        except BaseException as problem:
            started.append(problem)
        finally:
            is_up.set()

    thread = threading.Thread(target=work)
    thread.start()
    is_up.wait(60)
    try:
        server = started[0]
        if isinstance(server, BaseException):
            raise server
        yield server
    finally:
        stop.set()
        thread.join(60)
        listener.close()


class _Server(uvicorn.Server):
    """Ends at once where nobody waits for an answer: uvicorn looks every tenth of a second whether it is to
    end, and then rests another. Most of these tests take less."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.end = asyncio.Event()

    async def main_loop(self) -> None:
        while not self.end.is_set():
            await self.on_tick(0)  # what the date of answers is told by
            with suppress(TimeoutError):
                await asyncio.wait_for(self.end.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
        for server in self.servers:
            server.close()


async def _serve(
    config: Config,
    listener: socket.socket,
    with_engines: bool,
    passwords: Passwords | None,
    started: list[RunningServer | BaseException],
    is_up: threading.Event,
    stop: threading.Event,
) -> None:
    clock = MovableClock()
    async with build(config, clock, passwords or Passwords(CHEAP)) as built:
        server = _Server(web_settings(built.web, config.trusted_proxies))
        if with_engines:
            built.supervisor.start()
        task = asyncio.create_task(server.serve(sockets=[listener]))
        url = f"http://127.0.0.1:{config.port}"
        started.append(RunningServer(url, built, clock, asyncio.get_running_loop()))
        is_up.set()
        await asyncio.to_thread(stop.wait)
        built.services.hub.close()
        server.end.set()
        await task
