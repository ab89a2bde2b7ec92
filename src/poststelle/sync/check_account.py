"""One check of one account.

    folders: the list of folders from nothing, beside ours (``check_folders``)
    begin:   note every folder whose own round has come to its end
    list:    page by page, beside what we hold; what seems to differ is in doubt
    ask:     what is in doubt, by id (``check_suspects``)
    texts:   ask for those that are not here (``check_texts``)
    end:     count

Pulls go on meanwhile. Only while doubts are decided does the check hold the
account itself, between two pulls.
"""

from datetime import datetime

import structlog

from poststelle.lib.clock import Clock
from poststelle.mail import check as rules
from poststelle.mail.check import Sighting
from poststelle.mail.ingest import lock
from poststelle.model.check import Finding, Kind
from poststelle.model.ids import AccountId, RemoteId
from poststelle.providers.base import IdPage, RemoteMail
from poststelle.providers.errors import CursorExpired, RemoteConflict
from poststelle.store import (
    changes,
    check_progress,
    checks,
    counters,
    folders,
    history,
    memberships,
    messages,
)
from poststelle.store.check_progress import NextFolder
from poststelle.store.checks import CheckLease
from poststelle.store.tx import ReadTx, Tx
from poststelle.sync.check_drafts import check_drafts
from poststelle.sync.check_folders import check_folders
from poststelle.sync.check_lease import Budget, CheckPace, Hold, LeasedCheck
from poststelle.sync.check_suspects import Doubts
from poststelle.sync.check_texts import check_texts
from poststelle.sync.pull_folder_list import pull_folder_list

log = structlog.get_logger()

_LONGEST_SUBJECT = 200
_RESTARTS = 3  # of a folder whose list moves faster than it can be read


class AccountCheck:
    """Carries out a check that is in our hands, from wherever it stands."""

    def __init__(
        self, leased: LeasedCheck, remote: RemoteMail, hold: Hold, clock: Clock, pace: CheckPace
    ) -> None:
        self._leased, self._remote, self._hold = leased, remote, hold
        self._budget = Budget(clock, pace.requests_a_minute)
        self._doubts = Doubts(leased, remote, hold, self._budget, pace)

    async def run(self) -> None:
        """Go on until the check has ended.

        Raises ProviderError, LeaseLost (somebody else has it), and Resting when
        something in doubt has to rest first.
        """
        await check_folders(self._leased, self._remote, self._hold)
        await self._leased.write(_begin)
        while (folder := await self._leased.read(check_progress.next_folder)) is not None:
            await self._list(folder)
        await self._doubts.settle()
        await self._leased.write(_name_places)
        await check_texts(self._leased, self._remote, self._hold, self._spend)
        await check_drafts(self._leased, self._remote, self._hold, self._spend)
        await self._measure()
        await self._leased.write(_end, self._leased.now())

    async def _list(self, folder: NextFolder) -> None:
        """The next page of a folder, stored with the position behind it."""
        progress = folder.progress
        remote_id = await self._leased.read(_remote_id, folder)
        if remote_id is None:
            await self._leased.write(_leave_out, folder)
            return
        as_of = await self._leased.read(changes.modseq)
        if progress.cursor is None:
            await self._leased.write(_start, folder, is_again=False)
        try:
            begins = await self._leased.read(history.since)
            page = await self._remote.list_ids(remote_id, progress.cursor, begins=begins)
        except RemoteConflict:  # gone at the provider: the folder list will say so
            await self._leased.write(_leave_out, folder)
            return
        except CursorExpired:
            await self._leased.write(_start, folder, is_again=True)
            return
        sighting = await self._leased.read(rules.look, page.messages, as_of)
        await self._leased.write(_keep_page, folder, page, sighting)
        await self._budget.spend(page.requests)

    async def _spend(self, requests: int) -> None:
        await self._leased.write(_count, requests)
        await self._budget.spend(requests)

    async def _measure(self) -> None:
        """Fresh counters beside what was listed: what they count beyond that is nothing we could hold.

        Our own are counted anew where they have come apart from the messages, and so are the copies of
        marks that lists go by.
        """
        async with self._hold() as account:
            await pull_folder_list(account, self._remote)
            if marks := await account.read(memberships.differing):
                log.error("check.marks_mended", account=account.account, messages=len(marks))
                await account.write(_mend_marks, self._leased)
            if wrong := await account.read(folders.miscounted):
                log.error("check.counters_mended", account=account.account, folders=len(wrong))
                await account.write(_recount)
            await account.write(_set_beyond)


def _count(tx: Tx, _: AccountId, lease: CheckLease, requests: int) -> None:
    checks.count(tx, lease, requests=requests)


def _recount(tx: Tx, account: AccountId) -> None:
    lock(tx, account)
    folders.recount(tx, account)


