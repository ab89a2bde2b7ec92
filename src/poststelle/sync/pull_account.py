"""One pull of one account.

    first contact: well-known folders, newest page of the inbox
    then, until nothing is due: folder list · a turn for each due folder, and
                                some attachment lists meanwhile · departures
    at the end:   more attachment lists

A turn is a few pages, so that on a large mailbox the folders people wait for
get their turn again and again while the long ones are still being read.

Most pulls bring one message, or none, and then each transaction counts: what is to be
done is looked up where the folder list is stored, and a look that finds nothing ends
the pull, with the rounds that brought nothing.

Where a look is asked for in each turn (an import that we are told of, five messages a second)
there is always something due. So a pull is over, too, when it has lasted a minute and each folder
that is due was read to its end in it; the account is due again at once, after those that wait.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from poststelle.lib.backoff import backoff_s
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import AccountId, FolderId
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import CursorExpired, ProviderError, Refused, RemoteConflict, RetryLater
from poststelle.store import attachments, changes, cursors, departures, folders, history, missing_texts
from poststelle.store.sync_states import SyncLease
from poststelle.store.tx import ReadTx, Tx
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.measure import measure_apart, measure_first
from poststelle.sync.outcome import note_success
from poststelle.sync.pull_attachments import pull_attachments
from poststelle.sync.pull_folder import Beginning as FolderBeginning
from poststelle.sync.pull_folder import Ending, beginnings, pull_folder, pull_newest
from poststelle.sync.pull_folder_list import ListBeginning, pull_folder_list_and, pull_well_known
from poststelle.sync.pull_folder_list import beginning as list_beginning
from poststelle.sync.pull_texts import pull_texts
from poststelle.sync.reading_ahead import Room
from poststelle.sync.round_end import QuietRound, RoundEnd, keep_quiet
from poststelle.sync.schedule import Looks, Pace, in_order, is_hot
from poststelle.sync.settle import settle_departures

_DUE_AT_MOST = 1000
_BATCHES_BETWEEN, _BATCHES_AT_END = 2, 10
_LASTS = timedelta(minutes=1)  # where folders become due again and again
_FIRST_WAIT_S = 2.0  # one refusal is often an accident
_UNAUTHORISED = 401  # the app registration is at fault, not the folder
_NO_MAILBOX = frozenset({"no_mailbox", "wrong_mailbox"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Beginning:
    """The inbox, since when its first page is to be read (None: it is not), and where the folder list's round
    stands."""

    inbox: Folder | None
    first_due_at: datetime | None
    folder_list: ListBeginning


@dataclass(slots=True)
class AccountPull:
    """The state of one pull; nothing of it is needed after a crash.

    ``next_pull_at``: when the account is due again, were the pull to end now.
    """

    leased: LeasedAccount
    remote: RemoteMail
    pace: Pace
    looks: Looks
    begun: Beginning
    next_pull_at: Callable[["AccountPull"], datetime]
    changed: int = 0
    has_more: bool = False
    _listed_at: datetime | None = field(default=None)
    _room: Room = field(default_factory=Room)
    _missed: set[FolderId] = field(default_factory=set)
    _anew: set[FolderId] = field(default_factory=set)
    _quiet: list[QuietRound] = field(default_factory=list)
    _has_settled: bool = False
    _read: set[FolderId] = field(default_factory=set)  # to their ends
    _began_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._began_at = self.leased.now()

    async def run(self) -> datetime | None:
        """Pull until nothing is due, and note that; returns when the account is due again, None: unknown.

        Raises ProviderError, LeaseLost.
        ``has_more`` says that attachment lists are still to be fetched, so the next pull should come soon.
        """
        try:
            return await self._until_nothing_is_due()
        except ProviderError:
            await self._keep_quiet()  # what was read to its end need not be asked again
            raise

    async def _until_nothing_is_due(self) -> datetime | None:
        await self._first_contact()
        while True:
            work = await self._look()
            if work.is_over:
                return work.due_at
            if work.has_departures and not self._has_settled:
                self._has_settled = True
                self.changed += await settle_departures(self.leased, self.remote)
            elif work.due:
                self._has_settled = False
                await self._take_turns(work)
            else:
                await self._finish(work)
                now = self.leased.now()
                next_at = now if work.is_enough else self.next_pull_at(self)
                return await self.leased.write_by_rows(_end, self.leased.lease, next_at, now)

    async def _finish(self, work: "_Work") -> None:
        """No folder is due any more: what is left to be asked."""
        if work.has_apart:
            await measure_apart(self.leased, self.remote)
        if work.has_unlisted:
            await self._list_attachments(_BATCHES_AT_END)
        if work.has_textless:
            await pull_texts(self.leased, self.remote)

    async def _first_contact(self) -> None:
        if self.begun.inbox is None:
            await pull_well_known(self.leased, self.remote)
            self.begun = await self.leased.read(beginning, self.leased.now())
        if self.begun.inbox is not None and self.begun.first_due_at is not None:
            await self._turn(self.begun.inbox, None, self.begun.first_due_at, pages=1)

    async def _look(self) -> "_Work":
        """What there is to do. The folder list is read before, not more often than the account is polled."""
        now = self.leased.now()
        is_first = self._listed_at is None
        if self._listed_at is None or now - self._listed_at >= timedelta(seconds=self.pace.poll_s):
            # A folder whose counters move with this list is due anew: no round from before may end that.
            await self._keep_quiet()
            # Only the first list may end the pull: after another one we look for new mail.
            look = self._looking(may_end=is_first)
            begun = self.begun.folder_list if is_first else None
            work = await pull_folder_list_and(self.leased, self.remote, look, begun)
            self._listed_at = now
            if is_first:
                return work
            await self._look_for_new_mail()
        look = self._looking(may_end=True)
        work = await self.leased.write_by_rows(look)
        self._quiet.clear()
        return work

    def _looking(self, *, may_end: bool) -> Callable[[Tx, AccountId], "_Work"]:
        """For a transaction, which may run again."""
        now, quiet, has_settled = self.leased.now(), tuple(self._quiet), self._has_settled
        next_pull_at, lease = self.next_pull_at(self), self.leased.lease
        is_long, read = now - self._began_at >= _LASTS, frozenset(self._read)

        def look(tx: Tx, account: AccountId) -> _Work:
            keep_quiet(tx, account, quiet, now)
            work = _work(tx, account, now)
            if not may_end:
                return work
            if is_long and work.due and all(folder.id in read for folder in work.due):
                work = replace(work, due=(), is_enough=True)
            if not work.is_done(has_settled=has_settled):
                return work
            next_at = now if work.is_enough else next_pull_at
            return replace(work, is_over=True, due_at=note_success(tx, lease, next_at, now))

        return look

    async def _keep_quiet(self) -> None:
        if self._quiet:
            await self.leased.write_by_rows(keep_quiet, tuple(self._quiet), self.leased.now())
            self._quiet.clear()

    async def _look_for_new_mail(self) -> None:
        """A first synchronisation takes long; what arrives meanwhile is shown all the same."""
        inbox = await self.leased.read(folders.by_role, Role.INBOX)
        if inbox is None:
            return
        try:
            self.changed += await pull_newest(self.leased, self.remote, inbox)
        except (Refused, RetryLater) as error:
            await self._put_off(inbox, error)

    async def _take_turns(self, work: "_Work") -> None:
        """One turn for each folder that is due, a few at a time, and meanwhile some attachment lists.

        The first error ends all.
        """
        waiting = iter(in_order(work.due, self.looks, self.leased.now()))

        async def worker() -> None:
            for folder in waiting:
                begun, due_at = work.begun[folder.id], work.due_at_of[folder.id]
                await self._turn(folder, begun, due_at, pages=self.pace.pages_per_turn)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.pace.folders_at_once, len(work.due))):
                    group.create_task(worker())
                if work.has_unlisted:
                    group.create_task(self._list_attachments(_BATCHES_BETWEEN))
        except BaseExceptionGroup as failures:  # except* would wrap the one again, before Python 3.11.4
            raise failures.exceptions[0] from failures

    async def _list_attachments(self, batches: int) -> None:
        self.has_more = await pull_attachments(self.leased, self.remote, batches)

    async def _turn(
        self, folder: Folder, begun: FolderBeginning | None, due_at: datetime, *, pages: int
    ) -> None:
        try:
            if begun is None or (begun.window is not None and begun.cursor is None):
                await measure_first(self.leased, self.remote, folder)
                begun = None  # how much of it is wanted is known better now
            pulled = await pull_folder(
                self.leased,
                self.remote,
                folder,
                self.pace,
                pages=pages,
                room=self._room,
                anew=self._anew,
                begun=begun,
                ending=Ending(RoundEnd(due_at, partial(self._next_look, folder)), self._quiet),
            )
        except RemoteConflict as error:
            await self._look_whether_it_is_there(folder, error)
        except (Refused, CursorExpired, RetryLater) as error:
            await self._put_off(folder, error)
        else:
            self.changed += pulled.changed
            if pulled.is_complete:
                self._read.add(folder.id)
            else:
                self._read.discard(folder.id)  # it was begun anew

    def _next_look(self, folder: Folder, now: datetime) -> datetime:
        return self.pace.next_look(now, is_hot=is_hot(folder, self.looks, now))

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
    """What there is to do, read at once.

    ``begun`` and ``due_at_of``: of each folder that is due. ``is_enough``: ``due`` names none, for those that
    are due are left to another pull, at once. ``is_over``: nothing, and the pull's end is
    noted; the account is due again at ``due_at``.
    """

    due: Sequence[Folder]
    begun: Mapping[FolderId, FolderBeginning]
    due_at_of: Mapping[FolderId, datetime]
    has_departures: bool
    has_apart: bool
    has_unlisted: bool
    has_textless: bool
    is_enough: bool = False
    is_over: bool = False
    due_at: datetime | None = None

    def is_done(self, *, has_settled: bool) -> bool:
        """Whether nothing is left; departures that could not be settled just now wait for the next pull."""
        is_any = bool(self.due) or self.has_apart or self.has_unlisted or self.has_textless
        return not is_any and (has_settled or not self.has_departures)


def _work(tx: ReadTx, account: AccountId, now: datetime) -> _Work:
    due_at = folders.due(tx, account, now, _DUE_AT_MOST)
    due = [folder for folder in folders.list_all(tx, account) if folder.id in due_at] if due_at else []
    return _Work(
        due,
        beginnings(tx, account, due, changes.modseq(tx, account)) if due else {},
        due_at,
        has_departures=bool(departures.list_all(tx, account, 1)),
        has_apart=history.since(tx, account) is not None and bool(history.apart(tx, account)),
        has_unlisted=bool(attachments.without_attachments(tx, account, now, 1)),
        has_textless=bool(missing_texts.due(tx, account, now, 1)),
    )


def beginning(tx: ReadTx, account: AccountId, now: datetime) -> Beginning:
    """What a pull begins with."""
    inbox = folders.by_role(tx, account, Role.INBOX)
    first_due_at = None
    if inbox is not None and cursors.get(tx, account, inbox.id) is None:
        first_due_at = folders.due(tx, account, now, _DUE_AT_MOST).get(inbox.id)
    return Beginning(inbox, first_due_at, list_beginning(tx, account))


def _end(tx: Tx, _: AccountId, lease: SyncLease, next_pull_at: datetime, now: datetime) -> datetime | None:
    return note_success(tx, lease, next_pull_at, now)


def _put_off_folder(tx: Tx, account: AccountId, folder: FolderId, code: str, now: datetime) -> None:
    wait_s = backoff_s(folders.failures(tx, account, folder) + 1, first_s=_FIRST_WAIT_S)
    folders.put_off(tx, account, folder, code, now + timedelta(seconds=wait_s))


def _put_off_unlinked(tx: Tx, account: AccountId, folder: FolderId, code: str, now: datetime) -> None:
    """The next time it is read from nothing."""
    cursors.destroy(tx, account, folder)
    _put_off_folder(tx, account, folder, code, now)
