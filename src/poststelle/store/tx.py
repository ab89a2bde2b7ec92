"""What a transaction can do, and the store that runs it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from poststelle.model.change import ChangeOp, ChangeType, Published
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Scope
from poststelle.model.search import Entry

P = ParamSpec("P")
T = TypeVar("T")

Row = dict[str, Any]
Check = Callable[[], None]
Publish = Callable[[Sequence[Published]], Awaitable[None]]


class Locked(Exception):
    """Somebody else has had for long what was to be written apart (``Store.apart``); nothing was."""


async def unheard(_: Sequence[Published]) -> None:
    """Nobody listens."""


class ReadTx(Protocol):
    """A consistent view. Statements are named (``store/sql``); parameters go by name.

    ``scope`` limits the rights of the caller it runs for; None: to what they were granted.
    """

    scope: Scope | None

    def one(self, query: str, /, **params: Any) -> Row | None:
        """The first row, None when there is none."""
        ...

    def all(self, query: str, /, **params: Any) -> list[Row]:
        """All rows, in the statement's order."""
        ...

    def check(self) -> None:
        """For what works long between two statements: raises once the read is to end, as statements do."""
        ...


class Tx(ReadTx, Protocol):
    """A write transaction."""

    def run(self, query: str, /, **params: Any) -> int:
        """Run a statement; return how many rows it touched."""
        ...

    def many(self, query: str, rows: Iterable[Row], /) -> None:
        """Run a statement once a row."""
        ...

    def many_in_order(self, query: str, rows: Iterable[tuple[Any, ...]], /) -> None:
        """As ``many``, for rows by the hundred: each holds the values in the order in which the statement
        first names them."""
        ...

    def index(self, entries: Iterable[Entry]) -> None:
        """Put messages into the full-text index, under numbers that are free there."""
        ...

    def unindex(self, account: AccountId, docs: Sequence[int]) -> None:
        """Take messages out of the full-text index, by their numbers there."""
        ...

    def tidy_index(self) -> bool:
        """Put together some of the index's parts: some hundredths of a second. Whether more is to be done."""
        ...

    def end_sessions(self, programs: Sequence[str], silent_s: float) -> int:
        """End what programs (``DatabaseOptions.program``) that are dead have left open at the server.

        Only transactions that have waited for them for so long; they give up what they have locked. How many
        were ended: 0 where there is no server, or where those are of a role whose rights ours has not.
        """
        ...

    def changed(self, account_id: AccountId, type_: ChangeType, object_id: int, op: ChangeOp) -> None:
        """Note that a client can see something else now.

        Notes are folded per object (created then updated is created; created
        then destroyed is nothing) and written to the change log with fresh
        modseqs just before the commit.
        """
        ...

    def all_changed(
        self, account_id: AccountId, type_: ChangeType, object_ids: Iterable[int], op: ChangeOp
    ) -> None:
        """``changed`` for each of several objects."""
        ...

    def log_changes(self, at: datetime) -> None:
        """Write the notes so far now, so that a state read afterwards in this transaction counts them."""
        ...


class Store(Protocol):
    """Runs transactions in worker threads and publishes their changes."""

    async def read(self, fn: Callable[Concatenate[ReadTx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``fn(tx, …)`` on one consistent snapshot."""
        ...

    async def work(self, fn: Callable[Concatenate[Check, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``fn(check, …)`` where reads run, without the database: in the user's turn, and as long as a
        read at most. ``fn`` calls ``check`` again and again, which ends it when it has to end."""
        ...

    async def write(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``fn(tx, …)`` in one write transaction, then publish its changes.

        ``fn`` may run again after a serialization failure, so it touches nothing
        but ``tx``. A failed commit publishes nothing. Publishing is a hint to
        listeners; the change log written through ``tx`` is the truth.
        """
        ...

    async def write_fleeting(
        self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As ``write``, without waiting for the disk: should the power fail, it may never have been.

        Others see it at once, and it is on the disk with the next ``write``. A number that it took may be
        given again after such a failure.
        """
        ...

    async def write_by_rows(
        self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As ``write``, for what depends on no row but those that it changes itself: a claim, a time at which
        something is due.

        Each statement sees what was committed before it, and whatever others do with other rows is nothing to
        it: it is not made again for their sake, nor they for its.
        """
        ...

    def on_behalf(self, user: UserId) -> "Store":
        """The same store for what a user asks: it never takes all threads from others, who wait take turns,
        and a read ends with who waits for it. A read of more than some seconds raises TooMany
        (``takes_too_long``)."""
        ...

    def apart(self) -> "Store":
        """The same store for what has to go on while everything else waits, and is short: a heart.

        It has a thread and a connection that nobody else takes; while that can't be had, it goes by one of
        everybody's. It waits for two seconds at most for what others have locked, then it raises Locked."""
        ...

    async def close(self, within_s: float | None = None) -> None:
        """Stop reads, finish writes, then close all connections.

        ``within_s``: writes that take longer, for the database can't be reached, are given up; None: they
        are waited for.
        """
        ...
