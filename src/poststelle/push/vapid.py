"""Who we are to push services: a token signed for each one's origin. Source: RFC 8292, RFC 9749 §3."""

import base64
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from joserfc import jwt
from joserfc.jwk import ECKey

_LIVES = timedelta(hours=12)  # at most 24: RFC 8292 §2


def new_key() -> bytes:
    """A fresh private key, PKCS #8 in DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class Vapid:
    """Signs for us with ``key`` (DER). ``subject`` is where those who run us can be found."""

    def __init__(self, key: bytes, subject: str) -> None:
        private = load_der_private_key(key, None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)  # we made it
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._key, self._subject = ECKey.import_key(pem), subject
        self.public_key = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
        """The ``applicationServerKey``: the uncompressed point in base64url."""

    def authorization(self, url: str, now: datetime) -> str:
        """The header of one push to ``url``."""
        parts = urlsplit(url)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + _LIVES).timestamp()),
            "sub": self._subject,
        }
        token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, self._key)
        return f"vapid t={token}, k={self.public_key}"
