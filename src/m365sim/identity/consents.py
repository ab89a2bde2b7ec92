"""Who may grant what: the tenant's policy applied to one user and one app.

    missing scopes?  no  --> granted
                     yes --> admin          --> consent page, with "for my organisation"
                             personal, or users may consent and nothing needs an admin
                                            --> consent page
                             mail_restricted, and no mail, or the organisation's own or a
                             well-known app --> consent page
                             admin_only, mail_restricted
                                            --> "approval needed" (90094)
                             workflow       --> request to the administrator (90095)

Source: "User and admin consent in Microsoft Entra ID"; "Configure the admin consent workflow".
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Literal

from m365sim.directory import AppGrant, AppRegistration, Consent, Tenant, User
from m365sim.identity import scopes as permissions
from m365sim.identity.grants import ApprovalRequest
from m365sim.identity.platform import IdentityPlatform

Outcome = Literal["granted", "ask", "approval_needed", "approval_form"]


def wanted_scopes(
    platform: IdentityPlatform, user: User, client_id: str, names: frozenset[str]
) -> frozenset[str]:
    """The permissions a request means for this user: ``.default`` unfolded, unusable ones left out."""
    app = platform.directory.app(client_id)
    if permissions.DEFAULT in names:
        registered = app.permissions if app else ()
        names = (names - {permissions.DEFAULT}).union(registered)
    return permissions.usable(names, user.is_personal)


def wanted_app_permissions(
    platform: IdentityPlatform, client_id: str, names: frozenset[str]
) -> frozenset[str]:
    """The application permissions an administrator's consent brings: with ``.default`` all, else none."""
    app = platform.directory.app(client_id)
    return frozenset(app.app_permissions) if app and permissions.DEFAULT in names else frozenset()


def granted_scopes(platform: IdentityPlatform, user: User, client_id: str) -> frozenset[str]:
    """What the app holds for this user; any consent brings the OpenID Connect scopes along."""
    granted = platform.directory.granted_scopes(user, client_id)
    return granted | permissions.OIDC if granted else granted


def missing_scopes(
    platform: IdentityPlatform, user: User, client_id: str, names: frozenset[str]
) -> frozenset[str]:
    """Those wanted scopes that neither the user nor the tenant has granted the app."""
    granted = granted_scopes(platform, user, client_id)
    return wanted_scopes(platform, user, client_id, names) - granted


def outcome(
    platform: IdentityPlatform,
    user: User,
    client_id: str,
    names: frozenset[str],
    *,
    is_forced: bool = False,
) -> Outcome:
    """What must happen before the app gets these scopes. ``is_forced``: prompt=consent."""
    missing = missing_scopes(platform, user, client_id, names)
    if not missing and not is_forced:
        return "granted"
    if user.is_personal or user.is_admin:
        return "ask"
    tenant = platform.directory.tenants[user.tenant_id]
    if _may_consent(tenant, platform.directory.app(client_id), missing):
        return "ask"
    if not missing:
        return "granted"
    return "approval_form" if tenant.consent_policy == "approval_workflow" else "approval_needed"


def _may_consent(tenant: Tenant, app: AppRegistration | None, missing: frozenset[str]) -> bool:
    """Whether the tenant lets an ordinary user grant these scopes to this app.

    Source: "Manage app consent policies", the Microsoft-managed policy.
    """
    if permissions.needs_admin(missing):
        return False
    if tenant.consent_policy == "mail_restricted":
        is_trusted = app is not None and (app.is_well_known_client or app.tenant_id == tenant.id)
        return is_trusted or not permissions.concern_mail(missing)
    return tenant.consent_policy == "users_may_consent"


def grant(
    platform: IdentityPlatform,
    user: User,
    client_id: str,
    names: frozenset[str],
    *,
    for_tenant: bool = False,
) -> None:
    """Record a consent. ``for_tenant`` is obeyed for administrators of a work tenant only."""
    wanted = wanted_scopes(platform, user, client_id, names)
    is_tenant_wide = for_tenant and user.is_admin and not user.is_personal
    platform.directory.grant(Consent(None if is_tenant_wide else user.id, user.tenant_id, client_id, wanted))
    platform.save()


def grant_application(
    platform: IdentityPlatform, tenant_id: str, client_id: str, names: frozenset[str]
) -> None:
    """Record that an administrator has granted an app its own permissions, if the scopes bring them."""
    if wanted := wanted_app_permissions(platform, client_id, names):
        platform.directory.grant_app(AppGrant(tenant_id, client_id, wanted))
        platform.save()


def ask_for_approval(
    platform: IdentityPlatform, user: User, client_id: str, names: frozenset[str], justification: str
) -> ApprovalRequest:
    """Record a request to the tenant's administrators; a pending one of the same user and app is replaced."""
    for request in list(platform.approvals.values()):
        if (request.user_id, request.client_id, request.decision) == (user.id, client_id, "pending"):
            del platform.approvals[request.id]
    wanted = wanted_scopes(platform, user, client_id, names)
    request = ApprovalRequest(
        str(uuid.uuid4()), user.tenant_id, user.id, client_id, wanted, justification, platform.now()
    )
    platform.approvals[request.id] = request
    platform.save()
    return request


def decide(platform: IdentityPlatform, request_id: str, *, is_approved: bool) -> ApprovalRequest:
    """Approve (grants the scopes to the whole tenant) or deny a pending request.

    Raises ValueError for an unknown or already decided request.
    """
    request = platform.approvals.get(request_id)
    if request is None or request.decision != "pending":
        raise ValueError("There is no pending request with this id.")
    if is_approved:
        platform.directory.grant(Consent(None, request.tenant_id, request.client_id, request.scopes))
    decided = replace(request, decision="approved" if is_approved else "denied")
    platform.approvals[request_id] = decided
    platform.save()
    return decided
