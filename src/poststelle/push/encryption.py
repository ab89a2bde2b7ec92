"""Encrypting one push message for the program that subscribed: the push service between sees nothing.

Sources: RFC 8291 (keys), RFC 8188 (coding ``aes128gcm``), RFC 5869 (HKDF).
"""

import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from poststelle.model.push import PushKeys

POINT_OCTETS, AUTH_OCTETS = 65, 16
MOST_OCTETS = 3_993
"""What fits into the 4,096 octets that every push service takes. Source: RFC 8291 §4, RFC 8030 §7.2."""
_RECORD_OCTETS = 4_096
_SALT_OCTETS = 16
_LAST_RECORD = b"\x02"


class BadKeys(ValueError):
    """Keys that nothing can be encrypted with."""


def check_keys(keys: PushKeys) -> None:
    """Raises BadKeys unless ``p256dh`` is a point of P-256 and ``auth`` 16 octets."""
    if len(keys.auth) != AUTH_OCTETS or len(keys.p256dh) != POINT_OCTETS:
        raise BadKeys("p256dh has 65 octets, auth 16")
    _point(keys.p256dh)


def encrypt(
    plain: bytes,
    keys: PushKeys,
    *,
    ours: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """A whole body of the coding ``aes128gcm`` with one record.

    ``ours`` and ``salt`` are fresh for each message unless given. Raises ValueError above ``MOST_OCTETS``.
    """
    if len(plain) > MOST_OCTETS:
        raise ValueError("a push message is longer than its one record")
    ours = ours or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(_SALT_OCTETS)
    sender = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = ours.exchange(ec.ECDH(), _point(keys.p256dh))
    secret = _derive(shared, keys.auth, b"WebPush: info\0" + keys.p256dh + sender, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + _RECORD_OCTETS.to_bytes(4, "big") + bytes([len(sender)]) + sender
    return header + AESGCM(key).encrypt(nonce, plain + _LAST_RECORD, None)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=salt, info=info).derive(secret)


def _point(octets: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets)
    except ValueError as problem:
        raise BadKeys("p256dh is no point of P-256") from problem
