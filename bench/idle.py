"""What mailboxes cost in which nothing happens: processor, memory and requests, polled and notified.

Server and simulator are processes of their own, all limits of the simulator are on. The mailboxes are opened
by the application itself (client credentials), as an organisation with many would do it; each holds a few
messages. Nobody has a page open. Counted are, after the first synchronisation has ended,

- the share of one core that the server used, and the memory it held;
- Microsoft's requests a mailbox and hour;
- the requests that one arriving message cost its mailbox beyond those (of twenty mailboxes; none of fewer).
"""

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
from tests.flow.jmap.client import Client
from tests.flow.jmap.office import Office, running_office
from tests.flow.sim import DOMAIN, TENANT, Simulator
from tests.pg import Cluster, cluster
from tests.programs import start_anew

from bench.process import cpu_s, memory
from bench.spending import postmaster_of, with_children_s

POLL_S = 8.0  # as by default
WAYS: Mapping[str, dict[str, str]] = {
    "polling": {},
    "notifications": {"POSTSTELLE_NOTIFICATION_URL": "http://localhost:0"},  # plain: the simulator may, here
}
ROLES = ["Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite"]
REST_S = {False: 120.0, True: 900.0}  # sync.schedule.Pace: the longest waits, polled and told
MESSAGES = 20
SECONDS = 180.0
ARRIVALS = 20
LONGEST_S = 3600.0
_EVERY_S = 5.0


@dataclass(frozen=True)
class Idle:
    """What was seen while nothing happened, and what arrivals cost beyond that."""

    core: float
    core_of_database: float
    octets: int
    requests_an_hour: float
    requests_an_arrival: float | None
    refused: int
    first: float
    load: float

    def __str__(self) -> str:
        return (
            f"{self.core:5.1%} | {self.core_of_database:5.1%} | {self.octets / 2**20:4.0f} MiB |"
            f" {self.requests_an_hour:6.1f} | {_told(self.requests_an_arrival)} | {self.refused:3} |"
            f" {self.first:6.0f} | {self.load:4.1f}"
        )


def main(accounts: int, seconds: float, quiet_s: float, ways: Sequence[str], *, is_postgres: bool) -> None:
    """Measure and print a table."""
    print(
        f"| {accounts} idle mailboxes | of a core | of PostgreSQL's | memory | requests an hour | an arrival"
        " | refused | a 1,000 at first | load |",
        flush=True,
    )
    for name in ways:
        seen = measured(accounts, seconds, quiet_s, WAYS[name], is_postgres=is_postgres)
        print(f"| {name} | {seen} |", flush=True)


def measured(
    accounts: int, seconds: float, quiet_s: float, settings: dict[str, str], *, is_postgres: bool
) -> Idle:
    """Connect so many, let them be for ``quiet_s``, then look for some time; afterwards let mail arrive.

    ``quiet_s`` 0: the state at rest is written into the database instead.
    """
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        database = closing.enter_context(cluster({"autovacuum": "on"})) if is_postgres else None
        if database is not None:
            settings = {**settings, "POSTSTELLE_DATABASE": database.new_database()}
        office = closing.enter_context(running_office(folder, POLL_S, **settings, start=start_anew))
        control, pid = office.simulator.control, office.server.process.pid
        control.set_behaviour(subscriptionHttpLocalhost=True)
        is_told = "POSTSTELLE_NOTIFICATION_URL" in settings
        addresses = _fill(office.simulator, accounts)
        _open_all(office, addresses)
        _wait_until_read(office.admin, is_told=is_told)
        first = _calls(office.simulator)
        if quiet_s:
            time.sleep(quiet_s)
        else:
            for statement in put_to_rest(REST_S[is_told]):
                _run_sql(office, settings.get("POSTSTELLE_DATABASE"), statement)
        control.clear_calls()
        used, began, used_by_database = cpu_s(pid), time.monotonic(), _database_s(database)
        octets = memory(pid)
        while time.monotonic() - began < seconds:
            time.sleep(_EVERY_S)
            octets = max(octets, memory(pid))
        took_s = time.monotonic() - began
        core = (cpu_s(pid) - used) / took_s
        core_of_database = (_database_s(database) - used_by_database) / took_s
        calls, refused = _calls(office.simulator), _refused(office.simulator)
        an_hour = calls / accounts / took_s * 3600
        arrival = _arrival(office.simulator, addresses[:ARRIVALS], an_hour)
    at_first = first / (accounts * MESSAGES) * 1000
    return Idle(core, core_of_database, octets, an_hour, arrival, refused, at_first, os.getloadavg()[0])


def _database_s(database: Cluster | None) -> float:
    """The processor time that PostgreSQL has used so far; 0 where there is none."""
    return 0.0 if database is None else with_children_s(postmaster_of(database.folder))


