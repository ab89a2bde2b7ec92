"""The loop that puts messages into the archives of their mailboxes.

noted ──octets are here, or fetched──> an entry with them
  │ gone there, said twice; or refused again and again, for days
  ├────> an entry with what is known of the message, which says so
  ├── anything that is about this message: later each time, up to an hour
  └── anything that is about the whole mailbox: its archive rests, as long as the provider asks

One request at a time for each mailbox; what has arrived comes before what was there when the archive began.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

import structlog

from poststelle.auth.crypto import KeyMissing, KeyRing
from poststelle.blobs import BlobStore, BlobsUnavailable, once
from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock, months_earlier
from poststelle.lib.share import Share
from poststelle.mail import archive_proof, archiving
from poststelle.model.account import AccountState
from poststelle.model.ids import AccountId, SignInId, is_local
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import (
    CursorExpired,
    ProviderError,
    Refused,
    RemoteConflict,
    RetryLater,
    SignInNeeded,
)
from poststelle.settings import guardian
from poststelle.store import archive, sign_ins
from poststelle.store.archive import Due
from poststelle.store.attachments import Kept
from poststelle.store.tx import ReadTx, Store, Tx

log = structlog.get_logger()

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
_AT_ONCE = 4
_TICK_S = 2.0
_PORTION = 50
_NOTED_AT_ONCE = 500
_FIRST_WAIT_S, _LONGEST_WAIT_S = 60.0, 3600.0
_REST_S = 5.0
_ATTEMPTS = 80  # two to three days
_LOOK_EVERY = timedelta(hours=1)


class Archiver:
    """Puts in what was noted. A message put in twice is in the archive once: several processes may.

    ``share``: which accounts it takes before other workers do.
    """

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        open_remote: OpenRemote,
        ring: KeyRing,
        clock: Clock,
        *,
        share: Share | None = None,
    ) -> None:
        self._share = share or Share()
        self._store, self._blobs, self._open_remote = store, blobs, open_remote
        self._ring, self._clock = ring, clock
        self._rounds: Rounds[AccountId] = Rounds(self._start_due, _TICK_S, lambda _: self._rounds.ring())
        self._pruned_at: datetime | None = None

    async def run(self) -> None:
        """Archive until cancelled."""
        await self._rounds.run(self._plan)

    async def run_due(self) -> None:
        """Put in what is due now, once, and return when it is done."""
        await self._plan()
        await self._rounds.run_due()

    async def _plan(self) -> None:
        """Note further messages of before where few wait; each hour, see whose time is over."""
        for account in await self._store.read(archive.to_fill):
            if await self._store.read(_waits_for_few, account):
                await self._store.write(archive.fill, account, _NOTED_AT_ONCE)
        now = self._clock.now()
        if self._pruned_at is None or not self._pruned_at <= now < self._pruned_at + _LOOK_EVERY:
            self._pruned_at = now
            await self.forget_old()

    async def forget_old(self) -> int:
        """Remove entries that are older than their archive keeps them; return how many."""
        now, forgotten = self._clock.now(), 0
        said = await self._store.read(archiving.kept_months, self._ring)
        for found in await self._store.read(archive.list_all):
            months = said.get(found.account_id)
            if months is None or months != found.keep_months:
                continue  # not what people have said here
            before = months_earlier(now, months)
            if not await self._store.read(archive.older, found.account_id, before, 1):
                continue
            if not await archive_proof.links_hold(self._store, self._ring, found.account_id):
                log.error("archive.does_not_hold", account=found.account_id)
                continue  # what somebody has changed says nothing of how old it is
            args = (self._ring, found.account_id, before, now)
            while count := await self._store.write(archiving.prune, *args):
                forgotten += count
        if forgotten:
            log.info("archive.forgotten", entries=forgotten)
        return forgotten

    async def _start_due(self) -> None:
        under_way = set(self._rounds.keys)
        for account, state in await self._store.read(archive.with_due, self._clock.now()):
            if len(under_way) >= _AT_ONCE:
                return
            if account not in under_way and self._share.takes(account):
                under_way.add(account)
                self._rounds.begin(self._go_through(account, state), account, name=f"archive-{account}")

    async def _go_through(self, account: AccountId, state: AccountState | None) -> None:
        """Put in a portion of what one account's archive waits for; errors end here."""
        try:
            done = await guarded(
                self._portion(account, state),
                event="archive.failed",
                passing=(BlobsUnavailable, KeyMissing),
                account=account,
            )
        except BlobsUnavailable as error:
            again = RetryLater(error.code)
            await self._store.write(_rest, account, again, None, self._clock.now())
            log.info("archive.put_off", account=account, reason=error.code)
            return
        except KeyMissing:
            again = RetryLater("sealed_with_another_key")
            await self._store.write(_rest, account, again, None, self._clock.now())
            log.warning("archive.put_off", account=account, reason=again.code)
            return
        if done is None:  # our own error, in the log
            await self._store.write(_rest, account, RetryLater("internal"), None, self._clock.now())

    async def _portion(self, account: AccountId, state: AccountState | None) -> bool:
        waiting = await self._store.read(archive.due, account, self._clock.now(), _PORTION)
        here = [one for one in waiting if one.kept is not None]
        left = [one for one in waiting if one.kept is None]
        left += await self._put_in_kept(here)
        sign_in = await self._store.read(sign_ins.id_of, account)
        for one in left:
            try:
                await self._fetch(one, state)
            except ProviderError as error:
                await self._store.write(_rest, account, error, sign_in, self._clock.now())
                log.info("archive.put_off", account=account, reason=error.code)
                return True
        if left and state is not None:
            await self._store.write(archive.go_on, account)
        log.info("archive.put_in", account=account, messages=len(waiting), fetched=len(left))
        return True

    async def _put_in_kept(self, some: Sequence[Due]) -> list[Due]:
        """In one transaction; return those whose octets are not here after all."""
        found = [one for one in some if one.kept is not None and await self._blobs.hold(one.kept.sha256)]
        if found:
            await self._store.write(_put_in_all, self._ring, found, self._clock.now())
        return [one for one in some if one not in found]

    async def _fetch(self, waiting: Due, state: AccountState | None) -> None:
        """Raises ProviderError where that is about the whole mailbox."""
        if state is None or is_local(waiting.remote_id):  # deleted here: the mailbox, or before it came there
            await self._put_in_text(waiting, "deleted_here")
            return
        remote = await self._open_remote(waiting.account_id)
        try:
            async with aclosing(remote.mime(waiting.remote_id)) as chunks:
                stored = await self._blobs.put(chunks)
        except ProviderError as error:
            if not _may_be_of_message(error):
                raise
            located = await remote.locate([waiting.remote_id])  # fails too where it is about the mailbox
            is_there = located.get(waiting.remote_id, error) is not None  # left out: it can't be read now
            await self._give_up_or_put_off(waiting, error, is_there=is_there)
            return
        kept = Kept(stored.sha256, stored.size)
        await self._store.write(archiving.put_in, self._ring, waiting, kept, self._clock.now())

    async def _give_up_or_put_off(self, waiting: Due, error: ProviderError, *, is_there: bool) -> None:
        attempts = waiting.attempts + 1
        if attempts > (_ATTEMPTS if is_there else 1):  # what is gone, the provider says twice
            await self._put_in_text(waiting, error.code)
            return
        wait_s = backoff_s(attempts, first_s=_FIRST_WAIT_S, limit_s=_LONGEST_WAIT_S)
        until = self._clock.now() + timedelta(seconds=wait_s)
        await self._store.write(archive.put_off, waiting, until, error.code)

    async def _put_in_text(self, waiting: Due, why: str) -> None:
        """An entry that says that the octets could not be had, with what is here of the message."""
        body = await self._store.read(archive.text_of, waiting)
        stored = await self._blobs.put(once(archiving.made_of(waiting, body)))
        kept = Kept(stored.sha256, stored.size)
        now = self._clock.now()
        await self._store.write(archiving.put_in, self._ring, waiting, kept, now, missing=why)
        log.warning("archive.no_octets", account=waiting.account_id, reason=why)


