"""Which accounts are listened to in other processes, as far as these have said so lately."""

import time
from collections.abc import Callable, Collection

from poststelle.model.ids import AccountId

SAID_EVERY_S = 20.0
LASTS_S = 60.0


class Audience:
    """Forgets by itself what is not said again. One event loop only.

    ``now_s`` is any clock that only goes on.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._until: dict[AccountId, float] = {}
        self._tidied_at = now_s()

    def note(self, accounts: Collection[AccountId]) -> None:
        """Somebody listens for changes of these."""
        now = self._now_s()
        self._until |= dict.fromkeys(accounts, now + LASTS_S)
        if now - self._tidied_at >= LASTS_S:
            self._tidied_at = now
            self._until = {account: until for account, until in self._until.items() if until > now}

    def is_heard(self, account: AccountId) -> bool:
        return self._until.get(account, 0.0) > self._now_s()
