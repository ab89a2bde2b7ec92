"""Make an installation of a backup, where there is none yet.

One at a time (``alone``). While it is under way a file named ``restoring`` lies in the data folder and a
table tells of it in the database, and no server starts on either: the database may be there without its
octets, and clients' memories are not yet set right.

Source: docs/decisions/0026.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace as struct_replace

from poststelle.access import trail
from poststelle.auth.crypto import KeyRing
from poststelle.backup import database, manifest, marks, octets
from poststelle.backup.alone import alone
from poststelle.backup.beginning import NOTE, Stopped, begin_anew, noted_time
from poststelle.backup.manifest import BackupProblem, Manifest
from poststelle.backup.marks import Mark
from poststelle.backup.taking import BLOBS
from poststelle.blobs import BlobStore, ObjectBlobs
from poststelle.jobs.inline import guarded
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_key
from poststelle.settings import blob_place, keyring, seals
from poststelle.settings.at_rest import is_at_rest
from poststelle.store import CannotConnect, audit, backups, open_store
from poststelle.store.opening import OLDEST_CODE, SCHEMA_VERSION, MuchOlder, Opening, saying_who_holds_up
from poststelle.store.tx import ReadTx, Store, Tx, unheard
from poststelle.sync.trail_keeper import TrailKeeper

MARK = marks.NAME
_NOTES = 1_000  # of backups in the trail, the newest


def _ignore(_: str) -> None:
    """Nobody wants to know."""


_NAMES = {database.SQLITE: "SQLite", database.POSTGRESQL: "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the installation is to be. ``ring`` has the key that the backup was sealed under. ``open_blobs``:
    where its octets are to be, as ``blobs_at`` calls it; ``whose_blobs``: which installation has its octets
    there already, None: none."""

    data_dir: Path
    database_url: str
    ring: KeyRing
    clock: Clock
    open_blobs: Callable[[Store], AbstractAsyncContextManager[BlobStore]]
    whose_blobs: Callable[[], Awaitable[str | None]]
    blobs_at: str | None = None

    @property
    def are_blobs_here(self) -> bool:
        return self.blobs_at is None

    @property
    def blobs(self) -> Path:
        return self.data_dir / BLOBS

    @property
    def mark(self) -> Path:
        return self.data_dir / MARK


@dataclass(frozen=True, slots=True)
class Restored:
    """``missing``: hashes of octets that the database names and the backup lacks, or has ``damaged``.
    ``stopped``: what was on its way to Microsoft when it was made. ``unproven``: how many entries of the
    audit trail nothing had sealed before, neither by itself nor with the whole backup."""

    manifest: Manifest
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    stopped: Stopped
    unproven: int


@dataclass(frozen=True, slots=True)
class PutBack:
    """As ``Restored``."""

    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    stopped: Stopped
    unproven: int


async def restore(
    folder: Path,
    place: Place,
    tell: Callable[[str], None],
    *,
    may_be_unsealed: bool = False,
    in_its_place: bool = False,
) -> Restored | None:
    """Fill the place; one that was broken off at the same backup, into the same database, goes on. None where
    that one had come to its end, and only its marks were left to be removed.

    What it makes is an installation of its own, unless it comes ``in_its_place``: of the one that the backup
    is of, whose bucket and backups it then goes on with.

    Raises BackupProblem before anything is written where there is something already, another one is under
    way, the key is another, or the backup is damaged, changed or a newer program's, or has no seal and need
    not (``may_be_unsealed``); CannotConnect; OSError.
    """
    told = manifest.read(folder)
    _check_kind(told, place)
    is_sealed = manifest.is_sealed(folder, place.ring)
    if not is_sealed and not may_be_unsealed:
        raise BackupProblem(
            "This backup has no seal: an older Poststelle made it, or somebody has taken the seal away. "
            "If nobody else could write to the folder, say --unsealed."
        )
    with alone(place.data_dir, place.database_url):  # before the marks are read: they tell of who has ended
        if await _has_ended(place, told):
            return None
        mark = await asyncio.to_thread(_begun, place, told, in_its_place)
        done = await _filled(folder, place, told, mark, tell)
    return replace(done, unproven=0) if is_sealed else done


