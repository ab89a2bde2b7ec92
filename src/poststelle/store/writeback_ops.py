"""The durable queue of local changes waiting to reach the provider.

An op is handed out when it is due and no older op of its message is open, so
each message's changes arrive in order. Ops wait for older ones only, of messages
and of folders (ids tell the order), so none can wait for ever. What can be said
in one change is said in one: a SET or MOVE joins the newest op of its message if
that is of the same kind and not on its way; but no MOVE that may have been made,
for then the message may lie in two places, and none to a folder that is still to
be made, which is younger. Nor what waits for its message to be made: should that
be shown as another one meanwhile, the order tells what people did to either last.
What comes to nothing (read, unread) is not said at all.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from poststelle.lib.clock import to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, FolderId, MessageId, OpId, RemoteId, UserId
from poststelle.model.writeback import FLAG, Failure, Notice, OpKind, WritebackOp, copied
from poststelle.store import folders, messages, notices, op_rows, pending, undoing
from poststelle.store.op_rows import counted, list_open
from poststelle.store.room import Room
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Row, Tx

_JOINED = frozenset({OpKind.SET, OpKind.MOVE})
LEAVING = frozenset({OpKind.MOVE, OpKind.DESTROY})
_LOOKED_THROUGH, _LOOKED_AT_EACH = 200, 20
ASKED_IN = "asked_in"
"""In the payload of a CREATE: in which attempt it is asked for, if none can be there of an earlier one."""
PASSED_OVER = "passed_over"
"""In the payload of a CREATE: ids of what was there, and not taken for it, when it was asked for anew."""
CLAIM_LASTS = timedelta(minutes=10)  # longer than any request, its waiting for a turn included


class Said(NamedTuple):
    """What a change is to do, and what a refusal puts back (``OpKind`` tells how)."""

    payload: Mapping[str, Any]
    undo: Mapping[str, Any]


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
    wanted = {message: Said(payload, undo)}
    return insert_many(tx, account, kind, wanted, now=now, user=user)[message]


def insert_many(
    tx: Tx,
    account: AccountId,
    kind: OpKind,
    wanted: Mapping[MessageId, Said],
    *,
    now: datetime,
    user: UserId | None,
) -> dict[MessageId, OpId | None]:
    """``insert`` one change of each of these messages, all rows together."""
    if not wanted:
        return {}
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    newest = _newest(tx, account, wanted) if kind in _JOINED else {}
    joining = _may_join(tx, account, kind, wanted, newest)
    queued = _join(tx, account, {message: (newest[message], wanted[message]) for message in joining})
    others = {message: said for message, said in wanted.items() if message not in joining}
    return queued | _insert(tx, account, kind, others, now=now, user=user)


def _newest(tx: ReadTx, account: AccountId, ids: Iterable[MessageId]) -> dict[MessageId, Row]:
    """The newest open op of each message that has any; ``is_unmade``: the message is still to be made."""
    rows = tx.all("list_ops_of_messages", account=account, ids=list(ids))
    unmade = {row["message_id"] for row in rows if row["kind"] == OpKind.CREATE}
    return {row["message_id"]: {**row, "is_unmade": row["message_id"] in unmade} for row in rows}


def _insert(
    tx: Tx,
    account: AccountId,
    kind: OpKind,
    wanted: Mapping[MessageId, Said],
    *,
    now: datetime,
    user: UserId | None,
) -> dict[MessageId, OpId | None]:
    if not wanted:
        return {}
    first = take_ids(tx, account, len(wanted))
    ops: dict[MessageId, OpId | None] = {message: OpId(op) for op, message in enumerate(wanted, first)}
    rows = [
        {
            "account": account,
            "op": ops[message],
            "message": message,
            "kind": kind.value,
            "payload": json.dumps(dict(said.payload)),
            "undo": json.dumps(dict(said.undo)),
            "target": said.payload.get("folder"),
            "source": said.undo.get("folder") if kind in LEAVING else None,
            "now": to_ms(now),
            "user": user,
        }
        for message, said in wanted.items()
    ]
    tx.many("insert_op", rows)
    return ops


def _may_join(
    tx: ReadTx,
    account: AccountId,
    kind: OpKind,
    wanted: Mapping[MessageId, Said],
    newest: Mapping[MessageId, Row],
) -> set[MessageId]:
    """The messages whose newest op says the same kind of thing, and can still say another."""
    waiting = {
        message
        for message, op in newest.items()
        if op["kind"] == kind and not op["is_in_flight"] and not op["is_unmade"]
    }
    if kind is not OpKind.MOVE:
        return waiting
    waiting = {message for message in waiting if not newest[message]["attempts"]}
    targets = {wanted[message].payload["folder"] for message in waiting}
    found = {target: folders.get(tx, account, target) for target in targets}
    made = {target for target, folder in found.items() if folder is not None and not folder.is_new}
    return {message for message in waiting if wanted[message].payload["folder"] in made}


def _join(
    tx: Tx, account: AccountId, several: Mapping[MessageId, tuple[Row, Said]]
) -> dict[MessageId, OpId | None]:
    """Both changes of each in one; its op, None when they come to nothing."""
    queued: dict[MessageId, OpId | None] = {}
    needless: list[Row] = []
    rows: list[Row] = []
    for message, (newest, said) in several.items():
        payload, undo = _joined(newest, said)
        queued[message] = OpId(newest["id"]) if payload else None
        if payload:
            rows.append(op_rows.row(account, newest["id"], payload, undo))
        else:
            needless.append({"account": account, "op": newest["id"]})
    tx.many("update_op", rows)
    tx.many("delete_needless_op", needless)
    return queued


def _joined(newest: Row, said: Said) -> tuple[dict[str, Any], dict[str, Any]]:
    """Payload and undo of both. What was attempted once may have been done: of that nothing is left out."""
    joined = json.loads(newest["payload"]) | dict(said.payload)
    undone = dict(said.undo) | json.loads(newest["undo"])
    if not newest["attempts"]:
        needless = {key for key, value in joined.items() if key in undone and undone[key] == value}
        flag = FLAG & joined.keys()
        is_needed = any(key in undone and key not in needless for key in flag)
        needless = needless - FLAG if is_needed else needless | flag
        joined = {key: value for key, value in joined.items() if key not in needless}
        undone = {key: value for key, value in undone.items() if key not in needless}
    return joined, undone


def redirect_many(tx: Tx, account: AccountId, wanted: Mapping[MessageId, FolderId]) -> set[MessageId]:
    """Have messages that are still to be made be made in other folders; return whose making was not begun."""
    if not wanted:
        return set()
    newest = _newest(tx, account, wanted)
    unasked = {
        message
        for message, op in newest.items()
        if op["kind"] == OpKind.CREATE and not op["is_in_flight"] and not op["attempts"]
    }
    rows = [
        op_rows.row(
            account,
            newest[message]["id"],
            json.loads(newest[message]["payload"]) | {"folder": wanted[message]},
            json.loads(newest[message]["undo"]),
        )
        for message in unasked
    ]
    tx.many("update_op", rows)
    return unasked


def get(tx: ReadTx, account: AccountId, op: OpId) -> WritebackOp | None:
    row = tx.one("get_op", account=account, op=op)
    return op_rows.read(row) if row else None


def note_twins(
    tx: Tx, ops: Sequence[WritebackOp], found: Mapping[str | datetime, Collection[RemoteId]]
) -> dict[OpId, WritebackOp]:
    """Keep with copies what was there before they are first asked for; what was kept before stays.

    ``found``: remote ids by what copies have in common, for those that are known. The ops as they are
    now, by id.
    """
    noted = {}
    for op in ops:
        current = get(tx, op.account_id, op.id)
        payload = dict(op.payload if current is None else current.payload)
        there = found.get(copied(payload))
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

    What another holder took is left to it for ten minutes, and the account with it: then it has died,
    and what it had been at counts as attempted, for it may have been done.
    """
    rows = tx.all("list_claimable_ops", account=account, holder=holder, now=to_ms(now), limit=limit)
    if rows:
        ids, until = [row["id"] for row in rows], to_ms(now + CLAIM_LASTS)
        tx.run("set_ops_in_flight", account=account, ids=ids, holder=holder, until=until)
    return [_taken(op_rows.read(row)) for row in rows]


