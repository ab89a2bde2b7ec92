"""One request to Graph: the token, the headers every request needs, limits, time-outs, errors."""

import io
import json
import math
import ssl
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from poststelle.providers.base import MayWrite
from poststelle.providers.errors import CursorExpired, RetryLater
from poststelle.providers.graph.errors import GraphAnswer, claims_challenge, graph_error, raise_for_graph
from poststelle.providers.graph.throttle import AccountLimits
from poststelle.providers.graph.token_sources import TokenSource

# Default ids change with every move; immutable ones do not. Must be on every request and every
# part of a batch, continuation links included.
IMMUTABLE_IDS = 'IdType="ImmutableId"'
_TIMEOUT = aiohttp.ClientTimeout(total=120, connect=15, sock_read=60)
_STREAM_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=15, sock_read=60)
_CHUNK = 64 * 1024
UNREACHABLE = "unreachable"
"""The code of a RetryLater when no answer came."""


def segment(text: str) -> str:
    """``text`` as one path segment: ids may hold ``/``, ``+`` and ``=``."""
    return quote(text, safe="")


def query(params: Mapping[str, str]) -> str:
    """OData parameters as a query string: spaces as %20, ``$`` kept."""
    return urlencode(params, quote_via=quote, safe="$,()'")


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: URL
    content: bytes | None = None
    prefer: tuple[str, ...] = ()
    timeout: aiohttp.ClientTimeout = _TIMEOUT
    content_type: str = "application/json"


