"""Messages in doubt: the provider is asked about each by id, twice, before anything counts.

    listed otherwise ──ask──> agrees: nothing was wrong
                        └──> still otherwise: rests; then, with the account in our hands,
                             its folders' rounds are read to their end and it is asked for again
                               ├─ agrees: the rounds have brought it, nothing was wrong
                               ├─ the provider says something else than before: once more
                               └─ still the same, and we still differ: a difference; mended

What is decided is written in the transaction that decides it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from poststelle.jobs.inline import Failed, tried
from poststelle.lib.log import place_of
from poststelle.mail import check as rules
from poststelle.mail.check import Verdict
from poststelle.model.check import Finding, Kind, Suspect
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId, RemoteId
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.providers.errors import CursorExpired, Refused, RemoteConflict, RetryLater
from poststelle.store import changes, check_progress, checks, counters, folders, messages
from poststelle.store.checks import CheckLease
from poststelle.store.tx import ReadTx, Tx
from poststelle.sync.check_lease import Budget, CheckPace, Hold, LeasedCheck, Resting
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.pull_folder import pull_folder
from poststelle.sync.pull_folder_list import pull_folder_list
from poststelle.sync.schedule import Pace
from poststelle.sync.settle import settle_departures
from poststelle.sync.storing import EXPECTED

log = structlog.get_logger()

_AT_ONCE = 200
_PACE = Pace()
_PAGES = 100

Answers = Mapping[RemoteId, RemoteMessage | None]


class Doubts:
    """Settles what is in doubt in one check."""

    def __init__(
        self, leased: LeasedCheck, remote: RemoteMail, hold: Hold, budget: Budget, pace: CheckPace
    ) -> None:
        self._leased, self._remote, self._hold = leased, remote, hold
        self._budget, self._pace = budget, pace

    async def settle(self) -> None:
        """Until nothing is in doubt. Raises ProviderError, LeaseLost, Busy; Resting when all have to rest."""
        while (due_at := await self._leased.read(check_progress.next_suspect_at)) is not None:
            now = self._leased.now()
            if due_at > now:
                raise Resting(due_at)
            waiting = await self._leased.read(check_progress.suspects, now, _AT_ONCE)
            fresh = [suspect for suspect in waiting if suspect.told is None]
            if fresh:
                await self._ask(fresh)
            else:
                await self._decide(waiting)

    async def _ask(self, suspects: Sequence[Suspect]) -> None:
        """The first question; what agrees by now was only late."""
        as_of = await self._leased.read(changes.modseq)
        answers = await self._remote.locate([suspect.remote_id for suspect in suspects])
        await self._leased.write(_note_first, suspects, answers, as_of, self._rested_at())
        await self._spend(len(suspects))

    async def _decide(self, suspects: Sequence[Suspect]) -> None:
        """The second question, after the folders' own rounds."""
        async with self._hold() as account:
            open_ = await self._read_to_the_end(account, suspects)
            as_of = await account.read(changes.modseq)
            answers = await self._answers(account, suspects)
            await self._judge_all(account, suspects, answers, open_, as_of)
        await self._spend(len(suspects))

    async def _judge_all(
        self,
        account: LeasedAccount,
        suspects: Sequence[Suspect],
        answers: Answers,
        undecidable: Collection[FolderId],
        as_of: int,
    ) -> None:
        """Halved where we ourselves fail over it: the one at fault is a difference that is not mended."""
        done = await tried(
            account.write(self._judge, suspects, answers, undecidable, as_of), passing=EXPECTED
        )
        if not isinstance(done, Failed):
            return
        if len(suspects) == 1:
            log.error("check.mending_failed", account=account.account, **place_of(done.error))
            await account.write(self._judge, suspects, answers, undecidable, as_of, is_mending=False)
            return
        half = len(suspects) // 2
        for some in (suspects[:half], suspects[half:]):
            await self._judge_all(account, some, answers, undecidable, as_of)

    async def _read_to_the_end(self, account: LeasedAccount, suspects: Sequence[Suspect]) -> set[FolderId]:
        """Read the concerned folders' rounds to their end; those where that did not come about."""
        await pull_folder_list(account, self._remote)
        concerned = await account.read(rules.concerned, suspects)
        open_ = set()
        for folder in await account.read(_existing, concerned):
            try:
                pulled = await pull_folder(account, self._remote, folder, _PACE, pages=_PAGES)
                is_whole = pulled.is_complete
            except (RemoteConflict, CursorExpired, Refused):
                is_whole = False
            except RetryLater as error:
                if not error.is_local:
                    raise
                is_whole = False
            if not is_whole:
                open_.add(folder.id)
        await settle_departures(account, self._remote)
        whole, _ = await account.read(counters.whole_folders)
        return (concerned - {folder.id for folder in whole}) | open_

    async def _answers(self, account: LeasedAccount, suspects: Sequence[Suspect]) -> Answers:
        """What the provider says now; of drafts, and of what we don't hold or nobody sees, all of it."""
        asked = [suspect.remote_id for suspect in suspects]
        known = await account.read(messages.by_remote, asked)
        held = {key for key, message in known.items() if message.folder_ids and not message.mutable.is_draft}
        fetched = await self._remote.fetch([key for key in asked if key not in held])
        return {**await self._remote.locate([key for key in asked if key in held]), **fetched}

    def _judge(
        self,
        tx: Tx,
        account: AccountId,
        suspects: Sequence[Suspect],
        answers: Answers,
        undecidable: Collection[FolderId],
        as_of: int,
        *,
        is_mending: bool = True,
    ) -> Verdict:
        """Under both leases: decide, mend, record."""

        def call(tx: Tx) -> Verdict:
            now = self._leased.now()
            verdict = rules.judge(
                tx,
                account,
                suspects,
                answers,
                undecidable,
                as_of=as_of,
                now=now,
                tries_at_most=self._pace.tries,
                is_mending=is_mending,
            )
            _record(tx, account, self._leased.lease, list(verdict.findings.values()))
            check_progress.settle(tx, account, [*verdict.agreeing, *verdict.findings])
            check_progress.note_told(tx, account, verdict.told, self._rested_at())
            return verdict

        found: Verdict = self._leased.fenced(tx, call)
        return found

    def _rested_at(self) -> datetime:
        return self._leased.now() + timedelta(seconds=self._pace.rest_s)

    async def _spend(self, requests: int) -> None:
        await self._leased.write(_count, requests)
        await self._budget.spend(requests)


