"""The loop that reads the reports of failed deliveries among new mail.

due ──read──> applied: settled
 ^     │ gone there, said twice, or no report that can be read
 │     └────> settled, and logged
 └── anything else: as late as the provider asks, or later each time, up to an hour
     (a lost sign-in: with the next one), while there may be a submission to tell it of
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import structlog

from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.lib.share import Share
from poststelle.model.ids import AccountId, MessageId, SignInId
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import (
    CursorExpired,
    ProviderError,
    RemoteConflict,
    RetryLater,
    SignInNeeded,
)
from poststelle.settings import guardian
from poststelle.store import bounces, sign_ins
from poststelle.store.bounces import Bounce
from poststelle.store.room import Places, Work
from poststelle.store.tx import Store, Tx
from poststelle.submission import reports

log = structlog.get_logger()

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
_PLACES = Places(at_once=8, at_most=64, per_account=2)
_TICK_S = 2.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 5.0, 3600.0
_READ_AT_MOST = 2_000_000  # octets: the report stands before the message it is about
_MATTERS_FOR = timedelta(days=30)  # as long as a submission that has ended is kept


@dataclass(slots=True, eq=False)
class _Reading(Work):
    message: MessageId = field(kw_only=True)


class BounceReader:
    """Reads what the pull has put aside. Reading one twice changes nothing: several processes may."""

    def __init__(
        self,
        store: Store,
        open_remote: OpenRemote,
        clock: Clock,
        *,
        places: Places = _PLACES,
        share: Share | None = None,
    ) -> None:
        self._share = share or Share()
        self._store, self._open_remote, self._clock, self._places = store, open_remote, clock, places
        self._rounds: Rounds[_Reading] = Rounds(self._start_due, _TICK_S, lambda _: self._rounds.ring())

    async def run(self) -> None:
        """Read until cancelled."""
        await self._rounds.run()

    async def run_due(self) -> None:
        """Read what is due now, once, and return when it is done."""
        await self._rounds.run_due()

    async def _start_due(self) -> None:
        under_way = {(one.account, one.message) for one in self._rounds.keys}
        room = self._places.beside(self._rounds.keys, self._share)
        if room.is_full:
            return
        # An account's first may be under way already: so many more of each are looked at.
        for bounce in await self._store.read(bounces.due, self._clock.now(), 2 * self._places.per_account):
            account, message = bounce.account_id, bounce.message_id
            if (account, message) not in under_way and room.take(account):
                reading = _Reading(account, message=message)
                self._rounds.begin(self._settle(bounce), reading, name=f"bounce-{account}-{message}")

    async def _settle(self, bounce: Bounce) -> None:
        """Read one; its errors end here."""
        done = await guarded(self._attempt(bounce), event="bounce.failed", account=bounce.account_id)
        if done is None:  # our own error, in the log
            await self._give_up_or_put_off(bounce, RetryLater("internal"), None)

    async def _attempt(self, bounce: Bounce) -> bool:
        account = bounce.account_id
        sign_in = await self._store.read(sign_ins.id_of, account)
        try:
            remote = await self._open_remote(account)
            octets = await _head_or_hidden(remote, bounce)
        except ProviderError as error:
            await self._give_up_or_put_off(bounce, error, sign_in)
            return True
        try:
            report = await asyncio.to_thread(reports.parse, octets)
        except RecursionError:
            await self._give_up(bounce, "unreadable", "too_deep")
            return True
        await self._store.write(reports.apply, bounce, report)
        log.info("bounce.read", account=account, is_report=report is not None)
        return True

    async def _give_up_or_put_off(
        self, bounce: Bounce, error: ProviderError, sign_in: SignInId | None
    ) -> None:
        if _is_gone(error):
            await self._give_up(bounce, "gone", error.code)
        elif bounce.received_at + _MATTERS_FOR <= self._clock.now():
            await self._give_up(bounce, "too_old", error.code)
        else:
            await self._put_off(bounce, error, sign_in)

    async def _give_up(self, bounce: Bounce, why: str, reason: str) -> None:
        await self._store.write(bounces.settle, bounce)
        log.warning("bounce.given_up", account=bounce.account_id, why=why, reason=reason)

    async def _put_off(self, bounce: Bounce, error: ProviderError, sign_in: SignInId | None) -> None:
        await self._store.write(put_off, bounce, error, sign_in, self._clock.now())
        log.info("bounce.put_off", account=bounce.account_id, reason=error.code)


def put_off(tx: Tx, bounce: Bounce, error: ProviderError, sign_in: SignInId | None, now: datetime) -> None:
    """Read it later.

    When ``sign_in``, which was used, is lost, it is read with the next one at
    once, or waits until a person has signed in.
    """
    is_lost = isinstance(error, SignInNeeded)
    is_taken_over = is_lost and guardian.note_lost(tx, bounce.account_id, sign_in, error.code, now)
    bounces.put_off(tx, bounce, now if is_taken_over else now + _wait(bounce, error))


def _wait(bounce: Bounce, error: ProviderError) -> timedelta:
    """As long as the provider asks, else longer each time; after a new sign-in not long."""
    if isinstance(error, SignInNeeded):
        return timedelta(seconds=_FIRST_WAIT_S)
    if isinstance(error, RetryLater) and error.after_s is not None:
        return timedelta(seconds=max(error.after_s, _TICK_S))
    attempts = bounce.attempts + 1
    return timedelta(seconds=backoff_s(attempts, first_s=_FIRST_WAIT_S, limit_s=_LONGEST_WAIT_S))


def _is_gone(error: ProviderError) -> bool:
    """Whether the provider says that there is no such message (404), or no more (410)."""
    return isinstance(error, CursorExpired) or (isinstance(error, RemoteConflict) and error.is_gone)


async def _head_or_hidden(remote: RemoteMail, bounce: Bounce) -> bytes:
    """The message's first octets. Raises RetryLater where it is denied and there after all, or denied once:
    what has just come may be hidden for a moment.
    """
    try:
        return await _head(remote, bounce)
    except ProviderError as error:
        if not _is_gone(error):
            raise
        located = await remote.locate([bounce.remote_id])
        is_there = located.get(bounce.remote_id, error) is not None  # left out: it can't be read now
        if is_there or bounce.attempts == 0:
            raise RetryLater(error.code, is_local=True) from error
        raise


async def _head(remote: RemoteMail, bounce: Bounce) -> bytes:
    """The message's first octets."""
    octets = bytearray()
    async with aclosing(cast(Any, remote.mime(bounce.remote_id))) as chunks:
        async for chunk in chunks:
            octets += chunk
            if len(octets) >= _READ_AT_MOST:
                break
    return bytes(octets)
