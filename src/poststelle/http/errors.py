"""Refusals as JSON: ``{"error": {"code", "message", "params"}}`` with the refusal's status."""

import gzip
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from poststelle.model.errors import LoginNeeded, UseCaseError

_COMPRESS_FROM = 1_400  # below one packet it gains nothing
_GZIP_LEVEL = 5
CSRF_HEADER = "x-poststelle"
ADMINISTRATION_API = "/api/v1/"
"""Called by programs with a bearer's token: neither cookies nor passwords count below it."""
_BEARER = 'Bearer realm="Poststelle"'
_WAYS_IN = 'Bearer realm="Poststelle", Basic realm="Poststelle", charset="UTF-8"'


def json_response(
    request: Request, body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """``body`` (a Struct or plain data) as JSON, compressed where the client takes it; never cached."""
    octets = msgspec.json.encode(body)
    all_headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding", **(headers or {})}
    if len(octets) >= _COMPRESS_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        octets = gzip.compress(octets, _GZIP_LEVEL, mtime=0)
        all_headers["Content-Encoding"] = "gzip"
    return Response(octets, status_code=status, headers=all_headers, media_type="application/json")


def error_body(code: str, message: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The one shape of every refusal of the admin API."""
    return {"error": {"code": code, "message": message, "params": dict(params or {})}}


async def on_use_case_error(request: Request, problem: Exception) -> Response:
    """Starlette's handler for refusals by a use case."""
    assert isinstance(problem, UseCaseError)
    body = error_body(problem.code, problem.message, problem.params)
    headers = {"Retry-After": str(problem.params["after_s"])} if "after_s" in problem.params else {}
    if isinstance(problem, LoginNeeded):
        headers["WWW-Authenticate"] = ways_in(request)
    return json_response(request, body, status=problem.status, headers=headers)


def ways_in(request: HTTPConnection) -> str:
    """How somebody without a login may log in. A browser that is told of a password would open a window of
    its own to ask for one."""
    is_bearers = request.url.path.startswith(ADMINISTRATION_API)
    is_browser = "sec-fetch-mode" in request.headers or CSRF_HEADER in request.headers
    return _BEARER if is_browser or is_bearers else _WAYS_IN


async def on_http_exception(request: Request, problem: Exception) -> Response:
    """Starlette's handler for what routing refuses: unknown path, wrong method."""
    assert isinstance(problem, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(problem.status_code, "refused")
    body = error_body(code, problem.detail)
    return json_response(request, body, status=problem.status_code, headers=problem.headers)
