"""Item ids in the two forms Exchange knows, computed from counters so that nothing need be stored.

A *default* id names a placement (message in a folder) and changes with every move; an *immutable* id
names the message. Counters are not scrambled: neighbours differ in the last base64 letter, so some ids differ
only in case, and some hold ``-``, ``_`` or ``=``, exactly as Exchange's do.

Source: Graph v1.0, "Obtain immutable identifiers for Outlook resources".
"""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from binascii import b2a_base64
from dataclasses import dataclass
from typing import Literal

from m365sim.world.errors import MalformedId

Kind = Literal["folder", "message", "immutable", "attachment", "immutable_attachment", "conversation"]

# Headers are three or six octets, so the base64 text of each kind starts with letters of its own.
_HEADERS: dict[Kind, bytes] = {
    "folder": b"\x00\x03\x24\x00\x2e\x00",
    "message": b"\x00\x03\x24\x00\x46\x00",
    "immutable": b"\x00\x09\x00\x2e\x00\x00",
    "attachment": b"\x00\x03\x24\x01\x46\x00",
    "immutable_attachment": b"\x00\x09\x01\x2e\x00\x00",
    "conversation": b"\x00\x04\x24\x00\x2e\x00",
}
_KIND_OF = {header: kind for kind, header in _HEADERS.items()}
_PROVIDER = bytes.fromhex("1d840311aa6611cd9bc800aa002fc45a")
_TAIL_SIZES: dict[Kind, int] = {
    "folder": 8,
    "message": 8,
    "immutable": 8,
    "attachment": 10,
    "immutable_attachment": 10,
    "conversation": 16,
}
_HEADER_SIZE = 6
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_SHORTEST_ID = 40


@dataclass(frozen=True, slots=True)
class ParsedId:
    """What an id says: its kind, its mailbox, its counter and (attachments) the part's index."""

    kind: Kind
    store: bytes
    counter: int
    part: int = 0


class IdSpace:
    """Makes the ids of one mailbox. ``store`` is the mailbox's 16 octets, the same for ever."""

    def __init__(self, mailbox_id: str) -> None:
        self.store = uuid.UUID(mailbox_id).bytes
        self._prefix = {kind: self._prefix_of(header) for kind, header in _HEADERS.items()}

    def _prefix_of(self, header: bytes) -> str:
        # 6 + 16 + 16 + 16 + 6 = 60 octets: a multiple of three, so tails are encoded on their own.
        whole = header + _PROVIDER + self.store + uuid.uuid5(uuid.NAMESPACE_OID, self.store.hex()).bytes
        return urlsafe_b64encode(whole + b"\x00\x00\x01\x0c\x00\x00").decode()

    def folder(self, number: int) -> str:
        """The one id of a folder: it never changes."""
        return self._prefix["folder"] + _encode(number.to_bytes(6, "big") + b"\x00\x00")

    def message(self, placement: int) -> str:
        """The default id of a message where it lies now."""
        return self._prefix["message"] + _encode(placement.to_bytes(6, "big") + b"\x00\x00")

    def immutable(self, number: int) -> str:
        """The immutable id of a message."""
        return self._prefix["immutable"] + _encode(number.to_bytes(6, "big") + b"\x00\x00")

    def attachment(self, counter: int, part: int, *, is_immutable: bool) -> str:
        """The id of a message's attachment, built on the message's counter of the same form."""
        kind: Kind = "immutable_attachment" if is_immutable else "attachment"
        tail = counter.to_bytes(6, "big") + part.to_bytes(2, "big") + b"\x00\x00"
        return self._prefix[kind] + _encode(tail)

    def conversation(self, key: bytes) -> str:
        """The id of a conversation with this 16-octet key."""
        return self._prefix["conversation"] + _encode(key)

    def change_key(self, version: int, number: int) -> str:
        """The change key of an item at this version."""
        return "CQAAABYAAAD" + _encode(number.to_bytes(5, "big") + version.to_bytes(5, "big")).rstrip("=")


def parse_id(text: str) -> ParsedId:
    """Take an id apart; MalformedId when it cannot be one. Letter case counts."""
    if len(text) < _SHORTEST_ID or not text.isascii():
        raise MalformedId("Id is malformed.")
    try:
        raw = urlsafe_b64decode(text)
    except (Base64Error, ValueError) as error:
        raise MalformedId("Id is malformed.") from error
    kind = _KIND_OF.get(raw[:_HEADER_SIZE])
    if kind is None or len(raw) != 60 + _TAIL_SIZES[kind] or urlsafe_b64encode(raw).decode() != text:
        raise MalformedId("Id is malformed.")
    tail = raw[60:]
    part = int.from_bytes(tail[6:8], "big") if len(tail) == 10 else 0
    return ParsedId(kind, raw[22:38], int.from_bytes(tail[:6], "big"), part)


def _encode(octets: bytes) -> str:
    return b2a_base64(octets, newline=False).translate(_URL_SAFE).decode()
