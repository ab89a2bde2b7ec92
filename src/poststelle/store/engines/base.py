"""What the store needs from a database engine. All methods block: they run in worker threads."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import Enum, auto
from typing import Any, Protocol, TypeVar, cast

from poststelle.lib.workers import Workers
from poststelle.model.change import ChangeOp, ChangeType, Published
from poststelle.model.ids import AccountId
from poststelle.store.notes import Notes
from poststelle.store.tx import ReadTx, Tx

T = TypeVar("T")

STOPPED_WITHIN_S = 10.0
"""How long the end of the server waits for reads that were told to stop."""


class Kind(Enum):
    """Of a write: see ``Store``. The commit of a ``FLEETING`` one does not wait for the disk."""

    USUAL = auto()
    FLEETING = auto()
    BY_ROWS = auto()


class Noting:
    """The part of a write transaction that is the same everywhere: the notes of what changed."""

    def __init__(self) -> None:
        self.notes = Notes()

    def changed(self, account_id: AccountId, type_: ChangeType, object_id: int, op: ChangeOp) -> None:
        self.notes.add(account_id, type_, (object_id,), op)

    def all_changed(
        self, account_id: AccountId, type_: ChangeType, object_ids: Iterable[int], op: ChangeOp
    ) -> None:
        self.notes.add(account_id, type_, object_ids, op)

    def log_changes(self, at: datetime) -> None:
        self.notes.log(cast(Tx, self), at)


class HeldUp(Exception):
    """The schema could not be changed because somebody else uses a table; all is as it was. Try again later.

    ``by``: who it is, as far as the database tells.
    """

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class Halted(Exception):
    """A read was stopped from outside."""


class Halt:
    """The way to stop one read, from any thread."""

    def __init__(self) -> None:
        self.begun_at: float | None = None  # monotonic
        self._guard = threading.Lock()
        self._interrupt: Callable[[], None] | None = None
        self._is_set = False

    @contextmanager
    def reading(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """A read that ``interrupt`` ends, were it not at its end. Raises Halted."""
        with self._guard:
            self.check()
            self._interrupt, self.begun_at = interrupt, time.monotonic()
        try:
            yield
        finally:
            with self._guard:  # from here on the connection is somebody else's
                self._interrupt = None

    def check(self) -> None:
        """Raises Halted once the read is to end."""
        if self._is_set:
            raise Halted

    def stop(self) -> bool:
        """Stop the read, or let it never begin. Whether it still goes on: between two statements nothing
        can be interrupted, so it takes another call."""
        with self._guard:
            self._is_set = True
            if self._interrupt is None:
                return False
            self._interrupt()
            return True


class Reads:
    """The part of an engine that is the same everywhere: what is being read, and work for who reads."""

    def __init__(self) -> None:
        self._reads: set[Halt] = set()

    def run_work(self, fn: Callable[[], T], halt: Halt) -> T:
        self._reads.add(halt)
        try:
            with halt.reading(_nothing):
                return fn()
        finally:
            self._reads.discard(halt)

    def _stop_reads(self) -> None:
        for halt in list(self._reads):
            halt.stop()


def _nothing() -> None:
    """No statement runs: what works asks by itself whether it is to end."""


class Engine(Protocol):
    """One open database."""

    @property
    def readers(self) -> Workers:
        """Threads for reads."""
        ...

    @property
    def writers(self) -> Workers:
        """Threads for writes."""
        ...

    @property
    def apart(self) -> Workers | None:
        """A thread for what has to go on while all others wait; None: nobody waits for long here."""
        ...

    def prepare(self, create_schema: Callable[[Any], None]) -> None:
        """Call ``create_schema(database)`` in one exclusive transaction. Raises HeldUp."""
        ...

    def run_read(self, fn: Callable[[ReadTx], T], halt: Halt, *, is_apart: bool = False) -> T:
        """Run ``fn`` on one snapshot. Called in a thread of ``readers``, or ``apart``. Raises Halted."""
        ...

    def run_work(self, fn: Callable[[], T], halt: Halt) -> T:
        """Run ``fn``, which asks ``halt`` while it works, without the database. Otherwise as ``run_read``."""
        ...

    def run_write(
        self,
        fn: Callable[[Tx], T],
        now: Callable[[], datetime],
        kind: Kind = Kind.USUAL,
        *,
        is_apart: bool = False,
    ) -> tuple[T, list[Published]]:
        """Run ``fn``, log its notes, commit. Called in a thread of ``writers``; ``fn`` may run again.

        ``is_apart``: in one of ``apart``; it waits for nobody's locks for long. Raises Locked.
        """
        ...

    def give_up(self) -> None:
        """Whoever waits for a connection fails now, and so does who comes. Does not block."""
        ...

    def close(self) -> None:
        """Stop reads, finish writes, then close every connection."""
        ...
