"""AADSTS numbers about an app: its registration and tenant, its proof, the form of its requests."""

from __future__ import annotations

from m365sim.identity.kind import (
    ALL,
    BACK,
    BACK_TOKEN,
    CLIENT,
    INTERACTION,
    PAGE,
    PAGE_TOKEN,
    REQUEST,
    SCOPE,
    TOKEN,
    TRANSIENT,
    UNAUTHORIZED,
    Kind,
)


def _client(text: str) -> Kind:
    return Kind(CLIENT, text, TOKEN, 401)


def _transient(text: str) -> Kind:
    return Kind(TRANSIENT, text, BACK_TOKEN, 503)


APP_AND_TENANT = {
    16000: Kind(
        INTERACTION,
        "User account '{address}' from identity provider '{home}' does not exist in tenant '{tenant}' and "
        "cannot access the application '{client_id}' in that tenant. Choose another account.",
        ALL,
    ),
    50011: Kind(
        REQUEST,
        "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs "
        "configured for the application '{client_id}'.",
        PAGE_TOKEN,
    ),
    500113: Kind(REQUEST, "No reply address is registered for the application.", PAGE),
    50049: Kind(
        "invalid_instance",
        "Unknown or invalid instance '{host}'. Set instance_discovery=False, or ask about the host of this "
        "simulation.",
        TOKEN,
    ),
    50194: Kind(
        REQUEST,
        "Application '{client_id}' is not configured as a multi-tenant application. Usage of the /common "
        "endpoint is not supported for such apps. Use a tenant-specific endpoint.",
        PAGE_TOKEN,
    ),
    500011: Kind(
        "invalid_resource",
        "The resource principal named {resource} was not found in the tenant named {tenant}. This can "
        "happen if the application has not been installed by the administrator of the tenant.",
        BACK_TOKEN,
    ),
    650052: Kind(
        UNAUTHORIZED,
        "The app is trying to access a service '{resource}' that your organization '{tenant}' lacks a "
        "service principal for. Contact your administrator to review the service subscriptions.",
        PAGE_TOKEN,
    ),
    650056: Kind(
        UNAUTHORIZED,
        "Misconfigured application. The client has not listed any permissions for the resource in its "
        "registration, or the administrator has not consented in the tenant. Client app ID: {client_id}.",
        PAGE_TOKEN,
    ),
    650057: Kind(
        "invalid_resource",
        "Invalid resource. The client has requested access to a resource which is not listed in the "
        "requested permissions in its registration. Client app ID: {client_id}. Resource value from "
        "request: {resource}.",
        BACK_TOKEN,
    ),
    70001: Kind(UNAUTHORIZED, "The application '{client_id}' is disabled.", PAGE_TOKEN),
    700011: Kind(
        UNAUTHORIZED,
        "Application with identifier '{client_id}' was not found in the directory '{tenant}'.",
        PAGE_TOKEN,
    ),
    700016: Kind(
        UNAUTHORIZED,
        "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can "
        "happen if the application has not been installed by the administrator of the tenant.",
        PAGE_TOKEN,
    ),
    7000112: Kind(UNAUTHORIZED, "Application '{client_id}'({name}) is disabled.", PAGE_TOKEN),
    7000229: _client(
        "The client application {client_id} is missing service principal in the tenant {tenant}. An "
        "administrator of the tenant must consent to it first."
    ),
    900023: Kind(
        REQUEST,
        "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
        PAGE_TOKEN,
    ),
    90002: Kind(
        REQUEST,
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into "
        "the correct cloud.",
        PAGE_TOKEN,
    ),
    90008: Kind(
        REQUEST,
        "The user or administrator has not consented to use the application with ID '{client_id}'. This "
        "happened because application is misconfigured: it must require access to Microsoft Graph by "
        "specifying at least 'Sign in and read user profile' permission.",
        PAGE_TOKEN,
    ),
    90038: Kind(
        REQUEST,
        "The specified tenant '{tenant}' belongs to the National Cloud '{home}'. Current cloud instance "
        "'{cloud}' does not federate with it.",
        PAGE_TOKEN,
    ),
    90124: Kind(
        REQUEST, "The resource is not supported over the /common or /consumers endpoints.", PAGE_TOKEN
    ),
    90130: Kind(
        REQUEST,
        "Application '{client_id}' is not supported over the /common or /consumers endpoints. Please use "
        "the /organizations or tenant-specific endpoint.",
        PAGE_TOKEN,
    ),
    9001023: Kind(
        REQUEST,
        "The grant type is not supported over the /common or /consumers endpoints. Please use the "
        "/organizations or tenant-specific endpoint.",
        TOKEN,
    ),
    9002331: Kind(
        REQUEST,
        "Application '{client_id}' is configured for use by Microsoft Account users only. Please use the "
        "/consumers endpoint to serve this request.",
        PAGE_TOKEN,
    ),
    9002332: Kind(
        REQUEST,
        "Application '{client_id}' is configured for use by Azure Active Directory users only. Please do not "
        "use the /consumers endpoint to serve this request.",
        PAGE_TOKEN,
    ),
}

CLIENTS = {
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

REQUESTS = {
    28002: Kind(
        SCOPE,
        "Provided value for the input parameter scope '{scope}' is not valid when requesting an access "
        "token.",
        TOKEN,
    ),
    70003: Kind(
        "unsupported_grant_type", "The app requested an unsupported grant type '{grant_type}'.", TOKEN
    ),
    70011: Kind(
        SCOPE,
        "The provided request must include a 'scope' input parameter. The provided value for the input "
        "parameter 'scope' is not valid. The scope {scope} is not valid.",
        BACK_TOKEN,
    ),
    700022: Kind(
        SCOPE,
        "The provided value for the input parameter 'scope' is not valid because it contains more than one "
        "resource. Scope {scope} is not valid.",
        BACK_TOKEN,
    ),
    700054: Kind(
        "unsupported_response_type",
        "response_type '{response_type}' is not enabled for the application.",
        BACK,
    ),
    1002012: Kind(
        SCOPE,
        "The provided value for scope {scope} is not valid. Client credential flows must have a scope value "
        "with /.default suffixed to the resource identifier (application ID URI).",
        TOKEN,
    ),
    9000411: Kind(
        REQUEST,
        "The request is not properly formatted. The parameter '{name}' is duplicated.",
        PAGE_TOKEN,
    ),
    900144: Kind(REQUEST, "The request body must contain the following parameter: '{name}'.", BACK_TOKEN),
    900971: Kind(REQUEST, "No reply address provided.", PAGE),
    9002313: Kind(REQUEST, "Invalid request. Request is malformed or invalid: {why}.", BACK_TOKEN),
    9002325: Kind(
        REQUEST,
        "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
        BACK_TOKEN,
    ),
    9002326: Kind(
        REQUEST,
        "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. "
        "Request origin: '{origin}'.",
        TOKEN,
    ),
    9002327: Kind(
        REQUEST,
        "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin "
        "requests.",
        TOKEN,
    ),
    50033: _transient("A transient error has occurred. Please try again."),
    90006: _transient("The service is temporarily unavailable. Please try again."),
    90012: _transient("The request has timed out. Please try again."),
    90024: _transient("A transient error has occurred: the request budget is exceeded. Please try again."),
    90033: _transient("A transient error has occurred. Please try again."),
}
