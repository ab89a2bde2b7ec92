"""The folder list's delta round. A folder whose counters moved becomes due with the page that says so."""

from poststelle.mail import ingest
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId
from poststelle.providers.base import FolderPage, RemoteMail
from poststelle.providers.errors import CursorExpired
from poststelle.store import changes, cursors, folders
from poststelle.store.cursors import Cursor
from poststelle.store.tx import ReadTx
from poststelle.sync.leased import LeasedAccount

FOLDER_LIST = ingest.FOLDER_LIST


async def pull_well_known(leased: LeasedAccount, remote: RemoteMail) -> None:
    """At first contact: the inbox and its like at once, before the whole list is read."""
    if await leased.read(folders.by_role, Role.INBOX):
        return
    found = tuple(await remote.well_known_folders())
    await leased.write(ingest.apply_folders, found)


async def pull_folder_list(leased: LeasedAccount, remote: RemoteMail) -> None:
    """Bring the folder list up to date; a page and its link commit together."""
    try:
        await _round(leased, remote)
    except CursorExpired:
        await leased.write(cursors.destroy, FOLDER_LIST)
        await _round(leased, remote)


async def _round(leased: LeasedAccount, remote: RemoteMail) -> None:
    cursor, as_of = await leased.read(_beginning)
    link = cursor.link if cursor else None
    while True:
        page: FolderPage = await remote.folder_delta(link)
        await leased.write(ingest.apply_folder_page, page, now=leased.now(), as_of=as_of)
        if page.delta_link:
            return
        link, as_of = page.next_link, await leased.read(changes.modseq)


def _beginning(tx: ReadTx, account: AccountId) -> tuple[Cursor | None, int]:
    return cursors.get(tx, account, FOLDER_LIST), changes.modseq(tx, account)
