"""The documents a client reads before anything else: OpenID discovery and the signing keys.

Source: "OpenID Connect on the Microsoft identity platform".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from m365sim.directory import CONSUMERS_TENANT_ID, TenantPath
from m365sim.identity.errors import not_simulated, refusal
from m365sim.identity.platform import IdentityPlatform


def discovery(platform: IdentityPlatform, path: TenantPath) -> dict[str, Any]:
    """The discovery document of one tenant path.

    ``common`` and ``organizations`` have an issuer template: real tokens carry the
    user's tenant, so comparing for equality fails, as at Microsoft. The authorize
    page is on the plain-HTTP listener, so that no browser meets an unknown CA.
    """
    cloud = platform.cloud
    base, pages = f"{platform.base_url}/{path.segment}", f"{platform.pages_url}/{path.segment}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "issuer": platform.issuer(_issuer_tenant(path)),
        "authorization_endpoint": f"{pages}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "userinfo_endpoint": f"{platform.base_url}/oidc/userinfo",
        "end_session_endpoint": f"{pages}/oauth2/v2.0/logout",
        "claims_supported": [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
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
        "tenant_region_scope": cloud.region,
        **({"tenant_region_sub_scope": cloud.sub_region} if cloud.sub_region else {}),
        "cloud_instance_name": cloud.instance_name,
        "cloud_graph_host_name": cloud.graph_host,
        "msgraph_host": cloud.graph_host,
    }


def discovery_v1(platform: IdentityPlatform, path: TenantPath) -> dict[str, Any]:
    """The discovery document of version 1.0, whose issuer signs the validation tokens of rich notifications.

    It names what there is: the endpoints of version 1.0 for signing in are not simulated.

    Source: Graph v1.0, "Set up change notifications that include resource data" (validating tokens).
    """
    base = f"{platform.base_url}/{path.segment}"
    return {
        "issuer": issuer_v1(_issuer_tenant(path)),
        "jwks_uri": f"{base}/discovery/keys",
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["pairwise"],
        "cloud_instance_name": platform.cloud.instance_name,
        "cloud_graph_host_name": platform.cloud.graph_host,
        "msgraph_host": platform.cloud.graph_host,
    }


def issuer_v1(tenant_id: str) -> str:
    """The literal issuer of real tokens of version 1.0: programs compare it with a constant."""
    return f"https://sts.windows.net/{tenant_id}/"


def _issuer_tenant(path: TenantPath) -> str:
    if path.tenant is None:
        return "{tenantid}"
    return CONSUMERS_TENANT_ID if path.allows_personal else path.tenant.id


_INSTANCE = frozenset({"api-version", "authorization_endpoint"})


def instance_discovery(platform: IdentityPlatform, query: Mapping[str, str]) -> dict[str, Any]:
    """What a client learns that asks whether a host is a login host, and which others are the same cloud.

    This simulator's own host and the real ones of its cloud are. Raises OAuthError 50049 for another.

    Source: MSAL's authority validation; "Microsoft identity platform", instance discovery.
    """
    for name in query:
        if name not in _INSTANCE:
            raise not_simulated(f"the parameter '{name}'")
    own = urlsplit(platform.base_url).hostname or ""
    endpoint = urlsplit(query.get("authorization_endpoint", ""))
    hosts = (own, *platform.cloud.login_hosts)
    if endpoint.hostname not in hosts:
        raise refusal(50049, host=endpoint.hostname or "")
    segment = endpoint.path.strip("/").split("/")[0] or "common"
    return {
        "tenant_discovery_endpoint": f"{platform.base_url}/{segment}/v2.0/.well-known/openid-configuration",
        "api-version": query.get("api-version", "1.1"),
        "metadata": [{"preferred_network": own, "preferred_cache": own, "aliases": list(hosts)}],
    }
