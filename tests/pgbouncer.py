"""A real PgBouncer in transaction mode before the tests' PostgreSQL, with few connections for many clients.

Debian's package, which ``make pooler`` installs; where it is not, what asks for it is skipped. It refuses to
run as root, so there it runs as ``nobody``, as PostgreSQL does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from tests.pg import nobody

POOL = 3
"""Connections to PostgreSQL for all clients of a database together."""
_PORT = 6432
_KEEPS_STATEMENTS = (1, 21)
_SETTINGS = """
[databases]
* = host={server} user=postgres
[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = 400
tcp_user_timeout = 120000
tcp_keepidle = 5
tcp_keepintvl = 5
server_login_retry = 3
"""


class Pooler:
    """A running PgBouncer. ``keeps_statements``: it prepares for its clients what they have prepared."""

    def __init__(self, program: str, folder: Path, server: Path, *, keeps_statements: bool) -> None:
        self.keeps_statements = keeps_statements
        self._program, self._folder = program, folder
        text = _SETTINGS.format(server=server, folder=folder, pool=POOL, port=_PORT)
        if keeps_statements:
            text += "max_prepared_statements = 200\n"
        elif _version(program) >= _KEEPS_STATEMENTS:
            text += "max_prepared_statements = 0\n"
        (folder / "pgbouncer.ini").write_text(text)
        self._process = self._start()

    def url(self, direct: str) -> str:
        """The way to a database that has this address at the server."""
        name = direct.split("@/")[1].partition("?")[0]
        return f"postgresql://postgres@/{name}?host={self._folder}&port={_PORT}"

    @property
    def door(self) -> Path:
        """The socket at which it listens."""
        return self._folder / f".s.PGSQL.{_PORT}"

    def restart(self) -> None:
        """As after a crash: every client is cut off."""
        self.stop()
        self._process = self._start()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        (self._folder / f".s.PGSQL.{_PORT}").unlink(missing_ok=True)
        owner = nobody() if os.geteuid() == 0 else None
        process = subprocess.Popen(
            [self._program, "-q", str(self._folder / "pgbouncer.ini")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=owner,
            group=owner,
            extra_groups=None if owner is None else [],
        )
        until = time.monotonic() + 60
        while not self._answers():
            assert process.poll() is None and time.monotonic() < until, "PgBouncer does not start"
        return process

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("@/pgbouncer"), autocommit=True, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def pooler(server: Path, *, keeps_statements: bool = False) -> Iterator[Pooler]:
    """Start one before the server whose socket lies in this folder; skip the test where there is none."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed: `make pooler`, or your system's package pgbouncer")
    if keeps_statements and _version(program) < _KEEPS_STATEMENTS:
        found = ".".join(map(str, _version(program)))
        pytest.skip(f"PgBouncer {found} does not keep prepared statements for its clients; 1.21 does")
    folder = Path(tempfile.mkdtemp(prefix="pooler-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, nobody(), nobody())
        running = Pooler(program, folder, server, keeps_statements=keeps_statements)
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _version(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"PgBouncer (\d+)\.(\d+)", said)
    assert found, said
    return int(found[1]), int(found[2])
