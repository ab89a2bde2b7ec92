"""Programs that sign in as themselves: client credentials, and the administrator's grant they need."""

from __future__ import annotations

import base64
import json
import urllib.parse
from typing import Any

import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from tests.sim.identity.app import PASSWORD, REDIRECT, App
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock
from m365sim.server import DEMO_CLIENT_ID, DEMO_SECRET, Running

DEFAULT = "https://graph.microsoft.com/.default"
TENANT = "lindner.example"
TENANT_ID = "3f1c9a52-6d0e-4c0b-9f63-1a2b3c4d5e6f"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def granted(app: App) -> App:
    """The demo app, with Mail.Read for itself in Lindner's tenant."""
    app.control("PUT", f"/apps/{app.client_id}", {"app_permissions": ["Mail.Read"]})
    grant = {"client_id": app.client_id, "tenant": TENANT, "app_permissions": ["Mail.Read"]}
    assert app.control("POST", "/consents/grant", grant)[0] == 200
    return app


def _client(sim: Running, credential: Any, **more: Any) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        DEMO_CLIENT_ID,
        client_credential=credential,
        authority=f"{sim.base_url}/{TENANT}",
        instance_discovery=False,
        verify=str(sim.ca_file),
        **more,
    )


def _claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def _app_token(app: App, tenant: str = TENANT, **changes: str | None) -> tuple[int, dict[str, Any]]:
    fields: dict[str, str | None] = {"grant_type": "client_credentials", "scope": DEFAULT, **changes}
    return app.token(tenant, **fields)


def test_msal_signs_an_app_in_with_its_secret(granted: App) -> None:
    """acquire_token_for_client brings a token of the app that opens mailboxes, and no refresh token."""
    result = _client(granted.sim, DEMO_SECRET).acquire_token_for_client([DEFAULT])

    claims = _claims(result["access_token"])
    assert (claims["roles"], claims["idtyp"], claims["tid"]) == (["Mail.Read"], "app", TENANT_ID)
    assert claims["oid"] == claims["sub"] != claims["appid"]
    assert result.keys().isdisjoint({"refresh_token", "id_token", "scope", "client_info"})
    path = "/v1.0/users/anna@lindner.example/messages"
    assert granted.graph(result["access_token"], path)[0] == 200
    assert granted.graph(result["access_token"], "/v1.0/me")[0] == 400


def test_without_a_grant_there_is_a_token_without_roles(app: App) -> None:
    """The app is installed by a user's consent: it may sign in, and open nothing."""
    app.control("POST", "/tokens", {"user": "anna@lindner.example", "client_id": app.client_id})

    status, answer = _app_token(app)
    answered, _, error = app.graph(answer["access_token"], "/v1.0/users/anna@lindner.example/messages")

    assert status == 200
    assert "roles" not in _claims(answer["access_token"])
    assert (answered, error["error"]["code"]) == (403, "ErrorAccessDenied")


def test_an_administrators_consent_brings_application_permissions(app: App, browser: Browser) -> None:
    """With .default the page names them and the grant holds them; with single scopes it does not."""
    app.control("PUT", f"/apps/{app.client_id}", {"app_permissions": ["Mail.ReadWrite", "Mail.Send"]})

    def consent(scope: str) -> dict[str, str]:
        query = {"client_id": app.client_id, "redirect_uri": REDIRECT, "state": "a", "scope": scope}
        browser.open(f"{app.sim.pages_url}/{TENANT}/v2.0/adminconsent?{urllib.parse.urlencode(query)}")
        if browser.has("input[name=loginfmt]"):
            browser.press("next", loginfmt="chef@lindner.example")
        if browser.has("input[name=passwd]"):
            browser.press("signin", passwd=PASSWORD)
        return browser.press("accept").answer()

    single = consent("https://graph.microsoft.com/Mail.Read")
    before = _claims(_app_token(app)[1]["access_token"])
    everything = consent(DEFAULT)
    after = _claims(_app_token(app)[1]["access_token"])

    assert single["scope"] == "https://graph.microsoft.com/Mail.Read"
    assert "roles" not in before
    assert everything.keys() == {"admin_consent", "tenant", "scope", "state"}
    assert after["roles"] == ["Mail.ReadWrite", "Mail.Send"]


