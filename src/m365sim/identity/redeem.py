"""The token endpoint's rules: a code or a refresh token goes in, tokens come out, or an AADSTS error.

    authorization_code   below         refresh_token        below
    device_code          device.py     client_credentials   app_only.py

Source: "OAuth 2.0 authorization code flow"; "Refresh tokens in the Microsoft identity platform".
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from m365sim.directory import TenantPath, User
from m365sim.identity import app_only, apps, conditions, consents, device
from m365sim.identity import scopes as permissions
from m365sim.identity.apps import Client
from m365sim.identity.claims import ClaimsRequest, read_claims
from m365sim.identity.courtesies import is_courtesy
from m365sim.identity.errors import OAuthError, not_simulated, refusal
from m365sim.identity.grants import REFRESH_INACTIVITY, ClientKind, CodeGrant, Proof, RefreshGrant
from m365sim.identity.issue import Issue, token_answer
from m365sim.identity.platform import IdentityPlatform
from m365sim.identity.revocation import revoked_at

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_DEVICE_CODES = frozenset({DEVICE_CODE, "device_code"})  # the second is what MSAL for JavaScript says
NOT_SIMULATED = frozenset(
    {
        "password",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:saml1_1-bearer",
    }
)
_GRANT_TYPES = frozenset({"authorization_code", "refresh_token", "client_credentials"}) | _DEVICE_CODES
_KNOWN = frozenset(
    {
        "grant_type",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "scope",
        "code",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "device_code",
        "claims",
        "client_info",
        "state",
        "session_state",
    }
)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One request at the token endpoint. ``origin`` is the web page it comes from, if it comes from one."""

    segment: str
    form: Mapping[str, str]
    authorization: str | None = None
    origin: str | None = None

    def need(self, name: str) -> str:
        """A field that must be there; OAuthError 900144 otherwise."""
        if value := self.form.get(name):
            return value
        raise refusal(900144, name=name)


def redeem(platform: IdentityPlatform, request: TokenRequest) -> dict[str, Any]:
    """Answer one token request at ``/{segment}/oauth2/v2.0/token``; raises OAuthError."""
    path = apps.tenant_path(platform, request.segment)
    grant_type = request.need("grant_type")
    _check_grant_type(grant_type)
    _refuse_unknown(request.form)
    client = _client(platform, request, grant_type)
    apps.known_app(platform, client.app.client_id, path)
    if platform.switches.fail_token:
        raise refusal(platform.switches.fail_token.pop(0), client_id=client.app.client_id)
    claims = read_claims(request.form.get("claims"))
    if grant_type == "authorization_code":
        return _redeem_code(platform, path, client, request, claims)
    if grant_type == "refresh_token":
        return _refresh(platform, path, client, request, claims)
    if grant_type == "client_credentials":
        return app_only.app_token(platform, path, client, request.form, claims)
    return _redeem_device_code(platform, path, client, request, claims)


def _check_grant_type(grant_type: str) -> None:
    if grant_type in NOT_SIMULATED:
        text = f"NotImplementedInSimulation: the grant type '{grant_type}' is not simulated."
        raise OAuthError(70003, "unsupported_grant_type", text, 501)
    if grant_type not in _GRANT_TYPES:
        raise refusal(70003, grant_type=grant_type)


def _refuse_unknown(form: Mapping[str, str]) -> None:
    for name in form:
        if name.lower() not in _KNOWN and not is_courtesy(name):
            raise not_simulated(f"the parameter '{name}'")


def _client(platform: IdentityPlatform, request: TokenRequest, grant_type: str) -> Client:
    """The client that has proved itself as far as this grant needs it."""
    client_id = apps.client_id_of(request.form, request.authorization)
    kind = _kind(platform, request, client_id, grant_type)
    client = apps.authenticate_client(
        platform,
        request.form,
        request.authorization,
        f"{platform.base_url}/{request.segment}/oauth2/v2.0/token",
        needs_none=kind != "web",
        missing=7000216 if grant_type == "client_credentials" else 7000218,
    )
    if client.is_confidential and kind == "spa":
        raise refusal(700025)
    _check_origin(request.origin, kind)
    return client


def _kind(platform: IdentityPlatform, request: TokenRequest, client_id: str, grant_type: str) -> ClientKind:
    """Which kind of program asks: told by the redirect address, or by what it got its refresh token for."""
    app = apps.registered(platform, client_id)
    if grant_type == "authorization_code":
        return apps.kind_of_redirect(app, request.form.get("redirect_uri", "")) or "web"
    if grant_type == "refresh_token":
        grant = platform.refresh_tokens.get(request.form.get("refresh_token", ""))
        return grant.kind if grant is not None and grant.client_id == app.client_id else "web"
    if grant_type in _DEVICE_CODES and app.allows_public_client:
        return "public"
    return "web"


def _check_origin(origin: str | None, kind: ClientKind) -> None:
    """Single-page programs redeem from a web page, all others from none."""
    if kind == "spa" and origin is None:
        raise refusal(9002327)
    if kind != "spa" and origin is not None:
        raise refusal(9002326, origin=origin)


