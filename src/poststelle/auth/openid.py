"""Single sign-on at a provider of OpenID Connect: its documents, its code, and what its token proves.

    discovered ──> the browser goes to ``Question.url`` ──> comes back with a code ──redeemed──> ``Identity``

The code is good only together with our secret verifier (PKCE), and the token only with the nonce of this
question: signature, issuer, audience and life are checked here. Documents and keys are asked for at each
sign-on, so nothing stale is believed; addresses other than https lead nowhere, but for pages on this machine.

Source: OpenID Connect Core 1.0 §3.1.2, §3.1.3.7; Discovery 1.0 §4.3; RFC 7636 (PKCE); RFC 8725 (JWT).
"""

import base64
import hashlib
import hmac
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from poststelle.lib.ids import new_secret
from poststelle.lib.trust import trusted

SCOPES = "openid profile email"
_WHEN = '{"id_token":{"auth_time":{"essential":true}}}'
LEEWAY_S = 120
MOST_OCTETS = 1_000_000
_TIMEOUT_S = 15.0
_MOST_SUBJECT = 255
CLIENT_REFUSED = frozenset({"invalid_client", "unauthorized_client"})
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""With pairs of keys alone: what is signed with something we both know, or not at all, proves nothing."""


class ProviderTrouble(Exception):
    """The provider does not answer as it should; ``code`` says where, and is safe to show and to log."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Client:
    """As whom we come. ``secret`` empty: a public client, which PKCE alone protects."""

    issuer: str
    client_id: str
    secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Question:
    """``url`` is for the browser; ``nonce`` and ``verifier`` stay here."""

    url: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed on. ``subject`` with the issuer is who they are; the rest is what the provider says of them.

    ``email`` is empty where nothing is said; ``is_email_verified``: the provider says that it is theirs.
    ``signed_on_at``: when they proved there who they are, in seconds; None where it does not say.
    """

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    username: str
    name: str
    signed_on_at: float | None = None

    def has_signed_on_since(self, moment: float) -> bool:
        """Whether the provider says that they have proven there who they are, and since when: not before."""
        return self.signed_on_at is not None and self.signed_on_at >= moment - LEEWAY_S


class _Metadata(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(
        default_factory=lambda: ["client_secret_basic"]
    )


@dataclass(frozen=True, slots=True)
class Request:
    """What goes to a provider. ``form`` None: a document is asked for."""

    url: str
    form: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)


Send = Callable[[Request], Awaitable[tuple[int, bytes]]]
"""Status and octets of the answer. Raises ProviderTrouble ``unreachable``, ``too_large``."""


class Https:
    """Sends without cookies, redirects or a proxy of the environment; of a large answer nothing is read.

    ``ca_file``: one more authority whose certificates count.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        self._ca_file = ca_file

    @cached_property
    def _trust(self) -> ssl.SSLContext | bool:
        """Read for who signs on first: most places never ask."""
        return trusted(self._ca_file)

    async def __call__(self, request: Request) -> tuple[int, bytes]:
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(ssl=self._trust),
                    timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
                    cookie_jar=aiohttp.DummyCookieJar(),
                ) as session,
                session.request(
                    "GET" if request.form is None else "POST",
                    request.url,
                    data=request.form,
                    headers=request.headers,
                    allow_redirects=False,
                ) as answer,
            ):
                return answer.status, await _octets(answer)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            raise ProviderTrouble("unreachable") from problem


async def _octets(answer: aiohttp.ClientResponse) -> bytes:
    octets = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        octets += chunk
        if len(octets) > MOST_OCTETS:
            raise ProviderTrouble("too_large")
    return bytes(octets)


