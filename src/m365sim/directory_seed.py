"""The directory a seeded office starts with."""

from __future__ import annotations

from m365sim.directory import ConsentPolicy, Directory, Tenant, User, zero_padded
from m365sim.world.seedtypes import SeedOffice, SeedUser


def directory_from_seed(office: SeedOffice) -> Directory:
    """A directory with the tenants and users of a seed; no apps, no consents.

    A user without a password is an account behind a shared mailbox: nobody signs in
    with it, so it is disabled. Raises ValueError for an address given to two users.
    """
    directory = Directory()
    for tenant in office.tenants:
        policy = _POLICIES[tenant.consent_policy]
        directory.put_tenant(Tenant(tenant.id, tenant.domain, tenant.name, policy))
    for user in office.users:
        directory.put_user(_user_from_seed(user))
    return directory


_POLICIES: dict[str, ConsentPolicy] = {
    "user_may_consent": "users_may_consent",
    "users_may_consent": "users_may_consent",
    "mail_restricted": "mail_restricted",
    "admin_only": "admin_only",
    "approval_workflow": "approval_workflow",
}


def _user_from_seed(user: SeedUser) -> User:
    return User(
        id=zero_padded(user.id) if user.is_personal else user.id,
        tenant_id=user.tenant_id,
        upn=user.upn,
        display_name=user.display_name,
        given_name=user.given_name,
        surname=user.surname,
        password=user.password or "",
        is_admin=user.is_admin,
        has_mailbox=user.has_mailbox,
        is_personal=user.is_personal,
        proxy_addresses=user.proxy_addresses,
        is_enabled=user.password is not None,
        mailbox_grants=frozenset(a.lower() for a in user.may_open),
        send_as=frozenset(a.lower() for a in user.may_open),
    )
