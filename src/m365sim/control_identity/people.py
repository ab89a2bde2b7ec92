"""Control of tenants and users: who there is, what is asked of them, what happens to their accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

from msgspec import UNSET
from starlette.requests import Request

from m365sim.clouds import CLOUDS
from m365sim.control.reading import Refused, read
from m365sim.control_identity.bodies import EventBody, InviteBody, RevokeBody, TenantBody, UserBody
from m365sim.control_identity.door import Door, Row, given, is_guid
from m365sim.directory import CONSUMERS_TENANT_ID, Tenant, User, new_user_id
from m365sim.identity.platform import IdentityPlatform
from m365sim.identity.revocation import CHANGES_PASSWORD, happen


class People(Door):
    """The calls. ``user_added`` may give a new user a mailbox."""

    def __init__(self, platform: IdentityPlatform, user_added: Callable[[User], None]) -> None:
        super().__init__(platform)
        self._user_added = user_added

    def rows(self) -> list[Row]:
        """Method, path below ``/control/identity``, function."""
        return [
            ("PUT", "/tenants/{tenant}", self.put_tenant),
            ("PUT", "/users/{address}", self.put_user),
            ("POST", "/users/{address}/invite", self.invite),
            ("POST", "/users/{address}/events", self.happen),
            ("POST", "/users/{address}/revoke", self.revoke),
            ("POST", "/users/{address}/expire", self.expire),
            ("POST", "/users/{address}/drop-access-tokens", self.drop),
        ]

    def _named(self, request: Request) -> User:
        return self.user(request.path_params["address"])

    async def put_tenant(self, request: Request) -> object:
        """Change a tenant, or add one."""
        body, segment = await read(request, TenantBody), request.path_params["tenant"]
        _check(body)
        path = self.platform.directory.tenant_by_path(segment)
        if path is not None and path.tenant is not None:
            tenant = replace(path.tenant, **given(body))
        elif body.domain is UNSET or body.name is UNSET or not is_guid(segment):
            raise Refused("A new tenant needs a GUID in the path, and domain and name.")
        else:
            tenant = Tenant(id=segment.lower(), **given(body))
        others = [t for t in self.platform.directory.tenants.values() if t.id != tenant.id]
        if tenant.domain.lower() in {t.domain.lower() for t in others}:
            raise Refused(f"The domain {tenant.domain} belongs to another tenant.", 409)
        self.platform.directory.put_tenant(tenant)
        return asdict(tenant)

    async def put_user(self, request: Request) -> object:
        """Change a user, or add one."""
        body, address = await read(request, UserBody), request.path_params["address"]
        _check(body)
        directory = self.platform.directory
        known = directory.user_by_address(address) or directory.user_by_id(address)
        for name in ("mailbox_grants", "send_as", "send_on_behalf"):
            addresses = getattr(body, name)
            if addresses is not UNSET:
                setattr(body, name, frozenset(a.lower() for a in addresses))
        user = self._new_user(address, body) if known is None else replace(known, **given(body, "tenant"))
        self._put(user)
        if known is None:
            self._user_added(user)
        else:
            self._notice(known, user)
        return asdict(user)

    def _put(self, user: User) -> None:
        try:
            self.platform.directory.put_user(user)
        except ValueError as error:
            raise Refused(str(error), 409) from error

    def _new_user(self, address: str, body: UserBody) -> User:
        if body.tenant is UNSET or "@" not in address:
            raise Refused("A new user needs an address in the path, and tenant.")
        tenant = self.tenant(body.tenant)
        fields = {"display_name": address, **given(body, "tenant")}
        is_personal = tenant.id == CONSUMERS_TENANT_ID
        user_id = new_user_id(address, tenant.id)
        return User(id=user_id, tenant_id=tenant.id, upn=address, is_personal=is_personal, **fields)

    def _notice(self, before: User, after: User) -> None:
        """Being disabled, and having a second factor asked, end the access tokens that can be challenged."""
        is_disabled = before.is_enabled and not after.is_enabled
        if is_disabled or "mfa" in after.conditions - before.conditions:
            self.platform.challenge_access_tokens(self.platform.directory.home_of(after).id)
            self.platform.save()

    async def invite(self, request: Request) -> object:
        """Make a user the guest of another tenant: with another id there, without a mailbox."""
        body, account = await read(request, InviteBody), self._named(request)
        tenant = self.tenant(body.tenant)
        if account.home_user_id is not None or tenant.id == account.tenant_id:
            raise Refused("Only a user at home can be invited, and only elsewhere.")
        upn = f"{account.upn.replace('@', '_')}#EXT#@{tenant.domain}"
        guest = User(
            id=new_user_id(upn, tenant.id),
            tenant_id=tenant.id,
            upn=upn,
            display_name=account.display_name,
            given_name=account.given_name,
            surname=account.surname,
            has_mailbox=False,
            home_user_id=account.id,
            mail=account.upn,
        )
        self._put(guest)
        return asdict(guest)

    async def happen(self, request: Request) -> object:
        """Let something happen to an account, with what it means for its tokens."""
        body, user = await read(request, EventBody), self._named(request)
        if user.home_user_id is not None:
            raise Refused("A guest's password and sessions are those of the account at home.")
        if body.password is not None and body.event not in CHANGES_PASSWORD:
            raise Refused(f"{body.event} sets no new password.")
        happen(self.platform, user, body.event, body.password)
        return asdict(self.user(user.id))

    async def revoke(self, request: Request) -> object:
        """End the account's sign-ins so far."""
        body, user = await read(request, RevokeBody), self._named(request)
        count = self.platform.revoke(user.id, drop_access_tokens=body.drop_access_tokens)
        return {"refresh_tokens": count}

    async def expire(self, request: Request) -> object:
        """Let the user's refresh tokens end as if idle for 90 days."""
        return {"refresh_tokens": self.platform.expire_refresh_tokens(self._named(request).id)}

    async def drop(self, request: Request) -> object:
        """Make the user's access tokens unknown at once."""
        return {"access_tokens": self.platform.drop_access_tokens(self._named(request).id)}


def _check(body: TenantBody | UserBody) -> None:
    frequency_s = body.sign_in_frequency_s
    if isinstance(frequency_s, int) and frequency_s < 1:
        raise Refused("sign_in_frequency_s must be at least 1.")
    cloud = getattr(body, "cloud", None)
    if isinstance(cloud, str) and cloud not in CLOUDS:
        raise Refused(f"There is no cloud {cloud}; there are {', '.join(CLOUDS)}.")
