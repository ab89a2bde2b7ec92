"""How much more a loop may take on: so much at once in all, and of one account, whatever waits there.

An account for which something has waited for an answer for some seconds gives up its
places to others, up to a larger number: one that hangs slows no other.
"""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from poststelle.lib.share import Share
from poststelle.model.ids import AccountId

PATIENCE_S = 5.0


class Moving(Protocol):
    """Work under way. ``moved_at`` (monotonic) is when it last got on."""

    account: AccountId
    moved_at: float


@dataclass(slots=True, eq=False)
class Work:
    """One piece of work under way; as long as nobody says that it got on, it did when it was begun."""

    account: AccountId
    moved_at: float = field(default_factory=time.monotonic)

    def moved(self) -> None:
        """It has got on."""
        self.moved_at = time.monotonic()


@dataclass(frozen=True, slots=True)
class Places:
    """A loop's places: ``at_once`` of them, but ``at_most`` with those of accounts that hang.

    An account hangs while something of it has not got on for ``patience_s``.
    """

    at_once: int
    at_most: int
    per_account: int
    patience_s: float = PATIENCE_S

    def beside(self, under_way: Iterable[Moving], share: Share | None = None) -> "Room":
        """What is left beside this, for accounts of this worker's ``share``. For one claim."""
        running, since = list(under_way), time.monotonic() - self.patience_s
        hanging = frozenset(work.account for work in running if work.moved_at <= since)
        getting_on = sum(work.account not in hanging for work in running)
        running_of = Counter(work.account for work in running)
        left = self.at_once - getting_on
        in_all = self.at_most - len(running)
        return Room(running_of, hanging, left, in_all, self.per_account, share or Share())


class Room:
    """What is left for one claim: ``left`` for accounts that get on, ``in_all`` with those that hang."""

    def __init__(
        self,
        running: Counter[AccountId],
        hanging: frozenset[AccountId],
        left: int,
        in_all: int,
        per_account: int,
        share: Share,
    ) -> None:
        self._running, self._hanging, self._per_account = running, hanging, per_account
        self._share = share
        self._left, self._in_all = left, in_all

    def copy(self) -> "Room":
        """For a transaction, which may run again."""
        running = self._running.copy()
        return Room(running, self._hanging, self._left, self._in_all, self._per_account, self._share)

    @property
    def free(self) -> int:
        """For so many accounts that get on there is room."""
        return max(0, min(self._left, self._in_all))

    @property
    def is_full(self) -> bool:
        """Whether an account that gets on would find no room."""
        return self.free == 0

    def take(self, account: AccountId) -> bool:
        """Take one more of this account; False where there is no room for it, or another worker is to."""
        if not self._share.takes(account):
            return False
        if self._in_all <= 0 or self._running[account] >= self._per_account:
            return False
        if account not in self._hanging:
            if self._left <= 0:
                return False
            self._left -= 1
        self._running[account] += 1
        self._in_all -= 1
        return True
