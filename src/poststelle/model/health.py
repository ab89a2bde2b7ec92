"""How the program itself is doing: what no table knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


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


@dataclass(frozen=True, slots=True)
class FilesTrouble:
    """Where messages and files are kept does not answer. ``why``: unreachable, denied, no_bucket."""

    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What is asked of the running program. ``database``: sqlite or postgresql."""

    version: str
    began_at: datetime
    database: str
    disk: Disk
    loops: Sequence[LoopState]
    traffic: Traffic
    files: FilesTrouble | None = None
