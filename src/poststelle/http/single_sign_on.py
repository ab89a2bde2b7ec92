"""To the provider of single sign-on and back, and its settings.

The callback's answer is always a redirect to the login page: neither code nor state stays in the address.
"""

from datetime import timedelta
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from poststelle.access import single_sign_on
from poststelle.access import users as people
from poststelle.access.login import NextStep
from poststelle.access.single_sign_on import Arrived, Counter, SignOnFailed
from poststelle.http import authn
from poststelle.http.body import Body, read_body, user_id
from poststelle.http.errors import json_response
from poststelle.http.proof import ProofBody, ProvenBody, asking
from poststelle.http.rate import Rate
from poststelle.http.services import Services
from poststelle.model.errors import TooMany
from poststelle.settings import single_sign_on as settings
from poststelle.settings.single_sign_on import Provider

CALLBACK_PATH = "/sign-in/sso/callback"
COOKIE = "poststelle_sso"
_LIVES_S = 900
_AFTER_S = 2
_BEGINNINGS = (60, timedelta(seconds=_AFTER_S))  # one address begins so many in a row, and one more every


class BeginBody(Body):
    """``next``: the page of ours to go to afterwards. ``anew``: the provider asks who it is in any case."""

    next: str = ""
    anew: bool = False


class ProviderBody(Body):
    """``secret`` null leaves it as it is; an empty one forgets it."""

    issuer: str
    client_id: str
    name: str
    secret: str | None = None
    creates_users: bool = False
    trusts_addresses: bool = False
    trusts_second_factor: bool = False
    proof: ProofBody | None = None

    def provider(self) -> Provider:
        return Provider(
            self.issuer,
            self.client_id,
            self.name,
            self.creates_users,
            self.trusts_addresses,
            self.trusts_second_factor,
        )


class ProviderRow(msgspec.Struct):
    issuer: str
    client_id: str
    name: str
    has_secret: bool
    creates_users: bool
    trusts_addresses: bool
    trusts_second_factor: bool


def routes(services: Services) -> list[Route]:
    """``/api/login/sso``, the callback, ``/api/settings/sso``, ``/api/users/{user}/identity``."""
    store, ring, clock = services.store, services.ring, services.clock
    counter = Counter(services.door, services.openid, services.config.public_url + CALLBACK_PATH)
    rate = Rate(*_BEGINNINGS)

    async def begin(request: Request) -> Response:
        body = await read_body(request, BeginBody)
        if not rate.may(authn.came_from(request), clock.now()):
            raise TooMany("busy", "Too many sign-ons begun; try again soon.", after_s=_AFTER_S)
        begun = await single_sign_on.begin(counter, body.next, is_anew=body.anew)
        response = json_response(request, {"url": begun.url})
        response.set_cookie(
            COOKIE,
            begun.browser,
            max_age=_LIVES_S,
            path=CALLBACK_PATH,
            httponly=True,
            samesite="lax",
            secure=services.config.is_https,
        )
        return response

    async def callback(request: Request) -> Response:
        params, browser = dict(request.query_params), request.cookies.get(COOKIE, "")
        came_from, agent = authn.came_from(request), authn.agent(request)
        try:
            arrived = await single_sign_on.finish(counter, params, browser, came_from=came_from, agent=agent)
        except SignOnFailed as failed:
            return _failed(failed.code, failed.detail)
        except TooMany as refused:
            return _failed(refused.code)
        response = _to_login({"next": arrived.next} if arrived.next else {}, _step(arrived))
        response.delete_cookie(COOKIE, path=CALLBACK_PATH)
        if isinstance(arrived.made, NextStep):
            return response
        await authn.end_old_login(services, request)
        return authn.set_cookie(services, response, arrived.made)

    async def show(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found, has_secret = await store.read(settings.show, who.user.id, ring)
        row = _row(found, has_secret=has_secret)
        return json_response(request, {"provider": row, "redirect": counter.redirect_uri})

    async def save(request: Request) -> Response:
        who = await authn.bearer(services, request)
        await store.read(settings.show, who.user.id, ring)  # the right, before the costly hash
        body = await read_body(request, ProviderBody)
        by, wanted = await asking(services, request, who, body.proof), body.provider()
        if by.by.is_proven:
            await single_sign_on.try_out(counter, wanted, body.secret)
        await by.write(settings.save, wanted, body.secret, ring=ring, now=clock.now())
        return await show(request)

    async def remove(request: Request) -> Response:
        who = await authn.bearer(services, request)
        await store.read(settings.show, who.user.id, ring)
        body = await read_body(request, ProvenBody)
        by = await asking(services, request, who, body.proof)
        await by.write(settings.save, None, None, ring=ring, now=clock.now())
        return await show(request)

    async def forget(request: Request) -> Response:
        who, target = await authn.bearer(services, request), user_id(request)
        await store.read(people.one, who.user.id, target)
        body = await read_body(request, ProvenBody)
        by = await asking(services, request, who, body.proof)
        await by.write(single_sign_on.forget, target, clock.now())
        services.hub.revoke(target)
        return json_response(request, {})

    return [
        Route("/api/login/sso", begin, methods=["POST"]),
        Route(CALLBACK_PATH, callback, methods=["GET"]),
        Route("/api/settings/sso", show, methods=["GET"]),
        Route("/api/settings/sso", save, methods=["PUT"]),
        Route("/api/settings/sso", remove, methods=["DELETE"]),
        Route("/api/users/{user}/identity", forget, methods=["DELETE"]),
    ]


def _row(found: Provider | None, *, has_secret: bool) -> ProviderRow | None:
    if found is None:
        return None
    return ProviderRow(
        found.issuer,
        found.client_id,
        found.name,
        has_secret,
        found.creates_users,
        found.trusts_addresses,
        found.trusts_second_factor,
    )


def _step(arrived: Arrived) -> str:
    """What comes next stands behind ``#``: no log and no other server sees it."""
    made = arrived.made
    return urlencode({"step": made.token, "ways": " ".join(made.ways)}) if isinstance(made, NextStep) else ""


def _failed(code: str, detail: str = "") -> Response:
    return _to_login({"refused": code} | ({"detail": detail} if detail else {}))


def _to_login(query: dict[str, str], fragment: str = "") -> RedirectResponse:
    """The page leads on, to pages of ours alone."""
    url = "/login" + (f"?{urlencode(query)}" if query else "") + (f"#{fragment}" if fragment else "")
    return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})
