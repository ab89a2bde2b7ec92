"""Every account's remote side, opened with its stored sign-in and kept open.

One object an account holds its tokens and its share of Microsoft's limits, so
that all who talk to the account share them. A new sign-in or a change of the
app registration opens a fresh one at the next call.
"""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import aiohttp

from poststelle.auth.crypto import CannotOpen, KeyMissing, KeyRing
from poststelle.blobs import BlobMissing, BlobStore
from poststelle.lib.clock import Clock
from poststelle.model.health import Traffic
from poststelle.model.ids import AccountId, RemoteId, SignInId
from poststelle.model.user import SignIn, SignInKind, SignInState
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import Refused, RetryLater, SignInNeeded
from poststelle.providers.graph.clouds import Cloud, choose_cloud
from poststelle.providers.graph.mail import OWN, GraphMail, anothers
from poststelle.providers.graph.sign_in_errors import RefusalKind, SignInRefused
from poststelle.providers.graph.throttle import AT_ONCE_PER_ACCOUNT, AT_ONCE_PER_APP, AccountLimits, AppLimits
from poststelle.providers.graph.token_sources import AccountTokens, ApplicationTokens, TokenSource, Watch
from poststelle.providers.graph.tokens import AppSettings, MicrosoftApp
from poststelle.providers.local import LocalMail
from poststelle.settings import guardian, microsoft
from poststelle.settings.address import to_ascii
from poststelle.settings.microsoft import APP_MISSING, Credentials, Preset
from poststelle.settings.sign_ins import row_of
from poststelle.store import accounts, app_troubles, attachments, messages, sign_ins
from poststelle.store.tx import ReadTx, Store, Tx

GRAPH_VERSION = "v1.0"
KEY_MISSING = "sealed_with_another_key"


