"""What the calls under ``/control/identity`` take: JSON bodies; an unknown field is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from m365sim.directory import Audience, Condition, ConsentPolicy, ExpiredIn
from m365sim.exchange_rbac import AccessRight
from m365sim.identity.revocation import Event


class TenantBody(Struct, forbid_unknown_fields=True):
    """A tenant to add, or what to change of one."""

    domain: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    consent_policy: ConsentPolicy | UnsetType = UNSET
    conditions: frozenset[Condition] | UnsetType = UNSET
    sign_in_frequency_s: int | UnsetType | None = UNSET
    cloud: str | UnsetType | None = UNSET


class UserBody(Struct, forbid_unknown_fields=True):
    """A user to add (``tenant`` is needed then), or what to change of one."""

    tenant: str | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    given_name: str | UnsetType = UNSET
    surname: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    is_admin: bool | UnsetType = UNSET
    is_enabled: bool | UnsetType = UNSET
    has_mailbox: bool | UnsetType = UNSET
    proxy_addresses: tuple[str, ...] | UnsetType = UNSET
    mailbox_grants: frozenset[str] | UnsetType = UNSET
    send_as: frozenset[str] | UnsetType = UNSET
    send_on_behalf: frozenset[str] | UnsetType = UNSET
    has_mfa: bool | UnsetType = UNSET
    conditions: frozenset[Condition] | UnsetType = UNSET
    sign_in_frequency_s: int | UnsetType | None = UNSET
    expired_in: ExpiredIn | UnsetType = UNSET


class SecretBody(Struct, forbid_unknown_fields=True):
    """One client secret."""

    value: str
    expires_at: datetime


class AppBody(Struct, forbid_unknown_fields=True):
    """An app registration to add (``name`` is needed then), or what to change of one."""

    name: str | UnsetType = UNSET
    publisher: str | UnsetType = UNSET
    secrets: list[SecretBody] | UnsetType = UNSET
    certificates: tuple[str, ...] | UnsetType = UNSET
    redirect_uris: tuple[str, ...] | UnsetType = UNSET
    spa_redirect_uris: tuple[str, ...] | UnsetType = UNSET
    public_redirect_uris: tuple[str, ...] | UnsetType = UNSET
    allows_public_client: bool | UnsetType = UNSET
    audience: Audience | UnsetType = UNSET
    tenant: str | UnsetType | None = UNSET
    is_enabled: bool | UnsetType = UNSET
    is_well_known_client: bool | UnsetType = UNSET
    assigned_users: list[str] | UnsetType | None = UNSET
    permissions: tuple[str, ...] | UnsetType = UNSET
    app_permissions: tuple[str, ...] | UnsetType = UNSET


class RevokeBody(Struct, forbid_unknown_fields=True):
    """How hard to revoke."""

    drop_access_tokens: bool = False


class EventBody(Struct, forbid_unknown_fields=True):
    """Something that happens to an account; ``password`` is the new one where the event changes it."""

    event: Event
    password: str | None = None


class InviteBody(Struct, forbid_unknown_fields=True):
    """The tenant that invites a user as its guest."""

    tenant: str


class ConsentBody(Struct, forbid_unknown_fields=True):
    """A consent to give or withdraw: of one user (``user`` an address) or of a whole tenant.

    ``app_permissions`` are granted to the app itself, by the tenant.
    """

    client_id: str
    tenant: str | None = None
    user: str | None = None
    scopes: str = ""
    app_permissions: list[str] = []


class GroupBody(Struct, forbid_unknown_fields=True):
    """Who is in a mail-enabled security group: addresses."""

    members: frozenset[str]


class ScopeBody(Struct, forbid_unknown_fields=True):
    """A management scope: the mailboxes that a role assignment is for."""

    name: str = "scope"
    addresses: frozenset[str] = frozenset()
    domain: str | None = None
    group: str | None = None


class RoleBody(Struct, forbid_unknown_fields=True):
    """A role to assign to an app in a tenant; without ``scope`` for every mailbox.

    ``delay_s``: for how long Exchange does not go by it yet.
    """

    tenant: str
    role: str
    scope: ScopeBody | None = None
    delay_s: int = 0


class PolicyBody(Struct, forbid_unknown_fields=True):
    """An application access policy to make."""

    tenant: str
    right: AccessRight
    group: str


class FailBody(Struct, forbid_unknown_fields=True):
    """AADSTS numbers for the next sign-ins, and for the next token requests, in order."""

    sign_in: list[int] = []
    token: list[int] = []


class LifetimeBody(Struct, forbid_unknown_fields=True):
    """Lifetime of new access tokens; None: 60 to 90 minutes by chance."""

    seconds: int | None


class DeviceFlowBody(Struct, forbid_unknown_fields=True):
    """How device codes behave from now on; ``slow_down`` tells hasty programs to be slower."""

    lifetime_s: int | UnsetType = UNSET
    interval_s: int | UnsetType = UNSET
    slow_down: bool | UnsetType = UNSET


class DecisionBody(Struct, forbid_unknown_fields=True):
    """Who approves a device code."""

    user: str = ""


class TokenBody(Struct, forbid_unknown_fields=True):
    """A sign-in without pages: tokens for this user, with the consent it takes.

    ``client`` is the kind of program, ``has_password`` false a sign-in by phone, ``is_cae`` a program that
    can be challenged.
    """

    user: str
    client_id: str
    scopes: str = "openid profile offline_access User.Read Mail.ReadWrite"
    client: Literal["web", "spa", "public"] = "web"
    has_password: bool = True
    has_mfa: bool = False
    is_cae: bool = False


class AppTokenBody(Struct, forbid_unknown_fields=True):
    """An app-only token without a secret."""

    tenant: str
    client_id: str
    is_cae: bool = False
