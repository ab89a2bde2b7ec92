"""An entry of a mailbox's archive, and the hash that chains it to the one before.

Each mailbox that is archived has a chain of its own, beside the audit trail's. An entry's hash covers the
hash before it and all that the entry says, the hash of the message's octets among it; nothing of it is
salted, for nothing is taken out of an archive one by one (decision 0020).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.message import Address


class EntryKind(StrEnum):
    """What an entry is.

    ``message``: with the message's octets. ``text``: these could not be had; its octets are a message made
    here of what was known of it. ``on``, ``off``: from here on the mailbox is archived, or no more.
    ``pruned``: entries whose time was over were removed.
    """

    MESSAGE = "message"
    TEXT = "text"
    ON = "on"
    OFF = "off"
    PRUNED = "pruned"


class Direction(StrEnum):
    """``out``: one of the mailbox's own addresses has written it."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Letter:
    """What an entry says of a message besides its octets: for lists, and to find it. ``at``: when it arrived.

    ``to`` are all recipients that are known. ``words`` are those by which it is found, in one form
    (``mime.words``). ``sha256`` and ``size`` are its octets'.
    """

    remote_id: RemoteId
    at: datetime
    direction: Direction
    from_: tuple[Address, ...]
    to: tuple[Address, ...]
    subject: str
    message_id: str | None
    words: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """``letter`` None: the entry is about the archive itself. ``detail`` is JSON."""

    account_id: AccountId
    number: int
    archived_at: datetime
    kind: EntryKind
    letter: Letter | None
    detail: str
    hash: bytes

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.detail)
        return found

    def holds(self, before: bytes | None) -> bool:
        """Whether nothing of it was changed since it was added after the entry with that hash."""
        return self.hash == chained(before, self)


def chained(before: bytes | None, entry: ArchiveEntry) -> bytes:
    """The hash of an entry after the one whose hash is ``before``; None: it is the chain's first."""
    facts: list[Any] = [entry.account_id, entry.number, to_ms(entry.archived_at), entry.kind, entry.detail]
    if (one := entry.letter) is not None:
        people = [[[person.name, person.email] for person in some] for some in (one.from_, one.to)]
        facts += [one.remote_id, to_ms(one.at), one.direction, *people, one.subject, one.message_id]
        facts += [one.words, one.sha256, one.size]
    return hashlib.sha256((before or b"") + msgspec.json.encode(facts)).digest()
