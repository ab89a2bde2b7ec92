"""``/api/settings/sending``: how long sending can be taken back."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.settings import sending


class SendingSettings(Body):
    hold_s: int


def routes(services: Services) -> list[Route]:
    store, ring = services.store, services.ring

    async def show(request: Request) -> Response:
        who = await authn.bearer(services, request)
        seconds = await store.read(sending.hold_s, who.user.id, ring)
        return json_response(request, SendingSettings(seconds))

    async def save(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body, now = await read_body(request, SendingSettings), services.clock.now()
        seconds = await store.write(sending.set_hold_s, who.user.id, body.hold_s, ring=ring, now=now)
        return json_response(request, SendingSettings(seconds))

    return [
        Route("/api/settings/sending", show, methods=["GET"]),
        Route("/api/settings/sending", save, methods=["PUT"]),
    ]
