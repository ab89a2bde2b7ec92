"""The endpoints of the mail API and what surrounds every request: login, sizes, errors."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from typing import Any

import msgspec
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from poststelle.http.jmap import (
    answer,
    api,
    blob,
    email_copy,
    email_get,
    email_import,
    email_parse,
    email_query,
    email_set,
    few,
    identity,
    mailbox,
    mailbox_set,
    presence,
    principal,
    push_subscription,
    quota,
    search_snippet,
    share_notification,
    submission_get,
    submission_set,
    sync_state,
    thread,
    vacation,
    websocket,
)
from poststelle.http.jmap.api import Asker, Registered, echo, parse_request, run_request
from poststelle.http.jmap.context import Caller, JmapContext
from poststelle.http.jmap.crowd import Crowd, Load
from poststelle.http.jmap.download import Downloads
from poststelle.http.jmap.download_all import Archives
from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.limits import (
    BLOB,
    CORE,
    MAIL,
    MAX_SIZE_REQUEST,
    PRINCIPALS,
    QUOTA,
    SUBMISSION,
    VACATION,
    VENDOR,
)
from poststelle.http.jmap.push import EVENT_SOURCE, event_source
from poststelle.http.jmap.session import Reachable, session_json, session_state
from poststelle.http.jmap.upload import Uploads, announced
from poststelle.mail import query
from poststelle.model.errors import Unavailable
from poststelle.model.ids import UserId
from poststelle.store import users
from poststelle.store.tx import ReadTx

METHODS = {
    "Core/echo": Registered(CORE, echo),
    "PushSubscription/get": Registered(CORE, push_subscription.push_subscription_get),
    "PushSubscription/set": Registered(CORE, push_subscription.push_subscription_set),
    "Mailbox/get": Registered(MAIL, mailbox.mailbox_get),
    "Mailbox/query": Registered(MAIL, mailbox.mailbox_query),
    "Mailbox/queryChanges": Registered(MAIL, mailbox.mailbox_query_changes),
    "Mailbox/set": Registered(MAIL, mailbox_set.mailbox_set),
    "Mailbox/changes": Registered(MAIL, mailbox.mailbox_changes),
    "Thread/get": Registered(MAIL, thread.thread_get),
    "Thread/changes": Registered(MAIL, thread.thread_changes),
    "Email/get": Registered(MAIL, email_get.email_get),
    "Email/parse": Registered(MAIL, email_parse.email_parse),
    "Email/changes": Registered(MAIL, email_get.email_changes),
    "Email/query": Registered(MAIL, email_query.email_query),
    "Email/queryChanges": Registered(MAIL, email_query.email_query_changes),
    "Email/set": Registered(MAIL, email_set.email_set),
    "Email/import": Registered(MAIL, email_import.email_import),
    "Email/copy": Registered(MAIL, email_copy.email_copy),
    "SearchSnippet/get": Registered(MAIL, search_snippet.search_snippet_get),
    "Identity/get": Registered(SUBMISSION, identity.identity_get),
    "Identity/changes": Registered(SUBMISSION, identity.identity_changes),
    "Identity/set": Registered(SUBMISSION, identity.identity_set),
    "EmailSubmission/get": Registered(SUBMISSION, submission_get.submission_get, is_for_all=False),
    "EmailSubmission/changes": Registered(SUBMISSION, submission_get.submission_changes, is_for_all=False),
    "EmailSubmission/query": Registered(SUBMISSION, submission_get.submission_query, is_for_all=False),
    "EmailSubmission/queryChanges": Registered(SUBMISSION, few.no_query_changes, is_for_all=False),
    "EmailSubmission/set": Registered(SUBMISSION, submission_set.submission_set, is_for_all=False),
    "VacationResponse/get": Registered(VACATION, vacation.vacation_get, is_for_all=False),
    "VacationResponse/set": Registered(VACATION, vacation.vacation_set, is_for_all=False),
    "Blob/upload": Registered(BLOB, blob.blob_upload),
    "Blob/get": Registered(BLOB, blob.blob_get),
    "Blob/lookup": Registered(BLOB, blob.blob_lookup),
    "Blob/copy": Registered(CORE, blob.blob_copy),
    "Quota/get": Registered(QUOTA, quota.quota_get),
    "Quota/changes": Registered(QUOTA, quota.quota_changes),
    "Quota/query": Registered(QUOTA, quota.quota_query),
    "Quota/queryChanges": Registered(QUOTA, few.no_query_changes),
    "Principal/get": Registered(PRINCIPALS, principal.principal_get),
    "Principal/changes": Registered(PRINCIPALS, principal.principal_changes),
    "Principal/query": Registered(PRINCIPALS, principal.principal_query),
    "Principal/queryChanges": Registered(PRINCIPALS, few.no_query_changes),
    "Principal/set": Registered(PRINCIPALS, principal.principal_set),
    "ShareNotification/get": Registered(PRINCIPALS, share_notification.share_notification_get),
    "ShareNotification/changes": Registered(PRINCIPALS, share_notification.share_notification_changes),
    "ShareNotification/query": Registered(PRINCIPALS, share_notification.share_notification_query),
    "ShareNotification/queryChanges": Registered(PRINCIPALS, few.no_query_changes),
    "ShareNotification/set": Registered(PRINCIPALS, share_notification.share_notification_set),
    "SyncState/get": Registered(VENDOR, sync_state.sync_state_get),
    "Presence/get": Registered(VENDOR, presence.presence_get),
    "Presence/changes": Registered(VENDOR, presence.presence_changes),
    "Presence/announce": Registered(VENDOR, presence.presence_announce),
    "Answer/get": Registered(VENDOR, answer.answer_get),
}


class FileName(Convertor[str]):
    """The rest of a path, whatever is in it: ``path`` of Starlette ends at a line break."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("file_name", FileName())

