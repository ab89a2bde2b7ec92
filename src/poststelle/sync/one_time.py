"""Programs on several machines go by the database's time: what one writes down as due, another reads.

Leases, due times and waits are instants that one program writes and others compare with theirs. Clocks a
minute apart would let two work on one account, and put off what somebody waits for. Where the database is a
file its time is this machine's, as it was at the last question.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog

from poststelle.jobs.inline import guarded
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import SharedClock
from poststelle.store import holders
from poststelle.store.tx import Store

log = structlog.get_logger()

_WORTH_TELLING = timedelta(seconds=2)
_QUICK_S = 2.0  # an answer that took longer may be wrong by more than others bear
_LONGEST_WAIT_S = 5.0
_SAID_EVERY = 10  # questions, a minute or less
_REMEDY = "none is needed while the database is only busy: it is asked again, and nothing is done before"


def _ignore() -> None:
    """Nobody wants to know."""


class Timekeeper:
    """Keeps one program's clock at the database's time."""

    def __init__(self, clock: SharedClock, store: Store) -> None:
        self._clock, self._store = clock, store
        self._said = timedelta(0)

    async def learn(self, on_late: Callable[[], None] = _ignore) -> None:
        """Ask until the answer is worth something. To be called before anything is written.

        ``on_late`` is called when that is not so with the first one.
        """
        attempt = 0
        while True:
            took_s = await guarded(self.keep(), event="clock.not_asked")
            if took_s is not None and took_s <= _QUICK_S:
                return
            on_late()
            attempt += 1
            if attempt % _SAID_EVERY == 1:
                log.warning("clock.not_told", attempt=attempt, seconds=took_s, remedy=_REMEDY)
            await self._clock.sleep(backoff_s(attempt, limit_s=_LONGEST_WAIT_S))

    async def keep(self) -> float:
        """Ask once, and go by the answer; how many seconds it took. To be called again and again."""
        asked_s = self._clock.passed_s()
        said = await self._store.read(holders.told_time)
        if said is None:  # a file, on this machine
            asked_s, said = self._clock.passed_s(), self._clock.own_now()
        answered_s = self._clock.passed_s()
        self._clock.told(said, asked_s, answered_s)
        self._tell_apart()
        return answered_s - asked_s

    def _tell_apart(self) -> None:
        apart = self._clock.now() - self._clock.own_now()
        if abs(apart - self._said) < _WORTH_TELLING:
            return
        self._said = apart
        if abs(apart) >= _WORTH_TELLING:
            seconds = round(apart.total_seconds(), 1)
            log.warning("clock.apart", seconds=seconds, remedy="let NTP keep the clocks of all machines")