class GraphClient:
    """Sends requests for one account. ``base_url`` ends with the API version: ``https://…/v1.0``.

    ``is_own``: the token's user owns the mailbox, so its paths begin with ``/me``.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        tokens: TokenSource,
        limits: AccountLimits,
        *,
        ssl_context: ssl.SSLContext | None = None,
        is_own: bool = True,
        new_request_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._http, self._tokens, self._limits = http, tokens, limits
        self._base = URL(base_url.rstrip("/"), encoded=True)
        self._ssl: ssl.SSLContext | bool = ssl_context or True
        self._is_own = is_own
        self._new_request_id = new_request_id
        self._may_write: MayWrite | None = None

    def under(self, may_write: MayWrite) -> "GraphClient":
        """The same, whose requests, but for those that only read, ask this just before they leave."""
        other = copy(self)
        other._may_write = may_write
        return other

    async def get(self, target: str, *, prefer: tuple[str, ...] = ()) -> bytes:
        """The body of a successful GET. ``target`` is a path with query, or a link from the service.

        Raises ProviderError.
        """
        answer = await self.send("GET", target, prefer=prefer)
        raise_for_graph(answer)
        return answer.body

    async def send(
        self, method: str, target: str, *, body: Any = None, prefer: tuple[str, ...] = (), slots: int = 1
    ) -> GraphAnswer:
        """The answer, errors included, but for those that concern the whole account.

        ``slots`` is how many requests the service will count it as. Raises
        RetryLater (unreachable, throttled), SignInNeeded or CursorExpired (foreign link).
        """
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        async with self._opened(_Call(method, self._url(target), content, prefer), slots) as response:
            return await _read(response)

    async def send_text(self, target: str, text: bytes) -> GraphAnswer:
        """As ``send``, for a POST whose body is text."""
        call = _Call("POST", self._url(target), text, content_type="text/plain")
        async with self._opened(call, 1) as response:
            return await _read(response)

    async def stream(self, target: str) -> AsyncGenerator[bytes, None]:
        """The octets of a successful GET, in chunks; holds one slot until closed. Raises ProviderError."""
        call = _Call("GET", self._url(target), timeout=_STREAM_TIMEOUT)
        async with self._opened(call, 1) as response:
            if response.status >= 300:
                raise_for_graph(await _read(response))
            async for chunk in response.content.iter_chunked(_CHUNK):
                yield chunk

    async def put_piece(self, url: str, octets: bytes, headers: Mapping[str, str]) -> GraphAnswer:
        """PUT to an address that the service gave and that needs no login: it never gets our token.

        Raises RetryLater (unreachable, held back). Source: microsoft-graph-docs, "Attach large files to
        Outlook messages or events" (read 2026-09).
        """
        async with self._limits.hold(1):
            limits = await self._time_limits("PUT", _TIMEOUT)
            try:
                async with self._http.put(
                    URL(url, encoded=True),
                    data=io.BytesIO(octets),
                    headers={"Content-Type": "application/octet-stream", **headers},
                    timeout=limits,
                    ssl=self._ssl,
                    allow_redirects=False,
                ) as response:
                    return await _read(response)
            except (aiohttp.ClientError, TimeoutError, ssl.SSLError) as error:
                raise RetryLater("unreachable") from error

    def hold_back(self, after_s: float) -> None:
        """The service throttles this account: send nothing for ``after_s`` seconds."""
        self._limits.pause(after_s)

    @asynccontextmanager
    async def _opened(self, call: _Call, slots: int) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer to a call; on a first 401 the token is renewed and the call made again."""
        token = await self._tokens.access_token()
        async with self._limits.hold(slots):
            for is_last in (False, True):
                limits = await self._time_limits(call.method, call.timeout)
                async with self._request(call, token, limits) as response:
                    if response.status != 401 or is_last:
                        await self._raise_if_throttled(response)
                        yield response
                        return
                    challenge = claims_challenge(response.headers.getall("WWW-Authenticate", []))
                token = await self._tokens.access_token(refused=token, claims=challenge)

    async def _time_limits(self, method: str, usual: aiohttp.ClientTimeout) -> aiohttp.ClientTimeout:
        """What leaves later than it may is not to leave at all. Raises RetryLater where it must not now."""
        if self._may_write is None or method == "GET":
            return usual
        connect = min(usual.connect or math.inf, await self._may_write())
        return aiohttp.ClientTimeout(total=usual.total, connect=connect, sock_read=usual.sock_read)

    @asynccontextmanager
    async def _request(
        self, call: _Call, token: str, limits: aiohttp.ClientTimeout
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {
            "Authorization": f"Bearer {token}",
            "Prefer": ", ".join((IMMUTABLE_IDS, *call.prefer)),
            "client-request-id": self._new_request_id(),
        }
        if call.content is not None:
            headers["Content-Type"] = call.content_type
        try:
            async with self._http.request(
                call.method,
                call.url,
                headers=headers,
                # Large bytes would be written in one go, and nobody else served meanwhile.
                data=None if call.content is None else io.BytesIO(call.content),
                timeout=limits,
                ssl=self._ssl,
                allow_redirects=False,
            ) as response:
                self._limits.count(response.status)
                yield response
        except (aiohttp.ClientError, TimeoutError, ssl.SSLError) as error:
            self._limits.count(None)
            raise RetryLater(UNREACHABLE) from error

    async def _raise_if_throttled(self, response: aiohttp.ClientResponse) -> None:
        """A 429, or a 503 that says when to come back, is about the account: hold everything back so long."""
        if response.status != 429 and not (response.status == 503 and "Retry-After" in response.headers):
            return
        error = graph_error(await _read(response))
        if isinstance(error, RetryLater):
            self.hold_back(error.after_s or 0)
            raise error

    def _url(self, target: str) -> URL:
        """The address behind a path or a link.

        A link elsewhere was given before the service moved (another cloud, another
        port): it leads nowhere any more, and never gets our token.
        """
        if target.startswith("/"):
            return URL(str(self._base) + target, encoded=True)
        url = URL(target, encoded=True)
        if url.origin() != self._base.origin() or not url.raw_path.startswith(self._base.raw_path + "/"):
            raise CursorExpired("foreign_link")
        if url.raw_path.startswith(self._base.raw_path + "/me/") is not self._is_own:
            # Given to another sign-in: with this one's token ``/me`` would be somebody else's mailbox.
            raise CursorExpired("link_of_another_sign_in")
        return url


async def _read(response: aiohttp.ClientResponse) -> GraphAnswer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return GraphAnswer(response.status, headers, await response.read())
