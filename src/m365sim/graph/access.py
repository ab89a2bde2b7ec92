"""Who calls, whose mailbox is meant, and whether the one may touch the other.

Source: Graph v1.0, "Microsoft Graph permissions reference"; "Access shared or delegated mail folders".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from m365sim.directory import Directory, User
from m365sim.graph.errors import GraphError, access_denied, bad_request, not_simulated, odata_disabled
from m365sim.identity.access import AccessRefused, Caller
from m365sim.world.mailbox import Mailbox
from m365sim.world.world import World

Authenticate = Callable[[Directory, str | None, datetime], Caller]
Need = Literal[
    "profile", "basic", "read", "write", "send", "send_mail", "settings", "change_settings", "mail_tips"
]

_SCOPES: dict[Need, tuple[str, ...]] = {
    "basic": ("Mail.ReadBasic", "Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite"),
    "read": ("Mail.Read", "Mail.ReadWrite"),
    "write": ("Mail.ReadWrite",),
    "send": ("Mail.Send",),
    "send_mail": ("Mail.Send",),
    "settings": ("MailboxSettings.Read", "MailboxSettings.ReadWrite"),
    "change_settings": ("MailboxSettings.ReadWrite",),
    "mail_tips": ("Mail.Read", "Mail.ReadWrite", "MailTips.ReadBasic", "MailTips.ReadBasic.All"),
    "profile": ("User.Read", "User.Read.All", "User.ReadBasic.All", "User.ReadWrite"),
}
# There is no ``.Shared`` form of these: another's settings are closed to delegated tokens.
_OWN_ONLY: frozenset[Need] = frozenset({"settings", "change_settings"})


@dataclass(frozen=True, slots=True)
class Target:
    """Whose mailbox a path is about; ``path`` are the segments that follow."""

    user: User
    is_own: bool
    path: tuple[str, ...]


def identify(authenticate: Authenticate, directory: Directory, header: str | None, now: datetime) -> Caller:
    """The caller of a request; 401 in Graph's words without a usable token."""
    try:
        return authenticate(directory, header, now)
    except AccessRefused as refused:
        headers = {"WWW-Authenticate": refused.challenge}
        raise GraphError(refused.status, refused.code, refused.message, headers) from refused


def target_of(directory: Directory, caller: Caller, segments: tuple[str, ...]) -> Target:
    """Take ``me`` or ``users/{id or address}`` off a path; 404 for an unknown user."""
    name = segments[0].lower() if segments else ""
    if name == "me":
        if caller.user is None:
            raise bad_request("/me request is only valid with delegated authentication flow.")
        return Target(caller.user, True, segments[1:])
    if name != "users" or len(segments) < 2:
        raise not_simulated(f"the route /{'/'.join(segments)}")
    user = directory.user_by_id(segments[1].lower()) or directory.user_by_address(segments[1])
    if user is None or segments[1] != segments[1].strip() or user.tenant_id != caller.tenant_id:
        raise _no_user(segments)
    is_own = caller.user is not None and caller.user.id == user.id
    return Target(user, is_own, segments[2:])


def _no_user(segments: tuple[str, ...]) -> GraphError:
    """404, by the directory where the user himself is asked for, else by the mail service."""
    name = segments[1]
    if len(segments) > 2:
        return GraphError(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")
    text = (
        f"Resource '{name}' does not exist or one of its queried reference-property objects are not present."
    )
    return GraphError(404, "Request_ResourceNotFound", text)


def check(caller: Caller, target: Target, need: Need) -> None:
    """Refuse with 403 unless the token's scopes, and for another's mailbox a grant, allow it."""
    names = set(_SCOPES[need])
    if need == "profile":
        allowed = names if target.is_own else names - {"User.Read", "User.ReadWrite"}
        if caller.is_app_only:
            allowed = allowed - {"User.ReadBasic.All"}
        if not allowed & caller.scopes:
            message = "Insufficient privileges to complete the operation."
            raise GraphError(403, "Authorization_RequestDenied", message)
        return
    if not _holds(caller, target, need):
        is_closed = names & caller.scopes and caller.is_shut_out(target.user)
        raise odata_disabled() if is_closed else access_denied()
    if target.is_own or caller.is_app_only or _may_open(caller, target.user):
        return
    if need != "send_mail" or not _may_send_for(caller, target.user):
        raise access_denied()


def sees_bodies(caller: Caller, target: Target) -> bool:
    """False for a token that reads only the basics of messages."""
    return _holds(caller, target, "read")


def _holds(caller: Caller, target: Target, need: Need) -> bool:
    names = set(_SCOPES[need])
    shared = set() if need in _OWN_ONLY else {f"{name}.Shared" for name in names}
    if caller.is_app_only:
        allowed = names
    elif target.is_own:
        allowed = names | shared
    else:
        allowed = shared
    return bool(allowed & caller.scopes_at(target.user))


def _may_open(caller: Caller, owner: User) -> bool:
    grants = caller.user.mailbox_grants if caller.user else frozenset()
    return any(address in grants for address in owner.addresses())


def _may_send_for(caller: Caller, owner: User) -> bool:
    """Sending alone opens no mailbox: the right to send as its owner, or on his behalf, is enough."""
    grants = caller.user.send_as | caller.user.send_on_behalf if caller.user else frozenset()
    return any(address in grants for address in owner.addresses())


def mailbox_of(world: World, user: User) -> Mailbox:
    """The user's mailbox; 404 MailboxNotEnabledForRESTAPI for a user without one."""
    mailbox = world.mailbox_of(user.id) if user.has_mailbox else None
    if mailbox is None:
        message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
        raise GraphError(404, "MailboxNotEnabledForRESTAPI", message)
    return mailbox
