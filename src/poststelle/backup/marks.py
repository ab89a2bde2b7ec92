"""How far a restore has come, told twice: by a file in the data folder, and by a table in the database.

Both name the attempt, so that it goes on in the database that it began to fill and in no other.
"""

import hashlib
from pathlib import Path

import apsw
import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from poststelle.backup import archives, database
from poststelle.backup.database import SQLITE, engine_of, file_of
from poststelle.backup.manifest import BackupProblem
from poststelle.lib.database import beside
from poststelle.store.engines.postgres import take_turn
from poststelle.store.engines.refusals_postgres import CannotConnect
from poststelle.store.marks import NO_PROGRAM, OLDEST_AFTER
from poststelle.store.marks import RESTORING as _TABLE

NAME = "restoring"
BEGUN, LOADED, ENDED = "begun", "loaded", "ended"
"""How far: the database is being filled; it has all that the backup has; it is an installation, and only the
marks are still to go."""
# After which certainly nothing has come into the database.
_REFUSED = (
    BackupProblem,
    CannotConnect,
    apsw.Error,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DiskFull,
)
_PLACE = ("host", "hostaddr", "port", "user", "dbname")


class Mark(msgspec.Struct, frozen=True):
    """``backup``: the hash of its database; ``database``: the hash of the address of ours; ``attempt``: what
    this one is called; ``installation``: what it makes is to be called, "" where an older program began."""

    backup: str
    database: str
    attempt: str
    how_far: str
    installation: str = ""


def read(path: Path) -> Mark | None:
    """None where there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Mark)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write(path: Path, mark: Mark) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(msgspec.json.encode(mark))
    beside.replace(path)


def begin(path: Path, mark: Mark, url: str) -> bool:
    """Tell it in the folder and in the empty database. False: something is in that by now. Blocks.

    The folder first: by it is known whose the database is. Where nothing came into the database the folder
    tells what it told before; of a connection that is lost meanwhile nobody can say so.
    """
    try:
        before = path.read_bytes()
    except FileNotFoundError:
        before = None
    write(path, mark)
    try:
        is_ours = _claim_empty(url, mark.attempt)
    except _REFUSED:
        _put_back(path, before)
        raise
    if not is_ours:
        _put_back(path, before)
    return is_ours


def _put_back(path: Path, before: bytes | None) -> None:
    if before is None:
        path.unlink()
    else:
        path.write_bytes(before)


def _claim_empty(url: str, attempt: str) -> bool:
    """Whoever makes an installation there has ended before, and that is seen, or finds our table."""
    if engine_of(url) == SQLITE:
        return _claim_no_file(file_of(url), attempt)
    with archives.asked(url) as server:
        take_turn(server)
        if not database.has_no_table(server):
            return False
        server.execute(_claiming(attempt).encode())
    return True


def _claim_no_file(target: Path, attempt: str) -> bool:
    """The file has our table from the first moment on."""
    made = database.unfinished(target)
    database.remove_sqlite(made)
    claim(f"sqlite:///{made}", attempt)
    try:
        return database.put_if_none(made, target)
    finally:
        database.remove_sqlite(made)


def address_hash(url: str) -> str:
    """Of where the database is, without the password, which may be another tomorrow."""
    if engine_of(url) == SQLITE:
        where = str(file_of(url).absolute())
    else:
        told = conninfo_to_dict(url)
        where = "\n".join(str(told.get(name, "")) for name in _PLACE)
    return hashlib.sha256(where.encode()).hexdigest()


def claim(url: str, attempt: str) -> None:
    """Say in the database whose it is. Blocks."""
    _run(url, _claiming(attempt))


def _claiming(attempt: str) -> str:
    return f"create table {_TABLE} as select '{attempt}' as attempt"  # ours, hexadecimal


def shutting(url: str, attempt: str) -> str:
    """What the filled database says from its first moment on: whose it is, as one of SQLite is another file
    by then, and to programs that do not know that table, that they are too old; which of them are is noted
    for the end."""
    shut = f"{_NOTE_OLDEST}; update meta set value = '{NO_PROGRAM}' where key = 'oldest_code'"  # noqa: S608
    return f"{_claiming(attempt)}; {shut}" if engine_of(url) == SQLITE else shut


_NOTE_OLDEST = (
    f"insert into meta (key, value) select '{OLDEST_AFTER}', value from meta where key = 'oldest_code'"  # noqa: S608
    " on conflict (key) do update set value = excluded.value"
)


def claimed_by(url: str) -> str | None:
    """Which attempt the database belongs to; None: to none."""
    if engine_of(url) == SQLITE:
        connection = apsw.Connection(str(file_of(url)), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            if not connection.execute("select 1 from sqlite_schema where name = ?", (_TABLE,)).fetchall():
                return None
            found = connection.execute(f"select attempt from {_TABLE}").fetchall()  # noqa: S608
        finally:
            connection.close()
        return str(found[0][0]) if found else None
    with psycopg.connect(url, **beside(url)) as server:
        if server.execute("select to_regclass(%s)", (_TABLE,)).fetchone() == (None,):
            return None
        row = server.execute(sql.SQL("select attempt from {}").format(sql.Identifier(_TABLE))).fetchone()
        return None if row is None else str(row[0])


def let_go(url: str, oldest_code: int) -> None:
    """It is an installation now, which those programs may open that are noted in it; ``oldest_code``: from
    which on where nothing is, as an older program began. Blocks."""
    noted = f"(select value from meta where key = '{OLDEST_AFTER}')"  # noqa: S608 - ours
    _run(
        url,
        f"drop table if exists {_TABLE};"  # noqa: S608 - numbers
        f" update meta set value = coalesce({noted}, '{oldest_code}')"
        f" where key = 'oldest_code' and value = '{NO_PROGRAM}';"
        f" delete from meta where key = '{OLDEST_AFTER}'",
    )


def _run(url: str, text: str) -> None:
    """Statements, in one transaction."""
    if engine_of(url) == SQLITE:
        connection = apsw.Connection(str(file_of(url)))
        with connection:
            connection.execute(text).fetchall()
        connection.close()
        return
    with psycopg.connect(url, **beside(url)) as server:
        server.execute(text.encode())
