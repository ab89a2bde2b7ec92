"""Proving that an id_token is Microsoft's, for our app, for this sign-in, and still good.

MSAL compares only the nonce; signature, issuer, audience and life are ours to check.

Source: Microsoft identity platform, "ID token claims reference", "OpenID Connect on the Microsoft identity
platform"; OpenID Connect Core 1.0 §3.1.3.7.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from poststelle.providers.graph.sign_in_errors import RefusalKind, SignInRefused

LEEWAY_S = 300
_ALGORITHMS = ["RS256"]


class Documents(Protocol):
    """Fetches a document, from memory unless ``is_fresh``."""

    def get(self, url: str, *, is_fresh: bool = False) -> Any: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in. ``oid`` and ``tid`` together are the identity; ``username`` is for display only."""

    oid: str
    tid: str
    username: str


def check_id_token(
    token: str, *, http: Documents, authority: str, client_id: str, nonce: str, now: datetime
) -> Identity:
    """The identity a good id_token proves. Blocking: two documents may be fetched.

    ``nonce`` is the value that went over the wire. Raises SignInRefused
    (``failed``) naming the check that failed.
    """
    metadata = _document(http, f"{authority}/v2.0/.well-known/openid-configuration")
    claims = _verified_claims(token, http, str(metadata["jwks_uri"]))
    seconds = now.timestamp()
    tid = str(claims.get("tid") or "")
    checks = {
        "issuer": claims.get("iss") == str(metadata["issuer"]).replace("{tenantid}", tid),
        "audience": claims.get("aud") == client_id,
        "expired": seconds < _number(claims, "exp") + LEEWAY_S,
        "not_yet_valid": seconds > _number(claims, "nbf") - LEEWAY_S,
        "nonce": claims.get("nonce") == nonce,
        "identity": bool(tid and claims.get("oid")),
    }
    for name, is_good in checks.items():
        if not is_good:
            raise SignInRefused(RefusalKind.FAILED, f"id_token_{name}")
    username = claims.get("preferred_username") or claims.get("email") or ""
    return Identity(str(claims["oid"]), tid, str(username))


def _verified_claims(token: str, http: Documents, jwks_uri: str) -> dict[str, Any]:
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
        keys = _document(http, jwks_uri)
        if not any(key.get("kid") == kid for key in keys.get("keys", ())):
            keys = _document(http, jwks_uri, is_fresh=True)  # keys roll without notice
        rsa = {"keys": [key for key in keys["keys"] if key.get("kty") == "RSA" and key.get("kid") == kid]}
        return jwt.decode(token, KeySet.import_key_set(rsa), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]  # a plain JSON document
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise SignInRefused(RefusalKind.FAILED, "id_token_signature") from error


def _document(http: Documents, url: str, *, is_fresh: bool = False) -> dict[str, Any]:
    answer = http.get(url, is_fresh=is_fresh)
    try:
        document = json.loads(answer.text)
    except ValueError as error:
        raise SignInRefused(RefusalKind.FAILED, "discovery") from error
    if answer.status_code != 200 or not isinstance(document, dict):
        raise SignInRefused(RefusalKind.FAILED, "discovery")
    return document


def _number(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name, 0)
    return float(value) if isinstance(value, int | float) else 0.0
