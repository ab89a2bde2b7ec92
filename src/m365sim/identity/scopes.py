"""Delegated permissions: which exist, who may use them, how a ``scope`` text is read.

Source: Microsoft Graph permissions reference; "Scopes and permissions in the
Microsoft identity platform".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from m365sim.identity.errors import refusal

GRAPH = "https://graph.microsoft.com/"
OIDC = frozenset({"openid", "profile", "email", "offline_access"})
DEFAULT = ".default"


@dataclass(frozen=True, slots=True)
class Permission:
    """One delegated permission. ``needs_admin`` holds whatever the tenant's consent policy says."""

    name: str
    needs_admin: bool = False
    for_personal: bool = True


_PERMISSIONS = (
    *(Permission(name) for name in sorted(OIDC)),
    Permission("User.Read"),
    Permission("Mail.ReadBasic"),
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
    Permission("User.Read.All", needs_admin=True, for_personal=False),
)
PERMISSIONS = {p.name.lower(): p for p in _PERMISSIONS}


@dataclass(frozen=True, slots=True)
class ScopeRequest:
    """A ``scope`` text, understood.

    ``names`` are short permission names; ``.default`` among them stands for all
    that the app is registered for. ``is_full`` says that the caller wrote
    resource URIs, so the answer does too.
    """

    names: frozenset[str]
    is_full: bool

    def graph_names(self) -> frozenset[str]:
        """The names that concern Graph, without the OpenID Connect ones."""
        return self.names - OIDC


def parse(text: str, graph_hosts: Iterable[str] = ()) -> ScopeRequest:
    """Read a ``scope`` text; raises OAuthError 70011 for an unknown or missing scope.

    ``graph_hosts`` are further base URLs that stand for Graph, each ending in '/'.
    """
    names: set[str] = set()
    is_full = False
    for word in text.split():
        name = _short(word, (GRAPH, *graph_hosts))
        is_full = is_full or name != word
        names.add(_known(name, word))
    if not names:
        raise refusal(70011, scope="''")
    return ScopeRequest(frozenset(names), is_full)


def _short(word: str, hosts: Iterable[str]) -> str:
    for host in hosts:
        if word.lower().startswith(host.lower()):
            return word[len(host) :].lstrip("/")
    return word


def _known(name: str, word: str) -> str:
    if name == DEFAULT:
        return DEFAULT
    if permission := PERMISSIONS.get(name.lower()):
        return permission.name
    raise refusal(70011, scope=word)


def usable(names: Iterable[str], is_personal: bool) -> frozenset[str]:
    """Those names that this kind of account can hold: personal accounts have no shared mailboxes."""
    return frozenset(n for n in names if not is_personal or PERMISSIONS[n.lower()].for_personal)


def needs_admin(names: Iterable[str]) -> bool:
    """Whether one of these permissions can only be granted by an administrator."""
    return any(PERMISSIONS[n.lower()].needs_admin for n in names)


def written(names: Iterable[str], is_full: bool) -> str:
    """The ``scope`` of a token answer, in the form the caller used; ``offline_access`` is never told."""
    shown = sorted(n for n in names if n != "offline_access")
    return " ".join(GRAPH + n if is_full and n not in OIDC else n for n in shown)
