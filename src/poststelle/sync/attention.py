"""What people want to see now, made due work: a fact in a table, for whichever worker comes first.

Where somebody wants something is where the fact is written, so it is written once,
whoever else is told. Forgetting a hint costs a delay, never mail.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from poststelle.lib.clock import Clock
from poststelle.lib.hint import wait_a_while
from poststelle.model.ids import AccountId, FolderId
from poststelle.store import folders, sync_states
from poststelle.store.tx import Store, Tx
from poststelle.sync.schedule import Looks, Pace

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
        """Pull this account soon, also when a pull is under way just now."""
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
        """Turn what was gathered into due work. A wake-up during a pull leaves the account due at its end."""
        now, is_any = self._clock.now(), bool(self._looked or self._woken or self._listened)
        while self._looked:
            account, folder = self._looked.pop()
            await self._store.write_by_rows(folders.set_due, account, folder, now)
        while self._woken:
            await self._store.write_by_rows(_wake, self._woken.pop(), now)
        while self._listened:
            await self._store.write_by_rows(
                sync_states.wake_soon, self._listened.pop(), self._pace.first_poll(now)
            )
        if is_any:
            self._on_due()

    async def run(self) -> None:
        """Keep what comes, until cancelled: where no engine does."""
        while True:
            await wait_a_while(self._event, None)
            self._event.clear()
            await self.keep()


def _wake(tx: Tx, account: AccountId, now: datetime) -> None:
    """Also what is read more rarely while an account is at rest: somebody wants to know."""
    sync_states.wake(tx, account, now)
    folders.set_hot_due(tx, account, now)
