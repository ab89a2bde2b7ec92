"""The documents a client reads before anything else: OpenID discovery and the signing keys.

Source: "OpenID Connect on the Microsoft identity platform".
"""

from __future__ import annotations

from typing import Any

from m365sim.directory import CONSUMERS_TENANT_ID, TenantPath
from m365sim.identity.platform import IdentityPlatform


def discovery(platform: IdentityPlatform, path: TenantPath) -> dict[str, Any]:
    """The discovery document of one tenant path.

    ``common`` and ``organizations`` have an issuer template: real tokens carry the
    user's tenant, so comparing for equality fails, as at Microsoft. The authorize
    page is on the plain-HTTP listener, so that no browser meets an unknown CA.
    """
    base, pages = f"{platform.base_url}/{path.segment}", f"{platform.pages_url}/{path.segment}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "issuer": platform.issuer(_issuer_tenant(path)),
        "authorization_endpoint": f"{pages}/oauth2/v2.0/authorize",
        "end_session_endpoint": f"{pages}/oauth2/v2.0/logout",
        "claims_supported": [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "nonce",
            "preferred_username",
            "name",
            "tid",
            "ver",
            "oid",
            "email",
        ],
        "request_uri_parameter_supported": False,
        "http_logout_supported": False,
        "frontchannel_logout_supported": False,
        "tenant_region_scope": None,
    }


def _issuer_tenant(path: TenantPath) -> str:
    if path.tenant is None:
        return "{tenantid}"
    return CONSUMERS_TENANT_ID if path.allows_personal else path.tenant.id
