"""What so many mailboxes need, on paper: requests, notifications, rows, processors, machines.

Each figure is an assumption (``Day``, ``Load``), was measured by another benchmark (``Costs``), is
Microsoft's limit (``Limits``), or is made from them here. When the mailboxes are looked at, how many requests
that makes and how many workers it takes comes of the scheduler in virtual time (``timetable``).
``docs/capacity.md`` shows the result and says what it leaves out.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from bench.timetable import PLACES, Counted, Load, Office, percentile
from poststelle.providers.graph.subscriptions import LIFETIMES
from poststelle.settings import guardian
from poststelle.sync.checker import _NIGHT
from poststelle.sync.notify import _renew_after
from poststelle.sync.schedule import Pace

SIZES = (1_000, 10_000, 100_000, 1_000_000)
SAMPLE = 4_000
"""So many mailboxes are simulated at most, and stand for all."""
PACE = Pace(poll_s=8.0)  # as by default

HOURS: dict[str, Load] = {
    "night": Load(seen=0.0, arrivals=0.6, deeds=0.1),
    "a working hour": Load(),
    "Monday at 8:00": Load(seen=0.5, arrivals=10.0, deeds=30.0),
}
PEAK = "Monday at 8:00"
_LATE_S = 1.0  # what is due is to be begun by then, 95 times in 100
_PROCESSORS = 16  # of a machine
_SHARE = 0.6  # of the workers' places and processors, at the peak


@dataclass(frozen=True)
class Limits:
    """Microsoft's, as far as they are told (see the notes of docs/capacity.md)."""

    requests_of_app: float = 2_000.0
    """a second, of one app registration over all tenants; older text of the throttling guide"""
    requests_of_mailbox: float = 10_000.0
    """in ten minutes, of one app registration"""
    subscription_calls: float = 250.0
    """a second (5,000 in 20 seconds), of one app registration in one tenant"""
    token: timedelta = timedelta(minutes=75)
    """life of an access token: 60 to 90 minutes, this on average ("Access token lifetime")"""
    subscription: timedelta = LIFETIMES[-1]
    """life of a subscription, the shortest that we ask for"""

    @property
    def life(self) -> timedelta:
        """How long a subscription tells: nothing is told any more once the token is over that it was asked
        with (``sync.notify``)."""
        return min(self.subscription, self.token)


@dataclass(frozen=True)
class Day:
    """What an office's mailbox is like. Assumptions."""

    held: int = 20_000
    """messages in a mailbox when it is connected"""
    working_hours: float = 9.0
    working_days: int = 250
    reads_of_seen: float = 120.0
    """requests of an open page in an hour: lists, messages, searches"""
    with_files: float = 0.2
    """share of messages that have attachments: each list is a request of its own in a batch of twenty"""
    octets_of_read: float = 25_000.0
    """of such an answer, compressed"""
    octets_of_page: float = 4_200.0
    """of a message in a page of Microsoft's (measured: first_sync)"""
    octets_of_files: float = 30_000.0
    """attachments that are opened or sent here, for each message that arrives"""


@dataclass(frozen=True)
class Costs:
    """Measured; where, stands beside. Processor seconds."""

    look: float = 0.008
    """of a worker, for a look on PostgreSQL (looks: 7.9 ms at load 3, 18 at load 12; SQLite 3.8)"""
    look_of_database: float = 0.0025
    """of PostgreSQL (looks: 2.1 ms)"""
    message: float = 0.007
    """of a worker, for a message beside its look, its words put into the index (looks: 6.4; scale: less)"""
    message_of_database: float = 0.005
    """of PostgreSQL (looks: 2.8 ms; scale: 4)"""
    message_of_web: float = 0.003
    """of the processes that answer: the notification, and the page that is told (scale: 1.1 to 2.2 ms)"""
    read: float = 0.0045
    """of the processes that answer, for a request of a page (growth: a list, a message 2.8, a search 5)"""
    read_of_database: float = 0.0025
    """of PostgreSQL (growth)"""
    deed: float = 0.012
    """of a worker and the processes that answer, for a change (growth: a flag 8; 4 for the batch assumed)"""
    deed_of_database: float = 0.009
    """of PostgreSQL (growth: a flag 6; 3 for the batch assumed)"""
    octets: float = 10_500.0
    """of database for each message, with indexes and words (growth, PostgreSQL)"""
    rows: float = 7.3
    """of database for each message (growth: 7.0, without attachments)"""
    check: float = 0.00009
    """of a worker, for a message that is compared (first_sync)"""
    lists_of_check: float = 0.00145
    """requests for each message that is compared (first_sync)"""
    first: float = 0.0006
    """of a worker, for a message that is read for the first time (growth, first_sync)"""
    first_of_database: float = 0.0007
    """of PostgreSQL (growth)"""
    pages_of_first: float = 0.0039
    """requests for each message that is read for the first time, attachments aside (first_sync)"""
    octets_of_process: float = 220e6
    """memory (scale)"""


