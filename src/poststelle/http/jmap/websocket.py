"""JMAP over WebSocket: requests, answers and pushes on one connection. Source: RFC 8887.

A socket is as good as the login or token it was opened with, and ends with it.
Requests run beside one another; their answers come as they are ready. A push
names how far it tells (``pushState``), so that a client that was away is told
what it missed.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import msgspec
import structlog
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from poststelle.http.errors import ways_in
from poststelle.http.jmap.api import Asker, Request, check_request, decode
from poststelle.http.jmap.context import Caller, JmapContext
from poststelle.http.jmap.crowd import Crowd, Load
from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.ids import account_text
from poststelle.http.jmap.limits import MAX_STREAMS
from poststelle.http.jmap.push_state import Told, push_state, told_by
from poststelle.http.patient_socket import WEIGHED_BY
from poststelle.mail import state_changes
from poststelle.model.change import DELIVERY, ChangeType
from poststelle.model.errors import LoginNeeded, TooMany
from poststelle.push.hub import Listener

SUBPROTOCOL = "jmap"
_GATHER_S = 0.25
_LOOK_S = 55.0  # finds out a login that ended by itself
_COME_AGAIN, _LOGIN_ENDED = 1001, 1008

log = structlog.get_logger()

Answer = Callable[[Caller, Request, Asker, Load], Awaitable[dict[str, Any]]]
"""Runs a request; the whole answer of ``/jmap/api``."""


async def serve(context: JmapContext, crowd: Crowd, answer: Answer, socket: WebSocket) -> None:
    """``/jmap/ws``: refused like a request, or open until either side, the login or the server ends it."""
    try:
        caller, listener = await _admit(context, socket)
    except _Refused as refused:
        await socket.send_denial_response(Response(status_code=refused.status, headers=refused.headers))
        return
    conversation = _Conversation(context, crowd, answer, socket, caller, listener)
    try:
        with crowd.coming(caller.user_id) as coming, _weighed(socket, coming):
            await socket.accept(subprotocol=SUBPROTOCOL)
            code = await conversation.hold()
            if code is not None:
                await socket.close(code)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the client was faster
    finally:
        context.hub.unsubscribe(listener)
        await conversation.finish()


@contextlib.contextmanager
def _weighed(socket: WebSocket, coming: Load) -> Iterator[None]:
    """What waits in the socket is counted; after the block there is room for nothing."""
    weighed_by = socket.scope["extensions"][WEIGHED_BY]
    weighed_by(coming.may_weigh)
    try:
        yield
    finally:
        weighed_by(lambda octets: octets == 0)


class _Refused(Exception):
    def __init__(self, status: int, **headers: str) -> None:
        super().__init__(status)
        self.status, self.headers = status, headers


async def _admit(context: JmapContext, socket: WebSocket) -> tuple[Caller, Listener]:
    """Who comes, listening for the end of their login. Raises _Refused."""
    if SUBPROTOCOL not in socket.scope["subprotocols"]:  # RFC 8887 §4.2
        raise _Refused(400)
    try:
        caller = await context.authenticate(socket)
        if caller.is_program and context.hub.count_programs(caller.user_id) >= MAX_STREAMS:
            raise _Refused(429)
        key = caller.login_key
        listener = context.hub.subscribe(caller.user_id, (), key, is_program=caller.is_program)
    except LoginNeeded as refusal:
        raise _Refused(401, **{"WWW-Authenticate": ways_in(socket)}) from refusal
    except TooMany as refusal:
        raise _Refused(429) from refusal
    return caller, listener


class _Ended(Exception):
    """The socket is over; with the code to close it with, None when the client has gone."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class _Conversation:
    """One open socket. ``_told`` is how far its client was told of each account; None: it wants no pushes."""

    def __init__(
        self,
        context: JmapContext,
        crowd: Crowd,
        answer: Answer,
        socket: WebSocket,
        caller: Caller,
        listener: Listener,
    ) -> None:
        self._context, self._crowd, self._answer = context, crowd, answer
        self._socket, self._caller, self._listener = socket, caller, listener
        self._told: Told | None = None
        self._types: frozenset[str] = frozenset()
        self._telling = asyncio.Lock()
        self._running: set[asyncio.Task[None]] = set()
        self._askers: set[Asker] = set()

    async def hold(self) -> int | None:
        """Until it ends; the code to close it with, None when the client has gone."""
        sides = [asyncio.create_task(self._hear()), asyncio.create_task(self._tell_on())]
        try:
            ended, _ = await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
            return ended.pop().result()
        finally:
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)

    async def finish(self) -> None:
        """What was asked is carried out, as by HTTP, though nobody is left to be told; reads are given up."""
        for asker in self._askers:
            asker.leave()
        await asyncio.gather(*self._running)

    # -- what the client says -----------------------------------------------------------------------

    async def _hear(self) -> int | None:
        try:
            while True:
                await self._hear_one()
        except _Ended as ended:
            return ended.code

    async def _hear_one(self) -> None:
        """The next message, of which nothing is left here when this returns. Raises _Ended."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise _Ended(None)
        octets = message["bytes"]
        try:
            # Nobody else has had a turn since it weighed in its socket.
            with ExitStack() as place:
                load = place.enter_context(self._crowd.load(self._caller.user_id))
                load.weigh(len(octets))
                self._caller = await self._context.authenticate(self._socket)
                await self._take(octets, load, place)
        except LoginNeeded as gone:
            raise _Ended(_LOGIN_ENDED) from gone
        except RequestError as error:
            await self._refuse(error, None)

    async def _take(self, octets: bytes, load: Load, place: ExitStack) -> None:
        """Raises RequestError for what nothing can be made of."""
        said = await decode(octets, load, self._caller.store)
        if not isinstance(said, dict):
            raise RequestError("notRequest", "Not an object.")
        given = said.get("id")
        id_ = given if isinstance(given, str) else None
        try:
            match said.get("@type"):
                case "Request":
                    self._begin(_request(said, len(octets)), id_, load, place)
                case "WebSocketPushEnable":
                    await self._enable(said)
                case "WebSocketPushDisable":
                    self._told, self._listener.accounts = None, frozenset()
                case _:
                    raise RequestError("notRequest", "@type names nothing that is said here.")
        except RequestError as error:
            await self._refuse(error, id_)

    def _begin(self, request: Request, id_: str | None, load: Load, place: ExitStack) -> None:
        """Have it answered; it keeps its ``place`` until the answer has been read.

        Raises RequestError for one too many.
        """
        place.enter_context(self._crowd.one_more(self._caller.user_id))
        task = asyncio.create_task(self._run(request, id_, load, place.pop_all()))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, request: Request, id_: str | None, load: Load, place: ExitStack) -> None:
        with place, contextlib.suppress(WebSocketDisconnect, RuntimeError):
            with self._asking(request) as asker:
                octets = await self._carry_out(request, id_, asker, load)
            del request
            if octets is not None:
                load.hold(len(octets))
                await self._socket.send_bytes(octets)

    async def _carry_out(self, request: Request, id_: str | None, asker: Asker, load: Load) -> bytes | None:
        """What is to be said; None when the login has ended."""
        try:
            answer = await self._answer(self._caller, request, asker, load)
        except LoginNeeded:
            self._listener.revoke()
            return None
        except RequestError as error:
            return _json(_refusal(error.body, id_))
        except Exception:  # the request boundary
            incident = secrets.token_hex(6)
            log.exception("websocket.request_failed", incident=incident, user=self._caller.user_id)
            body = {"type": "about:blank", "status": 500, "detail": f"Something went wrong; {incident}."}
            return _json(_refusal(body, id_))
        named = {} if id_ is None else {"requestId": id_}
        return _json({"@type": "Response", **named, **answer})

    @contextlib.contextmanager
    def _asking(self, request: Request) -> Iterator[Asker]:
        """Who leaves with the socket, where the request only reads."""
        asker = Asker()
        if request.only_reads:
            self._askers.add(asker)
        try:
            yield asker
        finally:
            self._askers.discard(asker)

    async def _refuse(self, error: RequestError, id_: str | None) -> None:
        await self._send(_refusal(error.body, id_))

    async def _send(self, body: dict[str, Any]) -> None:
        await self._socket.send_bytes(_json(body))

    # -- what it is told ----------------------------------------------------------------------------

    async def _enable(self, said: dict[str, Any]) -> None:
        """From now on, and what was missed since ``pushState``. Source: RFC 8887 §4.3.5.2."""
        types, state = said.get("dataTypes"), said.get("pushState")
        is_list = isinstance(types, list) and all(isinstance(name, str) for name in types)
        if not (types is None or is_list) or not isinstance(state, str | None):
            raise RequestError("notRequest", "dataTypes is a list of names or null, pushState a text.")
        # Listened first: what is committed meanwhile is told, perhaps twice, never not at all.
        user, store = self._caller.user_id, self._caller.store
        reached = await store.read(state_changes.reached, user)
        self._listener.accounts = frozenset(reached)
        self._context.listened(self._listener.accounts)
        reached = await store.read(state_changes.reached, user)
        known = frozenset[str]({*ChangeType, DELIVERY})
        self._types = known if types is None else known.intersection(types)
        self._told = reached if state is None else told_by(state, reached)
        await self._tell()

    async def _tell_on(self) -> int:
        while True:
            is_told = bool(await self._listener.next(_LOOK_S))
            self._listener.took_miss()  # what there is to be told is looked for in any case
            if not await self._context.is_logged_in(self._caller):
                return _LOGIN_ENDED
            if self._listener.is_revoked or not (is_told or await self._hears_the_same()):
                return _COME_AGAIN
            if await self._tell():
                await self._listener.rest(_GATHER_S)

    async def _hears_the_same(self) -> bool:
        """Whether what it may hear is what it could when it began to; that it is not may have been lost."""
        if self._told is None:
            return True
        reached = await self._caller.store.read(state_changes.reached, self._caller.user_id)
        return self._listener.accounts == reached.keys()

    async def _tell(self) -> bool:
        """Tell what is new; whether anything was."""
        async with self._telling:
            if self._told is None:
                return False
            user, store = self._caller.user_id, self._caller.store
            moved = await store.read(state_changes.since, user, self._told, self._types)
            self._told = {**self._told, **moved.now}
            if moved.changed:
                changed = {account_text(a): states for a, states in moved.changed.items()}
                state = push_state(self._told)
                await self._send({"@type": "StateChange", "changed": changed, "pushState": state})
            return bool(moved.changed)


def _request(said: dict[str, Any], octets: int) -> Request:
    """Raises RequestError."""
    if not isinstance(said.get("id", ""), str):
        raise RequestError("notRequest", "Not a JMAP request: id is a text")
    return check_request(said, octets)


def _json(body: dict[str, Any]) -> bytes:
    return msgspec.json.encode(body)


def _refusal(body: dict[str, Any], id_: str | None) -> dict[str, Any]:
    """Source: RFC 8887 §4.3.4."""
    return {"@type": "RequestError", "requestId": id_, **body}
