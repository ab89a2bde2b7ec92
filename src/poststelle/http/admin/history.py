"""``/api/accounts/{account}/history``: how far back a mailbox's mail is fetched."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn, wire
from poststelle.http.body import Body, account_id, query_int, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.settings import accounts, history
from poststelle.settings.history import Depth


class DepthBody(Body):
    months: int | None
    confirm: bool = False


class DepthRow(msgspec.Struct):
    months: int | None
    begins: Instant | None
    removes: int
    fetches_more: bool


def routes(services: Services) -> list[Route]:
    store, clock = services.store, services.clock

    async def preview(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        months = query_int(request, "months")
        depth = await store.read(history.preview, who.user.id, account, months, clock.now())
        return json_response(request, _row(depth))

    async def choose(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, DepthBody)
        wanted = (who.user.id, account, body.months)
        await store.write(history.set_depth, *wanted, is_confirmed=body.confirm, now=clock.now())
        services.wake_sync(account)
        services.wake_checks()
        sheet = await store.read(accounts.sheet, who.user.id, account)
        return json_response(request, wire.account_row(sheet))

    return [
        Route("/api/accounts/{account}/history", preview, methods=["GET"]),
        Route("/api/accounts/{account}/history", choose, methods=["PUT"]),
    ]


def _row(depth: Depth) -> DepthRow:
    return DepthRow(depth.months, depth.begins, depth.removes, depth.fetches_more)
