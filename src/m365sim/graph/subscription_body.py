"""What a program sends to create or change a subscription, understood in full before anything is done.

Source: Graph v1.0, "subscription resource type", "Create subscription", "Update subscription".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from m365sim.behaviour import Behaviour
from m365sim.graph.annotations import without_annotations
from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.notify.seal import read_certificate
from m365sim.notify.subscription import Certificate

_KIND = "microsoft.graph.subscription"
SHORTEST_S = 45 * 60
RICH_MINUTES = 1440
MAX_CLIENT_STATE = 128
MAX_CERTIFICATE_ID = 128

_CHANGES = ("created", "updated", "deleted")
_TLS = ("v1_0", "v1_1", "v1_2", "v1_3")
_NOT_SIMULATED = ("notificationQueryOptions", "notificationUrlAppId", "notificationContentType")
_READ_ONLY = ("id", "applicationId", "creatorId")
_REQUIRED = ("changeType", "notificationUrl", "resource", "expirationDateTime")
_OPTIONAL = (
    "lifecycleNotificationUrl",
    "clientState",
    "latestSupportedTlsVersion",
    "includeResourceData",
    "encryptionCertificate",
    "encryptionCertificateId",
)
_CHANGEABLE = ("expirationDateTime", "notificationUrl", "encryptionCertificate", "encryptionCertificateId")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription asked for; everything is valid in itself, nobody has been asked yet."""

    changes: tuple[str, ...]
    notification_url: str
    lifecycle_url: str | None
    resource: str
    expires_s: float
    client_state: str | None
    tls_version: str
    includes_data: bool | None
    certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class Renewal:
    """What changes of a subscription; None leaves a thing as it is."""

    expires_s: float | None
    notification_url: str | None
    certificate: Certificate | None


def wanted(data: Mapping[str, Any], behaviour: Behaviour, now_s: float) -> Wanted:
    """Understand the body of POST /subscriptions; 400, or 501 for what is not simulated."""
    values = _known(data, (*_REQUIRED, *_OPTIONAL))
    for name in _REQUIRED:
        if values.get(name) in (None, ""):
            raise _invalid(f"{name} is a required property for subscription creation")
    includes_data = _boolean(values, "includeResourceData")
    certificate = _certificate(values)
    if includes_data and certificate is None:
        raise _invalid("encryptionCertificate is required when includeResourceData is true.")
    if certificate is not None and not includes_data:
        raise _invalid("encryptionCertificate needs includeResourceData to be true.")
    lifecycle_url = values.get("lifecycleNotificationUrl")
    return Wanted(
        _changes(_text(values, "changeType")),
        _url(values, "notificationUrl", behaviour),
        None if lifecycle_url is None else _url(values, "lifecycleNotificationUrl", behaviour),
        _text(values, "resource"),
        _expiry(values, behaviour, now_s, is_rich=bool(includes_data)),
        _client_state(values),
        _tls(values),
        includes_data,
        certificate,
    )


def renewal(data: Mapping[str, Any], behaviour: Behaviour, now_s: float, *, is_rich: bool) -> Renewal:
    """Understand the body of PATCH /subscriptions/{id}; 400 for what cannot be changed."""
    values = _known(data, (*_REQUIRED, *_OPTIONAL))
    for name in values:
        if name not in _CHANGEABLE:
            raise _invalid(f"The property {name} of a subscription cannot be changed: create another one.")
    if not values:
        raise _invalid("expirationDateTime is a required property for subscription renewal")
    certificate = _certificate(values)
    if certificate is not None and not is_rich:
        raise _invalid("encryptionCertificate needs includeResourceData to be true.")
    is_longer, is_moved = "expirationDateTime" in values, "notificationUrl" in values
    return Renewal(
        _expiry(values, behaviour, now_s, is_rich=is_rich) if is_longer else None,
        _url(values, "notificationUrl", behaviour) if is_moved else None,
        certificate,
    )


