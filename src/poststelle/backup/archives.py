"""A PostgreSQL database as an archive of ``pg_dump``, and the way back by ``pg_restore`` and ``psql``.

The programs may be newer than the server. What they say of each session then names settings that the server
does not know (``transaction_timeout``, since 17, for one): the way back leaves those out, and is one
transaction all the same.

Source: PostgreSQL, "pg_dump", "pg_restore", "psql".
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from poststelle.backup.manifest import BackupProblem
from poststelle.lib.database import LOCKS, NO_LOCKS, READ_ONLY, beside, is_direct, is_read_only, not_utf8
from poststelle.store.engines.refusals_postgres import CannotConnect, explained

# As "215; 1259 16385 TABLE public accounts postgres" in a list of what is in an archive.
_TABLE = re.compile(r"^\d+; \d+ \d+ TABLE (\S+) (\S+) \S+$", re.MULTILINE)
_VERSION = re.compile(r"\d+(?:\.\d+)?")
# What a script begins with: how the session is set, before anything is made.
_HEAD = (b"--", b"SET ", b"SELECT pg_catalog.set_config(", b"\\restrict ")
_SETS = re.compile(rb"SET (\w+) ")

# Becomes the program that its words name, and ends when the thread that began it does, however that ends
# (prctl(2), PR_SET_PDEATHSIG): else a dump would go on, with locks in the database, into a file that is gone.
# Where Python was built without libffi it goes on without that. By a program of its own, for nothing can be
# done safely between the fork and the start of one with threads.
_ENDING_WITH_US = """
import os, signal, sys
if sys.platform == "linux":
    try:
        import ctypes
        ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


def dump(url: str, target: Path) -> None:
    """Write the database into ``target``. Blocks. Raises BackupProblem."""
    program = _program("pg_dump")
    server, own = _server_version(url), _version_of(program)
    if _major(own) < _major(server):
        raise BackupProblem(
            f"pg_dump here is of PostgreSQL {own}, and the server is {server}: install the client programs of"
            f" version {_major(server)} or newer."
        )
    where, secret = _told(url)
    command = [program, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", *where]
    command = [sys.executable, "-I", "-S", "-c", _ENDING_WITH_US, str(os.getpid()), *command]
    done = subprocess.run(command, env=secret, capture_output=True, check=False)  # noqa: S603 - ours, or a path
    if done.returncode:
        raise _not_done("pg_dump", done.stderr)


def versions(url: str) -> tuple[str, str]:
    """Of the server, and of the programs here that speak to it. Raises BackupProblem."""
    return _server_version(url), _version_of(_program("pg_dump"))


def require_readable(source: Path, made_by: str | None) -> None:
    """Raises BackupProblem where the programs here can't read the archive. ``made_by``: which ``pg_dump``
    made it; None: that is not known."""
    _program("psql")
    _tables(source, made_by)


def require_fit(url: str) -> None:
    """Raises BackupProblem where the database can't be one of ours, whatever is in it, or can't be filled."""
    with asked(url) as connection:
        if problem := not_utf8(connection.info.parameter_status("server_encoding") or "unknown"):
            raise BackupProblem(problem)
        if is_read_only(connection):
            raise BackupProblem(READ_ONLY)


def load(url: str, source: Path, last: str) -> None:
    """Fill the database, all or nothing; ``last``: a statement that belongs to it, or "".

    Blocks. Raises BackupProblem.
    """
    with asked(url) as connection:
        known = {str(name) for (name,) in connection.execute("select name from pg_settings").fetchall()}
    where, secret = _told(url)
    reading = [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(source)]
    filling = [_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *where]
    with tempfile.TemporaryFile() as read_said, tempfile.TemporaryFile() as filled_said:
        reader = subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=read_said)  # noqa: S603
        filler = subprocess.Popen(  # noqa: S603
            filling, env=secret, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=filled_said
        )
        try:
            assert reader.stdout is not None and filler.stdin is not None  # both are pipes
            with suppress(BrokenPipeError):  # psql has ended, and says why
                _pass_on(reader, filler.stdin, known, last)
            with suppress(BrokenPipeError):
                filler.stdin.close()
            reader.stdout.close()
            codes = filler.wait(), reader.wait()
        finally:
            for process in (reader, filler):  # where we are broken off ourselves; whoever has ended stays so
                process.kill()
                process.wait()
        for name, code, said in (("psql", codes[0], filled_said), ("pg_restore", codes[1], read_said)):
            if code:
                said.seek(0)
                raise _not_done(name, said.read())


