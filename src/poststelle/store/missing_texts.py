"""Texts to be asked for: messages are here without theirs, or with one that may be old."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.store.tx import ReadTx, Tx


class Textless(NamedTuple):
    id: MessageId
    remote_id: RemoteId


def add(tx: Tx, account: AccountId, ids: Iterable[MessageId]) -> None:
    """Note that the texts of these messages are to be asked for."""
    if rows := [{"account_id": account, "message_id": i} for i in ids]:
        tx.many("insert_missing_text", rows)


def due(tx: ReadTx, account: AccountId, now: datetime, limit: int) -> list[Textless]:
    """Those to be asked for now, the newest first."""
    rows = tx.all("list_missing_texts", account=account, now=to_ms(now), limit=limit)
    return [Textless(MessageId(row["id"]), RemoteId(row["remote_id"])) for row in rows]


def note_all(tx: Tx, account: AccountId) -> None:
    """Note every message of the provider's that is here without its text. Reads all of the account's ids."""
    tx.run("note_missing_texts", account=account)


def up_to(tx: ReadTx, account: AccountId, message: MessageId, limit: int) -> list[Textless]:
    """Messages without their text, whether due or not: from this one on to older ones."""
    rows = tx.all("list_missing_texts_up_to", account=account, message=message, limit=limit)
    return [Textless(MessageId(row["id"]), RemoteId(row["remote_id"])) for row in rows]


def still(tx: ReadTx, account: AccountId, ids: Iterable[MessageId]) -> list[MessageId]:
    """Those of the messages whose text has not come."""
    rows = tx.all("list_still_missing_texts", account=account, ids=list(ids))
    return [MessageId(row["message_id"]) for row in rows]


def came(tx: Tx, account: AccountId, ids: Iterable[MessageId]) -> None:
    """The texts of these messages are here, as they are now."""
    tx.run("delete_missing_texts", account=account, ids=list(ids))


def put_off(tx: Tx, account: AccountId, ids: Iterable[MessageId], again_at: datetime) -> None:
    """Those of the messages whose text has not come wait until ``again_at``."""
    tx.run("put_off_missing_texts", account=account, ids=list(ids), at=to_ms(again_at))


def repoint(tx: Tx, account: AccountId, old: MessageId, new: MessageId) -> None:
    """A message got another id: its text is still missing."""
    tx.run("move_missing_text", account=account, old=old, new=new)
