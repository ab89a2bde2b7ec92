"""The HTTP client behind the postman; a slow import, so only the first notification makes it."""

from __future__ import annotations

import ssl
from asyncio import Transport
from collections import deque
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

from m365sim.notify.reply import Reply

_MOST_READ = 16 * 1024
_KEPT_TRANSPORTS = 64


class _Connector(TCPConnector):
    """Remembers its newest connections: one given up on in the middle of an answer is nobody's otherwise."""

    def __init__(self, transports: deque[Transport], **options: Any) -> None:
        super().__init__(**options)
        self._transports = transports

    async def _wrap_create_connection(self, *arguments: Any, **options: Any) -> tuple[Transport, Any]:
        transport, protocol = await super()._wrap_create_connection(*arguments, **options)
        self._transports.append(transport)
        return transport, protocol


class HttpsClient:
    """Makes requests over connections that it keeps."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._transports: deque[Transport] = deque(maxlen=_KEPT_TRANSPORTS)
        self._session = ClientSession(connector=_Connector(self._transports, ssl=context))

    async def post(self, url: str, body: bytes, content_type: str, within_s: float) -> Reply:
        """POST once. Redirects are not followed; whatever happens, there is a `Reply`."""
        headers = {"Content-Type": content_type}
        timeout = ClientTimeout(total=within_s)
        try:
            address = URL(url, encoded=True)
            async with self._session.post(
                address, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                octets = await response.content.read(_MOST_READ)
                return Reply(response.status, response.content_type, octets.decode("utf-8", "replace"))
        except TimeoutError:
            return Reply(0, error=f"no answer within {within_s:g} s", is_late=True)
        except (ClientError, OSError, ValueError) as error:
            return Reply(0, error=str(error) or type(error).__name__)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        self._cut_off()

    def _cut_off(self) -> None:
        """End what still waits for a dawdling receiver's goodbye: the event loop may be about to end."""
        while self._transports:
            self._transports.popleft().abort()
