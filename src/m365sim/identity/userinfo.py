"""The OpenID Connect userinfo endpoint, which Microsoft has at Graph's host.

Source: "UserInfo endpoint" (Microsoft identity platform); OpenID Connect Core 1.0 §5.3.
"""

from __future__ import annotations

from m365sim.identity.access import AccessRefused, authenticate
from m365sim.identity.issue import pairwise_subject
from m365sim.identity.platform import IdentityPlatform


def userinfo(platform: IdentityPlatform, authorization: str | None) -> dict[str, str]:
    """Who is behind an access token; ``sub`` is the id_token's. Raises AccessRefused (401, or 403 without
    a person or without ``openid``).
    """
    caller = authenticate(platform.directory, authorization, platform.now())
    user = caller.user
    if user is None or "openid" not in caller.scopes:
        raise AccessRefused(403, "UserInfoForbidden", "The token was not issued for openid.")
    claims = {"sub": pairwise_subject(user, caller.app_id)}
    if "profile" in caller.scopes:
        claims |= {"name": user.display_name, "given_name": user.given_name, "family_name": user.surname}
    if "email" in caller.scopes:
        claims["email"] = platform.directory.home_of(user).upn
    return {name: value for name, value in claims.items() if value}
