"""One pull of one account.

    first contact: well-known folders, newest page of the inbox
    then, until nothing is due: folder list · a turn for each due folder, and
                                some attachment lists meanwhile · departures
    at the end:   more attachment lists

A turn is a few pages, so that on a large mailbox the folders people wait for
get their turn again and again while the long ones are still being read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from poststelle.lib.backoff import backoff_s
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import AccountId, FolderId
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import CursorExpired, Refused, RemoteConflict, RetryLater
from poststelle.store import attachments, cursors, departures, folders, history, missing_texts
from poststelle.store.tx import ReadTx, Tx
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.measure import measure_apart, measure_first
from poststelle.sync.pull_attachments import pull_attachments
from poststelle.sync.pull_folder import pull_folder, pull_newest
from poststelle.sync.pull_folder_list import pull_folder_list, pull_well_known
from poststelle.sync.pull_texts import pull_texts
from poststelle.sync.reading_ahead import Room
from poststelle.sync.schedule import Looks, Pace, in_order, is_hot
from poststelle.sync.settle import settle_departures

_DUE_AT_MOST = 1000
_BATCHES_BETWEEN, _BATCHES_AT_END = 2, 10
_FIRST_WAIT_S = 2.0  # one refusal is often an accident
_UNAUTHORISED = 401  # the app registration is at fault, not the folder
_NO_MAILBOX = frozenset({"no_mailbox", "wrong_mailbox"})

log = structlog.get_logger()


@dataclass(slots=True)
class AccountPull:
    """The state of one pull; nothing of it is needed after a crash."""

    leased: LeasedAccount
    remote: RemoteMail
    pace: Pace
    looks: Looks
    changed: int = 0
    has_more: bool = False
    _listed_at: datetime | None = field(default=None)
    _room: Room = field(default_factory=Room)
    _missed: set[FolderId] = field(default_factory=set)
    _anew: set[FolderId] = field(default_factory=set)

    async def run(self) -> bool:
        """Pull until nothing is due. Raises ProviderError, LeaseLost.

        Returns whether anything changed; ``has_more`` says that attachment
        lists are still to be fetched, so the next pull should come soon.
        """
        await self._first_contact()
        while True:
            await self._list_folders()
            work = await self.leased.read(_work, self.leased.now())
            if not work.due:
                await self._finish(work)
                return self.changed > 0
            await self._take_turns(in_order(work.due, self.looks, self.leased.now()))
            self.changed += await settle_departures(self.leased, self.remote)

    async def _finish(self, work: "_Work") -> None:
        """Nothing is due any more: what is left to be asked, if anything is."""
        if work.has_departures:
            self.changed += await settle_departures(self.leased, self.remote)
        if work.has_apart:
            await measure_apart(self.leased, self.remote)
        if work.has_unlisted:
            await self._list_attachments(_BATCHES_AT_END)
        if work.has_textless:
            await pull_texts(self.leased, self.remote)

    async def _first_contact(self) -> None:
        inbox, is_first = await self.leased.read(_inbox, self.leased.now())
        if inbox is None:
            await pull_well_known(self.leased, self.remote)
            inbox, is_first = await self.leased.read(_inbox, self.leased.now())
        if inbox is not None and is_first:
            await self._turn(inbox, pages=1)

    async def _list_folders(self) -> None:
        """Read the folder list, but not more often than the account is polled."""
        now = self.leased.now()
        if self._listed_at is None or now - self._listed_at >= timedelta(seconds=self.pace.poll_s):
            await pull_folder_list(self.leased, self.remote)
            if self._listed_at is not None:
                await self._look_for_new_mail()
            self._listed_at = now

    async def _look_for_new_mail(self) -> None:
        """A first synchronisation takes long; what arrives meanwhile is shown all the same."""
        inbox = await self.leased.read(folders.by_role, Role.INBOX)
        if inbox is None:
            return
        try:
            self.changed += await pull_newest(self.leased, self.remote, inbox)
        except (Refused, RetryLater) as error:
            await self._put_off(inbox, error)

    async def _take_turns(self, due: Sequence[Folder]) -> None:
        """One turn for each folder, in order, a few folders at a time, and meanwhile some attachment lists.

        The first error ends all.
        """
        waiting = iter(due)

        async def worker() -> None:
            for folder in waiting:
                await self._turn(folder, pages=self.pace.pages_per_turn)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.pace.folders_at_once, len(due))):
                    group.create_task(worker())
                if due:
                    group.create_task(self._list_attachments(_BATCHES_BETWEEN))
        except BaseExceptionGroup as failures:  # except* would wrap the one again, before Python 3.11.4
            raise failures.exceptions[0] from failures

    async def _list_attachments(self, batches: int) -> None:
        self.has_more = await pull_attachments(self.leased, self.remote, batches)

    async def _turn(self, folder: Folder, *, pages: int) -> None:
        began_at = self.leased.now()
        try:
            await measure_first(self.leased, self.remote, folder)
            pulled = await pull_folder(
                self.leased, self.remote, folder, self.pace, pages=pages, room=self._room, anew=self._anew
            )
        except RemoteConflict as error:
            await self._look_whether_it_is_there(folder, error)
            return
        except (Refused, CursorExpired, RetryLater) as error:
            await self._put_off(folder, error)
            return
        self.changed += pulled.changed
        if pulled.is_complete:
            now = self.leased.now()
            due_at = self.pace.next_look(now, is_hot=is_hot(folder, self.looks, now))
            await self.leased.write(_finish_round, folder.id, now, due_at, began_at)

    async def _look_whether_it_is_there(self, folder: Folder, error: RemoteConflict) -> None:
        """Gone at the provider, mostly: the folder list will say so, and is read again at once.

        Where it says nothing of the kind, the folder's messages can't be read by its link, or not at all.
        """
        if folder.id not in self._missed:
            self._missed.add(folder.id)
            self._listed_at = None
            return
        log.info("folder.refused", account=folder.account_id, folder=folder.id, reason=error.code)
        await self.leased.write(_put_off_unlinked, folder.id, error.code, self.leased.now())

    async def _put_off(self, folder: Folder, error: Refused | CursorExpired | RetryLater) -> None:
        """One folder that is refused or fails must not hold up the others. Raises what concerns them all."""
        if isinstance(error, RetryLater) and not error.is_local:
            raise error
        if isinstance(error, Refused) and (error.status == _UNAUTHORISED or error.code in _NO_MAILBOX):
            raise error
        log.info("folder.refused", account=folder.account_id, folder=folder.id, reason=error.code)
        await self.leased.write(_put_off_folder, folder.id, error.code, self.leased.now())


@dataclass(frozen=True, slots=True)
class _Work:
    """What there is to do, read at once: mostly nothing, and then each look at the store counts."""

    due: list[Folder]
    has_departures: bool
    has_apart: bool
    has_unlisted: bool
    has_textless: bool


def _work(tx: ReadTx, account: AccountId, now: datetime) -> _Work:
    due = set(folders.due(tx, account, now, _DUE_AT_MOST))
    return _Work(
        [folder for folder in folders.list_all(tx, account) if folder.id in due] if due else [],
        has_departures=bool(departures.list_all(tx, account, 1)),
        has_apart=history.since(tx, account) is not None and bool(history.apart(tx, account)),
        has_unlisted=bool(attachments.without_attachments(tx, account, now, 1)),
        has_textless=bool(missing_texts.due(tx, account, now, 1)),
    )


def _inbox(tx: ReadTx, account: AccountId, now: datetime) -> tuple[Folder | None, bool]:
    """The inbox, and whether its first page is still to be read, and now."""
    inbox = folders.by_role(tx, account, Role.INBOX)
    if inbox is None or cursors.get(tx, account, inbox.id) is not None:
        return inbox, False
    return inbox, inbox.id in folders.due(tx, account, now, _DUE_AT_MOST)


def _put_off_folder(tx: Tx, account: AccountId, folder: FolderId, code: str, now: datetime) -> None:
    wait_s = backoff_s(folders.failures(tx, account, folder) + 1, first_s=_FIRST_WAIT_S)
    folders.put_off(tx, account, folder, code, now + timedelta(seconds=wait_s))


def _put_off_unlinked(tx: Tx, account: AccountId, folder: FolderId, code: str, now: datetime) -> None:
    """The next time it is read from nothing."""
    cursors.destroy(tx, account, folder)
    _put_off_folder(tx, account, folder, code, now)


def _finish_round(
    tx: Tx, account: AccountId, folder: FolderId, now: datetime, due_at: datetime, began_at: datetime
) -> None:
    folders.mark_pulled(tx, account, folder, now)
    folders.set_due_again(tx, account, folder, due_at, began_at)
