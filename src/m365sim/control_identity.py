"""The control API of the identity platform, under ``/control/identity`` on the plain listener.

For tests and demonstrations; no Microsoft program knows any of it. Every body is
JSON; an unknown field, user, tenant or app is refused and nothing changes.
Described in ``docs/m365sim/identity.md``.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from cryptography import x509
from msgspec import UNSET, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.directory import (
    AppRegistration,
    AppSecret,
    Audience,
    Consent,
    ConsentPolicy,
    Tenant,
    User,
)
from m365sim.identity import consents
from m365sim.identity import scopes as permissions
from m365sim.identity.errors import OAuthError
from m365sim.identity.issue import Issue, token_answer
from m365sim.identity.platform import IdentityPlatform

Body = TypeVar("Body", bound=Struct)
Act = Callable[[Request], Awaitable[object]]


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class TenantBody(Struct, forbid_unknown_fields=True):
    """A tenant to add, or what to change of one."""

    domain: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    consent_policy: ConsentPolicy | UnsetType = UNSET


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
    audience: Audience | UnsetType = UNSET
    tenant: str | UnsetType | None = UNSET
    is_enabled: bool | UnsetType = UNSET
    assigned_users: list[str] | UnsetType | None = UNSET
    permissions: tuple[str, ...] | UnsetType = UNSET


class RevokeBody(Struct, forbid_unknown_fields=True):
    """How hard to revoke."""

    drop_access_tokens: bool = False


class ConsentBody(Struct, forbid_unknown_fields=True):
    """A consent to give or withdraw: of one user (``user`` an address) or of a whole tenant."""

    client_id: str
    tenant: str | None = None
    user: str | None = None
    scopes: str = ""


class FailBody(Struct, forbid_unknown_fields=True):
    """AADSTS numbers for the next sign-ins, and for the next token requests, in order."""

    sign_in: list[int] = []
    token: list[int] = []


class LifetimeBody(Struct, forbid_unknown_fields=True):
    """Lifetime of new access tokens; None: 60 to 90 minutes by chance."""

    seconds: int | None


class TokenBody(Struct, forbid_unknown_fields=True):
    """A sign-in without pages: tokens for this user, with the consent it takes."""

    user: str
    client_id: str
    scopes: str = "openid profile offline_access User.Read Mail.ReadWrite"


def control_identity_routes(
    platform: IdentityPlatform, user_added: Callable[[User], None] = lambda user: None
) -> list[Route]:
    """Every route under ``/control/identity``. ``user_added`` may give a new user a mailbox."""
    control = _Control(platform, user_added)
    table: list[tuple[str, str, Act]] = [
        ("GET", "", control.show),
        ("PUT", "/tenants/{tenant}", control.put_tenant),
        ("PUT", "/users/{address}", control.put_user),
        ("POST", "/users/{address}/revoke", control.revoke),
        ("POST", "/users/{address}/expire", control.expire),
        ("POST", "/users/{address}/drop-access-tokens", control.drop),
        ("PUT", "/apps/{client_id}", control.put_app),
        ("POST", "/consents/grant", control.grant),
        ("POST", "/consents/withdraw", control.withdraw),
        ("POST", "/fail-next", control.fail_next),
        ("PUT", "/access-token-lifetime", control.set_lifetime),
        ("POST", "/tokens", control.issue),
        ("POST", "/approvals/{request_id}/{decision}", control.decide),
    ]
    return [Route(f"/control/identity{path}", _handler(act), methods=[method]) for method, path, act in table]


def _handler(act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            result = await act(request)
        except _Refused as refused:
            return _json({"error": str(refused)}, refused.status)
        except OAuthError as error:
            return _json({"error": str(error)}, 400)
        return _json(result, 200)

    return answer


def _json(content: object, status: int) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


async def _read(request: Request, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except msgspec.MsgspecError as error:
        raise _Refused(400, f"The body is not right: {error}.") from error


def _set(body: Struct, *leave_out: str) -> dict[str, Any]:
    """The fields that the body gives."""
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    return {n: v for n, v in given.items() if v is not UNSET and n not in leave_out}


class _Control:
    def __init__(self, platform: IdentityPlatform, user_added: Callable[[User], None]) -> None:
        self._platform = platform
        self._user_added = user_added

    def _user(self, request: Request) -> User:
        return self._user_of(request.path_params["address"])

    def _user_of(self, address: str) -> User:
        directory = self._platform.directory
        user = directory.user_by_address(address) or directory.user_by_id(address)
        if user is None:
            raise _Refused(404, f"There is no user {address}.")
        return user

    def _tenant(self, segment: str) -> Tenant:
        path = self._platform.directory.tenant_by_path(segment)
        if path is None or path.tenant is None:
            raise _Refused(404, f"There is no tenant {segment}.")
        return path.tenant

    def _app(self, client_id: str) -> AppRegistration:
        app = self._platform.directory.app(client_id)
        if app is None:
            raise _Refused(404, f"There is no app {client_id}.")
        return app

    async def show(self, request: Request) -> object:
        platform = self._platform
        directory = platform.directory
        refresh = platform.refresh_tokens.values()
        return {
            "tenants": [asdict(t) for t in directory.tenants.values()],
            "users": [
                asdict(u) | {"refresh_tokens": sum(g.user_id == u.id for g in refresh)}
                for u in directory.users.values()
            ],
            "apps": [asdict(a) for a in directory.apps.values()],
            "consents": [asdict(c) for c in directory.consents],
            "approvals": [asdict(a) for a in platform.approvals.values()],
            "fail_sign_in": platform.switches.fail_sign_in,
            "fail_token": platform.switches.fail_token,
            "access_token_s": platform.switches.access_token_s,
        }

    async def put_tenant(self, request: Request) -> object:
        body, segment = await _read(request, TenantBody), request.path_params["tenant"]
        path = self._platform.directory.tenant_by_path(segment)
        if path is not None and path.tenant is not None:
            tenant = replace(path.tenant, **_set(body))
        elif body.domain is UNSET or body.name is UNSET or not _is_guid(segment):
            raise _Refused(400, "A new tenant needs a GUID in the path, and domain and name.")
        else:
            tenant = Tenant(id=segment.lower(), **_set(body))
        others = [t for t in self._platform.directory.tenants.values() if t.id != tenant.id]
        if tenant.domain.lower() in {t.domain.lower() for t in others}:
            raise _Refused(409, f"The domain {tenant.domain} belongs to another tenant.")
        self._platform.directory.put_tenant(tenant)
        return asdict(tenant)

    async def put_user(self, request: Request) -> object:
        body, address = await _read(request, UserBody), request.path_params["address"]
        directory = self._platform.directory
        known = directory.user_by_address(address) or directory.user_by_id(address)
        for name in ("mailbox_grants", "send_as", "send_on_behalf"):
            given = getattr(body, name)
            if given is not UNSET:
                setattr(body, name, frozenset(a.lower() for a in given))
        user = self._new_user(address, body) if known is None else replace(known, **_set(body, "tenant"))
        try:
            directory.put_user(user)
        except ValueError as error:
            raise _Refused(409, str(error)) from error
        if known is None:
            self._user_added(user)
        return asdict(user)

    def _new_user(self, address: str, body: UserBody) -> User:
        if body.tenant is UNSET or "@" not in address:
            raise _Refused(400, "A new user needs an address in the path, and tenant.")
        tenant = self._tenant(body.tenant)
        fields = {"display_name": address, **_set(body, "tenant")}
        is_personal = tenant.id == self._tenant("consumers").id
        user_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"m365sim:{address.lower()}"))
        return User(id=user_id, tenant_id=tenant.id, upn=address, is_personal=is_personal, **fields)

    async def revoke(self, request: Request) -> object:
        body, user = await _read(request, RevokeBody), self._user(request)
        count = self._platform.revoke(user.id, drop_access_tokens=body.drop_access_tokens)
        return {"refresh_tokens": count}

    async def expire(self, request: Request) -> object:
        return {"refresh_tokens": self._platform.expire_refresh_tokens(self._user(request).id)}

    async def drop(self, request: Request) -> object:
        return {"access_tokens": self._platform.drop_access_tokens(self._user(request).id)}

    async def put_app(self, request: Request) -> object:
        body, client_id = await _read(request, AppBody), request.path_params["client_id"]
        known = self._platform.directory.app(client_id)
        if known is None and (body.name is UNSET or not _is_guid(client_id)):
            raise _Refused(400, "A new app needs a GUID in the path, and name.")
        fields = self._app_fields(body)
        app = replace(known, **fields) if known else AppRegistration(client_id.lower(), **fields)
        self._platform.directory.put_app(app)
        return asdict(app)

    def _app_fields(self, body: AppBody) -> dict[str, Any]:
        fields = _set(body, "secrets", "tenant", "assigned_users")
        if body.secrets is not UNSET:
            fields["secrets"] = tuple(AppSecret(s.value, _aware(s.expires_at)) for s in body.secrets)
        if body.tenant is not UNSET:
            fields["tenant_id"] = self._tenant(body.tenant).id if body.tenant else None
        if body.assigned_users is not UNSET:
            users = body.assigned_users
            ids = None if users is None else frozenset(self._user_of(a).id for a in users)
            fields["assigned_user_ids"] = ids
        if body.certificates is not UNSET:
            for pem in body.certificates:
                _check_certificate(pem)
        if body.permissions is not UNSET:
            permissions.parse(" ".join(body.permissions) or "openid")
        return fields

    async def grant(self, request: Request) -> object:
        body = await _read(request, ConsentBody)
        tenant_id, user_id = self._whose(body)
        names = permissions.parse(body.scopes, self._platform.graph_hosts()).names
        app = self._app(body.client_id)
        if permissions.DEFAULT in names:
            names = (names - {permissions.DEFAULT}).union(app.permissions)
        self._platform.directory.grant(Consent(user_id, tenant_id, app.client_id, names))
        self._platform.save()
        return {"granted": sorted(names)}

    async def withdraw(self, request: Request) -> object:
        body = await _read(request, ConsentBody)
        tenant_id, user_id = self._whose(body)
        client_id = self._app(body.client_id).client_id
        count = self._platform.directory.withdraw(client_id, tenant_id, user_id)
        self._platform.save()
        return {"withdrawn": count}

    def _whose(self, body: ConsentBody) -> tuple[str, str | None]:
        if body.user is not None:
            user = self._user_of(body.user)
            return user.tenant_id, user.id
        if body.tenant is not None:
            return self._tenant(body.tenant).id, None
        raise _Refused(400, "Say user or tenant.")

    async def fail_next(self, request: Request) -> object:
        body = await _read(request, FailBody)
        switches = self._platform.switches
        switches.fail_sign_in.extend(body.sign_in)
        switches.fail_token.extend(body.token)
        return {"sign_in": switches.fail_sign_in, "token": switches.fail_token}

    async def set_lifetime(self, request: Request) -> object:
        body = await _read(request, LifetimeBody)
        if body.seconds is not None and body.seconds < 1:
            raise _Refused(400, "seconds must be at least 1.")
        self._platform.switches.access_token_s = body.seconds
        return {"seconds": body.seconds}

    async def issue(self, request: Request) -> object:
        body = await _read(request, TokenBody)
        user, app = self._user_of(body.user), self._app(body.client_id)
        asked = permissions.parse(body.scopes, self._platform.graph_hosts())
        consents.grant(self._platform, user, app.client_id, asked.names)
        issue = Issue(
            user=user,
            client_id=app.client_id,
            tenant_segment=user.tenant_id,
            asked=consents.wanted_scopes(self._platform, user, app.client_id, asked.names),
            granted=consents.granted_scopes(self._platform, user, app.client_id),
            is_full=asked.is_full,
        )
        return token_answer(self._platform, issue)

    async def decide(self, request: Request) -> object:
        decision = request.path_params["decision"]
        if decision not in ("approve", "deny"):
            raise _Refused(404, "A request is approved or denied: /approve or /deny.")
        try:
            request_id = request.path_params["request_id"]
            return asdict(consents.decide(self._platform, request_id, is_approved=decision == "approve"))
        except ValueError as error:
            raise _Refused(404, str(error)) from error


def _is_guid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _check_certificate(pem: str) -> None:
    try:
        x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise _Refused(400, "A certificate is not readable: it must be PEM text.") from error


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise _Refused(400, "expires_at needs a time zone, for instance a Z at its end.")
    return instant
