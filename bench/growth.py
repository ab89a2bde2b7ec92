"""What grows with the messages of a mailbox, and with the mailboxes of an installation.

One mailbox grows to each size in turn, and so does an installation of small mailboxes; at each size a server
is started on the database and asked for a list, a search, a message and a flag, again and again. Counted is
processor time, the server's and PostgreSQL's: where other programs run it says more than the clock, which is
told beside it. Arrivals are put in through the store, as a pull does it, and their words into the index; a
look's claim is the scheduler's. Each figure is one line of JSON; ``plots`` draws them.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

import psycopg
from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.office import ADMIN, SECRET, Office, running_server
from tests.flow.sim import Simulator, running_simulator
from tests.pg import cluster
from tests.programs import start_anew

from bench import search
from bench.process import cpu_s
from bench.spending import postmaster_of, with_children_s
from poststelle.lib.clock import SystemClock
from poststelle.lib.ids import encode_id
from poststelle.mail import ingest
from poststelle.model.account import AccountState
from poststelle.model.ids import ACCOUNT, AccountId, FolderId
from poststelle.providers.base import DeltaPage, RemoteMessage
from poststelle.store import accounts, open_store, sync_states
from poststelle.store.tx import Store, Tx

MESSAGES = (10_000, 100_000)
ACCOUNTS = (10, 100, 1_000)
OF_ACCOUNT = 20
"""Messages of each mailbox, where there are many."""
ROWS = "database, rows a message"
_PAGE = 200
_OPTIONS = {"shared_buffers": "512MB"}  # without fsync, as tests use it: processor time is what counts here
_REPEAT = 60
_ARRIVALS = 100
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_PROPERTIES = ["threadId", "mailboxIds", "keywords", "from", "subject", "receivedAt", "preview"]


@dataclass(frozen=True)
class Figure:
    """``size``: messages or mailboxes. ``cpu_ms`` is our processor, ``database_ms`` PostgreSQL's."""

    curve: str
    engine: str
    size: int
    measure: str
    cpu_ms: float
    database_ms: float
    clock_ms: float
    load: float


