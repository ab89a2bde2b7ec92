"""Open a database by its address, and bring its schema to what this code knows.

Version 1 is ``schema.sql``. Later versions add numbered steps in ``migrations``;
a fresh database always gets ``schema.sql`` and both ways end at the same tables.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from importlib.resources import files
from typing import Protocol

from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.lib.database import AS_USUAL, DatabaseOptions, not_utf8
from poststelle.lib.workers import Workers
from poststelle.store.engines.base import Engine, HeldUp
from poststelle.store.engines.postgres import PostgresEngine
from poststelle.store.engines.sqlite import SqliteEngine
from poststelle.store.marks import (
    BEING_FILLED,
    IS_BEING_RESTORED,
    MOVED,
    NO_PROGRAM,
    OLDEST_AFTER,
    RESTORING,
)
from poststelle.store.running import READ_S, EngineStore
from poststelle.store.tx import Publish, Store

SCHEMA_VERSION = 60
# The lowest SCHEMA_VERSION of a program that may still open what we write: an older one than this would take
# out of the sealed note what it does not know (chains that can't be sealed, what the last proofs have found).
OLDEST_CODE = 50
_FIRST_WAIT_S, _LONGEST_WAIT_S = 4.0, 30.0
OLDEST_AS_IT_IS = 44
"""The lowest schema that ``Opening.AS_IT_IS`` takes: an older one lacks tables that a backup reads."""


_UNKNOWN = "SQL_ASCII"  # what is in it are octets, which nobody can read as text


class SchemaMismatch(Exception):
    """The database can't be opened by this version; the message says what to do."""


class Opening(Enum):
    """What is done with a database that is opened.

    USUAL      it is brought up to date, or made where it is empty; one that is being moved is refused
    THERE      as USUAL
    AS_IT_IS   it keeps the schema that it has, so that an older program can go on with it
    TAKE_BACK  as USUAL, and one that was moved is opened, too
    TO_LEAVE   as USUAL, and one whose encoding can't hold all mail is opened, too: it is left for another
    RESTORING  as USUAL, and one that a restore has begun to fill is opened, too: by that one, and nobody else

    But for USUAL, an empty one is refused.
    """

    USUAL = "usual"
    THERE = "there"
    AS_IT_IS = "as_it_is"
    TAKE_BACK = "take_back"
    TO_LEAVE = "to_leave"
    RESTORING = "restoring"


class NoInstallation(SchemaMismatch):
    """It is empty, and nothing was made in it."""


class MuchOlder(SchemaMismatch):
    """Not to be read as it is."""


class BeingMoved(SchemaMismatch):
    """Only ``poststelle migrate-store`` opens it."""


class Database(Protocol):
    """A connection while the schema is looked at: inside one exclusive transaction."""

    @property
    def encoding(self) -> str:
        """In which its text is kept, as PostgreSQL calls it."""
        ...

    def table_names(self) -> set[str]: ...

    def script(self, text: str) -> None:
        """Run many statements, with {blob}, {clustered}, {partitioned …} and {message_words} replaced."""
        ...

    def meta(self) -> Mapping[str, str]: ...

    def set_meta(self, key: str, value: str) -> None: ...


_HELD_UP_SAID_EVERY = 25  # tries, about half a minute apart
OnHeldUp = Callable[[str, int], None]
"""Who it is that holds up, and how often it was tried."""


def _ignore(*_: object) -> None:
    """Nobody wants to know."""


def seldom(tell: OnHeldUp) -> OnHeldUp:
    """For ``on_held_up``: told the first time, and then every ten minutes or so."""

    def held_up(by: str, attempt: int) -> None:
        if attempt % _HELD_UP_SAID_EVERY == 1:
            tell(by, attempt)

    return held_up


def saying_who_holds_up(tell: Callable[[str], None]) -> OnHeldUp:
    """What a command gives for ``on_held_up``."""
    return seldom(lambda by, _: tell(f"Waiting for another program that uses the database: {by}"))


async def open_store(
    url: str,
    publish: Publish,
    clock: Clock,
    *,
    read_s: float = READ_S,
    options: DatabaseOptions = AS_USUAL,
    opening: Opening = Opening.USUAL,
    on_migrating: Callable[[int, int], None] = _ignore,
    on_held_up: Callable[[str, int], None] = _ignore,
) -> Store:
    """Open ``sqlite:///path`` or ``postgresql://…``; create or check its schema.

    ``publish`` is told after each commit which types changed; ``read_s``: how long a read of a user may
    take; ``options``: of a PostgreSQL server; ``on_migrating`` is told from which schema to which it is
    brought, before that begins and in another thread; ``on_held_up`` each time that this could not be done
    because somebody uses a table: who it is, and how often it was tried. It is tried again, with growing
    waits, until it is done, for whoever waits for a table has all others wait behind. Raises ValueError
    for another kind of address and for a server that can't be used so, SchemaMismatch for a database of a
    newer program.

    Who is cancelled leaves the rest undone, as somebody does who kills the program: all is as it was.
    """
    engine = _engine(url, options)
    prepare = partial(create_schema, opening=opening, on_migrating=on_migrating)
    beside = Workers(1, "opening")  # the end of the program waits for no thread of these
    try:
        await _prepared(lambda: beside.run(partial(engine.prepare, prepare)), clock, on_held_up)
    except Exception:
        await beside.run(engine.close)
        raise
    finally:
        beside.close(within_s=0)
    return EngineStore(engine, publish, clock, read_s)


