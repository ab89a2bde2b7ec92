"""Who was given which messages to read: noted at once in memory, written to the audit trail soon after.

So nobody who reads waits for it. A crash loses what was noted in the last seconds. The same message given
again to the same person within a quarter of an hour (its pictures, its files) is the same reading.

Passages around what somebody has searched for are no reading: searches of a day hit the same message again
and again, each at another place. But the whole text can be had in passages, so more than a thousand octets of
a message in a day are one.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from poststelle.lib.clock import Clock
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.store import accounts, audit
from poststelle.store.tx import Store, Tx

_SAME_READING = timedelta(minutes=15)
_PASSAGES_OF = timedelta(days=1)
READ_FROM = 1_000
"""Octets of a message's text, in different passages within a day: who is shown more has read it."""
_REMEMBERED = 50_000
_AT_ONCE = 500  # messages that one entry names

_Reading = tuple[UserId, AccountId, MessageId]


@dataclass(slots=True)
class _Shown:
    """Passages of a message that somebody was shown since then; their octets together."""

    since: datetime
    passages: set[int] = field(default_factory=set)
    octets: int = 0

    def add(self, passage: str) -> bool:
        """Whether it is another one than before."""
        before = len(self.passages)
        self.passages.add(hash(passage))
        is_new = len(self.passages) > before
        self.octets += len(passage.encode(errors="replace")) if is_new else 0
        return is_new


class Readings:
    """Of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted: OrderedDict[_Reading, datetime] = OrderedDict()
        self._passages: OrderedDict[_Reading, _Shown] = OrderedDict()
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
        """The user was shown these passages of the texts; who is shown more than ``READ_FROM`` of a message
        within a day has read it."""
        now = self._clock.now()
        for message, passage in passages.items():
            place = (user, account, message)
            shown = self._passages.get(place)
            if shown is None or abs(now - shown.since) >= _PASSAGES_OF:
                shown = self._passages[place] = _Shown(now)
            self._passages.move_to_end(place)
            if shown.add(passage) and shown.octets > READ_FROM:
                self.note(user, account, [message])
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
