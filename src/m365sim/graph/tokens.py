"""Delta tokens: opaque text that carries a whole position, and the ledger that lets old ones be forgotten.

A token names the serial under which it was issued. The ledger remembers only the highest serial and how far
back serials count, which is how a mailbox's bounded cache of sync states behaves from outside. It also names
the generation of the world it was issued in: a world made anew knows nothing of the tokens of another.

Source: Graph v1.0, "Use delta query to track changes" (tokens, synchronization reset).
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import blake2b
from secrets import token_hex
from typing import Literal

import msgspec

KEPT_TOKENS = 20_000
_MAC_SIZE = 8
_KEY = b"m365sim delta token"


class DeltaQuery(msgspec.Struct, frozen=True, array_like=True):
    """What the first request of a round asked for; every later page keeps to it."""

    select: tuple[str, ...] | None = None
    expand: str = ""
    top: int | None = None
    since_s: int | None = None
    change_type: Literal["created", "updated", "deleted"] | None = None


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a round stands. ``folder`` 0 is the folder tree itself, a negative one the tree below a folder.

    In the first round (``upto`` None) ``at`` is the sort key of the last message given. In later ones it is
    how many changes of the window ``since`` to ``upto`` were given; a finished round has ``at`` None.
    ``before`` is the ``since`` of the round before, ``issued_s`` when the token was made. ``is_blank``: the
    page given last was empty without reason. ``gone``: messages that are here and yet were told as removed,
    see `FolderJournal.window`.
    """

    serial: int
    folder: int
    since: int
    at: int | None
    upto: int | None
    given: int
    query: DeltaQuery
    generation: str = ""
    before: int = 0
    issued_s: int = 0
    is_blank: bool = False
    gone: tuple[int, ...] = ()


class BadToken(Exception):
    """The text is no token of this simulator."""


class TokenLedgers:
    """Which tokens still count, by mailbox and folder. The generation is random when none is given."""

    def __init__(self, kept: int = KEPT_TOKENS, generation: str | None = None) -> None:
        self.kept = kept
        self.generation = generation or token_hex(6)
        self._issued: dict[str, int] = {}
        self._forgotten: dict[tuple[str, int | None], int] = {}

    def next_serial(self, mailbox_id: str) -> int:
        """The serial of the next token of this mailbox."""
        self._issued[mailbox_id] = self._issued.get(mailbox_id, 0) + 1
        return self._issued[mailbox_id]

    def highest(self, mailbox_id: str) -> int:
        """The serial issued last."""
        return self._issued.get(mailbox_id, 0)

    def forget(self, mailbox_id: str, folder: int | None = None) -> None:
        """Let every token issued so far for a folder (None: for all of the mailbox) be forgotten."""
        self._forgotten[mailbox_id, folder] = self.highest(mailbox_id)

    def counts(self, mailbox_id: str, position: Position) -> bool:
        """Whether a token is still known."""
        floor = max(
            self.highest(mailbox_id) - self.kept,
            self._forgotten.get((mailbox_id, None), 0),
            self._forgotten.get((mailbox_id, position.folder), 0),
        )
        return position.generation == self.generation and position.serial > floor


def write(mailbox_id: str, position: Position) -> str:
    """The token for a position."""
    octets = msgspec.msgpack.encode(position)
    return urlsafe_b64encode(octets + _mac(mailbox_id, octets)).decode().rstrip("=")


def read(mailbox_id: str, token: str) -> Position:
    """The position a token stands for; BadToken when it was not issued for this mailbox."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        octets, mac = raw[:-_MAC_SIZE], raw[-_MAC_SIZE:]
        if mac != _mac(mailbox_id, octets):
            raise BadToken
        return msgspec.msgpack.decode(octets, type=Position)
    except (Base64Error, ValueError, msgspec.DecodeError) as error:
        raise BadToken from error


def _mac(mailbox_id: str, octets: bytes) -> bytes:
    return blake2b(octets + mailbox_id.encode(), digest_size=_MAC_SIZE, key=_KEY).digest()
