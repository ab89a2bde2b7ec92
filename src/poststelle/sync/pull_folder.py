"""One folder's delta round."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId
from poststelle.providers.base import DeltaPage, RemoteMail, Window
from poststelle.providers.errors import CursorExpired
from poststelle.store import changes, cursors, folders, history
from poststelle.store.cursors import Cursor, LinkForgotten
from poststelle.store.tx import ReadTx
from poststelle.sync.completed import completed, has_hints
from poststelle.sync.early_copies import without_early_copies
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.reading_ahead import Asked, Room, lots
from poststelle.sync.round_end import QuietRound, RoundEnd, is_quiet
from poststelle.sync.schedule import Pace
from poststelle.sync.storing import kept_link, prepared, store_pages

_NEWEST = 25


@dataclass(frozen=True, slots=True)
class Pulled:
    """``changed`` messages, and whether the round came to its end (else it goes on next turn)."""

    changed: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a folder's round stands, which part of the folder is held, and the account's modseq."""

    cursor: Cursor | None
    window: Window | None
    as_of: int


@dataclass(frozen=True, slots=True)
class Ending:
    """``end`` is noted with the last page of the folder's round; rounds that brought nothing go to ``quiet``.

    Whoever gives this has to keep those (``round_end.keep_quiet``), in one transaction for all.
    """

    end: RoundEnd
    quiet: list[QuietRound]


class _Stored(NamedTuple):
    """``further``: where a glance at the newest messages goes on, for it met messages that are news."""

    changed: int
    further: str | None


async def pull_folder(
    leased: LeasedAccount,
    remote: RemoteMail,
    folder: Folder,
    pace: Pace,
    *,
    pages: int,
    room: Room | None = None,
    anew: set[FolderId] | None = None,
    begun: Beginning | None = None,
    ending: Ending | None = None,
) -> Pulled:
    """Go on with a folder's delta round for at most ``pages`` pages.

    Each page commits with the link that follows it, so a crash resumes at the
    first page not stored; pages that wait commit together. ``room``: for the pages
    that the account's rounds fetch ahead. When the cursor has expired the folder is read from
    nothing, and what that read did not meet is asked for by id; its cursor expired again, before the
    round's end, CursorExpired is raised. ``anew``: the folders that are read so, kept from turn to turn.
    ``begun``: what was read of it a while ago; what has changed since is noticed when pages are stored.
    RetryLater (an error of our own comes as one of this folder), SignInNeeded and
    RemoteConflict (no such folder) pass through.
    """
    room, anew = room or Room(), set() if anew is None else anew
    try:
        try:
            pulled = await _round(leased, remote, folder, pace, pages, room, begun, ending)
        except CursorExpired:
            await leased.write(cursors.destroy, folder.id)
            if folder.id in anew:
                raise
            anew.add(folder.id)
            pulled = await _round(leased, remote, folder, pace, pages, room, None, ending, is_anew=True)
    except LinkForgotten:  # somebody wants the folder to be read from nothing: with the next turn
        return Pulled(0, is_complete=False)
    if pulled.is_complete:
        anew.discard(folder.id)
    return pulled


async def pull_newest(leased: LeasedAccount, remote: RemoteMail, folder: Folder) -> int:
    """Take over what has arrived while a long first round is still on its way to older mail.

    The round's cursor stays as it is. Not while the round's pages are being
    stored: the cursor would be set back.
    """
    cursor = await leased.read(cursors.get, folder.id)
    if cursor is None or cursor.is_complete:
        return 0
    as_of = await leased.read(changes.modseq)
    newest = await remote.newest(folder.remote_id, _NEWEST)
    found = tuple(await without_early_copies(leased, remote, folder, newest))
    page = DeltaPage(found, frozenset(), next_link=cursor.link, delta_link=None)
    asked = Asked(page, as_of, await prepared(leased, found))
    try:
        return await store_pages(leased, folder, [asked], cursor.link, is_sweep=cursor.is_sweep)
    except LinkForgotten:
        return 0


