"""Keeps web pages of other sites away from the plain listener, which asks nobody for a password.

Without this, any page open in the same browser could deliver mail here, or read the
office through a host name that it points at this machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_GUARDED = ("/control", "/office")


class LocalGuard:
    """ASGI middleware: refuses foreign host names everywhere, and foreign origins where things change."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(h.lower() for h in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 403."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(refusal, 403)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if not self._is_ours(f"//{headers.get('host', '')}"):
            return "This host name is not the simulator's."
        origin = headers.get("origin")
        if origin and scope["path"].startswith(_GUARDED) and not self._is_same(origin, headers):
            return "A page of another site may not do this."
        return None

    def _is_ours(self, url: str) -> bool:
        try:
            return (urlsplit(url).hostname or "") in self._hosts
        except ValueError:
            return False

    def _is_same(self, origin: str, headers: Headers) -> bool:
        return origin == f"http://{headers.get('host', '')}"
