"""Checking a person's address and password, and the lock after too many wrong ones."""

from __future__ import annotations

from dataclasses import replace

from m365sim.directory import TenantPath, User
from m365sim.identity import conditions
from m365sim.identity.errors import OAuthError, refusal
from m365sim.identity.grants import LOCK_AFTER_FAILURES, LOCK_TIME, SignInCount
from m365sim.identity.kinds import KINDS
from m365sim.identity.platform import IdentityPlatform
from m365sim.identity.revocation import happen

MIN_PASSWORD = 8


def find_user(platform: IdentityPlatform, path: TenantPath, address: str, client_id: str) -> User:
    """Who the account of this address is at this path: itself, or its guest in that tenant.

    Raises OAuthError 50034 when nobody has the address, 50020 when the account belongs to another
    directory. Outside the global cloud nobody has a personal account.
    """
    tenant = path.tenant.name if path.tenant else path.segment
    account = platform.directory.user_by_address(address)
    is_unknown = account is None or account.home_user_id is not None
    if account is None or is_unknown or (account.is_personal and not platform.cloud.is_global):
        raise refusal(50034, address=address, tenant=tenant)
    user = platform.directory.at(path, account)
    if user is None:
        home = platform.issuer(account.tenant_id)
        raise refusal(50020, address=address, home=home, tenant=tenant, client_id=client_id)
    return user


def check_password(platform: IdentityPlatform, account: User, password: str) -> None:
    """Accept a password; raises OAuthError 50053 (locked), 50057 (disabled) or 50126 (wrong).

    ``account`` is the one at home: a guest has no password of its own.
    """
    count = platform.sign_in_counts.setdefault(account.id, SignInCount())
    now = platform.now()
    if count.locked_until is not None and now < count.locked_until:
        raise refusal(50053)
    if not account.is_enabled:
        raise refusal(50057)
    if not account.password or password != account.password:
        raise _count_failure(platform, count)
    platform.sign_in_counts[account.id] = SignInCount()


def _count_failure(platform: IdentityPlatform, count: SignInCount) -> OAuthError:
    count.failures += 1
    if count.failures < LOCK_AFTER_FAILURES:
        return refusal(50126)
    count.failures = 0
    count.locked_until = platform.now() + LOCK_TIME
    return refusal(50053)


def change_expired_password(
    platform: IdentityPlatform, account: User, current: str, new: str, again: str
) -> str | None:
    """Let a person replace an expired password; None when it is done, else the key of what is wrong."""
    if current != account.password:
        return "change_wrong"
    if new != again:
        return "change_unlike"
    if len(new) < MIN_PASSWORD or new == current:
        return "change_weak"
    happen(platform, account, "user_changes_password", new)
    return None


def register_second_factor(platform: IdentityPlatform, account: User) -> None:
    """Note that the account has a second factor from now on."""
    platform.directory.put_user(replace(account, has_mfa=True))


def planned_failure(platform: IdentityPlatform, user: User, client_id: str) -> OAuthError | None:
    """The failure that the control API has planned for the next sign-in, used up by asking."""
    planned = platform.switches.fail_sign_in
    if not planned:
        return None
    tenant = platform.directory.tenants[user.tenant_id].name
    return refusal(planned.pop(0), address=user.upn, client_id=client_id, tenant=tenant)


def goes_back(error: OAuthError) -> bool:
    """Whether this refusal of a sign-in is told to the app rather than to the person."""
    return KINDS[error.number].places[0] == "redirect" if error.number in KINDS else False


def check_admission(platform: IdentityPlatform, user: User, client_id: str) -> None:
    """After the password: who may come in here at all.

    Raises OAuthError 50057 for an account disabled in the meantime, 50105 for a user not assigned to the
    app, or the number of a condition that nobody here can meet.
    """
    if not user.is_enabled or not platform.directory.home_of(user).is_enabled:
        raise refusal(50057)
    if error := conditions.unmet(platform, user):
        raise error
    app = platform.directory.app(client_id)
    assigned = app.assigned_user_ids if app else None
    if assigned is not None and user.id not in assigned:
        raise refusal(50105, address=user.upn, client_id=client_id)
