"""Keeps each connected account subscribed, so that the provider tells us of changes by itself.

    due ──> alive?  ──renew────────────────> due again long before it ends
              │ gone, refused
              └────> create ───────────────> every folder is looked at once

What was asked for when a process died, or whose answer was lost, may be there:
it is given back before another one is made.

A subscription is a convenience: while there is none, for whatever reason, the
account is polled as if there were no such thing. Only then must polling be quick.
"""

import asyncio
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_secret
from poststelle.model.account import AccountState
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId
from poststelle.model.subscription import Subscription
from poststelle.providers.base import RemoteSubscription, RemoteSubscriptions, Told
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict, RetryLater, SignInNeeded
from poststelle.store import accounts, folders, subscriptions, sync_states
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.sync.engine import OpenRemote
from poststelle.sync.life import Hold, Life, Mark

NOTIFICATIONS_PATH = "/webhooks/microsoft/notifications"
LIFECYCLE_PATH = "/webhooks/microsoft/lifecycle"
NOT_OFFERED = "not_offered"
"""The problem of an account whose provider tells nothing of it."""

_AT_ONCE = 32
_TICK_S = 2.0
_CLAIM_S = 60.0
_CLAIM_SURE_S = _CLAIM_S / 2  # others have clocks of their own
_ADD_EVERY = timedelta(minutes=5)
_FAREWELL_S = 5.0
_RENEW_AT_MOST = timedelta(days=1)
_RENEW_AT_LEAST = timedelta(seconds=30)
_NOT_OFFERED_WAIT_S = 86_400.0
_SIGN_IN_WAIT_S = 300.0

log = structlog.get_logger()


def hash_secret(secret: str) -> str:
    """What is kept of a subscription's secret: 256 random bits need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Wish:
    """An account's subscription as it is kept, and whether there should be one."""

    held: Subscription | None
    is_wanted: bool


