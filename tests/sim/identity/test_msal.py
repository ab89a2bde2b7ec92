"""The real MSAL for Python against the simulator, over HTTPS with its CA file."""

from __future__ import annotations

from typing import Any

import msal
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.sim.identity.app import PASSWORD, REDIRECT, App
from tests.sim.identity.browser import Browser

from m365sim.clock import Clock
from m365sim.server import DEMO_CLIENT_ID, DEMO_SECRET, Running

SCOPES = ["User.Read", "Mail.ReadWrite"]


def _client(sim: Running, tenant: str) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        DEMO_CLIENT_ID,
        client_credential=DEMO_SECRET,
        authority=f"{sim.base_url}/{tenant}",
        instance_discovery=False,
        verify=str(sim.ca_file),
    )


def _sign_in(client: msal.ConfidentialClientApplication, browser: Browser, address: str) -> dict[str, Any]:
    flow = client.initiate_auth_code_flow(
        SCOPES, redirect_uri=REDIRECT, login_hint=address, response_mode="form_post"
    )
    browser.open(flow["auth_uri"]).press("signin", passwd=PASSWORD).press("accept")
    result: dict[str, Any] = client.acquire_token_by_auth_code_flow(flow, browser.answer())
    assert "error" not in result, result
    return result


@pytest.mark.parametrize("tenant", ["lindner.example", "common", "organizations"])
def test_msal_signs_a_work_account_in(sim: Running, browser: Browser, tenant: str) -> None:
    """MSAL's code flow gives tokens and the account of the person who signed in."""
    result = _sign_in(_client(sim, tenant), browser, "anna@lindner.example")

    claims = result["id_token_claims"]
    assert claims["preferred_username"] == "anna@lindner.example"
    assert claims["oid"] == "00000000-aaaa-4bbb-8ccc-000000000001"
    assert result["access_token"].count(".") == 2
    assert "Mail.ReadWrite" in result["scope"]


def test_msal_signs_a_personal_account_in_with_an_opaque_token(sim: Running, browser: Browser) -> None:
    """The access token of a personal account is a ticket, not a JWT."""
    result = _sign_in(_client(sim, "common"), browser, "lena@outlook.example")

    assert result["access_token"].startswith("EwB")
    assert "." not in result["access_token"]
    assert result["id_token_claims"]["tid"] == "9188040d-6c67-4c5b-b112-36a304b66dad"


def test_msal_refreshes_silently_after_the_access_token_has_ended(
    sim: Running, browser: Browser, clock: Clock
) -> None:
    """acquire_token_silent answers from its cache first, and with a new token when told to refresh."""
    client = _client(sim, "lindner.example")
    first = _sign_in(client, browser, "anna@lindner.example")
    account = client.get_accounts()[0]

    cached = client.acquire_token_silent(SCOPES, account=account)
    fresh = client.acquire_token_silent(SCOPES, account=account, force_refresh=True)

    assert cached["access_token"] == first["access_token"]
    assert fresh["access_token"] != first["access_token"]


def test_msal_tells_why_a_refresh_failed(sim: Running, app: App, browser: Browser) -> None:
    """After a revocation MSAL reports invalid_grant with 50173."""
    client = _client(sim, "lindner.example")
    _sign_in(client, browser, "anna@lindner.example")
    app.control("POST", "/users/anna@lindner.example/revoke")

    result = client.acquire_token_silent_with_error(
        SCOPES, account=client.get_accounts()[0], force_refresh=True
    )

    assert (result["error"], result["error_codes"]) == ("invalid_grant", [50173])


def test_the_id_token_bears_the_signature_of_the_published_key(
    sim: Running, app: App, browser: Browser
) -> None:
    """The keys document verifies the id_token, and its claims are those of the request."""
    tokens = app.tokens(browser, "anna@lindner.example", "lindner.example")
    status, document = app.get("/lindner.example/discovery/v2.0/keys")

    token = jwt.decode(tokens["id_token"], KeySet.import_key_set(document), algorithms=["RS256"])  # type: ignore[arg-type]

    assert status == 200
    assert token.header["kid"] in {key["kid"] for key in document["keys"]}
    assert token.claims["iss"] == f"{sim.base_url}/{token.claims['tid']}/v2.0"
    assert (token.claims["aud"], token.claims["nonce"]) == (DEMO_CLIENT_ID, "n-1")
