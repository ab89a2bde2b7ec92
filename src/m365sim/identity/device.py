"""The device code flow: a program without a browser shows a code, a person enters it in one elsewhere.

    devicecode --> device_code, user_code     the program polls the token endpoint with the first
    deviceauth --> the person types the second, signs in, consents  -->  approved, or declined

Source: "OAuth 2.0 device authorization grant flow on the Microsoft identity platform"; RFC 8628.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from m365sim.directory import TenantPath, User
from m365sim.identity import apps
from m365sim.identity import scopes as permissions
from m365sim.identity.claims import read_claims
from m365sim.identity.courtesies import is_courtesy
from m365sim.identity.errors import OAuthError, not_simulated, refusal
from m365sim.identity.grants import DeviceGrant, Proof
from m365sim.identity.platform import IdentityPlatform

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 9
_SKEW = timedelta(seconds=1)
_KNOWN = frozenset({"client_id", "scope", "claims", "mkt", "client_info"})
_KEEP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Approved:
    """A device code that a person has approved."""

    grant: DeviceGrant
    user_id: str
    proof: Proof


def start(platform: IdentityPlatform, segment: str, form: Mapping[str, str], message: str) -> dict[str, Any]:
    """Answer a request for a device code. ``message`` has places for ``{uri}`` and ``{code}``.

    Raises OAuthError for an app or a scope that is not right. Whether the app may do without a secret is
    asked only when the tokens are fetched, as at Microsoft.
    """
    path = apps.tenant_path(platform, segment)
    for name in form:
        if name.lower() not in _KNOWN and not is_courtesy(name):
            raise not_simulated(f"the parameter '{name}'")
    app = apps.registered(platform, form.get("client_id", ""))
    apps.known_app(platform, app.client_id, path)
    if not form.get("scope"):
        raise refusal(900144, name="scope")
    wish = permissions.parse(form["scope"], platform.graph_hosts(), for_token=True)
    claims = read_claims(form.get("claims"))
    _forget_ended(platform)
    code, switches = platform.new_secret(), platform.switches
    grant = DeviceGrant(
        user_code=_new_user_code(platform),
        client_id=app.client_id,
        scopes=wish.names,
        is_full=wish.is_full,
        tenant_segment=path.segment,
        expires_at=platform.now() + timedelta(seconds=switches.device_code_s),
        interval_s=switches.device_interval_s,
        is_cae=claims.is_cae,
    )
    platform.device_codes[code] = grant
    uri = verification_uri(platform)
    return {
        "user_code": grant.user_code,
        "device_code": code,
        "verification_uri": uri,
        "expires_in": switches.device_code_s,
        "interval": grant.interval_s,
        "message": message.format(uri=uri, code=grant.user_code),
    }


def verification_uri(platform: IdentityPlatform) -> str:
    """Where a person enters the code; Microsoft's short ``/devicelogin`` leads there as well."""
    return f"{platform.pages_url}/common/oauth2/deviceauth"


def _new_user_code(platform: IdentityPlatform) -> str:
    taken = {grant.user_code for grant in platform.device_codes.values()}
    while True:
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
        if code not in taken:
            return code


def _forget_ended(platform: IdentityPlatform) -> None:
    """Drop codes that ended an hour ago; until then they are refused as expired."""
    limit = platform.now() - _KEEP
    for code in [c for c, grant in platform.device_codes.items() if grant.expires_at < limit]:
        del platform.device_codes[code]


def find(platform: IdentityPlatform, user_code: str) -> str | None:
    """The device code that waits for this user code, typed in any case, with blanks or dashes."""
    typed = user_code.replace("-", "").replace(" ", "").upper()
    for code, grant in platform.device_codes.items():
        if grant.user_code == typed and grant.state == "pending" and platform.now() < grant.expires_at:
            return code
    return None


def approve(platform: IdentityPlatform, code: str, user: User, proof: Proof) -> None:
    """Let the program have its tokens, as this user."""
    if grant := platform.device_codes.get(code):
        approved = replace(grant, state="approved", user_id=user.id, proof=proof)
        platform.device_codes[code] = approved


def decline(platform: IdentityPlatform, code: str) -> None:
    """Tell the program that the person does not want it."""
    if grant := platform.device_codes.get(code):
        platform.device_codes[code] = replace(grant, state="declined")


def poll(platform: IdentityPlatform, path: TenantPath, client_id: str, code: str) -> Approved:
    """The approval of a device code, once. Raises OAuthError while there is none, or never will be."""
    grant = platform.device_codes.get(code)
    if grant is None or grant.client_id != client_id or grant.is_redeemed:
        raise refusal(70018)
    if path.segment != grant.tenant_segment:
        raise refusal(700005)
    if grant.expires_at <= platform.now():
        raise refusal(70019)
    if grant.state == "declined":
        raise OAuthError(65004, "authorization_declined", "User declined to consent to access the app.")
    if grant.user_id is None or grant.proof is None:
        raise _pending(platform, code, grant)
    platform.device_codes[code] = replace(grant, is_redeemed=True)
    return Approved(grant, grant.user_id, grant.proof)


def _pending(platform: IdentityPlatform, code: str, grant: DeviceGrant) -> OAuthError:
    """Not yet, or, where the switch says so, "not so fast"."""
    now = platform.now()
    platform.device_codes[code] = replace(grant, polled_at=now)
    is_early = (
        grant.polled_at is not None and now < grant.polled_at + timedelta(seconds=grant.interval_s) - _SKEW
    )
    if is_early and platform.switches.device_slow_down:
        return OAuthError(70016, "slow_down", "The program polls more often than it was told to.")
    return refusal(70016)
