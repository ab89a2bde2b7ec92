"""The app registration's fields: what is taken, and what is most often pasted wrongly."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from poststelle.model.errors import Invalid
from poststelle.settings.certificate import check_certificate
from poststelle.settings.schema import CLIENT_ID, CLOUD, SECRET, SECRET_EXPIRES_AT, TENANT, Setting

GUID = "11112222-BBBB-3333-cccc-4444dddd5555"
NOW = datetime.now(UTC)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Poststelle")])
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def certificate(key: Key, now: datetime = NOW) -> str:
    """A certificate that began a day before ``now`` and lasts a year; the same for the same key and time."""
    start = now - timedelta(days=1)
    built = x509.CertificateBuilder(NAME, NAME, key.public_key(), 1, start, start + timedelta(days=365))
    return built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def private(key: Key, *, password: bytes | None = None) -> str:
    cipher = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize(
    ("setting", "text", "kept"),
    [
        (CLIENT_ID, GUID, GUID.lower()),
        (TENANT, "Organizations", "organizations"),
        (TENANT, GUID, GUID.lower()),
        (TENANT, "Contoso.onmicrosoft.com", "contoso.onmicrosoft.com"),
        (CLOUD, "us_gov", "us_gov"),
        (SECRET, "abc~8Q.x_-9", "abc~8Q.x_-9"),
        (SECRET_EXPIRES_AT, "2027-11-30", "2027-11-30"),
    ],
)
def test_a_good_value_is_kept(setting: Setting, text: str, kept: str) -> None:
    """Ids and tenants are kept in lower case, secrets as they are."""
    assert setting.check(text) == kept


@pytest.mark.parametrize(
    ("setting", "text", "code"),
    [
        (CLIENT_ID, "poststelle", "invalid_client_id"),
        (TENANT, "contoso", "invalid_tenant"),
        (TENANT, "../common", "invalid_tenant"),
        (CLOUD, "germany", "invalid_cloud"),
        (SECRET, "two words", "invalid_secret"),
        (SECRET, "x" * 501, "invalid_secret"),
        (SECRET, GUID, "secret_is_its_id"),
        (SECRET_EXPIRES_AT, "30.11.2027", "invalid_date"),
    ],
)
def test_a_bad_value_is_refused_by_its_field(setting: Setting, text: str, code: str) -> None:
    """The refusal names the field; pasting a secret's id instead of its value has a message of its own."""
    with pytest.raises(Invalid) as refused:
        setting.check(text)
    assert (refused.value.code, refused.value.params["field"]) == (code, setting.field)


def test_a_certificate_with_its_key_is_taken_in_any_order(key: rsa.RSAPrivateKey) -> None:
    """Both orders give the same tidy text and the thumbprint that the portal shows."""
    one = check_certificate(certificate(key) + private(key))
    other = check_certificate("Bag Attributes\n" + private(key) + "\n" + certificate(key))
    assert one == other
    assert len(one[1]) == 40
    assert one[1] == one[1].upper()


def test_a_certificate_that_cannot_be_used_says_why(key: rsa.RSAPrivateKey) -> None:
    """Each of the usual mistakes has its reason."""
    curve, short = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 1024)
    other = rsa.generate_private_key(65537, 2048)
    mistakes = {
        "no_certificate": private(key),
        "no_key": certificate(key),
        "not_a_pair": certificate(key) + private(other),
        "not_rsa": certificate(curve) + private(curve),
        "key_too_short": certificate(short) + private(short),
        "too_long": "x" * 30_000,
    }
    mistakes_with_password = certificate(key) + private(key, password=b"secret")
    for reason, pem in [*mistakes.items(), ("no_key", mistakes_with_password)]:
        with pytest.raises(Invalid) as refused:
            check_certificate(pem)
        assert refused.value.params["reason"] == reason
