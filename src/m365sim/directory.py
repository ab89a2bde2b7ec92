"""Who exists in the simulated Microsoft 365: tenants, users, app registrations, consents.

Plain records and look-ups; no HTTP, no clock. Records are frozen: to change
one, put a copy made with ``dataclasses.replace``. Addresses and domains compare
without letter case, ids exactly.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, NamedTuple

from m365sim.exchange_rbac import ExchangeRbac

ConsentPolicy = Literal["users_may_consent", "mail_restricted", "admin_only", "approval_workflow"]
Audience = Literal["single", "multi", "multi_and_personal", "personal"]
ExpiredIn = Literal["", "cloud", "on_premises"]
Condition = Literal[
    "mfa",
    "compliant_device",
    "joined_device",
    "approved_app",
    "trusted_location",
    "blocked",
    "security_defaults",
]
"""What a Conditional Access policy asks for. All but ``mfa`` are asked in vain: nobody here can show them."""

CONSUMERS_TENANT_ID = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""Tenant of every personal account. Source: "ID token claims reference", tid."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organisation. ``domain`` is its verified domain, usable as a path segment.

    ``mail_restricted`` is Microsoft's own policy, the default since November 2025: users consent to apps
    themselves, but not to mail for programs of others. ``conditions`` and ``sign_in_frequency_s`` hold for
    all its users. ``cloud`` names the national cloud it lives in when that is not the simulator's.
    """

    id: str
    domain: str
    name: str
    consent_policy: ConsentPolicy = "mail_restricted"
    conditions: frozenset[Condition] = frozenset()
    sign_in_frequency_s: int | None = None
    cloud: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """One person who can sign in.

    ``mailbox_grants`` names the addresses of other mailboxes this user may open
    (full access); the own mailbox needs no grant. ``send_as`` and ``send_on_behalf`` name addresses this
    user may send mail from, without and with being named. ``has_mailbox`` is the licence.
    ``has_mfa`` means that a second factor is registered. ``home_user_id`` makes the
    user a guest: that account of another tenant signs in, with its own password;
    ``mail`` is then its address there.
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
    has_mfa: bool = True
    conditions: frozenset[Condition] = frozenset()
    sign_in_frequency_s: int | None = None
    expired_in: ExpiredIn = ""
    home_user_id: str | None = None
    mail: str | None = None

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
    with the port ``*``, which stand for every port and path of that host. Those of
    single-page and of installed ("mobile and desktop") programs stand apart: no secret
    goes with them. ``certificates`` are PEM texts. ``assigned_user_ids`` None means that
    nobody needs an assignment. ``permissions`` is what the scope ``.default`` stands for,
    ``app_permissions`` the same without a person. ``allows_public_client`` lets it use the
    device code flow without a secret. A well-known client is exempt from ``mail_restricted``.
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
    app_permissions: tuple[str, ...] = ()
    spa_redirect_uris: tuple[str, ...] = ()
    public_redirect_uris: tuple[str, ...] = ()
    allows_public_client: bool = False
    is_well_known_client: bool = False

    def all_redirect_uris(self) -> tuple[str, ...]:
        """The addresses it may be answered at, of every kind."""
        return (*self.redirect_uris, *self.spa_redirect_uris, *self.public_redirect_uris)


@dataclass(frozen=True, slots=True)
class Consent:
    """Scopes granted to one app, by one user or (``user_id`` None) for a whole tenant."""

    user_id: str | None
    tenant_id: str
    client_id: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class AppGrant:
    """Application permissions that one tenant's administrator has granted one app."""

    tenant_id: str
    client_id: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What one access token in force opens. ``user_id`` None means app-only.

    ``is_cae``: the program said that it can be challenged, so the token lives long and ends
    at once when something happens to the user.
    """

    user_id: str | None
    app_id: str
    tenant_id: str
    scopes: frozenset[str]
    expires_at: datetime
    issued_at: datetime | None = None
    is_cae: bool = False


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
    ``access_valid_from`` ends the challengeable ones of a user issued before.
    ``login_url`` is where challenges send a program; its ``consumers`` path is gone
    where ``has_consumers`` is false.
    """

    tenants: dict[str, Tenant] = field(default_factory=lambda: {CONSUMERS.id: CONSUMERS})
    users: dict[str, User] = field(default_factory=dict)
    apps: dict[str, AppRegistration] = field(default_factory=dict)
    consents: list[Consent] = field(default_factory=list)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    app_grants: list[AppGrant] = field(default_factory=list)
    access_valid_from: dict[str, datetime] = field(default_factory=dict)
    rbac: ExchangeRbac = field(default_factory=ExchangeRbac)
    login_url: str = ""
    has_consumers: bool = True
    _by_address: dict[str, str] = field(default_factory=dict)
    _watchers: list[Callable[[], None]] = field(default_factory=list)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call this function after each change to a user or an app, and when a permission was taken back."""
        self._watchers.append(watcher)

    def tell(self) -> None:
        """Tell the watchers; for who has changed ``rbac``, which stands for itself."""
        for watcher in self._watchers:
            watcher()

    def put_tenant(self, tenant: Tenant) -> None:
        """Add a tenant, or replace the one with the same id."""
        self.tenants[tenant.id] = tenant

    def put_app(self, app: AppRegistration) -> None:
        """Add an app registration, or replace the one with the same client id."""
        self.apps[app.client_id] = app
        self.tell()

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
        self.tell()

    def user_by_address(self, address: str) -> User | None:
        """The user with this UPN or proxy address, in any letter case."""
        user_id = self._by_address.get(address.strip().lower())
        return self.users.get(user_id) if user_id else None

    def user_by_id(self, user_id: str) -> User | None:
        """The user with this object id."""
        return self.users.get(user_id)

    def home_of(self, user: User) -> User:
        """The account that signs in as this user: of a guest the one at home, else the user."""
        return self.users.get(user.home_user_id, user) if user.home_user_id else user

    def at(self, path: TenantPath, user: User) -> User | None:
        """Who this account is at this path: itself, its guest in that tenant, or nobody."""
        if path.admits(user):
            return user
        tenant_id = path.tenant.id if path.tenant else None
        guests = (u for u in self.users.values() if u.home_user_id == user.id and u.tenant_id == tenant_id)
        return next(guests, None)

    def conditions_for(self, user: User) -> frozenset[Condition]:
        """What Conditional Access asks of this user, for his own sake or for the tenant's."""
        return self.tenants[user.tenant_id].conditions | user.conditions

    def sign_in_frequency_s(self, user: User) -> int | None:
        """After how long this user must sign in again; the shorter of the two wishes, None without one."""
        wishes = (user.sign_in_frequency_s, self.tenants[user.tenant_id].sign_in_frequency_s)
        return min((w for w in wishes if w is not None), default=None)

    def app(self, client_id: str) -> AppRegistration | None:
        """The app registration with this client id, in any letter case."""
        return self.apps.get(client_id.lower()) or self.apps.get(client_id)

    def tenant_by_path(self, segment: str) -> TenantPath | None:
        """What a ``{tenant}`` path segment means; None when there is no such tenant."""
        wanted = segment.lower()
        if shared := _SHARED_PATHS.get(wanted):
            return shared if self.has_consumers else replace(shared, allows_personal=False)
        if wanted in ("consumers", CONSUMERS_TENANT_ID) and not self.has_consumers:
            return None
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

    def app_permissions(self, tenant_id: str, client_id: str) -> frozenset[str]:
        """The application permissions a tenant has granted an app."""
        grants = (g for g in self.app_grants if (g.tenant_id, g.client_id) == (tenant_id, client_id))
        return frozenset().union(*(g.permissions for g in grants))

    def grant_app(self, grant: AppGrant) -> None:
        """Add application permissions to what this tenant has granted the app."""
        held = self.app_permissions(grant.tenant_id, grant.client_id)
        self._forget_app_grant(grant.client_id, grant.tenant_id)
        self.app_grants.append(replace(grant, permissions=held | grant.permissions))

    def _forget_app_grant(self, client_id: str, tenant_id: str) -> int:
        kept = [g for g in self.app_grants if (g.client_id, g.tenant_id) != (client_id, tenant_id)]
        count = len(self.app_grants) - len(kept)
        self.app_grants[:] = kept
        return count

    def is_installed(self, client_id: str, tenant_id: str) -> bool:
        """Whether the app has a service principal in this tenant: it lives there, or somebody let it in."""
        app = self.app(client_id)
        if app is not None and app.tenant_id == tenant_id:
            return True
        grants: tuple[Consent | AppGrant, ...] = (*self.consents, *self.app_grants)
        is_granted = any((g.client_id, g.tenant_id) == (client_id, tenant_id) for g in grants)
        return is_granted or bool(self.rbac.roles_of(tenant_id, client_id))

    def withdraw(self, client_id: str, tenant_id: str, user_id: str | None = None) -> int:
        """Forget consents to an app: one user's, or (None) all of the tenant, application permissions too.

        Returns how many.
        """
        kept = [
            c
            for c in self.consents
            if (c.client_id, c.tenant_id) != (client_id, tenant_id)
            or (user_id is not None and c.user_id != user_id)
        ]
        count = len(self.consents) - len(kept)
        self.consents[:] = kept
        if user_id is None:
            count += self._forget_app_grant(client_id, tenant_id)
        self.tell()
        return count


def new_user_id(address: str, tenant_id: str) -> str:
    """An object id for a new user, the same each time for the same address.

    A personal account's is the account's 64-bit number, written as a GUID with zeros before it.
    """
    user_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"m365sim:{address.lower()}"))
    return zero_padded(user_id) if tenant_id == CONSUMERS_TENANT_ID else user_id


def zero_padded(user_id: str) -> str:
    """The GUID of a personal account: zeros, then the last 64 bits of this one."""
    return f"00000000-0000-0000-{user_id[-17:]}"


def service_principal_id(tenant_id: str, client_id: str) -> str:
    """The object id of an app in a tenant, as the ``oid`` of its app-only tokens says."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"m365sim:sp:{tenant_id}:{client_id}"))