def _redeem_code(
    platform: IdentityPlatform,
    path: TenantPath,
    client: Client,
    request: TokenRequest,
    claims: ClaimsRequest,
) -> dict[str, Any]:
    text, redirect_uri = request.need("code"), request.need("redirect_uri")
    grant = platform.codes.get(text)
    if grant is None or grant.client_id != client.app.client_id:
        raise refusal(70000)
    _check_code(platform.now(), path, grant, redirect_uri)
    _check_verifier(grant, request.form.get("code_verifier"))
    asked, is_full = _asked(platform, request.form, grant.scopes, grant.is_full)
    platform.codes[text] = replace(grant, is_redeemed=True)
    wishes = replace(
        claims,
        is_cae=claims.is_cae or grant.is_cae,
        wants_auth_time=claims.wants_auth_time or grant.wants_auth_time,
    )
    kind = _kind_of_tokens(client, grant.kind)
    answer = _Answer(platform, path, client, request.form, wishes, grant.proof, kind)
    return answer.make(grant.user_id, asked, is_full, nonce=grant.nonce)


def _kind_of_tokens(client: Client, kind: ClientKind) -> ClientKind:
    """What the refresh token belongs to: a program that has proved itself, or one that has no secret."""
    if client.is_confidential:
        return "web"
    return "spa" if kind == "spa" else "public"


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


def _redeem_device_code(
    platform: IdentityPlatform,
    path: TenantPath,
    client: Client,
    request: TokenRequest,
    claims: ClaimsRequest,
) -> dict[str, Any]:
    if not client.is_confidential and not client.app.allows_public_client:
        raise refusal(7000218)
    approved = device.poll(platform, path, client.app.client_id, request.need("device_code"))
    grant = approved.grant
    asked, is_full = _asked(platform, request.form, grant.scopes, grant.is_full)
    wishes = replace(claims, is_cae=claims.is_cae or grant.is_cae)
    kind = _kind_of_tokens(client, "public")
    answer = _Answer(platform, path, client, request.form, wishes, approved.proof, kind)
    return answer.make(approved.user_id, asked, is_full)


def _refresh(
    platform: IdentityPlatform,
    path: TenantPath,
    client: Client,
    request: TokenRequest,
    claims: ClaimsRequest,
) -> dict[str, Any]:
    text = request.need("refresh_token")
    grant = platform.refresh_tokens.get(text)
    if grant is None or grant.client_id != client.app.client_id:
        raise refusal(70000)
    user = platform.user(grant.user_id)
    if user is None:
        raise refusal(50034, address=grant.user_id, tenant=path.segment)
    _check_refresh(platform, path, grant, user)
    asked, is_full = _asked(platform, request.form, grant.scopes, False)
    asked |= {"offline_access"}  # every refresh answers with a new refresh token
    proof = grant.proof or Proof(grant.signed_in_at())
    answer = _Answer(platform, path, client, request.form, claims, proof, grant.kind, grant.fixed_end)
    return answer.make(grant.user_id, asked, is_full)


def _check_refresh(platform: IdentityPlatform, path: TenantPath, grant: RefreshGrant, user: User) -> None:
    home = platform.directory.home_of(user)
    issued_at = grant.issued_at.isoformat()
    if valid_from := revoked_at(platform, home.id, grant):
        raise refusal(50173, issued_at=issued_at, valid_from=valid_from)
    if grant.is_expired or grant.issued_at + REFRESH_INACTIVITY <= platform.now():
        raise refusal(700082, issued_at=issued_at)
    if grant.fixed_end is not None and grant.fixed_end <= platform.now():
        raise refusal(700084, issued_at=issued_at)
    if path.segment != grant.tenant_segment and not _is_for(path, user):
        raise refusal(7000012)
    if not user.is_enabled or not home.is_enabled:
        raise refusal(50057)
    conditions.check_refresh(platform, user, grant)


def _is_for(path: TenantPath, user: User) -> bool:
    """Whether a path is that of the user's own tenant, or one for all where only that can be meant.

    Source: "Refresh tokens in the Microsoft identity platform": bound to user and client, not to a tenant.
    """
    is_guest = user.home_user_id is not None and user.home_user_id != user.id
    return path.admits(user) and not (path.tenant is None and is_guest)


def _asked(
    platform: IdentityPlatform, form: Mapping[str, str], before: frozenset[str], is_full: bool
) -> tuple[frozenset[str], bool]:
    """The scopes of this request, or those of the grant when it names none."""
    if not form.get("scope"):
        return before, is_full
    request = permissions.parse(form["scope"], platform.graph_hosts(), for_token=True)
    return request.names, request.is_full


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the answers to all grants of a person have in common."""

    platform: IdentityPlatform
    path: TenantPath
    client: Client
    form: Mapping[str, str]
    claims: ClaimsRequest
    proof: Proof
    kind: ClientKind
    fixed_end: datetime | None = None

    def make(
        self, user_id: str, asked: frozenset[str], is_full: bool, *, nonce: str | None = None
    ) -> dict[str, Any]:
        """The token answer for this user, if the app still has the consent it takes."""
        platform, client_id = self.platform, self.client.app.client_id
        user = platform.user(user_id)
        if user is None:
            raise refusal(50034, address=user_id, tenant=self.path.segment)
        wanted = consents.wanted_scopes(platform, user, client_id, asked)
        granted = consents.granted_scopes(platform, user, client_id)
        if not wanted <= granted:
            raise refusal(65001, client_id=client_id)
        issue = Issue(
            user=user,
            client_id=client_id,
            tenant_segment=self.path.segment,
            asked=wanted,
            granted=permissions.usable(granted, user.is_personal),
            is_full=is_full,
            proof=self.proof,
            kind=self.kind,
            fixed_end=self.fixed_end,
            is_cae=self.claims.is_cae,
            wants_auth_time=self.claims.wants_auth_time,
            nonce=nonce,
            wants_client_info=self.form.get("client_info") == "1",
        )
        return token_answer(platform, issue)
