"""When mailboxes are looked at, in virtual time: the scheduler without anything behind it.

``Mailbox`` decides as the engine does, with the engine's own ``sync.schedule.Pace``: how long a mailbox
waits, and which of its folders are read. ``tests/flow/sync/test_timetable.py`` runs the real engine over the
real simulator through the same hours and compares look by look. ``Office`` runs many of them through hours,
on workers with so many places and one processor each, and counts.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench.sample import percentile as percentile  # noqa: PLC0414 - capacity takes it from here
from poststelle.config import DEFAULT_PULLS
from poststelle.lib.clock import from_ms, to_ms
from poststelle.sync.heard import GATHER_S
from poststelle.sync.schedule import Pace

BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)  # a Monday
PLACES = DEFAULT_PULLS
COLD = 5
"""Folders of a usual mailbox beside inbox, sent and drafts: trash, junk, archive, outbox, conversations."""
_TICK_S = 1.0  # the engine looks for what is due so often: half of it later on average
_LOOKS_AT_REST = {True: 4, False: 12}  # a hot folder, a cold one is read with each so-manieth look


@dataclass(slots=True)
class Shelf:
    """Folders of a mailbox that are due together."""

    folders: int
    is_hot: bool
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """One look: folders whose messages were asked for, and how many requests came one after the other."""

    lists: int
    rounds: int

    @property
    def requests(self) -> int:
        return self.lists + 1


class Mailbox:
    """One mailbox as the engine sees it, from when it has been read to its end.

    ``pace`` is the installation's. ``waited_s``: how long it meant to wait before the next look.
    """

    __slots__ = ("_pace", "cold", "due_at", "inbox", "is_seen", "is_told", "other_hot", "waited_s")

    def __init__(
        self, pace: Pace, at: datetime, *, is_told: bool = False, is_seen: bool = False, cold: int = COLD
    ) -> None:
        self._pace, self.is_told, self.is_seen = pace, is_told, is_seen
        self.due_at, self.waited_s = at, 0.0
        self.inbox, self.other_hot = Shelf(1, True, at), Shelf(2, True, at)
        self.cold = Shelf(cold, False, at)

    @property
    def pace(self) -> Pace:
        """As ``sync.engine`` chooses it."""
        usual = self._pace.while_told() if self.is_told else self._pace
        return usual if self.is_seen else usual.unseen(self.waited_s)

    def put_to_rest(self, at: datetime, chance: random.Random) -> None:
        """As it is after a long time without a change, at any moment of its round."""
        longest = self._pace.while_told() if self.is_told else self._pace
        wait = (longest.unseen(float("inf")).next_poll(at, changed=False) - at) if not self.is_seen else None
        wait = wait or longest.next_poll(at, changed=False) - at
        self.waited_s = wait.total_seconds()
        self.due_at = at + wait * chance.random()
        hot, cold = (chance.randrange(_LOOKS_AT_REST[is_hot]) for is_hot in (True, False))
        self.inbox.due_at = self.other_hot.due_at = self.due_at + wait * hot
        self.cold.due_at = self.due_at + wait * cold

    def notified(self, at: datetime) -> None:
        """Microsoft tells of a message, new or in the inbox: as ``sync.heard``."""
        if not self.is_told:
            return
        self.inbox.due_at = min(self.inbox.due_at, at)
        self.due_at = min(self.due_at, at + timedelta(seconds=GATHER_S))

    def look(self, at: datetime, took: timedelta = timedelta(), *, arrived: int = 0) -> Look:
        """Look at ``at``, for ``took``: what the engine would ask, and when it would look next."""
        pace, end = self.pace, at + took
        if arrived:  # the inbox's counter in the folder list has moved
            self.inbox.due_at = at
        due = [shelf for shelf in (self.inbox, self.other_hot, self.cold) if shelf.due_at <= at]
        for shelf in due:
            shelf.due_at = _as_stored(pace.next_look(end, is_hot=shelf.is_hot))
        self.due_at = _as_stored(pace.next_poll(end, changed=arrived > 0))
        self.waited_s = (self.due_at - end).total_seconds()
        lists = sum(shelf.folders for shelf in due)
        return Look(lists, 1 + -(-lists // pace.folders_at_once))


def _as_stored(at: datetime) -> datetime:
    """To the millisecond."""
    return from_ms(to_ms(at))


@dataclass(frozen=True)
class Load:
    """What people and Microsoft do. Shares are of all mailboxes."""

    told: float = 0.9
    """share whose changes Microsoft tells (shared mailboxes of delegates are not told of)"""
    seen: float = 0.2
    """share that somebody has open just now"""
    arrivals: float = 6.0
    """messages that come to a mailbox in an hour"""
    deeds: float = 9.0
    """what people do to messages in an hour, here or in Outlook (read, flag, file, delete)"""
    request_s: float = 0.15
    """a request to Microsoft, in the middle; one in a hundred takes ten times as long"""
    look_cpu_s: float = 0.010
    """our processor for a look, so that a worker takes no more than one processor gives"""
    message_cpu_s: float = 0.015
    """our processor for a message that is stored, indexed and told"""
    requests_of_arrival: float = 0.4
    """beside the page that tells of it: a message in five has attachments, asked for in a batch of one"""


@dataclass
class Counted:
    """What was seen. ``late_s``: from when a look was due until it began.

    ``told_here_s``: from when Microsoft told of a message until it was here.
    """

    mailboxes: int
    workers: int
    seconds: float = 0.0
    looks: int = 0
    requests: float = 0.0
    arrivals: int = 0
    notifications: int = 0
    busy_s: float = 0.0
    cpu_s: float = 0.0
    late_s: list[float] = field(default_factory=list)
    told_here_s: list[float] = field(default_factory=list)

    @property
    def requests_an_hour(self) -> float:
        """Of one mailbox."""
        return self.requests / self.mailboxes / self.seconds * 3600

    @property
    def of_places(self) -> float:
        """The share of the workers' places that was taken."""
        return self.busy_s / (self.seconds * self.workers * PLACES)


