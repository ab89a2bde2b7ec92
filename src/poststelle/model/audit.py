"""An entry of the audit trail, and the hash that chains it to the one before.

Each mailbox has a chain of its own, so that what happens in one waits for no other; what is of no mailbox is
chain 0. An entry's hash covers the hash before it, what happened, and (by a salted hash of its own) what was
said of people: that can be erased one day, and the chain still holds.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, UserId

NO_MAILBOX = 0
"""The chain of what is of no mailbox."""


def account_of(chain: int) -> AccountId | None:
    """Whose chain it is; None: that of what is of no mailbox."""
    return AccountId(chain) if chain != NO_MAILBOX else None


@dataclass(frozen=True, slots=True)
class Said:
    """What an entry says of people and things, in words. ``detail`` is JSON and never holds a secret.

    Name and login are those of that moment; None in entries of users who were gone before names were kept.
    """

    user_name: str | None
    user_login: str | None
    subject: str
    detail: str

    def digest(self, salt: bytes) -> bytes:
        """Without the salt nobody can try out names."""
        words = [self.user_name, self.user_login, self.subject, self.detail]
        return hashlib.sha256(salt + msgspec.json.encode(words)).digest()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, when; ``user_id`` None is the system.

    ``salt`` None: what was said has been erased, of which ``said_hash`` is left. ``hash`` None: the entry was
    noted before there were chains, and is chained at the next start.
    """

    chain: int
    number: int
    at: datetime
    user_id: UserId | None
    action: str
    said: Said
    salt: bytes | None
    said_hash: bytes | None
    hash: bytes | None

    @property
    def account_id(self) -> AccountId | None:
        return account_of(self.chain)

    @property
    def detail(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.said.detail)
        return found

    @property
    def is_erased(self) -> bool:
        """Whether it no longer says whom and what it is about."""
        return self.salt is None and self.hash is not None

    def holds(self, before: bytes | None) -> bool:
        """Whether nothing of it was changed since it was added after the entry with that hash."""
        if self.said_hash is None or (
            self.salt is not None and self.said.digest(self.salt) != self.said_hash
        ):
            return False
        return self.hash == chained(before, self, self.said_hash)


def chained(before: bytes | None, entry: AuditEntry, said_hash: bytes) -> bytes:
    """The hash of an entry after the one whose hash is ``before``; None: it is the chain's first."""
    facts = [entry.chain, entry.number, to_ms(entry.at), entry.user_id, entry.action, said_hash.hex()]
    return hashlib.sha256((before or b"") + msgspec.json.encode(facts)).digest()
