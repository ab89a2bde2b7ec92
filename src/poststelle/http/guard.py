"""Around every request: what is refused before any handler, and what goes with every answer.

A request from another site can't carry our own header ``X-Poststelle`` without
asking first (CORS), and we never say yes: that is the whole CSRF defence,
besides SameSite cookies. Requests to the mail API with ``Authorization`` go
without it, for the same reason, and their cookie does not count; nor does any in the
administration API. So does what is told below ``/webhooks/``: no cookie counts there either. The host
check stops DNS rebinding.

Source: Fetch §3.3 (CORS protocol), CSP Level 3, RFC 6797.
"""

import secrets
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from poststelle.http.errors import ADMINISTRATION_API, CSRF_HEADER, error_body, json_response

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY = 1_000_000
MAX_WEBHOOK_BODY = 500_000
WEBHOOKS = "/webhooks/"
"""Below it other servers tell us things: without our header, each with a secret of its own in the body."""
MAIL_API = "/jmap/"
MAX_UPLOAD = 150 * 1024 * 1024
MAX_IMPORT = 50_000_000_000  # a mailbox in one file; never held at once
_OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})  # asked by address, by those who run the server

# Messages are shown in sandboxed srcdoc frames, which inherit this policy: their own styles must be possible.
# Pictures from outside come through the server, so that no browser of ours asks a stranger for anything.
CONTENT_SECURITY_POLICY = "; ".join([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self' blob:",
    "media-src 'self' blob:",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
])  # fmt: skip
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",  # whom a mail links to is nobody's business before a press
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000"

log = structlog.get_logger()


class BodyTooLarge(Exception):
    """The body went past the limit while it was read."""


class Guard:
    """ASGI middleware; ``public_url`` is where people reach us, ``webhook_url`` where other servers do."""

    def __init__(
        self,
        app: ASGIApp,
        public_url: str,
        new_incident: Callable[[], str] = lambda: secrets.token_hex(4),
        webhook_url: str | None = None,
    ) -> None:
        self._app = app
        self._host = (urlsplit(public_url).hostname or "").lower()
        self._webhook_host = (urlsplit(webhook_url or public_url).hostname or "").lower()
        self._schemes = {"https"} if public_url.startswith("https://") else {"http", "https"}
        headers = _HEADERS | (
            {"Strict-Transport-Security": _HSTS} if public_url.startswith("https://") else {}
        )
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._new_incident = new_incident

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await (self._refusal_of_socket(scope) or self._app)(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, self._headers)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, answer.send)
            return
        try:
            await self._app(scope, _limited(scope, receive), answer.send)
        except BodyTooLarge:
            if not answer.is_begun:
                await _refuse(scope, 413, "too_large", "This request is too large.")(
                    scope, receive, answer.send
                )
        except ClientDisconnect:
            return  # nobody is left to be told
        except Exception as problem:
            await self._report(scope, receive, answer, problem)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        is_told = path.startswith(WEBHOOKS)
        if not self._is_our_host(headers.get("host", ""), is_told=is_told) and path not in _OPEN_PATHS:
            message = "This server is reached by another name; set POSTSTELLE_PUBLIC_URL to this one."
            return _refuse(scope, 421, "wrong_host", message)
        needs_ours = method not in SAFE_METHODS and not is_told and not _is_by_token(path, headers)
        if needs_ours and headers.get(CSRF_HEADER) != "1":
            return _refuse(
                scope, 403, "csrf", "Requests that change something need the header X-Poststelle: 1."
            )
        length, limit = headers.get("content-length", "0"), _limit(path)
        if not length.isdigit() or (limit is not None and int(length) > limit):
            return _refuse(scope, 413, "too_large", "This request is too large.")
        return None

    def _refusal_of_socket(self, scope: Scope) -> Response | None:
        """A page of another site can open a socket to us, and its browser adds our cookie: so without
        ``Authorization`` the page must be ours. Source: RFC 6455 §10.2."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_our_host(host, is_told=False):
            return Response(status_code=421)
        scheme, _, name = headers.get("origin", "").partition("://")
        is_ours = name.lower() == host.lower() and scheme in self._schemes
        return None if "authorization" in headers or is_ours else Response(status_code=403)

    def _is_our_host(self, header: str, *, is_told: bool) -> bool:
        host = header.rsplit(":", 1)[0] if not header.endswith("]") else header
        name = host.strip("[]").lower()
        known = {self._host, "localhost"} | ({self._webhook_host} if is_told else set())
        return name in known or _is_loopback(name)

    async def _report(self, scope: Scope, receive: Receive, answer: "_Answer", problem: Exception) -> None:
        """Log what nobody expected; tell the client its number and nothing else."""
        incident = self._new_incident()
        log.error(
            "request.failed", incident=incident, method=scope["method"], route=_route(scope), exc_info=problem
        )
        if not answer.is_begun:
            message = "Something went wrong here. The server's log knows more under this number."
            response = _refuse(scope, 500, "internal", message, incident=incident)
            await response(scope, receive, answer.send)


class _Answer:
    """Adds our headers to an answer, without replacing stricter ones that a handler set."""

    def __init__(self, send: Send, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._send, self._headers = send, headers
        self.is_begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_begun = True
            headers = list(message.get("headers", ()))
            present = {name.lower() for name, _ in headers}
            message["headers"] = headers + [one for one in self._headers if one[0] not in present]
        await self._send(message)


def _is_by_token(path: str, headers: Headers) -> bool:
    """Where an API is called with a token, nothing that a browser adds by itself counts."""
    return path.startswith(ADMINISTRATION_API) or (path.startswith(MAIL_API) and "authorization" in headers)


def _route(scope: Scope) -> str:
    """The path's pattern: the path itself may hold the name of an attachment."""
    return getattr(scope.get("route"), "path", "")


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Counts the body as it comes: its length may be unsaid, or a lie."""
    limit, seen = _limit(scope["path"]), 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if limit is not None and seen > limit:
            raise BodyTooLarge
        return message

    return counted


def _limit(path: str) -> int | None:
    """None: whoever reads the body counts, and refuses in the words of the mail API."""
    if path.startswith(MAIL_API):
        return None
    if path.startswith("/api/mailboxes/") and path.endswith("/import"):
        return MAX_IMPORT
    if path.startswith("/api/boilerplate/") and path.endswith("/files"):
        return MAX_UPLOAD  # less fits; how much, the use case says in words
    return MAX_WEBHOOK_BODY if path.startswith(WEBHOOKS) else MAX_BODY


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _refuse(scope: Scope, status: int, code: str, message: str, **params: str) -> Response:
    return json_response(Request(scope), error_body(code, message, params), status=status)
