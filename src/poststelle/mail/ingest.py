"""Take over what a provider reports: folders, pages of messages, departures.

Each function is one transaction. Applying a page twice changes nothing, a page
and its cursor commit together, and a removal from a folder is no deletion: the
message departs, is asked for by id, and is then settled.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from poststelle.mail import held_folders, take_over
from poststelle.mail.prepare import NOTHING_PREPARED, Preparation
from poststelle.mail.take_over import Report
from poststelle.mime.text import clean
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId, FolderId, RemoteId
from poststelle.providers.base import DeltaPage, FolderPage, RemoteFolder, RemoteMessage
from poststelle.store import cursors, departures, folders
from poststelle.store.tx import Tx

FOLDER_LIST = cursors.FOLDER_LIST
_NAMELESS = "–"


def apply_folders(tx: Tx, account: AccountId, found: Iterable[RemoteFolder]) -> None:
    """Take over some folders, outside any round (the well-known ones at first contact)."""
    lock(tx, account)
    _upsert_folders(tx, account, found)


def apply_folder_page(
    tx: Tx, account: AccountId, page: FolderPage, *, now: datetime, as_of: int | None = None
) -> None:
    """Take over a page of the folder list and its link. ``as_of`` as for pages of messages.

    A folder that has left stays until its messages are located. A round that
    started from nothing, or is a listing, is a sweep: at its end, folders not
    met have left, too (those with a role excepted, which providers may leave
    out of the list, and what the provider has made for us meanwhile).
    """
    lock(tx, account)
    cursor = cursors.get(tx, account, FOLDER_LIST)
    is_under_way = cursor is not None and cursor.is_sweep
    is_sweep = cursor is None or is_under_way or page.is_listing
    confirmed = folders.confirmed_since(tx, account, as_of)
    if is_sweep and not is_under_way:
        cursors.forget_seen(tx, account, FOLDER_LIST)
        cursors.mark_seen(tx, account, FOLDER_LIST, confirmed)
    is_in_doubt = bool(confirmed) and any(
        folders.is_in_doubt(tx, account, one.remote_id, one.parent_id, name_of(one), as_of)
        for one in page.folders
    )
    met = _upsert_folders(tx, account, page.folders, as_of)
    for remote_id in page.left:
        folder = folders.by_remote(tx, account, remote_id)
        if folder is not None:
            _leave(tx, account, folder.id, now)
    if is_sweep:
        cursors.mark_seen(tx, account, FOLDER_LIST, met)
        if page.delta_link is not None:
            _sweep_folders(tx, account, now)
    _keep_link(tx, account, FOLDER_LIST, page, is_sweep=is_sweep, now=now)
    if is_in_doubt:  # it may tell what others have done since, and would not be told again
        cursors.destroy(tx, account, FOLDER_LIST)


def apply_page(
    tx: Tx,
    account: AccountId,
    folder: FolderId,
    page: DeltaPage,
    *,
    is_sweep: bool,
    now: datetime,
    as_of: int | None = None,
    preparation: Preparation = NOTHING_PREPARED,
) -> int:
    """Take over a page of a folder's messages and its link; return how many messages changed.

    ``as_of`` is the account's modseq when the page was asked for, so that it does
    not undo what the provider has confirmed since; None: it was made just now.
    ``preparation``: what ``prepare`` made of its messages; without it they are found a little later.
    The last page of a sweep (a read from nothing while messages are held) makes
    all messages it has not met depart. Nothing is stored for a folder that is
    gone. Raises NotFound when the account is gone.
    """
    lock(tx, account)
    shown = folders.shown(tx, account)
    if folder not in shown.values():
        return 0
    if is_sweep and not _is_under_way(tx, account, folder):
        cursors.forget_seen(tx, account, folder)
    report = Report(now, as_of)
    taken = take_over.messages_of_page(tx, account, folder, page.messages, report, preparation, shown)
    _tell_if_any(tx, account, taken.changed)
    left = take_over.leave(tx, account, folder, page.left, now)
    if is_sweep:
        cursors.mark_seen(tx, account, folder, taken.ids)
    _keep_link(tx, account, folder, page, is_sweep=is_sweep, now=now)
    if is_sweep and page.delta_link is not None:
        left += finish_sweep(tx, account, folder, now=now)
    return taken.changed + left


def finish_sweep(tx: Tx, account: AccountId, folder: FolderId, *, now: datetime) -> int:
    """Messages that the sweep has not met depart; return how many. Without a sweep nothing happens."""
    cursor = cursors.get(tx, account, folder)
    if cursor is None or not cursor.is_sweep:
        return 0
    unseen = cursors.unseen_messages(tx, account, folder)
    departures.add(tx, account, folder, unseen, now)
    cursors.forget_seen(tx, account, folder)
    cursors.upsert(tx, account, folder, cursor.link, is_complete=cursor.is_complete, is_sweep=False, at=now)
    return len(unseen)


def settle(
    tx: Tx,
    account: AccountId,
    located: Mapping[RemoteId, RemoteMessage | None],
    *,
    now: datetime,
    as_of: int | None = None,
) -> int:
    """Bring messages to where the provider says they lie now; None: it holds them no more.

    A folder we don't know is one that clients never see (Exchange keeps purged
    messages in such): the message is gone. Should that folder be listed later,
    its own round brings the message again. ``as_of`` as for pages. Return how
    many messages changed.
    """
    lock(tx, account)
    taken = take_over.located(tx, account, located, Report(now, as_of))
    _tell_if_any(tx, account, taken.changed)
    return taken.changed


def name_of(folder: RemoteFolder) -> str:
    """A folder's name as it is stored."""
    return clean(folder.name) or _NAMELESS


