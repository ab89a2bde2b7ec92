"""Where this installation's octets are: a mark lies there, and the database knows which one.

So a bucket is the same one by whatever address it is reached, two installations never share one by mistake,
and a server that is led to another place than the one with the octets does not start.
"""

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec

from poststelle.blobs import BlobStore, BlobsUnavailable, ObjectBlobs, ObjectMissing, Objects, marks
from poststelle.blobs.marks import MARK, Mark
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_key
from poststelle.model.blob_address import S3Address
from poststelle.settings.at_rest import is_at_rest
from poststelle.store import backups, settings
from poststelle.store.tx import ReadTx, Store, Tx

LOCAL = "local"
"""A folder, whichever; an object storage is called by its own mark."""
_KEY, _NAMING, _MOVING = "blobs.place", "blobs.naming", "blobs.moving"
_LOOKS, _LOOK_AGAIN_S = 20, 0.5  # while another server marks the place, or is seen to have died before


def of(blobs: BlobStore) -> str:
    """What the place is called at which these lie."""
    return blobs.place if isinstance(blobs, ObjectBlobs) else LOCAL


class PlaceProblem(Exception):
    """Octets can't be kept there; the message says why and what to do."""


class _Naming(msgspec.Struct, frozen=True):
    """A place gets its mark. ``where``: its address; ``before``: where the octets were, "" when they are
    brought there by a move or a restore."""

    place: str
    where: str
    before: str


async def marked(objects: Objects, store: Store, where: str, clock: Clock, *, is_moving: bool) -> str:
    """The name of this place; where it has none yet, it is marked as ours.

    Several servers may start on an empty one together: the database has the name, so all write the same mark.
    ``where`` is for people. Raises PlaceProblem where another installation keeps its octets there, or where
    this one has some elsewhere (not when it ``is_moving`` them), and BlobsUnavailable.
    """
    installation = await store.write(backups.installation, new_key(), clock.now())
    for look in range(_LOOKS):
        before = await store.read(current)  # known before the mark is: who marks it records it afterwards
        found = await asyncio.to_thread(_read, objects, where)
        if found is None:
            name = await _named(store, where, clock, "" if is_moving else before, is_last=look == _LOOKS - 1)
            if name is None:
                await clock.sleep(_LOOK_AGAIN_S)
                continue
            await asyncio.to_thread(objects.put, MARK, marks.written(Mark(name, installation)))
            found = await asyncio.to_thread(_read, objects, where)
        if found is None or found.installation != installation:
            raise PlaceProblem(
                f"{where} holds the messages of another installation. Give this one a folder or a bucket"
                " of its own."
            )
        return found.place
    raise PlaceProblem(
        f"Another server gives its place a name just now, and it is not {where}. Set POSTSTELLE_BLOBS to"
        " the same on all of them, and start this one again."
    )


def owner(objects: Objects, where: str) -> str | None:
    """Which installation has its octets there; None: none. Blocks. Raises PlaceProblem, BlobsUnavailable."""
    found = _read(objects, where)
    return None if found is None else found.installation


async def require(store: Store, place: str, clock: Clock) -> None:
    """Raises PlaceProblem where the octets of this installation are in another place, or are being moved.

    Where there are none yet, this is the place from now on, unless a server runs that has another one.
    """
    if not await store.write(_settle, place, clock.now(), is_alone=False):
        await _require_rest(store, clock)
        await store.write(_settle, place, clock.now(), is_alone=True)


async def require_source(store: Store, place: str) -> None:
    """Raises PlaceProblem unless the octets are at ``place``, from where they are to be moved."""
    if await store.read(current) != place:
        raise _elsewhere()


def require_here(tx: ReadTx, place: str) -> None:
    """Raises BlobsUnavailable where they are not at ``place`` any more, or are just being brought from
    there."""
    if not is_here(tx, place):
        raise BlobsUnavailable("moved", "messages and files are being moved, or were moved to another place")


def is_here(tx: ReadTx, place: str) -> bool:
    """Whether a server that was started with ``place`` may go on with it."""
    return current(tx) == place and not is_moving(tx)


def current(tx: ReadTx) -> str:
    """The place where the octets are."""
    stored = settings.get(tx, _KEY)
    return LOCAL if stored is None else str(stored.value)


def record(tx: Tx, place: str, now: datetime) -> None:
    """From now on they are there, and are not being moved any more."""
    settings.destroy(tx, _NAMING)
    settings.destroy(tx, _MOVING)
    if current(tx) != place:
        settings.upsert(tx, _KEY, value=place, at=now, by=None)


def is_moving(tx: ReadTx) -> bool:
    return _move(tx) is not None


def begin_move(tx: Tx, move: str, now: datetime) -> None:
    """From now on no server starts, none that runs stores anything, and each ends with its next beat.
    ``move``: its name; one before it that was broken off, or goes on, is none any more."""
    settings.upsert(tx, _MOVING, value=move, at=now, by=None)


