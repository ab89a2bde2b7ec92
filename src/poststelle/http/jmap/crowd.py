"""How many requests one user may have under way: what the session object promises is kept."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.limits import MAX_CONCURRENT_REQUESTS
from poststelle.model.ids import UserId


class Crowd:
    """Counts the requests of each user. Lives on one event loop."""

    def __init__(self) -> None:
        self._under_way: Counter[UserId] = Counter()

    @contextmanager
    def one_more(self, user: UserId) -> Iterator[None]:
        """A request under way; raises RequestError ``limit`` when it is one too many.

        Source: RFC 8620 §3.6.1.
        """
        if self._under_way[user] >= MAX_CONCURRENT_REQUESTS:
            name = "maxConcurrentRequests"
            raise RequestError("limit", "Too many requests at once.", 429, limit=name)
        self._under_way[user] += 1
        try:
            yield
        finally:
            self._under_way[user] -= 1
            if not self._under_way[user]:
                del self._under_way[user]
