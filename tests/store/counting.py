"""A transaction that counts."""

from typing import Any

from poststelle.store.tx import Tx


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
