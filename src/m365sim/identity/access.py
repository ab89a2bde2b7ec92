"""Turn the ``Authorization`` header of a Graph request into the caller it stands for.

Every token in force is kept by its text in the directory, so a check is one
look-up: no signature is verified per request, and a token of another issuer is
simply unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from m365sim.directory import AccessToken, Directory, User


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a Graph request, until when. ``user`` is None exactly when ``is_app_only``."""

    user: User | None
    app_id: str
    tenant_id: str
    scopes: frozenset[str]
    is_app_only: bool
    expires_at: datetime | None = None


class AccessRefused(Exception):
    """The request carries no usable access token.

    ``status``, ``code`` and ``message`` are those of Graph's error body.
    Source: Graph v1.0, "Microsoft Graph error responses".
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def authenticate(directory: Directory, authorization: str | None, now: datetime) -> Caller:
    """The caller behind a bearer token; raises AccessRefused (401) without one in force."""
    token = directory.access_tokens.get(_bearer(authorization))
    if token is None:
        raise _refused("The access token was not issued here, or it has been withdrawn.")
    if token.expires_at <= now:
        raise _refused("Lifetime validation failed, the token is expired.")
    return _caller(directory, token)


def _bearer(authorization: str | None) -> str:
    if not authorization:
        raise _refused("Access token is empty.")
    kind, _, text = authorization.partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise _refused("Access token is empty.")
    return text.strip()


def _caller(directory: Directory, token: AccessToken) -> Caller:
    if token.user_id is None:
        return Caller(None, token.app_id, token.tenant_id, token.scopes, True, token.expires_at)
    user = directory.user_by_id(token.user_id)
    if user is None or not user.is_enabled:
        raise _refused("The user of this access token no longer exists or is disabled.")
    return Caller(user, token.app_id, token.tenant_id, token.scopes, False, token.expires_at)


def _refused(message: str) -> AccessRefused:
    return AccessRefused(401, "InvalidAuthenticationToken", message)
