"""The HTTPS routes of the identity platform: discovery, keys, tokens; pages are elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from m365sim.bodies import FORM_LIMIT, TooLarge, read_body
from m365sim.directory import TenantPath
from m365sim.identity import apps, device
from m365sim.identity.access import AccessRefused
from m365sim.identity.courtesies import is_courtesy
from m365sim.identity.discovery import discovery, discovery_v1, instance_discovery
from m365sim.identity.errors import OAuthError, at_token_endpoint, error_body, not_simulated, refusal
from m365sim.identity.platform import IdentityPlatform
from m365sim.identity.redeem import TokenRequest, redeem
from m365sim.identity.userinfo import userinfo

Handler = Callable[[Request], Awaitable[Response]]
DeviceMessage = Callable[[str | None, str | None], str]
"""From ``mkt`` and the language header to the sentence a device shows, with ``{uri}`` and ``{code}``."""


def identity_routes(platform: IdentityPlatform, device_message: DeviceMessage) -> list[Route]:
    """Every machine endpoint of the identity platform, for the HTTPS listener.

    They are its last routes: every other path and method is refused by name. A slash at the end makes no
    difference: programs with one in their addresses work at Microsoft.

    Source: Azure SDK for Go, sdk/azidentity (``tokenEndpoint``, "/oauth2/v2.0/token/").
    """
    token, to_pages = _token(platform), _to_pages(platform)
    get, post = ["GET"], ["POST"]
    rows: tuple[tuple[str, Handler, list[str]], ...] = (
        ("/{tenant}/v2.0/.well-known/openid-configuration", _discovery(platform), get),
        ("/{tenant}/discovery/v2.0/keys", _keys(platform), get),
        ("/{tenant}/.well-known/openid-configuration", _discovery(platform, discovery_v1), get),
        ("/{tenant}/discovery/keys", _keys(platform), get),
        ("/{tenant}/discovery/instance", _instance(platform), get),
        ("/{tenant}/oauth2/v2.0/token", token, post),
        ("/{tenant}/oauth2/v2.0/devicecode", _device_code(platform, device_message), post),
        ("/oidc/userinfo", _userinfo(platform), [*get, *post]),
        ("/{tenant}/oauth2/v2.0/authorize", to_pages, get),
        ("/{tenant}/oauth2/v2.0/logout", to_pages, get),
        ("/{tenant}/oauth2/logout", to_pages, get),
        ("/{tenant}/oauth2/deviceauth", to_pages, get),
        ("/devicelogin", to_pages, get),
        ("/{tenant}/v2.0/adminconsent", to_pages, get),
        ("/{tenant}/adminconsent", to_pages, get),
    )
    known = [
        Route(path + end, answer, methods=methods) for path, answer, methods in rows for end in ("", "/")
    ]
    return [*known, Route("/{path:path}", _Elsewhere(platform))]


def _discovery(
    platform: IdentityPlatform, document: Callable[[IdentityPlatform, TenantPath], object] = discovery
) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            _refuse_query(request)
            path = apps.tenant_path(platform, request.path_params["tenant"])
        except OAuthError as error:
            return _refuse(platform, request, error)
        return _json(document(platform, path))

    return answer


def _keys(platform: IdentityPlatform) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            _refuse_query(request)
            apps.tenant_path(platform, request.path_params["tenant"])
        except OAuthError as error:
            return _refuse(platform, request, error)
        return _json(platform.key.jwks())

    return answer


def _instance(platform: IdentityPlatform) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            return _json(instance_discovery(platform, request.query_params))
        except OAuthError as error:
            return _refuse(platform, request, error)

    return answer


def _token(platform: IdentityPlatform) -> Handler:
    async def answer(request: Request) -> Response:
        origin = request.headers.get("origin")
        try:
            _refuse_query(request)
            form = await read_form(request)
            asked = TokenRequest(
                request.path_params["tenant"], form, request.headers.get("authorization"), origin
            )
            tokens = redeem(platform, asked)
        except OAuthError as error:
            return _refuse(platform, request, at_token_endpoint(error))
        return _json(tokens, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    return answer


def _device_code(platform: IdentityPlatform, message: DeviceMessage) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            _refuse_query(request, "mkt")
            form = await read_form(request)
            wanted = request.query_params.get("mkt") or form.get("mkt")
            text = message(wanted, request.headers.get("accept-language"))
            codes = device.start(platform, request.path_params["tenant"], form, text)
        except OAuthError as error:
            return _refuse(platform, request, at_token_endpoint(error))
        return _json(codes, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    return answer


def _userinfo(platform: IdentityPlatform) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            _refuse_query(request)
            return _json(userinfo(platform, request.headers.get("authorization")))
        except OAuthError as error:
            return _refuse(platform, request, error)
        except AccessRefused as refused:
            told = {"error": {"code": refused.code, "message": refused.message}}
            return _json(told, refused.status, {"WWW-Authenticate": refused.challenge})

    return answer


class _Elsewhere:
    """An ASGI endpoint that refuses what no other route takes, whatever the method: 501 with its name."""

    def __init__(self, platform: IdentityPlatform) -> None:
        self._platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        error = not_simulated(f"{request.method} {request.url.path}")
        await _refuse(self._platform, request, error)(scope, receive, send)


def _refuse_query(request: Request, *known: str) -> None:
    for name in request.query_params:
        if name not in known and not is_courtesy(name):
            raise not_simulated(f"the parameter '{name}'")


def _to_pages(platform: IdentityPlatform) -> Handler:
    async def answer(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{platform.pages_url}{request.url.path.rstrip('/')}{query}", 302)

    return answer


async def read_form(request: Request) -> Mapping[str, str]:
    """A form-encoded body as names and values.

    Raises OAuthError 9002313 for another kind of body or one over a megabyte, 9000411 for a name given twice.
    """
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("application/x-www-form-urlencoded"):
        raise refusal(9002313, why="the body must be application/x-www-form-urlencoded")
    try:
        body = await read_body(request, FORM_LIMIT)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except TooLarge as error:
        raise refusal(9002313, why="the body is too large") from error
    except ClientDisconnect as error:
        raise refusal(9002313, why="the body broke off") from error
    except (UnicodeDecodeError, ValueError) as error:
        raise refusal(9002313, why="the body is not readable") from error
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form:
            raise refusal(9000411, name=name)
        form[name] = value
    return form


def _json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")


def _refuse(platform: IdentityPlatform, request: Request, error: OAuthError) -> Response:
    trace = platform.trace(request.headers.get("client-request-id"))
    uri = f"{platform.base_url}/error?code={error.number}"
    headers = {"Cache-Control": "no-store", "x-ms-request-id": trace.trace_id}
    return _json(error_body(error, trace, uri), error.status, headers)
