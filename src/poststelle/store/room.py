"""How much more a loop may take on: so much at once in all, and of one account, whatever waits there."""

from collections import Counter
from collections.abc import Iterable

from poststelle.model.ids import AccountId


class Room:
    """What is left beside the work of these accounts that is under way. For one claim."""

    def __init__(self, under_way: Iterable[AccountId], *, at_once: int, per_account: int) -> None:
        self._running = Counter(under_way)
        self._left = at_once - self._running.total()
        self._per_account = per_account

    def copy(self) -> "Room":
        """For a transaction, which may run again."""
        copied = Room((), at_once=self._left, per_account=self._per_account)
        copied._running = self._running.copy()
        return copied

    @property
    def is_full(self) -> bool:
        return self._left <= 0

    def take(self, account: AccountId) -> bool:
        """Take one more of this account; False where there is no room for it."""
        if self.is_full or self._running[account] >= self._per_account:
            return False
        self._running[account] += 1
        self._left -= 1
        return True
