"""A letter becomes known as a message that was shown beside it: what people did to either holds.

written back ───────────────┐
on its way (in flight) ─────┼─> of two changes of the same thing the later one
open, of the letter's own ──┘
"""

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from poststelle.model.ids import FolderId
from poststelle.model.message import Message, Mutable
from poststelle.model.writeback import FLAG, OpKind, WritebackOp, to_json
from poststelle.store import op_rows, pending, writeback_ops
from poststelle.store.tx import ReadTx, Tx


def hand_over(tx: Tx, letter: Message, twin: Message) -> Message:
    """Give the letter the other's changes; return it as it is in the other's place."""
    account, beneath, marks_there = letter.account_id, _place_there(tx, twin), _marks_there(tx, twin)
    _leave_out_overtaken(tx, letter, twin)
    ours = _last_of(letter, op_rows.list_open(tx, account, [letter.id, twin.id]))
    op_rows.repoint(tx, account, twin.id, letter.id)
    _chain(tx, letter, beneath)
    _chain_marks(tx, letter, marks_there)
    marks = {name: getattr(letter.mutable, name) for name in ours if hasattr(letter.mutable, name)}
    folder_ids = letter.folder_ids if OpKind.MOVE in ours else twin.folder_ids
    return structs.replace(letter, mutable=structs.replace(twin.mutable, **marks), folder_ids=folder_ids)


def _place_there(tx: ReadTx, twin: Message) -> FolderId:
    """Where it lies at the provider, as far as is known: what is on its way is not there yet."""
    for op in op_rows.list_open(tx, twin.account_id, [twin.id]):
        if op.kind in writeback_ops.LEAVING:
            return FolderId(op.undo["folder"])
    return twin.folder_ids[0]


def _marks_there(tx: ReadTx, twin: Message) -> dict[str, Any]:
    """Its marks at the provider, as far as is known, as ops write them."""
    marks = {name: to_json(getattr(twin.mutable, name)) for name in Mutable.__struct_fields__}
    for op in reversed(op_rows.list_open(tx, twin.account_id, [twin.id])):
        if op.kind is OpKind.SET:
            marks |= op.undo
    return marks


def _leave_out_overtaken(tx: Tx, letter: Message, twin: Message) -> None:
    """What waited for the letter to be made, and was done otherwise later to what is shown beside it."""
    account = letter.account_id
    last = pending.last_confirmed(tx, account, twin.remote_id)
    for op in op_rows.list_open(tx, account, [twin.id]):
        if op.is_in_flight:
            last |= dict.fromkeys(_things(op), op.id)
    for op in op_rows.list_open(tx, account, [letter.id]):
        overtaken = {name for name in _things(op) if last.get(name, 0) > op.id}
        if op.kind is OpKind.MOVE and overtaken:
            writeback_ops.give_up(tx, op)
        elif op.kind is OpKind.SET and overtaken:
            writeback_ops.leave_out(tx, op, overtaken | FLAG if overtaken & FLAG else overtaken)


def _last_of(letter: Message, ops: Iterable[WritebackOp]) -> set[str]:
    """The things of which the last change, of both messages' open ones, is the letter's own."""
    last = {name: op.message_id for op in ops for name in _things(op)}
    return {name for name, message_id in last.items() if message_id == letter.id}


def _things(op: WritebackOp) -> Iterable[str]:
    """What it changes: fields, or what its kind says."""
    return op.payload if op.kind is OpKind.SET else [op.kind]


def _chain(tx: Tx, letter: Message, place: FolderId) -> None:
    """Each way out of a folder begins where the one before it ends: a refusal puts it back there."""
    for op in op_rows.list_open(tx, letter.account_id, [letter.id]):
        if op.kind not in writeback_ops.LEAVING:
            continue
        if not op.is_in_flight and op.undo.get("folder") != place:
            writeback_ops.set_undo(tx, op, {**op.undo, "folder": place})
            op_rows.set_source(tx, letter.account_id, op.id, place)
        if op.kind is OpKind.MOVE:
            place = FolderId(op.payload["folder"])


def _chain_marks(tx: Tx, letter: Message, marks: dict[str, Any]) -> None:
    """Likewise what each change of a mark puts back."""
    for op in op_rows.list_open(tx, letter.account_id, [letter.id]):
        if op.kind is not OpKind.SET:
            continue
        undo = {name: marks.get(name, op.undo.get(name)) for name in op.undo}
        if not op.is_in_flight and undo != op.undo:
            writeback_ops.set_undo(tx, op, undo)
        marks |= op.payload
