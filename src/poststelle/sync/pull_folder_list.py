"""The folder list's delta round. A folder whose counters moved becomes due with the page that says so."""

from datetime import datetime

from poststelle.mail import ingest
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId
from poststelle.providers.base import FolderPage, RemoteMail
from poststelle.providers.errors import CursorExpired
from poststelle.providers.links import LinksMet
from poststelle.store import changes, cursors, folders
from poststelle.store.cursors import Cursor, LinkForgotten
from poststelle.store.tx import ReadTx, Tx
from poststelle.sync.leased import LeasedAccount

FOLDER_LIST = ingest.FOLDER_LIST
_BEGUN_ANEW = 2  # times in one pull


async def pull_well_known(leased: LeasedAccount, remote: RemoteMail) -> None:
    """At first contact: the inbox and its like at once, before the whole list is read."""
    if await leased.read(folders.by_role, Role.INBOX):
        return
    found = tuple(await remote.well_known_folders())
    await leased.write(ingest.apply_folders, found)


async def pull_folder_list(leased: LeasedAccount, remote: RemoteMail) -> None:
    """Bring the folder list up to date; a page and its link commit together. Raises ProviderError.

    CursorExpired, in the end, where the list can't be read from nothing either.
    """
    for _ in range(_BEGUN_ANEW):
        try:
            await _round(leased, remote)
        except CursorExpired:
            await leased.write(cursors.destroy, FOLDER_LIST)
        except LinkForgotten:  # somebody wants it to be read from nothing
            continue
        else:
            return
    await _round(leased, remote)


async def _round(leased: LeasedAccount, remote: RemoteMail) -> None:
    cursor, as_of = await leased.read(_beginning)
    link = cursor.link if cursor else None
    met = LinksMet(link)
    while True:
        page: FolderPage = await remote.folder_delta(link)
        await leased.write(_take_over, page, link, now=leased.now(), as_of=as_of)
        if page.delta_link:
            return
        met.note(page.next_link)
        link, as_of = page.next_link, await leased.read(changes.modseq)


def _take_over(
    tx: Tx, account: AccountId, page: FolderPage, link: str | None, *, now: datetime, as_of: int
) -> None:
    """What began at a link tells of changes alone: it must never be taken for a reading from nothing."""
    ingest.lock(tx, account)
    cursors.require_link(tx, account, FOLDER_LIST, link)
    ingest.apply_folder_page(tx, account, page, now=now, as_of=as_of)


def _beginning(tx: ReadTx, account: AccountId) -> tuple[Cursor | None, int]:
    return cursors.get(tx, account, FOLDER_LIST), changes.modseq(tx, account)
