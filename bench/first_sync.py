"""First synchronisation of a large mailbox: rate, memory, time to the first fifty, answers meanwhile.

Server and simulator are processes of their own, met over HTTP. Three clients
read the same pages in the same run, so that the figures which count are ratios:
one only downloads (``bare``: the simulator's ceiling), one downloads, decodes
and writes the same rows in bulk (``floor``: the work itself), one is a plain
loop of Microsoft's SDK that stores nothing (``sdk_loop``). Beside them the O365
library lists the same messages in a plain loop (``o365_loop``), where it is installed; where it is not, the
exit status says that something was left out.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.office import ADMIN, SECRET, Office, running_server
from tests.flow.sim import Simulator, running_simulator
from tests.programs import start_anew

from bench import engine, floor, sdk_loop
from bench.bare import Downloaded, Rounds, Thrower, download
from bench.check import prove
from bench.process import cpu_s, memory
from bench.reader import Answers, reading
from bench.simulator import costing
from bench.tools import not_whole

SHARES = {"archive": 30, "Objekte": 30}  # percent of the messages; the others lie in the inbox
FIRST = 50
LOOK_S = 0.01
LONGEST_S = 3600.0


PARTS = (10, 25, 50, 75, 100)  # percent held when memory is looked at


@dataclass
class Synchronised:
    """What the server did. ``held_s``: until all was there, ``whole_s``: and found by its words.

    ``cpu_s``: with its database; ``database_s``: of PostgreSQL alone. ``memory``: octets it held when so many
    messages were there.
    """

    first_s: float = 0.0
    held_s: float = 0.0
    whole_s: float = 0.0
    cpu_s: float = 0.0
    database_s: float = 0.0
    peak: int = 0
    database: int = 0
    memory: list[tuple[int, int]] = field(default_factory=list)
    answers: Answers = field(default_factory=Answers)

    def at(self, messages: int) -> int:
        """The memory held when so many messages were there."""
        return next(octets for held, octets in self.memory if held >= messages)


@dataclass(frozen=True)
class Others:
    """The clients it is compared with; ``simulator_cpu``: seconds the simulator took for the bare one."""

    bare: Downloaded
    simulator_cpu: float
    floor: Downloaded
    sdk: Downloaded
    o365: Downloaded | None


def main(messages: int) -> None:
    """Measure once and print a table."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_simulator(Path(folder) / "m365", start=start_anew) as simulator,
    ):
        address = fill(simulator, messages)
        with running_server(Path(folder) / "server", simulator, poll_s=2.0, start=start_anew) as server:
            office = Office(simulator, server, Client(server.url).log_in(ADMIN, SECRET))
            done, rounds = synchronise(office, address, messages)
            done.peak, done.database = server.peak_octets(), engine.octets_of(server.data)
            proved = prove(office)
        # The server has stopped: nothing else asks while the others are measured.
        others = compare(simulator, address, rounds, Path(folder) / "floor.db")
        report(messages, done, others)
        table(proved.rows())
        print(json.dumps({"first_sync": figures(messages, done, others)}), flush=True)
    if others.o365 is None:
        not_whole("the O365 library was left out, for it is not installed: make bench brings it")


def compare(simulator: Simulator, address: str, rounds: Rounds, database: Path) -> Others:
    """The same pages by the other clients."""
    found: list[Downloaded] = []
    cost = costing(simulator, lambda: found.append(download(simulator, address, rounds, Thrower())))
    written = floor.fill(simulator, address, rounds, database)
    sdk = sdk_loop.read(simulator, address, rounds)
    return Others(found[0], cost.cpu, written, sdk, _o365(simulator, address))


def _o365(simulator: Simulator, address: str) -> Downloaded | None:
    """None where the library is not installed: ``make bench`` does."""
    if find_spec("O365") is None:
        return None
    from bench import o365_loop

    return o365_loop.read(simulator, address)


def fill(simulator: Simulator, messages: int) -> str:
    """A mailbox of so many messages in three folders; its address."""
    control = simulator.control
    address = simulator.new_mailbox("bench")
    control.create_folder(address, "Objekte")
    left = messages
    for folder, percent in SHARES.items():
        count = messages * percent // 100
        control.receive_count(address, count, folder=folder)
        left -= count
    control.receive_count(address, left)
    return address


def synchronise(office: Office, address: str, messages: int) -> tuple[Synchronised, Rounds]:
    """Sign in and wait, while somebody reads; what it took, and how the folders were read."""
    account = office.add(address)
    office.assign(account, "anna")
    anna, process, done = office.person("anna"), office.server.process.pid, Synchronised()
    # A password's hash takes a tenth of a second, which is no part of a synchronisation.
    reader = office.log_in("anna")

    def is_whole() -> bool:
        held = office.server.held()
        done.memory.append((held, memory(process)))
        if held >= messages and not done.held_s:
            done.held_s = time.perf_counter() - began
        return held >= messages and not anna.sync_state(account)["toIndex"]

    office.simulator.control.clear_calls()
    used, used_there = cpu_s(process), engine.cpu_s()
    office.sign_in(anna, account)
    began = time.perf_counter()
    eventually(lambda: shown(anna, account) >= FIRST, LONGEST_S, LOOK_S)
    done.first_s = time.perf_counter() - began
    with reading(reader, account) as done.answers:
        eventually(is_whole, LONGEST_S, 0.1)
        done.whole_s = time.perf_counter() - began
    done.database_s = engine.cpu_s() - used_there
    done.cpu_s = cpu_s(process) - used + done.database_s
    calls = office.simulator.control.calls(path="messages/delta", limit=1_000_000)
    return done, Rounds.among(calls)


