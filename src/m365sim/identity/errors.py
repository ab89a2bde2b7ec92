"""The errors of the identity platform: their numbers, their words, their JSON body.

    OAuthError(number)     every refusal; ``error`` is what a program reacts to,
                           the AADSTS number picks a help text

Source: "Microsoft Entra authentication and authorization error codes";
"OAuth 2.0 authorization code flow", error responses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class _Kind:
    error: str
    text: str
    status: int = 400


_GRANT, _REQUEST, _CLIENT = "invalid_grant", "invalid_request", "invalid_client"
_INTERACTION, _DENIED = "interaction_required", "access_denied"

KINDS: dict[int, _Kind] = {
    50011: _Kind(
        _REQUEST,
        "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs "
        "configured for the application '{client_id}'.",
    ),
    50020: _Kind(
        _DENIED,
        "User account '{address}' from identity provider '{home}' does not exist in tenant '{tenant}' and "
        "cannot access the application '{client_id}' in that tenant.",
    ),
    50034: _Kind(_GRANT, "The user account {address} does not exist in the {tenant} directory."),
    50053: _Kind(_GRANT, "The account is locked: too many sign-ins with a wrong user ID or password."),
    50055: _Kind(_GRANT, "The password is expired."),
    50057: _Kind(_GRANT, "The user account is disabled."),
    50058: _Kind("login_required", "A silent sign-in request was sent but no user is signed in."),
    50072: _Kind(_INTERACTION, "The user must enroll in multifactor authentication to access the resource."),
    50074: _Kind(_INTERACTION, "Strong authentication is required and the user did not pass the challenge."),
    50076: _Kind(
        _INTERACTION,
        "Due to a configuration change made by your administrator, or because you moved to a new location, "
        "you must use multi-factor authentication to access the resource.",
    ),
    50079: _Kind(
        _INTERACTION, "The user must register for multi-factor authentication to access the resource."
    ),
    50105: _Kind(
        _DENIED,
        "The signed in user '{address}' is blocked because they are not assigned to a role for the "
        "application '{client_id}'.",
    ),
    50126: _Kind(_GRANT, "Error validating credentials due to invalid username or password."),
    50132: _Kind(_GRANT, "The session is not valid due to password expiration or recent password change."),
    50144: _Kind(_GRANT, "The user's Active Directory password is expired."),
    50173: _Kind(
        _GRANT,
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user "
        "might have changed or reset their password. The grant was issued on '{issued_at}' and the "
        "TokensValidFrom date for this user is '{valid_from}'.",
    ),
    50194: _Kind(
        _REQUEST,
        "Application '{client_id}' is not configured as a multi-tenant application. Usage of the /common "
        "endpoint is not supported for such apps. Use a tenant-specific endpoint.",
    ),
    50196: _Kind(_GRANT, "The server ended the request because it found a client request loop."),
    53000: _Kind(_INTERACTION, "The device is not in the required device state: it is not compliant."),
    53001: _Kind(_INTERACTION, "The device is not in the required device state: it is not domain joined."),
    53003: _Kind(_INTERACTION, "Access has been blocked by Conditional Access policies."),
    530035: _Kind(_DENIED, "Access has been blocked by security defaults."),
    54005: _Kind(
        _GRANT,
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an "
        "existing refresh token.",
    ),
    501481: _Kind(
        _GRANT, "The Code_Verifier does not match the code_challenge of the authorization request."
    ),
    65001: _Kind(
        "consent_required",
        "The user or administrator has not consented to use the application with ID '{client_id}'. Send an "
        "interactive authorization request for this user and resource.",
    ),
    65004: _Kind(_DENIED, "User declined to consent to access the app."),
    70000: _Kind(
        _GRANT, "The provided grant is not valid: it was not issued here, or it was issued to another app."
    ),
    700003: _Kind(_GRANT, "The device object was not found in the tenant directory."),
    70003: _Kind("unsupported_grant_type", "The app requested an unsupported grant type '{grant_type}'."),
    700005: _Kind(_GRANT, "The provided authorization code is intended to be used against another tenant."),
    70008: _Kind(_GRANT, "The provided authorization code or refresh token has expired due to inactivity."),
    70011: _Kind(
        "invalid_scope",
        "The provided request must include a 'scope' input parameter. The provided value for the input "
        "parameter 'scope' is not valid. The scope {scope} is not valid.",
    ),
    70016: _Kind("authorization_pending", "The OAuth 2.0 device flow is still waiting for the user."),
    700016: _Kind(
        "unauthorized_client",
        "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can "
        "happen if the application has not been installed by the administrator of the tenant.",
    ),
    700025: _Kind(
        _CLIENT, "Client is public so neither 'client_assertion' nor 'client_secret' should be sent.", 401
    ),
    700027: _Kind(
        _CLIENT, "The certificate or the signature of the client assertion is not valid: {why}.", 401
    ),
    70043: _Kind(
        _GRANT,
        "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access.",
    ),
    700054: _Kind(
        "unsupported_response_type", "response_type '{response_type}' is not enabled for the application."
    ),
    700082: _Kind(
        _GRANT,
        "The refresh token has expired due to inactivity. The token was issued on {issued_at} and was "
        "inactive for 90.00:00:00.",
    ),
    7000012: _Kind(_GRANT, "The grant was obtained for a different tenant."),
    7000112: _Kind("unauthorized_client", "Application '{client_id}'({name}) is disabled."),
    7000215: _Kind(
        _CLIENT,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
        "value, not the client secret ID, for a secret added to app '{client_id}'.",
        401,
    ),
    7000218: _Kind(
        _CLIENT,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        401,
    ),
    7000222: _Kind(_CLIENT, "The provided client secret keys for app '{client_id}' are expired.", 401),
    9000411: _Kind(_REQUEST, "The request is not properly formatted. The parameter '{name}' is duplicated."),
    900144: _Kind(_REQUEST, "The request body must contain the following parameter: '{name}'."),
    900971: _Kind(_REQUEST, "No reply address provided."),
    900023: _Kind(
        _REQUEST,
        "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
    ),
    90002: _Kind(_REQUEST, "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."),
    9002313: _Kind(_REQUEST, "Invalid request. Request is malformed or invalid: {why}."),
    9002331: _Kind(
        _REQUEST,
        "Application '{client_id}' is configured for use by Microsoft Account users only. Please use the "
        "/consumers endpoint to serve this request.",
    ),
    9002332: _Kind(
        _REQUEST,
        "Application '{client_id}' is configured for use by Azure Active Directory users only. Please do not "
        "use the /consumers endpoint to serve this request.",
    ),
    90024: _Kind("temporarily_unavailable", "A transient error has occurred. Please try again.", 503),
    90033: _Kind("temporarily_unavailable", "A transient error has occurred. Please try again.", 503),
    90093: _Kind(_DENIED, "This operation can only be performed by an administrator."),
    90094: _Kind(
        _DENIED,
        "An administrator of '{tenant}' has set a policy that prevents you from granting '{app}' "
        "the permissions it is requesting. Contact an administrator, who can grant them on your behalf.",
    ),
    90095: _Kind(
        _DENIED,
        "Admin consent is required for the permissions requested by this application. An "
        "admin consent request was sent to the administrators of '{tenant}'.",
    ),
    90130: _Kind(
        _REQUEST, "Application '{client_id}' is not supported over the /common or /consumers endpoints."
    ),
    16000: _Kind(
        _INTERACTION, "The selected user account does not exist in the tenant and cannot access the app."
    ),
}


class OAuthError(Exception):
    """A refusal of the identity platform.

    ``claims`` is the JSON of a claims challenge to send along, ``suberror`` a
    finer reason; both are usually None.
    """

    def __init__(
        self,
        number: int,
        error: str,
        text: str,
        status: int = 400,
        *,
        suberror: str | None = None,
        claims: str | None = None,
    ) -> None:
        super().__init__(f"AADSTS{number}: {text}")
        self.number = number
        self.error = error
        self.text = text
        self.status = status
        self.suberror = suberror
        self.claims = claims


def refusal(number: int, **words: str) -> OAuthError:
    """The error with this number, its sentence filled with ``words``; unknown words become '-'."""
    kind = KINDS.get(number, _Kind(_GRANT, "The sign-in was refused by a switch of the simulation."))
    claims = '{"access_token":{"capolids":{"essential":true,"values":["mfa"]}}}' if number == 50076 else None
    return OAuthError(number, kind.error, kind.text.format_map(_Words(words)), kind.status, claims=claims)


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


@dataclass(frozen=True, slots=True)
class ErrorTrace:
    """What support is given to find one error again."""

    trace_id: str
    correlation_id: str
    at: datetime

    def timestamp(self) -> str:
        """The instant as the platform writes it, e.g. ``2026-05-04 08:15:00Z``."""
        return self.at.strftime("%Y-%m-%d %H:%M:%SZ")


def description(error: OAuthError, trace: ErrorTrace) -> str:
    """``error_description``: the sentence, then three lines that lead support to the request."""
    lines = (
        f"AADSTS{error.number}: {error.text}",
        f"Trace ID: {trace.trace_id}",
        f"Correlation ID: {trace.correlation_id}",
        f"Timestamp: {trace.timestamp()}",
    )
    return "\r\n".join(lines)


def error_body(error: OAuthError, trace: ErrorTrace, error_uri: str) -> dict[str, Any]:
    """The JSON body of a refusal by the token endpoint."""
    body: dict[str, Any] = {
        "error": error.error,
        "error_description": description(error, trace),
        "error_codes": [error.number],
        "timestamp": trace.timestamp(),
        "trace_id": trace.trace_id,
        "correlation_id": trace.correlation_id,
        "error_uri": error_uri,
    }
    if error.suberror:
        body["suberror"] = error.suberror
    if error.claims:
        body["claims"] = error.claims
    return body
