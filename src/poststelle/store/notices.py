"""Changes that were taken back, kept for people to see until dismissed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.writeback import (
    FiledAs,
    FolderOp,
    FolderOpKind,
    MarkedAs,
    Notice,
    OpKind,
    WritebackOp,
)
from poststelle.store import folders
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Row, Tx


def insert(tx: Tx, op: WritebackOp, message: MessageId, *, code: str, detail: str, at: datetime) -> Notice:
    """Tell people that ``op`` did not happen; ``message`` is the message's id by now."""
    return add(tx, op.account_id, _deed(tx, op), message, code=code, detail=detail, at=at, user=op.created_by)


def insert_of_folder(tx: Tx, op: FolderOp, name: str, *, code: str, detail: str, at: datetime) -> Notice:
    """Tell people that the change of the folder ``name`` did not happen."""
    number = take_ids(tx, op.account_id, 1)
    return _insert(
        tx, Notice(op.account_id, number, at, op.kind, MessageId(0), code, detail, op.created_by, name)
    )


def add(
    tx: Tx,
    account: AccountId,
    kind: OpKind | FiledAs | MarkedAs,
    message: MessageId,
    *,
    code: str,
    detail: str,
    at: datetime,
    user: UserId | None,
) -> Notice:
    """Tell people that what ``user`` wanted done to ``message`` did not happen."""
    number = take_ids(tx, account, 1)
    return _insert(tx, Notice(account, number, at, kind, message, code, detail, user))


def list_all(tx: ReadTx, account: AccountId) -> list[Notice]:
    """All notices, newest first."""
    return [_notice(row) for row in tx.all("list_notices", account=account)]


def dismiss(tx: Tx, account: AccountId, notice: int) -> bool:
    """Somebody has read it; False when it was gone already."""
    dismissed = tx.run("delete_notice", account=account, notice=notice) == 1
    if dismissed:
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return dismissed


def _insert(tx: Tx, notice: Notice) -> Notice:
    tx.run(
        "insert_notice",
        account=notice.account_id,
        notice=notice.id,
        at=to_ms(notice.at),
        kind=notice.kind.value,
        message=notice.message_id,
        code=notice.code,
        detail=notice.detail,
        user=notice.user_id,
        folder=notice.folder,
    )
    tx.changed(notice.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return notice


def _deed(tx: ReadTx, op: WritebackOp) -> OpKind | FiledAs | MarkedAs:
    """The change as people know it: who moves a message to the deleted ones has deleted it."""
    if op.kind is OpKind.SET:
        return _mark(op.payload)
    if op.kind is not OpKind.MOVE:
        return op.kind
    target = folders.get(tx, op.account_id, op.payload["folder"])
    role = None if target is None else target.role
    return op.kind if role is None else _FILED_AS.get(role, op.kind)


def _mark(payload: Mapping[str, Any]) -> OpKind | MarkedAs:
    """The one mark that was to be set; a due date is part of the flag."""
    match dict(payload):
        case {"is_seen": bool(on), **rest} if not rest:
            return MarkedAs.READ if on else MarkedAs.UNREAD
        case {"is_flagged": bool(on), **rest} if not rest.keys() - {"due_at"}:
            return MarkedAs.FLAG if on else MarkedAs.UNFLAG
        case {"categories": _, **rest} if not rest:
            return MarkedAs.CATEGORISE
        case _:
            return OpKind.SET


_FILED_AS = {Role.TRASH: FiledAs.DELETE, Role.ARCHIVE: FiledAs.ARCHIVE, Role.JUNK: FiledAs.JUNK}


_KINDS: dict[str, OpKind | FiledAs | MarkedAs | FolderOpKind] = {
    kind.value: kind for kind in (*OpKind, *FiledAs, *MarkedAs, *FolderOpKind)
}


def _notice(row: Row) -> Notice:
    return Notice(
        account_id=AccountId(row["account_id"]),
        id=row["id"],
        at=from_ms(row["at"]),
        kind=_KINDS[row["kind"]],
        message_id=MessageId(row["message_id"]),
        code=row["code"],
        detail=row["detail"],
        user_id=None if row["user_id"] is None else UserId(row["user_id"]),
        folder=row["folder"],
    )
