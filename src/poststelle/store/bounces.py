"""Messages that look like the report of a failed delivery and are still to be read."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.store.tx import ReadTx, Tx


class Bounce(NamedTuple):
    account_id: AccountId
    message_id: MessageId
    remote_id: RemoteId
    attempts: int


def add(tx: Tx, account: AccountId, ids: Iterable[MessageId], at: datetime) -> None:
    rows = [{"account_id": account, "message_id": message, "due_at": to_ms(at)} for message in ids]
    tx.many("insert_bounce", rows)


def due(tx: ReadTx, now: datetime, limit: int) -> list[Bounce]:
    """Those to be read now, in connected accounts."""
    return [
        Bounce(
            AccountId(row["account_id"]),
            MessageId(row["message_id"]),
            RemoteId(row["remote_id"]),
            row["attempts"],
        )
        for row in tx.all("list_due_bounces", now=to_ms(now), limit=limit)
    ]


def put_off(tx: Tx, bounce: Bounce, until: datetime) -> None:
    tx.run("put_bounce_off", account=bounce.account_id, message=bounce.message_id, due_at=to_ms(until))


def settle(tx: Tx, bounce: Bounce) -> None:
    """It has been read, or can't be."""
    tx.run("delete_bounces", account=bounce.account_id, ids=[bounce.message_id])
