"""What Exchange lets programs without a person do, beyond or below what Entra has granted them.

Two systems, both set by an Exchange administrator:

    role assignments   "RBAC for Applications": a role, for all mailboxes or for those in a scope.
                       They add to what Entra grants: a scope never narrows an Entra grant.
    access policies    the older way: RestrictAccess opens only a group, DenyAccess closes one.
                       They narrow what Entra grants, and nothing else. Deny wins.

Source: "Role Based Access Control for Applications in Exchange Online"; "Limiting application
permissions to specific Exchange Online mailboxes"; New-ApplicationAccessPolicy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from m365sim.directory import User

AccessRight = Literal["RestrictAccess", "DenyAccess"]

_MAIL = frozenset({"Mail.ReadWrite", "Mail.Send"})
_SETTINGS = frozenset({"MailboxSettings.ReadWrite"})
ROLES: dict[str, frozenset[str]] = {
    "Application Mail.Read": frozenset({"Mail.Read"}),
    "Application Mail.ReadBasic": frozenset({"Mail.ReadBasic"}),
    "Application Mail.ReadWrite": frozenset({"Mail.ReadWrite"}),
    "Application Mail.Send": frozenset({"Mail.Send"}),
    "Application MailboxSettings.Read": frozenset({"MailboxSettings.Read"}),
    "Application MailboxSettings.ReadWrite": _SETTINGS,
    "Application Mail Full Access": _MAIL,
    "Application Exchange Full Access": _MAIL | _SETTINGS,
}
"""The roles that concern mail, and the permissions each stands for."""


@dataclass(frozen=True, slots=True)
class RecipientScope:
    """A management scope: the mailboxes with one of these addresses, in this domain, or in this group.

    Whatever is given must fit; of ``addresses`` one is enough. Addresses and names are in lower case.
    """

    name: str
    addresses: frozenset[str] = frozenset()
    domain: str | None = None
    group: str | None = None

    def holds(self, user: User, groups: dict[str, frozenset[str]]) -> bool:
        """Whether this user's mailbox is in the scope."""
        own = user.addresses()
        if self.addresses and not self.addresses.intersection(own):
            return False
        if self.domain is not None and not any(a.endswith(f"@{self.domain}") for a in own):
            return False
        return self.group is None or bool(groups.get(self.group, frozenset()).intersection(own))


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """One role of one app in one tenant; ``scope`` None: for every mailbox of it.

    ``begins_at``: when Exchange goes by it; None: from the first moment.
    """

    id: str
    tenant_id: str
    client_id: str
    role: str
    scope: RecipientScope | None = None
    begins_at: datetime | None = None

    def holds(self, user: User, groups: dict[str, frozenset[str]]) -> bool:
        """Whether the role is for this user's mailbox."""
        return self.scope is None or self.scope.holds(user, groups)

    def has_begun(self, now: datetime) -> bool:
        """Whether Exchange goes by it."""
        return self.begins_at is None or self.begins_at <= now


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """One application access policy: a right over the members of a mail-enabled security group."""

    id: str
    tenant_id: str
    client_id: str
    right: AccessRight
    group: str


@dataclass
class ExchangeRbac:
    """Every assignment and policy, and the groups they speak of: lower-case addresses by group address.

    ``now`` says what time it is.
    """

    assignments: dict[str, RoleAssignment] = field(default_factory=dict)
    policies: dict[str, AccessPolicy] = field(default_factory=dict)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    now: Callable[[], datetime] = _now

    def roles_of(self, tenant_id: str, client_id: str) -> list[RoleAssignment]:
        """The role assignments of one app in one tenant."""
        held = self.assignments.values()
        return [a for a in held if (a.tenant_id, a.client_id) == (tenant_id, client_id)]

    def allowed_by_roles(self, tenant_id: str, client_id: str, user: User) -> frozenset[str]:
        """The permissions that role assignments give an app on this user's mailbox."""
        now = self.now()
        begun = [a for a in self.roles_of(tenant_id, client_id) if a.has_begun(now)]
        return frozenset().union(*(ROLES[a.role] for a in begun if a.holds(user, self.groups)))

    def is_shut_by_policy(self, tenant_id: str, client_id: str, user: User) -> bool:
        """Whether access policies close this user's mailbox to what Entra has granted the app."""
        policies = [p for p in self.policies.values() if (p.tenant_id, p.client_id) == (tenant_id, client_id)]
        fitting = {p.right for p in policies if self.groups.get(p.group, frozenset()) & {*user.addresses()}}
        if "DenyAccess" in fitting:
            return True
        return any(p.right == "RestrictAccess" for p in policies) and "RestrictAccess" not in fitting
