"""What is put back when the provider refuses a change of a folder."""

from datetime import datetime

from poststelle.model.folder import Folder, Role
from poststelle.model.ids import FolderId, MessageId, RemoteId
from poststelle.model.writeback import FolderOp, FolderOpKind, Notice, OpKind, WritebackOp
from poststelle.store import (
    cursors,
    departures,
    folder_ops,
    folders,
    messages,
    notices,
    op_rows,
    sync_states,
    writeback_ops,
)
from poststelle.store.tx import ReadTx, Tx

_PORTION = 500


def take_back(tx: Tx, op: FolderOp, code: str, detail: str, now: datetime) -> Notice | None:
    """Undo the change as far as no later one covers it, and leave a notice. None when the op is gone."""
    if not folder_ops.remove(tx, op):
        return None
    account, folder = op.account_id, folders.get(tx, op.account_id, op.folder_id)
    name = op.name if op.kind is not FolderOpKind.CREATE else str(op.payload["name"])
    match op.kind:
        case FolderOpKind.CREATE:
            _unmake(tx, op, code, detail, now)
        case FolderOpKind.RENAME | FolderOpKind.MOVE if folder is not None:
            # Also where something is gone: that may be the folder above. If it is this one, the list says so.
            _put_back(tx, op)
            _put_name_back(tx, op, folder, now)
        case FolderOpKind.DESTROY:
            # It and its messages are read again, as new ones: destroyed ids never return.
            cursors.destroy(tx, account, cursors.FOLDER_LIST)
            if folder is not None:  # its removal was broken off
                cursors.destroy(tx, account, folder.id)
                folders.set_due(tx, account, folder.id, now)
            sync_states.wake(tx, account, now)
        case _:
            pass
    return notices.insert_of_folder(tx, op, name, code=code, detail=detail, at=now)


def spare_source(tx: Tx, op: WritebackOp, detail: str, now: datetime) -> None:
    """A message could not leave a folder that is to be destroyed: the folder stays."""
    if op.kind in {OpKind.MOVE, OpKind.DESTROY}:
        for going in folder_ops.list_going(tx, op.account_id, FolderId(op.undo["folder"])):
            take_back(tx, going, "refused", detail, now)


def bring_home(tx: Tx, op: WritebackOp) -> None:
    """What is written here, and can't be made in its folder, is made in the drafts, or the inbox."""
    account, message = op.account_id, messages.even_hidden(tx, op.account_id, op.message_id)
    if message is None:
        return
    home = folders.by_role(tx, account, Role.DRAFTS if message.mutable.is_draft else Role.INBOX)
    payload = {key: value for key, value in op.payload.items() if key != "folder"}
    op_rows.write(tx, account, op.id, payload if home is None else payload | {"folder": home.id}, op.undo)
    if home is not None and message.folder_ids == (op.payload.get("folder"),):
        messages.set_folder(tx, account, op.message_id, home.id)


def give_remote_id(tx: Tx, op: FolderOp, remote_id: RemoteId) -> None:
    """A folder of ours is made. One that was read under that id meanwhile is the same: ours goes into it."""
    account, ours = op.account_id, folders.get(tx, op.account_id, op.folder_id)
    twin = folders.by_remote(tx, account, remote_id)
    if ours is None or twin is None or twin.id == ours.id:
        folders.set_remote_id(tx, account, op.folder_id, remote_id)
        return
    for row in tx.all("list_ops_to_folder", account=account, folder=ours.id):
        change = op_rows.read(row)
        op_rows.write(tx, account, change.id, change.payload | {"folder": twin.id}, change.undo)
    tx.run("set_source_of_ops", account=account, old=ours.id, new=twin.id)
    for message in _all_messages(tx, op):
        messages.set_folder(tx, account, message, twin.id)
    for child in folders.list_all(tx, account):
        if child.parent_id == ours.id:
            folders.set_parent(tx, account, child.id, twin.id)
    folder_ops.repoint(tx, account, ours.id, twin)
    folders.leave(tx, account, ours.id)


