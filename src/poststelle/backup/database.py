"""A database as one file, as it was at one moment, while others write.

SQLite copies its pages within one read; of PostgreSQL ``pg_dump`` makes an archive that ``pg_restore`` reads.

Source: SQLite, "Online Backup API"; PostgreSQL, "pg_dump", "pg_restore".
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import apsw
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from poststelle.backup import manifest
from poststelle.backup.manifest import BackupProblem

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_SQLITE = "sqlite:///"
_BUSY_MS = 60_000
# As "215; 1259 16385 TABLE public accounts postgres" in a list of what is in an archive.
_TABLE = re.compile(r"^\d+; \d+ \d+ TABLE (\S+) (\S+) \S+$", re.MULTILINE)


def engine_of(url: str) -> str:
    return SQLITE if url.startswith(_SQLITE) else POSTGRESQL


def file_of(url: str) -> Path:
    """Where SQLite's database is."""
    return Path(url.removeprefix(_SQLITE))


def dump(url: str, target: Path) -> None:
    """Write the database into ``target``, which is not there yet. Blocks. Raises BackupProblem."""
    manifest.fresh(target).close()
    if engine_of(url) == SQLITE:
        copy_sqlite(file_of(url), target)
    else:
        _run(url, ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])


def load(url: str, source: Path, *, is_begun: bool) -> None:
    """Fill the empty database; with ``is_begun`` one that holds what an earlier attempt has put there.

    Blocks. Raises BackupProblem; then PostgreSQL's is as it was.
    """
    if engine_of(url) == SQLITE:
        copy_sqlite(source, file_of(url))
        return
    if is_begun:
        _drop_tables(url, source)
    command = ["pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run(url, [*command, str(source)])


def _drop_tables(url: str, source: Path) -> None:
    """Those that the archive would make. ``pg_restore --clean`` stumbles over partitioned tables."""
    done = subprocess.run(  # noqa: S603 - ours, or a path
        [_program("pg_restore"), "--list", str(source)], capture_output=True, text=True, check=False
    )
    names = [sql.Identifier(*found.groups()) for found in _TABLE.finditer(done.stdout)]
    if not names:
        raise BackupProblem(f"{source} names no tables: it can't be read.")
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("drop table if exists {} cascade").format(sql.SQL(", ").join(names)))


def is_empty(url: str) -> bool:
    """Whether nothing is there yet. Raises BackupProblem where PostgreSQL can't be asked."""
    if engine_of(url) == SQLITE:
        return not file_of(url).exists()
    try:
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "select 1 from pg_catalog.pg_tables where schemaname = any(current_schemas(false)) limit 1"
            ).fetchone()
    except psycopg.Error as problem:
        raise BackupProblem("The database can't be opened; check POSTSTELLE_DATABASE.") from problem
    return found is None


def copy_sqlite(source: Path, target: Path) -> None:
    """All pages as of one moment, looked through. In one step: several would begin anew with each write."""
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


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupProblem(f"{name} is needed for PostgreSQL: install its client programs.")
    return found


def _run(url: str, command: Sequence[str]) -> None:
    """The password goes through the environment: everybody here sees the words of a command."""
    program = _program(command[0])
    told = conninfo_to_dict(url)
    secret = {"PGPASSWORD": str(told.pop("password"))} if told.get("password") else {}
    command = [program, f"--dbname={make_conninfo('', **told)}", *command[1:]]  # S603: ours, or a path
    done = subprocess.run(command, env=os.environ | secret, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise BackupProblem(f"{Path(program).name} did not succeed: {said[0] if said else done.returncode}")