def finish_move(tx: Tx, move: str, place: str, now: datetime) -> None:
    """From now on they are at ``place``. Raises PlaceProblem where this move was taken back since."""
    if _move(tx) != move:
        raise PlaceProblem("This move was taken back, or another one was begun. Nothing was changed over.")
    record(tx, place, now)


def end_move(tx: Tx, move: str | None = None) -> bool:
    """They stay where they were; whether they were being moved, by this ``move`` where it is given."""
    return move in (None, _move(tx)) and settings.destroy(tx, _MOVING)


def _settle(tx: Tx, place: str, now: datetime, is_alone: bool) -> bool:
    """Whether it is the place; where nothing is stored yet it becomes so, for who started on it together or
    ``is_alone``. Raises PlaceProblem."""
    if is_moving(tx):
        raise PlaceProblem(
            "Messages and files of this installation are being moved to another place. Wait until `poststelle"
            " move-blobs` has ended. Was it broken off, run it again, or have them stay where they were:"
            " `poststelle move-blobs --take-back`."
        )
    if current(tx) == place:
        settings.destroy(tx, _NAMING)  # whoever is about to begin another one has to look who runs
        return True
    if backups.blobs_needed(tx, "", 1):
        raise _elsewhere()
    naming = _naming(tx)
    is_first = naming is not None and (naming.place, naming.before) == (place, current(tx))
    if is_first or is_alone:
        record(tx, place, now)
        return True
    return False


async def _named(store: Store, where: str, clock: Clock, before: str, *, is_last: bool) -> str | None:
    """What this place is to be called. None: look again, another server has named it or is about to."""
    naming = await store.read(_naming)
    if naming is not None and (naming.where, naming.before) == (where, before):
        return await store.write(_name, naming, naming, before, clock.now())
    if naming is not None and naming.before == before and not is_last:
        return None  # by another address, perhaps
    if before:
        if await store.read(backups.blobs_needed, "", 1):
            raise _elsewhere()
        if await store.read(current) == before:
            await _require_rest(store, clock)
    return await store.write(_name, naming, _Naming(new_key(), where, before), before, clock.now())


def _name(tx: Tx, seen: _Naming | None, new: _Naming, before: str, now: datetime) -> str | None:
    """``new``, unless somebody has come before us since ``seen``."""
    if _naming(tx) != seen or before not in ("", current(tx)):
        return None
    if new != seen:
        settings.upsert(tx, _NAMING, value=msgspec.to_builtins(new), at=now, by=None)
    return new.place


def _move(tx: ReadTx) -> str | None:
    stored = settings.get(tx, _MOVING)
    return None if stored is None else str(stored.value)


def _naming(tx: ReadTx) -> _Naming | None:
    stored = settings.get(tx, _NAMING)
    return None if stored is None else msgspec.convert(stored.value, _Naming)


async def _require_rest(store: Store, clock: Clock) -> None:
    if not await is_at_rest(store, clock):
        raise PlaceProblem(
            "A server runs that keeps messages and files in another place. Set POSTSTELLE_BLOBS to the same"
            " on all of them; to change it, stop all of them first."
        )


def _elsewhere() -> PlaceProblem:
    return PlaceProblem(
        "POSTSTELLE_BLOBS names another place than the one where this installation's messages and"
        " files are. Set it back, or move them: `poststelle move-blobs`."
    )


def explained(why: str, where: S3Address | Path, *, is_new: bool = False) -> str:
    """In words, with what to do, why a place can't be used (``BlobsUnavailable.why``). ``is_new``: octets are
    to be moved there."""
    name = "POSTSTELLE_NEW_BLOBS" if is_new else "POSTSTELLE_BLOBS"
    is_folder = isinstance(where, Path)
    match why:
        case "denied":
            check = "whose the folder is" if is_folder else f"{name}_ACCESS_KEY and {name}_SECRET_KEY"
            return f"{where} refuses us. Check {check}; reading, writing and deleting must be allowed."
        case "no_bucket":
            make = "Mount the folder" if is_folder else "Make the bucket"
            return f"{where} does not exist. {make}, or correct {name}."
        case "unmarked":
            return (
                f"{where} is not the place of this installation's messages any more: its {MARK} is not"
                " there, or another one. Mount the right folder, or put the file back."
            )
        case _:
            return (
                f"{where} can't be reached. Check the address in {name}, the network, and, where"
                f" its certificate is your own, {name}_CA_FILE."
            )


def _read(objects: Objects, where: str) -> Mark | None:
    try:
        return marks.read(objects.get(MARK))
    except ObjectMissing:
        return None
    except msgspec.DecodeError as problem:
        raise PlaceProblem(f"{where} has a file {MARK} that is not ours. Use another folder.") from problem
