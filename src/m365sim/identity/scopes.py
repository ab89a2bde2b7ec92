"""Permissions, delegated and of applications: which exist, who may use them, how a ``scope`` text is read.

Source: Microsoft Graph permissions reference; "Scopes and permissions in the
Microsoft identity platform".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from m365sim.clouds import GLOBAL
from m365sim.identity.errors import OAuthError, not_simulated, refusal

OIDC = frozenset({"openid", "profile", "email", "offline_access"})
DEFAULT = ".default"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"


@dataclass(frozen=True, slots=True)
class Permission:
    """One delegated permission. ``needs_admin`` holds whatever the tenant's consent policy says."""

    name: str
    needs_admin: bool = False
    for_personal: bool = True

    @property
    def is_about_mail(self) -> bool:
        """Whether it is one of those that users may not grant to others' programs under ``mail_restricted``.

        Microsoft's list names mail in general terms; which of these are on it is a guess.
        """
        return self.name.startswith(("Mail.", "Mail-Advanced.", "Mailbox"))


_PERMISSIONS = (
    *(Permission(name) for name in sorted(OIDC)),
    Permission("User.Read"),
    Permission("User.ReadWrite"),
    Permission("User.ReadBasic.All", for_personal=False),
    Permission("User.Read.All", needs_admin=True, for_personal=False),
    Permission("Mail.ReadBasic"),
    Permission("Mail.ReadBasic.Shared", for_personal=False),
    Permission("Mail.Read"),
    Permission("Mail.ReadWrite"),
    Permission("Mail.Send"),
    Permission("MailboxSettings.Read"),
    Permission("MailboxSettings.ReadWrite"),
    Permission("Mail.Read.Shared", for_personal=False),
    Permission("Mail.ReadWrite.Shared", for_personal=False),
    Permission("Mail.Send.Shared", for_personal=False),
    Permission("MailTips.ReadBasic.Shared"),
    Permission("Mail-Advanced.ReadWrite", needs_admin=True),
    Permission("Mail-Advanced.ReadWrite.Shared", needs_admin=True, for_personal=False),
    Permission("MailboxFolder.Read", needs_admin=True, for_personal=False),
    Permission("MailboxFolder.ReadWrite", needs_admin=True, for_personal=False),
    Permission("MailboxItem.Read", needs_admin=True, for_personal=False),
)
PERMISSIONS = {p.name.lower(): p for p in _PERMISSIONS}

APP_PERMISSIONS: dict[str, tuple[str, ...]] = {
    "Mail.ReadBasic": ("Mail.ReadBasic",),
    "Mail.ReadBasic.All": ("Mail.ReadBasic",),
    "Mail.Read": ("Mail.Read",),
    "Mail.ReadWrite": ("Mail.ReadWrite",),
    "Mail.Send": ("Mail.Send",),
    "Mail-Advanced.ReadWrite.All": ("Mail-Advanced.ReadWrite",),
    "MailboxSettings.Read": ("MailboxSettings.Read",),
    "MailboxSettings.ReadWrite": ("MailboxSettings.ReadWrite",),
    "MailboxFolder.Read.All": ("MailboxFolder.Read",),
    "MailboxFolder.ReadWrite.All": ("MailboxFolder.ReadWrite",),
    "MailboxItem.Read.All": ("MailboxItem.Read",),
    "User.Read.All": (),
    "User.ReadBasic.All": (),
    "User.ReadWrite.All": (),
}
"""Application permissions, each with what it amounts to among the delegated ones. All need an admin."""

_OTHER_RESOURCES = (
    "https://outlook.office.com",
    "https://outlook.office365.com",
    "https://graph.windows.net",
    "https://management.azure.com",
    "https://ps.outlook.com",
)
_OTHER_FAMILIES = re.compile(
    r"(AccessReview|Application|AuditLog|Calendars|Channel|ChannelMessage|Chat|Contacts|Device|Directory|Domain"
    r"|EAS|EWS|Files|Group|GroupMember|IMAP|Notes|OnlineMeetings|Organization|OrgContact|People|Place|Policy|POP"
    r"|Presence|Reports|RoleManagement|SecurityEvents|Sites|SMTP|Subscription|Tasks|Team|TeamMember)\..+"
)
"""Permissions and resources that Microsoft has and this simulator has not."""