def _taken(op: WritebackOp) -> WritebackOp:
    """One just claimed, as it is stored now; in flight it was another's, who died."""
    return replace(op, attempts=op.attempts + op.is_in_flight, is_in_flight=True, fence=op.fence + 1)


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


def hold(tx: Tx, ops: Iterable[WritebackOp], now: datetime) -> bool:
    """Hold on to these claims; False when somebody else may have one of them by now."""
    until = to_ms(now + CLAIM_LASTS)
    return all(
        tx.run("hold_op", account=op.account_id, op=op.id, fence=op.fence, until=until) == 1 for op in ops
    )


def held(tx: ReadTx, account: AccountId, ops: Iterable[WritebackOp]) -> list[WritebackOp]:
    """Those of an account's that are still claimed as they were when they were taken.

    Who comes late has nothing to say of the others: somebody else has done them, or is about to. A message
    may be known by another number since.
    """
    taken = list(ops)
    rows = tx.all("list_held_ops", account=account, ids=[op.id for op in taken])
    now = {row["id"]: row for row in rows}
    still = [op for op in taken if op.id in now and now[op.id]["fence"] == op.fence]
    return [replace(op, message_id=MessageId(now[op.id]["message_id"])) for op in still]


def begin(tx: Tx, op: WritebackOp, again_at: datetime) -> None:
    """The provider is about to be asked: should this process die, nobody asks again before then."""
    tx.run("begin_op", account=op.account_id, op=op.id, due_at=to_ms(again_at))


def bring_forward(tx: Tx, account: AccountId, message: MessageId, now: datetime) -> None:
    """Somebody waits for this draft: try to make it now, whatever it was put off for."""
    tx.run("bring_op_forward", account=account, messages=[message], now=to_ms(now))


