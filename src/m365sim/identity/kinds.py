"""Every AADSTS number the platform knows: its ``error``, its sentence, and where it shows itself.

    page      fills the sign-in page, or stands beside a field of it: the app is told nothing
    redirect  goes back to the app's redirect address
    token     answers a token request, as JSON

Where a number shows itself in several places, the first is where a planned failure of a sign-in goes.
Facts found in sources are in ``docs/m365sim/identity.md``, and so are the guesses.

Source: "Microsoft Entra authentication and authorization error codes"; "OAuth 2.0 authorization code
flow", error codes; MSAL's documentation of ``suberror``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal["page", "redirect", "token"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What one number means. ``token_error`` replaces ``error`` at the token endpoint where it differs there.

    ``policy`` is the value of a claims challenge that goes along: the policy to be met.
    """

    error: str
    text: str
    places: tuple[Place, ...]
    status: int = 400
    suberror: str | None = None
    token_error: str | None = None
    policy: str | None = None


_GRANT, _REQUEST, _CLIENT = "invalid_grant", "invalid_request", "invalid_client"
_INTERACTION, _DENIED, _SCOPE = "interaction_required", "access_denied", "invalid_scope"
_UNAUTHORIZED, _TRANSIENT = "unauthorized_client", "temporarily_unavailable"

_PAGE: tuple[Place, ...] = ("page",)
_BACK: tuple[Place, ...] = ("redirect",)
_TOKEN: tuple[Place, ...] = ("token",)
_PAGE_TOKEN: tuple[Place, ...] = ("page", "token")
_BACK_TOKEN: tuple[Place, ...] = ("redirect", "token")
_ALL: tuple[Place, ...] = ("page", "redirect", "token")


def _sign_in_again(text: str, suberror: str | None = "bad_token") -> Kind:
    return Kind(_GRANT, text, _TOKEN, suberror=suberror)


def _second_factor(text: str) -> Kind:
    return Kind(_INTERACTION, text, _ALL, suberror="basic_action", policy="mfa")


def _access_policy(
    text: str, suberror: str, policy: str | None = "1d7a2f3e-6b3c-4a7e-9c55-7f7b6c1d2e90"
) -> Kind:
    return Kind(_INTERACTION, text, _ALL, suberror=suberror, policy=policy)


def _client(text: str) -> Kind:
    return Kind(_CLIENT, text, _TOKEN, 401)


def _transient(text: str) -> Kind:
    return Kind(_TRANSIENT, text, _BACK_TOKEN, 503)


