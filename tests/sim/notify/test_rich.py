"""Notifications that carry the message itself, sealed for the app alone."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.sim.notify.program import ANNA, Program

from m365sim.server import DEMO_CLIENT_ID
from m365sim.tls import TlsFiles


@dataclass
class Owner:
    """The app's certificate and its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def der(self) -> str:
        """The certificate in base64 of DER."""
        return b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()

    def open(self, sealed: dict[str, str]) -> dict[str, Any]:
        """Check and decrypt as the guide tells receivers to."""
        oaep = OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None)
        key = self.key.decrypt(b64decode(sealed["dataKey"]), oaep)
        data = b64decode(sealed["data"])
        assert hmac.digest(key, data, "sha256") == b64decode(sealed["dataSignature"])
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        plain = unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()
        opened: dict[str, Any] = json.loads(plain)
        return opened


@pytest.fixture(scope="session")
def owner(certificate: TlsFiles) -> Owner:
    """Any RSA certificate serves, so the receiver's does."""
    key = serialization.load_pem_private_key(certificate.key.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Owner(x509.load_pem_x509_certificate(certificate.certificate.read_bytes()), key)


def _rich(program: Program, owner: Owner, **more: Any) -> dict[str, Any]:
    return {
        "resource": "me/messages?$select=subject,from,receivedDateTime",
        "includeResourceData": True,
        "encryptionCertificate": owner.der,
        "encryptionCertificateId": "key-1",
        "expirationDateTime": program.ends(1400),
        **more,
    }


def test_the_selected_properties_come_sealed(program: Program, owner: Owner) -> None:
    """Exactly those, readable with the private key; thumbprint and name tell which."""
    program.subscribe('IdType="ImmutableId"', **_rich(program, owner))
    message = program.receive("Offer")
    program.control.settle()

    [told] = program.receiver.told()
    sealed = told["encryptedContent"]
    opened = owner.open(sealed)
    assert (opened["subject"], set(opened)) == ("Offer", {"subject", "from", "receivedDateTime"})
    assert sealed["encryptionCertificateId"] == "key-1"
    assert (
        sealed["encryptionCertificateThumbprint"]
        == owner.certificate.fingerprint(hashes.SHA1()).hex().upper()
    )
    assert told["resource"].endswith(f"/messages('{message}')")
    assert told["resourceData"]["@odata.type"] == "#microsoft.graph.message"
    assert program.call("GET", f"/{told['resource']}").json["subject"] == "Offer"


def test_a_departure_has_no_content(program: Program, owner: Owner) -> None:
    """What has left is told by its id alone."""
    message = program.receive()
    program.subscribe(**_rich(program, owner))
    program.control.delete(ANNA, [message], permanently=True)
    program.control.settle()

    [told] = program.receiver.told()
    assert told["changeType"] == "deleted"
    assert "encryptedContent" not in told


def test_a_token_proves_who_tells(program: Program, owner: Owner) -> None:
    """One for each app and tenant, signed by the published keys, for our app, by Graph's publisher."""
    made = program.subscribe(**_rich(program, owner))
    program.subscribe(**_rich(program, owner))
    program.receive()
    program.control.settle()

    [(_, body)] = program.receiver.posts
    [text] = body["validationTokens"]
    keys = program.call("GET", f"{program.sim.base_url}/common/discovery/v2.0/keys").json
    claims = jwt.decode(text, KeySet.import_key_set(keys)).claims
    tenant = body["value"][0]["tenantId"]
    assert (claims["aud"], claims["appid"]) == (DEMO_CLIENT_ID, "0bf30f3b-4a52-48df-9a82-234910c4a086")
    assert (claims["tid"], claims["iss"]) == (tenant, f"https://sts.windows.net/{tenant}/")
    assert claims["nbf"] <= program.sim.platform.now().timestamp() < claims["exp"]
    assert made["includeResourceData"] is True


def test_a_token_is_proved_by_what_discovery_says(program: Program, owner: Owner) -> None:
    """The document of version 1.0 has the token's issuer and the keys it was signed with."""
    program.subscribe(**_rich(program, owner))
    program.receive()
    program.control.settle()
    [(_, body)] = program.receiver.posts
    base, tenant = program.sim.base_url, body["value"][0]["tenantId"]

    told = program.call("GET", f"{base}/{tenant}/.well-known/openid-configuration").json
    common = program.call("GET", f"{base}/common/.well-known/openid-configuration").json

    keys = KeySet.import_key_set(program.call("GET", told["jwks_uri"]).json)
    assert jwt.decode(body["validationTokens"][0], keys).claims["iss"] == told["issuer"]
    assert common["issuer"] == "https://sts.windows.net/{tenantid}/"


def test_a_pem_certificate_will_do(program: Program, owner: Owner) -> None:
    """Base64 of the PEM text is understood as well as base64 of DER."""
    pem = owner.certificate.public_bytes(serialization.Encoding.PEM)
    program.subscribe(**_rich(program, owner, encryptionCertificate=b64encode(pem).decode()))
    program.receive("Offer")
    program.control.settle()

    [told] = program.receiver.told()
    assert owner.open(told["encryptedContent"])["subject"] == "Offer"


def test_a_certificate_can_be_changed(program: Program, owner: Owner) -> None:
    """PATCH with certificate and name; from then on notifications name the new one."""
    made = program.subscribe(**_rich(program, owner))
    body = {"encryptionCertificate": owner.der, "encryptionCertificateId": "key-2"}
    changed = program.call("PATCH", f"/subscriptions/{made['id']}", body)
    program.receive()
    program.control.settle()

    assert (changed.status, changed.json["encryptionCertificateId"]) == (200, "key-2")
    [told] = program.receiver.told()
    assert told["encryptedContent"]["encryptionCertificateId"] == "key-2"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"resource": "me/messages"}, "$select"),
        ({"resource": "me/messages?$select=subject,Body"}, "body"),
        ({"resource": "me/messages?$select=uniqueBody"}, "uniqueBody"),
        ({"encryptionCertificateId": None}, "belong together"),
        ({"includeResourceData": False}, "includeResourceData"),
    ],
)
def test_what_resource_data_needs(program: Program, owner: Owner, change: dict[str, Any], part: str) -> None:
    """400 without $select, with bodies selected, with half a certificate, with one for nothing."""
    refused = program.ask(**_rich(program, owner, **change))

    assert (refused.status, refused.code) == (400, "InvalidRequest")
    assert part in refused.json["error"]["message"]


def test_resource_data_lives_a_day(program: Program, owner: Owner) -> None:
    """1,440 minutes and not one more."""
    refused = program.ask(**_rich(program, owner, expirationDateTime=program.ends(1441)))

    assert (refused.status, refused.code) == (400, "ErrorInvalidParameter")
    assert "1440 minutes" in refused.json["error"]["message"]
