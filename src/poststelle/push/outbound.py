"""Requests to addresses that people named: by https, within reach, without cookies, redirects or proxies."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import aiohttp
from yarl import URL

from poststelle.lib.trust import trusted
from poststelle.push.reach import BadAddress, GuardedResolver, Reach

_TIMEOUT_S = 10.0
_LOOK_UP_S = 5.0
_CONNECTIONS = 32
_LONGEST_WAIT_S = 86_400.0


class NotReached(Exception):
    """No answer; ``reason`` is the name of an error, safe to log and to show.

    ``after_s``: there was one, and it said how long to wait.
    """

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.after_s = reason, after_s


class Answer(NamedTuple):
    """``retry_after`` is the header as it came, empty without one. The body is not read."""

    status: int
    retry_after: str

    @property
    def after_s(self) -> float | None:
        """Seconds that were asked for; a date is not read, our own back-off is as good."""
        text = self.retry_after
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            return None
        return min(float(text), _LONGEST_WAIT_S)


class Fetched(NamedTuple):
    """``location`` is where it is now, empty unless that is said. ``octets`` are those of a 200 alone."""

    status: int
    location: str
    octets: bytes


class Outbound:
    """Used as a context on one event loop. ``ca_file``: one more authority whose certificates count."""

    def __init__(self, reach: Reach, ca_file: Path | None = None) -> None:
        self._reach, self._resolver = reach, GuardedResolver(reach)
        self._trust = trusted(ca_file)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Outbound":
        connector = aiohttp.TCPConnector(resolver=self._resolver, ssl=self._trust, limit=_CONNECTIONS)
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
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

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Raises NotReached."""
        assert self._session is not None, "Outbound is a context"
        try:
            self._reach.check(url)  # numbers do not go by the resolver; the settings may have changed
            async with self._session.post(
                URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
            ) as answer:
                return Answer(answer.status, answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            raise NotReached(type(problem).__name__) from problem

    async def get(self, url: str, headers: dict[str, str], most: int, longest_url: int) -> Fetched:
        """What lies there, of at most ``most`` octets. Raises NotReached, for what is larger too."""
        assert self._session is not None, "Outbound is a context"
        try:
            self._reach.check(url, longest_url)
            async with self._session.get(
                URL(url, encoded=True), headers=headers, allow_redirects=False
            ) as answer:
                octets = await _at_most(answer, most) if answer.status == 200 else b""
                return Fetched(answer.status, answer.headers.get("Location", ""), octets)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            raise NotReached(type(problem).__name__) from problem


async def _at_most(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Counted as they are unpacked: few octets may stand for very many. Raises NotReached."""
    octets = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        octets += chunk
        if len(octets) > most:
            raise NotReached("TooLarge")
    return bytes(octets)
