"""Activity records that go for good: because their time is over, or because a contact is to be forgotten.

Of a record that was erased with its contact a hash stays, so that its message does not become one again when
it is met anew, under whatever id.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, MessageId
from poststelle.store.tx import ReadTx, Tx


class Known(NamedTuple):
    """A record, by what its message is known when it is met again."""

    message_id: MessageId
    known_as: str


class OfContact(NamedTuple):
    """A record of somebody. ``has_others``: it is one of others, too."""

    known: Known
    has_others: bool


def before(tx: ReadTx, account: AccountId, at: datetime, limit: int) -> list[MessageId]:
    """Records of what came or went before then, the oldest first."""
    rows = tx.all("list_activities_before", account=account, before=to_ms(at), limit=limit)
    return [MessageId(row["message_id"]) for row in rows]


def count_before(tx: ReadTx, account: AccountId, at: datetime) -> int:
    row = tx.one("count_activities_before", account=account, before=to_ms(at))
    return int(row["total"]) if row else 0


def of_contact(tx: ReadTx, account: AccountId, key: str, limit: int) -> list[OfContact]:
    """Records of the contact with this address, by its key (``accounts.key_of``)."""
    rows = tx.all("list_activities_of_contact", account=account, email_key=key, limit=limit)
    known = [Known(MessageId(row["message_id"]), row["known_as"]) for row in rows]
    return [OfContact(one, bool(row["has_others"])) for one, row in zip(known, rows, strict=True)]


def destroy(tx: Tx, account: AccountId, ids: Sequence[MessageId]) -> None:
    tx.run("delete_activities", account=account, ids=ids)


def remember(tx: Tx, account: AccountId, gone: Iterable[Known]) -> None:
    """Their messages become no records any more."""
    rows = [{"account": account, "known_hash": _hash(one.known_as)} for one in gone]
    tx.many("insert_activity_erasure", rows)


def is_remembered(tx: ReadTx, account: AccountId, known_as: str) -> bool:
    return tx.one("get_activity_erasure", account=account, known_hash=_hash(known_as)) is not None


def leave_out(tx: Tx, account: AccountId, message: MessageId, key: str) -> None:
    """The record stays, without this contact."""
    tx.run("delete_activity_contact", account=account, email_key=key, message=message)


def set_words(tx: Tx, account: AccountId, message: MessageId, words: str) -> None:
    """What the record is found by."""
    tx.run("set_activity_words", account=account, message=message, words=words)


def _hash(known_as: str) -> str:
    return hashlib.sha256(known_as.encode()).hexdigest()
