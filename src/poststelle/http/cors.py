"""Pages of other sites that may use the mail API: none, unless the operator names their origins.

Even then only with an ``Authorization`` of their own. A browser is never told
that cookies may come along, our own header is not among those it may send, and
where such a page's request carries a cookie all the same it is taken off.

``OPTIONS`` is answered to anybody: a browser asks before it knows who is asking.

Source: Fetch §3.3 (CORS protocol).
"""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MAIL_API = ("/jmap/", "/.well-known/jmap")
_METHODS = "GET, POST"
_HEADERS = "Authorization, Content-Type, Last-Event-ID"
_REMEMBERED_S = 600


class Cors:
    """ASGI middleware; ``origins`` as browsers write them: ``https://mail.example``."""

    def __init__(self, app: ASGIApp, origins: Collection[str] = ()) -> None:
        self._app, self._origins = app, frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_MAIL_API):
            await self._app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin", "")
        is_allowed = origin in self._origins
        if scope["method"] == "OPTIONS":
            await self._preflight(origin, is_allowed=is_allowed)(scope, receive, send)
            return
        if is_allowed:
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"cookie"]}

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and self._origins:
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                if is_allowed:
                    headers["Access-Control-Allow-Origin"] = origin
            await send(message)

        await self._app(scope, receive, told)

    def _preflight(self, origin: str, *, is_allowed: bool) -> Response:
        answer = Response(status_code=204, headers={"Allow": f"{_METHODS}, OPTIONS"})
        if self._origins:
            answer.headers["Vary"] = "Origin"
        if is_allowed:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Allow-Methods"] = _METHODS
            answer.headers["Access-Control-Allow-Headers"] = _HEADERS
            answer.headers["Access-Control-Max-Age"] = str(_REMEMBERED_S)
        return answer
