"""A folder's pages into the store: an error of our own costs the message at fault, and no other.

    pages together ──our error──> each alone, unprepared ──our error──> the folder waits, a few turns
                                                                              │ still
    the page without them, and its link <── those at fault <── halved, in transactions taken back

What is left out is still at the provider: counters stay apart by it, a check names it, and mends it
once that can be done.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

import structlog

from poststelle.jobs.inline import Failed, tried
from poststelle.lib.log import place_of
from poststelle.mail import ingest, prepare
from poststelle.mail.prepare import NOTHING_PREPARED, Preparation
from poststelle.model.errors import NotFound
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId, RemoteId
from poststelle.providers.base import RemoteMessage
from poststelle.providers.errors import RetryLater
from poststelle.store import cursors, folders, messages
from poststelle.store.cursors import LinkForgotten
from poststelle.store.tx import Tx
from poststelle.sync.completed import PATIENCE
from poststelle.sync.leased import LeasedAccount, LeaseLost
from poststelle.sync.reading_ahead import Asked
from poststelle.sync.round_end import RoundEnd

EXPECTED = (LeaseLost, NotFound, LinkForgotten)
"""What a write of a pull raises that is no error of ours."""

log = structlog.get_logger()


class _Rehearsed(Exception):
    """It can be stored; the transaction is taken back."""


async def prepared(leased: LeasedAccount, items: Sequence[RemoteMessage]) -> Preparation:
    """What ``prepare`` makes of messages, in a thread; nothing where we ourselves fail over it.

    They are stored all the same, and their words follow (``sync.indexer``), around the one at fault.
    """
    done = await tried(asyncio.to_thread(prepare.prepared, items))
    if not isinstance(done, Failed):
        return done
    log.error("pull.preparing_failed", account=leased.account, **place_of(done.error))
    return NOTHING_PREPARED


async def store_pages(
    leased: LeasedAccount,
    folder: Folder,
    pages: Sequence[Asked],
    link: str | None,
    *,
    is_sweep: bool,
    end: RoundEnd | None = None,
) -> int:
    """Take over pages in their order, each with its link; return how many messages changed.

    ``link``: what is kept for the folder, as far as the round knows. LinkForgotten when it is not.
    ``end``: what is noted with the round's last page, if that is among them.

    RetryLater, for this folder, when one can't be stored: the error may be one of this moment. After
    ``PATIENCE`` such turns it is stored without the messages at fault. Raises LeaseLost, NotFound.
    """
    work = leased.write(_apply, folder.id, pages, link, is_sweep=is_sweep, now=leased.now(), end=end)
    done = await tried(work, passing=EXPECTED)
    if not isinstance(done, Failed):
        return done
    if len(pages) > 1 or pages[0].preparation:
        changed = 0
        for asked in pages:
            bare = [asked._replace(preparation=NOTHING_PREPARED)]
            changed += await store_pages(leased, folder, bare, link, is_sweep=is_sweep, end=end)
            link = kept_link(asked)
        return changed
    return await _store_around(leased, folder, pages[0], link, done.error, is_sweep=is_sweep, end=end)


def kept_link(asked: Asked) -> str | None:
    """What is kept for the folder once this page is stored."""
    return asked.page.delta_link or asked.page.next_link


async def _store_around(
    leased: LeasedAccount,
    folder: Folder,
    asked: Asked,
    link: str | None,
    error: Exception,
    *,
    is_sweep: bool,
    end: RoundEnd | None,
) -> int:
    waited = await leased.read(folders.failures, folder.id)
    if not waited:
        log.error("pull.page_failed", account=leased.account, folder=folder.id, **place_of(error))
    trial = _Trial(leased, folder, asked, link, is_sweep=is_sweep)
    if waited < PATIENCE or not await trial.goes(()):
        raise RetryLater("internal", is_local=True) from error
    at_fault = {item.remote_id for item in await trial.at_fault(asked.page.messages)}
    now = leased.now()
    work = leased.write(_apply_without, folder.id, asked, link, at_fault, is_sweep=is_sweep, now=now, end=end)
    done = await tried(work, passing=EXPECTED)
    if isinstance(done, Failed):  # no single message's fault
        raise RetryLater("internal", is_local=True) from done.error
    count = len(at_fault)
    log.error("pull.left_out", account=leased.account, folder=folder.id, messages=count, **place_of(error))
    return done


class _Trial:
    """Finds out which messages of a page can't be stored. Nothing of it stays."""

    def __init__(
        self, leased: LeasedAccount, folder: Folder, asked: Asked, link: str | None, *, is_sweep: bool
    ) -> None:
        self._leased, self._folder, self._asked = leased, folder, asked
        self._link, self._is_sweep = link, is_sweep

    async def at_fault(self, items: Sequence[RemoteMessage]) -> list[RemoteMessage]:
        """Those among them that fail by themselves."""
        if not items or await self.goes(items):
            return []
        if len(items) == 1:
            return list(items)
        half = len(items) // 2
        return [*await self.at_fault(items[:half]), *await self.at_fault(items[half:])]

    async def goes(self, items: Sequence[RemoteMessage]) -> bool:
        """Whether the page could be stored if it had only these messages."""
        part = self._asked._replace(page=replace(self._asked.page, messages=tuple(items)))
        now = self._leased.now()
        work = self._leased.write(
            _rehearse, self._folder.id, part, self._link, is_sweep=self._is_sweep, now=now
        )
        done = await tried(work, passing=EXPECTED)
        return isinstance(done.error, _Rehearsed)


def _apply(
    tx: Tx,
    account: AccountId,
    folder: FolderId,
    pages: Sequence[Asked],
    link: str | None,
    *,
    is_sweep: bool,
    now: datetime,
    end: RoundEnd | None = None,
) -> int:
    """Take over pages in their order; return how many messages changed."""
    cursors.require_link(tx, account, folder, link)
    changed = 0
    for asked in pages:
        changed += ingest.apply_page(
            tx,
            account,
            folder,
            asked.page,
            is_sweep=is_sweep or asked.page.is_listing,
            now=now,
            as_of=asked.as_of,
            preparation=asked.preparation,
        )
    if end is not None and pages[-1].page.delta_link is not None:
        end.note(tx, account, folder, now)
    return changed


def _rehearse(
    tx: Tx,
    account: AccountId,
    folder: FolderId,
    asked: Asked,
    link: str | None,
    *,
    is_sweep: bool,
    now: datetime,
) -> NoReturn:
    _apply(tx, account, folder, [asked], link, is_sweep=is_sweep, now=now)
    tx.log_changes(now)
    raise _Rehearsed


def _apply_without(
    tx: Tx,
    account: AccountId,
    folder: FolderId,
    asked: Asked,
    link: str | None,
    at_fault: set[RemoteId],
    *,
    is_sweep: bool,
    now: datetime,
    end: RoundEnd | None,
) -> int:
    """Of a message that we hold only its being there is taken over, so that no sweep takes it for gone."""
    held = messages.by_remote(tx, account, at_fault).keys()
    told = [item for item in asked.page.messages if item.remote_id not in at_fault]
    page = replace(asked.page, messages=(*told, *map(RemoteMessage, sorted(held))))
    return _apply(tx, account, folder, [asked._replace(page=page)], link, is_sweep=is_sweep, now=now, end=end)