@dataclass(frozen=True, slots=True)
class ScopeRequest:
    """A ``scope`` text, understood.

    ``names`` are short permission names; ``.default`` among them stands for all
    that the app is registered for. ``is_full`` says that the caller wrote
    resource URIs, so the answer does too.
    """

    names: frozenset[str]
    is_full: bool


def parse(
    text: str, graph_hosts: Iterable[str] = (GLOBAL.graph,), *, for_token: bool = False, tenant: str = "-"
) -> ScopeRequest:
    """Read a ``scope`` text; OAuthError 70011 for an unknown or missing scope, 500011 for a foreign resource.

    ``graph_hosts`` are the base URLs that stand for Graph, each ending in '/'. A token is for one resource
    (``for_token``): 700022 when there are more. What Microsoft has and the simulator has not is 501.
    """
    hosts = (*graph_hosts, f"{GRAPH_APP_ID}/")
    words = [(word, _short(word, hosts)) for word in text.split()]
    foreign = [word for word, name in words if _is_foreign(name)]
    if foreign:
        raise _foreign(foreign[0], text, tenant, is_mixed=for_token and len(foreign) < len(words))
    names = frozenset(_known(name, word) for word, name in words)
    if not names:
        raise refusal(70011, scope="''")
    if DEFAULT in names and names - OIDC != {DEFAULT}:
        raise refusal(70011, scope=f"{text}: .default scope can't be combined with resource-specific scopes")
    return ScopeRequest(names, any(name != word for word, name in words))


def _short(word: str, hosts: Iterable[str]) -> str:
    for host in hosts:
        if word.lower().startswith(host.lower()):
            return word[len(host) :].lstrip("/")
    return word


def _is_foreign(name: str) -> bool:
    return "://" in name or name.startswith("api:") or name.count("/") > 0


def _foreign(word: str, text: str, tenant: str, *, is_mixed: bool) -> OAuthError:
    if is_mixed:
        return refusal(700022, scope=text)
    if word.lower().startswith(_OTHER_RESOURCES):
        return not_simulated(f"the resource of the scope '{word}'")
    return refusal(500011, resource=word.rpartition("/")[0], tenant=tenant)


def _known(name: str, word: str) -> str:
    if name == DEFAULT:
        return DEFAULT
    if permission := PERMISSIONS.get(name.lower()):
        return permission.name
    if _OTHER_FAMILIES.fullmatch(name):
        raise not_simulated(f"the permission '{name}'")
    raise refusal(70011, scope=word)


def usable(names: Iterable[str], is_personal: bool) -> frozenset[str]:
    """Those names that this kind of account can hold: personal accounts have no shared mailboxes."""
    return frozenset(n for n in names if not is_personal or PERMISSIONS[n.lower()].for_personal)


def needs_admin(names: Iterable[str]) -> bool:
    """Whether one of these permissions can only be granted by an administrator."""
    return any(PERMISSIONS[n.lower()].needs_admin for n in names)


def concern_mail(names: Iterable[str]) -> bool:
    """Whether one of these permissions is about mail."""
    return any(PERMISSIONS[n.lower()].is_about_mail for n in names)


def app_scopes(permissions: Iterable[str]) -> frozenset[str]:
    """Application permissions, with the names under which Graph's routes ask for them."""
    return frozenset(n for p in permissions for n in (p, *APP_PERMISSIONS.get(p, ())))


def written(names: Iterable[str], is_full: bool, graph: str = GLOBAL.graph) -> str:
    """The ``scope`` of a token answer, in the form the caller used; ``offline_access`` is never told."""
    shown = sorted(n for n in names if n != "offline_access")
    return " ".join(graph + n if is_full and n not in OIDC else n for n in shown)
