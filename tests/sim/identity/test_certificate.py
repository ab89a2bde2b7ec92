"""An app that proves itself with a certificate instead of a secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from tests.sim.identity.app import PASSWORD, REDIRECT, App
from tests.sim.identity.browser import Browser

from m365sim.server import DEMO_CLIENT_ID, Running


@pytest.fixture(scope="module")
def key_pair() -> tuple[str, str]:
    """A private key and its self-signed certificate, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


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
