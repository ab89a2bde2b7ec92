"""What one look at a mailbox costs the worker and its database: processor time, nothing else running in it.

The real engine over the real simulator, its clock set to each moment at which the mailbox is due: many looks
at rest, then as many with a message each that the simulator holds and Microsoft tells of. ``capacity`` takes
its costs from here. Only the engine's own time counts, not the simulator's, which is a process of its own.
"""

import argparse
import os
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from tests.flow.sim import Simulator, running_simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import Mirror, mirrored
from tests.pg import Cluster, cluster
from tests.programs import start_anew

from bench.spending import postmaster_of, with_children_s
from poststelle.lib.clock import from_ms
from poststelle.lib.log import set_up_logging
from poststelle.sync.schedule import Pace

PACE = Pace(poll_s=8)


def main(looks: int) -> None:
    """Measure on both engines and print a table."""
    set_up_logging(as_json=True)  # as a server does, which says less than a test
    print("| | requests a look | worker | PostgreSQL | load |\n| --- | ---: | ---: | ---: | ---: |")
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        simulator = closing.enter_context(running_simulator(folder / "m365", start=start_anew))
        database = closing.enter_context(cluster())
        uvloop.run(_measured("SQLite", simulator, folder, None, looks))
        uvloop.run(_measured("PostgreSQL", simulator, database.new_database(), database, looks))


async def _measured(
    name: str, simulator: Simulator, where: Path | str, database: Cluster | None, looks: int
) -> None:
    clock, address = SetClock(at=datetime.now(UTC).replace(microsecond=0)), simulator.new_mailbox()
    simulator.control.receive_count(address, 20)
    async with mirrored(simulator, address, where, clock, pace=PACE) as mirror:
        for _ in range(30):  # until it is at rest
            await _look(mirror, clock)
        for kind in ("at rest", "with a message"):
            simulator.control.clear_calls()
            used = database_used = 0.0
            for _ in range(looks):
                if kind != "at rest":
                    simulator.control.receive(address, subject="Anfrage")
                began, database_began = time.process_time(), _database_s(database)
                await _look(mirror, clock)
                used += time.process_time() - began
                database_used += _database_s(database) - database_began
            requests = len(simulator.control.calls(mailbox=address, limit=1_000_000)) / looks
            print(
                f"| {name}, {kind} | {requests:.1f} | {1000 * used / looks:.1f} ms"
                f" | {1000 * database_used / looks:.1f} ms | {os.getloadavg()[0]:.1f} |",
                flush=True,
            )


async def _look(mirror: Mirror, clock: SetClock) -> None:
    [row] = await mirror.store.read(lambda tx: tx.all("get_sync_state", account=mirror.account))
    clock.at = max(clock.at, from_ms(row["due_at"]))
    await mirror.sync.run_due()


def _database_s(database: Cluster | None) -> float:
    return 0.0 if database is None else with_children_s(postmaster_of(database.folder))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.looks", description=__doc__)
    parser.add_argument("--looks", type=int, default=200, help="of each kind (default: %(default)s)")
    main(parser.parse_args().looks)
