"""Messages that a provider told of and nobody here knows: when each is to be looked for again.

A message may show only in a later round of its folder's delta. Nothing says how much later, so the looks
come at growing distances, and after the last one it is left to the account's next poll.

Source: Graph v1.0, "Use delta query to track changes in Microsoft Graph data", Replication delays.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

from poststelle.model.ids import AccountId, RemoteId

Named = tuple[AccountId, RemoteId]
Unknown = dict[AccountId, frozenset[RemoteId]]
"""Messages that were told of and are not here."""

AGAIN_S = (4.0, 15.0, 45.0, 120.0)  # a pull is through before the first
_AT_MOST = 10_000  # some minutes of 50 messages a second, were none of them to come


class Awaited:
    """Those of one process, in the order in which they were told of; of too many, the oldest are given up."""

    def __init__(self, again_s: Sequence[float] = AGAIN_S, at_most: int = _AT_MOST) -> None:
        self._again = [timedelta(seconds=after_s) for after_s in again_s]
        self._at_most = at_most
        self._looks: dict[Named, list[datetime]] = {}  # those that are still to come

    def __bool__(self) -> bool:
        return bool(self._looks)

    def add(self, unknown: Unknown, now: datetime) -> None:
        """One that is waited for already is told of again: its looks stay as they are."""
        for account, named in sorted(unknown.items()):
            for message in sorted(named):
                self._looks.setdefault((account, message), [now + after for after in self._again])
        too_many = max(0, len(self._looks) - self._at_most)
        for oldest in list(islice(self._looks, too_many)):
            del self._looks[oldest]

    def forget(self, messages: Iterable[Named]) -> None:
        """They have come, or will not."""
        for message in messages:
            self._looks.pop(message, None)

    def take_due(self, now: datetime) -> Unknown:
        """Those to be looked for now; each look is named once."""
        due: dict[AccountId, set[RemoteId]] = {}
        for (account, message), looks in list(self._looks.items()):
            if looks[0] > now:
                continue
            due.setdefault(account, set()).add(message)
            if later := [at for at in looks if at > now]:
                self._looks[account, message] = later
            else:
                del self._looks[account, message]
        return {account: frozenset(named) for account, named in due.items()}
