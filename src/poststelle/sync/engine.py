"""The synchronisation engine: which account when, and what becomes of a pull."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import partial

import structlog

from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.clock import Clock
from poststelle.lib.share import Share
from poststelle.model.account import SyncPhase
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId, FolderId, SignInId
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, SignInNeeded
from poststelle.settings import guardian
from poststelle.store import sign_ins, subscriptions, sync_states
from poststelle.store.room import Places
from poststelle.store.sync_states import SyncLease
from poststelle.store.tx import ReadTx, Store
from poststelle.sync import outcome
from poststelle.sync.attention import Attention
from poststelle.sync.leased import LEASE_S, LeasedAccount, LeaseLost, keep_renewed, renewed
from poststelle.sync.pull_account import AccountPull, Beginning, beginning
from poststelle.sync.schedule import Pace

log = structlog.get_logger()

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
IsHeard = Callable[[AccountId], bool]
_TICK_S = 1.0


def places(at_once: int) -> Places:
    """For so many accounts that get on; those that hang take others, up to three times as many more."""
    return Places(at_once=at_once, at_most=4 * at_once, per_account=1)


class SyncEngine:
    """Pulls accounts when they are due. One engine a process; several processes may share a store.

    ``attention``, and ``wake``, come from the same event loop: forgetting one costs a
    delay, never mail. ``is_heard`` tells whether anybody listens for an account's
    changes just now. ``share``: which accounts it takes before other engines do.
    An account that hangs slows nobody: it gives up its place.
    """

    def __init__(
        self,
        store: Store,
        open_remote: OpenRemote,
        clock: Clock,
        holder: str,
        *,
        pace: Pace | None = None,
        attention: Attention | None = None,
        is_heard: IsHeard = lambda _: False,
        share: Share | None = None,
        lease_s: float = LEASE_S,
        places: Places = places(8),  # noqa: B008 (it never changes)
    ) -> None:
        self._store, self._open_remote, self._clock, self._holder = store, open_remote, clock, holder
        self._pace = pace or Pace()
        self._lease_s, self._places = lease_s, places
        self._attention = attention or Attention(store, clock, self._pace)
        self._is_heard, self._share = is_heard, share or Share()
        # More than one an account while an old pull, whose lease was ended, finds that out.
        tick_s = min(_TICK_S, self._pace.poll_s / 2)
        self._rounds: Rounds[LeasedAccount] = Rounds(self._start_due, tick_s, self._ended)
        self._may_wait = True  # accounts, for a place
        self._turn = 0

    def wake(self, account: AccountId) -> None:
        """Pull this account soon, also when a pull is under way just now."""
        self._attention.wake(account)

    def ring(self) -> None:
        """Something is due by what the store says: look now."""
        self._rounds.ring()

    def look_at(self, account: AccountId, folder: FolderId) -> None:
        """Somebody has this folder on screen: look at it now, and with every poll for two minutes."""
        self._attention.look_at(account, folder)

    def listened(self, accounts: Iterable[AccountId]) -> None:
        """Somebody began to listen for their changes: those at rest are not left to sleep on."""
        self._attention.listened(accounts)

    async def run(self) -> None:
        """Pull due accounts until cancelled; then give the leases back.

        What an earlier process under our name held when it was killed is due at once.
        """
        self._attention.ring_at(self.ring)
        await self._store.write(sync_states.release_holder, self._holder)
        try:
            await self._rounds.run()
        finally:
            await self._attention.keep_last()

    async def run_due(self) -> None:
        """Pull what is due now, once, and return when it is done."""
        await self._rounds.run_due()

    async def _start_due(self) -> None:
        """Start a pull for each account that is due, while there is room."""
        await self._attention.keep()
        self._may_wait = True
        while room := self._places.beside(self._rounds.keys).free:
            claim = (self._holder, self._clock.now(), self._lease_s, room, self._share)
            self._turn += 1
            leases = await self._store.write_by_rows(sync_states.claim_many, *claim, turn=self._turn)
            for lease in leases:
                leased = LeasedAccount(self._store, lease, self._clock, self._lease_s)
                self._rounds.begin(self._pull(lease, leased), leased, name=f"pull-{lease.account_id}")
            if len(leases) < room:
                self._may_wait = False
                return

    def _ended(self, _: LeasedAccount) -> None:
        """A place is free. Nobody looks for who might want it where all found room the last time."""
        if self._may_wait:
            self.ring()

    async def _pull(self, lease: SyncLease, leased: LeasedAccount) -> None:
        """One pull and what becomes of it; its errors end here."""
        account = lease.account_id
        # A slow provider is no reason to lose the lease.
        renew = partial(renewed, self._store, lease, self._clock, self._lease_s)
        beat = asyncio.create_task(keep_renewed(account, renew, self._lease_s, still_s=leased.still_s))
        try:
            done = await guarded(self._pull_and_finish(lease, leased), event="pull.failed", account=account)
            if done is None:
                await self._store.write(outcome.note_bug, lease, self._clock.now())
        except asyncio.CancelledError:
            await self._store.write_by_rows(sync_states.release, lease)
            raise
        finally:
            beat.cancel()

    async def _pull_and_finish(self, lease: SyncLease, leased: LeasedAccount) -> bool:
        """True when all was read; False when a pull ended early and that is noted."""
        began_at = self._clock.now()
        try:
            changed, due_at = await self._pull_with_any(leased)
        except (LeaseLost, NotFound) as error:  # taken over, disconnected or deleted meanwhile
            log.info("pull.left", account=lease.account_id, reason=type(error).__name__)
            return False
        except ProviderError as error:
            await self._store.write(outcome.note_error, lease, error, self._clock.now())
            log.info("pull.put_off", account=lease.account_id, error=type(error).__name__, reason=error.code)
            return False
        now = self._clock.now()
        if due_at is None or due_at <= now:  # it was woken meanwhile
            self.ring()
        took_s = round((now - began_at).total_seconds(), 3)
        log.debug("pull.finished", account=lease.account_id, changed=changed, took_s=took_s)
        return True

    async def _pull_with_any(self, leased: LeasedAccount) -> tuple[int, datetime | None]:
        """Pull with the sign-in in use; should that be lost, at once with the next. Raises ProviderError.

        Returns how many messages changed, and when the account is due again: the pull's end is noted.
        """
        while True:
            is_seen = self._is_seen(leased.account)
            now = self._clock.now()
            used, pace, begun = await leased.read(_beginning, self._pace, now, is_seen=is_seen)
            try:
                remote = await self._open_remote(leased.account)
                pull = AccountPull(leased, remote, pace, self._attention.looks, begun, self._next_pull_at)
                due_at = await pull.run()
                return pull.changed, due_at
            except SignInNeeded as error:
                now = self._clock.now()
                if not await self._store.write(guardian.note_lost, leased.account, used, error.code, now):
                    raise
                log.info("pull.taken_over", account=leased.account, reason=error.code)

    def _next_pull_at(self, pull: AccountPull) -> datetime:
        now = self._clock.now()
        has_come = self._is_seen(pull.leased.account)  # somebody, meanwhile
        pace = pull.pace.seen() if has_come else pull.pace
        return now if pull.has_more else pace.next_poll(now, changed=pull.changed > 0)

    def _is_seen(self, account: AccountId) -> bool:
        return self._attention.looks.is_on_any(account, self._clock.now()) or self._is_heard(account)


def _beginning(
    tx: ReadTx, account: AccountId, pace: Pace, now: datetime, *, is_seen: bool
) -> tuple[SignInId | None, Pace, Beginning]:
    """The sign-in in use, the account's pace, and what a pull begins with."""
    return (
        sign_ins.id_of(tx, account),
        _pace(tx, account, pace, now, is_seen=is_seen),
        beginning(tx, account, now),
    )


def _pace(tx: ReadTx, account: AccountId, pace: Pace, now: datetime, *, is_seen: bool) -> Pace:
    """Slower while changes are told, and where nobody is there; not before everything was read once."""
    if sync_states.get_phase(tx, account) is not SyncPhase.STEADY:
        return pace
    usual = pace.while_told() if subscriptions.is_alive(tx, account, now) else pace
    return usual if is_seen else usual.unseen(sync_states.last_wait_s(tx, account))