async def _filled(
    folder: Path, place: Place, told: Manifest, mark: Mark, tell: Callable[[str], None]
) -> Restored:
    """From where the mark says on; nobody else does so."""
    await _require_own_blobs(place, told, mark)
    await asyncio.to_thread(database.require_fit, place.database_url)  # before what may take hours
    tell("Reading the backup")
    await asyncio.to_thread(_check_parts, folder, told)
    data = folder / told.database.name
    await asyncio.to_thread(database.require_readable, place.database_url, data, told.client)
    if mark.how_far == marks.BEGUN:
        tell("Filling the database")
        await asyncio.to_thread(_fill, place, data, mark)
        mark = struct_replace(mark, how_far=marks.LOADED)
    marks.write(place.mark, mark)
    tell("Copying messages and files")
    source = _Source(folder, told, [])
    await asyncio.to_thread(_copy_here, place, source)
    async with _opened(place, tell, Opening.RESTORING) as store:
        begun = await _begin_anew(store, place, tell, source, _Copy(told, mark.installation))
    marks.write(place.mark, struct_replace(mark, how_far=marks.ENDED))
    await asyncio.to_thread(_let_go, place, told)
    return Restored(told, begun.missing, tuple(source.damaged), begun.stopped, begun.unsealed)


def _let_go(place: Place, told: Manifest) -> None:
    """The mark in the folder goes last: by it is known that the one in the database went by us."""
    marks.let_go(place.database_url, max(told.oldest_code, OLDEST_CODE))
    place.mark.unlink()


async def _has_ended(place: Place, told: Manifest) -> bool:
    """Whether one before has made what it was to make and was broken off while it removed its marks; they are
    removed then. What is in the database may have been in use since.
    """
    found, url = marks.read(place.mark), place.database_url
    if found is None or (found.backup, found.database) != (told.database.sha256, marks.address_hash(url)):
        return False
    if found.how_far == marks.BEGUN or not found.installation:
        return False
    if await asyncio.to_thread(database.is_empty, url):
        return False
    claim = await asyncio.to_thread(marks.claimed_by, url)
    if claim is None:
        async with _opened(place, opening=Opening.AS_IT_IS) as store:
            has_ended = await store.read(_is_made, told, found.installation)
    else:
        has_ended = (claim, found.how_far) == (found.attempt, marks.ENDED)
    if has_ended:
        await asyncio.to_thread(_let_go, place, told)
    return has_ended


def _is_made(tx: ReadTx, told: Manifest, installation: str) -> bool:
    """Whether this is the installation, with what ``begin_anew`` notes: the database of before, put back
    under its name, may be called the same."""
    if backups.known_installation(tx) != installation:
        return False
    noted = audit.find(tx, audit.Filter(kind="backup"), limit=_NOTES)
    made_at = noted_time(told.made_at)
    return any(one.action == NOTE and one.detail.get("made_at") == made_at for one in noted)


async def put_back(place: Place, folder: Path | None, tell: Callable[[str], None]) -> PutBack:
    """Tell a database that other means have put back to an earlier state; ``folder``: a backup whose messages
    and files are brought, as far as they lack.

    Raises BackupProblem where there is none, or somebody works on it, also where that has begun while files
    were copied; then the database is as it was.
    """
    with alone(place.data_dir, place.database_url):
        return await _told_of_it(place, folder, tell)


async def _told_of_it(place: Place, folder: Path | None, tell: Callable[[str], None]) -> PutBack:
    if place.mark.exists():
        raise BackupProblem(broken_off(place.data_dir))
    if await asyncio.to_thread(database.is_empty, place.database_url):
        raise BackupProblem("There is no database: check POSTSTELLE_DATA and POSTSTELLE_DATABASE.")
    source = None if folder is None else _Source(folder, manifest.read(folder), [])
    await _require_rest(place, tell)
    if source is not None:
        tell("Copying messages and files")
        await asyncio.to_thread(_copy_here, place, source)
        await _require_rest(place, tell)  # that may have taken hours
    async with _opened(place, tell) as store:
        begun = await _begin_anew(store, place, tell, source)
    damaged = () if source is None else tuple(source.damaged)
    return PutBack(begun.missing, damaged, begun.stopped, begun.unsealed)


async def _require_rest(place: Place, tell: Callable[[str], None]) -> None:
    """Raises BackupProblem while a server runs. One that began on an older database may go on with it: so
    that is brought up to date only afterwards, unless it can't be read as it is."""
    tell("Looking whether a server still runs")
    try:
        async with _opened(place, tell, Opening.AS_IT_IS) as store:
            is_rest = await is_at_rest(store, place.clock)
    except MuchOlder:
        async with _opened(place, tell) as store:
            is_rest = await is_at_rest(store, place.clock)
    if not is_rest:
        raise BackupProblem("A server still runs on this database. Stop all of them first.")


