"""How often one user may make us ask Microsoft about one account: its limits are everybody's."""

from collections import OrderedDict
from datetime import datetime, timedelta

from poststelle.model.ids import AccountId, UserId

AT_ONCE = 4  # somebody looking through folders
EVERY = timedelta(seconds=2)
MAX_KEYS = 10_000  # those who asked longest ago go first


class Wakes:
    """Counts hints by user and account. Used on one event loop; a restart forgets, which costs nothing."""

    def __init__(self) -> None:
        self._free_at: OrderedDict[tuple[UserId, AccountId], datetime] = OrderedDict()

    def may(self, user: UserId, account: AccountId, now: datetime) -> bool:
        """Whether this hint is passed on: four at once, then one every two seconds."""
        key = (user, account)
        # Never further off than after four: the clock may have been set back.
        free_at = min(max(now, self._free_at.pop(key, now)), now + AT_ONCE * EVERY)
        is_free = free_at - now <= (AT_ONCE - 1) * EVERY
        self._free_at[key] = free_at + EVERY if is_free else free_at
        if len(self._free_at) > MAX_KEYS:
            self._free_at.popitem(last=False)
        return is_free