async def _round(
    leased: LeasedAccount,
    remote: RemoteMail,
    folder: Folder,
    pace: Pace,
    pages: int,
    room: Room,
    begun: Beginning | None,
    ending: Ending | None,
    *,
    is_anew: bool = False,
) -> Pulled:
    """``is_anew``: pages of this very turn may be stored already, though ``folder`` was read before them."""
    if begun is None:
        begun = await leased.read(_beginning, folder.id)
    cursor = begun.cursor
    link = cursor.link if cursor else None
    # Read from nothing although we hold messages: at the end, what was not met has left.
    is_sweep = cursor.is_sweep if cursor else is_anew or folder.total > 0
    changed, is_complete = 0, False
    further: str | None = None
    end = ending.end if ending else None
    source = _Source(leased, remote, folder, begun.window, pace, link, begun.as_of, is_known=is_sweep)
    async with aclosing(lots(source.ask, link, pages, room)) as read:
        async for lot in read:
            if ending and not is_sweep and len(lot) == 1 and is_quiet(lot[0].page):
                ending.quiet.append(QuietRound(folder.id, link, lot[0].page.delta_link or "", ending.end))
                return Pulled(changed, is_complete=True)
            stored = await _store_lot(leased, remote, folder, lot, link, end, is_sweep=is_sweep)
            changed, link = changed + stored.changed, kept_link(lot[-1])
            is_complete, further = lot[-1].page.delta_link is not None, stored.further
    while further is not None:
        asked = await source.ask(further)
        part = asked._replace(page=replace(asked.page, is_listing=False))
        stored = await _store(leased, remote, folder, [part], link, end, is_sweep=False)
        changed, further, link = changed + stored.changed, stored.further, kept_link(part)
    return Pulled(changed, is_complete)


async def _store_lot(
    leased: LeasedAccount,
    remote: RemoteMail,
    folder: Folder,
    lot: Sequence[Asked],
    link: str | None,
    end: RoundEnd | None,
    *,
    is_sweep: bool,
) -> _Stored:
    """Take over pages with their links, in one transaction where nothing has to be asked before.

    What a page hints at is looked up when all pages before it are stored.
    """
    first = next((n for n, asked in enumerate(lot) if n and has_hints(asked.page)), len(lot))
    stored = await _store(leased, remote, folder, lot[:first], link, end, is_sweep=is_sweep)
    if first == len(lot):
        return stored
    held = kept_link(lot[first - 1])
    rest = await _store_lot(leased, remote, folder, lot[first:], held, end, is_sweep=is_sweep)
    return _Stored(stored.changed + rest.changed, rest.further)


async def _store(
    leased: LeasedAccount,
    remote: RemoteMail,
    folder: Folder,
    pages: Sequence[Asked],
    link: str | None,
    end: RoundEnd | None,
    *,
    is_sweep: bool,
) -> _Stored:
    """Take over pages with their links, after what the first one only hints at was fetched."""
    first = pages[0]._replace(page=await completed(leased, remote, folder.id, pages[0].page))
    whole = [await _without_early_copies(leased, remote, folder, asked) for asked in (first, *pages[1:])]
    # What we know already is told by its place alone.
    has_news = any(item.received_at is not None for item in whole[-1].page.messages)
    further = whole[-1].page.further if has_news else None
    end = end if further is None else None  # the round is not over yet
    changed = await store_pages(leased, folder, whole, link, is_sweep=is_sweep, end=end)
    return _Stored(changed, further)


async def _without_early_copies(
    leased: LeasedAccount, remote: RemoteMail, folder: Folder, asked: Asked
) -> Asked:
    told = await without_early_copies(leased, remote, folder, asked.page.messages)
    return asked if told is asked.page.messages else asked._replace(page=replace(asked.page, messages=told))


def beginnings(
    tx: ReadTx, account: AccountId, asked: Sequence[Folder], as_of: int
) -> dict[FolderId, Beginning]:
    """Of each of these folders."""
    known, begins = cursors.get_many(tx, account, [folder.id for folder in asked]), history.since(tx, account)
    return {
        folder.id: Beginning(known.get(folder.id), _window(tx, account, folder.id, begins), as_of)
        for folder in asked
    }


def _beginning(tx: ReadTx, account: AccountId, folder: FolderId) -> Beginning:
    window = _window(tx, account, folder, history.since(tx, account))
    return Beginning(cursors.get(tx, account, folder), window, changes.modseq(tx, account))


def _window(tx: ReadTx, account: AccountId, folder: FolderId, begins: datetime | None) -> Window | None:
    """The part of a folder that the account holds; None: all of it."""
    return None if begins is None else Window(begins, folders.expected(tx, account, folder))


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a folder's pages come from.

    ``as_of``: the account's modseq before the first of them, behind ``begun_at``, was asked for.
    ``is_known``: nearly all of their messages are here already.
    """

    leased: LeasedAccount
    remote: RemoteMail
    folder: Folder
    window: Window | None
    pace: Pace
    begun_at: str | None
    as_of: int
    is_known: bool

    async def ask(self, link: str | None) -> Asked:
        """The page behind a link; None: a round's first one."""
        as_of = self.as_of if link == self.begun_at else await self.leased.read(changes.modseq)
        size = self.pace.page if link else self.pace.first_page
        page = await self.remote.message_delta(
            self.folder.remote_id, link, page_size=size, window=self.window
        )
        if self.is_known:
            return Asked(page, as_of)
        return Asked(page, as_of, await prepared(self.leased, page.messages))
