"""Lets web pages read what the HTTPS listeners answer: Graph, the uploads' host, discovery, keys and tokens.

A page may send whatever it likes; nothing here depends on cookies, so any origin is as good as another. What
a fault of a test answers may be read as well, otherwise a page could not tell a 429 from a dead network.

Source: Fetch standard, "CORS protocol"; Graph v1.0, "Microsoft Graph and CORS" (any origin).
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_AGE_S = 600
EXPOSED = (
    "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, "
    "WWW-Authenticate, Retry-After, OData-Version, Date"
)
_READABLE = ((b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", EXPOSED.encode()))


class CrossOrigin:
    """An ASGI application around another one. It answers preflights itself: they are no calls."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "origin" not in headers:
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _allow(headers, send)
        else:
            await self._app(scope, receive, _readable(send))


async def _allow(asked: Headers, send: Send) -> None:
    """The answer to a preflight: what was asked for is allowed, and says so in its own words."""
    answer = {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": asked["access-control-request-method"],
        "access-control-max-age": str(MAX_AGE_S),
        "content-length": "0",
    }
    if wanted := asked.get("access-control-request-headers"):
        answer["access-control-allow-headers"] = wanted
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in answer.items()]
    await send({"type": "http.response.start", "status": 200, "headers": encoded})
    await send({"type": "http.response.body"})


def _readable(send: Send) -> Send:
    async def readable(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *_READABLE]}
        await send(message)

    return readable
