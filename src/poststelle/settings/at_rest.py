"""Whether nobody works on a database: programs that do have hearts that beat."""

from poststelle.lib.clock import Clock
from poststelle.store import holders
from poststelle.store.tx import Store

_BEAT_S = 12.0  # a heart that is alive beats meanwhile


async def is_at_rest(store: Store, clock: Clock) -> bool:
    """Whether no server runs, or has begun to, on this database. Takes some seconds where one may.

    One that stands still meanwhile is not seen: what it does afterwards must be refused by other means.
    """
    before = await store.read(holders.beats)
    if not before:
        return True
    await clock.sleep(_BEAT_S)
    after = await store.read(holders.beats)
    return all(beats <= before.get(name, 0) for name, beats in after.items())
