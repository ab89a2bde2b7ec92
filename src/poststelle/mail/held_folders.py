"""Reports about folders, with what our own changes hold against them until the provider has made these."""

from collections.abc import Sequence
from dataclasses import replace

from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.writeback import FolderOp, FolderOpKind
from poststelle.providers.base import RemoteFolder
from poststelle.store import folder_ops, folders
from poststelle.store.folder_ops import Held
from poststelle.store.tx import Tx


def against(tx: Tx, account: AccountId, reported: Sequence[RemoteFolder]) -> list[RemoteFolder]:
    """The reports to take over: names and places on their way win, and what is going does not come back.

    A folder of our own making that the provider reports before it has answered
    becomes the reported one.
    """
    ops = folder_ops.list_all(tx, account)
    if not ops:
        return list(reported)
    held = folder_ops.held(ops)
    kept = []
    for folder in reported:
        if folder.remote_id in held.going:
            continue
        _adopt(tx, account, folder, held)
        ours = folders.by_remote(tx, account, folder.remote_id)
        if ours is None:
            kept.append(folder)
            continue
        _correct_undo(tx, account, folder, ours, ops)
        name = held.names.get(ours.id, folder.name)
        kept.append(replace(folder, name=name, parent_id=_parent(tx, account, folder, ours, held)))
    return kept


def _parent(tx: Tx, account: AccountId, folder: RemoteFolder, ours: Folder, held: Held) -> RemoteId | None:
    if ours.id not in held.parents:
        return folder.parent_id
    wanted = held.parents[ours.id]
    above = None if wanted is None else folders.get(tx, account, wanted)
    return None if above is None else above.remote_id


def _adopt(tx: Tx, account: AccountId, folder: RemoteFolder, held: Held) -> None:
    if not held.coming or folders.by_remote(tx, account, folder.remote_id):
        return
    for op in held.coming:
        ours = folders.get(tx, account, op.folder_id)
        if ours is None or not ours.is_new or op.payload["name"].casefold() != folder.name.casefold():
            continue
        asked = op.payload["parent"]  # ours may have been moved on since
        above = None if asked is None else folders.get(tx, account, asked)
        if (None if above is None else above.remote_id) == folder.parent_id:
            folders.set_remote_id(tx, account, ours.id, folder.remote_id)
            return


def _correct_undo(
    tx: Tx, account: AccountId, folder: RemoteFolder, ours: Folder, ops: Sequence[FolderOp]
) -> None:
    """What a refusal would put back is what the provider holds by now."""
    first: dict[FolderOpKind, FolderOp] = {}
    for op in ops:
        if op.folder_id == ours.id:
            first.setdefault(op.kind, op)
    renaming, moving = first.get(FolderOpKind.RENAME), first.get(FolderOpKind.MOVE)
    if renaming and renaming.undo["name"] != folder.name:
        folder_ops.set_undo(tx, renaming, {"name": folder.name})
    if moving:
        above = None if folder.parent_id is None else folders.by_remote(tx, account, folder.parent_id)
        folder_ops.set_undo(tx, moving, moving.undo | {"parent": above and above.id})
