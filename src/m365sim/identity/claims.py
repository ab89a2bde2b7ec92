"""The ``claims`` parameter: what a program says that it can do, and what a challenge made it ask for.

    xms_cc          capabilities: ``cp1`` means "you may challenge my access tokens"
    nbf             a challenge: the token must be newer than an event
    xms_rp_ipaddr   a challenge: the address the program was seen at
    capolids, acrs  a challenge: a policy or an authentication context to be met by signing in

Source: "Claims challenges, claims requests, and client capabilities"; OpenID Connect Core 1.0 §5.5.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from m365sim.identity.errors import not_simulated, refusal

_ACCESS_CLAIMS = frozenset({"xms_cc", "nbf", "xms_rp_ipaddr", "capolids", "acrs"})
_ID_CLAIMS = frozenset({"auth_time"})
_LEFT_OUT = frozenset({"signin_state", "login_hint", "tenant_region_sub_scope"})
"""What MSAL for JavaScript would like in every ID token; a wish that is not essential may stay unmet."""


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """A ``claims`` parameter, understood. ``not_before`` is in seconds since 1970, 0 without a wish.

    ``is_challenge``: it carries more than capabilities, so tokens kept ready will not do.
    """

    is_cae: bool = False
    not_before: int = 0
    is_challenge: bool = False
    wants_auth_time: bool = False


NO_CLAIMS = ClaimsRequest()


def read_claims(text: str | None) -> ClaimsRequest:
    """Understand a ``claims`` parameter; OAuthError 9002313 when it is malformed, 501 for what is unknown."""
    if not text:
        return NO_CLAIMS
    asked = _object(text)
    access, id_token = _part(asked, "access_token"), _part(asked, "id_token")
    for name in asked.keys() - {"access_token", "id_token"}:
        raise not_simulated(f"the part '{name}' of claims")
    for name in (*(access.keys() - _ACCESS_CLAIMS), *(_needed(id_token) - _ID_CLAIMS)):
        raise not_simulated(f"the claim '{name}'")
    capabilities = {str(v).lower() for v in _values(access.get("xms_cc"))}
    return ClaimsRequest(
        is_cae="cp1" in capabilities,
        not_before=_not_before(access.get("nbf")),
        is_challenge=bool(access.keys() - {"xms_cc"}),
        wants_auth_time="auth_time" in id_token,
    )


def _object(text: str) -> dict[str, Any]:
    try:
        asked = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise refusal(9002313, why="claims is not JSON") from error
    if not isinstance(asked, dict):
        raise refusal(9002313, why="claims is not a JSON object")
    return asked


def _part(asked: dict[str, Any], name: str) -> dict[str, Any]:
    part = asked.get(name) or {}
    if not isinstance(part, dict):
        raise refusal(9002313, why=f"'{name}' in claims is not a JSON object")
    return part


def _needed(id_token: dict[str, Any]) -> set[str]:
    """The claims that cannot be left out."""
    return {name for name, wish in id_token.items() if name not in _LEFT_OUT or _is_essential(wish)}


def _is_essential(wish: Any) -> bool:
    return isinstance(wish, dict) and bool(wish.get("essential"))


def _values(wish: Any) -> list[Any]:
    """The values of one claim's wish, ``{"values": [...]}`` or ``{"value": ...}``."""
    if wish is None:
        return []
    if not isinstance(wish, dict):
        raise refusal(9002313, why="a claim's wish is neither null nor a JSON object")
    values = wish.get("values", [wish["value"]] if "value" in wish else [])
    if not isinstance(values, list):
        raise refusal(9002313, why="the values of a claim are not a list")
    return values


def _not_before(wish: Any) -> int:
    for value in _values(wish):
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise refusal(9002313, why="nbf is not a number of seconds") from error
    return 0


def newer_than(event: datetime, address: str | None = None) -> str:
    """The claims of a challenge: a token issued after this event, perhaps for this address."""
    wish: dict[str, Any] = {"nbf": {"essential": True, "value": str(int(event.timestamp()))}}
    if address is not None:
        wish["xms_rp_ipaddr"] = {"value": address}
    return json.dumps({"access_token": wish}, separators=(",", ":"))
