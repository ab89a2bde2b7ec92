"""The app registration at Microsoft (on MSAL), and one account's access token.

MSAL blocks, so every exchange runs in a worker thread. A token cache is plain
JSON full of secrets: callers seal it before it touches a disk.

Source: Microsoft identity platform, "OAuth 2.0 authorization code flow", "Refresh tokens",
"Claims challenges"; MSAL for Python 1.39.
"""

import asyncio
import hashlib
import json
import warnings
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

import msal

from poststelle.lib.clock import Clock
from poststelle.providers.errors import Refused, RetryLater, SignInNeeded
from poststelle.providers.graph.clouds import CONSUMERS_TENANT, GLOBAL, Cloud
from poststelle.providers.graph.id_token import check_id_token
from poststelle.providers.graph.oauth_http import OauthHttp
from poststelle.providers.graph.sign_in_errors import RefusalKind, SignInRefused, refresh_error, refusal

# MSAL adds openid, profile and offline_access by itself and refuses to be given them.
SCOPES = ("User.Read", "Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite")
_RENEW_BEFORE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AppSettings:
    """The app registration. ``secret`` or ``certificate_pem`` (certificate and private key) is set.

    ``tenant`` is ``organizations``, ``common``, ``consumers``, a GUID or a
    domain. ``ca_file`` names the CA bundle of a simulated Microsoft.
    """

    client_id: str
    secret: str | None = None
    certificate_pem: str | None = None
    tenant: str = "organizations"
    cloud: Cloud = GLOBAL
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class SignInFlow:
    """A sign-in under way: the browser goes to ``url``, ``flow`` (secret) stays on the server."""

    url: str
    flow: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignInResult:
    """A finished sign-in. Key the account by ``tid`` and ``oid``; ``username`` is for display only."""

    username: str
    oid: str
    tid: str
    authority: str
    cache: bytes


@dataclass(frozen=True, slots=True)
class Refreshed:
    """An access token (opaque: personal accounts' are no JWT), its end, and the cache to keep from now on."""

    token: str
    expires_at: datetime
    cache: bytes


