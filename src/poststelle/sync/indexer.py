"""Keeps the full-text index abreast of the messages: soon after each commit, a batch at a time.

What is to be done is a fact in the tables (``store.search``); what was committed
in this process, or told of by others, is a hint, and a look at all accounts every few seconds finds the
rest: what nobody told of, and what was here before there was an index.
"""

import asyncio
import time
from collections.abc import Sequence

import structlog

from poststelle.jobs.inline import Failed, guarded, tried
from poststelle.lib.hint import wait_a_while
from poststelle.lib.log import place_of
from poststelle.lib.share import Share
from poststelle.mail import indexing
from poststelle.mail.indexing import Without
from poststelle.model.change import ChangeType, Published
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId
from poststelle.store import search
from poststelle.store.tx import Store

log = structlog.get_logger()

_LOOK_EVERY_S = 5.0
_LOOK_AT_LEAST_EVERY_S = 60.0
_RESTS = 200  # times as long as it took
_GATHER_S = 0.05  # a round of pages makes fewer and larger batches
_GONE_AT_ONCE = 200


class Hints:
    """The accounts whose messages have changed. One event loop only."""

    def __init__(self) -> None:
        self._accounts: set[AccountId] = set()
        self._event = asyncio.Event()

    def hear(self, published: Sequence[Published]) -> None:
        """Told what a commit has changed."""
        heard = {one.account_id for one in published if ChangeType.EMAIL in one.modseqs}
        if heard:
            self._accounts |= heard
            self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Whether something was heard before so many seconds were over."""
        return await wait_a_while(self._event, seconds)

    @property
    def is_waiting(self) -> bool:
        """Whether anything was heard since the last ``take``."""
        return self._event.is_set()

    def take(self) -> set[AccountId]:
        """What was heard since the last call."""
        heard, self._accounts = self._accounts, set()
        self._event.clear()
        return heard


class Indexer:
    """Puts messages into the index, the accounts in turn. Several processes may share a store.

    ``share``: which accounts it takes before other workers do.
    """

    def __init__(self, store: Store, hints: Hints, *, share: Share | None = None) -> None:
        self._store, self._hints, self._share = store, hints, share or Share()
        self._behind: set[AccountId] = set()
        self._is_tidy = False
        # How many messages make a batch, where one has failed; 0: a single one has.
        self._most: dict[AccountId, int] = {}

    async def run(self) -> None:
        """Index until cancelled.

        A look at all accounts grows with their number: no hint brings one about, and the longer one takes the
        rarer they are.
        """
        while True:
            began_at = time.monotonic()
            await self.run_due()
            await self._tidy()
            looked_at = time.monotonic()
            rest_s = min(max(_LOOK_EVERY_S, _RESTS * (looked_at - began_at)), _LOOK_AT_LEAST_EVERY_S)
            while (left_s := looked_at + rest_s - time.monotonic()) > 0:
                if await self._hints.wait(left_s):
                    await asyncio.sleep(_GATHER_S)
                    self._is_tidy = False
                    await self._index(self._hints.take())
                    await self._tidy()

    async def run_due(self) -> None:
        """Put in all that waits, and take out what is left of accounts that are gone."""
        await self._index(set(await self._store.read(search.accounts)))
        if await self._store.read(search.has_gone):
            while await self._store.write(search.forget_gone, _GONE_AT_ONCE):
                pass

    async def _tidy(self) -> None:
        """Put the index's parts together while nothing else is to be done, once after each change."""
        while not self._is_tidy:
            self._is_tidy = not await self._store.write(search.tidy)
            if self._hints.is_waiting:
                return

    async def _index(self, waiting: set[AccountId]) -> None:
        """A batch of each account in turn, until nothing waits.

        Of most that is heard of all words were put in by whoever brought it: one look for all of it together.
        """
        waiting = await self._due_among(waiting)
        while waiting:
            for account in sorted(waiting):
                # An error is logged, and the account waits for the next look.
                if not await guarded(self._put_next(account), event="search.failed", account=account):
                    waiting.discard(account)
            waiting |= await self._due_among(self._hints.take())

    async def _due_among(self, accounts: set[AccountId]) -> set[AccountId]:
        """Those of them that are ours, and have something to be put in."""
        own = [account for account in accounts if self._share.takes(account)]
        return set(await self._store.read(search.behind, own)) if own else set()

    async def _put_next(self, account: AccountId) -> bool:
        """Put in one batch; whether more waits.

        Where we ourselves fail over it, the next one is half of it, down to the message at fault. Should that
        one fail twice, with a pause between, it is put in without what can't be: the others go on.
        """
        most = self._most.get(account, indexing.BATCH)
        done = await tried(self._put(account, max(most, 1)))
        if not isinstance(done, Failed):
            self._grow(account, most)
            return done
        if most:
            self._most[account] = most // 2
            return most > 1
        return await self._put_bare(account, done.error)

    def _grow(self, account: AccountId, most: int) -> None:
        if 2 * most < indexing.BATCH:
            self._most[account] = max(1, 2 * most)
        else:
            self._most.pop(account, None)

    async def _put_bare(self, account: AccountId, error: Exception) -> bool:
        for without in indexing.Without:
            done = await tried(self._put(account, 1, without))
            if not isinstance(done, Failed):
                log.error("search.left_out", account=account, without=without.value, **place_of(error))
                self._most[account] = 1
                return done
        raise error

    async def _put(self, account: AccountId, most: int, without: Without | None = None) -> bool:
        """People are told while there is more than one batch."""
        batch = await self._store.read(indexing.next_batch, account, most, without)
        if batch is None:
            return False
        was_behind = account in self._behind
        (self._behind.discard if batch.is_last else self._behind.add)(account)
        try:
            is_told = was_behind or not batch.is_last
            await self._store.write(indexing.put, account, batch, is_told=is_told)
        except NotFound:  # deleted meanwhile
            self._behind.discard(account)
            return False
        log.debug("search.indexed", account=account, messages=len(batch.contents))
        return True
