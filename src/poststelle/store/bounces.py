"""Messages that look like the report of a failed delivery and are still to be read."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.store.tx import ReadTx, Tx

_ACCOUNTS = 200


class Bounce(NamedTuple):
    account_id: AccountId
    message_id: MessageId
    remote_id: RemoteId
    received_at: datetime
    attempts: int


def add(tx: Tx, account: AccountId, ids: Iterable[MessageId], at: datetime) -> None:
    rows = [{"account_id": account, "message_id": message, "due_at": to_ms(at)} for message in ids]
    tx.many("insert_bounce", rows)


def due(tx: ReadTx, now: datetime, per_account: int) -> list[Bounce]:
    """Those to be read now, in connected accounts: the longest waiting of each, of up to 200 accounts.

    However many wait in one account, others have their turn.
    """
    return [
        Bounce(
            AccountId(row["account_id"]),
            MessageId(row["message_id"]),
            RemoteId(row["remote_id"]),
            from_ms(row["received_at"]),
            row["attempts"],
        )
        for row in tx.all("list_due_bounces", now=to_ms(now), each=per_account, limit=_ACCOUNTS * per_account)
    ]


def put_off(tx: Tx, bounce: Bounce, until: datetime) -> None:
    tx.run("put_bounce_off", account=bounce.account_id, message=bounce.message_id, due_at=to_ms(until))


def settle(tx: Tx, bounce: Bounce) -> None:
    """It has been read, or can never be."""
    tx.run("delete_bounces", account=bounce.account_id, ids=[bounce.message_id])
