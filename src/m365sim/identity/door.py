"""The door in front of the identity endpoints: every call is recorded, and planned faults strike here too."""

from __future__ import annotations

import asyncio
import time

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from m365sim.control.faults import Fault
from m365sim.journal import CallRecord
from m365sim.world.simulation import Simulation


class IdentityDoor:
    """ASGI middleware over the identity endpoints."""

    def __init__(self, app: ASGIApp, simulation: Simulation) -> None:
        self._app = app
        self._simulation = simulation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, through the fault that is due for it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        record = CallRecord(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            status=0,
            at_s=self._simulation.clock.now().timestamp(),
        )
        began = time.perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
            await send(message)

        try:
            await self._pass(scope, receive, noting, record)
        finally:
            record.took_ms = (time.perf_counter() - began) * 1000
            self._simulation.journal.add(record)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, record: CallRecord) -> None:
        fault = self._simulation.faults.take(record.method, record.path)
        if fault is None:
            await self._app(scope, receive, send)
            return
        record.fault = fault.kind
        await asyncio.sleep(fault.delay_s)
        if fault.kind == "answer" and fault.status:
            await _answer(fault)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _answer(fault: Fault) -> Response:
    """What a fault says instead of the real answer."""
    body = fault.body
    if body is None:
        body = {"error": fault.code or "server_error", "error_description": fault.message or ""}
    content = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
    return Response(content, fault.status, fault.headers, media_type="application/json")
