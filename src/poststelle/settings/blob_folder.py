"""Whether the folder in which a machine keeps octets is the one with those of its installation.

Over one PostgreSQL a second machine has a data folder of its own: without ``POSTSTELLE_BLOBS`` it would keep
there what it stores, and find nothing of what the first has. So a file in the folder names it, and the
database knows the name. A folder that holds anything is let be, for it may have been copied, restored, or
filled before there were names.
"""

import asyncio
import os
import re
from datetime import datetime
from pathlib import Path

import msgspec

from poststelle.blobs import marks
from poststelle.blobs.marks import MARK, Mark
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_key
from poststelle.settings.at_rest import is_at_rest
from poststelle.settings.blob_place import PlaceProblem
from poststelle.store import backups, settings
from poststelle.store.tx import ReadTx, Store, Tx

_KEY = "blobs.folder"
_HOLD_NOTHING = {MARK, "lock"}
_OCTETS = re.compile(r"small\.db|[0-9a-f]{2}")  # what ``DirectoryBlobs`` makes in it
_UNKNOWN = ""  # somebody has put a file there that says no name: they want this folder


def is_in_use(folder: Path) -> bool:
    """Whether an installation has named this folder, or keeps octets in it; of other files that lie there, as
    in one that is a disk of its own, it is nobody's. Blocks."""
    try:
        names = {one.name for one in folder.iterdir()}
    except OSError:  # not there; or whoever needs it will say so
        return False
    return any(map(_OCTETS.fullmatch, names)) or (MARK in names and _read(folder) != _UNKNOWN)


async def require(store: Store, folder: Path, clock: Clock) -> None:
    """Raises PlaceProblem where this folder is empty, and another one has the octets, or a server that has
    another one runs."""
    found, is_empty = await asyncio.to_thread(_look, folder)
    known = await store.read(_known)
    if found is not None and found in {known, _UNKNOWN}:
        return
    needs_octets = is_empty and bool(await store.read(backups.blobs_needed, "", 1))
    if known is None and not (is_empty and needs_octets):  # else it is lost, or not this one
        known = await _named(store, folder, clock, is_taken=False)
    if known is None or not is_empty or known == (await asyncio.to_thread(_look, folder))[0]:
        return
    if needs_octets or not await is_at_rest(store, clock):
        raise PlaceProblem(
            f"{folder} is empty, and this installation keeps its messages and files in another folder, maybe"
            " of another machine. Several machines need a place that all reach: bring there what is in that"
            " folder (`poststelle move-blobs` on its machine), and set POSTSTELLE_BLOBS on all of them. If"
            f" this is the folder, and what was in it is lost, put an empty file {MARK} into it."
        )
    await _named(store, folder, clock, is_taken=True)


async def _named(store: Store, folder: Path, clock: Clock, *, is_taken: bool) -> str | None:
    """What the database calls the folder with the octets; this one where it knows none, or if ``is_taken``.
    None: this one can't be named, so it goes on as it is."""
    installation = await store.write(backups.installation, new_key(), clock.now())
    try:
        name = await asyncio.to_thread(_marked, folder, Mark(new_key(), installation))
    except OSError:
        return None
    return await store.write(_record, name, clock.now(), is_taken)


def _look(folder: Path) -> tuple[str | None, bool]:
    """The folder's name, if it has one, and whether nothing is in it."""
    try:
        names = {one.name for one in folder.iterdir()}
    except FileNotFoundError:
        return None, True
    except OSError:  # whoever needs it will say so
        return _UNKNOWN, False
    return (_read(folder) if MARK in names else None), names <= _HOLD_NOTHING


def _read(folder: Path) -> str:
    try:
        return marks.read((folder / MARK).read_bytes()).place
    except (OSError, msgspec.DecodeError):
        return _UNKNOWN


def _marked(folder: Path, mark: Mark) -> str:
    """What the folder is called by now: several processes of a machine may start on it together."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = folder / f".{mark.place}"
    try:
        beside.write_bytes(marks.written(mark))
        os.link(beside, folder / MARK)
    except FileExistsError:
        return _read(folder)
    finally:
        beside.unlink(missing_ok=True)
    return mark.place


def _known(tx: ReadTx) -> str | None:
    stored = settings.get(tx, _KEY)
    return None if stored is None else str(stored.value)


def _record(tx: Tx, name: str, now: datetime, is_taken: bool) -> str:
    known = _known(tx)
    if known is not None and not is_taken:
        return known
    settings.upsert(tx, _KEY, value=name, at=now, by=None)
    return name
