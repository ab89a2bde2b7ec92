"""How many requests one address may make: a bucket that fills again."""

from collections import OrderedDict
from datetime import datetime, timedelta

AT_ONCE = 600  # Microsoft sends for many mailboxes from few addresses, and catches up after an outage
EVERY = timedelta(milliseconds=20)
MAX_KEYS = 10_000  # those who asked longest ago go first


class Rate:
    """Counts requests by address. Used on one event loop; a restart forgets, which costs nothing."""

    def __init__(self, at_once: int = AT_ONCE, every: timedelta = EVERY) -> None:
        self._most, self._every = at_once * every, every
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def may(self, key: str, now: datetime) -> bool:
        """Whether this one is let in; it counts only then."""
        # Never further off than an empty bucket is: the clock may have been set back.
        full_at = min(max(now, self._full_at.pop(key, now)), now + self._most) + self._every
        is_let_in = full_at - now <= self._most
        self._full_at[key] = full_at if is_let_in else full_at - self._every
        if len(self._full_at) > MAX_KEYS:
            self._full_at.popitem(last=False)
        return is_let_in
