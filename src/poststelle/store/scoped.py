"""A store whose transactions all run within one caller's scope."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from poststelle.model.ids import UserId
from poststelle.model.rights import Scope
from poststelle.store.tx import Check, ReadTx, Store, Tx

P = ParamSpec("P")
T = TypeVar("T")


class ScopedStore:
    """What the inner store does, with every grant limited by ``scope``."""

    def __init__(self, inner: Store, scope: Scope) -> None:
        self._inner, self._scope = inner, scope

    async def read(self, fn: Callable[Concatenate[ReadTx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def within(tx: ReadTx) -> T:
            tx.scope = self._scope
            return fn(tx, *args, **kwargs)

        return await self._inner.read(within)

    async def work(self, fn: Callable[Concatenate[Check, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._inner.work(fn, *args, **kwargs)

    async def write(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._inner.write(self._within(fn, *args, **kwargs))

    async def write_fleeting(
        self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._inner.write_fleeting(self._within(fn, *args, **kwargs))

    async def write_by_rows(
        self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._inner.write_by_rows(self._within(fn, *args, **kwargs))

    def _within(
        self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Callable[[Tx], T]:
        def within(tx: Tx) -> T:
            tx.scope = self._scope
            return fn(tx, *args, **kwargs)

        return within

    def on_behalf(self, user: UserId) -> "ScopedStore":
        return ScopedStore(self._inner.on_behalf(user), self._scope)

    def apart(self) -> "ScopedStore":
        return ScopedStore(self._inner.apart(), self._scope)

    async def close(self, within_s: float | None = None) -> None:
        await self._inner.close(within_s)
