"""How the program itself is doing: what no table knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ProcessRole(StrEnum):
    """What a process does: answers people and programs, works by itself, or both."""

    WEB = "web"
    WORKER = "worker"
    ALL = "all"

    @property
    def answers(self) -> bool:
        """Whether people and programs are served by it."""
        return self is not ProcessRole.WORKER

    @property
    def works(self) -> bool:
        """Whether the engines run in it."""
        return self is not ProcessRole.WEB


@dataclass(frozen=True, slots=True)
class LoopState:
    """A loop that runs for as long as the server does.

    ``failing_since`` None: it runs; ``restarts``: how often it had to be started again.
    """

    name: str
    restarts: int
    failing_since: datetime | None


@dataclass(frozen=True, slots=True)
class Disk:
    """Where the data lies, in octets."""

    free: int
    total: int

    @property
    def is_nearly_full(self) -> bool:
        """Less than a gigabyte, or less than a twentieth of a disk and ten gigabytes."""
        return self.free < 10**9 or (self.free < 10**10 and self.free * 20 < self.total)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests to the provider since the start: all, held back by it, without an answer or with a 5xx."""

    requests: int
    throttled: int
    failed: int

    def __add__(self, other: "Traffic") -> "Traffic":
        return Traffic(
            self.requests + other.requests, self.throttled + other.throttled, self.failed + other.failed
        )


@dataclass(frozen=True, slots=True)
class FilesTrouble:
    """Where messages and files are kept does not answer. ``why``: unreachable, denied, no_bucket,
    unmarked."""

    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What is asked of the running program, this process. ``database``: sqlite or postgresql.

    ``name`` as in ProcessFacts.
    """

    name: str
    version: str
    began_at: datetime
    database: str
    disk: Disk
    loops: Sequence[LoopState]
    traffic: Traffic
    files: FilesTrouble | None = None


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """Who a process is. ``name`` is no other's, ever; ``place`` is where one at a time can be.

    ``host``: its machine's name, for people to read.
    """

    name: str
    place: str
    role: ProcessRole
    version: str
    host: str
    began_at: datetime

    @property
    def address(self) -> str:
        """Where it listens on its machine, as it was told: host and port."""
        return self.place.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Condition:
    """How a process is doing. ``files``: as in Machine. ``keys``: what names those that it knows, the one
    that it seals with first; none where it does not say so.
    """

    disk: Disk
    loops: Sequence[LoopState]
    traffic: Traffic
    files: FilesTrouble | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    """One that runs, as it has told the others. ``beat_at``: when, by its own clock.

    ``condition`` None: it has not said how it is doing.
    """

    facts: ProcessFacts
    beat_at: datetime
    condition: Condition | None