def _begun(place: Place, told: Manifest, in_its_place: bool) -> Mark:
    """This attempt, or the one before, if the database is the one that it has begun to fill.

    Raises BackupProblem where there is a database that no attempt of ours has made.
    """
    found, ours = marks.read(place.mark), marks.address_hash(place.database_url)
    which = told.installation if in_its_place else new_key()
    fresh = Mark(told.database.sha256, ours, secrets.token_hex(16), marks.BEGUN, which)
    if found is None or found.backup != fresh.backup:
        _check_empty(place)
        return fresh
    if database.is_empty(place.database_url):
        is_of_its_own = found.installation not in {"", told.installation} and not in_its_place
        # The one before may have marked a bucket.
        return struct_replace(fresh, installation=found.installation) if is_of_its_own else fresh
    if found.database != ours or marks.claimed_by(place.database_url) != found.attempt:
        raise _there_already(place)
    if not found.installation:
        return struct_replace(found, installation=which)
    if in_its_place and found.installation != told.installation:
        raise BackupProblem(
            "This restore was begun as an installation of its own. Let it go on without --in-its-place, or "
            "begin anew with an empty database."
        )
    return found


async def _require_own_blobs(place: Place, told: Manifest, mark: Mark) -> None:
    """Two installations must not share a bucket: each removes from it what it does not name itself.

    Raises BackupProblem.
    """
    owner = await place.whose_blobs()
    if owner in {None, mark.installation}:
        return
    if owner == told.installation:
        raise BackupProblem(
            f"{place.blobs_at} holds the messages of the installation that this backup is of, which would"
            " lose them to the restored one. To try the backup, set POSTSTELLE_BLOBS to an empty bucket or"
            " folder; if the restored one takes the place of that one, which no server runs on any more, say"
            " --in-its-place."
        )
    raise BackupProblem(
        f"{place.blobs_at} holds the messages of another installation. Set POSTSTELLE_BLOBS to an empty"
        " bucket or folder."
    )


def _check_kind(told: Manifest, place: Place) -> None:
    if told.oldest_code > SCHEMA_VERSION:
        raise manifest.too_new(told)
    if told.engine != database.engine_of(place.database_url):
        raise BackupProblem(
            f"This backup is of {_NAMES[told.engine]}, and POSTSTELLE_DATABASE says otherwise. "
            "It can be restored to the same only."
        )
    if not all(place.ring.has(bytes.fromhex(key)) for key in told.keys):
        raise BackupProblem(
            "The key is not the one that this backup was sealed under. Put the right one back first."
        )


def _check_empty(place: Place) -> None:
    if not database.is_empty(place.database_url):
        raise _there_already(place)
    if place.are_blobs_here and place.blobs.exists() and any(place.blobs.iterdir()):
        raise BackupProblem(
            f"{place.blobs} holds messages already. Move it away, or set POSTSTELLE_DATA to a new folder."
        )


def _there_already(place: Place) -> BackupProblem:
    said = (
        "There is a database already. A backup is restored where there is none: "
        "move it away, or name another."
    )
    # One that is claimed is no installation, and would not be opened without the mark either.
    if place.mark.exists() and marks.claimed_by(place.database_url) is None:
        said += (
            f" It is not what the restore that was broken off was filling: to give that up, and go on with"
            f" this database as it is, remove {place.mark}."
        )
    return BackupProblem(said)


def broken_off(data_dir: Path) -> str:
    """What is said where a mark lies in the data folder. It may go where somebody else's database is by now:
    one that the restore was filling says so itself."""
    return (
        f"A restore into {data_dir} was broken off. Run `poststelle restore` with the same backup again. If"
        f" it was given up, and the database is not the one that it was filling, remove {data_dir / MARK}."
    )


def _check_parts(folder: Path, told: Manifest) -> None:
    for part in told.parts:
        if not manifest.holds(folder, part):
            raise BackupProblem(f"{folder / part.name} is missing or damaged.")


def _fill(place: Place, source: Path, mark: Mark) -> None:
    """Whose the database is, is said in it before anybody else could take it for one; and what is there is
    looked at again, for hours may have gone by since.

    Raises BackupProblem where somebody else has made one there; then the folder's mark is as it was.
    """
    url = place.database_url
    is_begun = not database.is_empty(url)
    if is_begun:
        if marks.claimed_by(url) != mark.attempt:
            raise _there_already(place)
        marks.write(place.mark, mark)
    elif not marks.begin(place.mark, mark, url):
        raise _there_already(place)
    database.load(url, source, is_begun=is_begun, last=marks.shutting(url, mark.attempt))