_WATCHED_AFTER_S = 0.2
_PIECE = 256 * 1024
Endpoint = Callable[[JmapContext, Request], Awaitable[Response]]


def routes(context: JmapContext) -> list[BaseRoute]:
    """All endpoints of the mail API, to be mounted at the root."""
    crowd = Crowd()

    def at(path: str, endpoint: Endpoint, method: str) -> Route:
        async def run(request: Request) -> Response:
            try:
                return await endpoint(context, request)
            except RequestError as error:
                return _json(error.body, error.status, "application/problem+json")
            except Unavailable as problem:
                later = RequestError("tryLater", problem.message, problem.status)
                answer = _json(later.body, later.status, "application/problem+json")
                answer.headers["Retry-After"] = str(problem.params["after_s"])
                return answer

        return Route(path, run, methods=[method])

    return [
        Route("/.well-known/jmap", _well_known, methods=["GET"]),
        at("/jmap/session", _session, "GET"),
        at("/jmap/api", partial(_api, crowd), "POST"),
        Route("/jmap/api", _posted_to, methods=["GET"]),
        WebSocketRoute("/jmap/ws", partial(websocket.serve, context, crowd, partial(_answer, context))),
        at(EVENT_SOURCE, event_source, "GET"),
        at("/jmap/upload/{account}/", Uploads().upload, "POST"),
        Route("/jmap/upload/{account}/", _posted_to, methods=["GET"]),
        at("/jmap/download/{account}/{blob}/{name:file_name}", Downloads().download, "GET"),
        at("/jmap/archive/{account}/{message}/{name:file_name}", Archives().download, "GET"),
    ]


async def _posted_to(_request: Request) -> Response:
    """There is something here, though not for GET, which any other address has for the page."""
    raise HTTPException(405, headers={"Allow": "POST"})


async def _well_known(_request: Request) -> Response:
    """Source: RFC 8620 §2.2."""
    return RedirectResponse("/jmap/session", status_code=307)


async def _session(context: JmapContext, request: Request) -> Response:
    caller, seen = await context.enter(request, _reachable)
    username, reachable = seen.get()
    session = session_json(
        username,
        reachable,
        principal=principal.principal_text(caller.user_id),
        base=context.public_url(request),
        vapid_key=context.pushes.wire.vapid.public_key,
    )
    return _json(session)


async def _api(crowd: Crowd, context: JmapContext, request: Request) -> Response:
    caller, state = await context.enter(request, _state)
    _check_type(request)
    with ExitStack() as place:
        place.enter_context(crowd.one_more(caller.user_id))
        load = place.enter_context(crowd.load(caller.user_id))
        call, asker = await parse_request(await _body(request, load), load, caller.store), Asker()
        with _watching(request, asker) if call.only_reads else nullcontext():
            answer = await run_request(METHODS, context, caller, call, asker, load)
        octets = msgspec.json.encode(answer | {"sessionState": state.get()})
        load.hold(len(octets))
        return _Answer(octets, place.pop_all())


class _Answer(Response):
    """Goes out in pieces, each when the client has read most of those before; keeps its place till then."""

    media_type = "application/json"

    def __init__(self, octets: bytes, place: ExitStack) -> None:
        super().__init__(octets, headers={"Cache-Control": "no-store"})
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._place:
            if len(self.body) <= _PIECE:
                await super().__call__(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            for at in range(0, len(self.body), _PIECE):
                piece = bytes(self.body[at : at + _PIECE])
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


@contextmanager
def _watching(request: Request, asker: Asker) -> Iterator[None]:
    """Within the block the asker leaves when the client closes the connection. Most are answered before
    anybody looks."""
    looking: list[asyncio.Task[None]] = []

    async def look() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass  # all of the request has been read
        asker.leave()

    loop = asyncio.get_running_loop()
    timer = loop.call_later(_WATCHED_AFTER_S, lambda: looking.append(loop.create_task(look())))
    try:
        yield
    finally:
        timer.cancel()
        for task in looking:
            task.cancel()


async def _answer(
    context: JmapContext, caller: Caller, call: api.Request, asker: Asker, load: Load
) -> dict[str, Any]:
    """The same for a caller who came in long ago."""
    state = await caller.store.read(_state, caller.user_id)
    return await run_request(METHODS, context, caller, call, asker, load) | {"sessionState": state}


def _state(tx: ReadTx, user_id: UserId) -> str:
    return session_state(*_reachable(tx, user_id))


def _reachable(tx: ReadTx, user_id: UserId) -> tuple[str, list[Reachable]]:
    user = users.get(tx, user_id)
    found = [Reachable(account, level) for account, level in query.accounts(tx, user_id)]
    return (user.login if user else "", found)


def _check_type(request: Request) -> None:
    """Source: RFC 8620 §3.1, §3.6.1 (notJSON)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RequestError("notJSON", "A request's Content-Type is application/json.")


async def _body(request: Request, load: Load) -> bytes:
    """The request's octets; refused as soon as they grow too many, whatever the header said."""
    if announced(request) > MAX_SIZE_REQUEST:
        raise _too_large()
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_SIZE_REQUEST:
                raise _too_large()
            load.weigh(2 * len(body))  # these, and what the server has not handed over yet
    except ClientDisconnect as gone:
        raise RequestError("notRequest", "The request broke off.") from gone
    return bytes(body)


def _too_large() -> RequestError:
    return RequestError("limit", "The request is too large.", 413, limit="maxSizeRequest")


def _json(body: Any, status: int = 200, media_type: str = "application/json") -> Response:
    return Response(
        msgspec.json.encode(body), status, media_type=media_type, headers={"Cache-Control": "no-store"}
    )