class MicrosoftApp:
    """One app registration. Build it once; it remembers discovery documents and keys."""

    def __init__(self, settings: AppSettings, clock: Clock, http: OauthHttp | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._http = http or OauthHttp(settings.ca_file)

    async def start_flow(
        self, redirect_uri: str, *, login_hint: str | None = None, choose_account: bool = False
    ) -> SignInFlow:
        """Begin a sign-in (PKCE, state and nonce by MSAL).

        ``choose_account`` asks Microsoft for its account picker instead of
        pre-filling ``login_hint``: the two exclude each other. Raises
        SignInRefused (wrong_app_settings: unknown tenant) or RetryLater.
        """
        flow = await asyncio.to_thread(self._start, redirect_uri, login_hint, choose_account)
        return SignInFlow(str(flow["auth_uri"]), flow)

    async def finish_flow(self, flow: Mapping[str, Any], params: Mapping[str, str]) -> SignInResult:
        """Exchange the callback's parameters for tokens and prove who signed in.

        Raises SignInRefused, or RetryLater when Microsoft could not be reached
        (the code is then spent: begin again).
        """
        return await asyncio.to_thread(self._finish, dict(flow), dict(params))

    async def refresh(self, cache: bytes, *, force: bool = False, claims: str | None = None) -> Refreshed:
        """A usable access token: from the cache, or a new one when it ends soon or is asked for.

        ``force`` and ``claims`` ask for a new one; ``claims`` is the decoded JSON of a claims challenge.
        Raises SignInNeeded, Refused (the app's settings are wrong) or RetryLater.
        """
        return await asyncio.to_thread(self._refresh, cache, force, claims)

    async def admin_consent_url(self, redirect_uri: str, state: str, tenant: str | None = None) -> str:
        """The link an administrator opens to approve the app for the whole organisation.

        It lies where people's pages are, as the discovery document says; where
        that can't be read just now, at the cloud's usual address.

        Source: Microsoft identity platform, "Admin consent" (never ``common``).
        """
        where = tenant or self._settings.tenant
        if where in {"common", "consumers"}:
            where = "organizations"
        scopes = " ".join(f"{self._settings.cloud.graph_base}/{scope}" for scope in SCOPES)
        query = {
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": scopes,
            "state": state,
        }
        base = await asyncio.to_thread(self._pages_base)
        return f"{base}/{where}/v2.0/adminconsent?{_encode(query)}"

    def _pages_base(self) -> str:
        try:
            app = self._app(self._authority(self._settings.tenant), msal.SerializableTokenCache())
        except (SignInRefused, RetryLater):
            return self._settings.cloud.login_base
        parts = urlsplit(app.authority.authorization_endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    def close(self) -> None:
        """Close the connections; later calls open new ones."""
        self._http.close()

    def _start(self, redirect_uri: str, login_hint: str | None, choose_account: bool) -> dict[str, Any]:
        app = self._app(self._authority(self._settings.tenant), msal.SerializableTokenCache())
        how = {"prompt": "select_account"} if choose_account or not login_hint else {"login_hint": login_hint}
        with warnings.catch_warnings():
            # MSAL recommends form_post; but a POST from Microsoft's page comes without our login cookie
            # (SameSite=Lax), and the answer must belong to the login that began.
            warnings.simplefilter("ignore")
            flow: dict[str, Any] = app.initiate_auth_code_flow(
                list(SCOPES), redirect_uri=redirect_uri, response_mode="query", **how
            )
        return flow

    def _finish(self, flow: dict[str, Any], params: dict[str, str]) -> SignInResult:
        if params.get("error"):
            raise refusal(params)
        cache = msal.SerializableTokenCache()
        authority = self._authority(self._settings.tenant)
        app = self._app(authority, cache)
        try:
            result = app.acquire_token_by_auth_code_flow(flow, params)
        except (ValueError, RuntimeError) as error:  # state or nonce do not fit our question
            raise SignInRefused(RefusalKind.FAILED, "state_mismatch") from error
        if not result or "error" in result:
            raise refusal(result or {})
        who = check_id_token(
            str(result.get("id_token") or ""),
            http=self._http,
            authority=authority,
            client_id=self._settings.client_id,
            nonce=hashlib.sha256(str(flow.get("nonce", "")).encode()).hexdigest(),
            now=self._clock.now(),
        )
        home = self._authority("consumers" if who.tid == CONSUMERS_TENANT else who.tid)
        return SignInResult(who.username, who.oid, who.tid, home, _pack(home, cache))

    def _refresh(self, packed: bytes, force: bool, claims: str | None) -> Refreshed:
        authority, cache = _unpack(packed)
        try:
            app = self._app(authority, cache)
        except SignInRefused as error:
            raise Refused(error.aadsts, status=401) from error
        accounts = app.get_accounts()
        result = accounts and app.acquire_token_silent_with_error(
            list(SCOPES), accounts[0], force_refresh=force, claims_challenge=claims
        )
        if not result:
            raise SignInNeeded("no_refresh_token")
        if "error" in result:
            raise refresh_error(result)
        life = timedelta(seconds=float(result.get("expires_in") or 0))
        return Refreshed(str(result["access_token"]), self._clock.now() + life, _pack(authority, cache))

    def _app(self, authority: str, cache: msal.SerializableTokenCache) -> Any:
        """A fresh MSAL app: cheap, as documents are remembered, and free of MSAL's memory of refusals."""
        try:
            return msal.ConfidentialClientApplication(
                self._settings.client_id,
                client_credential=self._credential(),
                authority=authority,
                instance_discovery=None if self._settings.cloud.is_known else False,
                token_cache=cache,
                http_client=self._http,
            )
        except ValueError as error:  # an unknown tenant, or a certificate that is none
            raise SignInRefused(RefusalKind.WRONG_APP_SETTINGS, "app_settings", str(error)) from error

    def _credential(self) -> str | dict[str, str] | None:
        pem = self._settings.certificate_pem
        if pem is None:
            return self._settings.secret
        return {"private_key": pem, "public_certificate": pem}

    def _authority(self, tenant: str) -> str:
        return f"{self._settings.cloud.login_base}/{tenant}"


def _encode(query: Mapping[str, str]) -> str:
    return urlencode(query, quote_via=quote)


def _pack(authority: str, cache: msal.SerializableTokenCache) -> bytes:
    """The cache and the authority its grant came from: elsewhere a refresh is refused (AADSTS7000012)."""
    return json.dumps({"authority": authority, "msal": cache.serialize()}).encode()


def _unpack(packed: bytes) -> tuple[str, msal.SerializableTokenCache]:
    cache = msal.SerializableTokenCache()
    try:
        box = json.loads(packed)
        cache.deserialize(box["msal"])
        return str(box["authority"]), cache
    except (ValueError, KeyError, TypeError) as error:
        raise SignInNeeded("unreadable_sign_in") from error


class TokenSource(Protocol):
    """Where a Graph client gets its access token."""

    async def access_token(self, *, refused: str | None = None, claims: str | None = None) -> str:
        """A token to send now. ``refused`` is one the service has just answered with 401.

        ``claims`` is the decoded JSON of a claims challenge. Raises
        SignInNeeded, Refused or RetryLater.
        """
        ...

    async def hold(self, at_least: timedelta) -> datetime:
        """Have a token that lasts so long, if the service gives such long ones; return when it ends."""
        ...


class AccountTokens:
    """One account's access token, refreshed before it ends, one refresh at a time.

    ``load`` and ``save`` read and keep the (sealed) cache. A new cache is saved
    before its token is used, or the rolled refresh token could be lost.
    """

    def __init__(
        self,
        app: MicrosoftApp,
        load: Callable[[], Awaitable[bytes]],
        save: Callable[[bytes], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._app, self._load, self._save, self._clock = app, load, save, clock
        self._current: Refreshed | None = None
        self._lock = asyncio.Lock()

    async def access_token(self, *, refused: str | None = None, claims: str | None = None) -> str:
        async with self._lock:
            current = self._current
            if current and refused != current.token and not self._ends_soon(current):
                return current.token
            cache = await self._load()
            fresh = await self._app.refresh(cache, force=refused is not None, claims=claims)
            if fresh.token == refused:
                raise RetryLater("same_token_again")
            if fresh.cache != cache:
                await self._save(fresh.cache)
            self._current = fresh
            return fresh.token

    async def hold(self, at_least: timedelta) -> datetime:
        """Have a token that lasts so long, if the service gives such long ones; return when it ends.

        For what goes on only while the token it was asked with is good.
        """
        token = await self.access_token()
        current = self._current
        if current and current.expires_at - self._clock.now() < at_least:
            with suppress(RetryLater):  # the same one again: longer ones are not to be had
                await self.access_token(refused=token)
        assert self._current is not None  # access_token leaves one
        return self._current.expires_at

    def _ends_soon(self, token: Refreshed) -> bool:
        return token.expires_at - self._clock.now() < _RENEW_BEFORE
