"""The web server from its first moment to its last.

    state       /healthz   /readyz                everything else
    starting    200        503                    waits for ``HOLD_S``; then 503, come again
    migrating   200        503                    the same
    held up     200        503                    the same; somebody uses a table that is to be changed
    no time     200        503                    the same; the database is too slow to say what time it is
    open        200        as the database does   answered
    leaving     200        503                    answered; who is answered is asked to connect anew
    ending      nothing new is taken; streams end, requests have ``LAST_REQUESTS_S``

So whoever watches sees a program that lives, however long its database takes to be brought up to date, and a
proxy has learnt that it goes before it is gone.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from enum import StrEnum

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from poststelle.http.jmap import EVENT_SOURCE
from poststelle.http.jmap.limits import MAX_SIZE_REQUEST
from poststelle.http.one_write import OneWriteProtocol
from poststelle.http.patient_socket import PatientSocket

PING_S = 30.0  # an open WebSocket is asked whether it is still there, and has as long to answer
GRACE_S = 3  # an open event stream would otherwise hold SIGTERM back for ever
LAST_REQUESTS_S = 25  # less than those who stop us wait, mostly
HOLD_S = 5.0
"""How long whoever comes too early is kept waiting: most starts take less, and nobody sees an error then."""
_LOOK_AGAIN_S = 0.1
_COME_AGAIN_S = "5"
_NOT_YET = """Poststelle is starting. Please try again in a moment.
Poststelle startet gerade. Bitte gleich noch einmal versuchen.
"""


class State(StrEnum):
    """How far the program is; what ``/readyz`` says while it is not to be asked."""

    STARTING = "starting"
    MIGRATING = "migrating"
    HELD_UP = "held up"
    NO_TIME = "no time"
    OPEN = "open"
    LEAVING = "leaving"


class Front:
    """What stands before the web application, also while there is none yet.

    Counts requests under way, but for those that have no end by themselves.
    """

    def __init__(self) -> None:
        self.state = State.STARTING
        self.under_way = 0
        self._app: ASGIApp | None = None
        self._end_streams: Callable[[], None] = _nothing
        self._is_decided = asyncio.Event()  # whether it opens or ends

    @property
    def is_open(self) -> bool:
        """Whether it has begun to answer; it may be leaving by now."""
        return self._app is not None

    def open(self, app: ASGIApp, end_streams: Callable[[], None]) -> None:
        """Answer with ``app`` from now on. ``end_streams`` ends what has no end by itself."""
        self._app, self._end_streams, self.state = app, end_streams, State.OPEN
        self._is_decided.set()

    def leave(self) -> None:
        """Say to who asks that others are to be asked from now on."""
        self.state = State.LEAVING

    def end(self) -> None:
        """It is the end: streams end, and nobody waits for a beginning any more."""
        self._end_streams()
        self._is_decided.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_end = scope["type"] == "http" and scope["path"] != EVENT_SOURCE
        self.under_way += has_end
        try:
            app = self._state_of(scope) or self._app or await self._patient_app(scope)
            await app(scope, receive, _parting(send) if self.state is State.LEAVING else send)
        finally:
            self.under_way -= has_end

    def _state_of(self, scope: Scope) -> ASGIApp | None:
        """The answer to those who watch; None where the application has it, or nobody watches."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path == "/readyz" and self.state is not State.OPEN:
            return PlainTextResponse(f"{self.state}\n", status_code=503)
        if path == "/healthz" and not self.is_open:
            return PlainTextResponse("ok\n")
        return None

    async def _patient_app(self, scope: Scope) -> ASGIApp:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_decided.wait(), HOLD_S)
        if self._app is not None:
            return self._app
        if scope["type"] != "http":
            return _shut
        return PlainTextResponse(_NOT_YET, status_code=503, headers={"Retry-After": _COME_AGAIN_S})


def _nothing() -> None:
    """There are no streams yet."""


async def _shut(_: Scope, receive: Receive, send: Send) -> None:
    """No socket is taken yet."""
    await receive()
    await send({"type": "websocket.close"})


def _parting(send: Send) -> Send:
    """Have the connection end with the answer: the next one may lead to somebody else."""

    async def parting(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await send(message)

    return parting


class Server(uvicorn.Server):
    """Uvicorn that goes on answering for ``drain_s`` once it is to end, and ends streams before it waits for
    requests: those have ``GRACE_S`` to end, requests ``LAST_REQUESTS_S``. Somebody else answers by then.
    """

    def __init__(self, config: uvicorn.Config, front: Front, drain_s: float = 0.0) -> None:
        super().__init__(config)
        self._front, self._drain_s = front, drain_s

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._front.is_open:
            await self._leave()
        self._front.end()
        closing = asyncio.create_task(super().shutdown(sockets))
        await asyncio.wait({closing}, timeout=GRACE_S)
        until = time.monotonic() + LAST_REQUESTS_S - GRACE_S
        while self._front.under_way and time.monotonic() < until and not closing.done():
            await asyncio.wait({closing}, timeout=_LOOK_AGAIN_S)
        for task in self.server_state.tasks:
            task.cancel()
        await closing

    async def _leave(self) -> None:
        """Until those who send us people have learnt that others are to be asked. A second Ctrl-C ends it."""
        self._front.leave()
        until = time.monotonic() + self._drain_s
        while time.monotonic() < until and not self.force_exit:
            await self.on_tick(0)  # what the date of answers is told by
            await asyncio.sleep(_LOOK_AGAIN_S)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does, but without raising the signal again: the stores are closed after us."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


@asynccontextmanager
async def answering(
    server: Server, front: Front, listener: socket.socket
) -> AsyncIterator[asyncio.Task[None]]:
    """A server at work, which ends with the block; the task is done when it has ended.

    Where it is to end before ``front`` was opened, the block is cancelled, and ends without an error.
    """
    inside = asyncio.current_task()
    assert inside is not None  # this is a coroutine
    serving = asyncio.create_task(server.serve(sockets=[listener]))

    def call_off(_: asyncio.Task[None]) -> None:
        if not front.is_open:
            inside.cancel()

    serving.add_done_callback(call_off)
    try:
        yield serving
    except asyncio.CancelledError:
        if front.is_open or not serving.done():
            raise
        inside.uncancel()
    finally:
        serving.remove_done_callback(call_off)
        server.should_exit = True
        await serving


def web_settings(web: ASGIApp, trusted_proxies: Sequence[str] = ()) -> uvicorn.Config:
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
        timeout_graceful_shutdown=LAST_REQUESTS_S,
    )