def _run_sql(office: Office, database: str | None, statement: str) -> None:
    if database is None:
        office.server.run_sql(statement)
        return
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(statement.encode())


def _fill(simulator: Simulator, accounts: int) -> list[str]:
    """So many mailboxes with a few messages each."""
    addresses = [f"ruhig{number:04}@{DOMAIN}" for number in range(accounts)]
    for address in addresses:
        simulator.control.create_mailbox(address)
        simulator.control.receive_count(address, MESSAGES)
    return addresses


def let_application_in(simulator: Simulator, admin: Client) -> None:
    """The organisation lets the application open its mailboxes, and the installation knows of it."""
    client_id = simulator.facts["client_id"]
    consent = {"client_id": client_id, "tenant": TENANT, "app_permissions": ROLES}
    simulator.identity("POST", "/consents/grant", consent)
    admin.ok("PUT", "/api/settings/microsoft", {"app_tenant": TENANT})


def _open_all(office: Office, addresses: list[str]) -> None:
    """Add them as a list and let the application open each."""
    admin = office.admin
    let_application_in(office.simulator, admin)
    listed = {"addresses": "\n".join(addresses), "confirm": True}
    for line in admin.ok("POST", "/api/accounts/import", listed)["lines"]:
        admin.ok("POST", f"/api/accounts/{line['account']}/application", {"confirm": True})


def _wait_until_read(admin: Client, *, is_told: bool) -> None:
    """Until every mailbox was read to its end, and is told of changes if it shall be."""
    until = time.monotonic() + LONGEST_S
    while True:
        rows = admin.ok("GET", "/api/accounts")["accounts"]
        waiting = [
            row
            for row in rows
            if row["sync"]["phase"] != "steady" or (is_told and row["sync"]["notified_until"] is None)
        ]
        if not waiting:
            return
        if time.monotonic() > until:
            raise AssertionError(f"{len(waiting)} mailboxes are not read yet: {waiting[0]['sync']}")
        time.sleep(_EVERY_S)


def put_to_rest(rest_s: float) -> Sequence[str]:
    """Statements that leave mailboxes as they are when nothing has changed for long.

    That is after some nine minutes where they are polled, and after some forty where changes are told: the
    wait grows by a quarter each time, 300, 375, 469 … 900 s. Each has the longest wait and is at any moment
    of its round, in which hot folders are read with each fourth look and the others with each twelfth: in
    however short a time one sees its share of them.
    """
    milliseconds, now = int(rest_s * 1000), int(time.time() * 1000)
    due = f"{now} + account_id * {_PRIME} % {milliseconds}"
    looks = "account_id % case when role in ('inbox', 'sent', 'drafts') then 4 else 12 end"
    return (
        f"update sync_states set poll_ms = {milliseconds}, due_at = {due}",
        f"update folders set due_at = {due} + {milliseconds} * ({looks})",
    )


def _arrival(simulator: Simulator, addresses: list[str], an_hour: float) -> float | None:
    """Requests for one message more than its mailbox would have cost anyway.

    None of fewer than ``ARRIVALS`` mailboxes: a mailbox at rest makes none or nine in that time, as its turn
    comes, and only in the mean of many does what a message adds stand out.
    """
    if len(addresses) < ARRIVALS:
        return None
    simulator.control.clear_calls()
    began = time.monotonic()
    for address in addresses:
        simulator.control.receive(address, subject="Anfrage")
    # Long enough for any pace of polling.
    time.sleep(_SETTLE_S)
    idle = an_hour / 3600 * (time.monotonic() - began)
    made = sum(len(simulator.control.calls(mailbox=address, limit=100_000)) for address in addresses)
    return made / len(addresses) - idle


def _told(requests: float | None) -> str:
    return "    -" if requests is None else f"{requests:5.1f}"


_SETTLE_S = 150.0
_PRIME = 7919  # spreads neighbours


def _calls(simulator: Simulator) -> int:
    return len(simulator.control.calls(limit=10_000_000))


def _refused(simulator: Simulator) -> int:
    return sum(call["status"] == 429 for call in simulator.control.calls(limit=10_000_000))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.idle", description=__doc__)
    parser.add_argument("--accounts", type=int, default=1000, help="mailboxes (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="looked at for so long")
    parser.add_argument(
        "--quiet", type=float, default=0, help="left alone before, in seconds; 0: put to rest"
    )
    parser.add_argument("--postgres", action="store_true", help="with a PostgreSQL of its own, without fsync")
    parser.add_argument("--way", choices=WAYS, action="append", help="one of them (default: both)")
    options = parser.parse_args()
    main(
        options.accounts,
        options.seconds,
        options.quiet,
        options.way or list(WAYS),
        is_postgres=options.postgres,
    )
