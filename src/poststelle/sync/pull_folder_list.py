"""The folder list's delta round. A folder whose counters moved becomes due with the page that says so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

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

T = TypeVar("T")

FOLDER_LIST = ingest.FOLDER_LIST
_BEGUN_ANEW = 2  # times in one pull


async def pull_well_known(leased: LeasedAccount, remote: RemoteMail) -> None:
    """At first contact: the inbox and its like at once, before the whole list is read."""
    if await leased.read(folders.by_role, Role.INBOX):
        return
    found = tuple(await remote.well_known_folders())
    await leased.write(ingest.apply_folders, found)


@dataclass(frozen=True, slots=True)
class ListBeginning:
    """Where the list's round stands, and the account's modseq."""

    cursor: Cursor | None
    as_of: int


async def pull_folder_list(leased: LeasedAccount, remote: RemoteMail) -> None:
    """Bring the folder list up to date; a page and its link commit together. Raises ProviderError.

    CursorExpired, in the end, where the list can't be read from nothing either.
    """
    await pull_folder_list_and(leased, remote, _nothing_more)


async def pull_folder_list_and(
    leased: LeasedAccount,
    remote: RemoteMail,
    then: Callable[[Tx, AccountId], T],
    begun: ListBeginning | None = None,
) -> T:
    """The same; ``then`` comes in the transaction of the last page, and its result is returned.

    ``begun``: what was read of the list before.
    """
    for _ in range(_BEGUN_ANEW):
        try:
            return await _round(leased, remote, then, begun)
        except CursorExpired:
            await leased.write(cursors.destroy, FOLDER_LIST)
        except LinkForgotten:  # somebody wants it to be read from nothing
            pass
        begun = None
    return await _round(leased, remote, then, None)


def beginning(tx: ReadTx, account: AccountId) -> ListBeginning:
    """For a round that is to begin."""
    return ListBeginning(cursors.get(tx, account, FOLDER_LIST), changes.modseq(tx, account))


def _nothing_more(_: Tx, __: AccountId) -> None:
    """What is to be done after the list."""


async def _round(
    leased: LeasedAccount,
    remote: RemoteMail,
    then: Callable[[Tx, AccountId], T],
    begun: ListBeginning | None,
) -> T:
    if begun is None:
        begun = await leased.read(beginning)
    link, as_of = begun.cursor.link if begun.cursor else None, begun.as_of
    met = LinksMet(link)
    while True:
        page: FolderPage = await remote.folder_delta(link)
        if page.delta_link:
            return await leased.write(_take_over_and, then, page, link, now=leased.now(), as_of=as_of)
        await leased.write(_take_over, page, link, now=leased.now(), as_of=as_of)
        met.note(page.next_link)
        link, as_of = page.next_link, await leased.read(changes.modseq)


def _take_over_and(
    tx: Tx,
    account: AccountId,
    then: Callable[[Tx, AccountId], T],
    page: FolderPage,
    link: str | None,
    *,
    now: datetime,
    as_of: int,
) -> T:
    _take_over(tx, account, page, link, now=now, as_of=as_of)
    return then(tx, account)


def _take_over(
    tx: Tx, account: AccountId, page: FolderPage, link: str | None, *, now: datetime, as_of: int
) -> None:
    """What began at a link tells of changes alone: it must never be taken for a reading from nothing."""
    cursors.require_link(tx, account, FOLDER_LIST, link)
    ingest.apply_folder_page(tx, account, page, now=now, as_of=as_of)
