"""Where to resume reading a folder; folder 0 is the folder list itself.

A sweep is a full read at whose end everything that was not met is known to
have left. What it has met so far is kept beside the cursor, so that a crash
resumes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, FolderId, MessageId
from poststelle.store.tx import ReadTx, Tx

FOLDER_LIST = FolderId(0)


class LinkForgotten(Exception):
    """A round is to begin again: where it went on is not where the folder is read from now."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """``link`` is opaque; ``is_complete`` says the last round was read to its end."""

    link: str
    is_complete: bool
    is_sweep: bool


def get(tx: ReadTx, account: AccountId, folder: FolderId) -> Cursor | None:
    row = tx.one("get_cursor", account=account, folder=folder)
    return Cursor(row["link"], bool(row["is_complete"]), bool(row["is_sweep"])) if row else None


def get_many(tx: ReadTx, account: AccountId, folders: Iterable[FolderId]) -> dict[FolderId, Cursor]:
    """Those of these folders that have one."""
    rows = tx.all("get_cursors", account=account, ids=folders)
    return {
        FolderId(row["folder_id"]): Cursor(row["link"], bool(row["is_complete"]), bool(row["is_sweep"]))
        for row in rows
    }


def require_link(tx: ReadTx, account: AccountId, folder: FolderId, link: str | None) -> None:
    """Refuse what was read on from a link (None: from nothing) that is not kept any more.

    Somebody has had it read anew meanwhile: what a round brings that began before is no answer to that.
    Raises LinkForgotten.
    """
    held = get(tx, account, folder)
    if (held.link if held else None) != link:
        raise LinkForgotten


def upsert(
    tx: Tx,
    account: AccountId,
    folder: FolderId,
    link: str,
    *,
    is_complete: bool,
    is_sweep: bool,
    at: datetime,
) -> None:
    tx.run(
        "upsert_cursor",
        account=account,
        folder=folder,
        link=link,
        is_complete=int(is_complete),
        is_sweep=int(is_sweep),
        at=to_ms(at),
    )


def move_on(
    tx: Tx, account: AccountId, folder: FolderId, link: str | None, delta_link: str, at: datetime
) -> bool:
    """A round that went on from ``link`` (None: from nothing) has ended, and was no sweep.

    False (and nothing changes) where that is not how far the folder is read by now.
    """
    params = {"account": account, "folder": folder, "delta_link": delta_link, "at": to_ms(at)}
    if link is None:
        return tx.run("begin_cursor", **params) == 1
    return tx.run("move_cursor_on", link=link, **params) == 1


def destroy(tx: Tx, account: AccountId, folder: FolderId) -> None:
    """Forget the link and whatever a sweep had met: the next read starts from nothing."""
    tx.run("delete_folder_cursor", account=account, folder=folder)
    forget_seen(tx, account, folder)


def mark_seen(tx: Tx, account: AccountId, folder: FolderId, ids: Iterable[int]) -> None:
    """A sweep has met these messages (for the folder list: folders)."""
    tx.many("insert_seen", [{"account_id": account, "folder_id": folder, "message_id": i} for i in ids])


def note_met(tx: Tx, account: AccountId, folder: FolderId) -> None:
    """The provider has this folder: a reading of the list from nothing that began before does not say so."""
    cursor = get(tx, account, FOLDER_LIST)
    if cursor is not None and cursor.is_sweep:
        mark_seen(tx, account, FOLDER_LIST, [folder])


def forget_seen(tx: Tx, account: AccountId, folder: FolderId) -> None:
    tx.run("delete_folder_seen", account=account, folder=folder)


def unseen_messages(tx: ReadTx, account: AccountId, folder: FolderId) -> list[MessageId]:
    """Messages of the folder that the sweep has not met."""
    rows = tx.all("list_unseen_messages", account=account, folder=folder)
    return [MessageId(row["message_id"]) for row in rows]


def unseen_folders(tx: ReadTx, account: AccountId) -> list[FolderId]:
    """Folders that the sweep over the folder list has not met."""
    return [FolderId(row["id"]) for row in tx.all("list_unseen_folders", account=account)]
