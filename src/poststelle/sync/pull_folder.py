"""One folder's delta round."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import NamedTuple

from poststelle.mail import ingest
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId
from poststelle.providers.base import DeltaPage, RemoteMail, Window
from poststelle.providers.errors import CursorExpired
from poststelle.store import changes, cursors, folders, history
from poststelle.store.tx import ReadTx
from poststelle.sync.completed import completed
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.schedule import Pace

_NEWEST = 25


@dataclass(frozen=True, slots=True)
class Pulled:
    """``changed`` messages, and whether the round came to its end (else it goes on next turn)."""

    changed: int
    is_complete: bool


class _Stored(NamedTuple):
    """``further``: where a glance at the newest messages goes on, for it met messages that are news."""

    changed: int
    further: str | None


async def pull_folder(
    leased: LeasedAccount, remote: RemoteMail, folder: Folder, pace: Pace, *, pages: int
) -> Pulled:
    """Go on with a folder's delta round for at most ``pages`` pages.

    Each page commits with the link that follows it, so a crash resumes at the
    first page not stored. When the cursor has expired the folder is read from
    nothing, and what that read did not meet is asked for by id. RetryLater,
    SignInNeeded and RemoteConflict (no such folder) pass through.
    """
    try:
        return await _round(leased, remote, folder, pace, pages)
    except CursorExpired:
        await leased.write(cursors.destroy, folder.id)
        return await _round(leased, remote, folder, pace, pages, is_anew=True)


async def pull_newest(leased: LeasedAccount, remote: RemoteMail, folder: Folder) -> int:
    """Take over what has arrived while a long first round is still on its way to older mail.

    The round's cursor stays as it is. Not while the round's pages are being
    stored: the cursor would be set back.
    """
    cursor = await leased.read(cursors.get, folder.id)
    if cursor is None or cursor.is_complete:
        return 0
    as_of = await leased.read(changes.modseq)
    found = tuple(await remote.newest(folder.remote_id, _NEWEST))
    page = DeltaPage(found, frozenset(), next_link=cursor.link, delta_link=None)
    return await leased.write(
        ingest.apply_page, folder.id, page, is_sweep=cursor.is_sweep, now=leased.now(), as_of=as_of
    )


async def _round(
    leased: LeasedAccount,
    remote: RemoteMail,
    folder: Folder,
    pace: Pace,
    pages: int,
    *,
    is_anew: bool = False,
) -> Pulled:
    """``is_anew``: pages of this very turn may be stored already, though ``folder`` was read before them."""
    cursor = await leased.read(cursors.get, folder.id)
    link = cursor.link if cursor else None
    # Read from nothing although we hold messages: at the end, what was not met has left.
    is_sweep = cursor.is_sweep if cursor else is_anew or folder.total > 0
    changed, is_complete = 0, False
    further: str | None = None
    window = await leased.read(_window, folder.id)
    source = _Source(leased, remote, folder, window)
    async with aclosing(_pages(source, link, pace, pages)) as read:
        async for page, as_of in read:
            is_sweeping = is_sweep or page.is_listing
            stored = await _store(leased, remote, folder, page, is_sweep=is_sweeping, as_of=as_of)
            changed += stored.changed
            is_complete, further = page.delta_link is not None, stored.further
    while further is not None:
        page, as_of = await source.ask(further, pace.page)
        stored = await _store(leased, remote, folder, page, is_sweep=False, as_of=as_of)
        changed, further = changed + stored.changed, stored.further
    return Pulled(changed, is_complete)


async def _store(
    leased: LeasedAccount, remote: RemoteMail, folder: Folder, page: DeltaPage, *, is_sweep: bool, as_of: int
) -> _Stored:
    """Take over a page with its link, after what it only hints at was fetched."""
    whole = await completed(leased, remote, folder.id, page)
    changed = await leased.write(
        ingest.apply_page, folder.id, whole, is_sweep=is_sweep, now=leased.now(), as_of=as_of
    )
    # What we know already is told by its place alone.
    has_news = any(item.received_at is not None for item in whole.messages)
    return _Stored(changed, page.further if has_news else None)


def _window(tx: ReadTx, account: AccountId, folder: FolderId) -> Window | None:
    """The part of a folder that the account holds; None: all of it."""
    begins = history.since(tx, account)
    return None if begins is None else Window(begins, folders.expected(tx, account, folder))


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a folder's pages come from."""

    leased: LeasedAccount
    remote: RemoteMail
    folder: Folder
    window: Window | None

    async def ask(self, link: str | None, size: int) -> tuple[DeltaPage, int]:
        """A page, with the account's modseq when it was asked for."""
        as_of = await self.leased.read(changes.modseq)
        remote_id = self.folder.remote_id
        page = await self.remote.message_delta(remote_id, link, page_size=size, window=self.window)
        return page, as_of


async def _pages(
    source: _Source, link: str | None, pace: Pace, pages: int
) -> AsyncGenerator[tuple[DeltaPage, int], None]:
    """The pages of a round in order, each with the account's modseq when it was asked for.

    The next one is fetched while the last one is being stored.
    """

    def fetch(link: str | None, size: int) -> asyncio.Task[tuple[DeltaPage, int]]:
        return asyncio.ensure_future(source.ask(link, size))

    coming = fetch(link, pace.page if link else pace.first_page)
    try:
        for number in range(1, pages + 1):
            page, as_of = await coming
            if page.next_link and number < pages:
                coming = fetch(page.next_link, pace.page)
            yield page, as_of
            if page.next_link is None:
                return
    finally:
        coming.cancel()
