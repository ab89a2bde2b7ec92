"""Many mailboxes on PostgreSQL, several processes, arriving mail: who hears of it when, and what it costs.

The simulator, PostgreSQL and each process of the installation (``poststelle serve --role …``) are processes
of their own. The mailboxes are opened by the application itself and told of changes; after the first
synchronisation they are put to rest, as they are when nothing has come for some forty minutes. Users with
rights on a sample of the mailboxes, each on its own part of it, have event streams open at the web processes
in turn. Then

- *at rest*: what is used while no mail comes;
- *arriving*: so many messages a second, each to a mailbox chosen by chance. A message's time begins before
  the simulator is asked to receive it, and ends with the StateChange at its user's stream. Afterwards the
  database is asked whether every message is there;
- *a backlog*: the workers are halted while one message each comes to many mailboxes, and then let go: how
  many a second they bring in. The same again with fewer workers (``--against``), the others ended.

Notifications pass through a small proxy in this program, which gives each to the next web process.
Beside its table each phase is one line of JSON, which can be kept; ``plots`` draws them.
"""

import argparse
import json
import os
import random
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.flow.jmap.client import eventually
from tests.flow.jmap.office import Office
from tests.flow.roles.fleet import Fleet, running_fleet
from tests.flow.sim import DOMAIN, Simulator, running_simulator
from tests.pg import cluster
from tests.programs import start_anew

from bench.idle import POLL_S, let_application_in, put_to_rest
from bench.sample import percentile
from bench.spending import Counted, Spending, Watch, postmaster_of
from bench.streams import Stream, wrong

REST_S = 900.0  # sync.schedule.Pace: the longest wait, told
_LINES = 1000  # of one import
_AT_ONCE = 8  # requests of this program
_LONGEST_S = 3600.0
_LATE_S = 120.0  # what is not there by then is lost
_OPTIONS = {"autovacuum": "on", "shared_buffers": "256MB", "max_connections": "200"}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(frozen=True)
class Wanted:
    """What is measured; ``--help`` says what each is."""

    accounts: int
    messages: int
    rate: float
    seconds: float
    webs: int
    workers: int
    against: int
    streams: int
    sample: int
    backlog: int
    is_durable: bool


@dataclass(frozen=True)
class Letter:
    """One message that was made to arrive. ``began_at`` is before Microsoft was asked, on our clock."""

    address: str
    remote: str
    began_at: float


@dataclass(frozen=True)
class Stage:
    """An installation with its mailboxes, their users and streams. ``ids`` are the accounts' by address."""

    simulator: Simulator
    fleet: Fleet
    spending: Spending
    ids: Mapping[str, str]
    streams: Sequence[Stream]
    chance: random.Random

    def pids(self) -> dict[str, int]:
        return {name: pid for name, pid in self.spending.pids.items() if name != "simulator"}


def main(wanted: Wanted) -> None:
    """Measure and print tables."""
    disk = "fsync on" if wanted.is_durable else "fsync off"
    print(
        f"{wanted.accounts:,} mailboxes of {wanted.messages} messages, {wanted.webs} web and {wanted.workers}"
        f" worker processes, PostgreSQL with {disk}, {os.cpu_count()} processors for all, {_load()}\n",
        flush=True,
    )
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        simulator = closing.enter_context(running_simulator(folder / "m365", start=start_anew, is_kept=False))
        options = _OPTIONS | (_DURABLE if wanted.is_durable else {})
        database = closing.enter_context(cluster(options, is_on_disk=wanted.is_durable))
        roles = ["web"] * wanted.webs + ["worker"] * wanted.workers
        fleet = closing.enter_context(
            running_fleet(
                simulator, database, folder / "ours", roles, start=start_anew, is_told=True,
                POLL_SECONDS=str(POLL_S),
            )
        )  # fmt: skip
        pids = _names(fleet) | {"simulator": simulator.process.pid}
        spending = Spending(pids, postmaster_of(database.folder), fleet.database)
        stage = _staged(wanted, simulator, fleet, spending)
        _measure(stage, wanted)
        for stream in stage.streams:
            stream.stop()


def _names(fleet: Fleet) -> dict[str, int]:
    lists = {"web": fleet.webs, "worker": fleet.workers}
    return {f"{role} {n}": one.started.pid for role, all_ in lists.items() for n, one in enumerate(all_, 1)}


