"""How many requests one user may have under way, as the session object promises, and how large ones all."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.limits import (
    MAX_CONCURRENT_REQUESTS,
    MAX_WEIGHT,
    MAX_WEIGHT_COMING,
    MAX_WEIGHT_OF_LITTLE,
    MAX_WEIGHT_OF_ONE,
    MAX_WEIGHT_UNCOUNTED,
    MAX_WEIGHT_WITH_LITTLE,
)
from poststelle.model.ids import UserId


class Load:
    """What one request has in memory, as far as is known by now."""

    def __init__(self, crowd: "Crowd", user: UserId, uncounted: int = MAX_WEIGHT_UNCOUNTED) -> None:
        self._crowd, self._user, self._uncounted = crowd, user, uncounted
        self._octets = self._counted = 0

    def weigh(self, octets: int) -> None:
        """It is so large. Raises RequestError ``limit`` when large ones have no room left."""
        counted = max(0, octets - self._uncounted)
        self._crowd.take(self._user, counted - self._counted)
        self._octets, self._counted = octets, counted

    def may_weigh(self, octets: int) -> bool:
        """The same for who wants no error: whether there is room. Fewer than before always have."""
        try:
            self.weigh(octets)
        except RequestError:
            return False
        return True

    def answer(self, octets: int) -> None:
        """So many octets more, of its answer. Raises as ``weigh``, and leaves them out then."""
        self.weigh(self._octets + octets)

    def hold(self, octets: int) -> None:
        """In its place there is its answer of so many octets, until it has been sent. Never raises."""
        counted = max(0, octets - self._uncounted)
        self._crowd.count(self._user, counted - self._counted)
        self._octets, self._counted = octets, counted


class Crowd:
    """Counts the requests of each user, and what they weigh, until their answers have been sent.

    Lives on one event loop.
    """

    def __init__(self) -> None:
        self._under_way: Counter[UserId] = Counter()
        self._weight: Counter[UserId] = Counter()

    @contextmanager
    def load(self, user: UserId) -> Iterator[Load]:
        """A request that comes; what it weighs counts until the end of the block.

        Raises RequestError ``limit`` for who leaves too much unread.
        """
        if self._weight[user] > MAX_WEIGHT_OF_ONE:
            raise _too_large()
        load = Load(self, user)
        try:
            yield load
        finally:
            load.hold(0)

    @contextmanager
    def coming(self, user: UserId) -> Iterator[Load]:
        """What comes by a socket and has not been taken yet: there are many, so nearly all of it counts."""
        load = Load(self, user, MAX_WEIGHT_COMING)
        try:
            yield load
        finally:
            load.hold(0)

    def take(self, user: UserId, octets: int) -> None:
        """Count more (or fewer) octets of a user's requests. Raises RequestError ``limit``."""
        weight = self._weight[user] + octets
        most = MAX_WEIGHT_WITH_LITTLE if weight <= MAX_WEIGHT_OF_LITTLE else MAX_WEIGHT
        if octets > 0 and (weight > MAX_WEIGHT_OF_ONE or self._together() + octets > most):
            raise _too_large()
        self.count(user, octets)

    def _together(self) -> int:
        """What all have. Who has more than they may takes no room from others for it."""
        return sum(min(weight, MAX_WEIGHT_OF_ONE) for weight in self._weight.values())

    def count(self, user: UserId, octets: int) -> None:
        """The same, whatever there is already."""
        self._weight[user] += octets
        if not self._weight[user]:
            del self._weight[user]

    @contextmanager
    def one_more(self, user: UserId) -> Iterator[None]:
        """A request under way; raises RequestError ``limit`` when it is one too many.

        Source: RFC 8620 §3.6.1.
        """
        with one_more(self._under_way, user, MAX_CONCURRENT_REQUESTS, "Too many requests at once."):
            yield


@contextmanager
def one_more(
    here: Counter[UserId], user: UserId, most: int, refusal: str, limit: str = "maxConcurrentRequests"
) -> Iterator[None]:
    """Counted among those that are here; raises RequestError ``limit`` when the user has the most already."""
    if here[user] >= most:
        raise RequestError("limit", refusal, 429, limit=limit)
    here[user] += 1
    try:
        yield
    finally:
        here[user] -= 1
        if not here[user]:
            del here[user]


def _too_large() -> RequestError:
    name = "maxConcurrentRequests"
    return RequestError("limit", "Too many large requests at once.", 429, limit=name)
