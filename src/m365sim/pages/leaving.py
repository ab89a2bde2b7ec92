"""The sign-out page: ends the browser's session and leads back to the app, where the app has said so.

Source: "OpenID Connect on the Microsoft identity platform", send a sign-out request.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from m365sim.bodies import loads
from m365sim.identity.apps import owns_redirect_uri
from m365sim.identity.courtesies import is_courtesy
from m365sim.identity.errors import refusal
from m365sim.identity.platform import IdentityPlatform

_KNOWN = frozenset(
    {
        "post_logout_redirect_uri",
        "state",
        "logout_hint",
        "id_token_hint",
        "client_id",
        "ui_locales",
        "mkt",
    }
)


def unknown_parameter(request: Request) -> str | None:
    """The first parameter that the sign-out page does not know."""
    return next((n for n in request.query_params if n not in _KNOWN and not is_courtesy(n)), None)


def sign_out(platform: IdentityPlatform, request: Request, session_id: str) -> bool:
    """Sign the hinted account out of this browser, or all of them; return whether any is left."""
    hint = request.query_params.get("logout_hint") or _hinted(request.query_params.get("id_token_hint"))
    session = platform.sessions.get(session_id)
    if session is None:
        return False
    account = platform.directory.user_by_address(hint) if hint else None
    if account is not None:
        session.forget(account.id)
    if account is None or not session.user_ids:
        del platform.sessions[session_id]
        return False
    return True


def _hinted(id_token: str | None) -> str | None:
    """Whom an id_token is about. It is a hint: nothing hangs on its signature."""
    if not id_token:
        return None
    try:
        payload = id_token.split(".")[1]
        claims = loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, binascii.Error, ValueError) as error:
        raise refusal(9002313, why="id_token_hint is no id_token") from error
    name = claims.get("preferred_username") if isinstance(claims, dict) else None
    return name if isinstance(name, str) else None


def way_back(platform: IdentityPlatform, request: Request) -> Response | None:
    """The redirect to ``post_logout_redirect_uri`` with ``state``, when an app has registered it."""
    target = request.query_params.get("post_logout_redirect_uri", "")
    apps = platform.directory.apps.values()
    if not target or not any(owns_redirect_uri(app, target) for app in apps):
        return None
    parts = urlsplit(target)
    state = request.query_params.get("state")
    query = "&".join(q for q in (parts.query, urlencode({"state": state}) if state else "") if q)
    return RedirectResponse(parts._replace(query=query).geturl(), 303)
