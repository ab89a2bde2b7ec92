"""Client credentials: a program signs in as itself, with a secret or a certificate, and no person.

Source: "OAuth 2.0 client credentials flow on the Microsoft identity platform".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from m365sim.directory import TenantPath
from m365sim.identity import scopes as permissions
from m365sim.identity.apps import Client
from m365sim.identity.claims import ClaimsRequest
from m365sim.identity.errors import refusal
from m365sim.identity.issue import app_token_answer
from m365sim.identity.platform import IdentityPlatform


def app_token(
    platform: IdentityPlatform,
    path: TenantPath,
    client: Client,
    form: Mapping[str, str],
    claims: ClaimsRequest,
) -> dict[str, Any]:
    """Answer one request.

    Raises OAuthError: 7000216 for an app that has nothing to prove itself with, 9001023 at a path that is no
    tenant, 1002012 for a scope other than ``.default``, 7000229 where the app is not installed.
    """
    if not client.is_confidential:
        raise refusal(7000216)
    tenant_id = _tenant_id(path, client)
    _check_scope(platform, form.get("scope", ""), tenant_id)
    client_id = client.app.client_id
    if not platform.directory.is_installed(client_id, tenant_id):
        raise refusal(7000229, client_id=client_id, tenant=tenant_id)
    return app_token_answer(platform, tenant_id, client_id, is_cae=claims.is_cae)


def _tenant_id(path: TenantPath, client: Client) -> str:
    """The tenant to sign in to; at ``organizations`` the one the app is registered in."""
    if path.tenant is not None and path.allows_work:
        return path.tenant.id
    if path.segment == "organizations" and client.app.tenant_id is not None:
        return client.app.tenant_id
    raise refusal(9001023)


def _check_scope(platform: IdentityPlatform, text: str, tenant_id: str) -> None:
    if not text:
        raise refusal(900144, name="scope")
    words = text.split()
    if len(words) != 1 or not words[0].endswith("/.default"):
        raise refusal(1002012, scope=text)
    permissions.parse(text, platform.graph_hosts(), for_token=True, tenant=tenant_id)
