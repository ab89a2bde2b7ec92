"""Resource data under seal: what only the app's private key opens.

Source: Graph v1.0, "Set up change notifications that include resource data" (decrypting resource data).
"""

from __future__ import annotations

import binascii
import hmac
import os
from base64 import b64decode, b64encode
from functools import lru_cache
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from m365sim.notify.subscription import Certificate

_KEY_SIZE = 32
_SMALLEST_RSA, _LARGEST_RSA = 2048, 4096


def read_certificate(text: str) -> x509.Certificate:
    """The certificate in base64 of DER or of PEM; ValueError when it is none, or its key does not fit."""
    try:
        raw = b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError("encryptionCertificate is not valid base64.") from error
    is_pem = raw.lstrip().startswith(b"-----BEGIN")
    try:
        found = x509.load_pem_x509_certificate(raw) if is_pem else x509.load_der_x509_certificate(raw)
        key = found.public_key()
    except ValueError as error:
        raise ValueError("encryptionCertificate holds no X.509 certificate.") from error
    if not isinstance(key, rsa.RSAPublicKey) or not _SMALLEST_RSA <= key.key_size <= _LARGEST_RSA:
        raise ValueError("encryptionCertificate needs an RSA key of 2048 to 4096 bits.")
    return found


@lru_cache(maxsize=64)
def _opened(text: str) -> tuple[rsa.RSAPublicKey, str]:
    certificate = read_certificate(text)
    key = cast(rsa.RSAPublicKey, certificate.public_key())
    # The thumbprint of X.509 is SHA-1 by custom; nothing is protected by it.
    return key, certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303


def seal(content: bytes, certificate: Certificate) -> dict[str, str]:
    """``encryptedContent``: AES-CBC under a fresh key whose first half is the IV, signed; the key by RSA."""
    public, thumbprint = _opened(certificate.text)
    key = os.urandom(_KEY_SIZE)
    padder = padding.PKCS7(algorithms.AES.block_size).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    data = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
    oaep = OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - what the specification says
    return {
        "data": b64encode(data).decode(),
        "dataSignature": b64encode(hmac.digest(key, data, "sha256")).decode(),
        "dataKey": b64encode(public.encrypt(key, oaep)).decode(),
        "encryptionCertificateId": certificate.id,
        "encryptionCertificateThumbprint": thumbprint,
    }
