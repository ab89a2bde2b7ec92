"""What is put back when the provider refuses a change.

``undo`` of a SET holds the fields' former values, of a MOVE ``folder`` (our
id), of a DESTROY ``folder`` and ``thread_key``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace as changed_copy

from poststelle.model.folder import Role
from poststelle.model.ids import FolderId, MessageId
from poststelle.model.message import Message
from poststelle.model.writeback import OpKind, WritebackOp, from_json
from poststelle.store import (
    attachments,
    departures,
    drafts,
    folders,
    messages,
    missing_texts,
    op_rows,
    threads,
)
from poststelle.store.sequences import take_ids
from poststelle.store.tx import Tx


def put_back(
    tx: Tx, op: WritebackOp, later: Sequence[WritebackOp], now: datetime, *, is_there: bool = True
) -> MessageId:
    """Undo ``op`` as far as no later op of its message covers it; return the message's id by now.

    ``is_there``: the message lies where it was before ``op``.
    """
    match op.kind:
        case OpKind.SET:
            _put_back_fields(tx, op, later)
        case OpKind.MOVE:
            _put_back_folder(tx, op, later, now, is_there=is_there)
        case OpKind.COPY:
            pass  # nothing was shown
        case OpKind.DESTROY:
            return _bring_back(tx, op, now)
        case OpKind.CREATE | OpKind.SEND:
            raise ValueError("what somebody wrote is never taken back")
    return op.message_id


def renew(tx: Tx, before: Message, after: Message, *, keeps_parts: bool) -> Message:
    """Give a message a new id, because for clients it is another one now; its open ops go with it.

    ``keeps_parts``: body, attachments and kept octets go with it too, else they
    are removed with the old id.
    """
    account = before.account_id
    fresh = changed_copy(after, id=MessageId(take_ids(tx, account, 1)))
    op_rows.repoint(tx, account, before.id, fresh.id)
    drafts.repoint(tx, account, before.id, fresh.id, fresh.thread_id)
    departures.repoint(tx, account, before.id, fresh.id)
    missing_texts.repoint(tx, account, before.id, fresh.id)
    is_listed = attachments.is_known(tx, account, before.id)
    if keeps_parts:
        for query in ("move_body", "move_attachments", "move_message_blobs"):
            tx.run(query, account=account, old=before.id, new=fresh.id)
    messages.replace(tx, account, [(before, None), (None, fresh)])
    if keeps_parts:
        attachments.set_known(tx, account, {fresh.id: is_listed})
    return fresh


def _put_back_fields(tx: Tx, op: WritebackOp, later: Sequence[WritebackOp]) -> None:
    mine: dict[str, Any] = dict(op.undo)
    for other in later:
        covered = mine.keys() & other.payload.keys() if other.kind is OpKind.SET else frozenset()
        if covered:
            op_rows.write(
                tx, op.account_id, other.id, other.payload, other.undo | {k: mine.pop(k) for k in covered}
            )
    before = messages.get(tx, op.account_id, op.message_id) or messages.hidden(
        tx, op.account_id, op.message_id
    )
    if before is not None and mine:
        fields = {name: from_json(name, value) for name, value in mine.items()}
        after = changed_copy(before, mutable=changed_copy(before.mutable, **fields))
        messages.replace(tx, op.account_id, [(before, after)])


def _put_back_folder(
    tx: Tx, op: WritebackOp, later: Sequence[WritebackOp], now: datetime, *, is_there: bool
) -> None:
    for other in later:
        if other.kind in {OpKind.MOVE, OpKind.DESTROY}:
            op_rows.write(
                tx, op.account_id, other.id, other.payload, other.undo | {"folder": op.undo["folder"]}
            )
            if is_there:
                op_rows.set_source(tx, op.account_id, other.id, op.undo["folder"])
            return
    folder = _place(tx, op)
    if folder is None:
        return
    messages.set_folder(tx, op.account_id, op.message_id, folder)
    if folder != op.undo["folder"]:
        departures.add(tx, op.account_id, folder, [op.message_id], now)


def _bring_back(tx: Tx, op: WritebackOp, now: datetime) -> MessageId:
    """A message that could not be destroyed comes back as a new one: destroyed ids never return."""
    account, key = op.account_id, op.undo["thread_key"]
    before, folder = messages.hidden(tx, account, op.message_id), _place(tx, op)
    if before is None or folder is None:
        return op.message_id
    thread = threads.ensure(tx, account, [key])[key]
    after = changed_copy(before, folder_ids=(folder,), thread_id=thread)
    fresh = renew(tx, before, after, keeps_parts=True)
    if folder != op.undo["folder"]:
        departures.add(tx, account, folder, [fresh.id], now)
    return fresh.id


def _place(tx: Tx, op: WritebackOp) -> FolderId | None:
    """The folder to go back to. Where it is gone: the inbox, or any, until the provider is asked."""
    before, shown = FolderId(op.undo["folder"]), folders.shown(tx, op.account_id).values()
    if before in shown:
        return before
    inbox = folders.by_role(tx, op.account_id, Role.INBOX)
    return inbox.id if inbox else next(iter(shown), None)
