"""Logins: one's own, to see and to end; all of somebody's, to be ended by an administrator."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import logins
from poststelle.http import authn
from poststelle.http.body import user_id
from poststelle.http.errors import json_response
from poststelle.http.proof import asking
from poststelle.http.services import Services
from poststelle.http.shapes import Instant


class LoginRow(msgspec.Struct):
    """``agent`` is what the browser calls itself; ``is_this``: by which the question came."""

    id: str
    agent: str
    created_at: Instant
    last_seen_at: Instant
    is_this: bool


def routes(services: Services) -> list[Route]:
    """``/api/me/logins``, ``/api/users/{user}/logins``. Streams of what has ended are cut."""
    store, clock, hub = services.store, services.clock, services.hub

    async def list_mine(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(logins.list_mine, who.user.id, clock.now())
        rows = [
            LoginRow(
                logins.name_of(one),
                one.user_agent,
                one.created_at,
                one.last_seen_at,
                one.token_hash == who.login.token_hash,
            )
            for one in found
        ]
        return json_response(request, {"logins": rows})

    async def end(request: Request) -> Response:
        who = await authn.bearer(services, request)
        name = str(request.path_params["login"])
        ended = await store.write(logins.end, who.user.id, name, clock.now())
        hub.revoke_login(ended.token_hash)
        return json_response(request, {})

    async def end_others(request: Request) -> Response:
        who = await authn.bearer(services, request)
        ended = await store.write(logins.end_others, who.login, clock.now())
        for one in ended:
            hub.revoke_login(one.token_hash)
        return json_response(request, {"ended": len(ended)})

    async def end_of(request: Request) -> Response:
        who, target = await authn.bearer(services, request), user_id(request)
        by = await asking(services, request, who, None)
        count = await by.write(logins.end_of, target, clock.now())
        hub.revoke(target)
        return json_response(request, {"ended": count})

    return [
        Route("/api/me/logins", list_mine, methods=["GET"]),
        Route("/api/me/logins", end_others, methods=["DELETE"]),
        Route("/api/me/logins/{login}", end, methods=["DELETE"]),
        Route("/api/users/{user}/logins", end_of, methods=["DELETE"]),
    ]
