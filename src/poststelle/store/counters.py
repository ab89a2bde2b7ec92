"""The provider's folder counters against ours, at any time and without asking it.

A folder takes part when its own round is read to its end. While its counters
move (the provider told new ones and its round is still to come, or a local
change that touches it is on its way) both sides count as ours: what is on its
way is no difference.
"""

from datetime import timedelta

from poststelle.model.check import Counters
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId
from poststelle.model.writeback import FolderOpKind
from poststelle.store import folder_ops, folders, history
from poststelle.store.tx import ReadTx, Row

# The folder list may have been on its way while a change was confirmed.
_MARGIN = timedelta(seconds=10)


def compare(tx: ReadTx, account: AccountId) -> Counters:
    """How the counters stand now."""
    moving = _moving(tx, account)
    expected = held = differences = left = 0
    for row in tx.all("list_folder_counters", account=account):
        told, ours = row["remote_total"] - row["beyond"], row["total"]
        if not is_whole(row):
            left += 1
        elif moving is None or row["id"] in moving or row["due_at"] == 0:
            told = ours
        else:
            unread = row["remote_unread"] - row["beyond_unread"] - row["unread"]
            differences += max(abs(told - ours), abs(unread))
        expected, held = expected + told, held + ours
    return Counters(expected, held, differences, left)


def is_whole(row: Row) -> bool:
    """Whether a folder's last round was read to its end."""
    return bool(row["is_complete"]) and not row["is_sweep"] and not row["failures"]


def whole_folders(tx: ReadTx, account: AccountId) -> tuple[list[Folder], int]:
    """The folders that are read to their end, and how many are not."""
    whole = {row["id"] for row in tx.all("list_folder_counters", account=account) if is_whole(row)}
    shown = set(folders.shown(tx, account).values())
    found = [f for f in folders.list_all(tx, account) if f.id in shown and not f.is_new]
    return [f for f in found if f.id in whole], sum(f.id not in whole for f in found)


def _moving(tx: ReadTx, account: AccountId) -> set[FolderId] | None:
    """Folders that a change on its way touches; None: any may be."""
    row = tx.one("count_fresh_confirmations", account=account, margin=_MARGIN // timedelta(milliseconds=1))
    if row and row["total"]:
        return None
    touched = {op.folder_id for op in folder_ops.list_all(tx, account) if op.kind is FolderOpKind.DESTROY}
    touched |= history.folders_with_older(tx, account)
    touched |= {FolderId(row["folder_id"]) for row in tx.all("list_departed_folders", account=account)}
    for op in tx.all("list_open_op_places", account=account):
        touched |= {op["folder_id"], op["target_folder"], op["source_folder"]}
    return touched
