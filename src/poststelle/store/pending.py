"""What local changes hold against what a provider reports.

    open ───────────────────────> wins over every report: it is on its way
    confirmed ──────────────────> wins over reports that were asked for before

Whether a report is older is told by the account's modseq, which every
confirmation raises: clocks of several processes need not agree.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.model.writeback import OpKind, WritebackOp
from poststelle.store.op_rows import list_open
from poststelle.store.tx import ReadTx, Tx

# No answer is waited for that long.
_KEPT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Pending:
    """What changes of one message hold against reported values."""

    fields: frozenset[str] = frozenset()
    is_moving: bool = False
    is_destroying: bool = False
    is_creating: bool = False

    def __or__(self, other: "Pending") -> "Pending":
        return Pending(
            self.fields | other.fields,
            self.is_moving or other.is_moving,
            self.is_destroying or other.is_destroying,
            self.is_creating or other.is_creating,
        )


NOTHING_PENDING = Pending()


def of_open(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> dict[MessageId, Pending]:
    """What is pending for each of the messages that has open ops."""
    found: dict[MessageId, Pending] = {}
    for op in list_open(tx, account, ids):
        found[op.message_id] = found.get(op.message_id, NOTHING_PENDING) | _pending(op.kind, op.payload)
    return found


def of_confirmed(
    tx: ReadTx, account: AccountId, remote_ids: Collection[RemoteId], as_of: int | None
) -> dict[RemoteId, Pending]:
    """What was confirmed since the account's modseq was ``as_of``; None: a report of this moment."""
    found: dict[RemoteId, Pending] = {}
    if as_of is None or not remote_ids:
        return found
    rows = tx.all("list_confirmations", account=account, modseq=as_of, remote_ids=list(remote_ids))
    for row in rows:
        remote_id = RemoteId(row["remote_id"])
        held = _pending(OpKind(row["kind"]), json.loads(row["fields"]))
        found[remote_id] = found.get(remote_id, NOTHING_PENDING) | held
    return found


def last_confirmed(tx: ReadTx, account: AccountId, remote_id: RemoteId) -> dict[str, int]:
    """The number of the last confirmed change of each field, and of its place (``OpKind.MOVE``)."""
    last: dict[str, int] = {}
    for row in tx.all("list_confirmations", account=account, modseq=0, remote_ids=[remote_id]):
        things = json.loads(row["fields"]) if row["kind"] == OpKind.SET else [row["kind"]]
        for name in things:
            last[name] = max(last.get(name, 0), row["op_id"])
    return last


def confirmed_at(
    tx: ReadTx, account: AccountId, remote_ids: Collection[RemoteId], since: datetime
) -> dict[RemoteId, datetime]:
    """When a change of ours was last confirmed of each of these of which one was since then."""
    rows = tx.all("list_confirmed_at", account=account, since=to_ms(since), remote_ids=list(remote_ids))
    return {RemoteId(row["remote_id"]): from_ms(row["at"]) for row in rows}


def keep_confirmed(tx: Tx, op: WritebackOp, at: datetime) -> None:
    """Remember a confirmation until nobody can hold an older report any more."""
    tx.run("delete_old_confirmations", account=op.account_id, before=to_ms(at - _KEPT))
    tx.run(
        "insert_confirmation",
        account=op.account_id,
        op=op.id,
        remote_id=op.remote_id,
        kind=op.kind.value,
        fields=json.dumps(sorted(op.payload)),
        at=to_ms(at),
    )


def keep_gone(tx: Tx, account: AccountId, number: int, remote_id: RemoteId, at: datetime) -> None:
    """The provider has no such message any more; ``number`` is any id of the account, of what ended it."""
    tx.run(
        "insert_confirmation",
        account=account,
        op=number,
        remote_id=remote_id,
        kind=OpKind.DESTROY.value,
        fields="[]",
        at=to_ms(at),
    )


def contest(tx: Tx, account: AccountId, ids: Collection[MessageId]) -> None:
    """The provider reported something else than the changes in flight: who came last is not known yet."""
    if ids:
        tx.run("contest_ops", account=account, ids=list(ids))


def _pending(kind: OpKind, fields: Collection[str]) -> Pending:
    return Pending(
        fields=frozenset(fields) if kind is OpKind.SET else frozenset(),
        is_moving=kind is OpKind.MOVE,
        is_destroying=kind is OpKind.DESTROY,
        is_creating=kind is OpKind.CREATE,
    )
