"""How many requests at once, and when to hold back.

Outlook refuses the fifth request at a time for one app and mailbox; Microsoft's
texts disagree whether the app has a limit over all mailboxes too, so that one
is a setting (``POSTSTELLE_GRAPH_REQUESTS``), of which each of several processes has
a share. It does not count what has no end after some seconds: mailboxes whose
requests hang hold up no others.

Source: Graph v1.0, "Throttling limits" (Outlook service limits), "Throttling guidance" (read 2026-09).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from poststelle.lib.clock import Clock
from poststelle.providers.errors import RetryLater

AT_ONCE_PER_ACCOUNT = 4
AT_ONCE_PER_APP = 64
_COUNTED_FOR_S = 5.0
_LONGEST_WAIT_S = 3600.0


def parse_retry_after(text: str | None, date: str | None = None) -> float | None:
    """Seconds to wait; None when absent, unreadable, or no wait. ``date``: the answer's own header.

    Graph sends decimals too (``2.128``); what stands before it may name an
    instant, which counts from when the answer says it was given.

    Source: RFC 9110, section 10.2.3.
    """
    try:
        seconds = float(text or "")
    except ValueError:
        seconds = _seconds_between(date or "", text or "")
    return min(seconds, _LONGEST_WAIT_S) if seconds > 0 else None


def _seconds_between(earlier: str, later: str) -> float:
    """Seconds from one HTTP date to another; 0 when one of them is none."""
    try:
        return (parsedate_to_datetime(later) - parsedate_to_datetime(earlier)).total_seconds()
    except (ValueError, TypeError):  # no dates, or only one of them with a zone
        return 0.0


class Slots:
    """``capacity`` slots, handed out in order of arrival, several at a time if asked.

    Only for one event loop. A cancelled waiter leaves the queue. What is held for
    longer than ``counted_for_s`` is handed out again.
    """

    def __init__(self, capacity: int, counted_for_s: float | None = None) -> None:
        self.capacity = capacity
        self._counted_for_s = counted_for_s
        self._free = capacity
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    def resize(self, capacity: int) -> None:
        """So many from now on; what is held beyond them is handed out no more."""
        self._free += capacity - self.capacity
        self.capacity = capacity
        self._hand_out()

    @asynccontextmanager
    async def hold(self, count: int = 1) -> AsyncIterator[None]:
        """Hold ``count`` slots (at most all of them) for the time of the block."""
        count = min(count, self.capacity)
        await self._take(count)
        is_held = True

        def give_back() -> None:
            nonlocal is_held
            self._free += count if is_held else 0
            is_held = False
            self._hand_out()

        wait_s = self._counted_for_s
        late = None if wait_s is None else asyncio.get_running_loop().call_later(wait_s, give_back)
        try:
            yield
        finally:
            if late is not None:
                late.cancel()
            give_back()

    async def _take(self, count: int) -> None:
        if not self._waiting and self._free >= count:
            self._free -= count
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((count, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._free += count
            elif (count, turn) in self._waiting:
                self._waiting.remove((count, turn))
            self._hand_out()
            raise

    def _hand_out(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            count, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._free -= count
                turn.set_result(None)


class AppLimits:
    """The app registration's share: one object for all accounts. Requests count for ``counted_for_s``."""

    def __init__(
        self,
        clock: Clock,
        *,
        per_account: int = AT_ONCE_PER_ACCOUNT,
        per_app: int = AT_ONCE_PER_APP,
        counted_for_s: float = _COUNTED_FOR_S,
    ) -> None:
        self.clock = clock
        self._per_account = per_account
        self.slots = Slots(per_app, counted_for_s)
        self.requests = self.throttled = self.failed = 0

    def count(self, status: int | None) -> None:
        """An answer came, or none (None)."""
        self.requests += 1
        self.throttled += status == 429
        self.failed += status is None or status >= 500

    def for_account(self) -> "AccountLimits":
        """New limits for one account; share the object among everything that talks to that account."""
        return AccountLimits(self, self._per_account)


class AccountLimits:
    """One account's slots, and the pause the service asked for."""

    def __init__(self, app: AppLimits, at_once: int) -> None:
        self._app = app
        self._slots = Slots(at_once)
        self._paused_until: datetime | None = None
        self._paused_s = 0.0

    @property
    def clock(self) -> Clock:
        return self._app.clock

    @asynccontextmanager
    async def hold(self, count: int = 1) -> AsyncIterator[None]:
        """Wait for ``count`` slots. Raises RetryLater at once while the service wants us to wait."""
        self._raise_if_paused()
        async with self._slots.hold(count), self._app.slots.hold(count):
            self._raise_if_paused()
            yield

    def count(self, status: int | None) -> None:
        """As of the app's."""
        self._app.count(status)

    def pause(self, after_s: float) -> None:
        """Send nothing for this account during the next ``after_s`` seconds."""
        until = self._app.clock.now() + timedelta(seconds=after_s)
        if self._paused_until is None or until > self._paused_until:
            self._paused_until, self._paused_s = until, after_s

    def _raise_if_paused(self) -> None:
        if self._paused_until is None:
            return
        now, longest = self._app.clock.now(), timedelta(seconds=self._paused_s)
        # No longer than was asked for: the clock may have been set back.
        self._paused_until = min(self._paused_until, now + longest)
        left_s = (self._paused_until - now).total_seconds()
        if left_s > 0:
            raise RetryLater("paused", after_s=left_s, is_throttled=True)
        self._paused_until = None
