"""Sending one message to a push service. Sources: RFC 8030 §5, RFC 8620 §7.2."""

import asyncio
import ssl
from datetime import datetime
from pathlib import Path
from types import TracebackType

import aiohttp
from yarl import URL

from poststelle.model.push import PushTarget
from poststelle.push.encryption import encrypt
from poststelle.push.reach import BadAddress, GuardedResolver, Reach
from poststelle.push.vapid import Vapid

_TIMEOUT_S = 10.0
_LOOK_UP_S = 5.0
_KEPT_S = 86_400  # how long a push service keeps what a sleeping device has not fetched
_LONGEST_WAIT_S = 86_400.0
_CONNECTIONS = 32


class PushGone(Exception):
    """The push service has this subscription no more."""


class PushFailed(Exception):
    """It could not be handed over; ``after_s`` when the push service said how long to wait."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.after_s = reason, after_s


class WebPush:
    """Hands messages to push services. Used as a context on one event loop.

    ``ca_file``: one more authority whose certificates count, for push services of one's own.
    """

    def __init__(self, reach: Reach, vapid: Vapid, ca_file: Path | None = None) -> None:
        self.vapid, self._reach = vapid, reach
        self._resolver = GuardedResolver(reach)
        trust = ssl.create_default_context()
        if ca_file is not None:
            trust.load_verify_locations(ca_file)
        self._trust = trust
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "WebPush":
        connector = aiohttp.TCPConnector(resolver=self._resolver, ssl=self._trust, limit=_CONNECTIONS)
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        # No cookies are kept, no redirect is followed, no proxy is taken from the environment.
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def check(self, url: str) -> None:
        """Raises BadAddress for where nothing may be sent, or for a name that leads nowhere."""
        host = self._reach.check(url)
        if self._reach.may(host):
            return
        try:
            async with asyncio.timeout(_LOOK_UP_S):
                await self._resolver.resolve(host)
        except (OSError, UnicodeError, TimeoutError) as problem:
            raise BadAddress("this name leads to no public address") from problem

    async def send(self, target: PushTarget, message: bytes, now: datetime) -> None:
        """Hand over one message. Raises PushGone or PushFailed."""
        headers = {
            "TTL": str(_KEPT_S),
            "Authorization": self.vapid.authorization(target.url, now),
            "Content-Type": "application/json",
        }
        if target.keys is not None:
            message = encrypt(message, target.keys)
            headers |= {"Content-Type": "application/octet-stream", "Content-Encoding": "aes128gcm"}
        status, retry_after = await self._post(target.url, message, headers)
        if status in {404, 410}:
            raise PushGone
        if not 200 <= status < 300:
            raise PushFailed(f"status {status}", _wait_s(retry_after))

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """The status and the header Retry-After; the answer's body is not read."""
        assert self._session is not None, "WebPush is a context"
        try:
            self._reach.check(url)  # numbers do not go by the resolver; the settings may have changed
            async with self._session.post(
                URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            raise PushFailed(type(problem).__name__) from problem


def _wait_s(retry_after: str) -> float | None:
    """Seconds that were asked for; a date is not read, our own back-off is as good."""
    if not retry_after.isascii() or not retry_after.isdigit() or len(retry_after) > 9:
        return None
    return min(float(retry_after), _LONGEST_WAIT_S)
