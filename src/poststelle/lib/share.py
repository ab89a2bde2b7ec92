"""Which accounts a worker takes first, where several share the work.

Each account has one worker that is to take it: what that one remembers of it (tokens, limits, what could not
be read) is then used again, and requests to its mailbox wait in one queue. It is a preference and no lock:
what the other one has not taken after two seconds, anybody may.
"""

import time
from collections.abc import Callable, Sequence

GRACE_S = 2.0
_SAME_S = 8.0  # longer than any loop rests
_MOST_SEEN = 10_000


class Share:
    """This worker's part. Alone, everything is its own. One event loop only.

    ``now_s`` is any clock that only goes on.
    """

    def __init__(self, rank: int = 0, of: int = 1, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self.rank, self.of = rank, of
        self._now_s = now_s
        self._seen: dict[int, tuple[float, float]] = {}

    def among(self, names: Sequence[str], name: str) -> None:
        """These work now, with ``name`` or without; each must come to the same order by itself."""
        ordered = sorted(names)
        if name in ordered:
            self.rank, self.of = ordered.index(name), len(ordered)

    @property
    def is_first(self) -> bool:
        """Whether this is the one for what is to be done once, whoever does it."""
        return self.rank == 0

    def prefers(self, account: int) -> bool:
        """Whether this worker is to take the account."""
        return account % self.of == self.rank

    def takes(self, account: int) -> bool:
        """The same, or that it has been asked about for ``GRACE_S`` now and is still there to be taken."""
        if self.prefers(account):
            return True
        now = self._now_s()
        first, last = self._seen.get(account, (now, now))
        if now - last > _SAME_S:  # something else by now
            first = now
        self._seen[account] = (first, now)
        if len(self._seen) > _MOST_SEEN:
            self._seen = {a: (f, at) for a, (f, at) in self._seen.items() if now - at <= _SAME_S}
        return now - first >= GRACE_S
