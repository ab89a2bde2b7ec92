"""Checking a client assertion: the JWT by which an app proves that it has a certificate's private key.

Source: "Microsoft identity platform application authentication certificate credentials"; RFC 7523 §3.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from m365sim.bodies import loads
from m365sim.directory import AppRegistration
from m365sim.identity.errors import OAuthError, refusal
from m365sim.identity.platform import IdentityPlatform

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW_S = 300
"""Clocks may differ so much."""


class _Assertions(JWSRegistry):
    """The thumbprint headers come in forms the RFC's check refuses, and ``x5c`` carries a certificate."""

    max_header_length = 64 * 1024


_REGISTRY = _Assertions(algorithms=["PS256", "RS256"], strict_check_header=False)


def check_assertion(
    platform: IdentityPlatform, app: AppRegistration, form: Mapping[str, str], token_url: str
) -> None:
    """Accept a client assertion; OAuthError 700027 (certificate, signature, claims), 50027 or 700024."""
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise refusal(900144, name="client_assertion_type")
    assertion = form["client_assertion"]
    certificate = _certificate(app, _header(assertion))
    claims = _claims(certificate, assertion)
    _check_certificate_time(certificate, platform.now())
    if claims.get("iss") != app.client_id or claims.get("sub") != app.client_id:
        raise _bad("iss and sub must be the client id")
    if claims.get("aud") != token_url:
        raise _bad(f"aud must be {token_url}")
    _check_time(claims, platform.now())


def _header(assertion: str) -> dict[str, Any]:
    text = assertion.partition(".")[0]
    try:
        header = loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as error:
        raise _bad("it is no signed JWT") from error
    if not isinstance(header, dict) or header.get("alg") not in ("PS256", "RS256"):
        raise _bad("it is not signed with PS256 or RS256")
    return header


def _certificate(app: AppRegistration, header: Mapping[str, Any]) -> x509.Certificate:
    """The registered certificate that the header names by a thumbprint."""
    named = {str(header[name]).rstrip("=") for name in ("x5t#S256", "x5t", "kid") if header.get(name)}
    if not named:
        raise refusal(50027)
    for pem in app.certificates:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        if named & _thumbprints(certificate):
            return certificate
    raise _bad(f"the key was not found, thumbprint of the key used by the client: {min(named)}")


def _thumbprints(certificate: x509.Certificate) -> set[str]:
    """The ways to name a certificate: SHA-256 and SHA-1 of its DER, base64url or in hexadecimal digits."""
    digests = (certificate.fingerprint(hashes.SHA256()), certificate.fingerprint(hashes.SHA1()))  # noqa: S303
    encoded = {base64.urlsafe_b64encode(digest).rstrip(b"=").decode() for digest in digests}
    return encoded | {digest.hex().upper() for digest in digests}


def _claims(certificate: x509.Certificate, assertion: str) -> dict[str, Any]:
    public = certificate.public_key()
    if not isinstance(public, RSAPublicKey):
        raise _bad("the certificate holds no RSA key")
    try:
        token = jwt.decode(assertion, RSAKey.import_key(public), registry=_REGISTRY)
    except (JoseError, ValueError) as error:
        raise _bad("the signature is not the certificate's") from error
    return dict(token.claims)


def _check_certificate_time(certificate: x509.Certificate, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        until = certificate.not_valid_after_utc.isoformat()
        raise _bad(f"the key used is expired or not yet valid, it ends {until}")


def _check_time(claims: Mapping[str, Any], now: datetime) -> None:
    since, until = claims.get("nbf", 0), claims.get("exp")
    if not isinstance(until, int | float) or not isinstance(since, int | float):
        raise _bad("it says no exp")
    if not since - SKEW_S <= now.timestamp() < until:
        raise refusal(700024, now=now.isoformat(), since=_instant(since), until=_instant(until))


def _instant(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def _bad(why: str) -> OAuthError:
    return refusal(700027, why=why)
