"""How far back an account's mail is held, what of it lies before that, and what folders count within it.

What is to be removed is a fact by itself: messages received before
``accounts.history_from``. Those that something still waits for stay until it is done.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId, MessageId
from poststelle.store import sync_states
from poststelle.store.tx import ReadTx, Tx


def since(tx: ReadTx, account: AccountId) -> datetime | None:
    """Mail received before is not held; None: everything is."""
    row = tx.one("get_history_from", account=account)
    return None if row is None or row["history_from"] is None else from_ms(row["history_from"])


def set_depth(
    tx: Tx, account: AccountId, months: int | None, begins: datetime | None, now: datetime, *, is_longer: bool
) -> None:
    """Hold mail from ``begins`` on. A pull under way loses its lease, for it may bring what it should not.

    ``is_longer``: all folders are read from nothing, for their links tell of less.
    """
    tx.run("set_history", account=account, months=months, since=None if begins is None else to_ms(begins))
    tx.run("forget_measured", account=account)
    if is_longer:
        tx.run("delete_message_cursors", account=account)
        tx.run("delete_all_seen", account=account)
    tx.run("read_folders_anew", account=account)
    tx.run("end_sync_lease", account=account)
    sync_states.wake(tx, account, now)
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def chosen(tx: ReadTx) -> dict[AccountId, datetime]:
    """The accounts that hold a part of their mail, and from when on."""
    rows = tx.all("list_accounts_with_history")
    return {AccountId(row["id"]): from_ms(row["history_from"]) for row in rows}


def with_older(tx: ReadTx, begins: Iterable[tuple[AccountId, datetime]]) -> list[AccountId]:
    """Those of these accounts that hold some older mail that may go: mostly none. Two questions of each."""
    return [account for account, at in begins if older(tx, account, at, 1)]


def count_older(tx: ReadTx, account: AccountId, begins: datetime) -> int:
    """How many messages we hold that were received before."""
    row = tx.one("count_older", account=account, since=to_ms(begins))
    return row["total"] if row else 0


def older(tx: ReadTx, account: AccountId, begins: datetime, limit: int) -> list[MessageId]:
    """Messages received before for which nothing waits, the oldest first.

    Something waits for what is on its way to the provider, a draft that is not there yet, mail
    to be sent, and the message that will be marked as answered when that is sent.
    """
    marked = _marked(tx, account)
    rows = tx.all("list_older", account=account, since=to_ms(begins), limit=limit + len(marked))
    return [MessageId(row["id"]) for row in rows if row["id"] not in marked][:limit]


def folders_with_older(tx: ReadTx, account: AccountId) -> set[FolderId]:
    """Folders in which copies still lie that are to go."""
    begins = since(tx, account)
    if begins is None:
        return set()
    rows = tx.all("list_folders_with_older", account=account, since=to_ms(begins))
    return {FolderId(row["id"]) for row in rows}


def apart(tx: ReadTx, account: AccountId) -> set[FolderId]:
    """Folders read to their end that count otherwise than the provider, which was not asked since then."""
    return {FolderId(row["id"]) for row in tx.all("list_folders_apart", account=account)}


def set_measured(tx: Tx, account: AccountId, counted: Iterable[tuple[Folder, int, int]]) -> None:
    """Of each folder the messages and the unread ones the provider counts in our part of it.

    Not where it has told other counters since it was asked.
    """
    for folder, total, unread in counted:
        tx.run(
            "set_measured",
            account=account,
            folder=folder.id,
            total=total,
            unread=unread,
            remote_total=folder.remote_total,
            remote_unread=folder.remote_unread,
        )


def _marked(tx: ReadTx, account: AccountId) -> set[int]:
    rows = tx.all("list_active_marks", account=account)
    return {message for row in rows for message, _ in json.loads(row["marks"])}