def _waits_for_few(tx: ReadTx, account: AccountId) -> bool:
    return archive.waiting(tx, account) < _NOTED_AT_ONCE


def _put_in_all(tx: Tx, ring: KeyRing, some: Sequence[Due], now: datetime) -> None:
    for one in some:
        assert one.kept is not None  # they were chosen by that
        archiving.put_in(tx, ring, one, one.kept, now)


def _rest(tx: Tx, account: AccountId, error: ProviderError, sign_in: SignInId | None, now: datetime) -> None:
    """Ask nothing more for a while. A lost sign-in is noted: the next one goes on at once, or a person is
    needed.
    """
    is_lost = isinstance(error, SignInNeeded)
    if is_lost and guardian.note_lost(tx, account, sign_in, error.code, now):
        return
    found = archive.get(tx, account)
    if found is None:
        return
    if isinstance(error, RetryLater) and error.after_s is not None:
        wait_s = max(error.after_s, _TICK_S)
    else:
        wait_s = backoff_s(found.attempts + 1, first_s=_REST_S, limit_s=_LONGEST_WAIT_S)
    archive.rest(tx, account, now + timedelta(seconds=_REST_S if is_lost else wait_s), error.code)


def _may_be_of_message(error: ProviderError) -> bool:
    """Whether another message may well be had."""
    if isinstance(error, RetryLater):
        return error.is_local
    return isinstance(error, Refused | RemoteConflict | CursorExpired)
