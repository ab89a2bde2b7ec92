"""A certificate with its private key, as pasted: whether it can be used, and its thumbprint."""

import re
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from poststelle.model.errors import Invalid

MAX_LENGTH = 20_000
MIN_BITS = 2048
_KEY_BLOCK = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)


def check_certificate(pem: str) -> tuple[str, str]:
    """Return (certificate and key as PEM, SHA-1 thumbprint in capitals as Microsoft's portal shows it).

    Raises Invalid ``invalid_certificate`` with a ``reason``: too_long, no_certificate,
    no_key, not_rsa, key_too_short, not_a_pair.
    """
    if len(pem) > MAX_LENGTH:
        raise _refused("too_long", "This is too long for one certificate and its key.")
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as problem:
        raise _refused("no_certificate", "There is no certificate in PEM form in this text.") from problem
    key = _private_key(pem)
    if key.public_key() != certificate.public_key():
        raise _refused("not_a_pair", "The private key does not belong to the certificate.")
    tidy = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # The portal lists certificates by SHA-1; nothing is protected by it.
    return tidy.decode(), certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303


def certificate_ends(pem: str) -> datetime:
    """When a stored certificate ends."""
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc


def _private_key(pem: str) -> RSAPrivateKey:
    block = _KEY_BLOCK.search(pem)
    if block is None:
        raise _refused("no_key", "The private key is missing; paste it below the certificate.")
    try:
        key = serialization.load_pem_private_key(block[0].encode(), password=None)
    except (ValueError, TypeError) as problem:
        raise _refused("no_key", "The private key is damaged or has a password.") from problem
    if not isinstance(key, RSAPrivateKey):
        raise _refused("not_rsa", "Microsoft accepts RSA keys only.")
    if key.key_size < MIN_BITS:
        raise _refused("key_too_short", f"The key must have at least {MIN_BITS} bits.")
    return key


def _refused(reason: str, message: str) -> Invalid:
    return Invalid("certificate", "invalid_certificate", message, reason=reason)
