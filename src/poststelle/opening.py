"""What lies on disks and in databases, opened as the environment says: database, octets, keys."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import apsw
import psycopg
import structlog

from poststelle.auth.crypto import KeyRing
from poststelle.backup import database, restoring
from poststelle.blobs import (
    BlobStore,
    BlobsUnavailable,
    Cache,
    DirectoryBlobs,
    FolderObjects,
    ObjectBlobs,
    Objects,
    SmallBlobs,
)
from poststelle.blobs.s3 import S3Objects
from poststelle.config import Config, ConfigError
from poststelle.lib.clock import Clock
from poststelle.lib.database import lacks_room
from poststelle.lib.workers import Workers
from poststelle.mail.blob_ledger import StoreLedger
from poststelle.model.blob_address import S3Address
from poststelle.settings import blob_folder, blob_place
from poststelle.settings.keyring import KeyProblem, load_ring
from poststelle.store import CannotConnect, explained, open_store
from poststelle.store.engines.sqlite_logs import require_no_log_left
from poststelle.store.opening import NoInstallation, Opening, SchemaMismatch, seldom
from poststelle.store.tx import Publish, Store

_BLOBS_AT_ONCE = 4
_OBJECTS_AT_ONCE = 32  # requests to an object storage: they wait, and cost nothing here
_OBJECTS_END_S = 20.0  # how long the end of the program waits for them

log = structlog.get_logger()


def _ignore(*_: object) -> None:
    """Nobody wants to know."""


@seldom
def log_held_up(by: str, attempt: int) -> None:
    """Opening waits for somebody."""
    log.warning("database.held_up", by=by, attempt=attempt, remedy="none is needed: it is tried again")


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told while everything is opened.

    ``on_migrating``: the database is brought from a schema to another; called in another thread.
    ``on_held_up``: that has to wait for somebody, and how often it was tried (``store.open_store``).
    ``on_key_made``: there was no key; this process has made that file.
    ``on_no_time``: the database does not say, or too slowly, what time it is; it is asked again.
    """

    on_migrating: Callable[[int, int], None] = _ignore
    on_held_up: Callable[[str, int], None] = log_held_up
    on_key_made: Callable[[Path], None] = _ignore
    on_no_time: Callable[[], None] = _ignore


TELL_NOBODY = Telling()


async def open_database(
    config: Config,
    publish: Publish,
    clock: Clock,
    *,
    opening: Opening = Opening.USUAL,
    on_migrating: Callable[[int, int], None] = _ignore,
    on_held_up: Callable[[str, int], None] = log_held_up,
) -> Store:
    """The database of this environment. Raises ConfigError where it can't be used, or where it is empty and
    the octets of another installation lie where its own would; then it stays empty.

    ``on_migrating``, ``on_held_up``: as in ``Telling``.
    """
    if (config.data_dir / restoring.MARK).exists():
        raise ConfigError(restoring.broken_off(config.data_dir))
    try:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close_to_others(config)
        opened = partial(
            open_store,
            config.database_url,
            publish,
            clock,
            options=config.database,
            on_migrating=on_migrating,
            on_held_up=on_held_up,
        )
        if opening is not Opening.USUAL:
            return await opened(opening=opening)
        try:
            _require_file(config)
            return await opened(opening=Opening.THERE)
        except NoInstallation:
            await _require_free(config)
            return await opened()
    except OSError as problem:
        where = problem.filename or config.data_dir
        raise ConfigError(f"{where} can't be used for data: {problem.strerror}.") from problem
    except CannotConnect as problem:
        which = "POSTSTELLE_DATABASE_DIRECT" if problem.is_direct else "POSTSTELLE_DATABASE"
        raise ConfigError(f"{problem} The address is in {which}.") from problem
    except psycopg.Error as problem:
        # The driver's text may hold the address with its password.
        told = explained(problem, config.database_url)
        raise ConfigError(f"{told} The address is in POSTSTELLE_DATABASE.") from problem
    except apsw.Error as problem:
        if lacks_room(problem):
            raise ConfigError(
                "There is no room left for the database. Make room where it lies, and start again."
            ) from problem
        raise ConfigError(
            f"The database can't be opened ({type(problem).__name__}); check POSTSTELLE_DATABASE."
        ) from problem
    except (SchemaMismatch, ValueError) as problem:
        raise ConfigError(str(problem)) from problem


def _require_file(config: Config) -> None:
    """Raises NoInstallation where SQLite has no database yet: who opens one makes its file, and a backup is
    restored where there is none. LogLeft where what is left of one lies there."""
    if not config.is_shared and database.is_empty(config.database_url):
        require_no_log_left(database.file_of(config.database_url))
        raise NoInstallation


