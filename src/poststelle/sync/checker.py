"""When accounts are checked: each night, when somebody asks, and when folder counters stay apart."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from functools import partial

import structlog

from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.lib.share import Share
from poststelle.model.check import Check, CheckReason
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, RetryLater
from poststelle.settings import checks as plans
from poststelle.store import checks
from poststelle.store.checks import CheckLease
from poststelle.store.tx import Store, Tx
from poststelle.sync.check_account import AccountCheck
from poststelle.sync.check_lease import CheckPace, LeasedCheck, Resting
from poststelle.sync.leased import LEASE_S, Busy, LeaseLost, holding, keep_renewed

log = structlog.get_logger()

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
_AT_ONCE = 4
_TICK_S = 2.0
_PLAN_EVERY = timedelta(minutes=1)
_FORGET_EVERY = timedelta(hours=6)
_NIGHT = timedelta(hours=2)  # over which the accounts are spread
_APART_AT_LEAST = timedelta(hours=1)
_FIRST_WAIT_S, _BUSY_WAIT_S, _REFUSED_WAIT_S = 5.0, 30.0, 600.0


class Checker:
    """Carries out checks that are due. Several processes may share a store.

    ``holder`` names this process, the same one after each start. ``wake`` is a
    hint from the same event loop; without it a check waits for the next tick.
    ``rest_s`` as in CheckPace; ``pace``, for tests, in place of what is set. ``share``: who comes first in
    it notes what the night and the counters call for; all carry that out.
    """

    def __init__(
        self,
        store: Store,
        open_remote: OpenRemote,
        clock: Clock,
        holder: str,
        *,
        rest_s: float = CheckPace.rest_s,
        pace: CheckPace | None = None,
        share: Share | None = None,
    ) -> None:
        self._store, self._open_remote, self._clock, self._holder = store, open_remote, clock, holder
        self._rest_s, self._pace, self._share = rest_s, pace, share or Share()
        self._rounds: Rounds[AccountId] = Rounds(self._start_due, _TICK_S, lambda _: self.wake())
        self._planned_at: datetime | None = None
        self._forgot_at: datetime | None = None
        self._differing: set[AccountId] = set()

    def wake(self) -> None:
        """There may be a check to begin."""
        self._rounds.ring()

    async def run(self) -> None:
        """Check what is due until cancelled; checks under way go on with the next start where they were."""
        await self._store.write(checks.release_holder, self._holder)
        await self._rounds.run(self.plan)

    async def run_due(self) -> None:
        """Check what is due now, once, and return when it is done or put off."""
        await self._rounds.run_due()

    async def plan(self) -> None:
        """Once a minute: note the checks that the night and the counters call for.

        For a moment two workers may be first; a check that is open is wanted twice and carried out once.
        """
        now = self._clock.now()
        if not self._share.is_first:
            self._differing.clear()  # what was apart when it was first before has not stayed so since
            return
        if self._planned_at is not None and now - self._planned_at < _PLAN_EVERY:
            return
        self._planned_at = now
        differing = set(await self._store.read(checks.differing))
        # A provider may count first and tell later: only what stays apart is worth a check.
        apart, self._differing = differing & self._differing, differing
        await self._store.write(_want_due, apart, now)
        if self._forgot_at is None or now - self._forgot_at >= _FORGET_EVERY:
            self._forgot_at = now
            await self._store.write(checks.forget_old, now)

    async def check(self, account: AccountId, check: int) -> bool:
        """Go on with this check now, whether it is due or not; False while somebody else has it in hand.

        Raises ProviderError, Busy, LeaseLost, Resting: it is put off then, and can be gone on with.
        """
        lease = await self._claim(account, check)
        if lease is None:
            return False
        await self._carry_out(lease)
        return True

    async def _start_due(self) -> None:
        while len(self._rounds.keys) < _AT_ONCE:
            due = await self._store.read(checks.next_due, self._clock.now())
            if due is None:
                return
            lease = await self._claim(due.account_id, due.id)
            if lease is None:
                continue
            self._rounds.begin(self._guarded(lease), due.account_id, name=f"check-{due.account_id}")

    async def _claim(self, account: AccountId, check: int) -> CheckLease | None:
        now = self._clock.now()
        return await self._store.write(checks.claim, account, check, self._holder, now, LEASE_S)

    async def _guarded(self, lease: CheckLease) -> None:
        done = await guarded(self._quietly(lease), event="check.failed", account=lease.account_id)
        if done is None:  # our own error, in the log
            await self._store.write(_put_off, lease, "internal", None, self._clock.now())

    async def _quietly(self, lease: CheckLease) -> bool:
        try:
            await self._carry_out(lease)
        except (Busy, Resting, LeaseLost, NotFound, ProviderError) as reason:
            code = reason.code if isinstance(reason, ProviderError) else ""
            log.debug("check.put_off", account=lease.account_id, reason=type(reason).__name__, code=code)
        return True

    async def _carry_out(self, lease: CheckLease) -> None:
        """Go on with a check; however it ends, it is given back."""
        beat = asyncio.create_task(keep_renewed(lease.account_id, partial(self._renewed, lease), LEASE_S))
        try:
            await self._run(lease)
        except Resting as rest:
            await self._store.write(checks.put_off, lease, rest.until)
            raise
        except (Busy, ProviderError) as error:
            code = error.code if isinstance(error, ProviderError) else "busy"
            after_s = _wait_s(error)
            await self._store.write(_put_off, lease, code, after_s, self._clock.now())
            raise
        except asyncio.CancelledError:
            await self._store.write(checks.put_off, lease, self._clock.now())
            raise
        finally:
            beat.cancel()

    async def _run(self, lease: CheckLease) -> None:
        account = lease.account_id
        pace = self._pace
        if pace is None:
            plan = await self._store.read(plans.plan)
            pace = CheckPace(requests_a_minute=plan.requests_a_minute, rest_s=self._rest_s)
        leased = LeasedCheck(self._store, lease, self._clock)
        hold = partial(holding, self._store, account, self._clock, self._holder)
        remote = await self._open_remote(account)
        await AccountCheck(leased, remote, hold, self._clock, pace).run()
        done = await self._store.read(checks.get, account, lease.check_id)
        if done is not None:
            _log_end(done)

    async def _renewed(self, lease: CheckLease) -> bool:
        return await self._store.write(checks.renew, lease, self._clock.now(), LEASE_S)


def night_before(now: datetime, begins: time, account: AccountId) -> datetime:
    """The latest instant at or before ``now`` at which a night called for this account.

    Nights begin at ``begins`` by the machine's clock, and each account has its
    own moment in the two hours after that.
    """
    share = zlib.crc32(str(account).encode()) % 10_000 / 10_000
    local = (now - share * _NIGHT).astimezone()
    night = local.replace(hour=begins.hour, minute=begins.minute, second=0, microsecond=0)
    if night > local:
        night -= timedelta(days=1)
    return night.astimezone(now.tzinfo) + share * _NIGHT


def _want_due(tx: Tx, apart: set[AccountId], now: datetime) -> None:
    begins = plans.plan(tx).time
    for state in checks.night_states(tx):
        last = state.asked_at or state.created_at
        if last < night_before(now, begins, state.account_id):
            checks.want(tx, state.account_id, CheckReason.NIGHTLY, None, now)
        elif state.account_id in apart and (state.asked_at is None or now - last >= _APART_AT_LEAST):
            checks.want(tx, state.account_id, CheckReason.COUNTERS, None, now)


def _put_off(tx: Tx, lease: CheckLease, code: str, after_s: float | None, now: datetime) -> None:
    failed = checks.failures(tx, lease.account_id, lease.check_id)
    wait_s = backoff_s(failed + 1, first_s=_FIRST_WAIT_S) if after_s is None else after_s
    checks.put_off(tx, lease, now + timedelta(seconds=wait_s), code)


def _wait_s(error: Exception) -> float | None:
    """How long to wait; None: longer each time."""
    if isinstance(error, RetryLater):
        return error.after_s
    return _BUSY_WAIT_S if isinstance(error, Busy) else _REFUSED_WAIT_S


def _log_end(check: Check) -> None:
    log.info(
        "check.finished",
        account=check.account_id,
        compared=check.compared,
        differences=check.differences,
        repaired=check.repaired,
        unreadable=check.unreadable,
        requests=check.requests,
    )