def _known(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The properties with a value of their own; an unknown one is refused by name."""
    values = {}
    for name, value in without_annotations(data, (_KIND,)).items():
        if name in _NOT_SIMULATED and value is not None:
            raise not_simulated(f"the subscription property {name}")
        if name in _READ_ONLY and value is not None:
            raise _invalid(f"The property {name} of a subscription is read-only.")
        if name not in (*names, *_NOT_SIMULATED, *_READ_ONLY):
            raise _invalid(
                "Could not process subscription creation payload. "
                f"Are all property names spelled and camelCased properly? There is no property '{name}'."
            )
        if value is not None:
            values[name] = value
    return values


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values[name]
    if not isinstance(value, str):
        raise _unreadable(name)
    return value.strip()


def _boolean(values: Mapping[str, Any], name: str) -> bool | None:
    value = values.get(name)
    if value is not None and not isinstance(value, bool):
        raise _unreadable(name)
    return value


def _changes(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",")))
    for name in names:
        if name not in _CHANGES:
            raise _invalid(f"The changeType '{name}' is not supported: use created, updated, deleted.")
    return names


def _url(values: Mapping[str, Any], name: str, behaviour: Behaviour) -> str:
    text = _text(values, name)
    if text.lower().startswith(("eventhub:", "eventgrid:")):
        raise not_simulated(f"the delivery channel {text.partition(':')[0]}")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _invalid(f"{name} is not a valid URL.") from error
    if not host or parts.fragment or any(c.isspace() for c in text):
        raise _invalid(f"{name} is not a valid URL.")
    may_be_plain = behaviour.subscription_http_localhost and host in _LOOPBACK
    if parts.scheme.lower() != "https" and not (parts.scheme.lower() == "http" and may_be_plain):
        raise _invalid(f"{name} must begin with 'https'.")
    return text


def _expiry(values: Mapping[str, Any], behaviour: Behaviour, now_s: float, *, is_rich: bool) -> float:
    """The end: at least 45 minutes away, at most what the switch says, or a day with resource data."""
    try:
        moment = datetime.fromisoformat(_text(values, "expirationDateTime"))
    except ValueError as error:
        raise _unreadable("expirationDateTime") from error
    try:
        wanted_s = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except OverflowError as error:
        raise _unreadable("expirationDateTime") from error
    minutes = min(behaviour.subscription_minutes, RICH_MINUTES) if is_rich else behaviour.subscription_minutes
    if wanted_s > now_s + minutes * 60:
        text = f"Subscription expiration can only be {minutes} minutes in the future."
        raise bad_request(text, "ErrorInvalidParameter")
    if wanted_s <= now_s:
        raise bad_request("Subscription expiration must be in the future.", "ErrorInvalidParameter")
    return max(wanted_s, now_s + min(SHORTEST_S, minutes * 60))


def _client_state(values: Mapping[str, Any]) -> str | None:
    value = values.get("clientState")
    if value is not None and (not isinstance(value, str) or len(value) > MAX_CLIENT_STATE):
        raise _invalid(f"clientState must be a text of at most {MAX_CLIENT_STATE} characters.")
    return value


def _tls(values: Mapping[str, Any]) -> str:
    value = values.get("latestSupportedTlsVersion", "v1_2")
    if value not in _TLS:
        raise _invalid(f"latestSupportedTlsVersion must be one of {', '.join(_TLS)}.")
    if value in ("v1_0", "v1_1"):
        raise not_simulated(f"latestSupportedTlsVersion {value}")
    return str(value)


def _certificate(values: Mapping[str, Any]) -> Certificate | None:
    """Both or neither: the certificate and the app's name for it."""
    given = [name in values for name in ("encryptionCertificate", "encryptionCertificateId")]
    if not any(given):
        return None
    if not all(given):
        raise _invalid("encryptionCertificate and encryptionCertificateId belong together.")
    text, name = _text(values, "encryptionCertificate"), _text(values, "encryptionCertificateId")
    if not name or len(name) > MAX_CERTIFICATE_ID:
        raise _invalid(f"encryptionCertificateId must have 1 to {MAX_CERTIFICATE_ID} characters.")
    try:
        read_certificate(text)
    except ValueError as error:
        raise _invalid(str(error)) from error
    return Certificate(name, text)


def _unreadable(name: str) -> GraphError:
    return _invalid(
        "Could not process subscription creation payload. "
        f"Are all property names spelled and camelCased properly? {name} cannot be read."
    )


def _invalid(message: str) -> GraphError:
    return bad_request(message, "InvalidRequest")