async def _require_free(config: Config) -> None:
    """Raises ConfigError where the place of octets is another installation's: a restore was forgotten, or the
    address of its database. A new installation would take them for its own, and remove them.

    Several servers may start together on an empty database. So it is looked at once more after the place,
    which none of them marks before it has made its tables.
    """
    if config.blobs is not None:
        where, is_taken = str(config.blobs), await whose_blobs(config) is not None
    else:
        folder = config.data_dir / "blobs"
        where, is_taken = str(folder), await asyncio.to_thread(blob_folder.is_in_use, folder)
    if is_taken and await asyncio.to_thread(database.is_empty, config.direct_url):
        raise ConfigError(
            f"The database is empty, and {where} holds the messages of another installation. To go on with"
            " that one, set POSTSTELLE_DATABASE to its database, or restore its backup before a server starts"
            " (`poststelle restore`). A new one needs a folder or a bucket of its own."
        )


def _close_to_others(config: Config) -> None:
    """Database and blobs for their owner alone, also where an earlier start or a copy left them open."""
    address = config.database_url.removeprefix("sqlite:///")
    files = [] if config.is_shared else [Path(address + end) for end in ("", "-wal", "-shm")]
    for path, mode in [*((file, 0o600) for file in files), (config.data_dir / "blobs", 0o700)]:
        if path.exists():
            path.chmod(mode)


async def load_keys(
    config: Config, store: Store, clock: Clock, on_made: Callable[[Path], None] = _ignore
) -> KeyRing:
    """The keys of this environment. Raises ConfigError where they do not open what is in the database.

    ``on_made``: told of the file where this is the very first start and none was there.
    """
    try:
        return await load_ring(store, config.keys, config.key_file, clock.now(), on_made)
    except KeyProblem as problem:
        raise ConfigError(str(problem)) from problem


@asynccontextmanager
async def open_blobs(
    config: Config, store: Store, clock: Clock, *, is_moving: bool = False, is_new: bool = False
) -> AsyncIterator[BlobStore]:
    """Where octets are kept; closed at the end of the block. ``is_new``: they are to be moved there.

    Raises ConfigError where it can't be used, or where those of this installation are in another place:
    not while they are being brought there or from there (``is_moving``). Otherwise each that is found or
    stored is refused when they are moved.
    """
    with contextlib.ExitStack() as closing:
        threads = Workers(_BLOBS_AT_ONCE, "blobs")
        closing.callback(threads.close)
        if config.blobs is None:
            folder = config.data_dir / "blobs"
            if not is_moving:
                await _require_place(store, blob_place.LOCAL, clock)
                await _require_folder(config, store, folder, clock)
            require_here = partial(store.read, blob_place.require_here, blob_place.LOCAL)
            yield DirectoryBlobs(
                folder,
                clock,
                small=SmallBlobs(folder / "small.db"),
                beside=threads.run,
                require_here=None if is_moving else require_here,
            )
            return
        reach = Workers(_OBJECTS_AT_ONCE, "objects")
        closing.callback(reach.close, within_s=_OBJECTS_END_S)
        with _explaining(config.blobs, is_new=is_new):
            place = await blob_place.marked(
                _objects(config.blobs), store, str(config.blobs), clock, is_moving=is_moving
            )
        if not is_moving:
            await _require_place(store, place, clock)
        cache = Cache(config.data_dir / "blob-cache", config.blobs_cache, clock)
        yield ObjectBlobs(
            _objects(config.blobs, place),
            StoreLedger(store, place, None if is_moving else blob_place.require_here),
            config.data_dir / "blobs-new",
            clock,
            cache=cache if config.blobs_cache else None,
            reach=reach.run,
            beside=threads.run,
        )


def _objects(where: S3Address | Path, place: str | None = None) -> Objects:
    try:
        return FolderObjects(where, place) if isinstance(where, Path) else S3Objects(where, place)
    except ValueError as problem:  # the CA, of whose text nothing is a secret
        raise ConfigError(f"{where} can't be used: {problem}.") from problem


async def whose_blobs(config: Config) -> str | None:
    """Which installation has its octets in the place of this environment; None: none. Raises ConfigError."""
    if config.blobs is None:
        return None
    with _explaining(config.blobs):
        return await asyncio.to_thread(blob_place.owner, _objects(config.blobs), str(config.blobs))


@contextlib.contextmanager
def _explaining(where: S3Address | Path, *, is_new: bool = False) -> Iterator[None]:
    """Raises ConfigError where the place can't be used within."""
    try:
        yield
    except BlobsUnavailable as problem:
        log.error("blobs.unreachable", why=problem.why, detail=problem.detail)
        raise ConfigError(blob_place.explained(problem.why, where, is_new=is_new)) from problem
    except blob_place.PlaceProblem as problem:
        raise ConfigError(str(problem)) from problem


async def _require_place(store: Store, place: str, clock: Clock) -> None:
    try:
        await blob_place.require(store, place, clock)
    except blob_place.PlaceProblem as problem:
        raise ConfigError(str(problem)) from problem


async def _require_folder(config: Config, store: Store, folder: Path, clock: Clock) -> None:
    if config.database_url.startswith("sqlite:"):
        return  # it is of this machine, too
    try:
        await blob_folder.require(store, folder, clock)
    except blob_place.PlaceProblem as problem:
        raise ConfigError(str(problem)) from problem
