"""What the store needs from a database engine. All methods block: they run in worker threads."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from poststelle.lib.workers import Workers
from poststelle.model.change import ChangeOp, ChangeType, Published
from poststelle.model.ids import AccountId
from poststelle.store.notes import Notes
from poststelle.store.tx import ReadTx, Tx

T = TypeVar("T")


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

    def prepare(self, create_schema: Callable[[Any], None]) -> None:
        """Call ``create_schema(database)`` in one exclusive transaction."""
        ...

    def run_read(self, fn: Callable[[ReadTx], T]) -> T:
        """Run ``fn`` on one snapshot. Called in a thread of ``readers``."""
        ...

    def run_write(
        self, fn: Callable[[Tx], T], now: Callable[[], datetime], *, is_lasting: bool = True
    ) -> tuple[T, list[Published]]:
        """Run ``fn``, log its notes, commit. Called in a thread of ``writers``; ``fn`` may run again.

        Not ``is_lasting``: the commit does not wait for the disk.
        """
        ...

    def close(self) -> None:
        """Finish what runs, then close every connection."""
        ...
