"""The store: transactions in worker threads, then word to the listeners."""

import asyncio
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from poststelle.lib.clock import Clock
from poststelle.lib.workers import Workers
from poststelle.model.errors import TooMany
from poststelle.model.ids import UserId
from poststelle.store.engines.base import Engine, Halt, Halted, Kind
from poststelle.store.tx import Check, Publish, ReadTx, Tx

P = ParamSpec("P")
T = TypeVar("T")


READ_S = 20.0
"""How long one read of a user may take. Who waits has given up by then, mostly."""
READ_WHILE_OTHERS_WAIT_S = 5.0
"""The same while somebody waits who has no thread at all."""
_LOOK_AGAIN_S = 1.0
_AGAIN_S = 0.1
_COME_AGAIN_S = 60
_GIVEN_UP_S = 1.0  # for those who are told that there is no connection


class EngineStore:
    """``Store`` over one engine."""

    def __init__(
        self,
        engine: Engine,
        publish: Publish,
        clock: Clock,
        read_s: float = READ_S,
        crowded_s: float = READ_WHILE_OTHERS_WAIT_S,
    ) -> None:
        self._engine = engine
        self._publish = publish
        self._clock = clock
        self._read_s, self._crowded_s = read_s, crowded_s
        self._who: UserId | None = None
        self._is_apart = False
        self._writing: set[asyncio.Task[Any]] = set()

    def on_behalf(self, user: UserId) -> "EngineStore":
        store = self._another()
        store._who = user
        return store

    def apart(self) -> "EngineStore":
        store = self._another()
        store._is_apart = True
        return store

    def _another(self) -> "EngineStore":
        store = EngineStore(self._engine, self._publish, self._clock, self._read_s, self._crowded_s)
        store._writing = self._writing
        return store

    async def read(self, fn: Callable[Concatenate[ReadTx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def call(tx: ReadTx) -> T:
            return fn(tx, *args, **kwargs)

        halt = Halt()
        run = partial(self._engine.run_read, call, halt, is_apart=self._is_apart)
        return await self._watched(halt, run)

    async def work(self, fn: Callable[Concatenate[Check, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        halt = Halt()
        call = partial(fn, halt.check, *args, **kwargs)
        return await self._watched(halt, lambda: self._engine.run_work(call, halt))

    async def _watched(self, halt: Halt, run: Callable[[], T]) -> T:
        """In one of the threads for reads; of a user not for ever."""
        readers = self._workers(self._engine.readers)
        reading = readers.run(run, self._who)
        if self._who is None:
            return await reading
        with _Watch(halt, self._read_s, self._crowded_s, readers.is_somebody_left_out):
            return await reading

    async def write(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def call(tx: Tx) -> T:
            return fn(tx, *args, **kwargs)

        return await self._shielded(call, Kind.USUAL)

    async def write_fleeting(
        self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def call(tx: Tx) -> T:
            return fn(tx, *args, **kwargs)

        return await self._shielded(call, Kind.FLEETING)

    async def write_by_rows(
        self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def call(tx: Tx) -> T:
            return fn(tx, *args, **kwargs)

        return await self._shielded(call, Kind.BY_ROWS)

    async def _shielded(self, call: Callable[[Tx], T], kind: Kind) -> T:
        """A caller that goes away (a closed browser tab) stops waiting; what is committed is published."""
        task = asyncio.ensure_future(self._write(call, kind))
        self._writing.add(task)
        task.add_done_callback(self._written)
        return await asyncio.shield(task)

    async def close(self, within_s: float | None = None) -> None:
        if self._writing:
            _, late = await asyncio.wait(set(self._writing), timeout=within_s)
            if late:
                self._engine.give_up()
                await asyncio.wait(late, timeout=_GIVEN_UP_S)
        await asyncio.to_thread(self._engine.close)

    def _workers(self, usual: Workers) -> Workers:
        """Who does this store's work: those ``usual`` for it, or the one apart where the engine has one."""
        return (self._engine.apart if self._is_apart else None) or usual

    async def _write(self, call: Callable[[Tx], T], kind: Kind) -> T:
        engine = self._engine
        run = partial(engine.run_write, call, self._clock.now, kind, is_apart=self._is_apart)
        result, published = await self._workers(engine.writers).run(run, self._who)
        if published:
            await self._publish(published)
        return result

    def _written(self, task: asyncio.Task[Any]) -> None:
        self._writing.discard(task)
        if not task.cancelled():
            task.exception()  # the caller has it, or has gone away


class _Watch:
    """Stops a read that takes longer than ``within_s``, or ``crowded_s`` while ``is_crowded``, and one that
    nobody waits for any more.

    Waiting for a thread does not count. Raises TooMany for the first.
    """

    def __init__(self, halt: Halt, within_s: float, crowded_s: float, is_crowded: Callable[[], bool]) -> None:
        self._halt, self._within_s = halt, within_s
        self._crowded_s, self._is_crowded = min(crowded_s, within_s), is_crowded
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> None:
        self._timer = self._loop.call_later(self._crowded_s, self._look)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        self._timer.cancel()
        if kind is asyncio.CancelledError:
            self._stop()
        elif kind is Halted:
            message = "This takes too long here; ask for less, or more simply."
            raise TooMany("takes_too_long", message, after_s=_COME_AGAIN_S) from error

    def _look(self) -> None:
        begun = self._halt.begun_at
        took = 0.0 if begun is None else time.monotonic() - begun
        if took >= (self._crowded_s if self._is_crowded() else self._within_s):
            self._stop()
            return
        again = max(self._crowded_s - took, _LOOK_AGAIN_S)
        self._timer = self._loop.call_later(min(again, self._within_s - took), self._look)

    def _stop(self) -> None:
        """Beside the event loop: a server is asked over the network."""
        threading.Thread(target=_pursue, args=(self._halt,), name="stop-read", daemon=True).start()


def _pursue(halt: Halt) -> None:
    while halt.stop():
        time.sleep(_AGAIN_S)