class Office:
    """Many mailboxes on so many workers. Due looks are taken in their order by whoever has a place free."""

    def __init__(
        self, mailboxes: int, workers: int, load: Load, pace: Pace, seed: int = 1, *, is_overdue: bool = False
    ) -> None:
        self._load, self._chance = load, random.Random(seed)
        self._mailboxes = [
            Mailbox(
                pace,
                BEGIN,
                is_told=self._chance.random() < load.told,
                is_seen=self._chance.random() < load.seen,
            )
            for _ in range(mailboxes)
        ]
        for mailbox in self._mailboxes:
            mailbox.put_to_rest(BEGIN, self._chance)
            if is_overdue:
                mailbox.due_at = mailbox.inbox.due_at = mailbox.other_hot.due_at = BEGIN
        self._free = [(BEGIN, worker) for worker in range(workers) for _ in range(PLACES)]
        self._cpu_free = [BEGIN] * workers
        self._waiting: dict[int, list[datetime]] = {}
        self._due = [(mailbox.due_at, number) for number, mailbox in enumerate(self._mailboxes)]
        heapq.heapify(self._due)
        self.counted = Counted(mailboxes, workers)

    def bring(self, messages_each: float) -> None:
        """So many messages, on average, wait in each mailbox when it begins."""
        for number in range(len(self._mailboxes)):
            whole = int(messages_each) + (self._chance.random() < messages_each % 1)
            if whole:
                self._waiting[number] = [BEGIN] * whole

    def run(self, minutes: float, *, uncounted: float = 0.0) -> Counted:
        """Run for so long; the first ``uncounted`` minutes do not count."""
        until, counted_from = (BEGIN + timedelta(minutes=one) for one in (minutes, uncounted))
        self.counted.seconds = (until - counted_from).total_seconds()
        events = self._events()
        at, number, is_arrival = next(events)
        while True:
            due_at, mailbox = self._next_due()
            if at <= due_at:
                if at > until:
                    return self.counted
                self._happen(at, number, is_arrival=is_arrival, is_counted=at >= counted_from)
                at, number, is_arrival = next(events)
                continue
            heapq.heappop(self._due)
            if due_at > until:
                return self.counted
            self._look(due_at, mailbox, is_counted=due_at >= counted_from)

    def caught_up(self) -> float:
        """Look at each mailbox that is overdue once; the seconds until the last has been looked at."""
        end = BEGIN
        for number in range(len(self._mailboxes)):
            end = max(end, self._look(BEGIN, number, is_counted=True))
        return (end - BEGIN).total_seconds()

    def _next_due(self) -> tuple[datetime, int]:
        while self._due[0][0] != self._mailboxes[self._due[0][1]].due_at:
            heapq.heappop(self._due)
        return self._due[0]

    def _events(self) -> Iterator[tuple[datetime, int, bool]]:
        """Arrivals and deeds at random moments; none is in the far future."""
        load, at = self._load, BEGIN
        an_hour = load.arrivals + load.deeds
        if not an_hour:
            yield datetime.max.replace(tzinfo=UTC), 0, False
        while True:
            at += timedelta(seconds=self._chance.expovariate(len(self._mailboxes) * an_hour / 3600))
            is_arrival = self._chance.random() * an_hour < load.arrivals
            yield at, self._chance.randrange(len(self._mailboxes)), is_arrival

    def _happen(self, at: datetime, number: int, *, is_arrival: bool, is_counted: bool) -> None:
        mailbox = self._mailboxes[number]
        if is_arrival:
            self._waiting.setdefault(number, []).append(at)
        before = mailbox.due_at
        mailbox.notified(at)
        if mailbox.due_at != before:
            heapq.heappush(self._due, (mailbox.due_at, number))
        if is_counted:
            self.counted.arrivals += is_arrival
            self.counted.notifications += mailbox.is_told

    def _look(self, due_at: datetime, number: int, *, is_counted: bool) -> datetime:
        """Look at a mailbox as soon as a place and a processor are free; when that ended."""
        load, mailbox = self._load, self._mailboxes[number]
        free_at, worker = heapq.heappop(self._free)
        begin = max(due_at, free_at)
        arrived = self._waiting.pop(number, [])
        asked = mailbox.look(begin, arrived=len(arrived))
        rounds = asked.rounds + (self._chance.random() < load.requests_of_arrival * len(arrived))
        answered = begin + timedelta(seconds=sum(self._request_s() for _ in range(rounds)))
        cpu_s = load.look_cpu_s + load.message_cpu_s * len(arrived)
        end = max(answered, max(begin, self._cpu_free[worker]) + timedelta(seconds=cpu_s))
        self._cpu_free[worker] = max(begin, self._cpu_free[worker]) + timedelta(seconds=cpu_s)
        heapq.heappush(self._free, (end, worker))
        # It waits from its end on, and is found due with the engine's next tick.
        mailbox.due_at += end - begin + timedelta(seconds=self._chance.uniform(0, _TICK_S))
        heapq.heappush(self._due, (mailbox.due_at, number))
        if is_counted:
            counted = self.counted
            counted.looks += 1
            counted.requests += asked.requests + load.requests_of_arrival * len(arrived)
            counted.busy_s += (end - begin).total_seconds()
            counted.cpu_s += cpu_s
            counted.late_s.append((begin - due_at).total_seconds())
            if mailbox.is_told:
                counted.told_here_s += [(end - at).total_seconds() for at in arrived]
        return end

    def _request_s(self) -> float:
        is_slow = self._chance.random() < 0.01
        return self._load.request_s * (10 if is_slow else self._chance.uniform(0.6, 1.4))
