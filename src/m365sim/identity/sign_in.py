"""Checking a person's address and password, and the lock after too many wrong ones."""

from __future__ import annotations

from m365sim.directory import TenantPath, User
from m365sim.identity.errors import OAuthError, refusal
from m365sim.identity.grants import LOCK_AFTER_FAILURES, LOCK_TIME, SignInCount
from m365sim.identity.platform import IdentityPlatform


def find_user(platform: IdentityPlatform, path: TenantPath, address: str, client_id: str) -> User:
    """The user of this address who may sign in at this path.

    Raises OAuthError 50034 when nobody has the address, 50020 when the account
    belongs to another directory.
    """
    tenant = path.tenant.name if path.tenant else path.segment
    user = platform.directory.user_by_address(address)
    if user is None:
        raise refusal(50034, address=address, tenant=tenant)
    if not path.admits(user):
        home = platform.issuer(user.tenant_id)
        raise refusal(50020, address=address, home=home, tenant=tenant, client_id=client_id)
    return user


def check_password(platform: IdentityPlatform, user: User, password: str) -> None:
    """Accept a password; raises OAuthError 50053 (locked), 50057 (disabled) or 50126 (wrong)."""
    count = platform.sign_in_counts.setdefault(user.id, SignInCount())
    now = platform.now()
    if count.locked_until is not None and now < count.locked_until:
        raise refusal(50053)
    if not user.is_enabled:
        raise refusal(50057)
    if not user.password or password != user.password:
        raise _count_failure(platform, count)
    platform.sign_in_counts[user.id] = SignInCount()


def _count_failure(platform: IdentityPlatform, count: SignInCount) -> OAuthError:
    count.failures += 1
    if count.failures < LOCK_AFTER_FAILURES:
        return refusal(50126)
    count.failures = 0
    count.locked_until = platform.now() + LOCK_TIME
    return refusal(50053)


def check_admission(platform: IdentityPlatform, user: User, client_id: str) -> None:
    """After the password: planned failures of the simulation, then the assignment to the app.

    Raises the planned OAuthError, or 50057 for an account disabled in the meantime, or
    50105 for a user not assigned.
    """
    if platform.switches.fail_sign_in:
        raise refusal(platform.switches.fail_sign_in.pop(0), address=user.upn, client_id=client_id)
    if not user.is_enabled:
        raise refusal(50057)
    app = platform.directory.app(client_id)
    assigned = app.assigned_user_ids if app else None
    if assigned is not None and user.id not in assigned:
        raise refusal(50105, address=user.upn, client_id=client_id)
