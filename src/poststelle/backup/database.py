"""A database as one file, as it was at one moment, while others write.

SQLite copies its pages within one read; of PostgreSQL ``pg_dump`` makes an archive that ``pg_restore`` reads.

Source: SQLite, "Online Backup API"; PostgreSQL, "pg_dump", "pg_restore".
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import apsw
import psycopg
from psycopg.conninfo import conninfo_to_dict

from poststelle.backup.manifest import BackupProblem

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_SQLITE = "sqlite:///"
_BUSY_MS = 60_000
_ENVIRON = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
}


def engine_of(url: str) -> str:
    return SQLITE if url.startswith(_SQLITE) else POSTGRESQL


def file_of(url: str) -> Path:
    """Where SQLite's database is."""
    return Path(url.removeprefix(_SQLITE))


def dump(url: str, target: Path) -> None:
    """Write the database into ``target``, which is not there yet. Blocks. Raises BackupProblem."""
    if engine_of(url) == SQLITE:
        copy_sqlite(file_of(url), target)
    else:
        _run(url, ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])


def load(url: str, source: Path) -> None:
    """Fill the empty database. Blocks. Raises BackupProblem; then PostgreSQL's is as empty as it was."""
    if engine_of(url) == SQLITE:
        copy_sqlite(source, file_of(url))
        return
    command = ["pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run(url, [*command, f"--dbname={conninfo_to_dict(url).get('dbname', '')}", str(source)])


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
    except apsw.Error as problem:
        raise BackupProblem(f"{source} can't be copied: {problem}.") from problem
    if said != "ok":
        raise BackupProblem(f"{source} is damaged: {said}. The last backup before that is the one to use.")


def _run(url: str, command: Sequence[str]) -> None:
    """The address goes through the environment: all here see a command's words, and it may hold one."""
    program = shutil.which(command[0])
    if program is None:
        raise BackupProblem(f"{command[0]} is needed for PostgreSQL: install its client programs.")
    known = {_ENVIRON[k]: str(v) for k, v in conninfo_to_dict(url).items() if k in _ENVIRON}
    command = [program, *command[1:]]  # S603: each word of it is ours or a path
    done = subprocess.run(command, env=os.environ | known, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise BackupProblem(f"{command[0]} did not succeed: {said[0] if said else done.returncode}")
