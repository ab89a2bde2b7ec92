"""Both ways: from a change at Microsoft to the event on a JMAP stream, and from a user's deed to Microsoft.

Server and simulator are processes of their own. A change is a new message, then a flag on it, in turn; the
clock starts when the simulator is asked to make it, and stops when the stream tells that ``Email`` changed.
This with notifications, and by polling alone. A deed is a flag set, then taken away, then a move to the
archive and back; the clock starts with the request, and stops when the simulator's mailbox shows it.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.office import Office, running_office
from tests.programs import start_anew

from bench import engine
from bench.sample import percentile

POLL_S = 2.0
TOLD = {"POSTSTELLE_NOTIFICATION_URL": "http://localhost:0"}  # a simulator may tell plain addresses here
PAUSES_S = (0.1, 0.5)


@dataclass
class Measured:
    """Seconds each change took, and how many requests Microsoft got meanwhile."""

    seconds: list[float] = field(default_factory=list)
    requests: int = 0

    def share(self, part: float) -> float:
        """So many of them took no longer."""
        return percentile(self.seconds, part)


@dataclass
class Desk:
    """A connected mailbox, and what was received last."""

    office: Office
    anna: Client
    address: str
    account: str
    newest: Sequence[str] = ()

    def change(self) -> None:
        """A new message, or a flag on the one before."""
        control = self.office.simulator.control
        if self.newest:
            control.update(self.address, list(self.newest), flag="flagged")
            self.newest = ()
        else:
            self.newest = control.receive(self.address, subject="Anfrage")

    def timed(self) -> float:
        """Make a change some time after the last one; the seconds until it was told."""
        time.sleep(random.uniform(*PAUSES_S))
        with self.anna.events("Email") as events:
            began = time.perf_counter()
            self.change()
            events.until(self.account, "Email")
            took_s = time.perf_counter() - began
        eventually(lambda: self.office.differences(self.anna, self.account) == [], every_s=0.02)
        return took_s


@dataclass
class Deeds:
    """One message of a mailbox, and what somebody does with it."""

    desk: Desk
    message: str
    remote: str
    done: int = 0

    def timed(self) -> float:
        """Do the next deed some time after the last one; the seconds until Microsoft has it."""
        time.sleep(random.uniform(*PAUSES_S))
        patch, is_there = self._next()
        anna, account = self.desk.anna, self.desk.account
        began = time.perf_counter()
        anna.call("Email/set", accountId=account, update={self.message: patch})
        eventually(lambda: is_there(self._there()), every_s=0.005)
        return time.perf_counter() - began

    def _next(self) -> tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]:
        self.done += 1
        if self.done % 4 in (1, 2):
            wanted = "flagged" if self.done % 4 == 1 else "notFlagged"
            mark = True if wanted == "flagged" else None
            return {"keywords/$flagged": mark}, lambda there: there["flag"] == wanted
        folder = self.desk.anna.folder(self.desk.account, "archive" if self.done % 4 == 3 else "inbox")
        before = self._there()["folderId"]
        return {"mailboxIds": {folder["id"]: True}}, lambda there: there["folderId"] != before

    def _there(self) -> dict[str, Any]:
        _, found = self.desk.office.simulator.control.snapshot(self.desk.address)
        return found[self.remote]


def main(changes: int) -> None:
    """Measure both ways and print a table."""
    rows = (
        ("notifications (poll: an hour)", measured(changes, 3600, TOLD)),
        (f"polling, {POLL_S:g} to {2 * POLL_S:g} s", measured(max(10, changes // 5), POLL_S, {})),
    )
    print(f"| {'change at Microsoft -> event':<32} | p50    | p95    | longest | requests a change |")
    for name, found in rows:
        p50, p95, longest = found.share(0.5), found.share(0.95), max(found.seconds)
        requests = found.requests / len(found.seconds)
        print(
            f"| {name:<32} | {p50:4.2f} s | {p95:4.2f} s | {longest:5.2f} s | {requests:17.1f} |", flush=True
        )
    print(f"| {'deed here -> Microsoft':<32} | p50    | p95    | longest |")
    found = measured_deeds(changes)
    p50, p95, longest = found.share(0.5), found.share(0.95), max(found.seconds)
    print(f"| {'flag, move':<32} | {p50:4.2f} s | {p95:4.2f} s | {longest:5.2f} s |")


def measured_deeds(count: int) -> Measured:
    """So many deeds, one after the other."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_office(Path(folder), POLL_S, start=start_anew) as office,
    ):
        control = office.simulator.control
        address = office.simulator.new_mailbox("latency")
        [remote] = control.receive(address, subject="Anfrage")
        desk = Desk(office, office.person("anna"), address, office.connect(address))
        office.settled(desk.anna, desk.account)
        [message] = desk.anna.query_all(desk.account)
        deeds = Deeds(desk, message, remote)
        return Measured([deeds.timed() for _ in range(count)])


def measured(changes: int, poll_s: float, settings: dict[str, str]) -> Measured:
    """So many changes, one after the other."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_office(Path(folder), poll_s, **settings, start=start_anew) as office,
    ):
        control = office.simulator.control
        control.set_behaviour(subscriptionHttpLocalhost=True)
        address = office.simulator.new_mailbox("latency")
        desk = Desk(office, office.person("anna"), address, office.connect(address))
        if settings:
            eventually(lambda: desk.anna.sync_state(desk.account)["notifiedUntil"])
        office.settled(desk.anna, desk.account)
        control.clear_calls()
        seconds = [desk.timed() for _ in range(changes)]
        return Measured(seconds, len(control.calls(mailbox=address, limit=1_000_000)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__)
    parser.add_argument("--changes", type=int, default=100)
    engine.add_option(parser)
    options = parser.parse_args()
    engine.choose(options.engine)
    main(options.changes)
