"""Messages that left a folder: a removal is not a deletion, so each is asked for by its id.

No folder is pulled meanwhile: an answer about where a message lies must not be
stored after a page that knows better.
"""

from collections.abc import Iterable

from poststelle.mail import ingest
from poststelle.model.ids import AccountId
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.store import changes, departures, folders
from poststelle.store.tx import ReadTx
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.pull_folder_list import pull_folder_list

_AT_ONCE = 200


def _names_unknown_folder(tx: ReadTx, account: AccountId, found: Iterable[RemoteMessage | None]) -> bool:
    shown = folders.shown(tx, account)
    return any(item and item.folder_id is not None and item.folder_id not in shown for item in found)


async def settle_departures(leased: LeasedAccount, remote: RemoteMail) -> int:
    """Find out where every departed message is now; return how many there were.

    One that cannot be read stays a departure, to be asked for again by the next pull: it holds up nothing.
    """
    settled, passed_over = 0, 0
    while waiting := (await leased.read(departures.list_all, passed_over + _AT_ONCE))[passed_over:]:
        as_of = await leased.read(changes.modseq)
        ids = [departure.remote_id for departure in waiting]
        located = await remote.locate(ids)
        if await leased.read(_names_unknown_folder, located.values()):
            # Perhaps a folder made since the list was read: a message moved there has not gone.
            await pull_folder_list(leased, remote)
            as_of = await leased.read(changes.modseq)
            located = await remote.locate(ids)
        await leased.write(ingest.settle, located, now=leased.now(), as_of=as_of)
        settled += len(located)
        passed_over += len(waiting) - len(located)
    return settled
