"""Making what is handed out: codes, id_tokens, access and refresh tokens, the whole token answer."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from m365sim.directory import AccessToken, User, service_principal_id
from m365sim.identity import scopes as permissions
from m365sim.identity.grants import SPA_LIFETIME, ClientKind, Proof, RefreshGrant
from m365sim.identity.platform import IdentityPlatform

ID_TOKEN_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Issue:
    """What one token answer is made for. ``granted`` is all the app holds for the user.

    ``proof`` is the sign-in it goes back to; ``fixed_end`` the end that a single-page program's refresh
    token has from an earlier one. ``is_cae``: the program can be challenged.
    """

    user: User
    client_id: str
    tenant_segment: str
    asked: frozenset[str]
    granted: frozenset[str]
    is_full: bool
    proof: Proof
    kind: ClientKind = "web"
    fixed_end: datetime | None = None
    is_cae: bool = False
    wants_auth_time: bool = False
    nonce: str | None = None
    wants_client_info: bool = False


def token_answer(platform: IdentityPlatform, issue: Issue) -> dict[str, Any]:
    """The JSON of a successful token request; records the access and refresh token it hands out.

    ``scope`` may hold more than was asked, from earlier consents. A refresh
    token comes with ``offline_access`` only, an id_token with ``openid`` only.

    Source: "OAuth 2.0 authorization code flow", successful response.
    """
    now = platform.now()
    lifetime_s = _lifetime_s(platform, is_cae=issue.is_cae)
    access = _access_token(platform, issue, now, lifetime_s)
    answer: dict[str, Any] = {
        "token_type": "Bearer",
        "scope": permissions.written(issue.granted, issue.is_full, platform.cloud.graph),
        "expires_in": lifetime_s,
        "ext_expires_in": lifetime_s,
        "access_token": access,
    }
    if "offline_access" in issue.asked:
        answer |= _refresh_token(platform, issue, now)
    if "openid" in issue.asked:
        answer["id_token"] = platform.key.sign(_id_claims(platform, issue, now))
    if issue.wants_client_info:
        answer["client_info"] = client_info(platform.directory.home_of(issue.user))
    platform.save_tokens()
    return answer


def app_token_answer(
    platform: IdentityPlatform, tenant_id: str, client_id: str, *, is_cae: bool = False
) -> dict[str, Any]:
    """The JSON of a client-credentials request: an access token for the app itself, and nothing else.

    Its ``roles`` are what the tenant has granted at this moment, perhaps nothing.

    Source: "OAuth 2.0 client credentials flow", successful response.
    """
    now = platform.now()
    lifetime_s = _lifetime_s(platform, is_cae=is_cae)
    expires_at = now + timedelta(seconds=lifetime_s)
    roles = platform.directory.app_permissions(tenant_id, client_id)
    claims = _app_claims(platform, tenant_id, client_id, now, expires_at)
    if roles:
        claims["roles"] = sorted(roles)
    if is_cae:
        claims["xms_cc"] = ["CP1"]
    text = platform.key.sign(claims, nonce=uuid.uuid4().hex)
    _forget_ended(platform, now)
    platform.directory.access_tokens[text] = AccessToken(
        None, client_id, tenant_id, permissions.app_scopes(roles), expires_at, now, is_cae
    )
    platform.save_tokens()
    return {
        "token_type": "Bearer",
        "expires_in": lifetime_s,
        "ext_expires_in": lifetime_s,
        "access_token": text,
    }


def client_info(home: User) -> str:
    """Who the account is at home: base64url of ``{"uid": …, "utid": …}``."""
    text = json.dumps({"uid": home.id, "utid": home.tenant_id}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def pairwise_subject(user: User, client_id: str) -> str:
    """``sub``: stable for one user and app, different for every other app."""
    digest = hashlib.sha256(f"{user.tenant_id}/{user.id}/{client_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _lifetime_s(platform: IdentityPlatform, *, is_cae: bool) -> int:
    """60 to 90 minutes, 20 to 28 hours for a token that can be challenged, or what the control API says.

    Source: "Configurable token lifetimes in the Microsoft identity platform".
    """
    if platform.switches.access_token_s is not None:
        return platform.switches.access_token_s
    spread = int.from_bytes(hashlib.sha256(platform.new_secret().encode()).digest()[:4])
    return 20 * 3600 + spread % (8 * 3600) if is_cae else 3600 + spread % 1800


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
        user.id, issue.client_id, user.tenant_id, issue.granted, expires_at, now, issue.is_cae
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
    user = issue.user
    claims = _common_claims(platform, user.tenant_id, issue.client_id, now, expires_at) | {
        "acct": 1 if user.home_user_id else 0,
        "amr": _methods(issue.proof),
        "idtyp": "user",
        "name": user.display_name,
        "oid": user.id,
        "scp": permissions.written(issue.granted - permissions.OIDC, False),
        "sub": pairwise_subject(user, permissions.GRAPH_APP_ID),
        "upn": user.upn,
    }
    if user.home_user_id:
        claims["idp"] = platform.issuer(platform.directory.home_of(user).tenant_id)
    if issue.is_cae:
        claims["xms_cc"] = ["CP1"]
    return claims


def _app_claims(
    platform: IdentityPlatform, tenant_id: str, client_id: str, now: datetime, expires_at: datetime
) -> dict[str, Any]:
    principal = service_principal_id(tenant_id, client_id)
    return _common_claims(platform, tenant_id, client_id, now, expires_at) | {
        "idp": f"{platform.base_url}/{tenant_id}/",
        "idtyp": "app",
        "oid": principal,
        "sub": principal,
    }


def _common_claims(
    platform: IdentityPlatform, tenant_id: str, client_id: str, now: datetime, expires_at: datetime
) -> dict[str, Any]:
    app = platform.directory.app(client_id)
    return {
        "aud": permissions.GRAPH_APP_ID,
        "iss": f"{platform.base_url}/{tenant_id}/",
        "iat": _seconds(now),
        "nbf": _seconds(now),
        "exp": _seconds(expires_at),
        "app_displayname": app.name if app else "",
        "appid": client_id,
        "tid": tenant_id,
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
    }


def _methods(proof: Proof) -> list[str]:
    """How the person signed in, in the words of RFC 8176; ``rsa`` is Microsoft's for a phone."""
    return ["pwd" if proof.is_password else "rsa", *(["mfa"] if proof.has_mfa else [])]


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
    home = platform.directory.home_of(user)
    if home is not user:
        claims["idp"] = platform.issuer(home.tenant_id)
    if "profile" in issue.asked:
        claims |= {"name": user.display_name, "oid": user.id, "preferred_username": home.upn}
    if "email" in issue.asked:
        claims["email"] = home.upn
    if issue.wants_auth_time:
        claims["auth_time"] = _seconds(issue.proof.at)
    if issue.nonce is not None:
        claims["nonce"] = issue.nonce
    return claims


def _refresh_token(platform: IdentityPlatform, issue: Issue, now: datetime) -> dict[str, Any]:
    """The fields of the answer that are about the refresh token."""
    fixed_end = issue.fixed_end
    if issue.kind == "spa" and fixed_end is None:
        fixed_end = now + SPA_LIFETIME
    text = ("M.C5_SN1.0.U." if issue.user.is_personal else "1.") + platform.new_secret()
    platform.refresh_tokens[text] = RefreshGrant(
        user_id=issue.user.id,
        client_id=issue.client_id,
        tenant_segment=issue.tenant_segment,
        scopes=issue.granted,
        issued_at=now,
        proof=issue.proof,
        kind=issue.kind,
        fixed_end=fixed_end,
    )
    if fixed_end is None:
        return {"refresh_token": text}
    return {"refresh_token": text, "refresh_token_expires_in": _seconds(fixed_end) - _seconds(now)}


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