DAY, COSTS, LIMITS = Day(), Costs(), Limits()


@dataclass(frozen=True)
class Busy:
    """One kind of hour at so many mailboxes: figures a second, processors, and what people see of it."""

    hour: str
    mailboxes: int
    requests: float
    looks: float
    arrivals: float
    notifications: float
    reads: float
    workers: int
    of_places: float
    late_p95_s: float
    told_here_p95_s: float
    processors: float
    processors_of_web: float
    processors_of_database: float


@dataclass(frozen=True)
class Need:
    """What so many mailboxes need."""

    mailboxes: int
    busy: Sequence[Busy]
    workers: int
    webs: int
    caught_up_s: float
    caught_up_requests: float
    renewals: float
    """of subscriptions, a second"""
    tokens: float
    """renewed, a second, where each mailbox has a sign-in of its own"""
    checks: float
    """requests of the nightly comparison, a second, in its two hours"""
    processors_of_checks: float
    first_requests: float
    """to read all mailboxes for the first time, in all"""
    first_processor_s: float
    """for that, in all, with PostgreSQL's"""
    rows: float
    database: float
    """octets, with what is there at first"""
    database_a_year: float
    files_a_year: float
    in_mbit: float
    out_mbit: float

    @property
    def peak(self) -> Busy:
        return next(one for one in self.busy if one.hour == PEAK)

    @property
    def apps(self) -> int:
        """App registrations, by Microsoft's limit on one, for the peak or the night's checks."""
        night = next(one for one in self.busy if one.hour == "night")
        most = max(self.peak.requests, night.requests + self.checks) + self.renewals
        return math.ceil(most / LIMITS.requests_of_app)


def _arrivals_a_year() -> float:
    """Messages of a mailbox: in its working hours, and in all others."""
    working = DAY.working_days * DAY.working_hours
    others = 365 * 24 - working
    return working * HOURS["a working hour"].arrivals + others * HOURS["night"].arrivals


def need(mailboxes: int) -> Need:
    """The whole sum for so many."""
    sample = min(mailboxes, SAMPLE)
    share = mailboxes / sample
    workers = _workers(sample)
    counted = {hour: _run(hour, sample, workers) for hour in HOURS}
    busy = tuple(_busy(hour, one, share) for hour, one in counted.items())
    peak = next(one for one in busy if one.hour == PEAK)
    caught_up_s, at_once = _after_outage(sample, workers)
    a_year = mailboxes * _arrivals_a_year()
    whole = mailboxes * DAY.held
    reads_mbit = peak.reads * DAY.octets_of_read * 8 / 1e6
    pages = peak.arrivals * (DAY.octets_of_page + DAY.octets_of_files) + peak.requests * 1_000
    checked = whole / _NIGHT.total_seconds()
    return Need(
        mailboxes=mailboxes,
        busy=busy,
        workers=math.ceil(workers * share),
        webs=max(1, math.ceil(peak.processors_of_web / _SHARE)),
        caught_up_s=caught_up_s,
        caught_up_requests=at_once * share,
        renewals=mailboxes * HOURS[PEAK].told / _mean_s(lambda x: _renew_after(LIMITS.life, lambda: x)),
        tokens=mailboxes / _mean_s(lambda x: guardian._IN_USE + guardian._SPREAD_IN_USE * x),
        checks=checked * COSTS.lists_of_check,
        processors_of_checks=checked * COSTS.check,
        first_requests=whole * (COSTS.pages_of_first + DAY.with_files * 1.05),
        first_processor_s=whole * (COSTS.first + COSTS.first_of_database),
        rows=whole * COSTS.rows,
        database=whole * COSTS.octets,
        database_a_year=a_year * COSTS.octets,
        files_a_year=a_year * DAY.octets_of_files,
        in_mbit=pages * 8 / 1e6,
        out_mbit=reads_mbit,
    )