class OpenId:
    """Asks providers by ``send``."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def ask(self, client: Client, state: str, *, is_anew: bool = False) -> Question:
        """Where the browser goes to sign on. Raises ProviderTrouble.

        ``is_anew``: also who is logged in there proves who they are, and we are to be told when.
        Source: OpenID Connect Core 1.0 §3.1.2.1 (prompt), §5.5 (claims).
        """
        found = await self._discover(client.issuer)
        nonce, verifier = new_secret(), new_secret()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "response_mode": "query",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "scope": SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if is_anew:
            query |= {"prompt": "login", "claims": _WHEN}
        joint = "&" if urlsplit(found.authorization_endpoint).query else "?"
        url = f"{found.authorization_endpoint}{joint}{urlencode(query)}"
        return Question(url, nonce, verifier)

    async def redeem(
        self, client: Client, code: str, *, nonce: str, verifier: str, now: datetime
    ) -> Identity:
        """Who signed on, proven by the token that the code is good for. Raises ProviderTrouble."""
        found = await self._discover(client.issuer)
        answer = await self._redeem(found, client, code, verifier)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderTrouble("no_id_token")
        claims = _verified(token, await self._keys(found))
        return _identity(claims, client, nonce, now)

    async def try_client(self, client: Client) -> None:
        """That the provider knows this client, by a code that is none: who is let in hears of the code.

        Raises ProviderTrouble, where it does not with one of ``CLIENT_REFUSED``.
        Source: RFC 6749 §5.2 (the client is looked at before the grant).
        """
        found = await self._discover(client.issuer)
        try:
            await self._redeem(found, client, new_secret(), new_secret())
        except ProviderTrouble as trouble:
            if trouble.code in CLIENT_REFUSED or trouble.code in {"unreachable", "too_large"}:
                raise

    async def _discover(self, issuer: str) -> _Metadata:
        octets = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", "discovery")
        try:
            found = msgspec.json.decode(octets, type=_Metadata)
        except msgspec.DecodeError as problem:
            raise ProviderTrouble("discovery") from problem
        if found.issuer != issuer:
            raise ProviderTrouble("issuer")
        for url in (found.token_endpoint, found.jwks_uri):
            _require_https(url)
        _require_page(found.authorization_endpoint)
        return found

    async def _keys(self, found: _Metadata) -> list[dict[str, Any]]:
        octets = await self._get(found.jwks_uri, "keys")
        try:
            keys: list[dict[str, Any]] = msgspec.json.decode(octets)["keys"]
            return [key for key in keys if key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"]
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as problem:
            raise ProviderTrouble("keys") from problem

    async def _redeem(self, found: _Metadata, client: Client, code: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": verifier,
            "client_id": client.client_id,
        }
        headers = {}
        if client.secret and "client_secret_post" in found.token_endpoint_auth_methods_supported:
            form["client_secret"] = client.secret
        elif client.secret:
            headers["Authorization"] = _basic(client)
        status, octets = await self._send(Request(found.token_endpoint, form, headers))
        if status != 200:
            raise ProviderTrouble(_refusal(octets))
        try:
            return msgspec.json.decode(octets, type=dict[str, Any])
        except msgspec.DecodeError as problem:
            raise ProviderTrouble("token") from problem

    async def _get(self, url: str, what: str) -> bytes:
        _require_https(url)
        status, octets = await self._send(Request(url))
        if status != 200:
            raise ProviderTrouble(what)
        return octets


def _basic(client: Client) -> str:
    """Source: RFC 6749 §2.3.1: both are form-encoded first."""
    pair = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _refusal(octets: bytes) -> str:
    """The provider's own code where it is one, such as ``invalid_client``."""
    try:
        code = msgspec.json.decode(octets, type=dict[str, Any]).get("error")
    except msgspec.DecodeError:
        return "token"
    is_code = isinstance(code, str) and len(code) <= 40 and code.replace("_", "").isalnum() and code.isascii()
    return code if isinstance(code, str) and is_code else "token"


def _verified(token: str, keys: list[dict[str, Any]]) -> dict[str, Any]:
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
        fitting = keys if kid is None else [key for key in keys if key.get("kid") == kid]
        if len(fitting) != 1:  # without a name, or with one that is had twice, it is nobody's
            raise ProviderTrouble("signature")
        key_set = KeySet.import_key_set({"keys": fitting})
        return jwt.decode(token, key_set, algorithms=_ALGORITHMS).claims
    except (JoseError, ValueError, KeyError, TypeError) as problem:
        raise ProviderTrouble("signature") from problem


def _identity(claims: dict[str, Any], client: Client, nonce: str, now: datetime) -> Identity:
    seconds = now.timestamp()
    subject = claims.get("sub")
    checks = {
        "token_issuer": claims.get("iss") == client.issuer,
        "audience": _is_for_us(claims, client.client_id),
        "expired": seconds < _number(claims, "exp") + LEEWAY_S,
        "not_yet_valid": seconds > max(_number(claims, "nbf"), _number(claims, "iat")) - LEEWAY_S,
        "nonce": hmac.compare_digest(str(claims.get("nonce") or "").encode(), nonce.encode()),
        "subject": isinstance(subject, str) and 0 < len(subject) <= _MOST_SUBJECT and subject.isprintable(),
    }
    for name, is_good in checks.items():
        if not is_good:
            raise ProviderTrouble(name)
    return Identity(
        issuer=client.issuer,
        subject=str(subject),
        email=_text(claims, "email"),
        is_email_verified=any(
            claims.get(n) in (True, 1, "true", "1") for n in ("email_verified", "xms_edov")
        ),
        username=_text(claims, "preferred_username"),
        name=_text(claims, "name"),
        signed_on_at=_number(claims, "auth_time") or None,
    )


def _is_for_us(claims: dict[str, Any], client_id: str) -> bool:
    """Source: OpenID Connect Core 1.0 §3.1.3.7, 3 to 5."""
    said = claims.get("aud")
    audiences = said if isinstance(said, list) else [said]
    party = claims.get("azp")
    is_alone = len(audiences) == 1 or party is not None
    return client_id in audiences and is_alone and party in (None, client_id)


def _number(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name, 0)
    return float(value) if isinstance(value, int | float) else 0.0


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip() if isinstance(value, str) else ""


def _require_https(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise ProviderTrouble("not_https")


def _require_page(url: str) -> None:
    """Where browsers go: by https, or on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "http" and _is_this_machine(parts.hostname or ""):
        return
    _require_https(url)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
