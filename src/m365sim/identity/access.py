"""Turn the ``Authorization`` header of a Graph request into the caller it stands for.

Every token in force is kept by its text in the directory, so a check is one
look-up: no signature is verified per request, and a token of another issuer is
simply unknown.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from m365sim.directory import AccessToken, Directory, User
from m365sim.exchange_rbac import ExchangeRbac
from m365sim.identity.claims import newer_than
from m365sim.identity.scopes import GRAPH_APP_ID

SEEN_ADDRESS = "198.51.100.23"
"""Where a program outside the trusted places is seen: an address of documentation. Source: RFC 5737."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a Graph request, until when. ``user`` is None exactly when ``is_app_only``.

    ``scopes`` is what Entra has granted. What Exchange's own rules add to it or take from it for one
    mailbox, where the caller has no person behind it, is asked for with ``scopes_at``.
    """

    user: User | None
    app_id: str
    tenant_id: str
    scopes: frozenset[str]
    is_app_only: bool
    expires_at: datetime | None = None
    rbac: ExchangeRbac | None = None

    def scopes_at(self, owner: User) -> frozenset[str]:
        """The permissions this caller has on the mailbox of ``owner``."""
        if self.rbac is None or not self.is_app_only:
            return self.scopes
        granted = frozenset() if self.is_shut_out(owner) else self.scopes
        return granted | self.rbac.allowed_by_roles(self.tenant_id, self.app_id, owner)

    def is_shut_out(self, owner: User) -> bool:
        """Whether an access policy of Exchange keeps this caller's grants from that mailbox."""
        if self.rbac is None or not self.is_app_only:
            return False
        return self.rbac.is_shut_by_policy(self.tenant_id, self.app_id, owner)


class AccessRefused(Exception):
    """The request carries no usable access token.

    ``status``, ``code`` and ``message`` are those of Graph's error body, ``challenge`` is the
    ``WWW-Authenticate`` header that goes with them.
    Source: Graph v1.0, "Microsoft Graph error responses".
    """

    def __init__(self, status: int, code: str, message: str, challenge: str = 'Bearer realm=""') -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.challenge = challenge


def authenticate(directory: Directory, authorization: str | None, now: datetime) -> Caller:
    """The caller behind a bearer token; raises AccessRefused (401) without one in force."""
    token = directory.access_tokens.get(_bearer(authorization))
    if token is None:
        raise _refused("The access token was not issued here, or it has been withdrawn.")
    if token.expires_at <= now:
        raise _refused("Lifetime validation failed, the token is expired.")
    if token.user_id is None:
        return _app(directory, token, now)
    user = directory.user_by_id(token.user_id)
    if user is None:
        raise _refused("The user of this access token no longer exists.")
    if token.is_cae:
        _evaluate(directory, token, user, now)
    return Caller(user, token.app_id, token.tenant_id, token.scopes, False, token.expires_at)


def _bearer(authorization: str | None) -> str:
    if not authorization:
        raise _refused("Access token is empty.")
    kind, _, text = authorization.partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise _refused("Access token is empty.")
    return text.strip()


def _app(directory: Directory, token: AccessToken, now: datetime) -> Caller:
    app = directory.app(token.app_id)
    if token.is_cae and (app is None or not app.is_enabled):
        raise _challenged(directory, "PrincipalDisabled", now)
    return Caller(None, token.app_id, token.tenant_id, token.scopes, True, token.expires_at, directory.rbac)


def _evaluate(directory: Directory, token: AccessToken, user: User, now: datetime) -> None:
    """Challenge a token when something has happened to its user since: only such tokens notice.

    Source: "Continuous access evaluation", critical events and policy evaluation.
    """
    home = directory.home_of(user)
    if not user.is_enabled or not home.is_enabled:
        raise _challenged(directory, "UserDisabled", now)
    event = directory.access_valid_from.get(home.id)
    if event is not None and (token.issued_at is None or token.issued_at <= event):
        raise _challenged(directory, "TokenIssuedBeforeRevocationTimestamp", event)
    if "trusted_location" in directory.conditions_for(user):
        raise _challenged(directory, "LocationConditionEvaluationSatisfied", now, SEEN_ADDRESS)


def _challenged(
    directory: Directory, reason: str, event: datetime, address: str | None = None
) -> AccessRefused:
    """401 with the claims that a new token must meet, base64-encoded as Graph does it."""
    claims = base64.b64encode(newer_than(event, address).encode()).decode()
    text = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
    parts = (
        'realm=""',
        f'authorization_uri="{directory.login_url}/common/oauth2/authorize"',
        f'client_id="{GRAPH_APP_ID}"',
        f'error_description="{text}{reason}"',
        'error="insufficient_claims"',
        f'claims="{claims}"',
    )
    return AccessRefused(401, "InvalidAuthenticationToken", text + reason, "Bearer " + ", ".join(parts))


def _refused(message: str) -> AccessRefused:
    return AccessRefused(401, "InvalidAuthenticationToken", message)
