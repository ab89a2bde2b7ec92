"""What a check needs around it: its own lease, the account's, a pace and a budget of requests."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from poststelle.lib.clock import Clock
from poststelle.model.ids import AccountId
from poststelle.store import checks
from poststelle.store.checks import CheckLease
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.sync.leased import LEASE_S, LeasedAccount, LeaseLost

P = ParamSpec("P")
T = TypeVar("T")

POLLS_TO_REST = 2.5
"""For how many polls what seems to differ rests: the next one may bring it."""

Hold = Callable[[], AbstractAsyncContextManager[LeasedAccount]]
"""Holds the account between two pulls for the time of a block."""


class Resting(Exception):
    """Nothing to do before ``until``."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(frozen=True)
class CheckPace:
    """Tunable speeds. ``requests_a_minute`` is for one account.

    What seems to differ rests for ``rest_s`` before it is asked for again,
    because a provider may tell a change late. A message that has changed each
    of ``tries`` times it was asked for stays undecided.

    Source: Graph v1.0, "Use delta query to track changes" (replication delays).
    """

    requests_a_minute: int = 120
    rest_s: float = 20.0
    tries: int = 5


class LeasedCheck:
    """A check while we hold its lease; each write renews it."""

    def __init__(self, store: Store, lease: CheckLease, clock: Clock, ttl_s: float = LEASE_S) -> None:
        self._store, self.lease, self._clock, self._ttl_s = store, lease, clock, ttl_s
        self.account: AccountId = lease.account_id

    def now(self) -> datetime:
        return self._clock.now()

    async def read(
        self, fn: Callable[Concatenate[ReadTx, AccountId, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``fn(tx, account, …)`` on a snapshot."""
        return await self._store.read(fn, self.account, *args, **kwargs)

    async def write(
        self,
        fn: Callable[Concatenate[Tx, AccountId, CheckLease, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run ``fn(tx, account, lease, …)`` if the lease still holds. Raises LeaseLost."""

        def call(tx: Tx) -> T:
            return fn(tx, self.account, self.lease, *args, **kwargs)

        return await self._store.write(self.fenced, call)

    def fenced(self, tx: Tx, call: Callable[[Tx], Any]) -> Any:
        """``call(tx)`` in a transaction of its caller's, if the lease still holds. Raises LeaseLost."""
        if not checks.renew(tx, self.lease, self._clock.now(), self._ttl_s):
            raise LeaseLost
        return call(tx)


class Budget:
    """At most so many requests a minute, evenly spread."""

    def __init__(self, clock: Clock, requests_a_minute: int) -> None:
        self._clock, self._gap_s = clock, 60.0 / requests_a_minute

    async def spend(self, requests: int) -> None:
        """Requests were made: wait until the next one may be."""
        await self._clock.sleep(requests * self._gap_s)