def release_holder(tx: Tx, holder: str) -> int:
    """At start-up: what an earlier process of this name left in flight is pending again. Return how many."""
    return tx.run("release_ops", holder=holder)


def retry(tx: Tx, op: WritebackOp, due_at: datetime, problem: str, over: Failure = Failure.GENERAL) -> None:
    """It did not work out this time: pending again, from ``due_at`` on.

    ``problem``: the provider's code. ``over``: what it failed over. Nothing happens where the claim was lost.
    """
    facts = {"due_at": to_ms(due_at), "problem": problem, **counted(over)}
    kept = tx.run("retry_op", account=op.account_id, op=op.id, fence=op.fence, **facts)
    if kept and problem != op.problem:  # people see why it waits
        tx.changed(op.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def confirm(tx: Tx, op: WritebackOp, new_remote_id: RemoteId | None = None, *, at: datetime) -> bool:
    """The provider has done it. Twice is the same as once; too late, when the claim was lost, nothing.

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
    """The provider refuses: put back what was before, and leave a notice. None when it is gone, or another's.

    Where a later change of the same message covers the same thing, that one
    stays, and what it would put back is corrected instead. ``code`` as in Notice: gone and overtaken
    messages do not lie where they were.
    """
    if _destroy(tx, op) is None:
        return None
    later = [other for other in list_open(tx, op.account_id, [op.message_id]) if other.id > op.id]
    message = undoing.put_back(tx, op, later, now, is_there=code not in {"gone", "overtaken"})
    return notices.insert(tx, op, message, code=code, detail=detail, at=now)


def is_being_made(tx: ReadTx, account: AccountId, message: MessageId) -> bool:
    """Whether a draft is made at this moment, and none can be there of an earlier attempt."""
    return any(
        op.kind is OpKind.CREATE and op.is_in_flight and op.payload.get(ASKED_IN) == op.attempts
        for op in list_open(tx, account, [message])
    )


def passed_over(tx: ReadTx, account: AccountId, message: MessageId) -> set[RemoteId]:
    """What was there, and not taken for the draft, when that was begun to be made anew."""
    making = (op for op in list_open(tx, account, [message]) if op.kind is OpKind.CREATE)
    return {RemoteId(one) for op in making for one in op.payload.get(PASSED_OVER, ())}


def give_up_making(tx: Tx, account: AccountId, message: MessageId) -> None:
    """A draft need not be made any more: it is sent, or is to be made from the beginning."""
    for op in list_open(tx, account, [message]):
        if op.kind is OpKind.CREATE:
            _destroy(tx, op)


def give_up_moves(tx: Tx, account: AccountId, message: MessageId) -> None:
    """A draft lies where it was sent to by now: what was to move it before comes too late."""
    for op in list_open(tx, account, [message]):
        if op.kind is OpKind.MOVE:
            _destroy(tx, op)


def give_up(tx: Tx, op: WritebackOp) -> None:
    """Something later has been done: it is not to be done any more."""
    _destroy(tx, op)


def leave_out(tx: Tx, op: WritebackOp, fields: Collection[str]) -> None:
    """As ``give_up``, of these fields of a SET."""
    payload = {name: value for name, value in op.payload.items() if name not in fields}
    if payload:
        undo = {name: value for name, value in op.undo.items() if name not in fields}
        op_rows.write(tx, op.account_id, op.id, payload, undo)
    else:
        _destroy(tx, op)


def wait_for_making(tx: Tx, account: AccountId, message: MessageId, name: str, now: datetime) -> None:
    """A message is to be made anew, with this Message-ID: its marks and copies come after that."""
    for op in list_open(tx, account, [message]):
        if op.kind not in {OpKind.SET, OpKind.COPY}:
            continue
        payload = dict(op.payload)
        if op.kind is OpKind.COPY:
            payload["internet_message_id"] = name
            payload.pop("twins", None)  # they had another name
        _destroy(tx, op)
        _insert(tx, account, op.kind, {message: Said(payload, op.undo)}, now=now, user=op.created_by)


def set_undo(tx: Tx, op: WritebackOp, undo: Mapping[str, Any]) -> None:
    """What a refusal would put back has changed."""
    op_rows.write(tx, op.account_id, op.id, op.payload, undo)


def _destroy(tx: Tx, op: WritebackOp) -> Row | None:
    """Remove an op and return what was noted of it; None when it was gone already, or is another's by now."""
    tx.changed(op.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return tx.one("delete_op", account=op.account_id, op=op.id, fence=op.fence)


def pending_count(tx: ReadTx, account: AccountId) -> int:
    row = tx.one("count_ops", account=account)
    return row["total"] if row else 0


def accounts_due(tx: ReadTx, now: datetime) -> list[AccountId]:
    """Connected accounts with something due, the longest waiting first."""
    return [AccountId(row["account_id"]) for row in tx.all("list_accounts_with_due_ops", now=to_ms(now))]