async def _prepared(
    prepare: Callable[[], Awaitable[None]], clock: Clock, on_held_up: Callable[[str, int], None]
) -> None:
    attempt = 0
    while True:
        try:
            return await prepare()
        except HeldUp as held:
            attempt += 1
            on_held_up(held.by, attempt)
        await clock.sleep(backoff_s(attempt, first_s=_FIRST_WAIT_S, limit_s=_LONGEST_WAIT_S))


def create_schema(
    database: Database,
    *,
    version: int = SCHEMA_VERSION,
    steps: Sequence[tuple[int, str]] | None = None,
    opening: Opening = Opening.USUAL,
    on_migrating: Callable[[int, int], None] = _ignore,
) -> None:
    """Fill an empty database, or bring an older one up to date; calling it again does nothing.

    ``steps`` (number, text) are those of the ``migrations`` folder unless given.
    Raises SchemaMismatch, and changes nothing, for a database that does not fit.
    """
    _require_encoding(database.encoding, opening)
    tables = database.table_names()
    if not tables:
        if opening is not Opening.USUAL:
            raise NoInstallation("There is no installation in this database.")
        database.script(_text("schema.sql"))
        _stamp(database, version, min(OLDEST_CODE, version))
        return
    if RESTORING in tables and opening is not Opening.RESTORING:
        raise SchemaMismatch(IS_BEING_RESTORED)
    if "meta" not in tables:
        raise SchemaMismatch("This database holds other tables. Give Poststelle one of its own.")
    meta = database.meta()
    if opening is not Opening.TAKE_BACK or BEING_FILLED in meta:
        _refuse_moved(meta)
    found, noted = int(meta["schema_version"]), _oldest_code(meta)
    oldest_code = found if noted is None else noted  # whoever knows a schema may open it
    if oldest_code > version:
        raise SchemaMismatch(
            f"This database was written by a newer Poststelle (schema {found}, this program knows"
            f" {version}). Start the newer version, or restore the backup made before the update."
        )
    if opening is Opening.AS_IT_IS:
        _require_readable(found)
        return
    if found < version:
        on_migrating(found, version)
    for number, text in migrations() if steps is None else steps:
        if number > found:
            database.script(text)
    least = min(OLDEST_CODE, version)
    if noted is None or found < version:
        oldest_code = least
    # Also without a new schema programs may have been closed out since.
    _stamp(database, max(found, version), max(oldest_code, least), is_shut=RESTORING in tables)


def _oldest_code(meta: Mapping[str, str]) -> int | None:
    """The oldest program that may open it, where a restore keeps it from all once that has ended; None: an
    older program's restore has not noted it."""
    is_shut = meta["oldest_code"] == str(NO_PROGRAM)
    told = meta.get(OLDEST_AFTER if is_shut else "oldest_code")
    return None if told is None else int(told)


def _require_encoding(encoding: str, opening: Opening) -> None:
    """What a database can't hold would be missing from it, message by message."""
    is_left = opening in {Opening.AS_IT_IS, Opening.TO_LEAVE} and encoding != _UNKNOWN
    if (problem := not_utf8(encoding)) and not is_left:
        raise SchemaMismatch(problem)


def _require_readable(found: int) -> None:
    if found < OLDEST_AS_IT_IS:
        raise MuchOlder(
            f"This database is of a much older Poststelle (schema {found}). Make the backup with that one, or"
            " with a copy of all files while no server runs."
        )


def _refuse_moved(meta: Mapping[str, str]) -> None:
    """Two servers on two databases of one installation would lose what people do on either."""
    if MOVED in meta:
        raise BeingMoved(
            "What this database holds was moved to another one, or is being moved: set POSTSTELLE_DATABASE to"
            " that. To go on with this one, `poststelle migrate-store --take-back`; what was done on the"
            " other since is not here then."
        )
    if BEING_FILLED in meta:
        raise BeingMoved("This database is being filled by `poststelle migrate-store`. Run that to its end.")


def _stamp(database: Database, version: int, oldest_code: int, *, is_shut: bool = False) -> None:
    """``is_shut``: the restore opens it at its end to programs from ``oldest_code`` on."""
    told = {"schema_version": str(version), "oldest_code": str(oldest_code)}
    if is_shut:
        told |= {OLDEST_AFTER: str(oldest_code), "oldest_code": str(NO_PROGRAM)}
    before = database.meta()
    for key, value in told.items():
        if before.get(key) != value:
            database.set_meta(key, value)


def migrations() -> list[tuple[int, str]]:
    """The migration steps (``0002_what_it_does.sql``) in order."""
    folder = files("poststelle.store").joinpath("migrations")
    found = sorted((int(f.name[:4]), f) for f in folder.iterdir() if f.name.endswith(".sql"))
    return [(number, f.read_text(encoding="utf-8")) for number, f in found]


def _text(name: str) -> str:
    return files("poststelle.store").joinpath(name).read_text(encoding="utf-8")


def _engine(url: str, options: DatabaseOptions) -> Engine:
    if url.startswith("sqlite:///"):
        return SqliteEngine(url.removeprefix("sqlite:///"))
    if url.startswith(("postgresql://", "postgres://")):
        return PostgresEngine(url, options)
    raise ValueError("The database address must begin with sqlite:/// or postgresql://")
