"""The durable queue of changes of folders: made at the provider one by one, in their order.

A change shows here at once. Until the provider has made it, and against what it
reported before it had, the change holds: ``held`` tells how.

    CREATE   the folder is there under a remote id of our own (``is_new``)
    RENAME, MOVE   name and parent are the new ones
    DESTROY  the folder and its messages are gone; the provider still has them. Of very many the folder
             goes last: until then it is unfinished, and given up when nobody goes on with it
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from poststelle.lib.clock import to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId, OpId, RemoteId, UserId
from poststelle.model.known_ids import KnownIds
from poststelle.model.writeback import Failure, FolderOp, FolderOpKind
from poststelle.store.op_rows import counted, queued
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Row, Tx
from poststelle.store.writeback_ops import CLAIM_LASTS

_JOINED = {FolderOpKind.RENAME: "name", FolderOpKind.MOVE: "parent"}


@dataclass(frozen=True, slots=True)
class Held:
    """What is on its way for one account's folders: the newest names and parents, and who is going."""

    names: Mapping[FolderId, str]
    parents: Mapping[FolderId, FolderId | None]
    going: frozenset[RemoteId]
    coming: tuple[FolderOp, ...]


def insert(
    tx: Tx,
    folder: Folder,
    kind: FolderOpKind,
    *,
    payload: Mapping[str, Any],
    undo: Mapping[str, Any],
    now: datetime,
    user: UserId | None,
) -> None:
    """Queue a change, or join it to the newest one; what comes to nothing is not said at all.

    Only the account's newest change is joined: an older one may not come to need
    what younger ones make, a folder or a name that becomes free.
    """
    account = folder.account_id
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    row = tx.one("get_newest_folder_op", account=account)
    newest = None if row is None else _read(row)
    is_joined = (
        newest is not None
        and newest.folder_id == folder.id
        and not newest.is_in_flight
        and not newest.attempts
    )
    if newest is not None and is_joined and _join(tx, newest, kind, payload, undo):
        return
    _insert(tx, folder, kind, payload, undo, now=now, user=user)


def _insert(
    tx: Tx,
    folder: Folder,
    kind: FolderOpKind,
    payload: Mapping[str, Any],
    undo: Mapping[str, Any],
    *,
    now: datetime,
    user: UserId | None,
) -> OpId:
    op = OpId(take_ids(tx, folder.account_id, 1))
    tx.run(
        "insert_folder_op",
        account=folder.account_id,
        op=op,
        folder=folder.id,
        remote_id=folder.remote_id,
        name=folder.name,
        kind=kind.value,
        payload=json.dumps(dict(payload)),
        undo=json.dumps(dict(undo)),
        now=to_ms(now),
        user=user,
    )
    return op


def destroy(
    tx: Tx,
    folder: Folder,
    gone: Iterable[RemoteId],
    unfinished_until: datetime | None,
    *,
    now: datetime,
    user: UserId | None,
) -> None:
    """Queue a folder's removal with the messages that have gone from it here, or those besides that have now.

    ``unfinished_until``: more will follow before then, else the removal is given up; None: that was all. Then
    it is behind all that was queued since it was begun: messages may have been put elsewhere meanwhile.
    """
    account, undo = folder.account_id, {"name": folder.name}
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    open_ = next(iter(list_going(tx, account, folder.id)), None)
    known = KnownIds("" if open_ is None else open_.payload["messages"])
    payload = {"messages": known.pack(gone)} | ({} if unfinished_until is None else {"is_unfinished": True})
    if open_ is not None and unfinished_until is not None:
        op = open_.id
        _write(tx, open_, payload, undo)
    else:
        if open_ is not None:
            remove(tx, open_)
        op = _insert(tx, folder, FolderOpKind.DESTROY, payload, undo, now=now, user=user)
    if unfinished_until is not None:
        set_due(tx, account, op, unfinished_until)


def _join(
    tx: Tx, newest: FolderOp, kind: FolderOpKind, payload: Mapping[str, Any], undo: Mapping[str, Any]
) -> bool:
    """Say both changes in the one that has not been sent yet; False when they are two."""
    if kind not in _JOINED or newest.kind not in {kind, FolderOpKind.CREATE}:
        return False
    said = _JOINED[kind]
    if newest.kind is FolderOpKind.CREATE:
        _write(tx, newest, newest.payload | {said: payload[said]}, newest.undo)
    elif payload[said] == newest.undo[said]:
        tx.one("delete_folder_op", account=newest.account_id, op=newest.id, fence=newest.fence)
    else:
        _write(tx, newest, newest.payload | dict(payload), dict(undo) | newest.undo)
    return True


def list_all(tx: ReadTx, account: AccountId) -> list[FolderOp]:
    """The account's open changes of folders, oldest first."""
    return [_read(row) for row in tx.all("list_folder_ops", account=account)]


