"""Graph's door: an ASGI endpoint under ``/v1.0`` and a refusal under ``/beta``."""

from __future__ import annotations

from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from m365sim.bodies import GZIP, BadPacking, TooLarge, read_body, read_gzip
from m365sim.control.middleware import Recorder
from m365sim.graph import odata
from m365sim.graph.access import Authenticate
from m365sim.graph.batch import run_batch
from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.graph.http import Answer, GraphRequest, check_match, split_path, split_query
from m365sim.graph.request_headers import read_headers
from m365sim.graph.service import GraphService
from m365sim.identity.access import authenticate as authenticate_by_token
from m365sim.journal import CallRecord
from m365sim.world.simulation import Simulation

MAX_BODY = 4 * 1024 * 1024
VERSION = "/v1.0"


def graph_routes(sim: Simulation, authenticate: Authenticate = authenticate_by_token) -> list[Route]:
    """Routes for the HTTPS listener, with their whole paths: ``/v1.0/...`` and ``/beta/...`` (refused).

    Calls are recorded, and the faults set by the control API played, here or in a `Recorder` around it all.
    """
    door = Recorder(GraphDoor(GraphService(sim, authenticate)), sim)
    return [Route(VERSION + "/{path:path}", door), Route("/beta/{path:path}", door)]


class GraphDoor:
    """Reads a request from the server, has it answered, and sends the answer."""

    def __init__(self, service: GraphService) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        record: CallRecord = scope.get("m365sim.call") or CallRecord(request.method, "", "", 0, 0)
        client_request_id = request.headers.get("client-request-id")
        understood = _bare(request)
        try:
            understood = await _understand(self._service.sim, request)
            answer = await self._answer(understood, record)
        except GraphError as error:
            answer = self._service.refusal(understood, error)
        except ClientDisconnect:
            return
        record.status = answer.status
        await _send(send, answer, client_request_id)

    async def _answer(self, request: GraphRequest, record: CallRecord) -> Answer:
        caller = self._service.identify(request)
        if request.segments == ("$batch",):
            if request.method != "POST":
                raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
            odata.check_options(request.query, ())
            read_headers(request)
            check_match(request)
            request.check_type()
            record.app_id = caller.app_id
            return await run_batch(self._service, request, caller, record)
        return await self._service.perform(request, caller, record)


def _bare(request: Request) -> GraphRequest:
    headers = {"client-request-id": request.headers.get("client-request-id", "")}
    headers = {name: value for name, value in headers.items() if value}
    return GraphRequest(request.method, "", (), {}, headers, b"", "")


async def _understand(sim: Simulation, request: Request) -> GraphRequest:
    scope = request.scope
    raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").split("?")[0]
    if not raw.startswith(VERSION + "/"):
        raise not_simulated(raw)
    headers = _headers(request)
    body = await _body(request, headers)
    target = raw[len(VERSION) :]
    return GraphRequest(
        method=request.method,
        target=target,
        segments=split_path(target),
        query=split_query(scope["query_string"].decode("latin-1")),
        headers=headers,
        body=body,
        root=sim.address_of(scope["scheme"], request.headers.get("host", "localhost")) + VERSION,
    )


async def _body(request: Request, headers: dict[str, str]) -> bytes:
    """The body, unpacked where it is gzip: then ``headers`` speak of the coding no more.

    Any other coding stays in them, and is refused where all headers are looked at.
    """
    try:
        if headers.get("content-encoding", "").strip().lower() not in GZIP:
            return await read_body(request, MAX_BODY)
        del headers["content-encoding"]
        return await read_gzip(request, MAX_BODY)
    except TooLarge as error:
        raise GraphError(413, "RequestEntityTooLarge", "The request is larger than 4 MB.") from error
    except BadPacking as error:
        raise bad_request("The body is not the gzip that Content-Encoding says it is.") from error


def _headers(request: Request) -> dict[str, str]:
    """Headers by name; one sent several times counts as a list, which matters for ``Prefer``."""
    return {name: ", ".join(request.headers.getlist(name)) for name in request.headers}


async def _send(send: Send, answer: Answer, client_request_id: str | None) -> None:
    headers = {
        "Cache-Control": "private",
        "OData-Version": "4.0",
        "Content-Length": str(len(answer.body)),
        "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"Simulation","Slice":"E","Ring":"5"}}',
        "request-id": str(uuid4()),
        **answer.headers,
    }
    if answer.content_type is not None:
        headers["Content-Type"] = answer.content_type
    if client_request_id is not None:
        headers["client-request-id"] = client_request_id
    encoded = [(n.lower().encode("latin-1"), v.encode("latin-1", "replace")) for n, v in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": answer.body})
