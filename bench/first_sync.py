"""First synchronisation of a large mailbox: messages a second, peak memory, time to the first fifty.

Server and simulator are processes of their own, met over HTTP. The simulator's
ceiling is measured in the same run by a client that only downloads the same
pages (``bare``), so that the figure which counts is the ratio of the two.
"""

import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.office import ADMIN, SECRET, Office, running_server
from tests.flow.sim import Simulator, running_simulator

from bench.bare import Downloaded, download
from bench.check import prove
from bench.process import cpu_s
from bench.simulator import costing

SHARES = {"archive": 30, "Objekte": 30}  # percent of the messages; the others lie in the inbox
FIRST = 50
LOOK_S = 0.01
LONGEST_S = 3600.0


def main(messages: int) -> None:
    """Measure once and print a table."""
    with tempfile.TemporaryDirectory() as folder, running_simulator(Path(folder) / "m365") as simulator:
        address = fill(simulator, messages)
        with running_server(Path(folder) / "server", simulator, poll_s=2.0) as server:
            office = Office(simulator, server, Client(server.url).log_in(ADMIN, SECRET))
            used = cpu_s(server.process.pid)
            calls, first_s, whole_s = synchronise(office, address, messages)
            server_cpu = cpu_s(server.process.pid) - used
            peak, database = server.peak_octets(), octets_of(server.data)
            proved = prove(office)
        # The server has stopped: nothing else asks while the ceiling is measured.
        found: list[Downloaded] = []
        cost = costing(simulator, lambda: found.append(download(simulator, address, calls)))
        report(messages, first_s, whole_s, peak, database, found[0], (server_cpu, cost.cpu))
        table(proved.rows())


def octets_of(data: Path) -> int:
    """The database with what is still in its log."""
    return sum(file.stat().st_size for file in data.glob("poststelle.db*"))


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


def synchronise(office: Office, address: str, messages: int) -> tuple[list[dict[str, Any]], float, float]:
    """Sign in; the delta calls made, and the seconds to the first fifty and to the end."""
    account = office.add(address)
    office.assign(account, "anna")
    anna = office.person("anna")
    office.simulator.control.clear_calls()
    office.sign_in(anna, account)
    began = time.perf_counter()
    eventually(lambda: shown(anna, account) >= FIRST, LONGEST_S, LOOK_S)
    first_s = time.perf_counter() - began
    eventually(lambda: anna.sync_state(account)["held"] >= messages, LONGEST_S, 0.1)
    whole_s = time.perf_counter() - began
    calls = office.simulator.control.calls(path="messages/delta", limit=1_000_000)
    return calls, first_s, whole_s


def shown(anna: Client, account: str) -> int:
    """How many of the first fifty the page would show now."""
    inbox = next((f["id"] for f in anna.folders(account) if f["role"] == "inbox"), None)
    if inbox is None:
        return 0
    found = anna.call("Email/query", accountId=account, filter={"inMailbox": inbox}, limit=FIRST)
    return len(anna.emails(account, found["ids"], "subject"))


def report(
    messages: int,
    first_s: float,
    whole_s: float,
    peak: int,
    database: int,
    ceiling: Downloaded,
    cpus: tuple[float, float],
) -> None:
    """The table that README.md shows. ``cpus``: seconds of processor the server and the simulator took."""
    assert ceiling.messages == messages, f"the bare client got {ceiling.messages} of {messages} messages"
    rate = messages / whole_s
    rows = (
        ("messages, pages", f"{messages}, {ceiling.pages} ({ceiling.octets / 1e6:.0f} MB)"),
        ("sign-in to newest 50", f"{first_s:.2f} s"),
        ("server: whole mailbox", f"{whole_s:.1f} s, {rate:.0f} messages/s"),
        ("bare download of the same pages", f"{ceiling.seconds:.1f} s, {ceiling.rate:.0f} messages/s"),
        ("ratio", f"{rate / ceiling.rate:.2f}"),
        ("server, one core", f"{messages / cpus[0]:.0f} messages per CPU second"),
        ("simulator, one core", f"{messages / cpus[1]:.0f} messages per CPU second"),
        ("ratio", f"{cpus[0] / cpus[1]:.1f}"),
        ("server's peak memory", f"{peak / 2**20:.0f} MiB"),
        ("database", f"{database / 2**20:.0f} MiB"),
        ("processors, load", f"{os.cpu_count()}, {os.getloadavg()[0]:.1f}"),
    )
    table(rows)


def table(rows: Iterable[tuple[str, str]]) -> None:
    for name, value in rows:
        print(f"| {name:<32} | {value:<40} |", flush=True)
