"""Encryption at rest with a key ring that lives outside the database.

A sealed value is ``version (1) | key id (4) | nonce (12) | ciphertext and tag``.
The header and the row's identity are authenticated: a value copied to another
row, or cut, doesn't open. The first key seals, every key opens, so a new key
is put in front and the old one kept until all was sealed anew
(docs/decisions/0025).

Source: NIST SP 800-38D (GCM).
"""

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_OCTETS = 32
_VERSION = b"\x01"
_ID_OCTETS, _NONCE_OCTETS, _TAG_OCTETS = 4, 12, 16
HEADER_OCTETS = len(_VERSION) + _ID_OCTETS
"""By which a sealed value says under which key."""


class BadKey(Exception):
    """A key that can't be used; the message says what a key looks like."""


class CannotOpen(Exception):
    """A sealed value that no key of the ring opens in this row."""


class KeyMissing(CannotOpen):
    """It was sealed under a key that this process does not know, or not yet: another may, and this one later.

    So nothing is given up for it.
    """


Again = Callable[[], Sequence[bytes]]


class _Ring(NamedTuple):
    """What one list of keys gives: replaced as a whole, since threads seal and open meanwhile."""

    first: bytes
    ciphers: dict[bytes, AESGCM]


class KeyRing:
    """Seals with the first key and opens with any.

    ``again`` reads the keys anew, where they may change while we run; it raises BadKey or OSError.
    """

    def __init__(self, keys: Sequence[bytes], again: Again | None = None) -> None:
        self._ring = _made_of(keys)
        self._again = again

    @property
    def header(self) -> bytes:
        """What each value begins with that is sealed now."""
        return _VERSION + self._ring.first

    @property
    def keys(self) -> tuple[str, ...]:
        """What names its keys, the one that seals first: as each sealed value does, and no secret."""
        return tuple(id_.hex() for id_ in self._ring.ciphers)

    def has(self, header: bytes) -> bool:
        """Whether what begins so was sealed with a key of this ring."""
        return header[: len(_VERSION)] == _VERSION and header[len(_VERSION) :] in self._ring.ciphers

    def renew(self) -> bool:
        """Read the keys anew; whether they are others now.

        Raises BadKey where the key that seals now is not among them: that list is another
        installation's, or cut, and what was sealed until now could not be opened any more.
        """
        if self._again is None:
            return False
        old, new = self._ring, _made_of(self._again())
        if old.first not in new.ciphers:
            raise BadKey("The key that is in use is not among them.")
        self._ring = new
        return (old.first, old.ciphers.keys()) != (new.first, new.ciphers.keys())

    def seal(self, plain: bytes, row: str) -> bytes:
        """Encrypt ``plain`` for the row called ``row`` (for example ``sign_ins/12``)."""
        ring, nonce = self._ring, os.urandom(_NONCE_OCTETS)
        header = _VERSION + ring.first
        return header + nonce + ring.ciphers[ring.first].encrypt(nonce, plain, header + row.encode())

    def open(self, sealed: bytes, row: str) -> bytes:
        """Decrypt what was sealed for ``row``; raises CannotOpen otherwise."""
        header, rest = sealed[:HEADER_OCTETS], sealed[HEADER_OCTETS:]
        if header[: len(_VERSION)] != _VERSION or len(rest) < _NONCE_OCTETS + _TAG_OCTETS:
            raise CannotOpen(f"{row} is no sealed value.")
        cipher = self._cipher(header[len(_VERSION) :])
        if cipher is None:
            raise KeyMissing(f"No key of the ring opens {row}.")
        try:
            return cipher.decrypt(rest[:_NONCE_OCTETS], rest[_NONCE_OCTETS:], header + row.encode())
        except InvalidTag as problem:
            raise CannotOpen(f"{row} was damaged or belongs to another row.") from problem

    def _cipher(self, id_: bytes) -> AESGCM | None:
        """The key of this id; one that was added since is looked for."""
        if id_ not in self._ring.ciphers:
            with suppress(BadKey, OSError):
                self.renew()
        return self._ring.ciphers.get(id_)


def _made_of(keys: Sequence[bytes]) -> _Ring:
    if not keys or any(len(key) != KEY_OCTETS for key in keys):
        raise BadKey(f"A key is {KEY_OCTETS} random octets in base64.")
    return _Ring(_key_id(keys[0]), {_key_id(key): AESGCM(key) for key in keys})


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
