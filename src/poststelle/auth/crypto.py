"""Encryption at rest with a key ring that lives outside the database.

A sealed value is ``version (1) | key id (4) | nonce (12) | ciphertext and tag``.
The header and the row's identity are authenticated: a value copied to another
row, or cut, doesn't open. The first key seals, every key opens, so a new key
is put in front and the old one kept until all was sealed anew.

Source: NIST SP 800-38D (GCM).
"""

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_OCTETS = 32
_VERSION = b"\x01"
_ID_OCTETS, _NONCE_OCTETS, _TAG_OCTETS = 4, 12, 16
_HEADER_OCTETS = len(_VERSION) + _ID_OCTETS


class BadKey(Exception):
    """A key that can't be used; the message says what a key looks like."""


class CannotOpen(Exception):
    """A sealed value that no key of the ring opens in this row."""


class KeyRing:
    """Seals with the first key and opens with any."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_OCTETS for key in keys):
            raise BadKey(f"A key is {KEY_OCTETS} random octets in base64.")
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._first = _key_id(keys[0])

    def seal(self, plain: bytes, row: str) -> bytes:
        """Encrypt ``plain`` for the row called ``row`` (for example ``sign_ins/12``)."""
        header, nonce = _VERSION + self._first, os.urandom(_NONCE_OCTETS)
        return header + nonce + self._ciphers[self._first].encrypt(nonce, plain, header + row.encode())

    def open(self, sealed: bytes, row: str) -> bytes:
        """Decrypt what was sealed for ``row``; raises CannotOpen otherwise."""
        header, rest = sealed[:_HEADER_OCTETS], sealed[_HEADER_OCTETS:]
        cipher = self._ciphers.get(header[len(_VERSION) :])
        if cipher is None or header[: len(_VERSION)] != _VERSION or len(rest) < _NONCE_OCTETS + _TAG_OCTETS:
            raise CannotOpen(f"No key of the ring opens {row}.")
        try:
            return cipher.decrypt(rest[:_NONCE_OCTETS], rest[_NONCE_OCTETS:], header + row.encode())
        except InvalidTag as problem:
            raise CannotOpen(f"{row} was damaged or belongs to another row.") from problem


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"poststelle key id" + key).digest()[:_ID_OCTETS]


def parse_keys(text: str) -> list[bytes]:
    """Keys as base64 (either alphabet), separated by spaces, commas or line ends; ``#`` starts a comment."""
    words = re.split(r"[\s,]+", re.sub(r"#.*", "", text).strip())
    try:
        keys = [_decode(word) for word in words]
    except binascii.Error as problem:
        raise BadKey(f"A key is {KEY_OCTETS} random octets in base64.") from problem
    if any(len(key) != KEY_OCTETS for key in keys):
        raise BadKey(f"A key is {KEY_OCTETS} random octets in base64.")
    return keys


def _decode(word: str) -> bytes:
    padded = word.replace("-", "+").replace("_", "/").rstrip("=") + "=" * (-len(word.rstrip("=")) % 4)
    return base64.b64decode(padded, validate=True)


def create_key_file(path: Path) -> str:
    """Make a new key in a file only we can read; return its text. FileExistsError rather than replace one."""
    text = base64.b64encode(os.urandom(KEY_OCTETS)).decode()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(
            "# Poststelle's key for stored sign-ins and secrets. Keep a copy, apart from the database.\n"
            f"{text}\n"
        )
        file.flush()
        os.fsync(file.fileno())
    return text
