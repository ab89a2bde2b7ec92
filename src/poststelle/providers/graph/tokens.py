"""The app registration at Microsoft, on MSAL.

MSAL blocks, so every exchange runs in a worker thread. A token cache is plain
JSON full of secrets: callers seal it before it touches a disk.

Source: Microsoft identity platform, "OAuth 2.0 authorization code flow", "Refresh tokens",
"Claims challenges"; MSAL for Python 1.39.
"""

import asyncio
import hashlib
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msal

from poststelle.lib.clock import Clock
from poststelle.providers.errors import Refused, RetryLater, SignInNeeded
from poststelle.providers.graph.clouds import CONSUMERS_TENANT, GLOBAL, TENANT_WORDS, Cloud
from poststelle.providers.graph.id_token import check_id_token
from poststelle.providers.graph.oauth_http import OauthHttp
from poststelle.providers.graph.sign_in_errors import (
    RefusalKind,
    SignInRefused,
    app_token_error,
    refresh_error,
    refusal,
    refused_on_page,
)

P = ParamSpec("P")
T = TypeVar("T")

# MSAL adds openid, profile and offline_access by itself and refuses to be given them.
SCOPES = ("User.Read", "Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite")
# Another's mailbox: there is no form of MailboxSettings for it, and we ask for nothing we cannot use.
SHARED_SCOPES = ("User.Read", "Mail.ReadWrite.Shared", "Mail.Send.Shared")
# What an administrator approves, once for both.
APPROVED_SCOPES = (*SCOPES, *(scope for scope in SHARED_SCOPES if scope not in SCOPES))
_RESERVED = frozenset({"openid", "profile", "offline_access"})
_THREADS = 32  # exchanges that hang must not keep others waiting
_LONGEST = 75.0  # seconds; a thread's own time-outs end somewhat earlier, but not for an answer that trickles


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

    @property
    def is_for_any(self) -> bool:
        """Whether people of more than one organisation may sign in with it."""
        return self.tenant in TENANT_WORDS


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
        self._threads: ThreadPoolExecutor | None = None

    async def start_flow(
        self,
        redirect_uri: str,
        *,
        login_hint: str | None = None,
        choose_account: bool = False,
        scopes: Sequence[str] = SCOPES,
    ) -> SignInFlow:
        """Begin a sign-in (PKCE, state and nonce by MSAL).

        ``choose_account`` asks Microsoft for its account picker instead of
        pre-filling ``login_hint``: the two exclude each other. Raises
        SignInRefused (wrong_app_settings: unknown tenant) or RetryLater.
        """
        flow = await self._in_thread(self._start, redirect_uri, login_hint, choose_account, scopes)
        return SignInFlow(str(flow["auth_uri"]), flow)

    async def finish_flow(self, flow: Mapping[str, Any], params: Mapping[str, str]) -> SignInResult:
        """Exchange the callback's parameters for tokens and prove who signed in.

        Raises SignInRefused, or RetryLater when Microsoft could not be reached
        (the code is then spent: begin again).
        """
        return await self._in_thread(self._finish, dict(flow), dict(params))

    async def refresh(self, cache: bytes, *, force: bool = False, claims: str | None = None) -> Refreshed:
        """A usable access token: from the cache, or a new one when it ends soon or is asked for.

        ``force`` and ``claims`` ask for a new one; ``claims`` is the decoded JSON of a claims challenge.
        Raises SignInNeeded, Refused (the app's settings are wrong) or RetryLater.
        """
        return await self._in_thread(self._refresh, cache, force, claims)

    async def app_token(self, tenant: str, claims: str | None = None) -> Refreshed:
        """A token of the app itself, without a person, in one tenant.

        Raises SignInNeeded (``AADSTS…``: that tenant does not know the app, or
        there is no such tenant), Refused (the app's settings are wrong) or RetryLater.

        Source: Microsoft identity platform, "OAuth 2.0 client credentials flow".
        """
        return await self._in_thread(self._app_token, tenant, claims)

    async def admin_consent_url(
        self, redirect_uri: str, state: str, tenant: str | None = None, *, is_application: bool = False
    ) -> str:
        """The link an administrator opens to approve the app for the whole organisation.

        It lies where people's pages are, as the discovery document says; where
        that can't be read just now, at the cloud's usual address.
        ``is_application``: what is registered for the app itself, too.

        Source: Microsoft identity platform, "Admin consent" (never ``common``).
        """
        where = tenant or self._settings.tenant
        if where in {"common", "consumers"}:
            where = "organizations"
        asked = (".default",) if is_application else APPROVED_SCOPES
        scopes = " ".join(f"{self._settings.cloud.graph_base}/{scope}" for scope in asked)
        query = {
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": scopes,
            "state": state,
        }
        base = await self._in_thread(self._pages_base)
        return f"{base}/{where}/v2.0/adminconsent?{_encode(query)}"

    async def look_up(self) -> None:
        """Whether Microsoft knows the tenant that is set. Raises SignInRefused or RetryLater."""
        await self._in_thread(
            self._app, self._authority(self._settings.tenant), msal.SerializableTokenCache()
        )

    async def redirect_refusal(self, redirect_uri: str) -> str | None:
        """Why a sign-in that is to return to this address would not even begin: ``AADSTS…``; None: it would.

        Asked for as a browser does, but without any page (``prompt=none``): where app and address are
        right Microsoft returns to the address at once, saying that nobody is signed in; where they are not
        it must not, and says why on a page. Raises SignInRefused or RetryLater.

        Source: Microsoft identity platform, "OAuth 2.0 authorization code flow" (prompt).
        """
        return await self._in_thread(self._redirect_refusal, redirect_uri)

    def _redirect_refusal(self, redirect_uri: str) -> str | None:
        app = self._app(self._authority(self._settings.tenant), msal.SerializableTokenCache())
        query = {
            "client_id": self._settings.client_id,
            "response_type": "code",
            "response_mode": "query",
            "redirect_uri": redirect_uri,
            "scope": "openid",
            "prompt": "none",
            "state": "test",
        }
        url = f"{app.authority.authorization_endpoint}?{_encode(query)}"
        return refused_on_page(self._http.page(url, until=redirect_uri))

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
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run MSAL's blocking work in a thread of our own pool, for so long and no longer."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_THREADS, "sign-in")
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, partial(work, *args, **kwargs))
        try:
            async with asyncio.timeout(_LONGEST):
                return await running
        except TimeoutError as error:
            raise RetryLater("sign_in_unreachable") from error

    def _start(
        self, redirect_uri: str, login_hint: str | None, choose_account: bool, scopes: Sequence[str]
    ) -> dict[str, Any]:
        app = self._app(self._authority(self._settings.tenant), msal.SerializableTokenCache())
        how = {"prompt": "select_account"} if choose_account or not login_hint else {"login_hint": login_hint}
        with warnings.catch_warnings():
            # MSAL recommends form_post; but a POST from Microsoft's page comes without our login cookie
            # (SameSite=Lax), and the answer must belong to the login that began.
            warnings.simplefilter("ignore")
            flow: dict[str, Any] = app.initiate_auth_code_flow(
                list(scopes), redirect_uri=redirect_uri, response_mode="query", **how
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
        scopes = tuple(s for s in flow.get("scope", SCOPES) if s not in _RESERVED)
        return SignInResult(who.username, who.oid, who.tid, home, _pack(home, cache, scopes))

    def _refresh(self, packed: bytes, force: bool, claims: str | None) -> Refreshed:
        authority, cache, scopes = _unpack(packed)
        try:
            app = self._app(authority, cache)
        except SignInRefused as error:
            raise Refused(error.aadsts, status=401) from error
        accounts = app.get_accounts()
        result = accounts and app.acquire_token_silent_with_error(
            list(scopes), accounts[0], force_refresh=force, claims_challenge=claims
        )
        if not result:
            raise SignInNeeded("no_refresh_token")
        if "error" in result:
            raise refresh_error(result, is_for_any=self._settings.is_for_any)
        life = timedelta(seconds=float(result.get("expires_in") or 0))
        packed = _pack(authority, cache, scopes)
        return Refreshed(str(result["access_token"]), self._clock.now() + life, packed)

    def _app_token(self, tenant: str, claims: str | None) -> Refreshed:
        try:
            app = self._app(self._authority(tenant), msal.SerializableTokenCache())
        except SignInRefused as error:
            raise SignInNeeded("unknown_tenant") from error
        scope = f"{self._settings.cloud.graph_base}/.default"
        result = app.acquire_token_for_client([scope], claims_challenge=claims) or {}
        if "error" in result:
            raise app_token_error(result, is_for_any=self._settings.is_for_any)
        life = timedelta(seconds=float(result.get("expires_in") or 0))
        return Refreshed(str(result["access_token"]), self._clock.now() + life, b"")

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


def _pack(authority: str, cache: msal.SerializableTokenCache, scopes: Sequence[str]) -> bytes:
    """The cache, and what a refresh must ask for and where: elsewhere it is refused (AADSTS7000012)."""
    return json.dumps({"authority": authority, "msal": cache.serialize(), "scopes": list(scopes)}).encode()


def _unpack(packed: bytes) -> tuple[str, msal.SerializableTokenCache, list[str]]:
    cache = msal.SerializableTokenCache()
    try:
        box = json.loads(packed)
        cache.deserialize(box["msal"])
        return str(box["authority"]), cache, [str(scope) for scope in box.get("scopes", SCOPES)]
    except (ValueError, KeyError, TypeError) as error:
        raise SignInNeeded("unreadable_sign_in") from error
