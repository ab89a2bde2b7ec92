"""AADSTS numbers about a person: the account, what it has to show, what it has granted, its tokens."""

from __future__ import annotations

from m365sim.identity.kind import (
    ALL,
    BACK,
    BACK_TOKEN,
    DENIED,
    GRANT,
    INTERACTION,
    PAGE,
    PAGE_TOKEN,
    TOKEN,
    TRANSIENT,
    Kind,
)


def _sign_in_again(text: str, suberror: str | None = "bad_token") -> Kind:
    return Kind(GRANT, text, TOKEN, suberror=suberror)


def _second_factor(text: str) -> Kind:
    return Kind(INTERACTION, text, ALL, suberror="basic_action", policy="mfa")


def _access_policy(
    text: str, suberror: str, policy: str | None = "1d7a2f3e-6b3c-4a7e-9c55-7f7b6c1d2e90"
) -> Kind:
    return Kind(INTERACTION, text, ALL, suberror=suberror, policy=policy)


PERSON = {
    50020: Kind(
        DENIED,
        "User account '{address}' from identity provider '{home}' does not exist in tenant '{tenant}' and "
        "cannot access the application '{client_id}' in that tenant. The account needs to be added as an "
        "external user in the tenant first.",
        PAGE_TOKEN,
        token_error=GRANT,
    ),
    500208: Kind(
        DENIED,
        "The domain is not a valid login domain for the account type.",
        PAGE_TOKEN,
        token_error=GRANT,
    ),
    50034: Kind(
        GRANT,
        "The user account {address} does not exist in the {tenant} directory.",
        PAGE_TOKEN,
        suberror="bad_token",
    ),
    50053: Kind(
        GRANT,
        "The account is locked: too many sign-ins with a wrong user ID or password, or from a bad address.",
        PAGE_TOKEN,
    ),
    50055: Kind(GRANT, "The password is expired.", PAGE_TOKEN, suberror="user_password_expired"),
    50057: Kind(GRANT, "The user account is disabled.", PAGE_TOKEN),
    50058: Kind("login_required", "A silent sign-in request was sent but no user is signed in.", BACK),
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
    50089: Kind(GRANT, "Authentication failed due to flow token expired.", PAGE_TOKEN),
    50105: Kind(
        DENIED,
        "The signed in user '{address}' is blocked because they are not assigned to a role for the "
        "application '{client_id}'.",
        PAGE_TOKEN,
        token_error=GRANT,
    ),
    50126: Kind(GRANT, "Error validating credentials due to invalid username or password.", PAGE_TOKEN),
    50144: Kind(
        GRANT,
        "The user's Active Directory password has expired. Generate a new password for the user or have the "
        "user use the self-service reset tool.",
        PAGE_TOKEN,
        suberror="user_password_expired",
    ),
    500121: Kind(
        GRANT, "Authentication failed during strong authentication request.", ALL, suberror="basic_action"
    ),
    51004: Kind(GRANT, "The user account {address} does not exist in the {tenant} directory.", PAGE_TOKEN),
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
        BACK_TOKEN,
        suberror="consent_required",
        token_error=GRANT,
    ),
    65004: Kind(DENIED, "User declined to consent to access the app.", BACK),
    90093: Kind(DENIED, "This operation can only be performed by an administrator.", PAGE),
    90094: Kind(
        DENIED,
        "An administrator of '{tenant}' has set a policy that prevents you from granting '{app}' "
        "the permissions it is requesting. Contact an administrator, who can grant them on your behalf.",
        BACK,
    ),
    90095: Kind(
        DENIED,
        "Admin consent is required for the permissions requested by this application. An "
        "admin consent request was sent to the administrators of '{tenant}'.",
        BACK,
    ),
}

GRANTS = {
    50132: Kind(
        GRANT,
        "The session is not valid due to password expiration or recent password change.",
        PAGE_TOKEN,
        suberror="bad_token",
    ),
    50133: Kind(
        GRANT,
        "The session is not valid due to password expiration or recent password change.",
        PAGE_TOKEN,
        suberror="bad_token",
    ),
    50173: _sign_in_again(
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user "
        "might have changed or reset their password. The grant was issued on '{issued_at}' and the "
        "TokensValidFrom date for this user is '{valid_from}'."
    ),
    501481: Kind(
        GRANT, "The Code_Verifier does not match the code_challenge of the authorization request.", TOKEN
    ),
    54005: Kind(
        GRANT,
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an "
        "existing refresh token.",
        TOKEN,
    ),
    70000: _sign_in_again(
        "The provided grant is not valid: it was not issued here, or it was issued to another app."
    ),
    700003: Kind(GRANT, "The device object was not found in the tenant directory.", TOKEN),
    700005: Kind(
        GRANT, "The provided authorization code is intended to be used against another tenant.", TOKEN
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
    7000012: Kind(GRANT, "The grant was obtained for a different tenant.", TOKEN),
    70016: Kind(
        "authorization_pending",
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        TOKEN,
    ),
    70018: Kind("bad_verification_code", "Invalid verification code.", TOKEN),
    70019: Kind("expired_token", "Verification code expired.", TOKEN),
    50196: Kind(
        TRANSIENT,
        "The server terminated an operation because it encountered a client request loop.",
        PAGE_TOKEN,
    ),
}
