"""The mail API as its clients see it, measured by a program that knows nothing of us.

One internal mailbox. Its messages are those of ``gen_mail.py`` (seed 1), put in through
the store as an import does it. Beyond ``DISTINCT`` of them the same octets come again, as
other messages in other threads: making a million takes an hour. Measured is with
``jmap_bench.py``, both beside this repository (``bench.tools``); with ``--cyrus`` it asks Cyrus IMAP
(``cyrus_setup.sh``) first, so that ratios come of one run. The last line is JSON, which ``plots`` draws.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from tests.flow.jmap.client import Client
from tests.flow.jmap.office import ADMIN, SECRET, Server, running_server
from tests.flow.sim import Simulator, running_simulator
from tests.pg import cluster
from tests.programs import start_anew

from bench import jmap_load
from bench.process import cpu_s, memory
from bench.tools import TOOLS, require

ROWS = {
    "session": "session",
    "mailbox_get": "Mailbox/get",
    "list_newest_50": "newest 50, 11 properties",
    "list_newest_50_total": "the same, with total",
    "list_newest_50_collapsed": "the same, collapsed",
    "list_threads_full": "with all messages of their threads",
    "list_deep_position": "50 from far down",
    "list_unread": "unread, with total",
    "search_rare": "a rare word",
    "search_medium": "one in 200",
    "search_common": "a common word",
    "search_two_words": "two words",
    "search_from": "an author",
    "search_subject": "a word of subjects",
    "search_medium_snippets": "50 snippets",
    "get_body_1": "one body",
    "download_raw_1": "one download",
    "set_flag_1": "one flag",
    "set_flag_100": "100 flags",
    "move_1": "a move",
    "changes_after_1": "a flag, then changes",
    "changes_only": "changes",
}
_ADDRESS = "bench@bench.example"
_AT_REST = 0.03  # of one processor
_LOOK_S, _LONGEST_S = 3.0, 900.0


@dataclass(frozen=True, slots=True)
class Target:
    """A server as ``jmap_bench.py`` is told of it."""

    name: str
    options: tuple[str, ...]

    def measure(self, tools: Path, *command: str) -> dict[str, Any]:
        """Run one of its commands; what it wrote."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.json"
            program = [sys.executable, str(tools / "jmap_bench.py"), *self.options, "--out", str(out)]
            subprocess.run([*program, *command], check=True, capture_output=True, timeout=3600)
            found: dict[str, Any] = json.loads(out.read_text())
            return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is measured. ``data`` None: in a folder that is gone afterwards."""

    messages: int
    repeat: int
    tools: Path
    data: Path | None
    is_postgres: bool
    cyrus: Target | None


def main(wanted: Wanted) -> None:
    """Measure once and print tables, and a line for the plots."""
    require(wanted.tools, "gen_mail.py", "jmap_bench.py")
    with ExitStack() as closing:
        folder = wanted.data or Path(closing.enter_context(tempfile.TemporaryDirectory()))
        simulator = closing.enter_context(running_simulator(folder / "m365", start=start_anew))
        url = f"sqlite:///{folder / 'server' / 'poststelle.db'}"
        if wanted.is_postgres:
            url = closing.enter_context(cluster()).new_database()
        token = filled(folder, simulator, url, wanted)
        server = closing.enter_context(
            running_server(folder / "server", simulator, POSTSTELLE_DATABASE=url, start=start_anew)
        )
        at_rest(server)
        ours = Target("Poststelle", ("--url", f"{server.url}/jmap/session", "--token", token))
        targets = [ours] if wanted.cyrus is None else [wanted.cyrus, ours]
        kept = show(targets, wanted)
        print(f"\nmemory of the server: {memory(server.process.pid) / 2**20:.0f} MiB", flush=True)
        print(json.dumps({"jmap": kept}), flush=True)


def filled(folder: Path, simulator: Simulator, url: str, wanted: Wanted) -> str:
    """Make the mailbox and put the messages in, unless an earlier run has; a token for it."""
    kept = folder / "token"
    if kept.exists() and not wanted.is_postgres:
        return kept.read_text()
    with running_server(folder / "server", simulator, POSTSTELLE_DATABASE=url, start=start_anew) as server:
        account, token = set_up(server)
    began, used = time.perf_counter(), time.process_time()
    mails = jmap_load.generated(wanted.tools)
    asyncio.run(jmap_load.fill(url, folder / "server" / "blobs", account, mails, wanted.messages))
    took, used = time.perf_counter() - began, time.process_time() - used
    print(f"{wanted.messages:,} messages put in: {took:.0f} s, {used:.0f} s of CPU, {load()}", flush=True)
    if wanted.is_postgres:
        with psycopg.connect(url, autocommit=True) as database:
            database.execute("analyze")  # as autovacuum would
    kept.write_text(token)
    return token


def set_up(server: Server) -> tuple[str, str]:
    """An internal mailbox and a token of its administrator's; the account's id and the token."""
    admin = Client(server.url).log_in(ADMIN, SECRET)
    me = next(user for user in admin.ok("GET", "/api/users")["users"] if user["login"] == ADMIN)
    users = [{"id": me["id"], "level": "manage"}]
    body = {"type": "internal", "address": _ADDRESS, "users": users, "confirm": True}
    account = admin.ok("POST", "/api/accounts", body)["id"]
    made = admin.ok("POST", "/api/me/tokens", {"name": "bench", "level": "manage", "password": SECRET})
    return account, made["secret"]


def at_rest(server: Server) -> None:
    """Wait until the server has nothing left to do by itself, such as putting its index together."""
    until = time.monotonic() + _LONGEST_S
    while time.monotonic() < until:
        before = cpu_s(server.process.pid)
        time.sleep(_LOOK_S)
        if cpu_s(server.process.pid) - before < _AT_REST * _LOOK_S:
            return


def show(targets: list[Target], wanted: Wanted) -> dict[str, Any]:
    """One server after the other, command by command; what the plots show of it."""
    found = [one.measure(wanted.tools, "run", "--repeat", str(wanted.repeat)) for one in targets]
    results = {one.name.lower(): seen["results"] for one, seen in zip(targets, found, strict=True)}
    kept = figures(found[-1]["messages_in_inbox"], results, is_postgres=wanted.is_postgres)
    print(f"{found[-1]['messages_in_inbox']:,} messages, {load()}; medians in ms\n", flush=True)
    print("| | found | " + " | ".join(one.name for one in targets) + " | times |")
    for line in lines([one["results"] for one in found]):
        print(line, flush=True)
    for command in (("load-test", "--clients", "8", "--seconds", "20"), ("import", "--count", "500")):
        for one in targets:
            told = one.measure(wanted.tools, *command)
            rates = ", ".join(f"{name} {value}" for name, value in told.items() if name.endswith("per_s"))
            print(f"{one.name}, {' '.join(command)}: {rates}, {load()}", flush=True)
    return kept


def figures(
    messages: int, results: Mapping[str, Mapping[str, Any]], *, is_postgres: bool = False
) -> dict[str, Any]:
    """Each row's medians in ms by server, with the load that they were seen at."""
    ms = {
        label: {
            server: rows[name]["p50_ms"] for server, rows in results.items() if "p50_ms" in rows.get(name, {})
        }
        for name, label in ROWS.items()
    }
    engine = "postgresql" if is_postgres else "sqlite"
    return {"messages": messages, "engine": engine, "load": round(os.getloadavg()[0], 1), "ms": ms}


