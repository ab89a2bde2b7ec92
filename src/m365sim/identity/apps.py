"""Checks on the app of a request: known, enabled, fits the path, owns the address, proves itself."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from m365sim.directory import AppRegistration, TenantPath
from m365sim.identity.assertions import check_assertion
from m365sim.identity.errors import refusal
from m365sim.identity.grants import ClientKind
from m365sim.identity.platform import IdentityPlatform

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})


def tenant_path(platform: IdentityPlatform, segment: str) -> TenantPath:
    """The tenant a path names.

    Raises OAuthError 90002 or 900023 for an unknown one, 90038 for one that lives in another cloud.
    """
    path = platform.directory.tenant_by_path(segment)
    if path is None:
        raise refusal(90002 if "." in segment or len(segment) == 36 else 900023, tenant=segment)
    home = path.tenant.cloud if path.tenant else None
    if home is not None and home != platform.cloud.name:
        raise refusal(90038, tenant=segment, home=home, cloud=platform.cloud.name)
    return path


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
    return kind_of_redirect(app, redirect_uri) is not None


def kind_of_redirect(app: AppRegistration, redirect_uri: str) -> ClientKind | None:
    """For which kind of program an address is registered; None when it is not.

    An exact address goes before a local wildcard.
    """
    host = _local_host(redirect_uri)
    for wanted in (redirect_uri, f"http://{host}:*" if host else None):
        if wanted in app.spa_redirect_uris:
            return "spa"
        if wanted in app.public_redirect_uris:
            return "public"
        if wanted in app.redirect_uris:
            return "web"
    return None


def _local_host(url: str) -> str | None:
    """``localhost`` or ``127.0.0.1`` when the URL is a well-formed http address there, else None."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError for a port that is no number
    except ValueError:
        return None
    is_plain = parts.scheme == "http" and not parts.fragment and url.isprintable() and " " not in url
    return parts.hostname if is_plain and parts.hostname in LOCAL_HOSTS else None


@dataclass(frozen=True, slots=True)
class Client:
    """The app of a token request. ``is_confidential``: it has proved itself by a secret or a certificate."""

    app: AppRegistration
    is_confidential: bool


def authenticate_client(
    platform: IdentityPlatform,
    form: Mapping[str, str],
    authorization: str | None,
    token_url: str,
    *,
    needs_none: bool = False,
    missing: int = 7000218,
) -> Client:
    """The client of a token request, checked.

    A secret may stand in the form or in a Basic header; a certificate signs an
    assertion. An app without either is public and must send neither; ``needs_none``
    says that this request may come without. Raises OAuthError (401
    ``invalid_client``, number ``missing`` when nothing proves it, or 400) otherwise.

    Source: "OAuth 2.0 authorization code flow"; "Certificate credentials".
    """
    client_id, secret = _credentials(form, authorization)
    app = registered(platform, client_id)
    assertion = form.get("client_assertion")
    has_credentials = bool(app.secrets or app.certificates)
    if not secret and not assertion:
        if has_credentials and not needs_none:
            raise refusal(missing)
        return Client(app, False)
    if not has_credentials:
        raise refusal(700025)
    if assertion:
        check_assertion(platform, app, form, token_url)
    else:
        _check_secret(app, secret, platform.now())
    return Client(app, True)


def registered(platform: IdentityPlatform, client_id: str) -> AppRegistration:
    """The app of this client id; raises OAuthError 900144 without one, 700016 for an unknown one."""
    if not client_id:
        raise refusal(900144, name="client_id")
    app = platform.directory.app(client_id)
    if app is None:
        raise refusal(700016, client_id=client_id, tenant="-")
    return app


def client_id_of(form: Mapping[str, str], authorization: str | None) -> str:
    """The client id a token request names, in its form or its Basic header."""
    return _credentials(form, authorization)[0]


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
