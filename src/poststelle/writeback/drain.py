"""The loop that brings local changes to the provider."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.clock import Clock
from poststelle.lib.share import Share
from poststelle.mail import ingest, rivals
from poststelle.model.ids import AccountId, MessageId, OpId, RemoteId, SignInId
from poststelle.model.writeback import FolderOp, OpKind, WritebackOp, copied
from poststelle.providers.base import RemoteMail, RemoteOp, RemoteOutcome
from poststelle.providers.errors import ProviderError, RemoteConflict, RetryLater, SignInNeeded
from poststelle.settings import guardian
from poststelle.store import (
    changes,
    departures,
    folder_ops,
    folder_undoing,
    folders,
    messages,
    notices,
    op_rows,
    sign_ins,
    sync_states,
    writeback_ops,
)
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.sync.life import Hold, Life, Mark
from poststelle.writeback import drain_folders
from poststelle.writeback.patience import failure, may_yet_work, wait

log = structlog.get_logger()

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
_OPS_AT_ONCE = 20  # one batch
CLAIM_SURE_S = writeback_ops.CLAIM_LASTS.total_seconds() / 2  # others have clocks of their own
_TICK_S = 1.0
_UNREAD_AT_MOST = 40  # about two and a half hours: a draft that nobody can read can still be destroyed


@dataclass(frozen=True, slots=True)
class _Edited:
    """Drafts that stay, as they are there; ``as_of``: the account's modseq before they were read."""

    drafts: Collection[RemoteId]
    whole: rivals.Whole
    as_of: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at drafts to be removed has brought.

    ``held_back``: why some removals are not to be asked for. ``missing``: drafts that were not there.
    """

    held_back: Sequence[RemoteOutcome] = ()
    edited: _Edited | None = None
    missing: Collection[RemoteId] = ()


class Drain:
    """Brings changes to their providers, per message in order. Several processes may share a store.

    ``holder`` names this process, the same one after each start. ``wake`` is a
    hint from the same event loop; without it a change waits for the next tick.
    ``share``: which accounts it takes before other workers do. ``life``: whether others still leave to it
    what it has claimed.
    """

    def __init__(
        self,
        store: Store,
        open_remote: OpenRemote,
        clock: Clock,
        holder: str,
        *,
        share: Share | None = None,
        life: Life | None = None,
    ) -> None:
        self._share, self._life = share or Share(), life or Life(store)
        self._store, self._open_remote, self._clock, self._holder = store, open_remote, clock, holder
        self._rounds: Rounds[AccountId] = Rounds(self._start_due, _TICK_S)

    def wake(self, account: AccountId) -> None:
        """There may be something to write back."""
        self.ring()

    def ring(self) -> None:
        """The same, for whichever account."""
        self._rounds.ring()

    async def run(self) -> None:
        """Drain until cancelled. What an earlier process of our name left in flight is sent again first."""
        await self._store.write(writeback_ops.release_holder, self._holder)
        await self._store.write(folder_ops.release_holder, self._holder)
        await self._rounds.run()

    async def run_due(self) -> None:
        """Write back what is due now, once, and return when it is done."""
        await self._rounds.run_due()

    async def _start_due(self) -> None:
        due = await self._store.read(writeback_ops.accounts_due, self._clock.now())
        busy = set(self._rounds.keys)
        for account in due:
            if account not in busy and self._share.takes(account):
                self._rounds.begin(self._drain(account), account, name=f"drain-{account}")

    async def _drain(self, account: AccountId) -> None:
        """Send until nothing is due, or something is in the way.

        Changes of folders first: messages are on their way into new ones. And
        again after messages: folders are destroyed when these have left.
        """
        while await self._drain_folders(account) + await self._drain_messages(account):
            pass

    async def _drain_folders(self, account: AccountId) -> int:
        """Send changes of folders, one by one; how many were answered."""
        answered, mark = 0, self._life.mark()
        while op := await self._store.write(folder_ops.claim, account, self._holder, self._clock.now()):
            hold = self._folder_hold(mark, op)
            went_on = await guarded(self._send_folder(op, hold), event="drain.failed", account=account)
            if went_on is None:  # our own error, in the log: it must not leave a change in flight for ever
                error = RetryLater("internal", is_local=True)
                await self._store.write(drain_folders.note_failure, op, error, self._clock.now())
            if not went_on:
                break
            answered, mark = answered + 1, self._life.mark()
        return answered

    async def _drain_messages(self, account: AccountId) -> int:
        """Send batch after batch; how many were answered."""
        answered, mark = 0, self._life.mark()
        while ops := await self._claim(account):
            if not await self._send_or_part(account, ops, mark):
                break
            answered, mark = answered + 1, self._life.mark()
        return answered

    def _hold(self, mark: Mark, ops: Sequence[WritebackOp]) -> Hold:
        return Hold(self._life, mark, CLAIM_SURE_S, lambda tx: writeback_ops.hold(tx, ops, self._clock.now()))

    def _folder_hold(self, mark: Mark, op: FolderOp) -> Hold:
        return Hold(self._life, mark, CLAIM_SURE_S, lambda tx: folder_ops.hold(tx, op, self._clock.now()))

    async def _send_or_part(self, account: AccountId, ops: Sequence[WritebackOp], mark: Mark) -> bool:
        """Send one batch; False when the account has to wait.

        Should we ourselves fail over it, which is in the log, each change is sent
        alone: then only the one at fault waits, and after some hours is given up.
        """
        went_on = await guarded(
            self._send(account, ops, self._hold(mark, ops)), event="drain.failed", account=account
        )
        if went_on is not None:
            return went_on
        if len(ops) == 1:
            failed = [RemoteOutcome(ops[0].id, RetryLater("internal", is_local=True))]
            await self._store.write(note_outcomes, account, ops, failed, (), self._clock.now())
            return True
        # The batch may have been carried out.
        parts = [[replace(op, attempts=op.attempts + 1)] for op in ops]
        return all([await self._send_or_part(account, part, mark) for part in parts])

    async def _claim(self, account: AccountId) -> Sequence[WritebackOp]:
        now = self._clock.now()
        return await self._store.write(writeback_ops.claim, account, self._holder, now, _OPS_AT_ONCE)

    async def _send_folder(self, op: FolderOp, hold: Hold) -> bool:
        """Send one change of a folder and keep what became of it; False when it has to wait."""
        account = op.account_id
        sign_in = await self._store.read(sign_ins.id_of, account)
        try:
            wanted = await self._store.read(drain_folders.resolved, op)
            if isinstance(wanted, drain_folders.Hopeless):
                gone = RemoteConflict(wanted.detail, is_gone=True)
                await self._store.write(drain_folders.note_failure, op, gone, self._clock.now(), sign_in)
                return True
            remote = (await self._open_remote(account)).under(hold)
            remote_id = await drain_folders.made(remote, wanted)
        except ProviderError as error:
            await self._store.write(drain_folders.note_failure, op, error, self._clock.now(), sign_in)
            log.info("drain.folder_failed", account=account, kind=op.kind, reason=error.code)
            return not may_yet_work(op, error)
        await self._store.write(drain_folders.note_done, op, remote_id, self._clock.now())
        return True

    async def _send(self, account: AccountId, ops: Sequence[WritebackOp], hold: Hold) -> bool:
        """Send one batch and keep what became of it; False when the account has to wait."""
        sign_in = await self._store.read(sign_ins.id_of, account)
        try:
            remote = (await self._open_remote(account)).under(hold)
            ops, unknown = await self._with_twins(remote, ops)
            look = await self._rivals(remote, account, ops)
            unknown = [*unknown, *look.held_back]
            unready = {outcome.key for outcome in unknown}
            ready = [op for op in ops if _has_aim(op) and op.id not in unready]
            answered = [*unknown, *await remote.apply([_remote_op(op, look.missing) for op in ready])]
        except ProviderError as error:
            await self._store.write(put_off, ops, error, self._clock.now(), sign_in)
            log.info("drain.put_off", account=account, ops=len(ops), reason=error.code)
            return False
        shown = await self._store.read(_places, account)
        outcomes, gone = await _looked_into(remote, ops, [*_aimless(ops), *answered], shown)
        await self._store.write(_note_all, account, ops, outcomes, gone, look.edited, self._clock.now())
        failed = sum(outcome.error is not None for outcome in outcomes)
        log.debug("drain.sent", account=account, ops=len(ops), failed=failed)
        return True

    async def _with_twins(
        self, remote: RemoteMail, ops: Sequence[WritebackOp]
    ) -> tuple[Sequence[WritebackOp], Sequence[RemoteOutcome]]:
        """Each copy with what was there before it is first asked for: what comes later is the copy.

        And an error for each where that can't be told: it is not asked for now.
        """
        fresh = [op for op in ops if op.kind is OpKind.COPY and "twins" not in op.payload and _has_aim(op)]
        if not fresh:
            return ops, ()
        found = await remote.twins({copied(op.payload) for op in fresh})
        errors = {name: there for name, there in found.items() if isinstance(there, RetryLater)}
        known = {name: there for name, there in found.items() if not isinstance(there, RetryLater)}
        unknown = [
            RemoteOutcome(op.id, errors[name]) for op in fresh if (name := copied(op.payload)) in errors
        ]
        noted = await self._store.write(writeback_ops.note_twins, fresh, known)
        return [noted.get(op.id, op) for op in ops], unknown

    async def _rivals(self, remote: RemoteMail, account: AccountId, ops: Sequence[WritebackOp]) -> _Look:
        """Removals not to be asked for: of drafts that somebody has changed elsewhere since we saw them, or
        that were saved again while nobody here could see their files.

        And those drafts, as they are now. What a person deletes goes in the end, whatever files it has.
        What was not there may have been hidden for a moment: nobody knows what it says.
        """
        removals = [op for op in ops if op.kind is OpKind.DESTROY]
        asked = await self._store.read(_drafts_among, account, [op.message_id for op in removals])
        if not asked:
            return _Look()
        as_of = await self._store.read(changes.modseq, account)
        shown = await self._store.read(rivals.with_files, account, asked)
        try:
            whole = await rivals.read_whole(remote, asked, shown)
        except RetryLater as error:  # perhaps over one of them: the others of the batch go on
            whole, unread = rivals.NOTHING_READ, error
        else:
            unread = RetryLater("draft_unread", is_local=True)
        looked = [op for op in removals if op.remote_id in set(asked)]
        edited = await self._store.read(rivals.edited, account, whole)
        unseen = await self._store.read(rivals.unseen, account, whole)
        unseen &= {op.remote_id for op in looked if op.is_replacing}
        read = whole.told.keys() - whole.unlisted
        why = dict.fromkeys(unseen, RemoteConflict("files_unseen", is_overtaken=True))
        why |= dict.fromkeys(edited, RemoteConflict("edited_elsewhere", is_overtaken=True))
        held_back = [
            RemoteOutcome(op.id, why.get(op.remote_id, unread))
            for op in looked
            if op.remote_id in why or (op.remote_id not in read and op.own_failures < _UNREAD_AT_MOST)
        ]
        return _Look(held_back, _Edited(why.keys(), whole, as_of) if why else None, whole.missing)


def _places(tx: ReadTx, account: AccountId) -> frozenset[RemoteId]:
    """Folders that people see, or have destroyed and the provider has not."""
    return folder_ops.going(tx, account).union(folders.shown(tx, account))


def _drafts_among(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> list[RemoteId]:
    found = (messages.even_hidden(tx, account, message) for message in ids)
    return [message.remote_id for message in found if message is not None and message.mutable.is_draft]


def _note_all(
    tx: Tx,
    account: AccountId,
    ops: Sequence[WritebackOp],
    outcomes: Sequence[RemoteOutcome],
    gone: Collection[RemoteId],
    edited: _Edited | None,
    now: datetime,
) -> None:
    """As ``note_outcomes``; the ``edited``, which do not go, come back as they are there.

    Together, for what was told of them while they were to go was not kept.
    """
    if edited is not None:
        ingest.lock(tx, account)
        if not writeback_ops.held(tx, account, ops):
            return
    note_outcomes(tx, account, ops, outcomes, gone, now)
    if edited is not None:
        rivals.keep(tx, account, edited.drafts, edited.whole, now=now, as_of=edited.as_of)


def note_outcomes(
    tx: Tx,
    account: AccountId,
    ops: Sequence[WritebackOp],
    outcomes: Sequence[RemoteOutcome],
    gone: Collection[RemoteId],
    now: datetime,
) -> None:
    """Confirm what is done, retry what must wait, take back what was refused.

    What the provider fails over again and again, while it answers as such, is
    taken back too, after some hours; what is in conflict there, after a minute.
    A message that is not as we last saw it counts as departed: the next pull finds
    out where it is, if it is not among the ``gone``. A way into a folder that was
    destroyed meanwhile is nobody's concern once the message has been moved on, or
    destroyed with it. Of what is another's by now nothing is kept: that one finds out by itself.
    """
    by_key = {op.id: op for op in writeback_ops.held(tx, account, ops)}
    for outcome in outcomes:
        if OpId(outcome.key) not in by_key:
            continue
        op, error = by_key[OpId(outcome.key)], outcome.error
        if error is None or (op.kind is OpKind.DESTROY and op.remote_id in gone):
            if writeback_ops.confirm(tx, op, outcome.new_remote_id, at=now):
                _ask_again(tx, account, op, now)
            if op.kind is OpKind.COPY:  # it shows when it is met
                sync_states.wake(tx, account, now)
        elif isinstance(error, ProviderError) and may_yet_work(op, error):
            writeback_ops.retry(tx, op, now + wait(op, error), error.code, failure(error))
        else:
            detail = error.code if isinstance(error, ProviderError) else type(error).__name__
            is_missed = _has_aim(op) or not _is_moved_on(tx, op)
            code = "gone" if op.remote_id in gone else _code_of(error)
            told = writeback_ops.take_back(tx, op, code, detail, now)
            if told is not None and not is_missed:
                notices.dismiss(tx, account, told.id)
            if code not in {"gone", "overtaken"}:  # else it has left the folder
                folder_undoing.spare_source(tx, op, detail, now)
            if isinstance(error, RemoteConflict):
                _ask_again(tx, account, op, now)


def _code_of(error: Exception) -> str:
    """Why a change is taken back, as a notice says it."""
    if isinstance(error, RemoteConflict) and error.is_overtaken:
        return "overtaken"
    return "failed" if isinstance(error, RetryLater) else "refused"


def _is_moved_on(tx: Tx, op: WritebackOp) -> bool:
    """Whether a later change puts the message elsewhere, or removes it."""
    later = (other for other in op_rows.list_open(tx, op.account_id, [op.message_id]) if other.id > op.id)
    return any(other.kind in {OpKind.MOVE, OpKind.DESTROY} for other in later)


def _ask_again(tx: Tx, account: AccountId, op: WritebackOp, now: datetime) -> None:
    """Have the next pull, which is due at once, ask where the message is."""
    for message in messages.by_remote(tx, account, [op.remote_id]).values():
        for folder in message.folder_ids:
            departures.add(tx, account, folder, [message.id], now)
    sync_states.wake(tx, account, now)


def put_off(
    tx: Tx, ops: Sequence[WritebackOp], error: ProviderError, now: datetime, sign_in: SignInId | None = None
) -> None:
    """The whole request failed, which says nothing about any single change: all are sent again later.

    When ``sign_in``, which was used, is lost, they are sent with the next one
    at once, or wait until a person has signed in.
    """
    is_lost = isinstance(error, SignInNeeded)
    is_taken_over = is_lost and guardian.note_lost(tx, ops[0].account_id, sign_in, error.code, now)
    for op in writeback_ops.held(tx, ops[0].account_id, ops):
        writeback_ops.retry(tx, op, now if is_taken_over else now + wait(op, error), error.code)


async def _looked_into(
    remote: RemoteMail,
    ops: Sequence[WritebackOp],
    outcomes: Sequence[RemoteOutcome],
    shown: Collection[RemoteId],
) -> tuple[Sequence[RemoteOutcome], set[RemoteId]]:
    """Which of the messages that are not as we last saw them are gone: nowhere, or where nobody sees them.

    What cannot be found out now is sent again later; what was done stays done. One that was not there for the
    change and is there for us is not gone: what has just come or been moved may be hidden for a moment.
    """
    conflicting = _conflicting(ops, outcomes)
    try:
        located = await remote.locate(list(conflicting.values()))
    except ProviderError as error:
        later = RetryLater(error.code)
        return [replace(o, error=later) if o.key in conflicting else o for o in outcomes], set()
    gone = {
        remote_id
        for remote_id, item in located.items()
        if item is None or (item.folder_id is not None and item.folder_id not in shown)
    }
    there = {key for key, remote_id in conflicting.items() if remote_id in located.keys() - gone}
    aimed = await _with_aim(remote, [op for op in ops if op.id in there])
    return [_hidden(outcome) if outcome.key in aimed else outcome for outcome in outcomes], gone


async def _with_aim(remote: RemoteMail, ops: Sequence[WritebackOp]) -> set[OpId]:
    """Those whose target, if they have one, is there for all that can be told: else that is what is gone."""
    lacking = set()
    for target in {op.target for op in ops if op.target is not None}:
        with suppress(ProviderError):
            if not await drain_folders.is_there(remote, target):
                lacking.add(target)
    return {op.id for op in ops if _has_aim(op) and op.target not in lacking}


def _hidden(outcome: RemoteOutcome) -> RemoteOutcome:
    """As a conflict that passes, where the message was said to be gone."""
    error = outcome.error
    if not isinstance(error, RemoteConflict) or not error.is_gone:
        return outcome
    return replace(outcome, error=RemoteConflict(error.code))


def _has_aim(op: WritebackOp) -> bool:
    """Whether the folder it goes to, if it goes to one, is still there."""
    return "folder" not in op.payload or op.target is not None


def _aimless(ops: Sequence[WritebackOp]) -> list[RemoteOutcome]:
    """What the provider would say of changes into folders that have gone meanwhile."""
    gone = RemoteConflict("ErrorFolderNotFound", is_gone=True)
    return [RemoteOutcome(op.id, gone) for op in ops if not _has_aim(op)]


def _remote_op(op: WritebackOp, missing: Collection[RemoteId]) -> RemoteOp:
    payload = op.payload if op.target is None else op.payload | {"folder": op.target}
    return RemoteOp(
        op.id,
        op.kind,
        op.remote_id,
        payload,
        attempts=op.attempts,
        failures=op.own_failures,
        source=op.source,
        is_missing=op.kind is OpKind.DESTROY and op.remote_id in missing,
    )


def _conflicting(ops: Sequence[WritebackOp], outcomes: Sequence[RemoteOutcome]) -> dict[int, RemoteId]:
    """Messages that are not as we last saw them, by the keys of changes that are not sent again for it."""
    errors = {outcome.key: outcome.error for outcome in outcomes}
    return {
        op.id: op.remote_id
        for op in ops
        if isinstance(error := errors.get(op.id), RemoteConflict) and not may_yet_work(op, error)
    }