def lines(results: list[Mapping[str, Any]]) -> Iterator[str]:
    """The rows of the table; with two servers, how many times as fast the last is as the first."""
    for name, label in ROWS.items():
        rows = [one.get(name, {}) for one in results]
        times = [row.get("p50_ms") for row in rows]
        told = " | ".join("-" if ms is None else f"{ms:.1f}" for ms in times)
        is_known = len(times) > 1 and times[0] and times[-1]
        ratio = f"{times[0] / times[-1]:.1f}" if is_known else "-"
        yield f"| {label} | {rows[-1].get('result', '-')} | {told} | {ratio} |"


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def _wanted() -> Wanted:
    parser = argparse.ArgumentParser(prog="python -m bench.jmap", description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--repeat", type=int, default=30)
    parser.add_argument("--tools", type=Path, default=TOOLS, help="where jmap_bench.py is (%(default)s)")
    parser.add_argument(
        "--data", type=Path, help="keep the mailbox here, and take it from here the next time"
    )
    parser.add_argument("--postgres", action="store_true", help="with a PostgreSQL of its own, without fsync")
    parser.add_argument("--cyrus", metavar="URL", help="the session URL of a Cyrus with the same messages")
    parser.add_argument("--cyrus-user", default="alice@bench.example")
    parser.add_argument("--cyrus-password", default="secret1")
    given = parser.parse_args()
    who = ("--url", given.cyrus, "--user", given.cyrus_user, "--password", given.cyrus_password)
    return Wanted(
        messages=given.messages,
        repeat=given.repeat,
        tools=given.tools,
        data=given.data,
        is_postgres=given.postgres,
        cyrus=Target("Cyrus", who) if given.cyrus else None,
    )


if __name__ == "__main__":
    main(_wanted())
