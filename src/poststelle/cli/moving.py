"""``poststelle migrate-store``: from SQLite to PostgreSQL, or back."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from poststelle.backup.beginning import Stopped, begin_anew
from poststelle.backup.restoring import MARK, broken_off
from poststelle.cli import databases
from poststelle.cli.backup import tell_stopped
from poststelle.cli.console import prepare
from poststelle.config import Config, ConfigError
from poststelle.lib.clock import SharedClock, SystemClock
from poststelle.lib.database import DatabaseOptions
from poststelle.moving import copying
from poststelle.moving.copying import MoveProblem, Taken, Talk
from poststelle.store import CannotConnect, backups, open_store
from poststelle.store.opening import BeingMoved, Opening, SchemaMismatch, saying_who_holds_up
from poststelle.store.tx import Tx, unheard
from poststelle.sync.one_time import Timekeeper

T = TypeVar("T")
DONE, NOT_THE_SAME = 0, 1


def run(config: Config, target: str) -> int:
    """Move it, say so; return the code to end with. Raises ConfigError."""
    console = prepare(config)
    if (config.data_dir / MARK).exists():
        raise ConfigError(broken_off(config.data_dir))
    new = DatabaseOptions(partitions=config.database.partitions)
    is_to_be_made = _attempt(lambda: copying.is_to_be_made(config.direct_url, target))
    tell = console.print
    _attempt(lambda: asyncio.run(_with_schema(config.direct_url, new, Opening.TO_LEAVE, tell)), copying.OLD)
    if is_to_be_made:
        _attempt(lambda: asyncio.run(_with_schema(target, new, Opening.USUAL, tell)), copying.NEW)
    moved = _attempt(lambda: copying.move(config.direct_url, target, Talk(tell)))
    for line in copying.differences(moved.differences):
        console.print(line)
    if moved.differences:
        console.print("The copy is NOT the same. Give it a new, empty database and begin anew:")
        console.print("`poststelle migrate-store --take-back` lets servers start on this one again.")
        return NOT_THE_SAME
    console.print(f"Moved and compared: {moved.rows:,} rows of {moved.tables} tables, no difference.")
    console.print(
        "Set POSTSTELLE_DATABASE to the new address, leave POSTSTELLE_DATA and the key as they are."
    )
    console.print("Start the server: it makes the search index anew, the newest messages first.")
    return DONE


def take_back(config: Config) -> int:
    """Let servers start on the old database again. Raises ConfigError."""
    console = prepare(config)
    taken = _attempt(lambda: copying.take_back(config.direct_url))
    if taken is Taken.NOTHING:
        console.print("This database was not being moved.")
        return DONE
    if taken is Taken.DONE:
        stopped = _attempt(lambda: asyncio.run(_begin_anew(config.direct_url, console.print)))
        console.print("It is as it was when it was moved: what was done on the other one since is not here.")
        tell_stopped(console, stopped)
        console.print("All people log in again; mail programs and open pages read their lists anew.")
    console.print("Servers start on this database again. Do not use its copy, too.")
    return DONE


async def _begin_anew(url: str, tell: Callable[[str], None]) -> Stopped:
    """An earlier state becomes the present one, and is not marked any more, both or neither."""
    clock = SharedClock(SystemClock())
    held_up = saying_who_holds_up(tell)
    store = await open_store(url, unheard, clock, opening=Opening.TAKE_BACK, on_held_up=held_up)
    try:
        await Timekeeper(clock, store).learn()
        return await store.write(_end_move, clock.now())
    finally:
        await store.close()


def _end_move(tx: Tx, now: datetime) -> Stopped:
    backups.end_move(tx)
    return begin_anew(tx, now, None)


async def _with_schema(
    url: str, options: DatabaseOptions, opening: Opening, tell: Callable[[str], None]
) -> None:
    """Brought up to date, or made; one that a move has marked is as it is to be."""
    held_up = saying_who_holds_up(tell)
    try:
        store = await open_store(
            url, unheard, SystemClock(), options=options, opening=opening, on_held_up=held_up
        )
    except BeingMoved:
        return
    await store.close()


def _attempt(work: Callable[[], T], which: str = "") -> T:
    """``which`` database is opened by it, if one is. Raises ConfigError."""
    try:
        return work()
    except (CannotConnect, MoveProblem, SchemaMismatch, ValueError) as problem:
        raise ConfigError(f"{which}{problem}") from problem
    except databases.FAILURES as problem:
        raise databases.refusal(problem, if_busy="Stop all servers on it") from problem
    except OSError as problem:
        where = problem.filename or "A folder"
        raise ConfigError(f"{which}{where} can't be used: {problem.strerror}.") from problem
