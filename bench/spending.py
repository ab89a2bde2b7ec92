"""What an installation's processes, its database and the simulator use: processors, memory, transactions."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.process import cpu_s, memory

_EVERY_S = 1.0


@dataclass(frozen=True)
class Counted:
    """Since their beginnings; two of these are subtracted. ``octets`` is how large the database is."""

    at: float
    cpu_s: Mapping[str, float]
    transactions: int
    rolled_back: int
    octets: int

    def core(self, before: "Counted") -> dict[str, float]:
        """The share of one processor that each used since ``before``."""
        took = self.at - before.at
        return {name: (used - before.cpu_s.get(name, 0)) / took for name, used in self.cpu_s.items()}


class Spending:
    """Reads what the system tells of processes (Linux), ``pids`` by name, and PostgreSQL of itself.

    The database's processor time is that of all its processes, those that have ended included.
    """

    def __init__(self, pids: Mapping[str, int], postmaster: int, database: str) -> None:
        self.pids, self._postmaster, self._database = dict(pids), postmaster, database

    def now(self) -> Counted:
        used = {name: cpu_s(pid) for name, pid in self.pids.items()}
        used["PostgreSQL"] = with_children_s(self._postmaster)
        used["this program"] = time.process_time()
        with psycopg.connect(self._database, autocommit=True) as connection:
            row = connection.execute(
                "select xact_commit, xact_rollback, pg_database_size(datname) from pg_stat_database"
                " where datname = current_database()"
            ).fetchone()
        assert row is not None
        return Counted(time.monotonic(), used, *row)


class Watch(threading.Thread):
    """Looks at the memory of processes each second, until told to stop."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        super().__init__(daemon=True)
        self._pids, self._ending = dict(pids), threading.Event()
        self.seen: dict[str, list[int]] = defaultdict(list)

    def run(self) -> None:
        while not self._ending.wait(_EVERY_S):
            for name, pid in self._pids.items():
                self.seen[name].append(memory(pid))

    def stop(self) -> dict[str, list[int]]:
        """The octets each held, in the order of time."""
        self._ending.set()
        self.join()
        return dict(self.seen)


def postmaster_of(folder: Path) -> int:
    """The process id of the server whose data lie there."""
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def with_children_s(pid: int) -> float:
    """Its own, that of ended children, and that of those that live."""
    return cpu_s(pid, with_ended=True) + sum(
        _if_child_s(stat, pid) for stat in Path("/proc").glob("[0-9]*/stat")
    )


def _if_child_s(stat: Path, parent: int) -> float:
    """What a process used, if it is this one's child; 0 when it has just ended."""
    try:
        is_child = int(stat.read_text().rsplit(")", 1)[1].split()[1]) == parent
        return cpu_s(int(stat.parent.name)) if is_child else 0.0
    except OSError:
        return 0.0