@pytest.mark.parametrize(
    ("tenant", "changes", "status", "error", "number"),
    [
        ("common", {}, 400, "invalid_request", 9001023),
        ("consumers", {}, 400, "invalid_request", 9001023),
        ("organizations", {}, 400, "invalid_request", 9001023),
        (TENANT, {"scope": "https://graph.microsoft.com/Mail.Read"}, 400, "invalid_scope", 1002012),
        (TENANT, {"scope": ".default"}, 400, "invalid_scope", 1002012),
        (TENANT, {"scope": "https://graph.nowhere.example/.default"}, 400, "invalid_resource", 500011),
        (TENANT, {"scope": None}, 400, "invalid_request", 900144),
        (TENANT, {"client_secret": None}, 401, "invalid_client", 7000216),
        (TENANT, {"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ("strict.example", {}, 401, "invalid_client", 7000229),
    ],
)
def test_what_is_refused_to_an_app(
    granted: App, tenant: str, changes: dict[str, str | None], status: int, error: str, number: int
) -> None:
    """The tenant's own path, one .default scope, a proof, and a service principal there are needed."""
    answered, answer = _app_token(granted, tenant, **changes)

    assert (answered, answer["error"], answer["error_codes"]) == (status, error, [number])


def test_organizations_means_the_apps_own_tenant(granted: App) -> None:
    """An app that lives in a tenant may sign in at /organizations."""
    granted.control("PUT", f"/apps/{granted.client_id}", {"tenant": TENANT})

    status, answer = _app_token(granted, "organizations")

    assert (status, _claims(answer["access_token"])["tid"]) == (200, TENANT_ID)


def test_a_public_app_cannot_sign_in_as_itself(granted: App) -> None:
    """7000216 for an app that has nothing to prove itself with."""
    granted.control("PUT", f"/apps/{granted.client_id}", {"secrets": []})

    assert _app_token(granted, client_secret=None)[1]["error_codes"] == [7000216]


def test_a_withdrawn_grant_and_a_disabled_app_end_it(granted: App) -> None:
    """Withdrawing takes the roles; disabling the app refuses it altogether."""
    granted.control("POST", "/tokens", {"user": "anna@lindner.example", "client_id": granted.client_id})
    granted.control("POST", "/consents/withdraw", {"client_id": granted.client_id, "tenant": TENANT})
    assert _app_token(granted)[1]["error_codes"] == [7000229]

    granted.control("PUT", f"/apps/{granted.client_id}", {"is_enabled": False})

    assert _app_token(granted)[1]["error_codes"] == [7000112]


def test_basic_permission_names_open_what_they_say(granted: App) -> None:
    """An application permission with .All opens the route that asks for the name without it."""
    grant = {"client_id": granted.client_id, "tenant": TENANT, "app_permissions": ["Mail.ReadBasic.All"]}
    granted.control("POST", "/consents/grant", grant)

    token = _app_token(granted)[1]["access_token"]

    kept = granted.sim.platform.directory.access_tokens[token]
    assert {"Mail.ReadBasic", "Mail.ReadBasic.All", "Mail.Read"} == kept.scopes


# -- certificates ---------------------------------------------------------------------------------


def _credential(key_pair: tuple[str, str], kind: str) -> dict[str, str]:
    private, certificate = key_pair
    if kind == "PS256":
        return {"private_key": private, "public_certificate": certificate}
    thumbprint = x509.load_pem_x509_certificate(certificate.encode()).fingerprint(hashes.SHA1())
    return {"private_key": private, "thumbprint": thumbprint.hex()}


@pytest.mark.parametrize("kind", ["PS256", "RS256"])
def test_msal_signs_an_app_in_with_a_certificate(granted: App, key_pair: tuple[str, str], kind: str) -> None:
    """PS256 with x5t#S256, and RS256 with x5t when MSAL knows no more than the SHA-1 thumbprint."""
    granted.control("PUT", f"/apps/{granted.client_id}", {"secrets": [], "certificates": [key_pair[1]]})

    result = _client(granted.sim, _credential(key_pair, kind)).acquire_token_for_client([DEFAULT])

    assert "access_token" in result, result


def test_a_certificate_ends(granted: App, key_pair: tuple[str, str], clock: Clock) -> None:
    """700027 once it is no longer valid, by the simulator's clock."""
    granted.control("PUT", f"/apps/{granted.client_id}", {"secrets": [], "certificates": [key_pair[1]]})
    clock.advance(31 * 86400)

    result = _client(granted.sim, _credential(key_pair, "PS256")).acquire_token_for_client([DEFAULT])

    assert (result["error"], result["error_codes"]) == ("invalid_client", [700027])
    assert "expired" in result["error_description"]


def _assertion(key_pair: tuple[str, str], url: str, *, headers: bool = True, **changes: Any) -> str:
    """A client assertion made by hand with MSAL's own builder."""
    from msal.oauth2cli.assertion import JwtAssertionCreator

    digest = x509.load_pem_x509_certificate(key_pair[1].encode()).fingerprint(hashes.SHA256())
    thumbprint = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    creator = JwtAssertionCreator(key_pair[0], "PS256", headers={"x5t#S256": thumbprint} if headers else {})
    made = {"audience": url, "issuer": DEMO_CLIENT_ID, "subject": DEMO_CLIENT_ID, **changes}
    text: str | bytes = creator.create_normal_assertion(**made)
    return text if isinstance(text, str) else text.decode()


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({}, None),
        ({"headers": False}, 50027),
        ({"audience": "https://elsewhere.example/token"}, 700027),
        ({"subject": "somebody-else"}, 700027),
        ({"expires_at": 1_000_000_000, "not_before": 999_999_000}, 700024),
    ],
)
def test_each_claim_of_an_assertion_counts(
    granted: App, key_pair: tuple[str, str], changes: dict[str, Any], number: int | None
) -> None:
    """Thumbprint, audience, subject and time are judged, each refusal by its number."""
    granted.control("PUT", f"/apps/{granted.client_id}", {"certificates": [key_pair[1]]})
    url = f"{granted.sim.base_url}/{TENANT}/oauth2/v2.0/token"
    assertion = _assertion(key_pair, url, **changes)

    status, answer = _app_token(
        granted, client_secret=None, client_assertion=assertion, client_assertion_type=ASSERTION_TYPE
    )

    if number is None:
        assert status == 200
    else:
        assert (status, answer["error_codes"]) == (401, [number])


def test_the_grant_is_there_after_a_restart(granted: App) -> None:
    """What an administrator has granted the app is kept with the consents."""
    state = (granted.sim.ca_file.parent / "identity.json").read_text()

    assert json.loads(state)["app_grants"][0]["permissions"] == ["Mail.Read"]
