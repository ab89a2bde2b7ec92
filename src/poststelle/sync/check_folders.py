"""The folder list of a check: read from nothing, beside the one that rounds have brought.

A folder that no round has ever told of is one whose messages nobody would look for. What two lists say
alike, and we still hold otherwise after our own rounds, is a difference. It is mended by reading the list
anew as after a lost cursor; the messages of a folder that was missing come with its own first round.
"""

from collections.abc import Mapping

from poststelle.mail.ingest import FOLDER_LIST, name_of
from poststelle.mime.text import clean
from poststelle.model.check import Finding, Kind
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId, RemoteId
from poststelle.providers.base import RemoteFolder, RemoteMail
from poststelle.providers.links import LinksMet
from poststelle.store import check_progress, checks, cursors, folder_ops, folders
from poststelle.store.tx import ReadTx, Tx
from poststelle.sync.check_lease import Hold, LeasedCheck
from poststelle.sync.pull_folder_list import pull_folder_list

_LONGEST_NAME = 200


async def check_folders(leased: LeasedCheck, remote: RemoteMail, hold: Hold) -> None:
    """Compare the folders, and mend what differs; nothing when the check has begun with its messages.

    Raises ProviderError, Busy, LeaseLost.
    """
    if await leased.read(check_progress.is_begun):
        return
    async with hold() as account:
        await pull_folder_list(account, remote)
        first = await _listed(remote)
        found = await account.read(_differing, first)
        if found:  # perhaps changed while it was listed
            await pull_folder_list(account, remote)
            second = await _listed(remote)
            again = await account.read(_differing, second)
            stays = {key for key in found if _said(first.get(key)) == _said(second.get(key))}
            found = {key: finding for key, finding in again.items() if key in stays}
        if found:
            await account.write(_mend, leased, found)
            await pull_folder_list(account, remote)


async def _listed(remote: RemoteMail) -> dict[RemoteId, RemoteFolder]:
    """All folders of the provider, by a round of its own that is not stored."""
    found: dict[RemoteId, RemoteFolder] = {}
    link: str | None = None
    met = LinksMet()
    while True:
        page = await remote.folder_delta(link)
        found |= {folder.remote_id: folder for folder in page.folders}
        found = {key: folder for key, folder in found.items() if key not in page.left}
        if page.next_link is None:
            return found
        met.note(page.next_link)
        link = page.next_link


def _differing(
    tx: ReadTx, account: AccountId, listed: Mapping[RemoteId, RemoteFolder]
) -> dict[RemoteId, Finding]:
    """What differs, by the provider's ids; nothing of folders that a change of ours is on its way to.

    A folder with a role may be left out of a list, so it is not looked for there.
    """
    ops = folder_ops.list_all(tx, account)
    ids, names = {op.remote_id for op in ops}, {op.payload.get("name") for op in ops}
    listed = {key: one for key, one in listed.items() if key not in ids and name_of(one) not in names}
    shown, paths = folders.shown(tx, account), folders.paths(tx, account)
    held = {
        f.remote_id: f
        for f in folders.list_all(tx, account)
        if f.remote_id in shown and f.remote_id not in ids and f.name not in names and not f.is_new
    }
    found = {}
    for key in held.keys() | listed.keys():
        ours, theirs = held.get(key), listed.get(key)
        parent = None if theirs is None or theirs.parent_id is None else shown.get(theirs.parent_id)
        if ours is None and theirs is not None:
            path = "" if parent is None else paths.get(parent, "")
            found[key] = _finding(Kind.MISSING, path, name_of(theirs), number=max(1, theirs.total))
        elif ours is not None and theirs is None and ours.role is None:
            found[key] = _finding(Kind.EXTRA, _above(ours, paths), ours.name)
        elif ours is not None and theirs is not None:
            is_same = (ours.name, ours.is_hidden) == (name_of(theirs), theirs.is_hidden)
            if not is_same or ours.parent_id != parent:
                found[key] = _finding(Kind.MISPLACED, _above(ours, paths), ours.name)
    return found


def _said(folder: RemoteFolder | None) -> tuple[object, ...] | None:
    return None if folder is None else (folder.name, folder.parent_id, folder.is_hidden)


def _above(folder: Folder, paths: Mapping[FolderId, str]) -> str:
    return "" if folder.parent_id is None else paths.get(folder.parent_id, "")


def _finding(kind: Kind, folder: str, name: str, number: int = 1) -> Finding:
    """A folder as a finding: its name stands where a message's subject does."""
    return Finding(kind, folder, clean(name[:_LONGEST_NAME]), is_repaired=True, number=number)


def _mend(tx: Tx, account: AccountId, leased: LeasedCheck, found: Mapping[RemoteId, Finding]) -> None:
    """Under both leases: record, and have the list read from nothing."""

    def call(tx: Tx) -> None:
        checks.record(tx, leased.lease, found.values())
        cursors.destroy(tx, account, FOLDER_LIST)

    leased.fenced(tx, call)