_APP_AND_TENANT = {
    16000: Kind(
        _INTERACTION,
        "User account '{address}' from identity provider '{home}' does not exist in tenant '{tenant}' and "
        "cannot access the application '{client_id}' in that tenant. Choose another account.",
        _ALL,
    ),
    50011: Kind(
        _REQUEST,
        "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs "
        "configured for the application '{client_id}'.",
        _PAGE_TOKEN,
    ),
    500113: Kind(_REQUEST, "No reply address is registered for the application.", _PAGE),
    50049: Kind(
        "invalid_instance",
        "Unknown or invalid instance '{host}'. Set instance_discovery=False, or ask about the host of this "
        "simulation.",
        _TOKEN,
    ),
    50194: Kind(
        _REQUEST,
        "Application '{client_id}' is not configured as a multi-tenant application. Usage of the /common "
        "endpoint is not supported for such apps. Use a tenant-specific endpoint.",
        _PAGE_TOKEN,
    ),
    500011: Kind(
        "invalid_resource",
        "The resource principal named {resource} was not found in the tenant named {tenant}. This can "
        "happen if the application has not been installed by the administrator of the tenant.",
        _BACK_TOKEN,
    ),
    650052: Kind(
        _UNAUTHORIZED,
        "The app is trying to access a service '{resource}' that your organization '{tenant}' lacks a "
        "service principal for. Contact your administrator to review the service subscriptions.",
        _PAGE_TOKEN,
    ),
    650056: Kind(
        _UNAUTHORIZED,
        "Misconfigured application. The client has not listed any permissions for the resource in its "
        "registration, or the administrator has not consented in the tenant. Client app ID: {client_id}.",
        _PAGE_TOKEN,
    ),
    650057: Kind(
        "invalid_resource",
        "Invalid resource. The client has requested access to a resource which is not listed in the "
        "requested permissions in its registration. Client app ID: {client_id}. Resource value from "
        "request: {resource}.",
        _BACK_TOKEN,
    ),
    70001: Kind(_UNAUTHORIZED, "The application '{client_id}' is disabled.", _PAGE_TOKEN),
    700011: Kind(
        _UNAUTHORIZED,
        "Application with identifier '{client_id}' was not found in the directory '{tenant}'.",
        _PAGE_TOKEN,
    ),
    700016: Kind(
        _UNAUTHORIZED,
        "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can "
        "happen if the application has not been installed by the administrator of the tenant.",
        _PAGE_TOKEN,
    ),
    7000112: Kind(_UNAUTHORIZED, "Application '{client_id}'({name}) is disabled.", _PAGE_TOKEN),
    7000229: _client(
        "The client application {client_id} is missing service principal in the tenant {tenant}. An "
        "administrator of the tenant must consent to it first."
    ),
    900023: Kind(
        _REQUEST,
        "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
        _PAGE_TOKEN,
    ),
    90002: Kind(
        _REQUEST,
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into "
        "the correct cloud.",
        _PAGE_TOKEN,
    ),
    90008: Kind(
        _REQUEST,
        "The user or administrator has not consented to use the application with ID '{client_id}'. This "
        "happened because application is misconfigured: it must require access to Microsoft Graph by "
        "specifying at least 'Sign in and read user profile' permission.",
        _PAGE_TOKEN,
    ),
    90038: Kind(
        _REQUEST,
        "The specified tenant '{tenant}' belongs to the National Cloud '{home}'. Current cloud instance "
        "'{cloud}' does not federate with it.",
        _PAGE_TOKEN,
    ),
    90124: Kind(
        _REQUEST, "The resource is not supported over the /common or /consumers endpoints.", _PAGE_TOKEN
    ),
    90130: Kind(
        _REQUEST,
        "Application '{client_id}' is not supported over the /common or /consumers endpoints. Please use "
        "the /organizations or tenant-specific endpoint.",
        _PAGE_TOKEN,
    ),
    9001023: Kind(
        _REQUEST,
        "The grant type is not supported over the /common or /consumers endpoints. Please use the "
        "/organizations or tenant-specific endpoint.",
        _TOKEN,
    ),
    9002331: Kind(
        _REQUEST,
        "Application '{client_id}' is configured for use by Microsoft Account users only. Please use the "
        "/consumers endpoint to serve this request.",
        _PAGE_TOKEN,
    ),
    9002332: Kind(
        _REQUEST,
        "Application '{client_id}' is configured for use by Azure Active Directory users only. Please do not "
        "use the /consumers endpoint to serve this request.",
        _PAGE_TOKEN,
    ),
}