def _put_back(tx: Tx, op: FolderOp) -> None:
    """The name or place it had; where a later change covers it, that one's undo is corrected instead."""
    for later in folder_ops.list_all(tx, op.account_id):
        if later.folder_id == op.folder_id and later.kind is op.kind:
            folder_ops.set_undo(tx, later, op.undo)
            return
    if op.kind is FolderOpKind.RENAME:
        folders.set_name(tx, op.account_id, op.folder_id, op.undo["name"])
    else:
        folders.set_parent(tx, op.account_id, op.folder_id, op.undo["parent"])


def _put_name_back(tx: Tx, op: FolderOp, folder: Folder, now: datetime) -> None:
    """A name that was meant for another place: it is not wanted where the folder stays.

    Unless somebody has named or moved it since, or has taken the old name.
    """
    account, wanted = op.account_id, op.payload.get("name")
    later = [other for other in folder_ops.list_all(tx, account) if other.folder_id == folder.id]
    renaming = next((other for other in later if other.kind is FolderOpKind.RENAME), None)
    is_on_its_way = renaming is not None and renaming.is_in_flight
    if op.kind is not FolderOpKind.MOVE or wanted is None or is_on_its_way:
        return
    said = folder.name if renaming is None else renaming.payload["name"]
    if said != wanted or any(other.kind is FolderOpKind.MOVE for other in later):
        return
    there = folder.name if renaming is None else renaming.undo["name"]
    name = op.undo["name"] if there == op.payload["under"] else there
    if _is_taken(tx, op, name):
        name = there
    if renaming is None and name != there:
        payload, undo, user = {"name": name}, {"name": there}, op.created_by
        folder_ops.insert(tx, folder, FolderOpKind.RENAME, payload=payload, undo=undo, now=now, user=user)
    elif renaming is not None and name == there and not renaming.attempts:
        folder_ops.remove(tx, renaming)
    elif renaming is not None:
        folder_ops.say_instead(tx, renaming, {"name": name})
    folders.set_name(tx, account, folder.id, name)


def _is_taken(tx: ReadTx, op: FolderOp, name: str) -> bool:
    """Whether another folder has the name where this one stays."""
    shown = set(folders.shown(tx, op.account_id).values())
    others = (other for other in folders.list_all(tx, op.account_id) if other.id != op.folder_id)
    place = op.undo["parent"]
    return any(
        other.parent_id == place and other.name.casefold() == name.casefold() and other.id in shown
        for other in others
    )


def _unmake(tx: Tx, op: FolderOp, code: str, detail: str, now: datetime) -> None:
    """The folder is not made: what was on its way into it goes back to where it was."""
    account = op.account_id
    for row in tx.all("list_ops_to_folder", account=account, folder=op.folder_id):
        change = op_rows.read(row)
        if change.kind is OpKind.CREATE:
            bring_home(tx, change)
        else:
            writeback_ops.take_back(tx, change, code, detail, now)
            spare_source(tx, change, detail, now)
    for child in folders.list_all(tx, account):
        if child.parent_id == op.folder_id:
            folders.set_parent(tx, account, child.id, None)
    inbox = folders.by_role(tx, account, Role.INBOX)
    for message in _all_messages(tx, op):
        if inbox is not None:
            messages.set_folder(tx, account, message, inbox.id)
            departures.add(tx, account, inbox.id, [message], now)
    folders.leave(tx, account, FolderId(op.folder_id))


def _all_messages(tx: Tx, op: FolderOp) -> list[MessageId]:
    found = folders.get(tx, op.account_id, op.folder_id)
    limit = found.total if found else 0
    rows = tx.all("list_messages_in_folder", account=op.account_id, folder=op.folder_id, limit=limit)
    return [MessageId(row["message_id"]) for row in rows]