def _staged(wanted: Wanted, simulator: Simulator, fleet: Fleet, spending: Spending) -> Stage:
    """Mailboxes, first synchronisation, users, streams; at rest when this returns."""
    simulator.control.set_behaviour(subscriptionHttpLocalhost=True)
    began, before = time.monotonic(), spending.now()
    addresses = [f"post{number:05}@{DOMAIN}" for number in range(wanted.accounts)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda address: _fill(simulator, address, wanted.messages), addresses))
    filled = time.monotonic()
    office = fleet.office()
    ids = _open(office, addresses)
    opened = time.monotonic()
    _wait_until_read(fleet, wanted.accounts)
    after = spending.now()
    requests = len(simulator.control.calls(limit=10_000_000))
    kib = (after.octets - before.octets) / wanted.accounts / 1024
    print(
        f"mailboxes made in {filled - began:.0f} s, opened in {opened - filled:.0f} s, all read and told of"
        f" {time.monotonic() - opened:.0f} s later: {requests / wanted.accounts:.1f} requests and"
        f" {kib:.0f} KiB of database a mailbox, {_load()}\n",
        flush=True,
    )
    chance = random.Random(1)
    streams = _listen(office, fleet, ids, wanted)
    for statement in put_to_rest(REST_S):
        fleet.run_sql(statement)
    return Stage(simulator, fleet, spending, ids, streams, chance)


def _fill(simulator: Simulator, address: str, messages: int) -> None:
    simulator.control.create_mailbox(address)
    simulator.control.receive_count(address, messages)


def _open(office: Office, addresses: Sequence[str]) -> dict[str, str]:
    """Add them in lists and let the application open each; the accounts by address."""
    let_application_in(office.simulator, office.admin)
    ids: dict[str, str] = {}
    for start in range(0, len(addresses), _LINES):
        some = addresses[start : start + _LINES]
        listed = {"addresses": "\n".join(some), "confirm": True}
        lines = office.admin.ok("POST", "/api/accounts/import", listed)["lines"]
        ids |= {address: line["account"] for address, line in zip(some, lines, strict=True)}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda account: _let_open(office, account), ids.values()))
    return ids


def _let_open(office: Office, account: str) -> None:
    """One of ten thousand may meet a machine that is too busy to answer: it is asked again."""
    path = f"/api/accounts/{account}/application"
    eventually(lambda: office.admin.send("POST", path, {"confirm": True}).status < 300, every_s=1)


def _wait_until_read(fleet: Fleet, accounts: int) -> None:
    """Until every mailbox was read to its end and is told of changes."""
    ready = (
        "select count(*) from sync_states s join subscriptions n on n.account_id = s.account_id"
        " where s.phase = 'steady' and n.expires_at is not null"
    )
    eventually(lambda: fleet.rows(ready)[0][0] == accounts, _LONGEST_S, every_s=1)


def _listen(office: Office, fleet: Fleet, ids: Mapping[str, str], wanted: Wanted) -> list[Stream]:
    """Users with rights on as many parts of the sample, each with a stream at the next web process."""
    sample = list(ids.values())[: wanted.sample]
    streams = []
    for number in range(wanted.streams):
        own = sample[number :: wanted.streams]
        login = f"leser{number}"
        person = office.person(login)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(partial(office.assign, login=login, level="read"), own))
        web = fleet.webs[number % len(fleet.webs)]
        streams.append(Stream(fleet.at(web, person), frozenset(own)))
    for stream in streams:
        stream.start()
    return streams


def _measure(stage: Stage, wanted: Wanted) -> None:
    rest = _at_rest(stage, wanted)
    _arriving(stage, wanted, rest)
    _backlog(stage, wanted, wanted.workers)
    if 0 < wanted.against < wanted.workers:
        for worker in stage.fleet.workers[wanted.against :]:
            stage.fleet.processes.remove(worker)
            worker.stop()
        stage.fleet.has_settled()
        for number in range(wanted.against + 1, wanted.workers + 1):
            del stage.spending.pids[f"worker {number}"]
        _arriving(stage, wanted, rest)
        _backlog(stage, wanted, wanted.against)


def _at_rest(stage: Stage, wanted: Wanted) -> dict[str, float]:
    """The share of a processor that each uses while no mail comes."""
    stage.simulator.control.clear_calls()
    before = stage.spending.now()
    time.sleep(wanted.seconds / 2)
    after = stage.spending.now()
    took, calls = after.at - before.at, len(stage.simulator.control.calls(limit=10_000_000))
    core = after.core(before)
    an_hour = calls / took * 3600 / wanted.accounts
    print(
        f"at rest: {calls / took:.1f} requests a second, {an_hour:.0f} a mailbox and hour;"
        f" {_transactions(before, after)}; of a processor {_shares(core)}; {_load()}\n",
        flush=True,
    )
    _tell(stage, wanted, "at rest", requests_a_second=calls / took, requests_an_hour=an_hour, processors=core)
    return core


