"""Write-back ops: rows to data and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from poststelle.lib.clock import from_ms
from poststelle.model.ids import AccountId, FolderId, MessageId, OpId, RemoteId, UserId
from poststelle.model.writeback import Failure, OpKind, WritebackOp
from poststelle.store.tx import ReadTx, Row, Tx


def list_open(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> list[WritebackOp]:
    """The open ops of these messages, oldest first."""
    return [read(row) for row in tx.all("list_open_ops", account=account, ids=ids)]


def write(tx: Tx, account: AccountId, op: int, payload: Mapping[str, Any], undo: Mapping[str, Any]) -> None:
    """Change what an op does and what it would put back."""
    tx.run("update_op", **row(account, op, payload, undo))


def row(account: AccountId, op: int, payload: Mapping[str, Any], undo: Mapping[str, Any]) -> Row:
    """The parameters of ``update_op``."""
    return {
        "account": account,
        "op": op,
        "payload": json.dumps(dict(payload)),
        "undo": json.dumps(dict(undo)),
        "target": payload.get("folder"),
    }


def set_source(tx: Tx, account: AccountId, op: int, folder: FolderId) -> None:
    """A message that is to be moved or destroyed lies in another folder than it was thought to."""
    tx.run("set_op_source", account=account, op=op, source=folder)


def repoint(tx: Tx, account: AccountId, old: MessageId, new: MessageId) -> None:
    """A message got another id: its ops go with it."""
    tx.run("set_ops_message", account=account, old=[old], new=new)


def read(row: Row) -> WritebackOp:
    """A row, joined with its message's remote id."""
    target, source = row.get("target_remote_id"), row.get("source_remote_id")
    return WritebackOp(
        **queued(row),
        message_id=MessageId(row["message_id"]),
        kind=OpKind(row["kind"]),
        target=None if target is None else RemoteId(target),
        source=None if source is None else RemoteId(source),
    )


def queued(row: Row) -> dict[str, Any]:
    """The fields of Queued, from a row of either queue."""
    by = row["created_by"]
    return {
        "account_id": AccountId(row["account_id"]),
        "id": OpId(row["id"]),
        "remote_id": RemoteId(row["remote_id"]),
        "payload": json.loads(row["payload"]),
        "undo": json.loads(row["undo"]),
        "attempts": row["attempts"],
        "own_failures": row["own_failures"],
        "conflicts": row["conflicts"],
        "problem": row["problem"],
        "is_in_flight": bool(row["is_in_flight"]),
        "fence": row["fence"],
        "due_at": from_ms(row["due_at"]),
        "created_at": from_ms(row["created_at"]),
        "created_by": None if by is None else UserId(by),
    }


def counted(over: Failure) -> Row:
    """What an attempt that failed adds to an op's counts."""
    return {"is_own": int(over is Failure.OWN), "is_conflict": int(over is Failure.CONFLICT)}
