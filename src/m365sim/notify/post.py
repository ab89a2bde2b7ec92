"""Requests to the receivers of notifications, over HTTPS that is always verified.

Trusted are the system's authorities, the simulator's own (so that a receiver may take a certificate from
``m365sim certificate``) and those of ``--notify-ca``.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from m365sim.notify.reply import Reply

if TYPE_CHECKING:
    from m365sim.notify.https import HttpsClient


class Postman:
    """Makes requests."""

    def __init__(self) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and host name
        self._client: HttpsClient | None = None

    def trust(self, authorities: Sequence[Path]) -> None:
        """Trust these PEM files beside the system's. Before the first request; OSError for a bad file."""
        for path in authorities:
            self._context.load_verify_locations(path)

    async def post(self, url: str, body: bytes, content_type: str, within_s: float) -> Reply:
        """POST once. Redirects are not followed; whatever happens, there is a `Reply`."""
        return await self._opened().post(url, body, content_type, within_s)

    async def close(self) -> None:
        """Close every connection."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _opened(self) -> HttpsClient:
        if self._client is None:
            # Not before it is wanted: reading the system's authorities takes longer than making a world.
            from m365sim.notify.https import HttpsClient

            self._context.load_default_certs()
            self._client = HttpsClient(self._context)
        return self._client
