"""``POST /$batch``: up to twenty calls in one, four at a time, each with an answer of its own.

Source: Graph v1.0, "Combine multiple HTTP requests using JSON batching".
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any

import msgspec

from m365sim.control.faults import Fault
from m365sim.graph.errors import GraphError, bad_request
from m365sim.graph.http import Answer, GraphRequest, json_answer, split_path, split_query
from m365sim.graph.service import GraphService
from m365sim.identity.access import Caller
from m365sim.journal import CallRecord

MAX_PARTS = 20
AT_ONCE = 4


class Part(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """One call inside a batch; ``url`` is relative to ``/v1.0``."""

    id: str
    method: str
    url: str
    headers: dict[str, str] = {}
    body: Any = None
    depends_on: list[str] = []


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    requests: list[Part]


async def run_batch(
    service: GraphService, request: GraphRequest, caller: Caller, record: CallRecord
) -> Answer:
    """Run the parts and answer 200 with theirs, whatever became of them; GraphError 400 when malformed."""
    parts = _parts(request)
    gate = asyncio.Semaphore(AT_ONCE)
    tasks: dict[str, asyncio.Task[dict[str, Any]]] = {}

    async def run(part: Part) -> dict[str, Any]:
        for other in part.depends_on:
            if (await tasks[other.lower()])["status"] >= 400:
                return _failed_dependency(part)
        async with gate:
            return await _run_part(service, request, caller, record, part)

    for part in parts:
        tasks[part.id.lower()] = asyncio.ensure_future(run(part))
    responses = await asyncio.gather(*tasks.values())
    return json_answer({"responses": responses})


def _parts(request: GraphRequest) -> list[Part]:
    try:
        parts = msgspec.json.decode(request.body, type=_Batch).requests
    except msgspec.DecodeError as error:
        raise bad_request(f"Invalid batch payload format: {error}") from error
    if not 1 <= len(parts) <= MAX_PARTS:
        raise bad_request(f"A batch holds 1 to {MAX_PARTS} requests, not {len(parts)}.")
    earlier: set[str] = set()
    for part in parts:
        _check_part(part, earlier)
        earlier.add(part.id.lower())
    return parts


def _check_part(part: Part, earlier: set[str]) -> None:
    if part.id.lower() in earlier:
        raise bad_request(f"The request id '{part.id}' occurs more than once in the batch.")
    for other in part.depends_on:
        if other.lower() not in earlier:
            raise bad_request(f"Request '{part.id}' depends on '{other}', which does not come before it.")
    names = {name.lower() for name in part.headers}
    if part.body is not None and "content-type" not in names:
        raise bad_request(f"Request '{part.id}' has a body but no Content-Type header.")


async def _run_part(
    service: GraphService, outer: GraphRequest, caller: Caller, record: CallRecord, part: Part
) -> dict[str, Any]:
    path, _, query = part.url.partition("?")
    path = path if path.startswith("/") else "/" + path
    own = CallRecord(part.method.upper(), "/v1.0" + path, query, 0, service.sim.clock.now().timestamp())
    own.prefer = next((v for n, v in part.headers.items() if n.lower() == "prefer"), "")
    record.parts.append(own)
    try:
        inner = _inner(outer, part, path, query)
    except GraphError as error:
        return _response(part, service.refusal(outer, error), own)
    fault = service.sim.faults.take(own.method, own.path)
    if fault is not None:
        own.fault = fault.kind
        await asyncio.sleep(fault.delay_s)
        if fault.status:
            return _response(part, _faulty(service, inner, fault), own)
    return _response(part, await service.perform(inner, caller, own), own)


def _inner(outer: GraphRequest, part: Part, path: str, query: str) -> GraphRequest:
    headers = {name.lower(): value for name, value in part.headers.items()}
    segments, options = split_path(path), split_query(query)
    return GraphRequest(
        part.method.upper(), path, segments, options, headers, _body(part, headers), outer.root
    )


def _body(part: Part, headers: dict[str, str]) -> bytes:
    """A part's body as a call has it: JSON, or (MIME in base64, under ``text/plain``) the bare text."""
    if part.body is None:
        return b""
    if isinstance(part.body, str) and headers.get("content-type", "").lower().startswith("text/plain"):
        return part.body.encode()
    return msgspec.json.encode(part.body)


def _faulty(service: GraphService, inner: GraphRequest, fault: Fault) -> Answer:
    error = GraphError(fault.status, fault.code or "UnknownError", fault.message or "", fault.headers)
    return service.refusal(inner, error)


def _failed_dependency(part: Part) -> dict[str, Any]:
    message = "One or more of the requests this request depends on failed."
    body = {"error": {"code": "FailedDependency", "message": message}}
    return {"id": part.id, "status": 424, "headers": {"Content-Type": "application/json"}, "body": body}


def _response(part: Part, answer: Answer, own: CallRecord) -> dict[str, Any]:
    own.status = answer.status
    shown: dict[str, Any] = {"id": part.id, "status": answer.status, "headers": dict(answer.headers)}
    if answer.content_type is not None:
        shown["headers"]["Content-Type"] = answer.content_type
        is_json = answer.content_type.startswith("application/json")
        shown["body"] = msgspec.Raw(answer.body) if is_json else b64encode(answer.body).decode()
    return shown
