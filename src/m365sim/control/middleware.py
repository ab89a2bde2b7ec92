"""Around the HTTPS application: writes down every call and plays the faults that tests have set."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from m365sim.control.faults import Fault
from m365sim.journal import CallRecord
from m365sim.world.simulation import Simulation

_SECRET = re.compile(r"\b(authtoken=)[^&]*")
"""What stands in an address and lets anybody in; it is not written down."""


class Recorder:
    """An ASGI application around another one; a second one inside the first does nothing."""

    def __init__(self, app: ASGIApp, sim: Simulation) -> None:
        self._app = app
        self._sim = sim

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "m365sim.call" in scope:
            await self._app(scope, receive, send)
            return
        record = self._record(scope)
        scope["m365sim.call"] = record
        fault = self._sim.faults.take(record.method, record.path)
        began = time.perf_counter()
        try:
            if fault is None:
                await self._app(scope, receive, _watching(record, send))
            else:
                record.fault = fault.kind
                await self._play(fault, scope, receive, send, record)
        finally:
            record.took_ms = round((time.perf_counter() - began) * 1000, 3)
            self._sim.journal.add(record)

    def _record(self, scope: Scope) -> CallRecord:
        raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").split("?")[0]
        query = _SECRET.sub(r"\1", scope["query_string"].decode("latin-1"))
        record = CallRecord(scope["method"], raw, query, 0, self._sim.clock.now().timestamp())
        record.prefer = ", ".join(v.decode("latin-1") for n, v in scope["headers"] if n == b"prefer")
        return record

    async def _play(
        self, fault: Fault, scope: Scope, receive: Receive, send: Send, record: CallRecord
    ) -> None:
        await asyncio.sleep(fault.delay_s)
        if fault.kind == "reset":
            await _break_off(send)
        elif fault.kind == "lost":
            await self._app(scope, receive, _swallow)
            record.status = 0
            await _break_off(send)
        elif fault.kind == "truncate":
            await self._app(scope, receive, _truncating(record, send))
        elif fault.status:
            record.status = fault.status
            await _answer(fault, send)
        else:
            await self._app(scope, receive, _watching(record, send))


def _watching(record: CallRecord, send: Send) -> Send:
    async def watch(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
        await send(message)

    return watch


def _truncating(record: CallRecord, send: Send) -> Send:
    async def truncate(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            await send(message)
            return
        body = message.get("body", b"")
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _break_off(send)

    return truncate


async def _swallow(message: Message) -> None:
    """Let an answer go nowhere."""


async def _break_off(send: Send) -> None:
    transport = _transport(send)
    if transport is None:
        raise RuntimeError("Connections can be broken off only under uvicorn.")
    transport.abort()
    await asyncio.sleep(0.001)  # let the server notice before the application returns


def _transport(send: Any, depth: int = 8) -> Any:
    """The socket under ``send``. ASGI has no word for breaking a connection off.

    uvicorn's ``send`` is a method of its request cycle, which knows the socket; frameworks wrap it in
    functions, so the wrapped ones are looked at as well.
    """
    owner: Any = getattr(send, "__self__", None)
    if getattr(owner, "transport", None) is not None:
        return owner.transport
    cells = getattr(send, "__closure__", None) or () if depth else ()
    bound = [v for v in getattr(send, "args", ()) if callable(v)]
    inner = [cell.cell_contents for cell in cells if callable(cell.cell_contents)]
    return next((t for s in (*bound, *inner) if (t := _transport(s, depth - 1)) is not None), None)


async def _answer(fault: Fault, send: Send) -> None:
    body = fault.body
    if body is None and fault.code:
        body = {"error": {"code": fault.code, "message": fault.message or "", "innerError": {}}}
    octets = body.encode() if isinstance(body, str) else b"" if body is None else msgspec.json.encode(body)
    headers = {"content-type": "application/json", **{n.lower(): v for n, v in fault.headers.items()}}
    headers["content-length"] = str(len(octets))
    encoded = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": encoded})
    await send({"type": "http.response.body", "body": octets})
