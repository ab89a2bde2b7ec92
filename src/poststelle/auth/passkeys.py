"""Passkeys (WebAuthn): what a browser is asked for, and whether its answer is right.

The library takes a good part of a second to load and few need it: it is loaded with the first question, in a
thread.

Source: Web Authentication Level 3, §7.1 (registration), §7.2 (authentication).
"""

import asyncio
import importlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from poststelle.model.second_factor import Passkey

MOST_OCTETS = 20_000
TIME_S = 300
_ID = re.compile(r"[A-Za-z0-9_-]{1,2000}")


class BadPasskey(Exception):
    """The answer proves nothing; the message says why, for logs."""


@dataclass(frozen=True, slots=True)
class Site:
    """As whom browsers know us: passkeys belong to ``id``, and are used on pages of ``origin`` alone."""

    id: str
    origin: str

    @property
    def is_able(self) -> bool:
        """Whether browsers offer passkeys here: by https, or on this machine by its name; not by an address.

        Source: Web Authentication Level 3, §5.1.3 step 7; Secure Contexts §3.1.
        """
        try:
            ip_address(self.id)
        except ValueError:
            return self.origin.startswith("https://") or self.id == "localhost"
        return False


def site_of(public_url: str) -> Site:
    """Source: RFC 6454 §6.2 for the origin's text."""
    parts = urlsplit(public_url)
    return Site((parts.hostname or "").lower(), f"{parts.scheme}://{parts.netloc}".lower())


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a browser has made for us."""

    credential_id: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]


async def load() -> None:
    """Have the library there before a transaction needs it. Calling it again costs nothing."""
    await asyncio.to_thread(importlib.import_module, "webauthn")


def creation_options(
    site: Site, handle: str, login: str, name: str, challenge: bytes, known: Iterable[Passkey]
) -> dict[str, Any]:
    """Asks for a new passkey, if possible one that knows whose it is, on no device with one of ``known``."""
    import webauthn
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    wanted = AuthenticatorSelectionCriteria(
        resident_key=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    options = webauthn.generate_registration_options(
        rp_id=site.id,
        rp_name="Poststelle",
        user_id=handle.encode(),
        user_name=login,
        user_display_name=name,
        challenge=challenge,
        timeout=TIME_S * 1000,
        authenticator_selection=wanted,
        exclude_credentials=_described(known),
    )
    return _plain(webauthn.options_to_json(options))


def request_options(site: Site, challenge: bytes, known: Iterable[Passkey] | None = None) -> dict[str, Any]:
    """Asks for one of ``known``; None: for any, which then is all that is asked, so its user is verified."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    alone = known is None
    options = webauthn.generate_authentication_options(
        rp_id=site.id,
        challenge=challenge,
        timeout=TIME_S * 1000,
        allow_credentials=_described(known or ()),
        user_verification=UserVerificationRequirement.REQUIRED
        if alone
        else UserVerificationRequirement.PREFERRED,
    )
    return _plain(webauthn.options_to_json(options))


def verify_creation(site: Site, answer: dict[str, Any], challenge: bytes) -> NewKey:
    """Raises BadPasskey. What made it is not asked for (no attestation)."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url

    _bounded(answer)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
        )
    except Exception as problem:  # whatever hostile octets make of it
        raise BadPasskey(f"{type(problem).__name__}: {problem}") from problem
    return NewKey(
        bytes_to_base64url(made.credential_id),
        made.credential_public_key,
        made.sign_count,
        _transports(answer),
    )


def credential_of(answer: dict[str, Any]) -> str:
    """Which passkey the answer says it is of; empty: what it says can be none's (base64url, RFC 4648 §5)."""
    told = str(answer.get("rawId", "")).rstrip("=")
    return told if _ID.fullmatch(told) else ""


def handle_of(answer: dict[str, Any]) -> str | None:
    """Whose passkey the device says it is; None: it doesn't."""
    from webauthn.helpers import base64url_to_bytes

    response = answer.get("response")
    told = response.get("userHandle") if isinstance(response, dict) else None
    if not told:
        return None
    try:
        return base64url_to_bytes(str(told)).decode()
    except ValueError:
        return ""


def verify_request(
    site: Site, answer: dict[str, Any], challenge: bytes, key: Passkey, *, must_verify: bool
) -> int:
    """The device's new count; raises BadPasskey, also where the count has not risen: somebody has a copy.

    ``must_verify``: the device must have made sure that it is its user (PIN, finger, face).
    """
    import webauthn

    _bounded(answer)
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=must_verify,
        )
    except Exception as problem:  # whatever hostile octets make of it
        raise BadPasskey(f"{type(problem).__name__}: {problem}") from problem
    return verified.new_sign_count


def _described(known: Iterable[Passkey]) -> list[Any]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    ours = {one.value for one in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(key.credential_id),
            transports=[AuthenticatorTransport(one) for one in key.transports if one in ours] or None,
        )
        for key in known
    ]


def _transports(answer: dict[str, Any]) -> tuple[str, ...]:
    response = answer.get("response")
    told = response.get("transports") if isinstance(response, dict) else None
    if not isinstance(told, list):
        return ()
    return tuple(one for one in told[:10] if isinstance(one, str) and len(one) <= 20)


def _bounded(answer: dict[str, Any]) -> None:
    if len(json.dumps(answer)) > MOST_OCTETS:
        raise BadPasskey("too large")


def _plain(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found
