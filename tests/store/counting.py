"""What counts: a transaction, and the steps of an event loop."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

from poststelle.http.jmap.errors import MethodError
from poststelle.model.errors import UseCaseError
from poststelle.store.tx import Store, Tx


class Counting:
    """Another transaction; ``steps`` counts its statements, and the rows of those that list; ``checks``, how
    often it was asked whether to end."""

    def __init__(self, tx: Tx) -> None:
        self._tx, self.steps, self.statements, self.checks = tx, 0, 0, 0

    def check(self) -> None:
        self.checks += 1
        self._tx.check()

    def all(self, query: str, /, **params: Any) -> list[dict[str, Any]]:
        found = self._tx.all(query, **params)
        self._count(1 + len(found))
        return found

    def run(self, query: str, /, **params: Any) -> int:
        self._count(1)
        return self._tx.run(query, **params)

    def one(self, query: str, /, **params: Any) -> dict[str, Any] | None:
        self._count(1)
        return self._tx.one(query, **params)

    def many(self, query: str, rows: Any, /) -> None:
        self.statements += 1
        self._tx.many(query, rows)

    def many_in_order(self, query: str, rows: Any, /) -> None:
        self.statements += 1
        self._tx.many_in_order(query, rows)

    def _count(self, steps: int) -> None:
        self.steps += steps
        self.statements += 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


class CountedReads:
    """Another store; ``statements`` counts those of what is read."""

    def __init__(self, store: Store) -> None:
        self._store, self.statements = store, 0

    async def read(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        def read(tx: Any) -> Any:
            counting = Counting(tx)
            found = fn(counting, *args, **kwargs)
            return found, counting.statements

        found, statements = await self._store.read(read)
        self.statements += statements
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def steps_here(work: Awaitable[Any]) -> int:
    """How many functions are called in this thread, the event loop's, until the work is done or refused."""
    steps = 0

    def count(_frame: Any, event: str, _what: Any) -> None:
        nonlocal steps
        steps += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        await work
    except (MethodError, UseCaseError):
        pass
    finally:
        sys.setprofile(before)
    return steps
