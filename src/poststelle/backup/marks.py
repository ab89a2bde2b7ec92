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

from poststelle.backup.database import SQLITE, engine_of, file_of
from poststelle.lib.database import beside
from poststelle.store.marks import RESTORING as _TABLE

NAME = "restoring"
BEGUN, LOADED, ENDED = "begun", "loaded", "ended"
"""How far: the database is being filled; it has all that the backup has; it is an installation, and only the
marks are still to go."""
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
    _run(url, f"create table {_TABLE} as select '{attempt}' as attempt")  # ours, hexadecimal


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


def let_go(url: str) -> None:
    """It is an installation now. Blocks."""
    _run(url, f"drop table if exists {_TABLE}")


def _run(url: str, text: str) -> None:
    if engine_of(url) == SQLITE:
        connection = apsw.Connection(str(file_of(url)))
        connection.execute(text).fetchall()
        connection.close()
        return
    with psycopg.connect(url, **beside(url)) as server:
        server.execute(text.encode())
