"""Who exists in the simulated Microsoft 365: tenants, users, app registrations, consents.

Plain records and look-ups; no HTTP, no clock. Records are frozen: to change
one, put a copy made with ``dataclasses.replace``. Addresses and domains compare
without letter case, ids exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from m365sim.world.seedtypes import SeedOffice, SeedUser

ConsentPolicy = Literal["users_may_consent", "admin_only", "approval_workflow"]
Audience = Literal["single", "multi", "multi_and_personal", "personal"]

CONSUMERS_TENANT_ID = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""Tenant of every personal account. Source: "ID token claims reference", tid."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organisation. ``domain`` is its verified domain, usable as a path segment."""

    id: str
    domain: str
    name: str
    consent_policy: ConsentPolicy = "users_may_consent"


@dataclass(frozen=True, slots=True)
class User:
    """One person who can sign in.

    ``mailbox_grants`` names the addresses of other mailboxes this user may open
    (full access); the own mailbox needs no grant. ``send_as`` and ``send_on_behalf`` name addresses this
    user may send mail from, without and with being named. ``has_mailbox`` is the licence.
    """

    id: str
    tenant_id: str
    upn: str
    display_name: str
    given_name: str = ""
    surname: str = ""
    password: str = ""
    is_admin: bool = False
    has_mailbox: bool = True
    is_personal: bool = False
    proxy_addresses: tuple[str, ...] = ()
    is_enabled: bool = True
    mailbox_grants: frozenset[str] = frozenset()
    send_as: frozenset[str] = frozenset()
    send_on_behalf: frozenset[str] = frozenset()

    def addresses(self) -> tuple[str, ...]:
        """Every address of the user in lower case, the UPN first, none twice."""
        return tuple(dict.fromkeys(a.lower() for a in (self.upn, *self.proxy_addresses)))


