"""A check of a mailbox that is complete: what the proof costs in requests, and how long it takes."""

import time
from dataclasses import dataclass

from tests.flow.jmap.client import eventually
from tests.flow.jmap.office import Office

from bench.process import cpu_s

FASTEST = 600  # requests a minute: the most that can be set
LONGEST_S = 3600.0


@dataclass(frozen=True)
class Proved:
    """``lists``: requests for lists; ``others``: counters, and what the synchronisation asked meanwhile."""

    seconds: float
    cpu_s: float
    compared: int
    lists: int
    others: int

    def rows(self) -> tuple[tuple[str, str], ...]:
        """The lines of the benchmark's table."""
        share = 1000 * self.lists / self.compared
        return (
            ("check: every message compared", f"{self.seconds:.1f} s at {FASTEST} requests a minute at most"),
            ("check: processor", f"{1e6 * self.cpu_s / self.compared:.0f} µs a message"),
            (
                "check: requests",
                f"{self.lists}, {share:.2f} per 1,000 messages ({self.others} others meanwhile)",
            ),
        )


def prove(office: Office) -> Proved:
    """Check the office's only mailbox; it must come out complete."""
    admin, control = office.admin, office.simulator.control
    [account] = admin.ok("GET", "/api/accounts?type=external")["accounts"]
    path = f"/api/mailboxes/{account['id']}/checks"
    admin.ok("PUT", "/api/settings/checks", {"requests_a_minute": FASTEST})
    control.clear_calls()
    began, used = time.perf_counter(), cpu_s(office.server.process.pid)
    wanted = admin.ok("POST", path)["id"]
    eventually(lambda: any(c["id"] == wanted for c in admin.ok("GET", path)["checks"]), LONGEST_S, 0.2)
    seconds, used = time.perf_counter() - began, cpu_s(office.server.process.pid) - used
    calls = control.calls(limit=1_000_000)
    lists = [call for call in calls if call["path"].endswith("/messages")]
    done = next(c for c in admin.ok("GET", path)["checks"] if c["id"] == wanted)
    found = [done[kind] for kind in ("missing", "extra", "misplaced", "flags", "undecided", "unreadable")]
    assert not any(found), f"the check found differences: {done}"
    return Proved(seconds, used, done["compared"], len(lists), len(calls) - len(lists))
