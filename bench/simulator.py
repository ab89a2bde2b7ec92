"""The simulator alone: a mailbox of a million messages, and how fast its pages leave.

The client is a bare TLS connection that reads octets and looks for nothing but the next link, so what is
measured is the simulator and the network stack. Times on the clock depend on what else the machine does;
processor time of the simulator's process hardly does, and is what the ratios are made of.
"""

import argparse
import json
import os
import socket
import ssl
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from tests.flow.sim import Simulator, running_simulator
from tests.programs import start_anew

from bench.bare import token_of
from bench.process import cpu_s, memory

LIMITS_OFF = {"perWindow": None, "perSecond": None, "concurrent": None, "latencyS": 0}
"""What is switched off while measuring; each is on when a simulator starts."""
SIZES = (50, 200, 1000)
_NEXT = b'"@odata.nextLink":"'
_ITEM = b'"@odata.etag"'


@dataclass(frozen=True)
class Cost:
    """What some work took: on the clock, and of the simulator's processor."""

    seconds: float
    cpu: float


@dataclass(frozen=True)
class Walk:
    """Pages read one after the other."""

    messages: int
    pages: int
    octets: int
    cost: Cost

    def __str__(self) -> str:
        by_clock, by_cpu = self.messages / self.cost.seconds, self.messages / self.cost.cpu
        return f"{by_clock:,.0f} messages/s, {by_cpu:,.0f} per CPU second ({self.octets / 1e6:.0f} MB)"


class Line:
    """One connection to Graph as one person."""

    def __init__(self, simulator: Simulator, address: str) -> None:
        base = urlsplit(simulator.login_base)
        context = ssl.create_default_context(cafile=simulator.ca_file)
        plain = socket.create_connection((base.hostname or "", base.port or 443))
        self._socket = context.wrap_socket(plain, server_hostname=base.hostname)
        self._head = f"Host: {base.netloc}\r\nAuthorization: Bearer {token_of(simulator, address)}\r\n"

    def get(self, target: str, prefer: str = "") -> bytes:
        """The body of an answer that must be 200."""
        more = f"Prefer: {prefer}\r\n" if prefer else ""
        self._socket.sendall(f"GET {target} HTTP/1.1\r\n{self._head}{more}\r\n".encode())
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._some()
        head, _, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), got[:500]
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        parts, left = [body], length - len(body)
        while left > 0:
            parts.append(self._some())
            left -= len(parts[-1])
        return b"".join(parts)

    def _some(self) -> bytes:
        some = self._socket.recv(1 << 18)
        assert some, "the simulator hung up"
        return some

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def main(messages: int = 1_000_000, walked: int = 20_000, searched: int = 100_000) -> None:
    """Measure once and print a table."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_simulator(Path(folder) / "m365", start=start_anew) as simulator,
    ):
        simulator.control.set_limits(**LIMITS_OFF)
        _show("limits switched off", ", ".join(LIMITS_OFF))
        whole, part = simulator.new_mailbox("whole"), simulator.new_mailbox("part")
        _fill(simulator, whole, messages)
        _walk_million(simulator, whole)
        simulator.control.receive_count(part, walked)
        for size in SIZES:
            _show(f"delta, {size} a page", str(walk(simulator, part, _DELTA, size)))
        _show("list, 1000 a page", str(walk(simulator, part, f"{_INBOX}/messages?$top=1000", 1000)))
        _search(simulator, searched)
        _show("processors, load", f"{os.cpu_count()}, {os.getloadavg()[0]:.1f}")


_INBOX = "/v1.0/me/mailFolders/inbox"
_DELTA = f"{_INBOX}/messages/delta"


def _fill(simulator: Simulator, address: str, messages: int) -> None:
    before = memory(simulator.process.pid)
    cost = costing(simulator, lambda: simulator.control.receive_count(address, messages))
    grown = (memory(simulator.process.pid) - before) / 2**20
    _show(f"{messages:,} messages made in", f"{cost.seconds:.2f} s, {grown:.0f} MiB")


def _walk_million(simulator: Simulator, address: str) -> None:
    """The first and the last page of the large mailbox, and what it costs to count what is unread there."""
    line = Line(simulator, address)
    total = int(line.get(f"{_INBOX}/messages/$count"))
    for name, target in (
        ("its first 1000, by delta", _DELTA),
        ("its last 1000, by list", f"{_INBOX}/messages?$top=1000&$skip={total - 1000}"),
        ("its unread counted", f"{_INBOX}/messages/$count?$filter={quote('isRead eq false')}"),
    ):
        cost = costing(simulator, lambda at=target: line.get(at, "odata.maxpagesize=1000"))  # type: ignore[misc]
        _show(name, f"{cost.seconds:.2f} s, {cost.cpu:.2f} s of CPU")
    line.close()


def walk(simulator: Simulator, address: str, target: str, size: int) -> Walk:
    """Follow the links from a first page to the last."""
    line = Line(simulator, address)
    messages = pages = octets = 0
    prefer = f"odata.maxpagesize={size}"

    def follow() -> None:
        nonlocal messages, pages, octets
        at: str | None = target
        while at is not None:
            body = line.get(at, prefer)
            messages, pages, octets = messages + body.count(_ITEM), pages + 1, octets + len(body)
            at = _link(body)

    cost = costing(simulator, follow)
    line.close()
    return Walk(messages, pages, octets, cost)


def _link(body: bytes) -> str | None:
    at = body.rfind(_NEXT, len(body) - 4000)
    if at < 0:
        at = body.find(_NEXT, 0, 4000)
    if at < 0:
        return None
    link = json.loads(body[at + len(_NEXT) - 1 : body.index(b'"', at + len(_NEXT)) + 1])
    url = urlsplit(link)
    return f"{url.path}?{url.query}"


def _search(simulator: Simulator, searched: int) -> None:
    """A word that is nowhere: every body is read."""
    address = simulator.new_mailbox("search")
    simulator.control.receive_count(address, searched)
    line = Line(simulator, address)
    target = f"/v1.0/me/messages?$search={quote(chr(34) + 'Quastenflosser' + chr(34))}"
    cost = costing(simulator, lambda: line.get(target))
    line.close()
    _show(
        f"{searched:,} bodies searched in", f"{cost.seconds:.1f} s, {searched / cost.cpu:,.0f} per CPU second"
    )


def costing(simulator: Simulator, work: Callable[[], object]) -> Cost:
    """What some work takes."""
    began, used = time.perf_counter(), cpu_s(simulator.process.pid)
    work()
    return Cost(time.perf_counter() - began, max(cpu_s(simulator.process.pid) - used, 0.01))


def _show(name: str, value: str) -> None:
    print(f"| {name:<32} | {value:<55} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.simulator", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the large mailbox")
    parser.add_argument("--walked", type=int, default=20_000, help="in the mailbox read page by page")
    parser.add_argument("--searched", type=int, default=100_000, help="in the mailbox searched")
    options = parser.parse_args()
    main(options.messages, options.walked, options.searched)
