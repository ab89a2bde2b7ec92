"""From a request to an answer: caller, route, limits, handler, errors; for calls and ``$batch`` parts."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from urllib.parse import quote
from uuid import uuid4

from m365sim.graph import router, subscriptions
from m365sim.graph.access import Authenticate, Target, check, identify, mailbox_of, sees_bodies, target_of
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError, access_denied, from_world
from m365sim.graph.http import JSON_TYPE, Answer, GraphRequest, error_body
from m365sim.graph.mime_input import read_mime
from m365sim.graph.parameters import parameters
from m365sim.graph.prefer import Prefer
from m365sim.graph.profile import get_user
from m365sim.graph.request_headers import read_headers
from m365sim.graph.users import count_users, list_users
from m365sim.identity.access import Caller
from m365sim.journal import CallRecord
from m365sim.limits import Throttled
from m365sim.world.agenda import run_due
from m365sim.world.errors import WorldError
from m365sim.world.mailbox import Mailbox
from m365sim.world.simulation import Simulation

_UPLOADS = frozenset({"POST", "PATCH", "PUT"})
"""Methods whose bodies count as uploads."""
_WITHOUT_BODY = frozenset({"GET", "DELETE"})
_OF_ALL_USERS = {("GET", "users"): list_users, ("GET", "users", "$count"): count_users}

_log = logging.getLogger(__name__)


class GraphService:
    """Graph for one simulation. ``authenticate`` turns an Authorization header into a caller."""

    def __init__(self, sim: Simulation, authenticate: Authenticate) -> None:
        self.sim = sim
        self._authenticate = authenticate

    def identify(self, request: GraphRequest) -> Caller:
        """The caller of a request, or GraphError 401."""
        header = request.headers.get("authorization")
        return identify(self._authenticate, self.sim.directory, header, self.sim.clock.now())

    async def perform(self, request: GraphRequest, caller: Caller, record: CallRecord) -> Answer:
        """Answer one request. Refusals come back as error answers; ``record`` is filled in."""
        record.app_id = caller.app_id
        try:
            answer = await self._perform(request, caller, record)
        except GraphError as error:
            answer = self.refusal(request, error)
        except WorldError as error:
            answer = self.refusal(request, from_world(error))
        except Exception:  # a fault of ours must not take the rest of a batch along
            _log.exception("m365sim: %s %s failed", request.method, record.path.split("/")[-1])
            answer = self.refusal(
                request, GraphError(500, "InternalServerError", "An internal error occurred.")
            )
        record.status = answer.status
        return answer

    async def _perform(self, request: GraphRequest, caller: Caller, record: CallRecord) -> Answer:
        run_due(self.sim.world)
        self._knock(caller)
        prefer = read_headers(request)
        if request.method in _WITHOUT_BODY:
            parameters(request, ())
        if request.segments[:1] == ("subscriptions",):
            answer = await subscriptions.answer(self.sim, request, caller, prefer, record)
            return _confirmed(answer, prefer)
        of_all = _OF_ALL_USERS.get((request.method, *(s.lower() for s in request.segments)))
        if of_all is not None:
            return _confirmed(of_all(self.sim.directory, request, caller, prefer), prefer)
        target = target_of(self.sim.directory, caller, request.segments)
        record.mailbox = target.user.upn
        if not target.path and request.method == "GET":
            check(caller, target, "profile")
            answer = get_user(self.sim, request, caller, target, prefer)
        else:
            answer = await self._in_mailbox(request, caller, target, prefer)
        return _confirmed(answer, prefer)

    async def _in_mailbox(
        self, request: GraphRequest, caller: Caller, target: Target, prefer: Prefer
    ) -> Answer:
        path, pairs = router.flatten(target.path)
        match = router.find(request.method, path)
        check(caller, target, match.route.need)
        mailbox = mailbox_of(self.sim.world, target.user)
        owner = request.segments[: len(request.segments) - len(target.path)]
        owner_path = "/".join(quote(segment, safe="@") for segment in owner)
        is_basic = match.route.need == "basic" and not sees_bodies(caller, target)
        if is_basic and {"$expand", "$search"} & set(request.query):
            raise access_denied()  # neither is in Mail.ReadBasic
        context = Context(self.sim, request, prefer, target.user, mailbox, owner_path, caller, is_basic)
        await self._enter(caller, mailbox, len(request.body) if request.method in _UPLOADS else 0)
        try:
            await asyncio.sleep(self.sim.limits.latency_s)
            context = replace(context, mime=await read_mime(request))
            return await router.run(context, match, pairs)
        finally:
            self.sim.limits.leave(caller.app_id, mailbox.id)

    def _knock(self, caller: Caller) -> None:
        refused = self.sim.limits.knock(caller.app_id, self.sim.clock.now().timestamp())
        if refused is not None:
            raise throttled(refused)

    async def _enter(self, caller: Caller, mailbox: Mailbox, octets: int) -> None:
        limits, now = self.sim.limits, self.sim.clock.now().timestamp()
        refused = limits.upload(caller.app_id, mailbox.id, octets, now)
        refused = refused or limits.enter(caller.app_id, mailbox.id, now)
        if refused is not None:
            raise throttled(refused)

    def refusal(self, request: GraphRequest, error: GraphError) -> Answer:
        """The error answer for a refusal."""
        date = f"{self.sim.clock.now():%Y-%m-%dT%H:%M:%S}"
        request_id = str(uuid4())
        body = error_body(error, date, request_id, request.headers.get("client-request-id", request_id))
        return Answer(error.status, body, JSON_TYPE, {**error.headers, "request-id": request_id})


def _confirmed(answer: Answer, prefer: Prefer) -> Answer:
    """The answer with what was understood of the caller's wishes."""
    if prefer.applied:
        answer.headers["Preference-Applied"] = prefer.applied
    return answer


def throttled(refused: Throttled) -> GraphError:
    """The refusal as an answer, with a decimal Retry-After if the service says one.

    Source: Graph v1.0, "Microsoft Graph throttling guidance".
    """
    wait_s = refused.retry_after_s
    headers = {} if wait_s is None else {"Retry-After": f"{wait_s:g}"}
    return GraphError(refused.status, refused.code, refused.message, headers)