def _mean_s(after: Callable[[float], timedelta]) -> float:
    """The mean of a wait that is spread by chance."""
    return sum(after(n / 10).total_seconds() for n in range(11)) / 11


def _load(hour: str) -> Load:
    return replace(HOURS[hour], look_cpu_s=COSTS.look, message_cpu_s=COSTS.message)


@cache
def _run(hour: str, sample: int, workers: int) -> Counted:
    office = Office(sample, workers, _load(hour), PACE)
    return office.run(60, uncounted=20)


@cache
def _workers(sample: int) -> int:
    """The fewest for the peak: their places and processors used by ``_SHARE``, what is due begun in time."""
    free = _run(PEAK, sample, sample)
    places = free.busy_s / free.seconds / PLACES
    workers = max(1, math.ceil(max(places, free.cpu_s / free.seconds) / _SHARE))
    while percentile(_run(PEAK, sample, workers).late_s, 0.95) > _LATE_S:
        workers += 1
    return workers


@cache
def _after_outage(sample: int, workers: int) -> tuple[float, float]:
    """All are overdue and an hour's mail waits: seconds until the last was read, requests a second."""
    office = Office(sample, workers, _load("a working hour"), PACE, is_overdue=True)
    office.bring(HOURS["a working hour"].arrivals)
    seconds = office.caught_up()
    return seconds, office.counted.requests / seconds


def _busy(hour: str, counted: Counted, share: float) -> Busy:
    load = HOURS[hour]

    def a_second(total: float) -> float:
        return total / counted.seconds * share

    mailboxes = round(counted.mailboxes * share)
    arrivals, looks = a_second(counted.arrivals), a_second(counted.looks)
    reads = mailboxes * load.seen * DAY.reads_of_seen / 3600
    deeds = mailboxes * load.deeds / 3600
    return Busy(
        hour=hour,
        mailboxes=mailboxes,
        requests=a_second(counted.requests) + 2 * deeds,  # a deed is a batch with one part
        looks=looks,
        arrivals=arrivals,
        notifications=a_second(counted.notifications),
        reads=reads,
        workers=math.ceil(counted.workers * share),
        of_places=counted.of_places,
        late_p95_s=percentile(counted.late_s, 0.95),
        told_here_p95_s=percentile(counted.told_here_s, 0.95),
        processors=looks * COSTS.look + arrivals * COSTS.message,
        processors_of_web=arrivals * COSTS.message_of_web + reads * COSTS.read + deeds * COSTS.deed,
        processors_of_database=(
            looks * COSTS.look_of_database
            + arrivals * COSTS.message_of_database
            + reads * COSTS.read_of_database
            + deeds * COSTS.deed_of_database
        ),
    )


def main(sizes: Sequence[int]) -> None:
    """Print the tables, and one line of JSON for the plots."""
    needs = [need(size) for size in sizes]
    for line in tables(needs):
        print(line, flush=True)
    print("\n" + json.dumps({"capacity": [asdict(one) | {"apps": one.apps} for one in needs]}), flush=True)


def kept(needs: Sequence[dict[str, Any]]) -> list[Need]:
    """What a kept line of JSON says."""
    return [
        Need(
            **{k: v for k, v in one.items() if k not in ("apps", "busy")},
            busy=[Busy(**b) for b in one["busy"]],
        )
        for one in needs
    ]


def tables(needs: Sequence[Need]) -> Iterable[str]:
    """In Markdown, as docs/capacity.md shows them."""
    yield from _table("mailboxes", needs, _rows())
    for hour in HOURS:
        rows = _rows_of_hour()
        chosen = [next(busy for busy in one.busy if busy.hour == hour) for one in needs]
        yield ""
        yield from _table(hour, chosen, rows)


