"""An app that proves itself with a certificate instead of a secret."""

from __future__ import annotations

import msal
import pytest
from tests.sim.identity.app import PASSWORD, REDIRECT, App
from tests.sim.identity.browser import Browser

from m365sim.server import DEMO_CLIENT_ID, Running


def test_msal_signs_in_with_a_certificate(
    sim: Running, app: App, browser: Browser, key_pair: tuple[str, str]
) -> None:
    """MSAL's assertion is accepted when the app has that certificate."""
    private, certificate = key_pair
    app.control("PUT", f"/apps/{app.client_id}", {"secrets": [], "certificates": [certificate]})
    client = msal.ConfidentialClientApplication(
        DEMO_CLIENT_ID,
        client_credential={"private_key": private, "public_certificate": certificate},
        authority=f"{sim.base_url}/common",
        instance_discovery=False,
        verify=str(sim.ca_file),
    )

    flow = client.initiate_auth_code_flow(
        ["User.Read"],
        redirect_uri=REDIRECT,
        login_hint="anna@lindner.example",
        response_mode="form_post",
    )
    browser.open(flow["auth_uri"]).press("signin", passwd=PASSWORD).press("accept")
    result = client.acquire_token_by_auth_code_flow(flow, browser.answer())

    assert "access_token" in result, result["error_description"]


@pytest.mark.parametrize("assertion", ["garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_foreign_assertion_is_refused(app: App, key_pair: tuple[str, str], assertion: str) -> None:
    """700027 for anything that no registered certificate has signed."""
    app.control("PUT", f"/apps/{app.client_id}", {"certificates": [key_pair[1]]})

    status, answer = app.redeem(
        "any",
        client_secret=None,
        client_assertion=assertion,
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    )

    assert (status, answer["error"], answer["error_codes"]) == (401, "invalid_client", [700027])
