"""Every account's remote side, opened with its stored sign-in and kept open.

One object an account holds its tokens and its share of Microsoft's limits, so
that all who talk to the account share them. A new sign-in or a change of the
app registration opens a fresh one at the next call.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.clock import Clock
from poststelle.model.ids import AccountId, SignInId
from poststelle.model.user import SignIn
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import Refused, SignInNeeded
from poststelle.providers.graph.clouds import Cloud, choose_cloud
from poststelle.providers.graph.mail import GraphMail
from poststelle.providers.graph.sign_in_errors import RefusalKind, SignInRefused
from poststelle.providers.graph.throttle import AccountLimits, AppLimits
from poststelle.providers.graph.tokens import AccountTokens, AppSettings, MicrosoftApp
from poststelle.settings import microsoft
from poststelle.settings.microsoft import Credentials, Preset
from poststelle.settings.sign_in import row_of
from poststelle.store import sign_ins
from poststelle.store.tx import ReadTx, Store, Tx

GRAPH_VERSION = "v1.0"


@dataclass(frozen=True, slots=True)
class Place:
    """Where Microsoft is, if not where its clouds are: origins, and the CA they are signed by."""

    login_base: str | None = None
    graph_base: str | None = None
    ca_file: Path | None = None

    def cloud(self, name: str) -> Cloud:
        graph = self.graph_base.removesuffix(f"/{GRAPH_VERSION}") if self.graph_base else None
        return choose_cloud(name, self.login_base, graph)

    def ssl_context(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=str(self.ca_file)) if self.ca_file else None


@dataclass(frozen=True, slots=True)
class _Open:
    """A remote side and what it was opened with."""

    credentials: Credentials
    sign_in: SignInId
    mail: GraphMail


class Remotes:
    """Opens accounts. ``http`` is closed by its owner."""

    def __init__(
        self,
        store: Store,
        ring: KeyRing,
        clock: Clock,
        http: aiohttp.ClientSession,
        place: Place,
        preset: Preset,
    ) -> None:
        self._store, self._ring, self._clock, self._http = store, ring, clock, http
        self._place, self._preset = place, preset
        self._ssl = place.ssl_context()
        self._app_limits = AppLimits(clock)
        self._limits: dict[AccountId, AccountLimits] = {}
        self._open: dict[AccountId, _Open] = {}
        self._app: tuple[Credentials, MicrosoftApp] | None = None

    async def microsoft(self) -> MicrosoftApp:
        """The app registration as it is now; SignInRefused (wrong_app_settings) while it isn't set up."""
        return self._app_for(await self._credentials())

    async def open(self, account: AccountId) -> RemoteMail:
        """The account's mailbox.

        Raises SignInNeeded without a stored sign-in, Refused while the app registration isn't set up.
        """
        credentials = await self._credentials()
        sign_in = await self._store.read(_sign_in, account)
        known = self._open.get(account)
        if known and (known.credentials, known.sign_in) == (credentials, sign_in.id):
            return known.mail
        try:
            app = self._app_for(credentials)
        except SignInRefused as problem:
            raise Refused(problem.aadsts, status=401) from problem

        async def load() -> bytes:
            return self._unseal(await self._store.read(_sign_in, account))

        async def save(cache: bytes) -> None:
            await self._store.write(_save, self._ring, sign_in.id, cache, self._clock)

        tokens = AccountTokens(app, load, save, self._clock)
        limits = self._limits.setdefault(account, self._app_limits.for_account())
        mail = self._mail(credentials, tokens, limits)
        self._open[account] = _Open(credentials, sign_in.id, mail)
        return mail

    async def open_with(self, cache: bytes) -> RemoteMail:
        """The mailbox that a token cache opens; nothing of it is kept."""
        credentials = await self._credentials()

        async def load() -> bytes:
            return cache

        async def save(_: bytes) -> None:
            """The cache is fresh; should it be renewed, the older tokens stay good."""

        tokens = AccountTokens(self._app_for(credentials), load, save, self._clock)
        return self._mail(credentials, tokens, self._app_limits.for_account())

    def forget(self, account: AccountId) -> None:
        """Drop what is remembered of the account's tokens."""
        self._open.pop(account, None)

    def close(self) -> None:
        """Give back the connections to the identity platform."""
        if self._app is not None:
            self._app[1].close()

    async def _credentials(self) -> Credentials:
        return await self._store.read(microsoft.credentials, self._ring, self._preset)

    def _app_for(self, credentials: Credentials) -> MicrosoftApp:
        if not credentials.is_complete:
            raise SignInRefused(RefusalKind.WRONG_APP_SETTINGS, "app_settings", "The app is not set up.")
        if self._app is None or self._app[0] != credentials:
            settings = AppSettings(
                client_id=credentials.client_id,
                secret=credentials.secret,
                certificate_pem=credentials.certificate,
                tenant=credentials.tenant,
                cloud=self._place.cloud(credentials.cloud),
                ca_file=str(self._place.ca_file) if self._place.ca_file else None,
            )
            self.close()
            self._app = (credentials, MicrosoftApp(settings, self._clock))
        return self._app[1]

    def _mail(self, credentials: Credentials, tokens: AccountTokens, limits: AccountLimits) -> GraphMail:
        cloud = self._place.cloud(credentials.cloud)
        return GraphMail(
            self._http,
            f"{cloud.graph_base}/{GRAPH_VERSION}",
            tokens,
            limits,
            ssl_context=self._ssl,
            has_permanent_delete=cloud.has_permanent_delete,
        )

    def _unseal(self, sign_in: SignIn) -> bytes:
        try:
            return self._ring.open(sign_in.token_cache, row_of(sign_in.id))
        except CannotOpen as problem:
            raise SignInNeeded("key_changed") from problem


def _sign_in(tx: ReadTx, account: AccountId) -> SignIn:
    found = sign_ins.get(tx, account)
    if found is None:
        raise SignInNeeded("no_sign_in")
    return found


def _save(tx: Tx, ring: KeyRing, sign_in: SignInId, cache: bytes, clock: Clock) -> None:
    sign_ins.set_token_cache(tx, sign_in, ring.seal(cache, row_of(sign_in)), clock.now())
