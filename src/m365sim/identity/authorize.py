"""Reading an authorize or admin-consent request, and the answers that go back to the app.

An error that concerns the app's own identity (unknown client, wrong redirect
address, unknown tenant) must stay on our page, as OAuthError; every other one is
returned to the app, as Returned.

Source: "OAuth 2.0 authorization code flow"; "Admin consent on the Microsoft
identity platform"; RFC 6749 §4.1.2.1; RFC 7636 §4.4.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode, urlsplit

from m365sim.directory import TenantPath, User
from m365sim.identity import apps, consents
from m365sim.identity import scopes as permissions
from m365sim.identity.claims import NO_CLAIMS, ClaimsRequest, read_claims
from m365sim.identity.courtesies import is_courtesy
from m365sim.identity.errors import OAuthError, description, not_simulated, refusal
from m365sim.identity.grants import CODE_LIFETIME, ClientKind, CodeGrant, DeviceGrant, Proof
from m365sim.identity.platform import IdentityPlatform

ResponseMode = Literal["query", "fragment", "form_post"]
Prompt = Literal["", "login", "none", "consent", "select_account"]

_KNOWN = frozenset(
    {
        "client_id",
        "response_type",
        "redirect_uri",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "login_hint",
        "domain_hint",
        "claims",
        "client_info",
        "ui_locales",
        "mkt",
        "haschrome",
    }
)
_ADMIN_CONSENT = frozenset({"client_id", "redirect_uri", "scope", "state", "ui_locales", "mkt"})
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Where and how the answer goes back. ``state`` None: the app sent none."""

    redirect_uri: str
    mode: ResponseMode
    state: str | None


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """One request, checked: to authorize, for an administrator's consent, or (``device_code``) a device."""

    path: TenantPath
    client_id: str
    back: ReturnAddress
    scopes: frozenset[str]
    is_full: bool = False
    nonce: str | None = None
    challenge: str | None = None
    challenge_method: str = "plain"
    prompt: Prompt = ""
    login_hint: str = ""
    is_admin_consent: bool = False
    kind: ClientKind = "web"
    claims: ClaimsRequest = NO_CLAIMS
    device_code: str | None = None


