"""Who was given which messages to read: noted at once in memory, written to the audit trail soon after.

So nobody who reads waits for it. A crash loses what was noted in the last seconds. The same message given
again to the same person within a quarter of an hour (its pictures, its files) is the same reading.

A passage around what somebody has searched for is no reading. A second one of the same message is: the whole
text can be had in passages.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from poststelle.lib.clock import Clock
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.store import accounts, audit
from poststelle.store.tx import Store, Tx

_SAME_READING = timedelta(minutes=15)
_REMEMBERED = 50_000
_AT_ONCE = 500  # messages that one entry names

_Reading = tuple[UserId, AccountId, MessageId]


class Readings:
    """Of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted: OrderedDict[_Reading, datetime] = OrderedDict()
        self._passages: OrderedDict[_Reading, tuple[int, datetime]] = OrderedDict()
        self._waiting: dict[AccountId, dict[UserId, list[MessageId]]] = defaultdict(lambda: defaultdict(list))

    def note(self, user: UserId, account: AccountId, messages: Iterable[MessageId]) -> None:
        """The user was given these."""
        now = self._clock.now()
        for message in messages:
            reading = (user, account, message)
            before = self._noted.get(reading)
            if before is None or abs(now - before) >= _SAME_READING:
                self._noted[reading] = now
                self._noted.move_to_end(reading)
                self._waiting[account][user].append(message)
        while len(self._noted) > _REMEMBERED:
            self._noted.popitem(last=False)

    def note_passages(self, user: UserId, account: AccountId, passages: Mapping[MessageId, str]) -> None:
        """The user was shown these passages of the texts; who is shown another one of a message within a
        quarter of an hour has read it."""
        now = self._clock.now()
        for message, passage in passages.items():
            place, shown = (user, account, message), hash(passage)
            known = self._passages.get(place)
            if known is not None and known[0] != shown and now - known[1] < _SAME_READING:
                self.note(user, account, [message])
            self._passages[place] = (shown, now)
            self._passages.move_to_end(place)
        while len(self._passages) > _REMEMBERED:
            self._passages.popitem(last=False)

    async def write(self, store: Store) -> int:
        """Write down what was noted; how many readings. What can't be written is kept for the next time."""
        written, now = 0, self._clock.now()
        for account in list(self._waiting):
            by_user = self._waiting.pop(account)
            try:
                await store.write_fleeting(_record, account, by_user, now)
            except BaseException:
                for user, some in by_user.items():
                    self._waiting[account][user][:0] = some
                raise
            written += sum(map(len, by_user.values()))
        return written


def _record(tx: Tx, account: AccountId, by_user: dict[UserId, list[MessageId]], now: datetime) -> None:
    if accounts.get(tx, account) is None:  # deleted meanwhile, with all that was read in it
        return
    for user, messages in by_user.items():
        for some in _portions(messages):
            audit.record(tx, now, user, "mail.read", account, message_ids=some)


def _portions(several: Sequence[MessageId]) -> Iterable[Sequence[MessageId]]:
    return (several[start : start + _AT_ONCE] for start in range(0, len(several), _AT_ONCE))