def lock(tx: Tx, account: AccountId) -> None:
    """Let writes to one account's mail take turns. Raises NotFound when the account is gone."""
    if not tx.run("lock_account", account=account):
        raise NotFound("no_such_account", "There is no such mailbox any more.")


def _upsert_folders(
    tx: Tx, account: AccountId, found: Iterable[RemoteFolder], as_of: int | None = None
) -> list[FolderId]:
    reported = [replace(folder, name=name_of(folder)) for folder in found]
    met = [
        folders.upsert(
            tx,
            account,
            remote_id=folder.remote_id,
            parent_remote_id=folder.parent_id,
            name=folder.name,
            role=folder.role,
            is_hidden=folder.is_hidden,
            remote_total=folder.total,
            remote_unread=folder.unread,
            as_of=as_of,
        )
        for folder in held_folders.against(tx, account, reported)
    ]
    if met:
        folders.link_parents(tx, account)
        _tell_if_any(tx, account, len(met))
    return met


def _leave(tx: Tx, account: AccountId, folder: FolderId, now: datetime) -> None:
    departures.add_all_of(tx, account, folder, now)
    folders.leave(tx, account, folder)


def _sweep_folders(tx: Tx, account: AccountId, now: datetime) -> None:
    for folder in cursors.unseen_folders(tx, account):
        found = folders.get(tx, account, folder)
        if found is not None and found.role is None:
            _leave(tx, account, folder, now)
    cursors.forget_seen(tx, account, FOLDER_LIST)


def _is_under_way(tx: Tx, account: AccountId, folder: FolderId) -> bool:
    cursor = cursors.get(tx, account, folder)
    return cursor is not None and cursor.is_sweep


def _keep_link(
    tx: Tx,
    account: AccountId,
    folder: FolderId,
    page: DeltaPage | FolderPage,
    *,
    is_sweep: bool,
    now: datetime,
) -> None:
    is_complete = page.delta_link is not None
    link = page.delta_link or page.next_link
    if not link:
        raise ValueError("a page has neither a next nor a delta link")
    # The folder list's sweep ends with its last page; a folder's in finish_sweep.
    goes_on = is_sweep and not (is_complete and folder == FOLDER_LIST)
    cursors.upsert(tx, account, folder, link, is_complete=is_complete, is_sweep=goes_on, at=now)


def _tell_if_any(tx: Tx, account: AccountId, changed: int) -> None:
    """People see how far the synchronisation is."""
    if changed:
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
