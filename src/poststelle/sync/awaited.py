"""Messages that a provider told of and whose news are not here: when each is to be looked for again.

Whatever happened to a message (it came, was changed, moved or deleted) may show only in a later round of its
folder's delta. Nothing says how much later, so the looks come at growing distances, and after the last one it
is left to the account's next poll.

Source: Graph v1.0, "Use delta query to track changes in Microsoft Graph data", Replication delays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from poststelle.model.ids import AccountId, RemoteId

Named = tuple[AccountId, RemoteId]

AGAIN_S = (4.0, 15.0, 45.0, 120.0)  # a pull is through before the first
_AT_MOST = 10_000  # some minutes of 50 messages a second, were none of them to come
_AT_MOST_OF_ACCOUNT = 1_000  # an import that never shows leaves room for others; a look is for all of it


@dataclass(frozen=True, slots=True)
class Told:
    """When it was told of, and the account's modseq by then, were it here; None: nobody knew the message."""

    at: datetime
    modseq: int | None


Awaiting = dict[AccountId, dict[RemoteId, Told]]
"""Messages that were told of, by their accounts."""


@dataclass(slots=True)
class _Wait:
    """For one message; ``looks`` are those that are still to come."""

    told: Told
    looks: list[datetime]


class Awaited:
    """Those of one process, in the order in which they were told of.

    Of too many the oldest are given up: of an account that has too many, and of the one that has most.
    """

    def __init__(
        self,
        again_s: Sequence[float] = AGAIN_S,
        at_most: int = _AT_MOST,
        at_most_of_account: int = _AT_MOST_OF_ACCOUNT,
    ) -> None:
        self._again = [timedelta(seconds=after_s) for after_s in again_s]
        self._at_most, self._at_most_of_account = at_most, at_most_of_account
        self._waits: dict[AccountId, dict[RemoteId, _Wait]] = {}

    def __bool__(self) -> bool:
        return bool(self._waits)

    def add(self, told: Mapping[AccountId, Mapping[RemoteId, Told]]) -> None:
        """One that nobody knows and is waited for already is told of again: its looks stay as they are.

        What happened to a known one is news each time; its next look comes no later for that.
        """
        for account, named in sorted(told.items()):
            waits = self._waits.setdefault(account, {})
            for message, one in sorted(named.items()):
                looks = [one.at + after for after in self._again]
                before = waits.get(message)
                if before is None:
                    waits[message] = _Wait(one, looks)
                elif one.modseq is not None:
                    waits[message] = _Wait(one, [min(before.looks[0], looks[0]), *looks[1:]])
            self._give_up(account, len(waits) - self._at_most_of_account)
        while (too_many := sum(map(len, self._waits.values())) - self._at_most) > 0:
            self._give_up(max(self._waits, key=lambda account: len(self._waits[account])), min(too_many, 100))

    def forget(self, messages: Iterable[Named]) -> None:
        """Their news have come, or will not."""
        for account, message in messages:
            waits = self._waits.get(account, {})
            waits.pop(message, None)
            if not waits:
                self._waits.pop(account, None)

    def put_off(self, messages: Iterable[Named]) -> frozenset[Named]:
        """Their news seem to be here: of the looks that are still to come the next one will do.

        Returns those that have one.
        """
        found = set[Named]()
        for account, message in messages:
            if wait := self._waits.get(account, {}).get(message):
                wait.looks = wait.looks[:1]
                found.add((account, message))
        return frozenset(found)

    def take_due(self, now: datetime) -> Awaiting:
        """Those to be looked for now; each look is named once."""
        due: Awaiting = {}
        for account, waits in list(self._waits.items()):
            for message, wait in list(waits.items()):
                if wait.looks[0] > now:
                    continue
                due.setdefault(account, {})[message] = wait.told
                wait.looks = [at for at in wait.looks if at > now]
                if not wait.looks:
                    self.forget([(account, message)])
        return due

    def take_all(self) -> Awaiting:
        """Whatever is waited for; nothing is any more."""
        waits, self._waits = self._waits, {}
        return {account: {name: wait.told for name, wait in of.items()} for account, of in waits.items()}

    def _give_up(self, account: AccountId, too_many: int) -> None:
        oldest = list(islice(self._waits[account], max(0, too_many)))
        self.forget((account, message) for message in oldest)
