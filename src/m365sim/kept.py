"""The simulated world in the data folder, so that a restart finds the mail that was there.

The file's name says how the simulator ended::

    world.stopped   written at the end: delta tokens handed out before go on
    world.running   written from time to time while it runs: all there is after a crash

After a crash the world is older than what clients have seen. So its delta tokens belong to a new
generation, which clients are told by 410, and its ids and versions go on far above those of the lost life.

A file that cannot be read, because it is damaged or another version wrote it, is set aside under another name
(``world.stopped.broken-…``) and never written over; the log says so, and a new world begins.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import count
from pathlib import Path

from m365sim.clock import Clock
from m365sim.directory import Directory, Tenant, User
from m365sim.directory_seed import directory_from_seed
from m365sim.graph.tokens import TokenLedgers
from m365sim.notify.book import SubscriptionBook
from m365sim.world.seeding import populate
from m365sim.world.seedtypes import SeedOffice
from m365sim.world.simulation import Simulation
from m365sim.world.world import World

SAVE_EVERY_S = 20.0
REST_FACTOR = 100
"""A save stops the loop; the next one waits at least this many times as long as the last one took."""

_HEAD = b"m365sim world 3\n"
"""Raise the number when the fields of anything kept change: files of another number are not read."""
_DIGEST_SIZE = 16
_log = logging.getLogger(__name__)
_FOREIGN = (AttributeError, ImportError, IndexError, TypeError, ValueError, EOFError, pickle.UnpicklingError)
"""What reading a whole file that other code wrote may raise."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """The file's content; ``name`` says from which seed the world was made."""

    name: str
    world: World
    tenants: dict[str, Tenant]
    users: dict[str, User]
    tokens: TokenLedgers
    ahead_s: float
    subscriptions: SubscriptionBook


def fresh(clock: Clock, office: SeedOffice) -> Simulation:
    """A simulation of an office made new."""
    directory = directory_from_seed(office)
    world = World(clock)
    populate(world, directory, office)
    return Simulation(directory, world, clock=clock)


class Keeper:
    """Keeps one simulation in one data folder. A world of another ``name`` is not taken up but replaced."""

    def __init__(self, folder: Path, name: str) -> None:
        self._name = name
        self._stopped, self._running = folder / "world.stopped", folder / "world.running"
        self._saved: object = None

    def open(self, clock: Clock, make: Callable[[], SeedOffice]) -> Simulation:
        """The kept world, or a new one when there is none that can be read. Call once, before serving."""
        found = [path for path in (self._stopped, self._running) if path.exists()]
        with _no_collection():
            kept, path = _first_readable(found)
            is_taken_up = kept is not None and kept.name == self._name
            simulation = _restored(kept, clock) if kept and is_taken_up else fresh(clock, make())
        if is_taken_up and path == self._stopped:
            self._stopped.replace(self._running)
            self._saved = _state(simulation)
            return simulation
        if found:
            simulation.tokens = TokenLedgers()
            simulation.world.skip_ahead()
            for subscription in simulation.subscriptions:
                subscription.has_lost = True
        # Written before anybody is served: from now on a crash always finds an earlier life to go beyond.
        self._write(self._running, simulation)
        self._stopped.unlink(missing_ok=True)
        return simulation

    async def keep(self, simulation: Simulation) -> None:
        """Save the world from time to time while it changes; runs until cancelled."""
        pause_s = SAVE_EVERY_S
        while True:
            await asyncio.sleep(pause_s)
            began = time.monotonic()
            try:
                self.save_if_changed(simulation)
            except OSError as error:
                _log.warning("m365sim: the world could not be saved: %s", error)
            pause_s = max(SAVE_EVERY_S, REST_FACTOR * (time.monotonic() - began))

    def save_if_changed(self, simulation: Simulation) -> bool:
        """Save what is to be found after a crash; False when that is saved already. OSError: it can't be."""
        if _state(simulation) == self._saved:
            return False
        self._write(self._running, simulation)
        return True

    def close(self, simulation: Simulation) -> None:
        """Save what is to be found at the next start. Call once, when nobody is served any more."""
        self._write(self._stopped, simulation)
        self._running.unlink(missing_ok=True)

    def _write(self, path: Path, simulation: Simulation) -> None:
        directory, tokens, clock = simulation.directory, simulation.tokens, simulation.clock
        ahead_s = clock.offset.total_seconds()
        people = (directory.tenants, directory.users)
        kept = _Kept(self._name, simulation.world, *people, tokens, ahead_s, simulation.subscriptions)
        self._saved = _state(simulation)
        with _no_collection():
            octets = pickle.dumps(kept, pickle.HIGHEST_PROTOCOL)
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        with new.open("wb") as file:
            file.write(_HEAD + _digest(octets))
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _sync_folder(path.parent)


class _Unreadable(Exception):
    """A file that holds no world this version can take up; the message says why."""


def _first_readable(paths: Sequence[Path]) -> tuple[_Kept | None, Path | None]:
    """The first world that can be read, with its file. Those before it are set aside."""
    for path in paths:
        try:
            return _read(path), path
        except _Unreadable as reason:
            aside = _set_aside(path)
            _log.warning("m365sim: %s %s; it is kept as %s", path, reason, aside.name)
    if paths:
        _log.warning("m365sim: no kept world could be read, so a new one begins")
    return None, None


def _set_aside(path: Path) -> Path:
    """Give a file a name under which nobody looks for a world; that name, which nothing had before."""
    stem = f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    names = (path.with_name(stem + (f"-{n}" if n else "")) for n in count())
    aside = next(name for name in names if not name.exists())
    path.rename(aside)
    return aside


def _read(path: Path) -> _Kept:
    """The content of a file that was written whole by this version."""
    raw = path.read_bytes()
    start = len(_HEAD) + _DIGEST_SIZE
    octets = raw[start:]
    if not raw.startswith(_HEAD):
        raise _Unreadable("was not written by this version")
    if raw[len(_HEAD) : start] != _digest(octets):
        raise _Unreadable("is damaged")
    try:
        kept = pickle.loads(octets)  # noqa: S301 - our own file, in a folder that is the owner's alone
    except _FOREIGN as error:
        raise _Unreadable("was not written by this version") from error
    if not isinstance(kept, _Kept):
        raise _Unreadable("was not written by this version")
    return kept


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _restored(kept: _Kept, clock: Clock) -> Simulation:
    directory = Directory()
    for tenant in kept.tenants.values():
        directory.put_tenant(tenant)
    for user in kept.users.values():
        directory.put_user(user)
    clock.advance(kept.ahead_s)
    kept.world.use_clock(clock)
    return Simulation(
        directory, kept.world, clock=clock, tokens=kept.tokens, subscriptions=kept.subscriptions
    )


def _state(simulation: Simulation) -> object:
    """Compares unlike when something kept has changed, delta tokens handed out aside."""
    directory = simulation.directory
    seqs = tuple((mailbox.id, mailbox.seq, mailbox.configured) for mailbox in simulation.world)
    people = (tuple(directory.tenants.values()), tuple(directory.users.values()))
    world = simulation.world
    versions = (world.agenda.version, world.outside.version, simulation.subscriptions.version)
    return seqs, people, simulation.clock.offset, versions


def _digest(octets: bytes) -> bytes:
    return blake2b(octets, digest_size=_DIGEST_SIZE).digest()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hundreds of thousands of new objects and no garbage: collecting would double the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