def _note_first(
    tx: Tx,
    account: AccountId,
    lease: CheckLease,
    suspects: Sequence[Suspect],
    answers: Answers,
    as_of: int,
    due_at: datetime,
) -> None:
    agreeing = rules.agreeing(tx, account, answers, as_of)
    unreadable = [suspect for suspect in suspects if suspect.remote_id not in answers]
    check_progress.settle(tx, account, [*agreeing, *(suspect.remote_id for suspect in unreadable)])
    _record(tx, account, lease, rules.unreadable(tx, account, unreadable))
    told = {key: rules.tell(item) for key, item in answers.items() if key not in agreeing}
    check_progress.note_told(tx, account, told, due_at)


def _record(tx: Tx, account: AccountId, lease: CheckLease, findings: Sequence[Finding]) -> None:
    """Keep findings. What we hold and nobody can read is one of the places that the list stepped over."""
    checks.record(tx, lease, findings)
    held = [f.message_id for f in findings if f.kind is Kind.UNREADABLE and f.message_id is not None]
    for message in messages.get_many(tx, account, held):
        is_unread = not message.mutable.is_seen and not message.mutable.is_draft
        check_progress.count_held(tx, account, message.folder_ids[0], is_unread=is_unread)


def _count(tx: Tx, _: AccountId, lease: CheckLease, requests: int) -> None:
    checks.count(tx, lease, requests=requests)


def _existing(tx: ReadTx, account: AccountId, wanted: Collection[FolderId]) -> list[Folder]:
    shown = set(folders.shown(tx, account).values())
    return [f for f in folders.list_all(tx, account) if f.id in shown and f.id in wanted]
