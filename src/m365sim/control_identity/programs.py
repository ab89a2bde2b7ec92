"""Control of apps: registrations, consents, and what Exchange lets them do without a person."""

from __future__ import annotations

import uuid
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from msgspec import UNSET
from starlette.requests import Request

from m365sim.control.reading import Refused, read
from m365sim.control_identity.bodies import (
    AppBody,
    ConsentBody,
    GroupBody,
    PolicyBody,
    RoleBody,
    ScopeBody,
)
from m365sim.control_identity.door import Door, Row, given, is_guid
from m365sim.directory import AppGrant, AppRegistration, AppSecret, Consent, User
from m365sim.exchange_rbac import ROLES, AccessPolicy, RecipientScope, RoleAssignment
from m365sim.identity import scopes as permissions


class Programs(Door):
    """The calls."""

    def rows(self) -> list[Row]:
        """Method, path below ``/control/identity``, function."""
        return [
            ("PUT", "/apps/{client_id}", self.put_app),
            ("POST", "/consents/grant", self.grant),
            ("POST", "/consents/withdraw", self.withdraw),
            ("PUT", "/groups/{group}", self.put_group),
            ("POST", "/apps/{client_id}/roles", self.add_role),
            ("DELETE", "/apps/{client_id}/roles/{id}", self.remove_role),
            ("POST", "/apps/{client_id}/access-policies", self.add_policy),
            ("DELETE", "/apps/{client_id}/access-policies/{id}", self.remove_policy),
            ("GET", "/apps/{client_id}/authorization", self.authorization),
        ]

    def _named(self, request: Request) -> AppRegistration:
        return self.app(request.path_params["client_id"])

    async def put_app(self, request: Request) -> object:
        """Change an app, or add one."""
        body, client_id = await read(request, AppBody), request.path_params["client_id"]
        known = self.platform.directory.app(client_id)
        if known is None and (body.name is UNSET or not is_guid(client_id)):
            raise Refused("A new app needs a GUID in the path, and name.")
        fields = self._app_fields(body)
        app = replace(known, **fields) if known else AppRegistration(client_id.lower(), **fields)
        self.platform.directory.put_app(app)
        return asdict(app)

    def _app_fields(self, body: AppBody) -> dict[str, Any]:
        fields = given(body, "secrets", "tenant", "assigned_users")
        if body.secrets is not UNSET:
            fields["secrets"] = tuple(AppSecret(s.value, _aware(s.expires_at)) for s in body.secrets)
        if body.tenant is not UNSET:
            fields["tenant_id"] = self.tenant(body.tenant).id if body.tenant else None
        if body.assigned_users is not UNSET:
            users = body.assigned_users
            ids = None if users is None else frozenset(self.user(a).id for a in users)
            fields["assigned_user_ids"] = ids
        if body.certificates is not UNSET:
            for pem in body.certificates:
                _check_certificate(pem)
        if body.permissions is not UNSET:
            permissions.parse(" ".join(body.permissions) or "openid")
        if body.app_permissions is not UNSET:
            _check_app_permissions(body.app_permissions)
        return fields

    async def grant(self, request: Request) -> object:
        """Give a consent without pages: delegated scopes, application permissions, or both."""
        body = await read(request, ConsentBody)
        tenant_id, user_id = self._whose(body)
        app = self.app(body.client_id)
        _check_app_permissions(body.app_permissions)
        if body.app_permissions and user_id is not None:
            raise Refused("Application permissions are granted by a tenant, not by a user.")
        names = self._delegated(body, app)
        if names:
            self.platform.directory.grant(Consent(user_id, tenant_id, app.client_id, names))
        if own := self._own(body, app, user_id):
            self.platform.directory.grant_app(AppGrant(tenant_id, app.client_id, own))
        self.platform.save()
        return {"granted": sorted(names), "app_permissions": sorted(own)}

    def _delegated(self, body: ConsentBody, app: AppRegistration) -> frozenset[str]:
        if body.app_permissions and not body.scopes:
            return frozenset()
        names = permissions.parse(body.scopes, self.platform.graph_hosts()).names
        return (
            (names - {permissions.DEFAULT}).union(app.permissions) if permissions.DEFAULT in names else names
        )

    def _own(self, body: ConsentBody, app: AppRegistration, user_id: str | None) -> frozenset[str]:
        """Application permissions: the ones named, and all of the app's when a tenant grants ``.default``."""
        is_all = user_id is None and any(w.endswith(permissions.DEFAULT) for w in body.scopes.split())
        return frozenset(body.app_permissions).union(app.app_permissions if is_all else ())

    async def withdraw(self, request: Request) -> object:
        """Forget a consent."""
        body = await read(request, ConsentBody)
        tenant_id, user_id = self._whose(body)
        client_id = self.app(body.client_id).client_id
        count = self.platform.directory.withdraw(client_id, tenant_id, user_id)
        self.platform.save()
        return {"withdrawn": count}

    def _whose(self, body: ConsentBody) -> tuple[str, str | None]:
        if body.user is not None:
            user = self.user(body.user)
            return user.tenant_id, user.id
        if body.tenant is not None:
            return self.tenant(body.tenant).id, None
        raise Refused("Say user or tenant.")

    async def put_group(self, request: Request) -> object:
        """Say who is in a mail-enabled security group."""
        body, group = await read(request, GroupBody), request.path_params["group"].lower()
        members = frozenset(a.lower() for a in body.members)
        self.platform.directory.rbac.groups[group] = members
        self._rules_changed()
        return {"group": group, "members": sorted(members)}

    async def add_role(self, request: Request) -> object:
        """Assign a role to an app, for all mailboxes of a tenant or for those in a scope."""
        body, app = await read(request, RoleBody), self._named(request)
        if body.role not in ROLES:
            raise Refused(f"There is no role {body.role}; there are {', '.join(ROLES)}.")
        scope = self._scope(body.scope) if body.scope else None
        tenant_id = self.tenant(body.tenant).id
        if body.delay_s < 0:
            raise Refused("delay_s is a number of seconds from 0.")
        begins_at = self.platform.now() + timedelta(seconds=body.delay_s) if body.delay_s else None
        assignment = RoleAssignment(str(uuid.uuid4()), tenant_id, app.client_id, body.role, scope, begins_at)
        self.platform.directory.rbac.assignments[assignment.id] = assignment
        self._rules_changed()
        return asdict(assignment)

    def _scope(self, body: ScopeBody) -> RecipientScope:
        if not body.addresses and body.domain is None and body.group is None:
            raise Refused("A scope needs addresses, domain or group.")
        group = self._group(body.group) if body.group is not None else None
        addresses = frozenset(a.lower() for a in body.addresses)
        return RecipientScope(body.name, addresses, body.domain.lower() if body.domain else None, group)

    def _group(self, address: str) -> str:
        if address.lower() not in self.platform.directory.rbac.groups:
            raise Refused(f"There is no group {address}.", 404)
        return address.lower()

    async def remove_role(self, request: Request) -> object:
        """Take a role away."""
        return self._remove(self.platform.directory.rbac.assignments, request)

    async def add_policy(self, request: Request) -> object:
        """Make an application access policy."""
        body, app = await read(request, PolicyBody), self._named(request)
        tenant_id, group = self.tenant(body.tenant).id, self._group(body.group)
        policy = AccessPolicy(str(uuid.uuid4()), tenant_id, app.client_id, body.right, group)
        self.platform.directory.rbac.policies[policy.id] = policy
        self._rules_changed()
        return asdict(policy)

    async def remove_policy(self, request: Request) -> object:
        """Take an access policy away."""
        return self._remove(self.platform.directory.rbac.policies, request)

    def _remove(self, kept: dict[str, Any], request: Request) -> object:
        id_ = request.path_params["id"]
        if id_ not in kept or kept[id_].client_id != self._named(request).client_id:
            raise Refused(f"This app has no {id_}.", 404)
        del kept[id_]
        self._rules_changed()
        return {"removed": id_}

    def _rules_changed(self) -> None:
        """Exchange's own rules are others now: keep them, and let those look who go by them."""
        self.platform.save()
        self.platform.directory.tell()

    async def authorization(self, request: Request) -> object:
        """What an app may do with one mailbox, and by what, like Test-ServicePrincipalAuthorization."""
        app, address = self._named(request), request.query_params.get("mailbox", "")
        if unknown := request.query_params.keys() - {"mailbox"}:
            raise Refused(f"The option {min(unknown)} is not known.")
        user = self.user(address)
        directory = self.platform.directory
        rbac, tenant_id = directory.rbac, user.tenant_id
        granted = directory.app_permissions(tenant_id, app.client_id)
        is_shut = rbac.is_shut_by_policy(tenant_id, app.client_id, user)
        by_roles = rbac.allowed_by_roles(tenant_id, app.client_id, user)
        by_grants = frozenset() if is_shut else permissions.app_scopes(granted)
        return {
            "mailbox": user.upn,
            "roles": [
                _role_line(a, user, rbac.groups) | {"has_begun": a.has_begun(rbac.now())}
                for a in rbac.roles_of(tenant_id, app.client_id)
            ],
            "granted_by_entra": sorted(granted),
            "is_closed_by_access_policy": is_shut,
            "allowed": sorted(by_roles | by_grants),
        }


def _role_line(assignment: RoleAssignment, user: User, groups: dict[str, frozenset[str]]) -> dict[str, Any]:
    return {
        "id": assignment.id,
        "role": assignment.role,
        "permissions": sorted(ROLES[assignment.role]),
        "scope": assignment.scope.name if assignment.scope else None,
        "in_scope": assignment.holds(user, groups),
    }


def _check_app_permissions(names: tuple[str, ...] | list[str]) -> None:
    for name in names:
        if name not in permissions.APP_PERMISSIONS:
            known = ", ".join(permissions.APP_PERMISSIONS)
            raise Refused(f"There is no application permission {name}; there are {known}.")


def _check_certificate(pem: str) -> None:
    try:
        x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise Refused("A certificate is not readable: it must be PEM text.") from error


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise Refused("expires_at needs a time zone, for instance a Z at its end.")
    return instant