_PERSON = {
    50020: Kind(
        _DENIED,
        "User account '{address}' from identity provider '{home}' does not exist in tenant '{tenant}' and "
        "cannot access the application '{client_id}' in that tenant. The account needs to be added as an "
        "external user in the tenant first.",
        _PAGE_TOKEN,
        token_error=_GRANT,
    ),
    500208: Kind(
        _DENIED,
        "The domain is not a valid login domain for the account type.",
        _PAGE_TOKEN,
        token_error=_GRANT,
    ),
    50034: Kind(
        _GRANT,
        "The user account {address} does not exist in the {tenant} directory.",
        _PAGE_TOKEN,
        suberror="bad_token",
    ),
    50053: Kind(
        _GRANT,
        "The account is locked: too many sign-ins with a wrong user ID or password, or from a bad address.",
        _PAGE_TOKEN,
    ),
    50055: Kind(_GRANT, "The password is expired.", _PAGE_TOKEN, suberror="user_password_expired"),
    50057: Kind(_GRANT, "The user account is disabled.", _PAGE_TOKEN),
    50058: Kind("login_required", "A silent sign-in request was sent but no user is signed in.", _BACK),
    50072: _second_factor("The user must enroll in multi-factor authentication to access the resource."),
    50074: _second_factor("Strong authentication is required and the user did not pass the challenge."),
    50076: _second_factor(
        "Due to a configuration change made by your administrator, or because you moved to a new location, "
        "you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'."
    ),
    50078: _second_factor(
        "Presented multi-factor authentication has expired due to policies configured by your "
        "administrator, you must refresh it to access the resource."
    ),
    50079: _second_factor(
        "Due to a configuration change made by your administrator, or because you moved to a new location, "
        "you must enroll in multi-factor authentication to access the resource."
    ),
    50089: Kind(_GRANT, "Authentication failed due to flow token expired.", _PAGE_TOKEN),
    50105: Kind(
        _DENIED,
        "The signed in user '{address}' is blocked because they are not assigned to a role for the "
        "application '{client_id}'.",
        _PAGE_TOKEN,
        token_error=_GRANT,
    ),
    50126: Kind(_GRANT, "Error validating credentials due to invalid username or password.", _PAGE_TOKEN),
    50144: Kind(
        _GRANT,
        "The user's Active Directory password has expired. Generate a new password for the user or have the "
        "user use the self-service reset tool.",
        _PAGE_TOKEN,
        suberror="user_password_expired",
    ),
    500121: Kind(
        _GRANT, "Authentication failed during strong authentication request.", _ALL, suberror="basic_action"
    ),
    51004: Kind(_GRANT, "The user account {address} does not exist in the {tenant} directory.", _PAGE_TOKEN),
    53000: _access_policy(
        "The device is not in the required device state: it is not compliant. Conditional Access requires a "
        "compliant device.",
        "additional_action",
    ),
    53001: _access_policy(
        "The device is not in the required device state: it is not domain joined.", "additional_action"
    ),
    53002: _access_policy("The app used is not an approved app for Conditional Access.", "additional_action"),
    53003: _access_policy(
        "Access has been blocked by Conditional Access policies. The access policy does not allow token "
        "issuance.",
        "message_only",
    ),
    530035: _access_policy("Access has been blocked by security defaults.", "message_only", None),
    65001: Kind(
        "consent_required",
        "The user or administrator has not consented to use the application with ID '{client_id}'. Send an "
        "interactive authorization request for this user and resource.",
        _BACK_TOKEN,
        suberror="consent_required",
        token_error=_GRANT,
    ),
    65004: Kind(_DENIED, "User declined to consent to access the app.", _BACK),
    90093: Kind(_DENIED, "This operation can only be performed by an administrator.", _PAGE),
    90094: Kind(
        _DENIED,
        "An administrator of '{tenant}' has set a policy that prevents you from granting '{app}' "
        "the permissions it is requesting. Contact an administrator, who can grant them on your behalf.",
        _BACK,
    ),
    90095: Kind(
        _DENIED,
        "Admin consent is required for the permissions requested by this application. An "
        "admin consent request was sent to the administrators of '{tenant}'.",
        _BACK,
    ),
}

_GRANTS = {
    50132: Kind(
        _GRANT,
        "The session is not valid due to password expiration or recent password change.",
        _PAGE_TOKEN,
        suberror="bad_token",
    ),
    50133: Kind(
        _GRANT,
        "The session is not valid due to password expiration or recent password change.",
        _PAGE_TOKEN,
        suberror="bad_token",
    ),
    50173: _sign_in_again(
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user "
        "might have changed or reset their password. The grant was issued on '{issued_at}' and the "
        "TokensValidFrom date for this user is '{valid_from}'."
    ),
    501481: Kind(
        _GRANT, "The Code_Verifier does not match the code_challenge of the authorization request.", _TOKEN
    ),
    54005: Kind(
        _GRANT,
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an "
        "existing refresh token.",
        _TOKEN,
    ),
    70000: _sign_in_again(
        "The provided grant is not valid: it was not issued here, or it was issued to another app."
    ),
    700003: Kind(_GRANT, "The device object was not found in the tenant directory.", _TOKEN),
    700005: Kind(
        _GRANT, "The provided authorization code is intended to be used against another tenant.", _TOKEN
    ),
    70008: _sign_in_again(
        "The provided authorization code or refresh token has expired due to inactivity.", "token_expired"
    ),
    700082: _sign_in_again(
        "The refresh token has expired due to inactivity. The token was issued on {issued_at} and was "
        "inactive for 90.00:00:00.",
        "token_expired",
    ),
    700084: _sign_in_again(
        "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited "
        "lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must "
        "be sent by the SPA to the sign in page. The token was issued on {issued_at}.",
        "token_expired",
    ),
    70043: _sign_in_again(
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. "
        "The token was issued on {issued_at} and the maximum allowed lifetime for this request is {seconds}.",
        "token_expired",
    ),
    7000012: Kind(_GRANT, "The grant was obtained for a different tenant.", _TOKEN),
    70016: Kind(
        "authorization_pending",
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        _TOKEN,
    ),
    70018: Kind("bad_verification_code", "Invalid verification code.", _TOKEN),
    70019: Kind("expired_token", "Verification code expired.", _TOKEN),
    50196: Kind(
        _TRANSIENT,
        "The server terminated an operation because it encountered a client request loop.",
        _PAGE_TOKEN,
    ),
}

