"""Conditional Access: what a tenant asks of a sign-in beyond the password, and what it answers otherwise.

    at the pages      a condition nobody here can meet fills the page; ``mfa`` asks for the second factor
    at a refresh      what the sign-in back then did not show is asked for now: 50076, 50079, 53xxx, 70043

Source: "Conditional Access: Conditions, grant and session controls"; AADSTS error codes.
"""

from __future__ import annotations

from datetime import timedelta

from m365sim.directory import Condition, User
from m365sim.identity.errors import OAuthError, refusal
from m365sim.identity.grants import Proof, RefreshGrant
from m365sim.identity.platform import IdentityPlatform

_NUMBERS: tuple[tuple[Condition, int], ...] = (
    ("blocked", 53003),
    ("trusted_location", 53003),
    ("security_defaults", 530035),
    ("compliant_device", 53000),
    ("joined_device", 53001),
    ("approved_app", 53002),
)
"""The conditions that cannot be met here, the hardest first."""


def unmet(platform: IdentityPlatform, user: User) -> OAuthError | None:
    """Why this user may not come in at all, whatever he shows; None when nothing stands against it."""
    conditions = platform.directory.conditions_for(user)
    number = next((n for condition, n in _NUMBERS if condition in conditions), None)
    return None if number is None else refusal(number, address=user.upn)


def needs_second_factor(platform: IdentityPlatform, user: User) -> bool:
    """Whether this user must show a second factor."""
    return "mfa" in platform.directory.conditions_for(user)


def is_too_old(platform: IdentityPlatform, user: User, proof: Proof) -> bool:
    """Whether a sign-in is older than the tenant's sign-in frequency allows."""
    frequency_s = platform.directory.sign_in_frequency_s(user)
    return frequency_s is not None and proof.at + timedelta(seconds=frequency_s) <= platform.now()


def check_refresh(platform: IdentityPlatform, user: User, grant: RefreshGrant) -> None:
    """Judge a refresh by today's conditions and by the sign-in it goes back to; raises OAuthError."""
    if error := unmet(platform, user):
        raise error
    proof = grant.proof or Proof(grant.signed_in_at())
    if is_too_old(platform, user, proof):
        seconds = platform.directory.sign_in_frequency_s(user)
        raise refusal(70043, issued_at=grant.signed_in_at().isoformat(), seconds=str(seconds))
    if needs_second_factor(platform, user) and not proof.has_mfa:
        raise refusal(50076 if platform.directory.home_of(user).has_mfa else 50079)