def _table(
    name: str, columns: Sequence[Any], rows: Iterable[tuple[str, Callable[[Any], str]]]
) -> Iterable[str]:
    yield f"| {name} | " + " | ".join(f"{one.mailboxes:,}" for one in columns) + " |"
    yield "| --- |" + " ---: |" * len(columns)
    for label, shown in rows:
        yield f"| {label} | " + " | ".join(shown(one) for one in columns) + " |"


def _rows() -> Iterable[tuple[str, Callable[[Need], str]]]:
    return (
        ("worker processes", lambda n: f"{n.workers:,}"),
        ("web processes", lambda n: f"{n.webs:,}"),
        ("machines of 16 processors for both", lambda n: f"{_machines(n):,}"),
        ("processors of PostgreSQL", lambda n: _n(math.ceil(n.peak.processors_of_database / _SHARE))),
        ("memory of the processes", lambda n: _octets((n.workers + n.webs) * COSTS.octets_of_process)),
        ("after an hour's outage, all read again after", lambda n: f"{n.caught_up_s / 60:.1f} min"),
        ("… and requests a second meanwhile", lambda n: _n(n.caught_up_requests)),
        ("… at 2,000 requests a second", lambda n: f"{_at_limit_s(n) / 60:.1f} min"),
        ("app registrations for the peak and the night", lambda n: str(n.apps)),
        ("subscriptions renewed a second", lambda n: _n(n.renewals)),
        ("tokens renewed a second", lambda n: _n(n.tokens)),
        ("nightly check: requests a second", lambda n: _n(n.checks)),
        ("nightly check: processors", lambda n: _n(n.processors_of_checks)),
        ("first reading: hours at 2,000 requests a second", lambda n: _n(_hours(n))),
        ("first reading: hours of a processor", lambda n: _n(n.first_processor_s / 3600)),
        ("rows at first", lambda n: _si(n.rows)),
        ("database at first", lambda n: _octets(n.database)),
        ("database a year", lambda n: _octets(n.database_a_year)),
        ("files a year", lambda n: _octets(n.files_a_year)),
        (
            "network at the peak, from Microsoft, to people",
            lambda n: f"{_n(n.in_mbit)}, {_n(n.out_mbit)} Mbit/s",
        ),
    )


def _rows_of_hour() -> Iterable[tuple[str, Callable[[Busy], str]]]:
    return (
        ("requests to Microsoft a second", lambda b: _n(b.requests)),
        ("… of one mailbox in an hour", lambda b: _n(b.requests / b.mailboxes * 3600)),
        ("looks a second", lambda b: _n(b.looks)),
        ("messages arriving a second", lambda b: _n(b.arrivals)),
        ("notifications a second", lambda b: _n(b.notifications)),
        ("requests of pages a second", lambda b: _n(b.reads)),
        ("of the workers' places", lambda b: f"{b.of_places:.0%}"),
        ("due, until begun, p95", lambda b: f"{b.late_p95_s:.2f} s"),
        ("told, until here, p95", lambda b: f"{b.told_here_p95_s:.2f} s"),
        ("processors: workers", lambda b: _n(b.processors)),
        ("processors: web", lambda b: _n(b.processors_of_web)),
        ("processors: PostgreSQL", lambda b: _n(b.processors_of_database)),
    )


def _machines(needed: Need) -> int:
    """Their processors used by ``_SHARE`` at the peak; PostgreSQL and the objects lie elsewhere."""
    processors = needed.peak.processors + needed.peak.processors_of_web
    return math.ceil(processors / _SHARE / _PROCESSORS)


def _at_limit_s(needed: Need) -> float:
    """The same with one app registration, which Microsoft lets ask no faster."""
    requests = needed.caught_up_s * needed.caught_up_requests
    return max(needed.caught_up_s, requests / LIMITS.requests_of_app)


def _hours(needed: Need) -> float:
    """With one app registration."""
    return needed.first_requests / LIMITS.requests_of_app / 3600


def _n(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:,.1f}" if value >= 1 else f"{value:.2f}"


def _si(value: float) -> str:
    for unit, name in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:.1f}{name}"
    return f"{value:.0f}"


def _octets(value: float) -> str:
    return f"{_si(value)}B"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.capacity", description=__doc__)
    parser.add_argument("--mailboxes", type=int, action="append", help="may be said several times")
    options = parser.parse_args()
    main(options.mailboxes or SIZES)