@dataclass(frozen=True)
class Place:
    """Where all is: the database's address, its PostgreSQL's first process, and the server's folder.

    ``repeat``: how often each request is made.
    """

    engine: str
    url: str
    postmaster: int | None
    folder: Path
    simulator: Simulator
    repeat: int

    def database_s(self) -> float:
        """The processor time that PostgreSQL has used so far."""
        return 0.0 if self.postmaster is None else with_children_s(self.postmaster)

    def octets(self) -> int:
        """How large the database is."""
        if self.postmaster is None:
            return sum(file.stat().st_size for file in self.folder.glob("server/poststelle.db*"))
        return int(self.row("select pg_database_size(current_database())"))

    def row(self, statement: str) -> Any:
        """The only value of a statement at PostgreSQL."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(statement.encode()).fetchone()
            return None if found is None else found[0]

    def analyze(self) -> None:
        """As autovacuum would in time."""
        if self.postmaster is not None:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("vacuum analyze")


class Meter:
    """Tells figures as lines of JSON."""

    def __init__(self, place: Place, curve: str) -> None:
        self.place, self._curve = place, curve

    def measure(self, size: int, name: str, pid: int | None, times: int, work: Callable[[], object]) -> None:
        """What one of ``times`` cost; ``pid`` None: this process."""
        began, used, database = time.perf_counter(), _cpu(pid), self.place.database_s()
        for _ in range(times):
            work()
        self.tell(
            size,
            name,
            1000 * (_cpu(pid) - used) / times,
            1000 * (self.place.database_s() - database) / times,
            1000 * (time.perf_counter() - began) / times,
        )

    def tell(self, size: int, name: str, cpu_ms: float, database_ms: float = 0, clock_ms: float = 0) -> None:
        rounded = [round(one, 3) for one in (cpu_ms, database_ms, clock_ms)]
        load = round(os.getloadavg()[0], 1)
        print(
            json.dumps(asdict(Figure(self._curve, self.place.engine, size, name, *rounded, load))), flush=True
        )

    def tell_octets(self, size: int, messages: int) -> None:
        """How large the database is for each message, in KiB, and how many rows (PostgreSQL tells them)."""
        self.tell(size, "database, KiB a message", self.place.octets() / messages / 1024)
        if self.place.postmaster is not None:
            rows = self.place.row("select sum(n_live_tup) from pg_stat_user_tables")
            self.tell(size, ROWS, float(rows) / messages)


def _cpu(pid: int | None) -> float:
    return time.process_time() if pid is None else cpu_s(pid)


def main(engines: Sequence[str], messages: Sequence[int], accounts: Sequence[int], repeat: int) -> None:
    """Measure each curve on each engine."""
    for engine in engines:
        for curve, sizes in (("messages", messages), ("accounts", accounts)):
            if sizes:
                with _place(engine, repeat) as place:
                    (_grow_mailbox if curve == "messages" else _grow_office)(place, sorted(sizes))


@contextmanager
def _place(engine: str, repeat: int) -> Iterator[Place]:
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        (folder / "server").mkdir(mode=0o700)
        simulator = closing.enter_context(running_simulator(folder / "m365", start=start_anew))
        if engine == "sqlite":
            url = f"sqlite:///{folder / 'server' / 'poststelle.db'}"
            yield Place(engine, url, None, folder, simulator, repeat)
            return
        database = closing.enter_context(cluster(_OPTIONS, is_on_disk=True))
        url, postmaster = database.new_database(), postmaster_of(database.folder)
        yield Place(engine, url, postmaster, folder, simulator, repeat)


def _grow_mailbox(place: Place, sizes: Sequence[int]) -> None:
    meter, made = Meter(place, "messages"), search.messages(max(sizes) + _ARRIVALS * len(sizes))
    account, inbox = asyncio.run(_with_store(place, _new_mailbox))
    held = 0
    for size in sizes:
        new = size - held
        asyncio.run(_with_store(place, _read_first, meter, size, (account, inbox), islice(made, new), new))
        place.analyze()
        meter.tell_octets(size, size)
        _ask(place, meter, size, [account])
        _arrive(place, meter, size, [(account, inbox)], made)
        held = size + _ARRIVALS


def _grow_office(place: Place, sizes: Sequence[int]) -> None:
    meter, made = Meter(place, "accounts"), search.messages((max(sizes) + 1) * OF_ACCOUNT + 10_000)
    boxes: list[tuple[AccountId, FolderId]] = []
    for size in sizes:
        new = asyncio.run(_with_store(place, _new_mailboxes, range(len(boxes), size), made))
        boxes += new
        place.analyze()
        meter.tell_octets(size, size * OF_ACCOUNT)
        spread = boxes[:: max(1, len(boxes) // 10)]
        _ask(place, meter, size, [account for account, _ in spread])
        _arrive(place, meter, size, spread, made)
        _claim(place, meter, size)


async def _with_store(place: Place, work: Callable[..., Any], *args: Any, **more: Any) -> Any:
    async def nobody(_: object) -> None:
        """Nobody is told."""

    store = await open_store(place.url, nobody, SystemClock())
    try:
        return await work(store, *args, **more)
    finally:
        await store.close()


async def _new_mailbox(store: Store, address: str = "desk@bench.example") -> tuple[AccountId, FolderId]:
    return await store.write(search.new_account, address)


async def _read_first(
    store: Store,
    meter: Meter,
    size: int,
    box: tuple[AccountId, FolderId],
    made: Iterator[RemoteMessage],
    new: int,
) -> None:
    """Measured while its connections are there: what those that have ended used is not told everywhere."""
    began, used, database = time.perf_counter(), time.process_time(), meter.place.database_s()
    await _put_in(store, *box, list_of=made)
    meter.tell(
        size,
        "first read, stored and indexed",
        1000 * (time.process_time() - used) / new,
        1000 * (meter.place.database_s() - database) / new,
        1000 * (time.perf_counter() - began) / new,
    )


async def _put_in(
    store: Store, account: AccountId, inbox: FolderId, *, list_of: Iterator[RemoteMessage]
) -> None:
    while some := tuple(islice(list_of, _PAGE)):
        page = DeltaPage(some, frozenset(), "n", None)
        await store.write(ingest.apply_page, account, inbox, page, is_sweep=False, now=_NOW)
    await search.index(store, account)


async def _new_mailboxes(
    store: Store, numbers: range, made: Iterator[RemoteMessage]
) -> list[tuple[AccountId, FolderId]]:
    found = []
    for number in numbers:
        account, inbox = await _new_mailbox(store, f"desk{number}@bench.example")
        await _put_in(store, account, inbox, list_of=islice(made, OF_ACCOUNT))
        found.append((account, inbox))
    return found


def _ask(place: Place, meter: Meter, size: int, accounts: Sequence[AccountId]) -> None:
    """Over HTTP, one mailbox after the other in turn, as somebody with a right on these."""
    ids = [encode_id(ACCOUNT, account) for account in accounts]
    settings = {"POSTSTELLE_DATABASE": place.url}
    with running_server(place.folder / "server", place.simulator, start=start_anew, **settings) as server:
        office = Office(place.simulator, server, Client(server.url).log_in(ADMIN, SECRET))
        login = f"leser{size}"
        person = office.person(login)
        for account in ids:
            office.assign(account, login)
        eventually(lambda: not person.sync_state(ids[0])["toIndex"], 600)
        _wait_for_rest(server.process.pid)
        inboxes = {account: person.folder(account, "inbox")["id"] for account in ids}
        emails = {account: _newest(person, account, inboxes[account]) for account in ids}
        turn, pid = count(), server.process.pid

        def in_turn(work: Callable[[str, int], object]) -> Callable[[], object]:
            def once() -> object:
                number = next(turn)
                return work(ids[number % len(ids)], number)

            return once

        def listed(where: dict[str, Any]) -> Callable[[str, int], object]:
            def once(account: str, _: int) -> object:
                wanted = {"inMailbox": inboxes[account], **where}
                return _checked(person.request(*search.calls(account, wanted, {"calculateTotal": False})))

            return once

        def read(account: str, number: int) -> object:
            some = emails[account]
            return person.emails(account, [some[number % len(some)]], *_PROPERTIES, "htmlBody", "bodyValues")

        def flag(account: str, number: int) -> object:
            some = emails[account]
            patch = {"keywords/$flagged": True if number // len(some) % 2 == 0 else None}
            return person.call("Email/set", accountId=account, update={some[number % len(some)]: patch})

        for name, work in (
            ("list", listed({})),
            ("search, rare", listed({"text": search.RARE})),
            ("search, one in 200", listed({"text": search.MEDIUM})),
            ("search, common", listed({"text": search.COMMON})),
            ("one message", read),
            ("a flag", flag),
        ):
            once = in_turn(work)
            once()
            meter.measure(size, name, pid, place.repeat, once)


def _newest(person: Client, account: str, inbox: str) -> list[str]:
    found = person.call("Email/query", accountId=account, filter={"inMailbox": inbox}, limit=50)
    return list(found["ids"])


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    assert all(kind != "error" for kind, _, _ in answer["methodResponses"]), answer
    return answer


def _wait_for_rest(pid: int) -> None:
    """Until the server does nothing by itself."""
    for _ in range(30):
        before = cpu_s(pid)
        time.sleep(1)
        if cpu_s(pid) - before <= 0.03:
            return


def _arrive(
    place: Place,
    meter: Meter,
    size: int,
    boxes: Sequence[tuple[AccountId, FolderId]],
    made: Iterator[RemoteMessage],
) -> None:
    """One message a page, and its words into the index; in these mailboxes in turn."""
    asyncio.run(_with_store(place, _bring, meter, size, boxes, made))


async def _bring(
    store: Store,
    meter: Meter,
    size: int,
    boxes: Sequence[tuple[AccountId, FolderId]],
    made: Iterator[RemoteMessage],
) -> None:
    place = meter.place
    began, used, database = time.perf_counter(), time.process_time(), place.database_s()
    for number, message in enumerate(islice(made, _ARRIVALS)):
        account, inbox = boxes[number % len(boxes)]
        page = DeltaPage((message,), frozenset(), None, f"d{number}")
        await store.write(ingest.apply_page, account, inbox, page, is_sweep=False, now=_NOW)
        await search.index(store, account)
    meter.tell(
        size,
        "an arrival, stored and indexed",
        1000 * (time.process_time() - used) / _ARRIVALS,
        1000 * (place.database_s() - database) / _ARRIVALS,
        1000 * (time.perf_counter() - began) / _ARRIVALS,
    )


def _claim(place: Place, meter: Meter, size: int) -> None:
    asyncio.run(_with_store(place, _claim_each, meter, size))


async def _claim_each(store: Store, meter: Meter, size: int) -> None:
    """What the scheduler pays for a look: to find the next mailbox, and to note when it is due again."""
    await store.write(_connect_all)
    place, now = meter.place, _NOW
    began, used, database = time.perf_counter(), time.process_time(), place.database_s()
    for _ in range(_ARRIVALS):
        lease = await store.write(sync_states.claim, "bench", now, 15)
        assert lease is not None
        await store.write(sync_states.finish, lease, now + timedelta(minutes=5), now)
        now += timedelta(minutes=5) / size
    meter.tell(
        size,
        "a look's claim and end",
        1000 * (time.process_time() - used) / _ARRIVALS,
        1000 * (place.database_s() - database) / _ARRIVALS,
        1000 * (time.perf_counter() - began) / _ARRIVALS,
    )
    await store.write(_disconnect_all)


def _connect_all(tx: Tx) -> None:
    """Each is connected, and due at a moment of the five minutes before now."""
    every = accounts.list_all(tx)
    for number, account in enumerate(every):
        accounts.set_state(tx, account.id, AccountState.CONNECTED)
        sync_states.start(tx, account.id, _NOW - timedelta(minutes=5) * (1 - number / len(every)))


def _disconnect_all(tx: Tx) -> None:
    """As before: a server that is started now asks nobody."""
    for account in accounts.list_all(tx):
        accounts.set_state(tx, account.id, AccountState.WAITING_FOR_SIGN_IN)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument(
        "--engine", choices=("sqlite", "postgresql"), action="append", help="one of them (default: both)"
    )
    parser.add_argument("--messages", type=int, nargs="*", default=MESSAGES, help="sizes of the one mailbox")
    parser.add_argument("--accounts", type=int, nargs="*", default=ACCOUNTS, help="so many mailboxes")
    parser.add_argument(
        "--repeat", type=int, default=_REPEAT, help="requests of each kind (default: %(default)s)"
    )
    options = parser.parse_args()
    main(options.engine or ["sqlite", "postgresql"], options.messages, options.accounts, options.repeat)