def _pass_on(reader: "subprocess.Popen[bytes]", filler: IO[bytes], known: set[str], last: str) -> None:
    """The script and ``last``, in one transaction. Its end without a commit, for whatever reason, leaves
    nothing."""
    assert reader.stdout is not None
    filler.write(b"begin;\n")
    filler.writelines(_fit(reader.stdout, known))
    if reader.wait() == 0:
        # The script has emptied the search path.
        filler.write(f"\nreset search_path;\n{last};\ncommit;\n".encode())


def _fit(script: IO[bytes], known: set[str]) -> Iterator[bytes]:
    """Without what sets settings that are not ``known``; what follows the script's head as it is."""
    for line in script:
        found = _SETS.match(line)
        if found is None or found[1].decode() in known:
            yield line
        if line.strip() and not line.startswith(_HEAD):
            break
    while octets := script.read(1 << 20):
        yield octets


def drop_tables(url: str, source: Path) -> None:
    """Those that the archive would make: ``pg_restore --clean`` stumbles over partitioned tables.

    Each by itself: the server has locks for some thousands of partitions and indexes at a time. One that
    others refer to goes after them.
    """
    left = _tables(source, None)
    with asked(url) as connection:
        connection.autocommit = True
        parts = {(str(schema), str(name)) for schema, name in connection.execute(_PARTITIONS).fetchall()}
        left = [table for table in left if table not in parts]  # they go with their tables
        while left:
            still = [table for table in left if not _is_dropped(connection, table)]
            if len(still) == len(left):
                raise BackupProblem("What a restore has left in the database can't be removed. Empty it.")
            left = still


_PARTITIONS = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relispartition
"""


def _is_dropped(connection: psycopg.Connection[Any], table: tuple[str, str]) -> bool:
    """Whether it is gone. False: another one refers to it."""
    try:
        connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(*table)))
    except psycopg.errors.DependentObjectsStillExist:
        return False
    return True


def _tables(source: Path, made_by: str | None) -> list[tuple[str, str]]:
    """Schema and name of each table in the archive. Raises BackupProblem where it can't be read."""
    program = _program("pg_restore")
    done = subprocess.run(  # noqa: S603 - ours, or a path
        [program, "--list", str(source)], capture_output=True, check=False
    )
    found = [(name[1], name[2]) for name in _TABLE.finditer(done.stdout.decode(errors="replace"))]
    if found and not done.returncode:
        return found
    needed = "of a newer version" if made_by is None else f"of version {_major(made_by)} or newer"
    raise BackupProblem(
        f"pg_restore here is of PostgreSQL {_version_of(program)} and can't read {source}. Install the client"
        f" programs {needed}."
    )


def require_direct(url: str) -> None:
    """Raises BackupProblem where a pooler lends connections: how ``pg_dump`` and ``psql`` set their session
    would be found there by whoever is lent it next."""
    with asked(url) as connection:
        if not is_direct(connection):
            raise BackupProblem(
                "A backup is made and restored past the pooler: set POSTSTELLE_DATABASE_DIRECT to "
                "PostgreSQL's own address."
            )


@contextmanager
def asked(url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Raises CannotConnect where it can't be reached."""
    try:
        connection = psycopg.connect(url, **beside(url))
    except psycopg.Error as problem:
        raise CannotConnect(explained(problem, url)) from problem
    with connection:
        yield connection


def _server_version(url: str) -> str:
    with asked(url) as connection:
        return _version_in(connection.info.parameter_status("server_version") or "")


def _version_of(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return _version_in(done.stdout)


def _version_in(text: str) -> str:
    """As "18.4" in "pg_dump (PostgreSQL) 18.4", or in "18.4 (Debian 18.4-1)"."""
    found = _VERSION.search(text)
    return found[0] if found else "0"


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupProblem(f"{name} is needed for PostgreSQL: install its client programs.")
    return found


def _told(url: str) -> tuple[list[str], dict[str, str]]:
    """Where the database is, as words of a command, and its environment, by which the password goes:
    everybody here sees the words of a command. Nobody is asked for another one."""
    told = beside(url, sends_much=True) | conninfo_to_dict(url)
    secret = {"PGPASSWORD": str(told.pop("password"))} if told.get("password") else {}
    return ["--no-password", f"--dbname={make_conninfo('', **told)}"], os.environ | secret


def _not_done(name: str, said: bytes) -> BackupProblem:
    lines = said.decode(errors="replace").strip().splitlines() or ["it does not say why"]
    if any(LOCKS in line for line in lines):
        return BackupProblem(NO_LOCKS)
    return BackupProblem(f"{name} did not succeed: {lines[0]}")
