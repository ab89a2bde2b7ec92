"""What nobody needs any more: octets that no message keeps, copies of mail from before an account's
history, changes of long ago in the change log, push subscriptions whose time is over, and what people
were said to be reading or answering, and files of builds of the page that are gone.

What has lost its message (deleted here, at the provider, or with its account)
is noted in the same transaction and removed within seconds, unless it was
stored or asked for within the hour: somebody may be about to keep it. That,
and files that a crash left without ever being kept, are found by an hourly
look at all of them. One that is asked for again is fetched again. A browser that has been away for
longer than the change log reaches back reads its lists anew.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from poststelle.access import share_notifications
from poststelle.blobs import BlobStore
from poststelle.lib.clock import Clock
from poststelle.mail import forgetting, passing_on, presence, push_subscriptions, uploads
from poststelle.mail import history as mail_history
from poststelle.model.change import ChangeType
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId
from poststelle.store import (
    activities,
    aside,
    attachments,
    backups,
    changes,
    far_off,
    history,
    page_files,
    presences,
    submissions,
    webhooks,
)
from poststelle.store import share_notifications as stored_notifications
from poststelle.store.tx import Store
from poststelle.sync.schedule import Pace

log = structlog.get_logger()

_AT_ONCE = 500
_OLDER_AT_ONCE = 200  # a message is some twenty rows
_ACCOUNTS_AT_ONCE = 200  # are gone through in one read
_TICK_S = 2.0
_LOOK_EVERY_S = 3600.0
_CLOCK_EVERY = 150  # ticks: five minutes
_HISTORY_EVERY = 15  # ticks: half a minute
_ASIDE_EVERY = 15  # ticks: half a minute
_ASIDE_AT_ONCE = 100  # accounts, with all that waits for them
_LOG_REACHES = timedelta(days=30)
_ALL_EVERY = 24  # looks: a day
_GRACE = timedelta(hours=1)  # a file is there before its message keeps it; no request takes so long


class Housekeeper:
    """Removes octets and logged changes that nobody needs.

    ``pace``: how long accounts and folders wait where the clock is right.
    """

    def __init__(self, store: Store, blobs: BlobStore, clock: Clock, *, pace: Pace | None = None) -> None:
        self._store, self._blobs, self._clock = store, blobs, clock
        self._pace = pace or Pace()
        self._looked: datetime | None = None  # up to octets of when
        self._looks = 0
        self._gone_through: dict[AccountId, datetime] = {}  # for what is older than then

    async def run(self) -> None:
        """Keep house until cancelled."""
        while True:
            await self.forget_uploads()
            await self.destroy_orphans()
            await self.forget_old_changes()
            await self.forget_submissions()
            await self.forget_push_subscriptions()
            await self.forget_share_notifications()
            await self.forget_records()
            await self.forget_deliveries()
            await self.forget_page_files()
            await self.forget_older_mail()
            for tick in range(int(_LOOK_EVERY_S / _TICK_S)):
                if tick % _CLOCK_EVERY == 0:
                    await self.bring_forward()
                if tick % _HISTORY_EVERY == 0:
                    await self.forget_newly_older_mail()
                if tick % _ASIDE_EVERY == 0:
                    await self.set_aside()
                await self.destroy_loose()
                await self.end_presences()
                await asyncio.sleep(_TICK_S)

    async def bring_forward(self) -> int:
        """After the clock was set back: what waits for a time that is far off now is due at once."""
        longest = {"wait": self._pace.longest_wait, "look": self._pace.longest_look}
        brought = await self._store.write_by_rows(far_off.bring_forward, self._clock.now(), **longest)
        if brought:
            log.warning("clock.set_back", waiting=brought)
        await self._store.write_by_rows(aside.bring_back, self._clock.now())
        return brought

    async def set_aside(self) -> int:
        """What is due of accounts that wait for a sign-in, or fetch nothing, in portions; how much it was."""
        total = 0
        while accounts := await self._store.read(aside.idle, self._clock.now(), _ASIDE_AT_ONCE):
            done = await self._store.write(aside.set_aside, accounts, self._clock.now())
            total += done
            if not done:  # they can do it by now
                break
        return total

    async def forget_older_mail(self) -> int:
        """Remove copies of mail from before their account's history, a portion at a time; return how many."""
        self._gone_through.clear()
        return await self.forget_newly_older_mail()

    async def forget_newly_older_mail(self) -> int:
        """The same, only where a history was chosen since this process went through the account last.

        What something waited for then is left to ``forget_older_mail``.
        """
        begins = await self._store.read(history.chosen)
        self._gone_through = {a: at for a, at in self._gone_through.items() if begins.get(a) == at}
        left = [(account, at) for account, at in begins.items() if account not in self._gone_through]
        forgotten = 0
        for some in (left[n : n + _ACCOUNTS_AT_ONCE] for n in range(0, len(left), _ACCOUNTS_AT_ONCE)):
            for account in await self._store.read(history.with_older, some):
                forgotten += await self._forget_older(account)
            self._gone_through |= dict(some)
        if forgotten:
            log.info("mail.older_forgotten", messages=forgotten)
        return forgotten

    async def _forget_older(self, account: AccountId) -> int:
        forgotten = 0
        try:
            while count := await self._store.write(mail_history.forget_older, account, _OLDER_AT_ONCE):
                forgotten += count
        except NotFound:  # deleted meanwhile
            pass
        return forgotten

    async def destroy_loose(self) -> int:
        """Remove what has lost the last message that kept it; return how many files that were.

        What is younger than an hour is left to ``destroy_orphans``; while a backup is made, all stay.
        """
        if await self._is_held():
            return 0
        removed = 0
        while loose := await self._store.read(attachments.loose_blobs, _AT_ONCE):
            removed += await self._destroy_unused(loose)
            if await self._is_held():
                break  # some may be left
            await self._store.write(attachments.forget_loose, loose)
        if removed:
            log.info("blobs.destroyed", files=removed)
        return removed

    async def destroy_orphans(self) -> int:
        """Remove files older than an hour that no message keeps; return how many. None during a backup.

        What is older than the look before was seen by it, and noted as loose if it lost its message since: so
        all are looked at by the first look and each ``_ALL_EVERY``-th only.
        """
        if await self._is_held():
            return 0
        before = self._grace_began_at
        since = None if self._looks % _ALL_EVERY == 0 else self._looked
        removed = 0
        async for some in self._blobs.stored_before(before, since):
            removed += await self._destroy_unused(some)
        if not await self._is_held():
            self._looked, self._looks = before, self._looks + 1
        if removed:
            log.info("blobs.orphans_destroyed", files=removed)
        return removed

    async def end_presences(self) -> int:
        """Tell that people have gone from messages, soon after their time ran out; in how many accounts."""
        now = self._clock.now()
        if not await self._store.read(presences.accounts_of_ended, now):
            return 0
        return await self._store.write_fleeting(presence.sweep, now)

    async def forget_old_changes(self) -> int:
        """Shorten each account's change log to thirty days, a portion at a time; return how many went."""
        before, forgotten = self._clock.now() - _LOG_REACHES, 0
        for type_ in ChangeType:
            after: AccountId | None = AccountId(0)
            while after is not None:
                logs = await self._store.read(changes.with_old, type_, before, after, _ACCOUNTS_AT_ONCE)
                for account in logs.old:
                    forgotten += await self._forget_changes(account, type_, before)
                after = logs.last
        if forgotten:
            log.info("changes.forgotten", changes=forgotten)
        return forgotten

    async def _forget_changes(self, account: AccountId, type_: ChangeType, before: datetime) -> int:
        """What is old stays so, whatever is added meanwhile, and the newest is not among it."""
        args, forgotten = (account, type_, before, _AT_ONCE), 0
        while count := await self._store.write_by_rows(changes.forget_before, *args):
            forgotten += count
        return forgotten

    async def forget_uploads(self) -> int:
        """Forget what was brought for drafts more than a day ago; octets that nothing keeps become loose."""
        forgotten = await self._store.write(uploads.forget_old, self._clock.now())
        if forgotten:
            log.info("uploads.forgotten", uploads=forgotten)
        return forgotten

    async def forget_submissions(self) -> int:
        """Forget what was sent, canceled or failed more than thirty days ago; return how many."""
        now = self._clock.now()
        before, forgotten = now - _LOG_REACHES, 0
        for account in await self._store.read(submissions.with_old, before, now):
            args = (account, before, _AT_ONCE, now)
            while count := await self._store.write_by_rows(submissions.forget_before, *args):
                forgotten += count
        return forgotten

    async def forget_push_subscriptions(self) -> int:
        """Forget those whose time is over; return how many."""
        return await self._store.write(push_subscriptions.forget_expired, self._clock.now())

    async def forget_share_notifications(self) -> int:
        """Remove what users were told of their rights long ago; return how many."""
        now, removed = self._clock.now(), 0
        before = now - share_notifications.LIVES
        while count := await self._store.write(stored_notifications.destroy_before, before, _AT_ONCE, now):
            removed += count
        await self._store.write(stored_notifications.forget_before, now - _LOG_REACHES)
        return removed

    async def forget_records(self) -> int:
        """Remove activity records that are older than their mailbox keeps them; return how many."""
        forgotten = 0
        for account in await self._store.read(activities.recordings):
            args = (account, self._clock.now(), _AT_ONCE)
            while count := await self._store.write(forgetting.forget_old, *args):
                forgotten += count
        if forgotten:
            log.info("records.forgotten", records=forgotten)
        return forgotten

    async def forget_deliveries(self) -> int:
        """Forget what webhooks were told a month ago; return how many."""
        before, forgotten = self._clock.now() - passing_on.KEPT, 0
        while count := await self._store.write(webhooks.forget_ended, before, _AT_ONCE):
            forgotten += count
        return forgotten

    async def forget_page_files(self) -> int:
        """Remove files of the page that no process has had for two weeks; return how many."""
        return await self._store.write(page_files.forget_unseen, self._clock.now() - page_files.KEPT)

    async def _is_held(self) -> bool:
        return await self._store.read(backups.is_held, self._clock.now())

    @property
    def _grace_began_at(self) -> datetime:
        return self._clock.now() - _GRACE

    async def _destroy_unused(self, hashes: Sequence[str]) -> int:
        """The instant comes before the look: what is stored and kept after it is young."""
        before = self._grace_began_at
        used = await self._store.read(attachments.used_blobs, hashes)
        unused = [sha256 for sha256 in hashes if sha256 not in used]
        removed = 0
        for sha256 in unused:
            if await self._is_held():
                break  # a backup has begun meanwhile
            removed += await self._blobs.destroy(sha256, before)
        return removed
