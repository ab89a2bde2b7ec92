"""Who was given which messages to read: noted at once in memory, written to the audit trail soon after.

So nobody who reads waits for it. A crash loses what was noted in the last seconds. The same message given
again to the same person within a quarter of an hour (its pictures, its files) is the same reading.

A passage around what somebody has searched for is no reading: searches of a day hit the same message again
and again. But the whole text can be had in passages. So different ones within a day are a reading once half
of the text, or a thousand octets of it, have been seen; and so is any that completes the text. What lists
show of its beginning counts as seen by then.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from poststelle.lib.clock import Clock
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.search import Passage
from poststelle.store import accounts, audit
from poststelle.store.tx import Store, Tx

_SAME_READING = timedelta(minutes=15)
_A_DAY = timedelta(days=1)
READ_FROM = 1_000
"""Octets of a long text, in different passages within a day: who is shown as many has read it."""
_WHOLE = 0.9
"""Of a text: who has seen as much has seen it, for some blanks are between passages."""
_REMEMBERED = 50_000
_AT_ONCE = 500  # messages that one entry names

_Reading = tuple[UserId, AccountId, MessageId]


@dataclass(slots=True)
class _Shown:
    """What somebody was shown of a text since then: ``stretches`` of its octets, in order and apart from each
    other, and how many ``passages`` showed something that had not been seen before."""

    since: datetime
    stretches: list[tuple[int, int]] = field(default_factory=list)
    passages: int = 0

    @property
    def octets(self) -> int:
        return sum(end - start for start, end in self.stretches)

    def add(self, passage: Passage) -> bool:
        """Whether it shows anything that had not been seen before."""
        self._show(0, passage.listed)
        before = self.octets
        self._show(passage.start, passage.end)
        is_new = self.octets > before
        self.passages += is_new
        return is_new

    def amounts_to_reading(self, size: int) -> bool:
        """Of a text of so many octets."""
        octets = self.octets
        is_much = octets >= min(READ_FROM, size / 2) and self.passages > 1
        return is_much or octets >= _WHOLE * size

    def _show(self, start: int, end: int) -> None:
        apart = [one for one in self.stretches if one[1] < start or one[0] > end]
        within = [one for one in self.stretches if one[1] >= start and one[0] <= end]
        merged = min((start, *(one[0] for one in within))), max((end, *(one[1] for one in within)))
        self.stretches = sorted((*apart, merged))


class Readings:
    """Of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted: OrderedDict[_Reading, datetime] = OrderedDict()
        self._passages: OrderedDict[_Reading, _Shown] = OrderedDict()
        self._written: OrderedDict[_Reading, None] = OrderedDict()
        self._taken: OrderedDict[_Reading, datetime] = OrderedDict()
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

    def wrote(self, user: UserId, account: AccountId, messages: Iterable[MessageId]) -> None:
        """The user has written these here."""
        for message in messages:
            self._written[user, account, message] = None
        while len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)

    def note_taken(self, user: UserId, account: AccountId, message: MessageId) -> None:
        """The user has taken octets of this along into another message: once a day that is a reading, however
        often they save what they write. What they have written here themselves they do not read by that; what
        is not remembered as theirs they do."""
        now, taken = self._clock.now(), (user, account, message)
        before = self._taken.get(taken)
        if taken in self._written or (before is not None and abs(now - before) < _A_DAY):
            return
        self._taken[taken] = now
        self._taken.move_to_end(taken)
        self.note(user, account, [message])
        while len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)

    def note_passages(self, user: UserId, account: AccountId, passages: Mapping[MessageId, Passage]) -> None:
        """The user was shown these passages of the texts.

        Of very many messages those are forgotten that were not hit for the longest: whoever has seen several
        passages of one has read it then, for what they go on to see is not counted together any more.
        """
        now = self._clock.now()
        for message, passage in passages.items():
            place = (user, account, message)
            shown = self._passages.get(place)
            if shown is None or abs(now - shown.since) >= _A_DAY:
                shown = self._passages[place] = _Shown(now)
            self._passages.move_to_end(place)
            if shown.add(passage) and shown.amounts_to_reading(passage.size):
                self.note(user, account, [message])
        while len(self._passages) > _REMEMBERED:
            (reader, where, forgotten), shown = self._passages.popitem(last=False)
            if shown.passages > 1:
                self.note(reader, where, [forgotten])

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
