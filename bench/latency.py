"""From a change at Microsoft to the event on an open JMAP stream: with notifications, and by polling alone.

Server and simulator are processes of their own. A change is a new message, then a flag on it, in turn; the
clock starts when the simulator is asked to make it, and stops when the stream tells that ``Email`` changed.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.office import Office, running_office

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
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(part * len(self.seconds)))]


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


def measured(changes: int, poll_s: float, settings: dict[str, str]) -> Measured:
    """So many changes, one after the other."""
    with tempfile.TemporaryDirectory() as folder, running_office(Path(folder), poll_s, **settings) as office:
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
    main(parser.parse_args().changes)
