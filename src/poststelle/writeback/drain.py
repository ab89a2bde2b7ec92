"""The loop that brings local changes to the provider."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from poststelle.jobs.inline import guarded
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.mail import ingest
from poststelle.model.account import AccountState
from poststelle.model.ids import AccountId, OpId, RemoteId
from poststelle.model.writeback import WritebackOp
from poststelle.providers.base import RemoteMail, RemoteMessage, RemoteOp, RemoteOutcome
from poststelle.providers.errors import ProviderError, RemoteConflict, RetryLater, SignInNeeded
from poststelle.store import accounts, writeback_ops
from poststelle.store.tx import Store, Tx

log = structlog.get_logger()

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
_OPS_AT_ONCE = 20  # one batch
_TICK_S = 1.0
_RESEND_S = 30.0


class Drain:
    """Brings changes to their providers, per message in order. One drain per store at a time.

    ``wake`` is a hint from the same event loop; without it a change waits for
    the next tick.
    """

    def __init__(self, store: Store, open_remote: OpenRemote, clock: Clock) -> None:
        self._store, self._open_remote, self._clock = store, open_remote, clock
        self._hint = asyncio.Event()
        self._running: dict[AccountId, asyncio.Task[None]] = {}

    def wake(self, account: AccountId) -> None:
        """There may be something to write back."""
        self._hint.set()

    async def run(self) -> None:
        """Drain until cancelled. What an earlier process left in flight is sent again first."""
        await self._store.write(writeback_ops.release_all)
        try:
            while True:
                self._hint.clear()
                await self._start_due()
                try:
                    await asyncio.wait_for(self._hint.wait(), timeout=_TICK_S)
                except TimeoutError:
                    continue
        finally:
            tasks = list(self._running.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def run_due(self) -> None:
        """Write back what is due now, once, and return when it is done."""
        await self._start_due()
        await asyncio.gather(*self._running.values())

    async def _start_due(self) -> None:
        for account in await self._store.read(writeback_ops.accounts_due, self._clock.now()):
            if account in self._running:
                continue
            task = asyncio.create_task(self._drain(account), name=f"drain-{account}")
            self._running[account] = task
            task.add_done_callback(lambda _, account=account: self._running.pop(account, None))

    async def _drain(self, account: AccountId) -> None:
        await guarded(self._drain_account(account), event="drain.failed", account=account)

    async def _drain_account(self, account: AccountId) -> None:
        """Send batch after batch until nothing is due."""
        while ops := await self._store.write(writeback_ops.claim, account, self._clock.now(), _OPS_AT_ONCE):
            try:
                remote = await self._open_remote(account)
                outcomes = await remote.apply([_remote_op(op) for op in ops])
                located = await remote.locate(_conflicting(ops, outcomes))
            except ProviderError as error:
                await self._store.write(put_off, ops, error, self._clock.now())
                log.info("drain.put_off", account=account, ops=len(ops), reason=error.code)
                return
            await self._store.write(note_outcomes, account, ops, outcomes, located, self._clock.now())
            failed = [o for o in outcomes if o.error]
            log.info("drain.sent", account=account, ops=len(ops), failed=len(failed))


def note_outcomes(
    tx: Tx,
    account: AccountId,
    ops: Sequence[WritebackOp],
    outcomes: Sequence[RemoteOutcome],
    located: Mapping[RemoteId, RemoteMessage | None],
    now: datetime,
) -> None:
    """Confirm what is done, retry what must wait, take back what was refused.

    A message that is not as we last saw it is brought to what the provider
    holds (``located``), which may be nothing.
    """
    by_key = {op.id: op for op in ops}
    for outcome in outcomes:
        op, error = by_key[OpId(outcome.key)], outcome.error
        if error is None:
            writeback_ops.confirm(tx, op, outcome.new_remote_id)
        elif isinstance(error, RetryLater | SignInNeeded):
            writeback_ops.retry(tx, op, now + _wait(op, error))
        else:
            is_gone = op.remote_id in located and located[op.remote_id] is None
            code = error.code if isinstance(error, ProviderError) else type(error).__name__
            writeback_ops.take_back(tx, op, "gone" if is_gone else "refused", code, now)
    ingest.settle(tx, account, located, now=now)


def put_off(tx: Tx, ops: Sequence[WritebackOp], error: ProviderError, now: datetime) -> None:
    """The whole request failed, which says nothing about any single change: all are sent again later.

    A lost sign-in becomes the account's state; the changes wait for the next one.
    """
    for op in ops:
        writeback_ops.retry(tx, op, now + _wait(op, error))
    if isinstance(error, SignInNeeded):
        accounts.set_state(tx, ops[0].account_id, AccountState.SIGN_IN_NEEDED, error.code)


def _wait(op: WritebackOp, error: ProviderError) -> timedelta:
    if isinstance(error, RetryLater):
        return timedelta(seconds=backoff_s(op.attempts + 1) if error.after_s is None else error.after_s)
    return timedelta(seconds=_RESEND_S)


def _remote_op(op: WritebackOp) -> RemoteOp:
    return RemoteOp(op.id, op.kind, op.remote_id, op.payload)


def _conflicting(ops: Sequence[WritebackOp], outcomes: Sequence[RemoteOutcome]) -> list[RemoteId]:
    """Messages that are not as we last saw them."""
    keys = {outcome.key for outcome in outcomes if isinstance(outcome.error, RemoteConflict)}
    return [op.remote_id for op in ops if op.id in keys]
