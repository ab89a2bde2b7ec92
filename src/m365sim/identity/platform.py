"""The identity platform as one object: records, keys, clock, switches, and what it has handed out.

State only; the rules are functions in the neighbouring modules that take the
platform as their first argument. ``save`` is called after every change that
must survive a restart.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from m365sim.clouds import GLOBAL, Cloud
from m365sim.directory import Directory, User
from m365sim.identity.errors import ErrorTrace
from m365sim.identity.grants import (
    ApprovalRequest,
    BrowserSession,
    CodeGrant,
    DeviceGrant,
    RefreshGrant,
    SignInCount,
)
from m365sim.identity.keys import SigningKey


def _nothing() -> None:
    """A platform that keeps nothing across restarts."""


@dataclass
class Switches:
    """What the control API can turn for a test.

    ``fail_sign_in`` and ``fail_token`` hold AADSTS numbers, used up one a sign-in
    or token request. ``valid_from`` revokes a user's older refresh tokens, ``password_valid_from``
    only those that a password opened to a program without a secret.
    """

    fail_sign_in: list[int] = field(default_factory=list)
    fail_token: list[int] = field(default_factory=list)
    valid_from: dict[str, datetime] = field(default_factory=dict)
    password_valid_from: dict[str, datetime] = field(default_factory=dict)
    access_token_s: int | None = None
    device_code_s: int = 900
    device_interval_s: int = 5
    device_slow_down: bool = False


@dataclass
class IdentityPlatform:
    """One simulated identity platform.

    ``base_url`` is the HTTPS listener (discovery, keys, token), ``pages_url`` the
    plain one for people; both without a trailing slash. ``now`` gives aware UTC.
    ``save`` keeps what has changed; ``save_tokens`` likewise, after tokens were given out and nobody's rights
    are other ones; ``flush`` what they have put off.
    """

    directory: Directory
    key: SigningKey
    now: Callable[[], datetime]
    base_url: str
    pages_url: str
    save: Callable[[], None] = _nothing
    save_tokens: Callable[[], None] = _nothing
    flush: Callable[[], None] = _nothing
    new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(48)
    switches: Switches = field(default_factory=Switches)
    cloud: Cloud = GLOBAL
    codes: dict[str, CodeGrant] = field(default_factory=dict)
    device_codes: dict[str, DeviceGrant] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshGrant] = field(default_factory=dict)
    sign_in_counts: dict[str, SignInCount] = field(default_factory=dict)
    sessions: dict[str, BrowserSession] = field(default_factory=dict)
    approvals: dict[str, ApprovalRequest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.directory.rbac.now = self.now

    def issuer(self, tenant_id: str) -> str:
        """``iss`` of this tenant's tokens."""
        return f"{self.base_url}/{tenant_id}/v2.0"

    def trace(self, correlation_id: str | None = None) -> ErrorTrace:
        """Fresh ids for one error."""
        return ErrorTrace(str(uuid.uuid4()), correlation_id or str(uuid.uuid4()), self.now())

    def graph_hosts(self) -> tuple[str, ...]:
        """Base URLs that mean Graph in a scope: the one of this cloud, and this simulator's own."""
        return (self.cloud.graph, f"{self.base_url}/")

    def user(self, user_id: str) -> User | None:
        """The user with this id."""
        return self.directory.user_by_id(user_id)

    def revoke(self, user_id: str, *, drop_access_tokens: bool = False) -> int:
        """End an account's refresh tokens so far, in every program; return how many there were.

        Access tokens live on until they expire, unless the program can be challenged, or
        ``drop_access_tokens`` says otherwise. Guests are revoked at home: for a guest nothing ends.
        """
        user = self.user(user_id)
        if user is not None and user.home_user_id is not None:
            return 0
        self.switches.valid_from[user_id] = self.now()
        self.challenge_access_tokens(user_id)
        if drop_access_tokens:
            self.drop_access_tokens(user_id)
        self.save()
        ids = self.ids_of(user_id)
        return sum(1 for grant in self.refresh_tokens.values() if grant.user_id in ids)

    def ids_of(self, user_id: str) -> frozenset[str]:
        """The account with this id, and its guests in other tenants."""
        guests = (u.id for u in self.directory.users.values() if u.home_user_id == user_id)
        return frozenset((user_id, *guests))

    def challenge_access_tokens(self, user_id: str) -> None:
        """Let Graph challenge every access token so far whose program said that it can be challenged."""
        self.directory.access_valid_from[user_id] = self.now()

    def end_sessions(self, user_id: str) -> None:
        """Sign an account out of every browser."""
        for session in self.sessions.values():
            session.forget(user_id)

    def drop_access_tokens(self, user_id: str) -> int:
        """Make a user's access tokens unknown at once; return how many there were."""
        tokens = self.directory.access_tokens
        ids = self.ids_of(user_id)
        dropped = [text for text, token in tokens.items() if token.user_id in ids]
        for text in dropped:
            del tokens[text]
        self.save()
        return len(dropped)

    def expire_refresh_tokens(self, user_id: str) -> int:
        """Let a user's refresh tokens end as if unused for 90 days; return how many."""
        changed = 0
        for text, grant in self.refresh_tokens.items():
            if grant.user_id == user_id and not grant.is_expired:
                self.refresh_tokens[text] = replace(grant, is_expired=True)
                changed += 1
        self.save()
        return changed
