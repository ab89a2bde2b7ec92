"""Checks on the app of a request: known, enabled, fits the path, owns the address, proves itself."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from m365sim.directory import AppRegistration, TenantPath
from m365sim.identity.errors import OAuthError, refusal
from m365sim.identity.platform import IdentityPlatform

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})


class _Assertions(JWSRegistry):
    """The thumbprint headers come in forms the RFC's check refuses, and ``x5c`` carries a certificate."""

    max_header_length = 64 * 1024


_ASSERTIONS = _Assertions(algorithms=["PS256", "RS256"], strict_check_header=False)


def tenant_path(platform: IdentityPlatform, segment: str) -> TenantPath:
    """The tenant a path names; raises OAuthError 90002 or 900023 for an unknown one."""
    if path := platform.directory.tenant_by_path(segment):
        return path
    raise refusal(90002 if "." in segment or len(segment) == 36 else 900023, tenant=segment)


def known_app(platform: IdentityPlatform, client_id: str, path: TenantPath) -> AppRegistration:
    """The app of this client id; raises OAuthError when unknown, disabled, or wrong for this path."""
    app = platform.directory.app(client_id)
    tenant = path.tenant.name if path.tenant else path.segment
    if app is None:
        raise refusal(700016, client_id=client_id, tenant=tenant)
    if not app.is_enabled:
        raise refusal(7000112, client_id=client_id, name=app.name)
    if number := _audience_refusal(app, path):
        raise refusal(number, client_id=client_id, tenant=tenant)
    return app


def _audience_refusal(app: AppRegistration, path: TenantPath) -> int | None:
    """The AADSTS number when the app's audience and the path do not go together."""
    if app.audience == "personal":
        return None if path.segment != "organizations" and path.allows_personal else 9002331
    if app.audience == "single":
        if path.tenant is None:
            return 50194
        return None if path.tenant.id == app.tenant_id else 700016
    if app.audience == "multi" and path.allows_personal and not path.allows_work:
        return 9002332
    return None


def owns_redirect_uri(app: AppRegistration, redirect_uri: str) -> bool:
    """Whether this exact address (or, for a local wildcard, its host) is registered."""
    if redirect_uri in app.redirect_uris:
        return True
    host = _local_host(redirect_uri)
    return host is not None and f"http://{host}:*" in app.redirect_uris


def _local_host(url: str) -> str | None:
    """``localhost`` or ``127.0.0.1`` when the URL is a well-formed http address there, else None."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError for a port that is no number
    except ValueError:
        return None
    is_plain = parts.scheme == "http" and not parts.fragment and url.isprintable() and " " not in url
    return parts.hostname if is_plain and parts.hostname in LOCAL_HOSTS else None


def authenticate_client(
    platform: IdentityPlatform, form: Mapping[str, str], authorization: str | None, token_url: str
) -> str:
    """The client id of a token request that has proved itself.

    A secret may stand in the form or in a Basic header; a certificate signs an
    assertion. An app without either is public and must send neither. Raises
    OAuthError (401 ``invalid_client``, or 400) otherwise.

    Source: "OAuth 2.0 authorization code flow"; "Certificate credentials".
    """
    client_id, secret = _credentials(form, authorization)
    if not client_id:
        raise refusal(900144, name="client_id")
    app = platform.directory.app(client_id)
    if app is None:
        raise refusal(700016, client_id=client_id, tenant="-")
    assertion = form.get("client_assertion")
    if not app.secrets and not app.certificates:
        if secret or assertion:
            raise refusal(700025)
        return app.client_id
    if assertion:
        _check_assertion(platform, app, form, token_url)
    elif secret:
        _check_secret(app, secret, platform.now())
    else:
        raise refusal(7000218)
    return app.client_id


def _credentials(form: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    if authorization and authorization.lower().startswith("basic "):
        try:
            text = base64.b64decode(authorization[6:], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise refusal(9002313, why="the Basic header is not base64") from error
        client_id, _, secret = text.partition(":")
        return unquote(client_id), unquote(secret)
    return form.get("client_id", ""), form.get("client_secret", "")


def _check_secret(app: AppRegistration, secret: str, now: datetime) -> None:
    found = [s for s in app.secrets if s.value == secret]
    if not found:
        raise refusal(7000215, client_id=app.client_id)
    if all(s.expires_at <= now for s in found):
        raise refusal(7000222, client_id=app.client_id)


def _check_assertion(
    platform: IdentityPlatform, app: AppRegistration, form: Mapping[str, str], token_url: str
) -> None:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise refusal(900144, name="client_assertion_type")
    claims = _verified_claims(app, form["client_assertion"])
    if claims.get("iss") != app.client_id or claims.get("sub") != app.client_id:
        raise _bad_assertion("iss and sub must be the client id")
    if claims.get("aud") != token_url:
        raise _bad_assertion(f"aud must be {token_url}")
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or expires <= platform.now().timestamp():
        raise _bad_assertion("it is expired or says no exp")


def _verified_claims(app: AppRegistration, assertion: str) -> dict[str, Any]:
    for pem in app.certificates:
        public = x509.load_pem_x509_certificate(pem.encode()).public_key()
        if not isinstance(public, RSAPublicKey):
            continue
        try:
            token = jwt.decode(assertion, RSAKey.import_key(public), registry=_ASSERTIONS)
        except (JoseError, ValueError):
            continue
        return dict(token.claims)
    raise _bad_assertion("no registered certificate made this signature")


def _bad_assertion(why: str) -> OAuthError:
    return refusal(700027, why=why)