def _mend_marks(tx: Tx, account: AccountId, leased: LeasedCheck) -> None:
    """Under both leases: lists showed these messages with other marks than they have."""

    def call(tx: Tx) -> None:
        lock(tx, account)
        mended = memberships.mend(tx, account)
        paths = folders.paths(tx, account)
        checks.record(
            tx,
            leased.lease,
            [
                Finding(
                    Kind.FLAGS,
                    paths.get(message.folder_ids[0], ""),
                    message.subject[:_LONGEST_SUBJECT],
                    is_repaired=True,
                    remote_id=message.remote_id,
                    message_id=message.id,
                )
                for message in messages.get_many(tx, account, mended)
            ],
        )

    leased.fenced(tx, call)


def _set_beyond(tx: Tx, account: AccountId) -> None:
    check_progress.set_beyond(tx, account)


def _begin(tx: Tx, account: AccountId, lease: CheckLease) -> None:
    """Note what is to be listed; nothing when that was done before."""
    if check_progress.is_begun(tx, account):
        return
    whole, left = counters.whole_folders(tx, account)
    check_progress.begin(tx, account, [folder.id for folder in whole])
    checks.begin(tx, lease, folders_left=left, history_from=history.since(tx, account))


def _remote_id(tx: ReadTx, account: AccountId, folder: NextFolder) -> RemoteId | None:
    found = folders.get(tx, account, folder.progress.folder_id) if folder.is_there else None
    return found.remote_id if found else None


def _start(tx: Tx, account: AccountId, _: CheckLease, folder: NextFolder, *, is_again: bool) -> None:
    found = folders.get(tx, account, folder.progress.folder_id)
    if found is not None:
        newest_id = checks.newest_id(tx, account)
        check_progress.start_folder(tx, account, found, newest_id=newest_id, is_again=is_again)


def _leave_out(tx: Tx, account: AccountId, _: CheckLease, folder: NextFolder) -> None:
    check_progress.end_folder(tx, account, folder.progress.folder_id, is_there=False)


def _keep_page(
    tx: Tx, account: AccountId, lease: CheckLease, folder: NextFolder, page: IdPage, sighting: Sighting
) -> None:
    """A page and the position behind it; at the folder's end, what was not met is in doubt."""
    where = folder.progress.folder_id
    met = check_progress.seen(tx, account, where, list(sighting.known.values()))
    doubted = check_progress.suspected(tx, account, sighting.unknown)
    if _has_moved_on(folder, page, len(met) + len(doubted)):
        _start(tx, account, lease, folder, is_again=True)
        checks.count(tx, lease, requests=page.requests)
        return
    fresh_known = {i for i in sighting.known.values() if i not in met}
    fresh_unknown = {key: None for key in sighting.unknown if key not in doubted}  # in their order
    fresh = [
        item
        for item in page.messages
        if sighting.known.get(item.remote_id) in fresh_known or item.remote_id in fresh_unknown
    ]
    check_progress.mark_seen(tx, account, where, fresh_known)
    check_progress.suspect(tx, account, where, sighting.differing, is_unknown=False)
    check_progress.suspect(tx, account, where, fresh_unknown, is_unknown=True)
    check_progress.move(
        tx,
        account,
        where,
        page.next,
        listed=len(fresh),
        unread=sum(item.is_seen is False and not item.is_draft for item in fresh),
        unreadable=page.unreadable,
    )
    checks.count(tx, lease, compared=len(fresh), requests=page.requests)
    if page.next is None:
        _end_folder(tx, account)


def _has_moved_on(folder: NextFolder, page: IdPage, met: int) -> bool:
    """Whether the list has moved so far that something may have slipped past."""
    return page.repeated > 0 and met == 0 and folder.progress.restarts < _RESTARTS


def _end_folder(tx: Tx, account: AccountId) -> None:
    listed = check_progress.next_folder(tx, account)
    assert listed is not None  # the one whose page is being stored
    unmet = check_progress.unseen(tx, account, listed.progress)
    check_progress.suspect(tx, account, listed.progress.folder_id, unmet, is_unknown=False)
    check_progress.end_folder(tx, account, listed.progress.folder_id)


def _name_places(tx: Tx, account: AccountId, lease: CheckLease) -> None:
    """Name the places that nobody could read, once."""
    paths = folders.paths(tx, account)
    for folder, number in check_progress.stepped_over(tx, account).items():
        path = paths.get(folder, "")
        unnamed = number - checks.unreadable_named(tx, lease, path)
        if unnamed > 0:
            checks.record(tx, lease, [Finding(Kind.UNREADABLE, path, "", False, number=unnamed)])


def _end(tx: Tx, account: AccountId, lease: CheckLease, now: datetime) -> None:
    """Put the check away."""
    check_progress.clear(tx, account)
    checks.end(tx, lease, now)
