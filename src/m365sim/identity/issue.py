"""Making what is handed out: codes, id_tokens, access and refresh tokens, the whole token answer."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from m365sim.directory import AccessToken, User
from m365sim.identity import scopes as permissions
from m365sim.identity.grants import RefreshGrant
from m365sim.identity.platform import IdentityPlatform

ID_TOKEN_LIFETIME = timedelta(hours=1)
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"


@dataclass(frozen=True, slots=True)
class Issue:
    """What one token answer is made for. ``granted`` is all the app holds for the user."""

    user: User
    client_id: str
    tenant_segment: str
    asked: frozenset[str]
    granted: frozenset[str]
    is_full: bool
    nonce: str | None = None
    wants_client_info: bool = False


def token_answer(platform: IdentityPlatform, issue: Issue) -> dict[str, Any]:
    """The JSON of a successful token request; records the access and refresh token it hands out.

    ``scope`` may hold more than was asked, from earlier consents. A refresh
    token comes with ``offline_access`` only, an id_token with ``openid`` only.

    Source: "OAuth 2.0 authorization code flow", successful response.
    """
    now = platform.now()
    lifetime_s = _lifetime_s(platform)
    access = _access_token(platform, issue, now, lifetime_s)
    answer: dict[str, Any] = {
        "token_type": "Bearer",
        "scope": permissions.written(issue.granted, issue.is_full),
        "expires_in": lifetime_s,
        "ext_expires_in": lifetime_s,
        "access_token": access,
    }
    if "offline_access" in issue.asked:
        answer["refresh_token"] = _refresh_token(platform, issue, now)
    if "openid" in issue.asked:
        answer["id_token"] = platform.key.sign(_id_claims(platform, issue, now))
    if issue.wants_client_info:
        answer["client_info"] = client_info(issue.user)
    platform.save()
    return answer


def client_info(user: User) -> str:
    """Who the account is at home: base64url of ``{"uid": …, "utid": …}``."""
    text = json.dumps({"uid": user.id, "utid": user.tenant_id}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def pairwise_subject(user: User, client_id: str) -> str:
    """``sub``: stable for one user and app, different for every other app."""
    digest = hashlib.sha256(f"{user.tenant_id}/{user.id}/{client_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _lifetime_s(platform: IdentityPlatform) -> int:
    """60 to 90 minutes, unless the control API says otherwise.

    Source: "Configurable token lifetimes in the Microsoft identity platform".
    """
    if platform.switches.access_token_s is not None:
        return platform.switches.access_token_s
    spread = int.from_bytes(hashlib.sha256(platform.new_secret().encode()).digest()[:4])
    return 3600 + spread % 1800


def _access_token(platform: IdentityPlatform, issue: Issue, now: datetime, lifetime_s: int) -> str:
    """A signed JWT for a work account, an opaque ``EwB…`` ticket for a personal one."""
    expires_at = now + timedelta(seconds=lifetime_s)
    user = issue.user
    if user.is_personal:
        text = "EwB" + platform.new_secret().replace("-", "A").replace("_", "B") * 4
    else:
        text = platform.key.sign(_access_claims(platform, issue, now, expires_at), nonce=uuid.uuid4().hex)
    _forget_ended(platform, now)
    platform.directory.access_tokens[text] = AccessToken(
        user.id, issue.client_id, user.tenant_id, issue.granted, expires_at
    )
    return text


def _forget_ended(platform: IdentityPlatform, now: datetime) -> None:
    """Drop access tokens that ended over an hour ago; until then Graph says "expired", not "unknown"."""
    tokens = platform.directory.access_tokens
    limit = now - timedelta(hours=1)
    for text in [t for t, token in tokens.items() if token.expires_at < limit]:
        del tokens[text]


def _access_claims(
    platform: IdentityPlatform, issue: Issue, now: datetime, expires_at: datetime
) -> dict[str, Any]:
    return {
        "aud": GRAPH_APP_ID,
        "iss": f"{platform.base_url}/{issue.user.tenant_id}/",
        "iat": _seconds(now),
        "nbf": _seconds(now),
        "exp": _seconds(expires_at),
        "appid": issue.client_id,
        "idtyp": "user",
        "oid": issue.user.id,
        "tid": issue.user.tenant_id,
        "scp": permissions.written(issue.granted - permissions.OIDC, False),
        "upn": issue.user.upn,
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
    }


def _id_claims(platform: IdentityPlatform, issue: Issue, now: datetime) -> dict[str, Any]:
    """Source: "ID token claims reference"."""
    user = issue.user
    claims: dict[str, Any] = {
        "aud": issue.client_id,
        "iss": platform.issuer(user.tenant_id),
        "iat": _seconds(now),
        "nbf": _seconds(now),
        "exp": _seconds(now + ID_TOKEN_LIFETIME),
        "sub": pairwise_subject(user, issue.client_id),
        "tid": user.tenant_id,
        "uti": uuid.uuid4().hex,
        "ver": "2.0",
    }
    if "profile" in issue.asked:
        claims |= {"name": user.display_name, "oid": user.id, "preferred_username": user.upn}
    if "email" in issue.asked:
        claims["email"] = user.upn
    if issue.nonce is not None:
        claims["nonce"] = issue.nonce
    return claims


def _refresh_token(platform: IdentityPlatform, issue: Issue, now: datetime) -> str:
    prefix = "M.C5_SN1.0.U." if issue.user.is_personal else "1."
    text = prefix + platform.new_secret()
    platform.refresh_tokens[text] = RefreshGrant(
        issue.user.id, issue.client_id, issue.tenant_segment, issue.granted, now
    )
    return text


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
