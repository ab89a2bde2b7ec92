"""``POST /$batch``: up to twenty calls in one, four at a time, each with an answer of its own.

Source: Graph v1.0, "Combine multiple HTTP requests using JSON batching".
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from random import Random
from typing import Any

import msgspec

from m365sim.control.distort import distorted
from m365sim.control.faults import Fault
from m365sim.graph.batch_parts import Part, read_parts
from m365sim.graph.errors import GraphError
from m365sim.graph.http import Answer, GraphRequest, json_answer
from m365sim.graph.service import GraphService
from m365sim.identity.access import Caller
from m365sim.journal import CallRecord

AT_ONCE = 4

Response = dict[str, Any]


async def run_batch(
    service: GraphService, request: GraphRequest, caller: Caller, record: CallRecord
) -> Answer:
    """Run the parts and answer 200 with theirs, whatever became of them; GraphError 400 when malformed."""
    parts = read_parts(request)
    runner = _Runner(service, request, caller, record)
    tasks = runner.begin(parts)
    await asyncio.gather(*tasks.values())
    answered = [(part, await tasks[part.key]) for part in parts]
    shown = [response for part, response in answered if not runner.is_lost(part)]
    if service.sim.behaviour.batch_order == "shuffled":
        runner.dice.shuffle(shown)
    return json_answer({"responses": shown})


class _Runner:
    """One batch at work. ``dice`` fall the same way for the same seed and number of calls so far."""

    def __init__(
        self, service: GraphService, outer: GraphRequest, caller: Caller, record: CallRecord
    ) -> None:
        self._service, self._outer, self._caller, self._record = service, outer, caller, record
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._tasks: dict[str, asyncio.Task[Response]] = {}
        self._lost: set[str] = set()
        sim = service.sim
        self.dice = Random(f"{sim.behaviour.seed}/{sim.journal.total}")  # noqa: S311 - chance, not secrecy

    def begin(self, parts: list[Part]) -> dict[str, asyncio.Task[Response]]:
        """Start every part; those that depend on others wait for them."""
        for part in parts:
            self._tasks[part.key] = asyncio.ensure_future(self._run(part))
        return self._tasks

    def is_lost(self, part: Part) -> bool:
        """Whether the part's answer is missing: by a fault, or by the switch for it."""
        return part.key in self._lost or self.dice.random() < self._service.sim.behaviour.batch_loss

    async def _run(self, part: Part) -> Response:
        for other in part.depends_on:
            if not 200 <= (await self._tasks[other.lower()])["status"] < 400:
                return _failed_dependency(part)
        async with self._gate:
            return await self._perform(part)

    async def _perform(self, part: Part) -> Response:
        service, (path, query) = self._service, part.target()
        own = CallRecord(part.method.upper(), "/v1.0" + path, query, 0, service.sim.clock.now().timestamp())
        own.prefer = next((v for n, v in part.headers.items() if n.lower() == "prefer"), "")
        self._record.parts.append(own)
        try:
            inner = part.request(self._outer)
        except GraphError as error:
            return _response(part, service.refusal(self._outer, error), own)
        fault = service.sim.faults.take(own.method, own.path, is_part=True)
        if fault is None:
            return _response(part, await service.perform(inner, self._caller, own), own)
        own.fault = fault.kind
        return _response(part, await self._troubled(part, inner, fault, own), own)

    async def _troubled(self, part: Part, inner: GraphRequest, fault: Fault, own: CallRecord) -> Answer:
        """The answer of a part that a fault hits. ``reset`` and ``lost`` leave it out of the batch's.

        Status 0 means that the part was never begun; what depends on it fails.
        """
        service = self._service
        await asyncio.sleep(fault.delay_s)
        if fault.kind in ("reset", "lost"):
            self._lost.add(part.key)
        if fault.kind == "reset":
            return Answer(0)
        if fault.kind == "answer" and fault.status:
            error = GraphError(fault.status, fault.code or "UnknownError", fault.message or "", fault.headers)
            return service.refusal(inner, error)
        answer = await service.perform(inner, self._caller, own)
        path, query = part.target()
        answer.body = distorted(answer.body, fault, inner.root + path + (f"?{query}" if query else ""))
        return answer


def _failed_dependency(part: Part) -> Response:
    message = "One or more of the requests this request depends on failed."
    body = {"error": {"code": "FailedDependency", "message": message}}
    return {"id": part.id, "status": 424, "headers": {"Content-Type": "application/json"}, "body": body}


def _response(part: Part, answer: Answer, own: CallRecord) -> Response:
    own.status = answer.status
    shown: Response = {"id": part.id, "status": answer.status, "headers": dict(answer.headers)}
    if answer.content_type is not None:
        shown["headers"]["Content-Type"] = answer.content_type
        is_json = answer.content_type.startswith("application/json")
        shown["body"] = msgspec.Raw(answer.body) if is_json else b64encode(answer.body).decode()
    return shown
