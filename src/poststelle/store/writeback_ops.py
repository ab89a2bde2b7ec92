"""The durable queue of local changes waiting to reach the provider.

An op is handed out when it is due and no older op of its message is open, so
each message's changes arrive in order. Ops wait for older ones only, of messages
and of folders (ids tell the order), so none can wait for ever. What can be said
in one change is said in one: a SET or MOVE joins the newest op of its message if
that is of the same kind and not on its way; but no MOVE that may have been made,
for then the message may lie in two places, and none to a folder that is still to
be made, which is younger. What comes to nothing (read, unread) is not said at all.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from poststelle.lib.clock import to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, FolderId, MessageId, OpId, RemoteId, UserId
from poststelle.model.writeback import Notice, OpKind, WritebackOp
from poststelle.store import folders, messages, notices, op_rows, pending, undoing
from poststelle.store.op_rows import list_open
from poststelle.store.room import Room
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Row, Tx

_JOINED = frozenset({OpKind.SET, OpKind.MOVE})
_LEAVING = frozenset({OpKind.MOVE, OpKind.DESTROY})
_LOOKED_THROUGH, _LOOKED_AT_EACH = 200, 20
CLAIM_LASTS = timedelta(minutes=10)  # longer than any request, its waiting for a turn included


def insert(
    tx: Tx,
    account: AccountId,
    message: MessageId,
    kind: OpKind,
    *,
    payload: Mapping[str, Any],
    undo: Mapping[str, Any],
    now: datetime,
    user: UserId | None,
) -> OpId | None:
    """Queue a change, or join it to the message's newest one; the op's id, None when nothing is left."""
    newest = tx.one("get_newest_op", account=account, messages=[message])
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    if (
        newest
        and newest["kind"] == kind
        and not newest["is_in_flight"]
        and _may_join(tx, account, newest, payload)
    ):
        return _join(tx, account, newest, payload, undo)
    op = OpId(take_ids(tx, account, 1))
    tx.run(
        "insert_op",
        account=account,
        op=op,
        message=message,
        kind=kind.value,
        payload=json.dumps(dict(payload)),
        undo=json.dumps(dict(undo)),
        target=payload.get("folder"),
        source=undo.get("folder") if kind in _LEAVING else None,
        now=to_ms(now),
        user=user,
    )
    return op


def _may_join(tx: Tx, account: AccountId, newest: Row, payload: Mapping[str, Any]) -> bool:
    if newest["kind"] != OpKind.MOVE:
        return newest["kind"] in _JOINED
    target = folders.get(tx, account, payload["folder"])
    return not newest["attempts"] and target is not None and not target.is_new


def _join(
    tx: Tx, account: AccountId, newest: Row, payload: Mapping[str, Any], undo: Mapping[str, Any]
) -> OpId | None:
    """Both changes in one. What was attempted once may have been done, so of that nothing is left out."""
    joined = json.loads(newest["payload"]) | dict(payload)
    undone = dict(undo) | json.loads(newest["undo"])
    if not newest["attempts"]:
        needless = {key for key, value in joined.items() if key in undone and undone[key] == value}
        joined = {key: value for key, value in joined.items() if key not in needless}
        undone = {key: value for key, value in undone.items() if key not in needless}
    if not joined:
        tx.run("delete_op", account=account, op=newest["id"])
        return None
    op_rows.write(tx, account, newest["id"], joined, undone)
    return OpId(newest["id"])


def redirect(tx: Tx, account: AccountId, message: MessageId, folder: FolderId) -> bool:
    """Have a message that is still to be made be made in another folder; False when it may have been made."""
    newest = tx.one("get_newest_op", account=account, messages=[message])
    if newest is None or newest["kind"] != OpKind.CREATE or newest["is_in_flight"] or newest["attempts"]:
        return False
    payload = json.loads(newest["payload"]) | {"folder": folder}
    op_rows.write(tx, account, newest["id"], payload, json.loads(newest["undo"]))
    return True


def get(tx: ReadTx, account: AccountId, op: OpId) -> WritebackOp | None:
    row = tx.one("get_op", account=account, op=op)
    return op_rows.read(row) if row else None


def note_twins(
    tx: Tx, ops: Sequence[WritebackOp], found: Mapping[str, Collection[RemoteId]]
) -> dict[OpId, WritebackOp]:
    """Keep with copies what was there before they are first asked for; what was kept before stays.

    ``found``: remote ids by Message-ID, for those that are known. The ops as they are now, by id.
    """
    noted = {}
    for op in ops:
        current = get(tx, op.account_id, op.id)
        payload = dict(op.payload if current is None else current.payload)
        there = found.get(str(payload["internet_message_id"]))
        if "twins" not in payload and there is not None:
            payload["twins"] = sorted(there)
            op_rows.write(tx, op.account_id, op.id, payload, op.undo)
        noted[op.id] = replace(op, payload=payload)
    return noted


def list_oldest(tx: ReadTx, account: AccountId, limit: int) -> list[WritebackOp]:
    """The account's open changes of messages, oldest first."""
    return [op_rows.read(row) for row in tx.all("list_oldest_ops", account=account, limit=limit)]


def set_due(tx: Tx, account: AccountId, op: OpId, at: datetime) -> None:
    """Send it at ``at``, whatever it waited for."""
    tx.run("set_op_due", account=account, op=op, at=to_ms(at))


