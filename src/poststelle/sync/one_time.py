"""Programs on several machines go by the database's time: what one writes down as due, another reads.

Leases, due times and waits are instants that one program writes and others compare with theirs. Clocks a
minute apart would let two work on one account, and put off what somebody waits for.
"""

from datetime import timedelta

import structlog

from poststelle.lib.clock import SharedClock
from poststelle.store import holders
from poststelle.store.tx import Store

log = structlog.get_logger()

_WORTH_TELLING = timedelta(seconds=2)


async def keep_time(clock: SharedClock, store: Store) -> None:
    """Ask once, and go by the answer. To be called before anything is written, and again and again."""
    asked_at = clock.own_now()
    said = await store.read(holders.told_time)
    if said is None or not clock.told(said, asked_at, clock.own_now()):
        return
    if abs(clock.apart) >= _WORTH_TELLING:
        seconds = round(clock.apart.total_seconds(), 1)
        log.warning("clock.apart", seconds=seconds, remedy="let NTP keep the clocks of all machines")