def list_going(tx: ReadTx, account: AccountId, folder: FolderId) -> list[FolderOp]:
    """The open removal of a folder, if there is one."""
    ops = list_all(tx, account)
    return [op for op in ops if op.folder_id == folder and op.kind is FolderOpKind.DESTROY]


def going(tx: ReadTx, account: AccountId) -> frozenset[RemoteId]:
    """Folders that are destroyed here, and that the provider still has."""
    return frozenset(op.remote_id for op in list_all(tx, account) if op.kind is FolderOpKind.DESTROY)


def get(tx: ReadTx, account: AccountId, op: OpId) -> FolderOp | None:
    row = tx.one("get_folder_op", account=account, op=op)
    return _read(row) if row else None


def held(ops: Sequence[FolderOp]) -> Held:
    """What the provider's reports about folders must not undo, by an account's open changes.

    A folder whose removal is unfinished is reported on as any other: it is there yet.
    """
    return Held(
        names={op.folder_id: op.payload["name"] for op in ops if op.kind is FolderOpKind.RENAME},
        parents={op.folder_id: op.payload["parent"] for op in ops if op.kind is FolderOpKind.MOVE},
        going=frozenset(
            op.remote_id for op in ops if op.kind is FolderOpKind.DESTROY and not op.is_unfinished
        ),
        coming=tuple(op for op in ops if op.kind is FolderOpKind.CREATE),
    )


def claim(tx: Tx, account: AccountId, holder: str, now: datetime) -> FolderOp | None:
    """Take the account's oldest change, if it is due and nothing has to happen before it.

    While another holder has changes of the account's messages under way, it is left to that one.
    """
    row = tx.one("get_claimable_folder_op", account=account, holder=holder, now=to_ms(now))
    if row is None:
        return None
    until = to_ms(now + CLAIM_LASTS)
    tx.run("set_folder_op_in_flight", account=account, op=row["id"], holder=holder, until=until)
    found = _read(row)
    return replace(found, is_in_flight=True, fence=found.fence + 1)


def is_held(tx: ReadTx, op: FolderOp) -> bool:
    """Whether it is still claimed as it was when it was taken."""
    return tx.one("get_held_folder_op", account=op.account_id, op=op.id, fence=op.fence) is not None


def hold(tx: Tx, op: FolderOp, now: datetime) -> bool:
    """Hold on to a claim; False when somebody else may have it by now."""
    until = to_ms(now + CLAIM_LASTS)
    return tx.run("hold_folder_op", account=op.account_id, op=op.id, fence=op.fence, until=until) == 1


def release_holder(tx: Tx, holder: str) -> int:
    """At start-up: what an earlier process of this name left in flight is pending again. Return how many."""
    return tx.run("release_folder_ops", holder=holder)


def retry(tx: Tx, op: FolderOp, due_at: datetime, problem: str, over: Failure = Failure.GENERAL) -> None:
    """It did not work out this time: pending again, from ``due_at`` on. As for changes of messages."""
    facts = {"due_at": to_ms(due_at), "problem": problem, **counted(over)}
    kept = tx.run("retry_folder_op", account=op.account_id, op=op.id, fence=op.fence, **facts)
    if kept and problem != op.problem:
        tx.changed(op.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def set_due(tx: Tx, account: AccountId, op: OpId, at: datetime) -> None:
    """Send it at ``at``, whatever it waited for."""
    tx.run("set_folder_op_due", account=account, op=op, at=to_ms(at))


def remove(tx: Tx, op: FolderOp) -> bool:
    """The change is done, or taken back; False when it was gone already, or is another's by now."""
    tx.changed(op.account_id, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    return tx.one("delete_folder_op", account=op.account_id, op=op.id, fence=op.fence) is not None


def repoint(tx: Tx, account: AccountId, old: FolderId, new: Folder) -> None:
    """A folder of ours turned out to be another one: what waits for it, or goes into it, goes on there."""
    for op in list_all(tx, account):
        if op.payload.get("parent") == old:
            _write(tx, op, op.payload | {"parent": new.id}, op.undo)
    tx.run("set_folder_of_ops", account=account, old=old, new=new.id, remote_id=new.remote_id)


def say_instead(tx: Tx, op: FolderOp, payload: Mapping[str, Any]) -> None:
    """It is to come to something else."""
    _write(tx, op, payload, op.undo)


def set_undo(tx: Tx, op: FolderOp, undo: Mapping[str, Any]) -> None:
    """What a refusal would put back has changed."""
    _write(tx, op, op.payload, undo)


def _write(tx: Tx, op: FolderOp, payload: Mapping[str, Any], undo: Mapping[str, Any]) -> None:
    tx.run(
        "update_folder_op",
        account=op.account_id,
        op=op.id,
        payload=json.dumps(dict(payload)),
        undo=json.dumps(dict(undo)),
    )


def _read(row: Row) -> FolderOp:
    return FolderOp(
        **queued(row),
        folder_id=FolderId(row["folder_id"]),
        kind=FolderOpKind(row["kind"]),
        name=row["name"],
    )
