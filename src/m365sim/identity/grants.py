"""What the platform has handed out: authorization and device codes, refresh tokens; who holds a session.

Frozen records; ``platform.py`` keeps them, ``redeem.py`` judges them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

ClientKind = Literal["web", "spa", "public"]
DeviceState = Literal["pending", "approved", "declined"]

CODE_LIFETIME = timedelta(minutes=10)
"""Source: "OAuth 2.0 authorization code flow", read August 2026."""
REFRESH_INACTIVITY = timedelta(days=90)
"""Source: "Refresh tokens in the Microsoft identity platform", read August 2026."""
SPA_LIFETIME = timedelta(hours=24)
"""Refresh tokens of single-page programs end so long after the sign-in. Source: as above."""
LOCK_AFTER_FAILURES = 10
LOCK_TIME = timedelta(minutes=1)
"""Smart lock-out's defaults: ten wrong passwords, one minute."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How and when a person signed in: what later refreshes are judged by."""

    at: datetime
    is_password: bool = True
    has_mfa: bool = False


@dataclass(frozen=True, slots=True)
class CodeGrant:
    """One authorization code and all that its redemption must match."""

    user_id: str
    client_id: str
    redirect_uri: str
    scopes: frozenset[str]
    is_full: bool
    tenant_segment: str
    challenge: str | None
    challenge_method: str
    nonce: str | None
    expires_at: datetime
    proof: Proof
    kind: ClientKind = "web"
    is_cae: bool = False
    wants_auth_time: bool = False
    is_redeemed: bool = False


@dataclass(frozen=True, slots=True)
class DeviceGrant:
    """One device code, from its request until its tokens are fetched.

    ``user_id`` and ``proof`` are there once a person has approved it.
    """

    user_code: str
    client_id: str
    scopes: frozenset[str]
    is_full: bool
    tenant_segment: str
    expires_at: datetime
    interval_s: int
    is_cae: bool = False
    state: DeviceState = "pending"
    user_id: str | None = None
    proof: Proof | None = None
    polled_at: datetime | None = None
    is_redeemed: bool = False


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """One refresh token. Rolling: each use issues a new one, this one stays good for its own 90 days.

    A single-page program's has a fixed end instead; it passes to each new one.
    """

    user_id: str
    client_id: str
    tenant_segment: str
    scopes: frozenset[str]
    issued_at: datetime
    is_expired: bool = False
    proof: Proof | None = None
    kind: ClientKind = "web"
    fixed_end: datetime | None = None

    def signed_in_at(self) -> datetime:
        """When the person signed in; tokens kept from before it was written down count from their issue."""
        return self.proof.at if self.proof else self.issued_at


@dataclass
class SignInCount:
    """Wrong passwords in a row of one user, and until when the account is locked."""

    failures: int = 0
    locked_until: datetime | None = None


@dataclass
class BrowserSession:
    """One browser at the pages: which accounts have signed in in it, in order, and how."""

    user_ids: list[str] = field(default_factory=list)
    proofs: dict[str, Proof] = field(default_factory=dict)

    def remember(self, user_id: str, proof: Proof) -> None:
        """Note a sign-in: this account is now the latest."""
        self.forget(user_id)
        self.user_ids.append(user_id)
        self.proofs[user_id] = proof

    def forget(self, user_id: str) -> None:
        """Note that this account is signed in here no longer."""
        if user_id in self.user_ids:
            self.user_ids.remove(user_id)
        self.proofs.pop(user_id, None)


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A user's request that an administrator approve an app. Kept after the decision, for the list."""

    id: str
    tenant_id: str
    user_id: str
    client_id: str
    scopes: frozenset[str]
    justification: str
    asked_at: datetime
    decision: str = "pending"
