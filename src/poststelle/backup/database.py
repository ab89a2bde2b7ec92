"""A database as one file, as it was at one moment, while others write.

SQLite copies its pages within one read; PostgreSQL's own programs make and read archives (``archives``).

Source: SQLite, "Online Backup API".
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import psycopg

from poststelle.backup import archives, manifest
from poststelle.backup.manifest import BackupProblem
from poststelle.store.engines.sqlite_logs import LogLeft, logs, require_no_log_left

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_SQLITE = "sqlite:///"
_BUSY_MS = 60_000


def engine_of(url: str) -> str:
    return SQLITE if url.startswith(_SQLITE) else POSTGRESQL


def file_of(url: str) -> Path:
    """Where SQLite's database is."""
    return Path(url.removeprefix(_SQLITE))


def dump(url: str, target: Path) -> None:
    """Write the database into ``target``, which is not there yet. Blocks. Raises BackupProblem."""
    if engine_of(url) == SQLITE:
        manifest.fresh(target).close()
        copy_sqlite(file_of(url), target)
    else:
        archives.require_direct(url)
        manifest.fresh(target).close()
        archives.dump(url, target)


def versions(url: str) -> tuple[str, str] | None:
    """Of PostgreSQL's server, and of its programs here; None of SQLite. Raises BackupProblem."""
    return None if engine_of(url) == SQLITE else archives.versions(url)


def require_fit(url: str) -> None:
    """Raises BackupProblem where none can be filled at this place."""
    if engine_of(url) == SQLITE:
        _require_nothing_left(file_of(url))
    else:
        archives.require_direct(url)
        archives.require_fit(url)


def require_readable(url: str, source: Path, made_by: str | None) -> None:
    """Raises BackupProblem where the programs here can't read it for ``load``. ``made_by``: as the manifest
    has it."""
    if engine_of(url) != SQLITE:
        archives.require_readable(source, made_by)


def load(url: str, source: Path, *, is_begun: bool, last: str = "") -> None:
    """Fill the empty database; with ``is_begun`` one that holds what an earlier attempt has put there.
    ``last``: a statement without which nobody finds it filled.

    Blocks. Raises BackupProblem; then PostgreSQL's is as it was, or empty.
    """
    if engine_of(url) == SQLITE:
        _load_sqlite(file_of(url), source, last)
        return
    if is_begun:
        archives.drop_tables(url, source)
    archives.load(url, source, last)


def _load_sqlite(target: Path, source: Path, last: str) -> None:
    """Made beside, and put in the place of what is there by one step: of what we have claimed, logs and all,
    which a server may have left that was refused there."""
    made = unfinished(target)
    remove_sqlite(made)
    copy_sqlite(source, made)
    if last:
        connection = apsw.Connection(str(made))
        connection.execute(last).fetchall()
        connection.close()
    _remove_logs(target)
    made.replace(target)


def unfinished(path: Path) -> Path:
    """Where SQLite's database is made that is to come to ``path``."""
    return path.with_name(f"{path.name}.restoring")


def put_if_none(made: Path, target: Path, link: Callable[[Path, Path], None] = os.link) -> bool:
    """Give a database its name if nothing has that. False: something has, and is left alone.

    Raises BackupProblem where one was taken away and what it needs was left.
    """
    left = [log for log in logs(target) if log.exists()]
    if target.exists():  # so the logs may be its own
        return False
    _require_nothing_left(target)
    for log in left:  # SQLite would take them for those of this one
        log.unlink(missing_ok=True)
    try:
        link(made, target)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: then nothing tells of one that is made at this moment
        if target.exists():
            return False
        made.replace(target)
    made.unlink(missing_ok=True)
    return True


def _require_nothing_left(target: Path) -> None:
    try:
        require_no_log_left(target)
    except LogLeft as problem:
        raise BackupProblem(str(problem)) from problem


def is_empty(url: str) -> bool:
    """Whether nothing is there yet. Raises CannotConnect where PostgreSQL can't be asked."""
    if engine_of(url) == SQLITE:
        file = file_of(url)
        return not file.exists() or file.stat().st_size == 0  # whoever looks for one with SQLite makes a file
    with archives.asked(url) as connection:
        return has_no_table(connection)


def has_no_table(connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
    found = connection.execute(
        "select 1 from pg_catalog.pg_tables where schemaname = any(current_schemas(false)) limit 1"
    ).fetchone()
    return found is None


def copy_sqlite(source: Path, target: Path) -> None:
    """All pages as of one moment, looked through; where that fails, nothing.

    In one step: several would begin anew with each write.
    """
    try:
        _copy_sqlite(source, target)
    except BackupProblem:
        remove_sqlite(target)
        raise


def remove_sqlite(path: Path) -> None:
    """A database, if it is there, and what SQLite keeps beside it while it is written to."""
    _remove_logs(path)
    path.unlink(missing_ok=True)


def _remove_logs(path: Path) -> None:
    for log in logs(path):
        log.unlink(missing_ok=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        reading = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READWRITE)
        reading.set_busy_timeout(_BUSY_MS)
        writing = apsw.Connection(str(target))
        try:
            with writing.backup("main", reading, "main") as copying:
                copying.step(-1)
            writing.execute("pragma journal_mode = delete").fetchall()  # one file, and no log beside it
            [[said], *_] = writing.execute("pragma quick_check(1)").fetchall()
        finally:
            writing.close()
            reading.close()
    except apsw.FullError as problem:
        raise BackupProblem(f"There is no room left for {target}. Make room, and run it again.") from problem
    except apsw.Error as problem:
        why = type(problem).__name__.removesuffix("Error")
        raise BackupProblem(f"{source} can't be copied to {target} ({why}).") from problem
    if said != "ok":
        raise BackupProblem(f"{source} is damaged: {said}. The last backup before that is the one to use.")