class NotificationKeeper:
    """Looks after the subscriptions of all accounts.

    ``base_url`` None: none is wanted, old ones are given back. ``on_due``:
    an account is due for a pull, by what the store says.
    """

    def __init__(
        self,
        store: Store,
        open_remote: OpenRemote,
        clock: Clock,
        base_url: str | None,
        on_due: Callable[[], None],
        *,
        spread: Callable[[], float] = random.random,
        life: Life | None = None,
    ) -> None:
        self._life = life or Life(store)
        self._store, self._open_remote, self._clock = store, open_remote, clock
        self._base_url, self._on_due, self._spread = base_url, on_due, spread
        self._rounds: Rounds[AccountId] = Rounds(self._start_due, _TICK_S)
        self._added_at: datetime | None = None

    def stir(self) -> None:
        """Something is due: look now."""
        self._rounds.ring()

    async def run(self) -> None:
        """Look after what is due until cancelled."""
        now = self._clock.now()
        await self._store.write(subscriptions.retire_others, self._url, now)
        await self._rounds.run(self._add_missing)

    async def run_due(self) -> None:
        """Look after what is due now, once, and return when it is done."""
        await self._add_missing()
        await self._rounds.run_due()

    async def end(self, account: AccountId) -> None:
        """Give an account's subscription back, before its sign-in is forgotten.

        When the provider does not answer soon it ends by itself, within days, and is not listened to.
        """
        held = await self._store.read(subscriptions.get, account)
        if held is None or held.remote_id is None:
            return
        try:
            async with asyncio.timeout(_FAREWELL_S):
                remote = await self._open_remote(account)
                if remote.subscriptions is not None:
                    await remote.subscriptions.destroy(held.remote_id)
        except (ProviderError, NotFound, TimeoutError) as error:
            log.info("subscription.left_behind", account=account, error=type(error).__name__)
        await self._store.write(subscriptions.destroy, account)

    @property
    def _url(self) -> str:
        return "" if self._base_url is None else self._base_url + NOTIFICATIONS_PATH

    async def _add_missing(self) -> None:
        """Now and then: programs of before connect an account without making one due for it."""
        now = self._clock.now()
        if self._base_url is not None and (self._added_at is None or now - self._added_at >= _ADD_EVERY):
            await self._store.write_by_rows(subscriptions.add_missing, now)
            self._added_at = now

    async def _start_due(self) -> None:
        room = _AT_ONCE - len(self._rounds.keys)
        if room <= 0:
            return
        is_wanted = self._base_url is not None
        now = self._clock.now()
        for account in await self._store.read(subscriptions.due, now, room, is_wanted=is_wanted):
            mark = self._life.mark()
            fence = await self._store.write(subscriptions.claim, account, now, _CLAIM_S)
            if fence is not None:
                self._rounds.begin(self._look_after(account, fence, mark), account, name=f"notify-{account}")

    async def _look_after(self, account: AccountId, fence: int, mark: Mark) -> None:
        """One account; its errors end here."""
        try:
            work = self._settle_or_put_off(account, fence, mark)
            if await guarded(work, event="subscription.failed", account=account) is None:
                await self._put_off(account, fence, "internal", 300.0)
        except asyncio.CancelledError:
            await self._store.write(subscriptions.release, account, fence)
            raise

    async def _settle_or_put_off(self, account: AccountId, fence: int, mark: Mark) -> bool:
        try:
            return await self._settle(account, fence, mark)
        except NotFound:  # deleted meanwhile
            return False
        except ProviderError as error:
            held = await self._store.read(subscriptions.get, account)
            wait_s = _wait_s(error, held.failures if held else 0, self._spread)
            log.info("subscription.put_off", account=account, error=type(error).__name__, reason=error.code)
            await self._put_off(account, fence, error.code, wait_s)
            return False

    async def _settle(self, account: AccountId, fence: int, mark: Mark) -> bool:
        """Bring it to what is wanted. Raises ProviderError.

        Who comes late would take what another has made meanwhile for a stray.
        """
        hold = Hold(self._life, mark, _CLAIM_SURE_S, lambda tx: self._held_on(tx, account, fence))
        wish = await self._store.read(_wish, account, is_possible=self._base_url is not None)
        opened = await self._open_remote(account)
        remote = opened.under(hold).subscriptions
        if remote is None:
            if wish.held and wish.held.remote_id:  # of an earlier sign-in that was told
                await self._store.write(subscriptions.lose, account)
            await self._put_off(account, fence, NOT_OFFERED, _NOT_OFFERED_WAIT_S)
            return True
        held = wish.held
        if held and held.remote_id and not (wish.is_wanted and held.url == self._url):
            await remote.destroy(held.remote_id)
            await self._store.write(subscriptions.lose, account)
            held = None
        if not wish.is_wanted:
            await self._store.write(subscriptions.destroy, account)
            return True
        if held and held.remote_id and await self._renew(account, fence, remote, held):
            return True
        if wish.held is not None and wish.held.is_asked:
            await self._forget_strays(remote)
        return await self._create(account, fence, remote, opened.subscriptions or remote)

    def _held_on(self, tx: Tx, account: AccountId, fence: int) -> bool:
        return subscriptions.hold(tx, account, fence, self._clock.now(), _CLAIM_S)

    async def _renew(
        self, account: AccountId, fence: int, remote: RemoteSubscriptions, held: Subscription
    ) -> bool:
        """False when the provider has it no more, or not as it should be."""
        assert held.remote_id is not None  # only such ones are renewed
        try:
            renewed = await remote.renew(held.remote_id)
        except (RemoteConflict, Refused) as error:
            if isinstance(error, Refused) and error.status != 400:
                raise
            log.info("subscription.lost", account=account, reason=error.code)
            await self._store.write(subscriptions.lose, account)
            return False
        await self._keep(account, fence, renewed, held.secret_hash)
        return True

    async def _create(
        self,
        account: AccountId,
        fence: int,
        remote: RemoteSubscriptions,
        without_claim: RemoteSubscriptions,
    ) -> bool:
        if not await self._store.write_by_rows(subscriptions.note_asked, account, fence, is_asked=True):
            return False
        secret = new_secret()
        lifecycle_url = f"{self._base_url}{LIFECYCLE_PATH}"
        try:
            made = await remote.create(Told(self._url, lifecycle_url, secret))
        except Refused:
            await self._store.write_by_rows(subscriptions.note_asked, account, fence, is_asked=False)
            raise
        if not await self._keep(account, fence, made, hash_secret(secret), is_new=True):
            await without_claim.destroy(made.remote_id)  # disconnected, or somebody else's turn by now
            return False
        self._on_due()
        log.info("subscription.created", account=account)
        return True

    async def _forget_strays(self, remote: RemoteSubscriptions) -> None:
        """Give back what was made without our knowing: it tells our address.

        Not each time: an application by itself is shown the subscriptions of all its mailboxes, a hundred
        at a time.
        """
        found = [s.remote_id for s in await remote.list_all() if s.url == self._url]
        known = await self._store.read(subscriptions.by_remote, found)
        for remote_id in found:
            if remote_id not in known:
                await remote.destroy(remote_id)

    async def _keep(
        self,
        account: AccountId,
        fence: int,
        told: RemoteSubscription,
        secret_hash: str,
        *,
        is_new: bool = False,
    ) -> bool:
        now = self._clock.now()
        ends_at = min(told.expires_at, told.authorized_until or told.expires_at)
        return await self._store.write(
            _keep_new if is_new else subscriptions.keep,
            account,
            fence,
            remote_id=told.remote_id,
            secret_hash=secret_hash,
            url=self._url,
            expires_at=ends_at,
            due_at=now + _renew_after(ends_at - now, self._spread),
            now=now,
        )

    async def _put_off(self, account: AccountId, fence: int, problem: str, wait_s: float) -> None:
        due_at = self._clock.now() + timedelta(seconds=wait_s)
        await self._store.write(subscriptions.put_off, account, fence, problem, due_at)


def _keep_new(tx: Tx, account: AccountId, fence: int, *, now: datetime, **facts: Any) -> bool:
    """Keep a new one. What happened before it was known is told by nobody: every folder is due."""
    is_kept = subscriptions.keep(tx, account, fence, now=now, **facts)
    if is_kept:
        folders.set_all_due(tx, account, now)
        sync_states.wake(tx, account, now)
    return is_kept


def _wish(tx: ReadTx, account: AccountId, *, is_possible: bool) -> _Wish:
    found = accounts.get(tx, account)
    is_open = found is not None and found.is_active and found.state is AccountState.CONNECTED
    return _Wish(subscriptions.get(tx, account), is_possible and is_open)


def _renew_after(life: timedelta, spread: Callable[[], float]) -> timedelta:
    """Between the half and three quarters of its life, so that many do not come at once."""
    return max(_RENEW_AT_LEAST, min(life, _RENEW_AT_MOST) * (0.5 + 0.25 * spread()))


def _wait_s(error: ProviderError, failures: int, spread: Callable[[], float]) -> float:
    """Until the next try. A quota (403) is full for long; our address may be reachable in a moment."""
    attempt = failures + 1
    if isinstance(error, RetryLater):
        return error.after_s if error.after_s is not None else backoff_s(attempt, spread=spread)
    if isinstance(error, SignInNeeded):
        return _SIGN_IN_WAIT_S
    if isinstance(error, Refused) and error.status == 403:
        return backoff_s(attempt, first_s=3600, limit_s=86_400, spread=spread)
    return backoff_s(attempt, first_s=5, limit_s=3600, spread=spread)