_CLIENTS = {
    50027: _client(
        "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId "
        "specified in token header."
    ),
    700024: _client(
        "Client assertion is not within its valid time range. Current time: {now}, assertion valid from "
        "{since}, expiry time of assertion {until}."
    ),
    700025: _client(
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."
    ),
    700027: _client("The certificate with identifier used to sign the client assertion is not valid: {why}."),
    7000215: _client(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
        "value, not the client secret ID, for a secret added to app '{client_id}'."
    ),
    7000216: _client(
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant "
        "type."
    ),
    7000218: _client(
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
    ),
    7000222: _client("The provided client secret keys for app '{client_id}' are expired."),
}

_REQUESTS = {
    28002: Kind(
        _SCOPE,
        "Provided value for the input parameter scope '{scope}' is not valid when requesting an access "
        "token.",
        _TOKEN,
    ),
    70003: Kind(
        "unsupported_grant_type", "The app requested an unsupported grant type '{grant_type}'.", _TOKEN
    ),
    70011: Kind(
        _SCOPE,
        "The provided request must include a 'scope' input parameter. The provided value for the input "
        "parameter 'scope' is not valid. The scope {scope} is not valid.",
        _BACK_TOKEN,
    ),
    700022: Kind(
        _SCOPE,
        "The provided value for the input parameter 'scope' is not valid because it contains more than one "
        "resource. Scope {scope} is not valid.",
        _BACK_TOKEN,
    ),
    700054: Kind(
        "unsupported_response_type",
        "response_type '{response_type}' is not enabled for the application.",
        _BACK,
    ),
    1002012: Kind(
        _SCOPE,
        "The provided value for scope {scope} is not valid. Client credential flows must have a scope value "
        "with /.default suffixed to the resource identifier (application ID URI).",
        _TOKEN,
    ),
    9000411: Kind(
        _REQUEST,
        "The request is not properly formatted. The parameter '{name}' is duplicated.",
        _PAGE_TOKEN,
    ),
    900144: Kind(_REQUEST, "The request body must contain the following parameter: '{name}'.", _BACK_TOKEN),
    900971: Kind(_REQUEST, "No reply address provided.", _PAGE),
    9002313: Kind(_REQUEST, "Invalid request. Request is malformed or invalid: {why}.", _BACK_TOKEN),
    9002325: Kind(
        _REQUEST,
        "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
        _BACK_TOKEN,
    ),
    9002326: Kind(
        _REQUEST,
        "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. "
        "Request origin: '{origin}'.",
        _TOKEN,
    ),
    9002327: Kind(
        _REQUEST,
        "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin "
        "requests.",
        _TOKEN,
    ),
    50033: _transient("A transient error has occurred. Please try again."),
    90006: _transient("The service is temporarily unavailable. Please try again."),
    90012: _transient("The request has timed out. Please try again."),
    90024: _transient("A transient error has occurred: the request budget is exceeded. Please try again."),
    90033: _transient("A transient error has occurred. Please try again."),
}

KINDS: dict[int, Kind] = {**_APP_AND_TENANT, **_PERSON, **_GRANTS, **_CLIENTS, **_REQUESTS}