class AppSecret(NamedTuple):
    """A client secret and when it ends."""

    value: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AppRegistration:
    """A program registered to sign users in.

    ``redirect_uris`` are exact, except ``http://localhost`` and ``http://127.0.0.1``
    with the port ``*``, which stand for every port and path of that host.
    ``certificates`` are PEM texts. ``assigned_user_ids`` None means that nobody
    needs an assignment. ``permissions`` is what the scope ``.default`` stands for.
    """

    client_id: str
    name: str
    publisher: str = ""
    secrets: tuple[AppSecret, ...] = ()
    certificates: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    audience: Audience = "multi_and_personal"
    tenant_id: str | None = None
    is_enabled: bool = True
    assigned_user_ids: frozenset[str] | None = None
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """Scopes granted to one app, by one user or (``user_id`` None) for a whole tenant."""

    user_id: str | None
    tenant_id: str
    client_id: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What one access token in force opens. ``user_id`` None means app-only."""

    user_id: str | None
    app_id: str
    tenant_id: str
    scopes: frozenset[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TenantPath:
    """The ``{tenant}`` segment of an endpoint, understood.

    ``tenant`` is None for ``common`` and ``organizations``.
    Source: "OpenID Connect on the Microsoft identity platform".
    """

    segment: str
    tenant: Tenant | None
    allows_work: bool
    allows_personal: bool

    def admits(self, user: User) -> bool:
        """Whether this user can sign in at this path."""
        if self.tenant is not None:
            return self.tenant.id == user.tenant_id
        return self.allows_personal if user.is_personal else self.allows_work


CONSUMERS = Tenant(CONSUMERS_TENANT_ID, "consumers", "Personal accounts")
_SHARED_PATHS = {
    "common": TenantPath("common", None, True, True),
    "organizations": TenantPath("organizations", None, True, False),
}


@dataclass
class Directory:
    """Every record, with the look-ups the rest of the simulator uses.

    ``access_tokens`` holds the tokens in force by their text: a token that is
    not in it was never issued here, has been withdrawn, or is long over.
    """

    tenants: dict[str, Tenant] = field(default_factory=lambda: {CONSUMERS.id: CONSUMERS})
    users: dict[str, User] = field(default_factory=dict)
    apps: dict[str, AppRegistration] = field(default_factory=dict)
    consents: list[Consent] = field(default_factory=list)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    _by_address: dict[str, str] = field(default_factory=dict)
    _watchers: list[Callable[[], None]] = field(default_factory=list)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call this function after each change to a user, an app or a consent taken back."""
        self._watchers.append(watcher)

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()

    def put_tenant(self, tenant: Tenant) -> None:
        """Add a tenant, or replace the one with the same id."""
        self.tenants[tenant.id] = tenant

    def put_app(self, app: AppRegistration) -> None:
        """Add an app registration, or replace the one with the same client id."""
        self.apps[app.client_id] = app
        self._tell()

    def put_user(self, user: User) -> None:
        """Add a user, or replace the one with the same id.

        Raises ValueError, changing nothing, when the tenant is unknown or one of
        the addresses belongs to somebody else.
        """
        if user.tenant_id not in self.tenants:
            raise ValueError(f"There is no tenant {user.tenant_id}.")
        for address in user.addresses():
            if self._by_address.get(address, user.id) != user.id:
                raise ValueError(f"The address {address} belongs to another user.")
        if before := self.users.get(user.id):
            for address in before.addresses():
                del self._by_address[address]
        self.users[user.id] = user
        self._by_address.update(dict.fromkeys(user.addresses(), user.id))
        self._tell()

    def user_by_address(self, address: str) -> User | None:
        """The user with this UPN or proxy address, in any letter case."""
        user_id = self._by_address.get(address.strip().lower())
        return self.users.get(user_id) if user_id else None

    def user_by_id(self, user_id: str) -> User | None:
        """The user with this object id."""
        return self.users.get(user_id)

    def app(self, client_id: str) -> AppRegistration | None:
        """The app registration with this client id, in any letter case."""
        return self.apps.get(client_id.lower()) or self.apps.get(client_id)

    def tenant_by_path(self, segment: str) -> TenantPath | None:
        """What a ``{tenant}`` path segment means; None when there is no such tenant."""
        wanted = segment.lower()
        if shared := _SHARED_PATHS.get(wanted):
            return shared
        if wanted == "consumers":
            return TenantPath(wanted, self.tenants[CONSUMERS_TENANT_ID], False, True)
        for tenant in self.tenants.values():
            if wanted in (tenant.id.lower(), tenant.domain.lower()):
                is_personal = tenant.id == CONSUMERS_TENANT_ID
                return TenantPath(wanted, tenant, not is_personal, is_personal)
        return None

    def granted_scopes(self, user: User, client_id: str) -> frozenset[str]:
        """Scopes this app holds for this user: the user's own and the tenant's."""
        return frozenset().union(
            *(
                c.scopes
                for c in self.consents
                if c.client_id == client_id and c.tenant_id == user.tenant_id and c.user_id in (None, user.id)
            )
        )

    def grant(self, consent: Consent) -> None:
        """Add scopes to what this user (or tenant) has already granted the app."""
        for index, held in enumerate(self.consents):
            if (held.user_id, held.tenant_id, held.client_id) == (
                consent.user_id,
                consent.tenant_id,
                consent.client_id,
            ):
                self.consents[index] = replace(held, scopes=held.scopes | consent.scopes)
                return
        self.consents.append(consent)

    def withdraw(self, client_id: str, tenant_id: str, user_id: str | None = None) -> int:
        """Forget consents to an app: one user's, or (None) all of the tenant; return how many."""
        kept = [
            c
            for c in self.consents
            if (c.client_id, c.tenant_id) != (client_id, tenant_id)
            or (user_id is not None and c.user_id != user_id)
        ]
        count = len(self.consents) - len(kept)
        self.consents[:] = kept
        self._tell()
        return count


def directory_from_seed(office: SeedOffice) -> Directory:
    """A directory with the tenants and users of a seed; no apps, no consents.

    A user without a password is an account behind a shared mailbox: nobody signs in
    with it, so it is disabled. Raises ValueError for an address given to two users.
    """
    directory = Directory()
    for tenant in office.tenants:
        policy = _POLICIES[tenant.consent_policy]
        directory.put_tenant(Tenant(tenant.id, tenant.domain, tenant.name, policy))
    for user in office.users:
        directory.put_user(_user_from_seed(user))
    return directory


_POLICIES: dict[str, ConsentPolicy] = {
    "user_may_consent": "users_may_consent",
    "users_may_consent": "users_may_consent",
    "admin_only": "admin_only",
    "approval_workflow": "approval_workflow",
}


def _user_from_seed(user: SeedUser) -> User:
    return User(
        id=user.id,
        tenant_id=user.tenant_id,
        upn=user.upn,
        display_name=user.display_name,
        given_name=user.given_name,
        surname=user.surname,
        password=user.password or "",
        is_admin=user.is_admin,
        has_mailbox=user.has_mailbox,
        is_personal=user.is_personal,
        proxy_addresses=user.proxy_addresses,
        is_enabled=user.password is not None,
        mailbox_grants=frozenset(a.lower() for a in user.may_open),
        send_as=frozenset(a.lower() for a in user.may_open),
    )