def _copy_here(place: Place, source: "_Source") -> None:
    """The files, where they are to be in the data folder."""
    if not place.are_blobs_here:
        return
    source.damaged.extend(octets.copy(source.folder / BLOBS, place.blobs).damaged)
    if source.told.small is not None:
        place.blobs.mkdir(mode=0o700, parents=True, exist_ok=True)
        octets.merge_small(source.folder / source.told.small.name, place.blobs / octets.SMALL)


@dataclass(frozen=True, slots=True)
class _Source:
    """The backup that octets come from; names are added to ``damaged``."""

    folder: Path
    told: Manifest
    damaged: list[str]


@dataclass(frozen=True, slots=True)
class _Begun:
    """``missing``: hashes of octets. ``unsealed``: entries of the audit trail that are sealed only now."""

    missing: tuple[str, ...]
    stopped: Stopped
    unsealed: int


@dataclass(frozen=True, slots=True)
class _Copy:
    """The database is from a backup, and is to be the ``installation``."""

    told: Manifest
    installation: str


@asynccontextmanager
async def _opened(
    place: Place, tell: Callable[[str], None] = _ignore, opening: Opening = Opening.USUAL
) -> AsyncIterator[Store]:
    """Its database, brought up to date, unless it is opened otherwise; closed at the end of the block.

    Raises BackupProblem where the server can't be used so; SchemaMismatch; CannotConnect.
    """
    held_up = saying_who_holds_up(tell)
    try:
        store = await open_store(
            place.database_url, unheard, place.clock, opening=opening, on_held_up=held_up
        )
    except CannotConnect:
        raise
    except ValueError as problem:
        raise BackupProblem(str(problem)) from problem
    try:
        yield store
    finally:
        await store.close()


async def _begin_anew(
    store: Store,
    place: Place,
    tell: Callable[[str], None],
    source: _Source | None,
    copy: _Copy | None = None,
) -> _Begun:
    """``copy``: None where others have put the database back."""
    await _require_fit(store, place, None if copy is None else copy.told)
    await store.write(trail.chain_older)
    unsealed, _ = await store.read(audit.unsealed)
    stopped = await store.write(_note, place.clock.now(), copy)
    await guarded(_seal(store, place), event="audit.not_sealed")
    async with place.open_blobs(store) as blobs:
        if isinstance(blobs, ObjectBlobs):
            await _bring_objects(blobs, source)
            await store.write(blob_place.record, blobs.place, place.clock.now())
        else:
            await store.write(blob_place.record, blob_place.LOCAL, place.clock.now())
        tell("Looking for what is missing")
        return _Begun(await _missing(store, blobs, place), stopped, unsealed)


async def _missing(store: Store, blobs: BlobStore, place: Place) -> tuple[str, ...]:
    if isinstance(blobs, ObjectBlobs):
        return await octets.missing(store, blobs)
    with octets.Present(place.blobs) as present:
        return await octets.missing(store, present)


async def _seal(store: Store, place: Place) -> None:
    """As a server does within a minute of its start: what goes on from the last seals, and nothing else.

    Of a backup that is sealed it is what our own program copied. Otherwise nothing proves it, so how much it
    was is said, and stays in the trail (``begin_anew``).
    """
    await store.write(seals.begin, place.ring, place.clock.now())
    await TrailKeeper(store, place.ring, place.clock).seal()


async def _require_fit(store: Store, place: Place, told: Manifest | None) -> None:
    """Raises BackupProblem where the database is another than the backup's, or the key is another."""
    ours = {await store.read(backups.known_installation), await store.read(backups.restored_from)}
    if told is not None and told.installation not in ours:
        raise BackupProblem("What is in the database is not what the backup holds. Begin with an empty one.")
    if not await store.read(keyring.fits, place.ring):
        raise BackupProblem("The key does not belong to this database. Put the right one back first.")


async def _bring_objects(blobs: ObjectBlobs, source: _Source | None) -> None:
    if source is None:
        await octets.recheck(blobs)
        return
    small = None if source.told.small is None else source.folder / source.told.small.name
    source.damaged.extend(await octets.put_objects(source.folder / BLOBS, small, blobs))


def _note(tx: Tx, now: datetime, copy: _Copy | None) -> Stopped:
    if copy is None:
        return begin_anew(tx, now, None)
    if backups.known_installation(tx) == copy.told.installation != copy.installation:
        backups.be_another(tx, copy.installation, now)
    return begin_anew(tx, now, copy.told.made_at)
