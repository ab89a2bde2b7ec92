"""The HTTPS routes of the identity platform: discovery, keys, token; pages are sent to the pages listener."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from m365sim.identity import apps
from m365sim.identity.discovery import discovery
from m365sim.identity.errors import OAuthError, error_body, refusal
from m365sim.identity.platform import IdentityPlatform
from m365sim.identity.redeem import redeem

Handler = Callable[[Request], Awaitable[Response]]


def identity_routes(platform: IdentityPlatform) -> list[Route]:
    """Every machine endpoint of the identity platform, for the HTTPS listener."""
    return [
        Route("/{tenant}/v2.0/.well-known/openid-configuration", _discovery(platform)),
        Route("/{tenant}/discovery/v2.0/keys", _keys(platform)),
        Route("/{tenant}/discovery/instance", _instance(platform)),
        Route("/{tenant}/oauth2/v2.0/token", _token(platform), methods=["POST"]),
        Route("/{tenant}/oauth2/v2.0/devicecode", _device_code(platform), methods=["POST"]),
        Route("/{tenant}/oauth2/v2.0/authorize", _to_pages(platform)),
        Route("/{tenant}/oauth2/v2.0/logout", _to_pages(platform)),
        Route("/{tenant}/v2.0/adminconsent", _to_pages(platform)),
        Route("/{tenant}/adminconsent", _to_pages(platform)),
    ]


def _discovery(platform: IdentityPlatform) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            path = apps.tenant_path(platform, request.path_params["tenant"])
        except OAuthError as error:
            return _refuse(platform, request, error)
        return _json(discovery(platform, path))

    return answer


def _keys(platform: IdentityPlatform) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            apps.tenant_path(platform, request.path_params["tenant"])
        except OAuthError as error:
            return _refuse(platform, request, error)
        return _json(platform.key.jwks())

    return answer


def _instance(platform: IdentityPlatform) -> Handler:
    """Instance discovery knows Microsoft's own hosts only: a client must be told not to ask."""

    async def answer(request: Request) -> Response:
        error = OAuthError(
            50049,
            "invalid_instance",
            "Unknown or invalid instance. Set instance_discovery=False when you use this simulation.",
        )
        return _refuse(platform, request, error)

    return answer


def _token(platform: IdentityPlatform) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            form = read_form(await request.body(), request.headers.get("content-type", ""))
            authorization = request.headers.get("authorization")
            tokens = redeem(platform, request.path_params["tenant"], form, authorization)
        except OAuthError as error:
            return _refuse(platform, request, error)
        return _json(tokens, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    return answer


def _device_code(platform: IdentityPlatform) -> Handler:
    async def answer(request: Request) -> Response:
        text = "NotImplementedInSimulation: the device code flow is not simulated."
        return _refuse(platform, request, OAuthError(70003, "unsupported_grant_type", text, 501))

    return answer


def _to_pages(platform: IdentityPlatform) -> Handler:
    async def answer(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{platform.pages_url}{request.url.path}{query}", 302)

    return answer


def read_form(body: bytes, content_type: str) -> Mapping[str, str]:
    """A form-encoded body as names and values.

    Raises OAuthError 9002313 for another kind of body, 9000411 for a name given twice.
    """
    if not content_type.lower().startswith("application/x-www-form-urlencoded"):
        raise refusal(9002313, why="the body must be application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
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
