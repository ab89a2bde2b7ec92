"""The signed word that a notification with resource data really comes from Graph.

Source: Graph v1.0, "Set up change notifications that include resource data" (validation tokens).
"""

from __future__ import annotations

import uuid

from m365sim.identity.discovery import issuer_v1
from m365sim.identity.platform import IdentityPlatform

PUBLISHER_APP_ID = "0bf30f3b-4a52-48df-9a82-234910c4a086"
_LIFETIME_S = 8 * 3600


def validation_token(platform: IdentityPlatform, app_id: str, tenant_id: str) -> str:
    """A token for this app and tenant, of version 1.0 as the guide shows it, signed by the platform's key.

    ``iss`` is the literal issuer of real version 1.0 tokens: programs compare it with a constant.
    """
    issuer = issuer_v1(tenant_id)
    now = int(platform.now().timestamp())
    return platform.key.sign(
        {
            "aud": app_id,
            "iss": issuer,
            "iat": now,
            "nbf": now,
            "exp": now + _LIFETIME_S,
            "appid": PUBLISHER_APP_ID,
            "appidacr": "2",
            "idp": issuer,
            "tid": tenant_id,
            "uti": uuid.uuid4().hex,
            "ver": "1.0",
        }
    )
