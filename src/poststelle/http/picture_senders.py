"""``/api/me/pictures``: whose pictures from outside one sees without being asked."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.mail import picture_senders
from poststelle.model.mail_page import PictureSender


class SenderBody(Body):
    address: str
    is_allowed: bool


class SenderRow(msgspec.Struct):
    address: str
    allowed_at: datetime


def routes(services: Services) -> list[Route]:
    """Each answers with all of them."""
    store, clock = services.store, services.clock

    async def list_all(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return _answer(request, await store.read(picture_senders.list_all, who.user.id))

    async def choose(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, SenderBody)
        if body.is_allowed:
            all_now = await store.write(picture_senders.allow, who.user.id, body.address, clock.now())
        else:
            all_now = await store.write(picture_senders.ask_again, who.user.id, body.address)
        return _answer(request, all_now)

    return [
        Route("/api/me/pictures", list_all, methods=["GET"]),
        Route("/api/me/pictures", choose, methods=["PUT"]),
    ]


def _answer(request: Request, found: Sequence[PictureSender]) -> Response:
    return json_response(request, {"senders": [SenderRow(one.address, one.allowed_at) for one in found]})