class Returned(Exception):
    """An error the app is to be told at its redirect address."""

    def __init__(self, error: OAuthError, back: ReturnAddress, *, is_admin_consent: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.back = back
        self.is_admin_consent = is_admin_consent


def read_authorize(platform: IdentityPlatform, segment: str, query: Mapping[str, str]) -> AuthorizeRequest:
    """An authorize request. Raises OAuthError (stays on our page) or Returned (goes to the app)."""
    path, client_id, back = _target(platform, segment, query)
    _refuse_unknown(query)
    try:
        return _details(platform, path, client_id, back, query)
    except OAuthError as error:
        raise Returned(error, back) from error


def read_admin_consent(
    platform: IdentityPlatform, segment: str, query: Mapping[str, str]
) -> AuthorizeRequest:
    """An admin-consent request; ``common`` and ``consumers`` are refused.

    Raises OAuthError (stays on our page) or Returned (a scope that is not right goes to the app).
    """
    path, client_id, back = _target(platform, segment, query)
    for name in query:
        if name not in _ADMIN_CONSENT and not is_courtesy(name):
            raise not_simulated(f"the parameter '{name}'")
    if path.allows_personal or path.segment == "common":
        raise refusal(90130, client_id=client_id)
    scope = query.get("scope") or permissions.DEFAULT
    try:
        request = permissions.parse(scope, platform.graph_hosts(), tenant=segment)
    except OAuthError as error:
        raise Returned(error, back, is_admin_consent=True) from error
    return AuthorizeRequest(path, client_id, back, request.names, request.is_full, is_admin_consent=True)


def read_device(platform: IdentityPlatform, code: str, grant: DeviceGrant) -> AuthorizeRequest:
    """The sign-in that a device code waits for. Its answer goes to no address."""
    path = apps.tenant_path(platform, grant.tenant_segment)
    nowhere = ReturnAddress("", "query", None)
    return AuthorizeRequest(path, grant.client_id, nowhere, grant.scopes, grant.is_full, device_code=code)


def _target(
    platform: IdentityPlatform, segment: str, query: Mapping[str, str]
) -> tuple[TenantPath, str, ReturnAddress]:
    path = apps.tenant_path(platform, segment)
    client_id = query.get("client_id", "")
    if not client_id:
        raise refusal(900144, name="client_id")
    app = apps.known_app(platform, client_id, path)
    redirect_uri = query.get("redirect_uri", "")
    if not app.all_redirect_uris():
        raise refusal(500113)
    if not redirect_uri:
        raise refusal(900971)
    if not apps.owns_redirect_uri(app, redirect_uri):
        raise refusal(50011, redirect_uri=redirect_uri, client_id=client_id)
    return path, app.client_id, ReturnAddress(redirect_uri, _mode(query), query.get("state"))


def _mode(query: Mapping[str, str]) -> ResponseMode:
    match query.get("response_mode", "query"):
        case "query":
            return "query"
        case "fragment":
            return "fragment"
        case "form_post":
            return "form_post"
        case other:
            raise refusal(9002313, why=f"response_mode '{other}' is not known")


def _refuse_unknown(query: Mapping[str, str]) -> None:
    for name in query:
        if name not in _KNOWN and not is_courtesy(name):
            raise not_simulated(f"the parameter '{name}'")


def _details(
    platform: IdentityPlatform,
    path: TenantPath,
    client_id: str,
    back: ReturnAddress,
    query: Mapping[str, str],
) -> AuthorizeRequest:
    response_type = query.get("response_type", "")
    if not response_type:
        raise refusal(900144, name="response_type")
    if response_type != "code":
        raise refusal(700054, response_type=response_type)
    if not query.get("scope"):
        raise refusal(900144, name="scope")
    claims = read_claims(query.get("claims"))
    request = permissions.parse(query["scope"], platform.graph_hosts(), tenant=path.segment)
    challenge, method = _challenge(query)
    kind = _kind(platform, client_id, back)
    if kind == "spa" and challenge is None:
        raise refusal(9002325)
    prompt = _prompt(query)
    return AuthorizeRequest(
        path=path,
        client_id=client_id,
        back=back,
        scopes=request.names,
        is_full=request.is_full,
        nonce=query.get("nonce"),
        challenge=challenge,
        challenge_method=method,
        prompt=prompt,
        login_hint=query.get("login_hint", "").strip(),
        kind=kind,
        claims=claims,
    )


def _kind(platform: IdentityPlatform, client_id: str, back: ReturnAddress) -> ClientKind:
    app = platform.directory.app(client_id)
    return (apps.kind_of_redirect(app, back.redirect_uri) if app else None) or "web"


def _challenge(query: Mapping[str, str]) -> tuple[str | None, str]:
    challenge = query.get("code_challenge")
    method = query.get("code_challenge_method", "plain")
    if challenge is None:
        return None, method
    if method not in ("S256", "plain"):
        raise refusal(9002313, why=f"code_challenge_method '{method}' is not S256 or plain")
    if not _CHALLENGE.fullmatch(challenge):
        raise refusal(9002313, why="code_challenge must have 43 to 128 unreserved characters")
    return challenge, method


def _prompt(query: Mapping[str, str]) -> Prompt:
    match query.get("prompt", ""):
        case "":
            return ""
        case "login":
            return "login"
        case "none":
            return "none"
        case "consent":
            return "consent"
        case "select_account":
            return "select_account"
        case other:
            raise refusal(9002313, why=f"prompt '{other}' is not known")


def success(
    platform: IdentityPlatform, request: AuthorizeRequest, user: User, proof: Proof
) -> dict[str, str]:
    """The fields of a successful answer: a code, or the admin's consent."""
    if request.is_admin_consent:
        return _admin_consent(platform, request, user)
    code = ("M." if user.is_personal else "1.") + platform.new_secret()
    _forget_ended(platform)
    platform.codes[code] = CodeGrant(
        user_id=user.id,
        client_id=request.client_id,
        redirect_uri=request.back.redirect_uri,
        scopes=consents.wanted_scopes(platform, user, request.client_id, request.scopes),
        is_full=request.is_full,
        tenant_segment=request.path.segment,
        challenge=request.challenge,
        challenge_method=request.challenge_method,
        nonce=request.nonce,
        expires_at=platform.now() + CODE_LIFETIME,
        proof=proof,
        kind=request.kind,
        is_cae=request.claims.is_cae,
        wants_auth_time=request.claims.wants_auth_time,
    )
    return {"code": code} | _state(request.back) | {"session_state": platform.trace().trace_id}


def _admin_consent(platform: IdentityPlatform, request: AuthorizeRequest, user: User) -> dict[str, str]:
    """What was granted: delegated permissions, and with ``.default`` those of the application as well.

    Source: "Admin consent on the Microsoft identity platform", successful response.
    """
    wanted = consents.wanted_scopes(platform, user, request.client_id, request.scopes)
    wanted |= consents.wanted_app_permissions(platform, request.client_id, request.scopes)
    scope = permissions.written(wanted, True, platform.cloud.graph)
    fields = {"admin_consent": "True", "tenant": user.tenant_id, "scope": scope}
    return fields | _state(request.back)


def _forget_ended(platform: IdentityPlatform) -> None:
    """Drop codes that ended an hour ago; until then they are refused as expired or redeemed."""
    limit = platform.now() - 6 * CODE_LIFETIME
    for code in [c for c, grant in platform.codes.items() if grant.expires_at < limit]:
        del platform.codes[code]


def failure(
    platform: IdentityPlatform, error: OAuthError, back: ReturnAddress, *, is_admin_consent: bool = False
) -> dict[str, str]:
    """The fields of an error answer, ``state`` echoed."""
    if is_admin_consent:
        return _admin_failure(platform, error, back)
    fields = {
        "error": error.error,
        "error_description": description(error, platform.trace()),
        "error_uri": f"{platform.base_url}/error?code={error.number}",
    }
    if error.number in (65004, 90094, 90095):
        fields["error_subcode"] = "cancel"
    if error.suberror:
        fields["suberror"] = error.suberror
    if error.claims:
        fields["claims"] = error.claims
    return fields | _state(back)


def _admin_failure(platform: IdentityPlatform, error: OAuthError, back: ReturnAddress) -> dict[str, str]:
    """Declining is called ``consent_required`` here.

    Source: "Admin consent on the Microsoft identity platform", error response.
    """
    name = "consent_required" if error.number == 65004 else error.error
    text = description(error, platform.trace())
    return {"admin_consent": "True", "error": name, "error_description": text} | _state(back)


def _state(back: ReturnAddress) -> dict[str, str]:
    return {} if back.state is None else {"state": back.state}


def return_url(back: ReturnAddress, fields: Mapping[str, str]) -> str:
    """The redirect address with the answer in its query or fragment."""
    parts = urlsplit(back.redirect_uri)
    if back.mode == "fragment":
        return parts._replace(fragment=urlencode(fields)).geturl()
    query = "&".join(q for q in (parts.query, urlencode(fields)) if q)
    return parts._replace(query=query).geturl()
