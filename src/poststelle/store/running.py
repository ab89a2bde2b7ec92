"""The store: transactions in worker threads, then word to the listeners."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from poststelle.lib.clock import Clock
from poststelle.store.engines.base import Engine
from poststelle.store.tx import Publish, ReadTx, Tx

P = ParamSpec("P")
T = TypeVar("T")


class EngineStore:
    """``Store`` over one engine."""

    def __init__(self, engine: Engine, publish: Publish, clock: Clock) -> None:
        self._engine = engine
        self._publish = publish
        self._clock = clock
        self._writing: set[asyncio.Task[Any]] = set()

    async def read(self, fn: Callable[Concatenate[ReadTx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def call(tx: ReadTx) -> T:
            return fn(tx, *args, **kwargs)

        return await self._engine.readers.run(lambda: self._engine.run_read(call))

    async def write(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def call(tx: Tx) -> T:
            return fn(tx, *args, **kwargs)

        return await self._shielded(call, is_lasting=True)

    async def write_fleeting(
        self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def call(tx: Tx) -> T:
            return fn(tx, *args, **kwargs)

        return await self._shielded(call, is_lasting=False)

    async def _shielded(self, call: Callable[[Tx], T], *, is_lasting: bool) -> T:
        """A caller that goes away (a closed browser tab) stops waiting; what is committed is published."""
        task = asyncio.ensure_future(self._write(call, is_lasting))
        self._writing.add(task)
        task.add_done_callback(self._written)
        return await asyncio.shield(task)

    async def close(self) -> None:
        if self._writing:
            await asyncio.wait(set(self._writing))
        await asyncio.to_thread(self._engine.close)

    async def _write(self, call: Callable[[Tx], T], is_lasting: bool) -> T:
        run = partial(self._engine.run_write, call, self._clock.now, is_lasting=is_lasting)
        result, published = await self._engine.writers.run(run)
        if published:
            await self._publish(published)
        return result

    def _written(self, task: asyncio.Task[Any]) -> None:
        self._writing.discard(task)
        if not task.cancelled():
            task.exception()  # the caller has it, or has gone away
