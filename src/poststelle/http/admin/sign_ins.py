"""An account's sign-ins: list, rank, remove; access by application; what will need attention soon."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn, wire
from poststelle.http.body import Body, account_id, parse_sign_in, read_body
from poststelle.http.errors import json_response
from poststelle.http.proof import ProvenBody, asking
from poststelle.http.services import Services
from poststelle.model.ids import AccountId, UserId
from poststelle.settings import application, sign_ins, warnings


class ConfirmBody(Body):
    confirm: bool = False


def routes(services: Services) -> list[Route]:
    """Each answer to a change is the fresh list."""
    store, clock = services.store, services.clock

    async def rows(request: Request, by: UserId, account: AccountId) -> Response:
        views = await store.read(sign_ins.views, by, account)
        return json_response(request, {"sign_ins": [wire.sign_in_row(view) for view in views]})

    async def list_all(request: Request) -> Response:
        who = await authn.bearer(services, request)
        return await rows(request, who.user.id, account_id(request))

    async def move_up(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        sign_in = parse_sign_in(str(request.path_params["sign_in"]))
        await store.write(sign_ins.move_up, who.user.id, account, sign_in, clock.now())
        services.wake_sync(account)
        return await rows(request, who.user.id, account)

    async def remove(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        sign_in = parse_sign_in(str(request.path_params["sign_in"]))
        by = await asking(services, request, who, (await read_body(request, ProvenBody)).proof)
        await by.write(sign_ins.remove, account, sign_in, clock.now())
        services.forget_remote(account)
        return await rows(request, who.user.id, account)

    async def allow_application(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, ConfirmBody)
        await application.give(services.application, who.user.id, account, is_confirmed=body.confirm)
        services.forget_remote(account)
        services.wake_sync(account)
        return await rows(request, who.user.id, account)

    async def list_warnings(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(
            warnings.list_all,
            who.user.id,
            ring=services.ring,
            preset=services.preset,
            machine=services.machine(),
            now=clock.now(),
        )
        return json_response(request, {"warnings": [wire.warning_row(warned) for warned in found]})

    return [
        Route("/api/warnings", list_warnings, methods=["GET"]),
        Route("/api/accounts/{account}/application", allow_application, methods=["POST"]),
        Route("/api/mailboxes/{account}/sign-ins", list_all, methods=["GET"]),
        Route("/api/mailboxes/{account}/sign-ins/{sign_in}/up", move_up, methods=["POST"]),
        Route("/api/mailboxes/{account}/sign-ins/{sign_in}", remove, methods=["DELETE"]),
    ]
