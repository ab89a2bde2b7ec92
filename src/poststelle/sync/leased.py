"""Writes that only the holder of an account's lease may make."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog

from poststelle.jobs.inline import Failed, tried
from poststelle.lib.clock import Clock
from poststelle.lib.log import place_of
from poststelle.model.ids import AccountId
from poststelle.store import sync_states
from poststelle.store.sync_states import SyncLease
from poststelle.store.tx import ReadTx, Store, Tx

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()

LEASE_S = 15
HANGS_AFTER_S = 600.0
"""A pull that has neither read nor written for so long hangs in something that may never end.

A request takes two minutes at most, a dead connection to the database is noticed within half a minute; a page
that has to be asked for around broken messages takes several requests.
"""
_LOOKS, _LOOK_EVERY_S = 100, 0.2


class LeaseLost(Exception):
    """Somebody else holds the account now: stop, and write nothing more."""


class Busy(Exception):
    """Somebody else held the account for longer than we wanted to wait."""


class LeasedAccount:
    """One account while we hold its lease, of which two thirds are left at least after each write.

    Writes wait here for one another: in the database the second would wait for the first, only to find
    that it has to begin anew.

    ``moved_at`` (monotonic) is when something was last read or written: a pull
    that gets on does so all the time.
    """

    def __init__(self, store: Store, lease: SyncLease, clock: Clock, ttl_s: float = LEASE_S) -> None:
        self._store, self._clock, self._ttl_s = store, clock, ttl_s
        self.lease = lease
        self.account: AccountId = lease.account_id
        self.moved_at = time.monotonic()
        self._writing = asyncio.Lock()

    def now(self) -> datetime:
        return self._clock.now()

    def still_s(self) -> float:
        """For how long it has not moved."""
        return time.monotonic() - self.moved_at

    async def read(
        self, fn: Callable[Concatenate[ReadTx, AccountId, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``fn(tx, account, …)`` on a snapshot."""
        self.moved_at = time.monotonic()
        return await self._store.read(fn, self.account, *args, **kwargs)

    async def write(
        self, fn: Callable[Concatenate[Tx, AccountId, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``fn(tx, account, …)`` if the lease still holds. Raises LeaseLost."""
        self.moved_at = time.monotonic()

        def call(tx: Tx) -> T:
            return fn(tx, self.account, *args, **kwargs)

        async with self._writing:
            return await self._store.write(_fenced, self.lease, self.now(), self._ttl_s, call)

    async def write_by_rows(
        self, fn: Callable[Concatenate[Tx, AccountId, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same, as ``Store.write_by_rows``."""
        self.moved_at = time.monotonic()

        def call(tx: Tx) -> T:
            return fn(tx, self.account, *args, **kwargs)

        async with self._writing:
            return await self._store.write_by_rows(_fenced, self.lease, self.now(), self._ttl_s, call)


def _fenced(tx: Tx, lease: SyncLease, now: datetime, ttl_s: float, call: Callable[[Tx], Any]) -> Any:
    if not sync_states.hold(tx, lease, now, ttl_s):
        raise LeaseLost
    return call(tx)


@asynccontextmanager
async def holding(
    store: Store, account: AccountId, clock: Clock, holder: str, *, ttl_s: float = LEASE_S
) -> AsyncIterator[LeasedAccount]:
    """Hold an account between two pulls; the next one is due at the end of the block.

    Waits for a pull that is under way. Raises Busy when that takes long.
    """
    lease = await _claimed(store, account, clock, holder, ttl_s)
    leased = LeasedAccount(store, lease, clock, ttl_s)
    renew = partial(renewed, store, lease, clock, ttl_s)
    beat = asyncio.create_task(keep_renewed(account, renew, ttl_s, still_s=leased.still_s))
    try:
        yield leased
    finally:
        beat.cancel()
        await store.write_by_rows(sync_states.release, lease)


async def _claimed(store: Store, account: AccountId, clock: Clock, holder: str, ttl_s: float) -> SyncLease:
    for _ in range(_LOOKS):
        lease = await store.write_by_rows(sync_states.claim_of, account, holder, clock.now(), ttl_s)
        if lease is not None:
            return lease
        await clock.sleep(_LOOK_EVERY_S)
    raise Busy


async def renewed(store: Store, lease: SyncLease, clock: Clock, ttl_s: float) -> bool:
    """Whether the lease is held for so much longer; somebody else has it otherwise."""
    return await store.write_by_rows(sync_states.renew, lease, clock.now(), ttl_s) is not None


async def keep_renewed(
    account: AccountId,
    renew: Callable[[], Awaitable[bool]],
    ttl_s: float,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    *,
    still_s: Callable[[], float] = lambda: 0.0,
) -> None:
    """Renew a lease three times in its life, until ``renew`` says that it is lost.

    An error ends nothing: the database may be back with the next beat, and the lease is ours until somebody
    else has taken it. ``still_s`` is for how long the work has not got on: one that hangs lets go, for others
    are to read the account; should it go on all the same, its next write is refused.
    """
    while True:
        await sleep(ttl_s / 3)
        if still_s() >= HANGS_AFTER_S:
            log.warning("lease.let_go", account=account, still_s=round(still_s()))
            return
        done = await tried(renew())
        if isinstance(done, Failed):
            log.warning("lease.not_renewed", account=account, **place_of(done.error))
        elif not done:
            return