@dataclass(frozen=True, slots=True)
class Place:
    """Where Microsoft is, if not where its clouds are: origins, and the CA they are signed by.

    ``requests_at_once``: so many requests of all accounts together, ``of_each``: of each account.
    """

    login_base: str | None = None
    graph_base: str | None = None
    ca_file: Path | None = None
    requests_at_once: int = AT_ONCE_PER_APP
    of_each: int = AT_ONCE_PER_ACCOUNT

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


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a sign-in's tokens come from, and for which app registration."""

    credentials: Credentials
    account: AccountId
    tokens: AccountTokens


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
        blobs: BlobStore,
    ) -> None:
        self._blobs = blobs
        self._store, self._ring, self._clock, self._http = store, ring, clock, http
        self._place, self._preset = place, preset
        self._ssl = place.ssl_context()
        self._app_limits = AppLimits(clock, per_account=place.of_each, per_app=place.requests_at_once)
        self._limits: dict[AccountId, AccountLimits] = {}
        self._open: dict[AccountId, _Open] = {}
        self._sources: dict[SignInId, _Source] = {}
        self._applications: dict[str, tuple[Credentials, ApplicationTokens]] = {}
        self._app: tuple[Credentials, MicrosoftApp] | None = None

    def limit(self, requests_at_once: int) -> None:
        """So many requests of all accounts together from now on: other processes have the rest."""
        self._app_limits.slots.resize(requests_at_once)

    def traffic(self) -> Traffic:
        """With Microsoft, of all mailboxes, since the start."""
        limits = self._app_limits
        return Traffic(limits.requests, limits.throttled, limits.failed)

    async def microsoft(self) -> MicrosoftApp:
        """The app registration as it is now; SignInRefused (wrong_app_settings) while it isn't set up."""
        return self._app_for(await self._credentials())

    async def open(self, account: AccountId) -> RemoteMail:
        """The account's mailbox, with the sign-in that is in use now.

        Raises SignInNeeded without a stored sign-in, Refused while the app registration isn't set up.
        """
        with _waiting_for_key():
            found = await self._store.read(_open_with, self._ring, self._preset, account)
        if isinstance(found, str):
            return self._local(account, found)
        credentials, sign_in, address = found
        known = self._open.get(account)
        if known and (known.credentials, known.sign_in) == (credentials, sign_in.id):
            return known.mail
        mail = self._mail_of(sign_in, credentials, address)
        self._open[account] = _Open(credentials, sign_in.id, mail)
        return mail

    async def open_others(self, account: AccountId) -> list[RemoteMail]:
        """The mailbox with its other sign-ins that work and are no delegate's, by rank; nothing is kept.

        Raises Refused while the app registration isn't set up.
        """
        credentials = await self._credentials()
        others, address = await self._store.read(_standing_by, account)
        return [self._mail_of(sign_in, credentials, address) for sign_in in others]

    async def open_with(self, cache: bytes, account: AccountId, address: str | None = None) -> RemoteMail:
        """The mailbox that a token cache opens, its own or that of ``address``; nothing of it is kept.

        It waits its turn among the requests of the account that it is for: Microsoft counts them together.
        """
        credentials = await self._credentials()

        async def load() -> bytes:
            return cache

        async def save(_: bytes) -> None:
            """The cache is fresh; should it be renewed, the older tokens stay good."""

        tokens = AccountTokens(self._app_for(credentials), load, save, self._clock)
        mailbox = OWN if address is None else anothers(address)
        return self._mail(credentials, tokens, self._limits_of(account), mailbox)

    async def open_as_application(self, tenant: str, address: str, *, renews: bool = True) -> RemoteMail:
        """A mailbox as our program itself may open it in its tenant by now; nothing of it is kept.

        ``renews``: with a new token, for one from before an approval knows nothing of it.
        Raises SignInNeeded where the tenant has not let it in, Refused or RetryLater.
        """
        credentials = await self._credentials()
        tokens = self._application(tenant, credentials)
        if renews:
            await tokens.renew()
        return self._mail(credentials, tokens, self._app_limits.for_account(), anothers(address))

    def _limits_of(self, account: AccountId) -> AccountLimits:
        return self._limits.setdefault(account, self._app_limits.for_account())

    async def renew(self, sign_in_id: SignInId) -> None:
        """Renew a sign-in's tokens before anybody needs them, or see whether a lost one works again.

        Raises ProviderError.
        """
        found = await self._store.read(_with_address, sign_in_id)
        if found is None:
            return
        sign_in, address = found
        credentials = await self._credentials()
        if sign_in.state is SignInState.LOST:
            await self._try_again(sign_in, credentials, address)
        elif sign_in.kind is not SignInKind.APPLICATION:
            await self._source(sign_in, credentials).renew()

    async def _try_again(self, sign_in: SignIn, credentials: Credentials, address: str) -> None:
        try:
            if sign_in.kind is SignInKind.APPLICATION:
                remote = await self.open_as_application(sign_in.tenant, address)
            else:
                remote = self._mail_of(sign_in, credentials, address)
            await remote.verify(address)
        except SignInNeeded as error:
            await self._store.write(guardian.note_still_lost, sign_in.id, error.code, self._clock.now())
            raise
        await self._store.write(guardian.note_works, sign_in.id, self._clock.now())

    def forget(self, account: AccountId) -> None:
        """Drop what is remembered of the account's tokens."""
        self._open.pop(account, None)
        for sign_in in [s for s, source in self._sources.items() if source.account == account]:
            del self._sources[sign_in]

    def close(self) -> None:
        """Give back the connections to the identity platform."""
        if self._app is not None:
            self._app[1].close()

    def _mail_of(self, sign_in: SignIn, credentials: Credentials, address: str) -> GraphMail:
        tokens = self._tokens(sign_in, credentials)
        limits = self._limits_of(sign_in.account_id)
        is_told = sign_in.kind is not SignInKind.DELEGATE
        return self._mail(credentials, tokens, limits, _mailbox(sign_in.kind, address), is_told=is_told)

    def _tokens(self, sign_in: SignIn, credentials: Credentials) -> TokenSource:
        if sign_in.kind is SignInKind.APPLICATION:
            return self._application(sign_in.tenant, credentials)
        return self._source(sign_in, credentials)

    def _application(self, tenant: str, credentials: Credentials) -> ApplicationTokens:
        """One token for all mailboxes of a tenant."""
        known = self._applications.get(tenant)
        if known is None or known[0] != credentials:
            watch = Watch(refused=self._app_refused, accepted=self._app_accepted)
            tokens = ApplicationTokens(self._usable_app(credentials), tenant, self._clock, watch)
            known = self._applications[tenant] = (credentials, tokens)
        return known[1]

    def _source(self, sign_in: SignIn, credentials: Credentials) -> AccountTokens:
        """One object a sign-in, so that whoever needs its tokens shares one renewal."""
        known = self._sources.get(sign_in.id)
        if known and known.credentials == credentials:
            return known.tokens

        async def load() -> bytes:
            return self._unseal(await self._store.read(_stored, sign_in.id))

        async def save(cache: bytes) -> None:
            await self._store.write(_save, self._ring, sign_in, cache, self._clock.now())

        async def lost(code: str) -> None:
            now = self._clock.now()
            await self._store.write(guardian.note_lost, sign_in.account_id, sign_in.id, code, now)

        watch = Watch(lost, self._app_refused, self._app_accepted)
        tokens = AccountTokens(self._usable_app(credentials), load, save, self._clock, watch)
        self._sources[sign_in.id] = _Source(credentials, sign_in.account_id, tokens)
        return tokens

    async def _app_refused(self, code: str) -> None:
        """Told once, whichever process meets it: what is told of the app is read, and not remembered."""
        client_id, told = await self._store.read(_told_of_app, self._ring, self._preset)
        if told != code:
            await self._store.write(guardian.note_app_refused, client_id, code, self._clock.now())

    async def _app_accepted(self) -> None:
        client_id, told = await self._store.read(_told_of_app, self._ring, self._preset)
        if told is not None:
            await self._store.write(guardian.note_app_accepted, client_id, self._clock.now())

    def _usable_app(self, credentials: Credentials) -> MicrosoftApp:
        try:
            return self._app_for(credentials)
        except SignInRefused as problem:
            raise Refused(problem.aadsts, status=401) from problem

    async def _credentials(self) -> Credentials:
        with _waiting_for_key():
            return await self._store.read(microsoft.credentials, self._ring, self._preset)

    def _app_for(self, credentials: Credentials) -> MicrosoftApp:
        if not credentials.is_complete:
            raise SignInRefused(RefusalKind.WRONG_APP_SETTINGS, APP_MISSING, "The app is not set up.")
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

    def _mail(
        self,
        credentials: Credentials,
        tokens: TokenSource,
        limits: AccountLimits,
        mailbox: str,
        *,
        is_told: bool = False,
    ) -> GraphMail:
        """``is_told``: Microsoft tells of changes; not where a person opens another's mailbox."""
        cloud = self._place.cloud(credentials.cloud)
        return GraphMail(
            self._http,
            f"{cloud.graph_base}/{GRAPH_VERSION}",
            tokens,
            limits,
            mailbox=mailbox,
            ssl_context=self._ssl,
            has_permanent_delete=cloud.has_permanent_delete,
            can_subscribe=is_told,
        )

    def _local(self, account: AccountId, address: str) -> LocalMail:
        async def octets(message: RemoteId) -> AsyncIterator[bytes]:
            sha256 = await self._store.read(_octets_of, account, message)
            try:
                return await self._blobs.opened(sha256)
            except BlobMissing as error:
                raise LookupError(sha256) from error

        return LocalMail(address, octets)

    def _unseal(self, sign_in: SignIn) -> bytes:
        try:
            with _waiting_for_key():
                return self._ring.open(sign_in.token_cache, row_of(sign_in.id))
        except CannotOpen as problem:
            raise SignInNeeded("key_changed") from problem