def _arriving(stage: Stage, wanted: Wanted, rest: Mapping[str, float]) -> None:
    """Mail at the wanted rate; who heard of it when."""
    stage.simulator.control.clear_calls()
    watch, sizes = Watch(stage.pids()), [stage.spending.now()]
    watch.start()
    letters: list[Letter] = []
    held_before = _held(stage)
    for _ in range(4):
        letters += _send(stage, wanted.rate, wanted.seconds / 4)
        sizes.append(stage.spending.now())
    lag = sizes[-1].at - sizes[0].at - wanted.seconds
    _wait_for(stage, held_before + len(letters))
    modseqs = _arrived(stage, letters)
    with suppress(AssertionError):  # then they are counted
        eventually(lambda: not _unheard(stage, letters, modseqs), 10, every_s=0.2)
    took_s = _heard_after(stage, letters, modseqs)
    held = watch.stop()
    calls = len(stage.simulator.control.calls(limit=10_000_000))
    core, took = sizes[-1].core(sizes[0]), sizes[-1].at - sizes[0].at
    figures = {
        "sent": len(letters),
        "heard": len(took_s),
        "p50_s": percentile(took_s, 0.5),
        "p95_s": percentile(took_s, 0.95),
        "longest_s": max(took_s, default=0.0),
        "wrong": wrong(stage.streams),
        "unheard": len(_unheard(stage, letters, modseqs)),
        "lost": len(letters) - len(modseqs),
        "processors": core,
        "ms_a_message": {
            name: (share - rest.get(name, 0)) * took / len(letters) * 1000 for name, share in core.items()
        },
        "mib": {name: _memory(octets) for name, octets in held.items() if octets},
        "requests_a_message": calls / len(letters),
        "kib_a_message": [(b.octets - a.octets) / (len(letters) / 4) / 1024 for a, b in pairwise(sizes)],
    }
    print(
        f"{len(letters):,} messages arriving, {wanted.rate:g} a second (sent {lag:+.1f} s late),"
        f" {len(stage.fleet.workers)} worker(s):\n"
    )
    _show_arriving(figures, len(stage.streams))
    print(f"{_transactions(sizes[0], sizes[-1])}; {_load()}\n", flush=True)
    _tell(stage, wanted, "arriving", **figures)


def _show_arriving(figures: Mapping[str, Any], streams: int) -> None:
    """Two tables: who heard, and what each process used."""
    print("| to the right stream | p50 | p95 | longest | heard by the wrong | not heard | lost |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    print(
        f"| {figures['heard']:,} at {streams} streams | {figures['p50_s']:.2f} s | {figures['p95_s']:.2f} s"
        f" | {figures['longest_s']:.2f} s | {figures['wrong']} | {figures['unheard']} | {figures['lost']} |\n"
    )
    print("| | of a processor | ms a message | MiB at first, half, end, most |\n| --- | --- | --- | --- |")
    for name, share in figures["processors"].items():
        mib = ", ".join(f"{one:.0f}" for one in figures["mib"].get(name, ()))
        print(f"| {name} | {share:.0%} | {figures['ms_a_message'][name]:.1f} | {mib} |")
    grown = ", ".join(f"{one:.1f}" for one in figures["kib_a_message"])
    print(
        f"\ndatabase, KiB a message in each quarter: {grown};"
        f" {figures['requests_a_message']:.1f} requests a message; ",
        end="",
    )


def _tell(stage: Stage, wanted: Wanted, phase: str, **figures: Any) -> None:
    """A phase as one line of JSON; ``processors`` are shares of one, ``mib`` at first, half, end and most."""
    about = {
        "phase": phase,
        "accounts": wanted.accounts,
        "webs": len(stage.fleet.webs),
        "workers": len(stage.fleet.workers),
        "rate": wanted.rate,
        "streams": len(stage.streams),
        "is_durable": wanted.is_durable,
        "load": os.getloadavg()[0],
    }
    print(json.dumps({"scale": _rounded(about | figures)}) + "\n", flush=True)


def _rounded(value: Any) -> Any:
    """To what was really measured: three places."""
    match value:
        case float():
            return round(value, 3)
        case dict():
            return {key: _rounded(one) for key, one in value.items()}
        case list() | tuple():
            return [_rounded(one) for one in value]
    return value


def _send(stage: Stage, rate: float, seconds: float) -> list[Letter]:
    """At times that do not depend on how long each takes."""
    addresses, began = list(stage.ids), time.monotonic()

    def at(number: int) -> Letter:
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        return _receive(stage, stage.chance.choice(addresses))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(at, range(int(rate * seconds))))


def _receive(stage: Stage, address: str) -> Letter:
    began_at = time.monotonic()
    [remote] = stage.simulator.control.receive(address, subject="Anfrage")
    return Letter(address, remote, began_at)


def _held(stage: Stage) -> int:
    """How many messages lie in all folders; asking for it costs little."""
    [(total,)] = stage.fleet.rows("select sum(total) from folders")
    return int(total)


