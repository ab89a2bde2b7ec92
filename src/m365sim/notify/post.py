"""Requests to the receivers of notifications, over HTTPS that is always verified.

Trusted are the system's authorities, the simulator's own (so that a receiver may take a certificate from
``m365sim certificate``) and those of ``--notify-ca``.
"""

from __future__ import annotations

import ssl
from asyncio import Transport
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

_MOST_READ = 16 * 1024
_KEPT_TRANSPORTS = 64


@dataclass(frozen=True, slots=True)
class Reply:
    """A receiver's answer. ``status`` 0: none, and ``error`` says why; ``is_late``: not within the time."""

    status: int
    content_type: str = ""
    text: str = ""
    error: str = ""
    is_late: bool = False

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has taken what it was sent."""
        return 200 <= self.status < 300


class _Connector(TCPConnector):
    """Remembers its newest connections: one given up on in the middle of an answer is nobody's otherwise."""

    def __init__(self, transports: deque[Transport], **options: Any) -> None:
        super().__init__(**options)
        self._transports = transports

    async def _wrap_create_connection(self, *arguments: Any, **options: Any) -> tuple[Transport, Any]:
        transport, protocol = await super()._wrap_create_connection(*arguments, **options)
        self._transports.append(transport)
        return transport, protocol


class Postman:
    """Makes requests."""

    def __init__(self) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and host name
        self._session: ClientSession | None = None
        self._transports: deque[Transport] = deque(maxlen=_KEPT_TRANSPORTS)

    def trust(self, authorities: Sequence[Path]) -> None:
        """Trust these PEM files beside the system's. Before the first request; OSError for a bad file."""
        for path in authorities:
            self._context.load_verify_locations(path)

    async def post(self, url: str, body: bytes, content_type: str, within_s: float) -> Reply:
        """POST once. Redirects are not followed; whatever happens, there is a `Reply`."""
        headers = {"Content-Type": content_type}
        timeout = ClientTimeout(total=within_s)
        try:
            session = self._opened()
            address = URL(url, encoded=True)
            async with session.post(
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
        if self._session is not None:
            await self._session.close()
            self._cut_off()
            self._session = None

    def _opened(self) -> ClientSession:
        if self._session is None:
            # Not before it is wanted: reading the system's authorities takes longer than making a world.
            self._context.load_default_certs()
            self._session = ClientSession(connector=_Connector(self._transports, ssl=self._context))
        return self._session

    def _cut_off(self) -> None:
        """End what still waits for a dawdling receiver's goodbye: the event loop may be about to end."""
        while self._transports:
            self._transports.popleft().abort()