def shown(anna: Client, account: str) -> int:
    """How many of the first fifty the page would show now."""
    inbox = next((f["id"] for f in anna.folders(account) if f["role"] == "inbox"), None)
    if inbox is None:
        return 0
    found = anna.call("Email/query", accountId=account, filter={"inMailbox": inbox}, limit=FIRST)
    return len(anna.emails(account, found["ids"], "subject"))


def figures(messages: int, done: Synchronised, others: Others) -> dict[str, float | None]:
    """Messages a second by the clock and by processor time, for the plots."""
    clients = {"bare": others.bare, "floor": others.floor, "msgraph-sdk": others.sdk, "o365": others.o365}
    found: dict[str, float | None] = {"messages": messages, "load": os.getloadavg()[0]}
    found |= {"server": messages / done.whole_s, "server by cpu": messages / done.cpu_s}
    for name, client in clients.items():
        found[name] = client and client.rate
        found[f"{name} by cpu"] = client and client.messages / client.cpu_s
    return found


def report(messages: int, done: Synchronised, others: Others) -> None:
    """The table that README.md shows."""
    bare, work = others.bare, others.floor
    for client in (bare, work):
        assert client.messages == messages, f"{client.messages} of {messages} messages were read"
    rate = messages / done.whole_s
    held = [f"{done.at(messages * part // 100) / 2**20:.0f}" for part in PARTS]
    rows = (
        ("messages, pages", f"{messages}, {bare.pages} ({bare.octets / 1e6:.0f} MB)"),
        ("sign-in to newest 50", f"{done.first_s:.2f} s"),
        ("server: whole mailbox, indexed", f"{done.whole_s:.1f} s, {rate:.0f} messages/s"),
        ("last message there before that", f"{done.whole_s - done.held_s:.1f} s"),
        ("floor: the same rows, in bulk", f"{work.seconds:.1f} s, {work.rate:.0f} messages/s"),
        ("ratio to the floor", f"{rate / work.rate:.2f}"),
        ("the same per CPU second", f"{work.cpu_s / done.cpu_s:.2f}"),
        (
            "msgraph-sdk, nothing stored",
            f"{others.sdk.messages} in {others.sdk.seconds:.1f} s, {others.sdk.rate:.0f}/s",
        ),
        ("ratio to the SDK's loop", f"{rate / others.sdk.rate:.1f}"),
        *_rows_of_o365(others.o365, rate, messages / done.cpu_s),
        ("bare download of the same pages", f"{bare.seconds:.1f} s, {bare.rate:.0f} messages/s"),
        ("ratio to the download", f"{rate / bare.rate:.2f}"),
        ("server, one core", f"{messages / done.cpu_s:.0f} messages per CPU second"),
        ("floor, one core", f"{messages / work.cpu_s:.0f} messages per CPU second"),
        ("simulator, one core", f"{messages / others.simulator_cpu:.0f} messages per CPU second"),
        ("of that in PostgreSQL", f"{100 * done.database_s / done.cpu_s:.0f} %"),
        ("server's to simulator's CPU", f"{done.cpu_s / others.simulator_cpu:.1f}"),
        (f"memory at {', '.join(map(str, PARTS))} %", f"{', '.join(held)} MiB"),
        ("server's peak memory", f"{done.peak / 2**20:.0f} MiB"),
        ("answers to a reader meanwhile", str(done.answers)),
        ("database", f"{done.database / 2**20:.0f} MiB"),
        ("processors, load", f"{os.cpu_count()}, {os.getloadavg()[0]:.1f}"),
    )
    table(rows)


def _rows_of_o365(o365: Downloaded | None, rate: float, by_cpu: float) -> Iterable[tuple[str, str]]:
    if o365 is None:
        return (("O365 library", "not installed: make bench"),)
    return (
        ("O365 library, nothing stored", f"{o365.messages} in {o365.seconds:.1f} s, {o365.rate:.0f}/s"),
        ("ratio to the O365 library's loop", f"{rate / o365.rate:.1f}"),
        ("the same per CPU second", f"{by_cpu * o365.cpu_s / o365.messages:.1f}"),
    )


def table(rows: Iterable[tuple[str, str]]) -> None:
    for name, value in rows:
        print(f"| {name:<32} | {value:<40} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.first_sync", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    engine.add_option(parser)
    options = parser.parse_args()
    engine.choose(options.engine)
    main(options.messages)