def _wait_for(stage: Stage, total: int) -> None:
    """Until so many are there, or what is not there yet counts as lost."""
    with suppress(AssertionError):
        eventually(lambda: _held(stage) >= total, _LATE_S, every_s=0.1)


def _arrived(stage: Stage, letters: Sequence[Letter]) -> dict[str, int]:
    """The modseq with which each was stored, by its id at Microsoft; those that did not come are left out."""
    rows = stage.fleet.rows(
        "select m.remote_id, c.modseq from messages m join changes c on c.account_id = m.account_id"
        " and c.type = 'Email' and c.object_id = m.id and c.op = 'created' where m.remote_id = any(%s)",
        [letter.remote for letter in letters],
    )
    return dict(rows)


def _heard_after(stage: Stage, letters: Sequence[Letter], modseqs: Mapping[str, int]) -> list[float]:
    """The seconds until each message of the sample was told to its user's stream."""
    found = (_told_at(stage, letter, modseqs) for letter in letters)
    return [at - letter.began_at for letter, at in zip(letters, found, strict=True) if at is not None]


def _unheard(stage: Stage, letters: Sequence[Letter], modseqs: Mapping[str, int]) -> list[Letter]:
    """What some stream should have told, and has not."""
    sample = frozenset[str]().union(*(stream.accounts for stream in stage.streams))
    return [
        letter
        for letter in letters
        if stage.ids[letter.address] in sample and _told_at(stage, letter, modseqs) is None
    ]


def _told_at(stage: Stage, letter: Letter, modseqs: Mapping[str, int]) -> float | None:
    account = stage.ids[letter.address]
    for stream in stage.streams:
        if account in stream.accounts and letter.remote in modseqs:
            return stream.first(account, modseqs[letter.remote], letter.began_at)
    return None


def _backlog(stage: Stage, wanted: Wanted, workers: int) -> None:
    """How many messages a second so many workers bring in, when all are there to be brought in."""
    addresses = stage.chance.sample(list(stage.ids), min(wanted.backlog, len(stage.ids)))
    for worker in stage.fleet.workers:
        worker.started.send_signal(signal.SIGSTOP)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        letters = list(pool.map(lambda address: _receive(stage, address), addresses))
    stage.simulator.control.settle(30)
    held_before = _held(stage)
    before = stage.spending.now()
    for worker in stage.fleet.workers:
        worker.started.send_signal(signal.SIGCONT)
    _wait_for(stage, held_before + len(letters))
    after = stage.spending.now()
    there = _arrived(stage, letters)
    took = after.at - before.at
    core = after.core(before)
    print(
        f"a backlog of {len(letters):,} with {workers} worker(s): {len(there) / took:.0f} messages a second"
        f" ({took:.1f} s, {len(letters) - len(there)} lost); {_transactions(before, after)}; of a processor"
        f" {_shares(core)}, in all {sum(core.values()):.0%}; {_load()}\n",
        flush=True,
    )
    _tell(
        stage, wanted, "backlog", sent=len(letters), took_s=took, messages_a_second=len(there) / took,
        lost=len(letters) - len(there), processors=core,
    )  # fmt: skip


def _transactions(before: Counted, after: Counted) -> str:
    took = after.at - before.at
    done, back = after.transactions - before.transactions, after.rolled_back - before.rolled_back
    return f"{done / took:.0f} transactions a second, {back} in all taken back"


def _shares(core: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in core.items())


def _memory(held: Sequence[int]) -> list[float]:
    """In MiB: at first, half, end, and most."""
    return [octets / 2**20 for octets in (held[0], held[len(held) // 2], held[-1], max(held))]


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--accounts", type=int, default=100, help="mailboxes (default: %(default)s)")
    parser.add_argument("--messages", type=int, default=3, help="in each at first (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=10, help="messages a second (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20, help="of arriving mail (default: %(default)s)")
    parser.add_argument("--web", type=int, default=2, help="processes that answer (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes that work (default: %(default)s)")
    parser.add_argument(
        "--against", type=int, default=1, help="and with so many; 0: not (default: %(default)s)"
    )
    parser.add_argument("--streams", type=int, default=10, help="users who listen (default: %(default)s)")
    parser.add_argument(
        "--sample", type=int, default=100, help="mailboxes listened to (default: %(default)s)"
    )
    parser.add_argument("--backlog", type=int, default=100, help="mailboxes with mail at once")
    parser.add_argument(
        "--durable", action="store_true", help="PostgreSQL waits for the disk, and lies there"
    )
    o = parser.parse_args()
    main(
        Wanted(
            o.accounts, o.messages, o.rate, o.seconds, o.web, o.workers, o.against,
            o.streams, min(o.sample, o.accounts), o.backlog, o.durable,
        )
    )  # fmt: skip
