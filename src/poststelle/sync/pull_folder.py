"""One folder's delta round."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from poststelle.mail import ingest
from poststelle.model.folder import Folder
from poststelle.providers.base import DeltaPage, RemoteMail
from poststelle.providers.errors import CursorExpired
from poststelle.store import changes, cursors
from poststelle.sync.completed import completed
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.schedule import Pace

_NEWEST = 25


@dataclass(frozen=True, slots=True)
class Pulled:
    """``changed`` messages, and whether the round came to its end (else it goes on next turn)."""

    changed: int
    is_complete: bool


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
    async with aclosing(_pages(leased, remote, folder, link, pace, pages)) as read:
        async for page, as_of in read:
            whole = await completed(leased, remote, folder.id, page)
            is_sweeping = is_sweep or page.is_listing
            changed += await leased.write(
                ingest.apply_page, folder.id, whole, is_sweep=is_sweeping, now=leased.now(), as_of=as_of
            )
            is_complete = page.delta_link is not None
    return Pulled(changed, is_complete)


async def _pages(
    leased: LeasedAccount, remote: RemoteMail, folder: Folder, link: str | None, pace: Pace, pages: int
) -> AsyncGenerator[tuple[DeltaPage, int], None]:
    """The pages of a round in order, each with the account's modseq when it was asked for.

    The next one is fetched while the last one is being stored.
    """

    async def ask(link: str | None, size: int) -> tuple[DeltaPage, int]:
        as_of = await leased.read(changes.modseq)
        return await remote.message_delta(folder.remote_id, link, page_size=size), as_of

    def fetch(link: str | None, size: int) -> asyncio.Task[tuple[DeltaPage, int]]:
        return asyncio.ensure_future(ask(link, size))

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
