"""The token endpoint's rules: a code or a refresh token goes in, tokens come out, or an AADSTS error.

Source: "OAuth 2.0 authorization code flow"; "Refresh tokens in the Microsoft identity platform".
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from m365sim.directory import TenantPath, User
from m365sim.identity import apps, consents
from m365sim.identity import scopes as permissions
from m365sim.identity.errors import OAuthError, refusal
from m365sim.identity.grants import REFRESH_INACTIVITY, CodeGrant, RefreshGrant
from m365sim.identity.issue import Issue, token_answer
from m365sim.identity.platform import IdentityPlatform

NOT_SIMULATED = frozenset(
    {
        "client_credentials",
        "password",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    }
)


def redeem(
    platform: IdentityPlatform, segment: str, form: Mapping[str, str], authorization: str | None
) -> dict[str, Any]:
    """Answer one token request at ``/{segment}/oauth2/v2.0/token``; raises OAuthError."""
    path = apps.tenant_path(platform, segment)
    grant_type = _need(form, "grant_type")
    if grant_type in NOT_SIMULATED:
        raise OAuthError(
            70003,
            "unsupported_grant_type",
            f"NotImplementedInSimulation: the grant type '{grant_type}' is not simulated.",
            501,
        )
    if grant_type not in ("authorization_code", "refresh_token"):
        raise refusal(70003, grant_type=grant_type)
    token_url = f"{platform.base_url}/{segment}/oauth2/v2.0/token"
    client_id = apps.authenticate_client(platform, form, authorization, token_url)
    apps.known_app(platform, client_id, path)
    if platform.switches.fail_token:
        raise refusal(platform.switches.fail_token.pop(0), client_id=client_id)
    if grant_type == "authorization_code":
        return _redeem_code(platform, path, client_id, form)
    return _refresh(platform, path, client_id, form)


def _need(form: Mapping[str, str], name: str) -> str:
    if value := form.get(name):
        return value
    raise refusal(900144, name=name)


def _redeem_code(
    platform: IdentityPlatform, path: TenantPath, client_id: str, form: Mapping[str, str]
) -> dict[str, Any]:
    text, redirect_uri = _need(form, "code"), _need(form, "redirect_uri")
    grant = platform.codes.get(text)
    if grant is None or grant.client_id != client_id:
        raise refusal(70000)
    _check_code(platform.now(), path, grant, redirect_uri)
    _check_verifier(grant, form.get("code_verifier"))
    asked, is_full = _asked(platform, form, grant.scopes, grant.is_full)
    platform.codes[text] = replace(grant, is_redeemed=True)
    return _answer(
        platform, form, grant.user_id, client_id, path, asked=asked, is_full=is_full, nonce=grant.nonce
    )


def _check_code(now: datetime, path: TenantPath, grant: CodeGrant, redirect_uri: str) -> None:
    if grant.is_redeemed:
        raise refusal(54005)
    if grant.expires_at <= now:
        raise refusal(70008)
    if path.segment != grant.tenant_segment:
        raise refusal(700005)
    if redirect_uri != grant.redirect_uri:
        raise refusal(50011, redirect_uri=redirect_uri, client_id=grant.client_id)


def _check_verifier(grant: CodeGrant, verifier: str | None) -> None:
    """Source: RFC 7636 §4.6."""
    if grant.challenge is None:
        if verifier:
            raise refusal(501481)
        return
    if not verifier:
        raise refusal(501481)
    if grant.challenge_method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if verifier != grant.challenge:
        raise refusal(501481)


def _refresh(
    platform: IdentityPlatform, path: TenantPath, client_id: str, form: Mapping[str, str]
) -> dict[str, Any]:
    text = _need(form, "refresh_token")
    grant = platform.refresh_tokens.get(text)
    if grant is None or grant.client_id != client_id:
        raise refusal(70000)
    user = platform.user(grant.user_id)
    if user is None:
        raise refusal(50034, address=grant.user_id, tenant=path.segment)
    _check_refresh(platform, path, grant, user)
    asked, is_full = _asked(platform, form, grant.scopes, False)
    asked |= {"offline_access"}  # every refresh answers with a new refresh token
    return _answer(platform, form, grant.user_id, client_id, path, asked=asked, is_full=is_full)


def _check_refresh(platform: IdentityPlatform, path: TenantPath, grant: RefreshGrant, user: User) -> None:
    issued_at = grant.issued_at.isoformat()
    valid_from = platform.switches.valid_from.get(user.id)
    if valid_from is not None and grant.issued_at <= valid_from:
        raise refusal(50173, issued_at=issued_at, valid_from=valid_from.isoformat())
    if grant.is_expired or grant.issued_at + REFRESH_INACTIVITY <= platform.now():
        raise refusal(700082, issued_at=issued_at)
    is_own = path.tenant is not None and path.tenant.id == user.tenant_id
    if path.segment != grant.tenant_segment and not is_own:
        raise refusal(7000012)
    if not user.is_enabled:
        raise refusal(50057)


def _asked(
    platform: IdentityPlatform, form: Mapping[str, str], before: frozenset[str], is_full: bool
) -> tuple[frozenset[str], bool]:
    """The scopes of this request, or those of the grant when it names none."""
    if not form.get("scope"):
        return before, is_full
    request = permissions.parse(form["scope"], platform.graph_hosts())
    return request.names, request.is_full


def _answer(
    platform: IdentityPlatform,
    form: Mapping[str, str],
    user_id: str,
    client_id: str,
    path: TenantPath,
    *,
    asked: frozenset[str],
    is_full: bool,
    nonce: str | None = None,
) -> dict[str, Any]:
    user = platform.user(user_id)
    if user is None:
        raise refusal(50034, address=user_id, tenant=path.segment)
    wanted = consents.wanted_scopes(platform, user, client_id, asked)
    granted = consents.granted_scopes(platform, user, client_id)
    if not wanted <= granted:
        missing = refusal(65001, client_id=client_id)
        raise OAuthError(65001, "invalid_grant", missing.text, suberror="consent_required")
    issue = Issue(
        user=user,
        client_id=client_id,
        tenant_segment=path.segment,
        asked=wanted,
        granted=permissions.usable(granted, user.is_personal),
        is_full=is_full,
        nonce=nonce,
        wants_client_info=form.get("client_info") == "1",
    )
    return token_answer(platform, issue)