@contextmanager
def _waiting_for_key() -> Iterator[None]:
    """What was sealed under a key that this process does not know yet is no reason to ask a person."""
    try:
        yield
    except KeyMissing as problem:
        raise RetryLater(KEY_MISSING) from problem


def _told_of_app(tx: ReadTx, ring: KeyRing, preset: Preset) -> tuple[str, str | None]:
    """The app registration's name, and the code for which it is refused as far as is known."""
    client_id = microsoft.credentials(tx, ring, preset).client_id
    trouble = app_troubles.get(tx, client_id)
    return client_id, None if trouble is None else trouble.code


def _mailbox(kind: SignInKind, address: str) -> str:
    return OWN if kind is SignInKind.OWN else anothers(address)


def _open_with(
    tx: ReadTx, ring: KeyRing, preset: Preset, account: AccountId
) -> str | tuple[Credentials, SignIn, str]:
    """An internal mailbox's address; of another one the app registration as it is now, the sign-in in use and
    the mailbox's address. Raises SignInNeeded.
    """
    found = accounts.get(tx, account)
    if found is not None and found.is_internal:
        return found.address
    credentials = microsoft.credentials(tx, ring, preset)
    sign_in = sign_ins.get(tx, account)
    if sign_in is None:
        raise SignInNeeded("no_sign_in")
    return credentials, sign_in, to_ascii(found.address) if found else ""


def _standing_by(tx: ReadTx, account: AccountId) -> tuple[list[SignIn], str]:
    """Its sign-ins that work and are not in use, without delegates', and the mailbox's address."""
    used = sign_ins.id_of(tx, account)
    others = [
        sign_in
        for sign_in in sign_ins.list_of(tx, account)
        if sign_in.state is SignInState.ACTIVE
        and sign_in.kind is not SignInKind.DELEGATE
        and sign_in.id != used
    ]
    return others, _address(tx, account)


def _with_address(tx: ReadTx, sign_in_id: SignInId) -> tuple[SignIn, str] | None:
    sign_in = sign_ins.one(tx, sign_in_id)
    return (sign_in, _address(tx, sign_in.account_id)) if sign_in else None


def _octets_of(tx: ReadTx, account: AccountId, message: RemoteId) -> str:
    """The hash of a message's octets. Raises LookupError."""
    found = messages.by_remote(tx, account, [message]).get(message)
    kept = None if found is None else attachments.kept(tx, account, found.id, "mime")
    if kept is None:
        raise LookupError(message)
    return kept.sha256


def _address(tx: ReadTx, account: AccountId) -> str:
    found = accounts.get(tx, account)
    return to_ascii(found.address) if found else ""


def _stored(tx: ReadTx, sign_in_id: SignInId) -> SignIn:
    found = sign_ins.one(tx, sign_in_id)
    if found is None:
        raise SignInNeeded("no_sign_in")
    return found


def _save(tx: Tx, ring: KeyRing, sign_in: SignIn, cache: bytes, now: datetime) -> None:
    renew_at = guardian.next_renewal(now, is_in_use=guardian.is_working_hard(tx, sign_in))
    sign_ins.set_token_cache(tx, sign_in.id, ring.seal(cache, row_of(sign_in.id)), now, renew_at=renew_at)
