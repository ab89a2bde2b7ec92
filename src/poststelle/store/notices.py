"""Changes that were taken back, kept for people to see until dismissed."""

from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.writeback import Notice, OpKind, WritebackOp
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Row, Tx


def insert(tx: Tx, op: WritebackOp, message: MessageId, *, code: str, detail: str, at: datetime) -> Notice:
    """Tell people that ``op`` did not happen; ``message`` is the message's id by now."""
    notice = Notice(
        account_id=op.account_id,
        id=take_ids(tx, op.account_id, 1),
        at=at,
        kind=op.kind,
        message_id=message,
        code=code,
        detail=detail,
        user_id=op.created_by,
    )
    tx.run(
        "insert_notice",
        account=notice.account_id,
        notice=notice.id,
        at=to_ms(at),
        kind=notice.kind.value,
        message=notice.message_id,
        code=code,
        detail=detail,
        user=notice.user_id,
    )
    tx.changed(op.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return notice


def list_all(tx: ReadTx, account: AccountId) -> list[Notice]:
    """All notices, newest first."""
    return [_notice(row) for row in tx.all("list_notices", account=account)]


def dismiss(tx: Tx, account: AccountId, notice: int) -> bool:
    """Somebody has read it; False when it was gone already."""
    dismissed = tx.run("delete_notice", account=account, notice=notice) == 1
    if dismissed:
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return dismissed


def _notice(row: Row) -> Notice:
    return Notice(
        account_id=AccountId(row["account_id"]),
        id=row["id"],
        at=from_ms(row["at"]),
        kind=OpKind(row["kind"]),
        message_id=MessageId(row["message_id"]),
        code=row["code"],
        detail=row["detail"],
        user_id=None if row["user_id"] is None else UserId(row["user_id"]),
    )
