"""The signing key of the identity platform: made once, kept in the data folder, published as JWKS."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

_ANY_HEADER = JWSRegistry(strict_check_header=False)
"""Access tokens carry a ``nonce`` in their header, which no RFC names."""


class SigningKey:
    """One RSA key that signs id_tokens and work access tokens with RS256."""

    def __init__(self, key: RSAKey) -> None:
        self._key = key
        public = key.public_key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        digest = hashes.Hash(hashes.SHA256())
        digest.update(public)
        self.kid = base64.urlsafe_b64encode(digest.finalize()[:20]).rstrip(b"=").decode()

    def sign(self, claims: dict[str, Any], **header: str) -> str:
        """A signed JWT with these claims."""
        full = {"typ": "JWT", "alg": "RS256", "kid": self.kid, **header}
        return jwt.encode(full, claims, self._key, registry=_ANY_HEADER)

    def jwks(self) -> dict[str, Any]:
        """The key document of ``jwks_uri``: public parts only."""
        return {"keys": [{**self._key.as_dict(private=False), "use": "sig", "kid": self.kid, "alg": "RS256"}]}


def new_signing_key() -> SigningKey:
    """A fresh key of 2048 bits."""
    return SigningKey(RSAKey.import_key(rsa.generate_private_key(public_exponent=65537, key_size=2048)))


def signing_key(path: Path) -> SigningKey:
    """The key kept in this file, made at the first call. Raises ValueError when the file is no RSA key."""
    if not path.exists():
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        write_private_key(path, private)
    return SigningKey(RSAKey.import_key(read_private_key(path)))


def read_private_key(path: Path) -> rsa.RSAPrivateKey:
    """A private key that ``write_private_key`` wrote; ValueError when the file is no RSA key."""
    try:
        # Our own file: proving the primes again would cost 0.1 s at every start.
        key = serialization.load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    except ValueError as error:
        raise ValueError(f"{path} holds no RSA key. Delete it to have a new one made.") from error
    if isinstance(key, rsa.RSAPrivateKey):
        return key
    raise ValueError(f"{path} holds no RSA key. Delete it to have a new one made.")


def write_private_key(path: Path, key: rsa.RSAPrivateKey) -> None:
    """Write a private key as PEM, readable by the owner alone."""
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(pem)
