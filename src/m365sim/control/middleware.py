"""Around the HTTPS application: writes down every call and plays the faults that tests have set."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from m365sim.control.distort import distorted
from m365sim.control.faults import Fault
from m365sim.journal import CallRecord
from m365sim.world.simulation import Simulation

TRICKLE_S = 0.05
"""How long an answer that trickles rests between two pieces."""
_SECRET = re.compile(r"\b(authtoken=)[^&]*")
"""What stands in an address and lets anybody in; it is not written down."""


class Recorder:
    """An ASGI application around another one; a second one inside the first does nothing.

    It also gives answers their ``Date``, by the simulator's clock and the skew set for it, so the server
    around it should be told to send none of its own.
    """

    def __init__(self, app: ASGIApp, sim: Simulation) -> None:
        self._app = app
        self._sim = sim

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "m365sim.call" in scope:
            await self._app(scope, receive, send)
            return
        record = self._record(scope)
        scope["m365sim.call"] = record
        send = self._dated(send)
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

    def _dated(self, send: Send) -> Send:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                skew = timedelta(seconds=self._sim.behaviour.date_skew_s)
                date = format_datetime(self._sim.clock.now() + skew, usegmt=True)
                message = {**message, "headers": [*message["headers"], (b"date", date.encode())]}
            await send(message)

        return dated

    def _record(self, scope: Scope) -> CallRecord:
        raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").split("?")[0]
        query = _SECRET.sub(r"\1", scope["query_string"].decode("latin-1"))
        record = CallRecord(scope["method"], raw, query, 0, self._sim.clock.now().timestamp())
        record.prefer = ", ".join(v.decode("latin-1") for n, v in scope["headers"] if n == b"prefer")
        return record

    def _address(self, scope: Scope, record: CallRecord) -> str:
        """The call's own, as its caller knows it."""
        host = next((v.decode("latin-1") for n, v in scope["headers"] if n == b"host"), "localhost")
        query = scope["query_string"].decode("latin-1")
        return self._sim.address_of(scope["scheme"], host) + record.path + (f"?{query}" if query else "")

    async def _play(
        self, fault: Fault, scope: Scope, receive: Receive, send: Send, record: CallRecord
    ) -> None:
        await asyncio.sleep(fault.delay_s)
        if fault.kind == "reset":
            await _break_off(scope)
        elif fault.kind == "lost":
            await self._app(scope, receive, _swallow)
            record.status = 0
            await _break_off(scope)
        elif fault.kind == "gateway":
            await self._app(scope, receive, _swallow)
            answered = replace(fault, status=fault.status or 502)
            record.status = answered.status
            await _answer(answered, send, self._sim.clock.now(), is_graph=record.path.startswith("/v1.0"))
        elif fault.kind == "truncate":
            await self._app(scope, receive, _truncating(record, scope, send))
        elif fault.kind == "trickle":
            await self._app(scope, receive, _watching(record, _trickling(fault, send)))
        elif fault.kind != "answer":
            address = self._address(scope, record)
            await self._app(scope, receive, _watching(record, _distorting(fault, address, send)))
        elif fault.status:
            record.status = fault.status
            await _answer(fault, send, self._sim.clock.now(), is_graph=record.path.startswith("/v1.0"))
        else:
            await self._app(scope, receive, _watching(record, send))


def _watching(record: CallRecord, send: Send) -> Send:
    async def watch(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
        await send(message)

    return watch


def _truncating(record: CallRecord, scope: Scope, send: Send) -> Send:
    async def truncate(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            await send(message)
            return
        body = message.get("body", b"")
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _break_off(scope)

    return truncate


def _trickling(fault: Fault, send: Send) -> Send:
    piece = max(1, round(fault.bytes_per_s * TRICKLE_S))

    async def trickle(message: Message) -> None:
        if message["type"] == "http.response.body":
            for start in range(0, len(message.get("body", b"")), piece):
                part = message["body"][start : start + piece]
                await send({"type": "http.response.body", "body": part, "more_body": True})
                await asyncio.sleep(TRICKLE_S)
            message = {**message, "body": b""}
        await send(message)

    return trickle


def _distorting(fault: Fault, address: str, send: Send) -> Send:
    started: list[Message] = []
    held = bytearray()

    async def distort(message: Message) -> None:
        """Hold the answer back until it is whole: its length may change."""
        if message["type"] == "http.response.start":
            started.append(message)
            return
        held.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        body = distorted(bytes(held), fault, address)
        headers = [(n, v) for n, v in started[0]["headers"] if n != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**started[0], "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return distort


async def _swallow(message: Message) -> None:
    """Let an answer go nowhere."""


async def _break_off(scope: Scope) -> None:
    """Cut the connection, which the server has put into the scope: `m365sim.listening.Protocol`."""
    transport = scope.get("m365sim.transport")
    if transport is None:
        raise RuntimeError("Connections can be broken off only under m365sim's own listeners.")
    transport.abort()
    await asyncio.sleep(0.001)  # let the server notice before the application returns


async def _answer(fault: Fault, send: Send, now: datetime, *, is_graph: bool) -> None:
    octets = _octets(fault, now, is_graph=is_graph)
    headers = {"content-type": "application/json", **{n.lower(): v for n, v in fault.headers.items()}}
    headers["content-length"] = str(len(octets))
    encoded = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": encoded})
    await send({"type": "http.response.body", "body": octets})


def _octets(fault: Fault, now: datetime, *, is_graph: bool) -> bytes:
    """The body given, or a Graph error; Graph's own breakdowns say UnknownError and nothing else."""
    if isinstance(fault.body, str):
        return fault.body.encode()
    if fault.body is not None:
        return msgspec.json.encode(fault.body)
    code = fault.code or ("UnknownError" if is_graph and fault.status >= 500 else None)
    if code is None:
        return b""
    request_id = str(uuid4())
    inner = {"date": f"{now:%Y-%m-%dT%H:%M:%S}", "request-id": request_id, "client-request-id": request_id}
    error = {"code": code, "message": fault.message or "", "innerError": inner}
    return msgspec.json.encode({"error": error})
