"""What people want to see now, made due work: a fact in a table, for whichever worker comes first.

Where somebody wants something is where the fact is written, so it is written once,
whoever else is told. Forgetting a hint costs a delay, never mail.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import structlog

from poststelle.jobs.inline import Failed, tried
from poststelle.lib.clock import Clock
from poststelle.lib.hint import wait_a_while
from poststelle.lib.log import place_of
from poststelle.model.ids import AccountId, FolderId
from poststelle.store import folders, sync_states
from poststelle.store.tx import Store, Tx
from poststelle.sync.schedule import Looks, Pace

T = TypeVar("T")

log = structlog.get_logger()

_LISTENED_AT_ONCE = 500
_LAST_S = 3.0

Tell = Callable[[], None]
TellOfLook = Callable[[AccountId, FolderId], None]


class Attention:
    """Gathers what is wanted on one event loop. ``ring`` says that there is something to ``keep``.

    ``on_look`` is told at once what is on a screen, ``on_due`` after something became due: both for workers
    that run elsewhere.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        pace: Pace,
        *,
        on_look: TellOfLook = lambda *_: None,
        on_due: Tell = lambda: None,
    ) -> None:
        self._store, self._clock, self._pace = store, clock, pace
        self._on_look, self._on_due = on_look, on_due
        self.looks = Looks()
        self._woken: set[AccountId] = set()
        self._looked: set[tuple[AccountId, FolderId]] = set()
        self._listened: set[AccountId] = set()
        self._event = asyncio.Event()
        self._ring: Tell = self._event.set

    def ring_at(self, ring: Tell) -> None:
        """From now on somebody else keeps what is gathered, who is told by this."""
        self._ring = ring

    def wake(self, account: AccountId) -> None:
        """Pull this account soon, before what nobody asked for, also when a pull is under way just now."""
        self._woken.add(account)
        self._ring()

    def look_at(self, account: AccountId, folder: FolderId) -> None:
        """Somebody has this folder on screen: look at it now, and with every poll for two minutes."""
        self.seen(account, folder)
        self._looked.add((account, folder))
        self._on_look(account, folder)
        self.wake(account)

    def seen(self, account: AccountId, folder: FolderId) -> None:
        """The same, where another process has made it due."""
        self.looks.note(account, folder, self._clock.now())

    def listened(self, accounts: Iterable[AccountId]) -> None:
        """Somebody began to listen for their changes: those at rest are not left to sleep on."""
        self._listened.update(accounts)
        self._ring()

    async def keep(self) -> None:
        """Turn what was gathered into due work. A wake-up during a pull leaves the account due at its end.

        What could not be written is gathered still. Those who began to listen may be thousands, and come
        after what somebody waits for, also if that came later.
        """
        now, is_any = self._clock.now(), False
        while self._looked or self._woken or self._listened:
            is_any = True
            if self._looked:
                with _taken(self._looked, 1) as [(account, folder)]:
                    await self._store.write_by_rows(folders.set_due, account, folder, now)
            elif self._woken:
                with _taken(self._woken, 1) as [account]:
                    await self._store.write_by_rows(_ask, account, now)
            else:
                with _taken(self._listened, _LISTENED_AT_ONCE) as some:
                    at = self._pace.first_poll(now)
                    await self._store.write_by_rows(sync_states.wake_many_soon, some, at)
        if is_any:
            self._on_due()

    async def keep_last(self) -> None:
        """What came since, before this process ends; it goes without where the database is away."""
        kept = await tried(asyncio.wait_for(self.keep(), _LAST_S))
        if isinstance(kept, Failed):
            log.warning("attention.not_kept", **place_of(kept.error))

    async def run(self) -> None:
        """Keep what comes, until cancelled: where no engine does."""
        try:
            while True:
                await self.keep()
                await wait_a_while(self._event, None)
                self._event.clear()
        finally:
            await self.keep_last()


@contextmanager
def _taken(gathered: set[T], at_most: int) -> Iterator[list[T]]:
    """Some of them, which go back where they can't be kept. What is gathered meanwhile is gathered anew."""
    some = [gathered.pop() for _ in range(min(at_most, len(gathered)))]
    try:
        yield some
    except BaseException:
        gathered.update(some)
        raise


def _ask(tx: Tx, account: AccountId, now: datetime) -> None:
    """Also what is read more rarely while an account is at rest: somebody wants to know."""
    sync_states.ask(tx, account, now)
    folders.set_hot_due(tx, account, now)
