"""What the platform has handed out: authorization codes, refresh tokens, and who holds a session.

Frozen records; ``platform.py`` keeps them, ``redeem.py`` judges them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

CODE_LIFETIME = timedelta(minutes=10)
"""Source: "OAuth 2.0 authorization code flow", read August 2026."""
REFRESH_INACTIVITY = timedelta(days=90)
"""Source: "Refresh tokens in the Microsoft identity platform", read August 2026."""
LOCK_AFTER_FAILURES = 10
LOCK_TIME = timedelta(minutes=1)
"""Smart lock-out's defaults: ten wrong passwords, one minute."""


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
    is_redeemed: bool = False


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """One refresh token. Rolling: each use issues a new one, this one stays good for its own 90 days."""

    user_id: str
    client_id: str
    tenant_segment: str
    scopes: frozenset[str]
    issued_at: datetime
    is_expired: bool = False


@dataclass
class SignInCount:
    """Wrong passwords in a row of one user, and until when the account is locked."""

    failures: int = 0
    locked_until: datetime | None = None


@dataclass
class BrowserSession:
    """One browser at the pages: which users have given their password in it, in order."""

    user_ids: list[str] = field(default_factory=list)


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
