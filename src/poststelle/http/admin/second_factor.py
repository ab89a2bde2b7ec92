"""For whom a second factor is required, and taking it from somebody who has lost it."""

from typing import Literal, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import proving
from poststelle.access import second_factor as factors
from poststelle.access import users as people
from poststelle.http import authn
from poststelle.http.body import Body, read_body, user_id
from poststelle.http.errors import json_response
from poststelle.http.proof import ProofBody, asking
from poststelle.http.services import Services
from poststelle.settings import second_factor

Whom = Literal["all", "settings", "nobody"]


class Without(msgspec.Struct):
    """How many active users have no second factor: of those with the right to the settings, and of all."""

    settings: int
    all: int


class LoginSettings(msgspec.Struct):
    """``settings``: who has the right to the settings."""

    second_factor_for: Whom
    without_second_factor: Without


class LoginSettingsBody(Body):
    second_factor_for: str
    proof: ProofBody | None = None


def routes(services: Services) -> list[Route]:
    """``/api/settings/login``, ``/api/users/{user}/second-factor``."""
    store, ring, clock = services.store, services.ring, services.clock

    async def show(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(second_factor.required_for, who.user.id, ring)
        return json_response(request, LoginSettings(cast(Whom, found.whom), Without(**found.without)))

    async def save(request: Request) -> Response:
        who = await authn.bearer(services, request)
        await store.read(second_factor.required_for, who.user.id, ring)  # the right, before the costly hash
        body, now = await read_body(request, LoginSettingsBody), clock.now()
        by = await asking(services, request, who, body.proof)
        whom = body.second_factor_for
        for user in await by.write(second_factor.set_required_for, whom, ring=ring, now=now):
            services.hub.revoke(user)
        return await show(request)

    async def reset(request: Request) -> Response:
        who, target = await authn.bearer(services, request), user_id(request)
        await store.read(people.one, who.user.id, target)  # the right, before the costly hash
        body = await read_body(request, ProofBody)
        proven = await proving.confirm(services.door, who, body.proof())
        await proving.write_proven(services.door, proven, factors.reset_by, who.user.id, target, clock.now())
        services.hub.revoke(target)
        return json_response(request, {})

    return [
        Route("/api/settings/login", show, methods=["GET"]),
        Route("/api/settings/login", save, methods=["PUT"]),
        Route("/api/users/{user}/second-factor", reset, methods=["DELETE"]),
    ]
