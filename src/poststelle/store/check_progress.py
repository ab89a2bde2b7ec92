"""How far an account's check has come: folders to list, messages met, messages in doubt.

All of it goes when the check ends. A page and the position behind it commit
together, so a crash resumes at the first page not stored.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.check import FolderProgress, Suspect
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId
from poststelle.store import history
from poststelle.store.tx import ReadTx, Tx


class NextFolder(NamedTuple):
    """``is_there`` False: the provider holds the folder no more."""

    progress: FolderProgress
    is_there: bool


def begin(tx: Tx, account: AccountId, folders: Iterable[FolderId]) -> None:
    """Note the folders to be listed; those of an earlier check go."""
    clear(tx, account)
    tx.many("insert_check_folder", [{"account_id": account, "folder_id": folder} for folder in folders])


def clear(tx: Tx, account: AccountId) -> None:
    for query in ("delete_check_folders", "delete_all_check_seen", "delete_all_suspects"):
        tx.run(query, account=account)


def is_begun(tx: ReadTx, account: AccountId) -> bool:
    """Whether a check's folders are noted."""
    return tx.one("get_any_check_folder", account=account) is not None


def next_folder(tx: ReadTx, account: AccountId) -> NextFolder | None:
    """The folder to go on with; None when all are listed."""
    row = tx.one("get_next_check_folder", account=account)
    if row is None:
        return None
    return NextFolder(
        FolderProgress(
            folder_id=FolderId(row["folder_id"]),
            cursor=row["cursor"],
            restarts=row["restarts"],
            newest_id=row["newest_id"],
            listed=row["listed"],
            listed_unread=row["listed_unread"],
            unreadable=row["unreadable"],
            remote_total=row["remote_total"],
            remote_unread=row["remote_unread"],
        ),
        is_there=row["is_there"] is not None,
    )


def start_folder(tx: Tx, account: AccountId, folder: Folder, *, newest_id: int, is_again: bool) -> None:
    """Begin a folder's list, or begin it again; ``newest_id``: ids above it come here only from now on."""
    tx.run("delete_check_seen", account=account, folder=folder.id)
    tx.run("delete_unknown_suspects_of_folder", account=account, folder=folder.id)
    tx.run(
        "start_check_folder",
        account=account,
        folder=folder.id,
        newest_id=newest_id,
        again=int(is_again),
        remote_total=folder.remote_total,
        remote_unread=folder.remote_unread,
    )


def move(
    tx: Tx,
    account: AccountId,
    folder: FolderId,
    cursor: str | None,
    *,
    listed: int,
    unread: int,
    unreadable: int,
) -> None:
    """The list goes on at ``cursor``; so many more messages were met."""
    tx.run(
        "move_check_folder",
        account=account,
        folder=folder,
        cursor=cursor,
        listed=listed,
        unread=unread,
        unreadable=unreadable,
    )


def count_held(tx: Tx, account: AccountId, folder: FolderId, *, is_unread: bool) -> None:
    """One more that lies there for both sides, though the list could not show it."""
    tx.run("count_held_in_check_folder", account=account, folder=folder, unread=int(is_unread))


def end_folder(tx: Tx, account: AccountId, folder: FolderId, *, is_there: bool = True) -> None:
    """A folder is listed to its end; one that is not there has no counters to compare either."""
    tx.run("delete_check_seen", account=account, folder=folder)
    tx.run("end_check_folder", account=account, folder=folder, is_listed=int(is_there))


def set_beyond(tx: Tx, account: AccountId) -> None:
    """What the provider counts beyond the messages it lists, where its counters stood still meanwhile.

    They are items that are no messages, or messages nobody can read.

    Source: Graph v1.0, "mailFolder resource type" (totalItemCount counts every kind of item).
    """
    for row in tx.all("list_listed_folders", account=account):
        tx.run("set_folder_beyond", account=account, **row)


def mark_seen(tx: Tx, account: AccountId, folder: FolderId, ids: Iterable[MessageId]) -> None:
    rows = [{"account_id": account, "folder_id": folder, "message_id": i} for i in ids]
    tx.many("insert_check_seen", rows)


def seen(tx: ReadTx, account: AccountId, folder: FolderId, ids: Collection[MessageId]) -> set[MessageId]:
    """Which of these messages the list has met."""
    if not ids:
        return set()
    rows = tx.all("list_check_seen", account=account, folder=folder, ids=list(ids))
    return {MessageId(row["message_id"]) for row in rows}


def unseen(tx: ReadTx, account: AccountId, progress: FolderProgress) -> list[RemoteId]:
    """What we hold in the folder since before its list was begun, and the list has not met.

    Not what is older than the account holds: it goes by itself.
    """
    begins = history.since(tx, account)
    rows = tx.all(
        "list_check_unseen",
        account=account,
        folder=progress.folder_id,
        newest_id=progress.newest_id,
        since=0 if begins is None else to_ms(begins),
    )
    return [RemoteId(row["remote_id"]) for row in rows]


def stepped_over(tx: ReadTx, account: AccountId) -> dict[FolderId, int]:
    """How many places in which folders could not be read."""
    return {
        FolderId(row["folder_id"]): row["unreadable"] for row in tx.all("list_stepped_over", account=account)
    }


def suspect(
    tx: Tx, account: AccountId, folder: FolderId, ids: Iterable[RemoteId], *, is_unknown: bool
) -> None:
    """These messages seem to differ; those in doubt already stay as they are."""
    row = {"account_id": account, "folder_id": folder, "is_unknown": int(is_unknown)}
    tx.many("insert_suspect", [{**row, "remote_id": remote_id} for remote_id in ids])


def suspected(tx: ReadTx, account: AccountId, ids: Collection[RemoteId]) -> set[RemoteId]:
    """Which of these are in doubt."""
    if not ids:
        return set()
    return {RemoteId(r["remote_id"]) for r in tx.all("list_known_suspects", account=account, ids=list(ids))}


def suspects(tx: ReadTx, account: AccountId, now: datetime, limit: int) -> list[Suspect]:
    """Messages to ask about now, the longest waiting first."""
    return [
        Suspect(
            RemoteId(row["remote_id"]),
            FolderId(row["folder_id"]),
            bool(row["is_unknown"]),
            row["told"],
            row["tries"],
        )
        for row in tx.all("list_suspects", account=account, now=to_ms(now), limit=limit)
    ]


def next_suspect_at(tx: ReadTx, account: AccountId) -> datetime | None:
    """When the next one in doubt is to be asked about; None when nothing is in doubt."""
    row = tx.one("next_suspect", account=account)
    return None if row is None or row["due_at"] is None else from_ms(row["due_at"])


def note_told(tx: Tx, account: AccountId, told: Mapping[RemoteId, str], due_at: datetime) -> None:
    """What the provider said of them by id; to be asked about once more from ``due_at`` on."""
    row = {"account_id": account, "due_at": to_ms(due_at)}
    tx.many("note_suspect", [{**row, "remote_id": key, "told": text} for key, text in told.items()])


def settle(tx: Tx, account: AccountId, ids: Collection[RemoteId]) -> None:
    """These are in doubt no more."""
    if ids:
        tx.run("delete_suspects", account=account, ids=list(ids))