def claim(tx: Tx, account: AccountId, holder: str, now: datetime, limit: int) -> list[WritebackOp]:
    """Take due ops, at most one a message, oldest first; they are in flight until told otherwise.

    What another holder took is left to it for ten minutes: then it has died,
    and what it had been at counts as attempted, for it may have been done.
    """
    rows = tx.all("list_claimable_ops", account=account, now=to_ms(now), limit=limit)
    if rows:
        ids, until = [row["id"] for row in rows], to_ms(now + CLAIM_LASTS)
        tx.run("set_ops_in_flight", account=account, ids=ids, holder=holder, until=until)
    return [_taken(op_rows.read(row)) for row in rows]


def _taken(op: WritebackOp) -> WritebackOp:
    """One just claimed, as it is stored now but for its claim; in flight it was another's, who died."""
    return replace(op, attempts=op.attempts + op.is_in_flight)


def has_due_drafts(tx: ReadTx, now: datetime) -> bool:
    """Whether there is a draft to be made now."""
    return bool(_due_drafts(tx, now, 1))


def claim_drafts(tx: Tx, holder: str, now: datetime, room: Room) -> list[WritebackOp]:
    """Take drafts that are to be made, of all connected accounts, as ``claim`` takes other changes."""
    room, rows = room.copy(), _due_drafts(tx, now, _LOOKED_THROUGH)
    ops = [op for op in map(op_rows.read, rows) if room.take(op.account_id)]
    for op in ops:
        until = to_ms(now + CLAIM_LASTS)
        tx.run("set_ops_in_flight", account=op.account_id, ids=[op.id], holder=holder, until=until)
    return [_taken(op) for op in ops]


def _due_drafts(tx: ReadTx, now: datetime, limit: int) -> list[Row]:
    """The longest waiting of each account, then its next: one account's queue holds up no other."""
    return tx.all("list_claimable_drafts", now=to_ms(now), each=_LOOKED_AT_EACH, limit=limit)


def renew(tx: Tx, op: WritebackOp, holder: str, now: datetime) -> bool:
    """Hold on to a claim; False when somebody else has it by now."""
    until = to_ms(now + CLAIM_LASTS)
    return tx.run("renew_op", account=op.account_id, op=op.id, holder=holder, until=until) == 1


def begin(tx: Tx, op: WritebackOp, again_at: datetime) -> None:
    """The provider is about to be asked: should this process die, nobody asks again before then."""
    tx.run("begin_op", account=op.account_id, op=op.id, due_at=to_ms(again_at))


def bring_forward(tx: Tx, account: AccountId, message: MessageId, now: datetime) -> None:
    """Somebody waits for this draft: try to make it now, whatever it was put off for."""
    tx.run("bring_op_forward", account=account, messages=[message], now=to_ms(now))


def release_holder(tx: Tx, holder: str) -> int:
    """At start-up: what an earlier process of this name left in flight is pending again. Return how many."""
    return tx.run("release_ops", holder=holder)


def retry(tx: Tx, op: WritebackOp, due_at: datetime, problem: str, *, is_own: bool = False) -> None:
    """It did not work out this time: pending again, from ``due_at`` on.

    ``problem``: the provider's code. ``is_own``: it failed over this change, not over everything.
    """
    facts = {"due_at": to_ms(due_at), "problem": problem, "is_own": int(is_own)}
    tx.run("retry_op", account=op.account_id, op=op.id, **facts)
    if problem != op.problem:  # people see why it waits
        tx.changed(op.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def confirm(tx: Tx, op: WritebackOp, new_remote_id: RemoteId | None = None, *, at: datetime) -> bool:
    """The provider has done it. Confirming twice is the same as once.

    Reports asked for before must not undo it. True when the provider reported
    something else while the change was in flight: ask again how it stands.
    """
    removed = _destroy(tx, op)
    if removed is None:
        return False
    pending.keep_confirmed(tx, op, at)
    if op.kind is OpKind.DESTROY:
        messages.destroy(tx, op.account_id, op.message_id)
    elif op.kind is OpKind.COPY:
        folders.set_due(tx, op.account_id, op.payload["folder"], at)
    elif new_remote_id is not None:
        messages.set_remote_id(tx, op.account_id, op.message_id, new_remote_id)
    return bool(removed["is_contested"])


def take_back(tx: Tx, op: WritebackOp, code: str, detail: str, now: datetime) -> Notice | None:
    """The provider refuses: put back what was before, and leave a notice. None when the op is gone.

    Where a later change of the same message covers the same thing, that one
    stays, and what it would put back is corrected instead. ``code`` as in Notice: gone and overtaken
    messages do not lie where they were.
    """
    if _destroy(tx, op) is None:
        return None
    later = [other for other in list_open(tx, op.account_id, [op.message_id]) if other.id > op.id]
    message = undoing.put_back(tx, op, later, now, is_there=code not in {"gone", "overtaken"})
    return notices.insert(tx, op, message, code=code, detail=detail, at=now)


def set_undo(tx: Tx, op: WritebackOp, undo: Mapping[str, Any]) -> None:
    """What a refusal would put back has changed."""
    op_rows.write(tx, op.account_id, op.id, op.payload, undo)


def _destroy(tx: Tx, op: WritebackOp) -> Row | None:
    """Remove an op and return what was noted of it; None when it was gone already."""
    tx.changed(op.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return tx.one("delete_op", account=op.account_id, op=op.id)


def pending_count(tx: ReadTx, account: AccountId) -> int:
    row = tx.one("count_ops", account=account)
    return row["total"] if row else 0


def accounts_due(tx: ReadTx, now: datetime) -> list[AccountId]:
    """Connected accounts with something due, the longest waiting first."""
    return [AccountId(row["account_id"]) for row in tx.all("list_accounts_with_due_ops", now=to_ms(now))]
