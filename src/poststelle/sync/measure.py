"""What a provider counts in the part of a folder that an account holds.

Its own folder counters count all of it. So where an account's history begins at
some day, the provider is asked for the counts from that day on: before a
folder is first read, and whenever its counters and ours stay apart after a round.
"""

from collections.abc import Sequence

from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId
from poststelle.providers.base import RemoteMail
from poststelle.store import cursors, folders, history
from poststelle.store.tx import ReadTx
from poststelle.sync.leased import LeasedAccount


async def measure_first(leased: LeasedAccount, remote: RemoteMail, folder: Folder) -> None:
    """Ask about a folder that has not been read yet. Nothing happens while all mail is held."""
    await _measure(leased, remote, await leased.read(_unread_yet, folder.id))


async def measure_apart(leased: LeasedAccount, remote: RemoteMail) -> None:
    """Ask about the folders that count otherwise than the provider. As ``measure_first``."""
    await _measure(leased, remote, await leased.read(_apart))


async def _measure(leased: LeasedAccount, remote: RemoteMail, asked: Sequence[Folder]) -> None:
    begins = await leased.read(history.since) if asked else None
    if begins is None:
        return
    counted = await remote.count_since([folder.remote_id for folder in asked], begins)
    known = [(folder, told) for folder in asked if (told := counted[folder.remote_id]) is not None]
    await leased.write(history.set_measured, [(folder, told.total, told.unread) for folder, told in known])


def _unread_yet(tx: ReadTx, account: AccountId, folder: FolderId) -> list[Folder]:
    if history.since(tx, account) is None or cursors.get(tx, account, folder) is not None:
        return []
    found = folders.get(tx, account, folder)
    return [] if found is None else [found]


def _apart(tx: ReadTx, account: AccountId) -> list[Folder]:
    if history.since(tx, account) is None:
        return []
    apart = history.apart(tx, account)
    return [folder for folder in folders.list_all(tx, account) if folder.id in apart]
