"""Listening sockets and the servers on them, which stop at once when they are told to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from m365sim.tls import TlsFiles

SHUTDOWN_S = 1
CUT_AFTER_S = 0.3
MAX_PORT = 65535


class Protocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it. An application finds its connection in the scope, to break it off.

    ASGI has no word for that; see `m365sim.control.middleware`.
    """

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["m365sim.transport"] = self.transport  # type: ignore[typeddict-unknown-key]


class Listener(uvicorn.Server):
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


def config(app: ASGIApp, tls: TlsFiles | None = None) -> uvicorn.Config:
    """How one listener serves; with ``tls`` it speaks HTTPS."""
    return uvicorn.Config(
        app,
        http=Protocol,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=tls is None,  # programs are told the simulator's time, by the Recorder
        timeout_graceful_shutdown=SHUTDOWN_S,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )


async def listen(
    listeners: Sequence[Listener],
    sockets: Sequence[socket.socket],
    ended: asyncio.Event,
    on_ready: Callable[[], None],
) -> None:
    """Serve until ``ended`` is set; call ``on_ready`` once every listener answers."""
    async with asyncio.TaskGroup() as group:
        for listener, opened in zip(listeners, sockets, strict=True):
            group.create_task(listener.serve([opened]))
        for listener in listeners:
            await listener.ready.wait()
        on_ready()
        await ended.wait()
        for listener in listeners:
            listener.should_exit = True


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket, so that its port is known before anything is built; OSError if there is none."""
    if not 0 <= port <= MAX_PORT:
        raise OSError(f"there is no port {port}: they go from 0 to {MAX_PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((host, port))
        except OSError as error:
            raise OSError(f"port {port} of {host} cannot be opened: {error.strerror}") from error
        opened.listen(256)
        yield opened
