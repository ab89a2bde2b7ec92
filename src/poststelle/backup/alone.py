"""Nobody else restores into the same place: what one fills another would take for its own leavings.

Folders are locked for this machine, where the one with a SQLite database is, too; a PostgreSQL database is
locked for all machines.

Source: PostgreSQL, "Advisory Lock Functions".
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from poststelle.backup import archives, database
from poststelle.backup.manifest import BackupProblem

_LOCK = 0x506F7374726573  # any number of our own, for pg_try_advisory_lock


@contextmanager
def alone(data_dir: Path, url: str) -> Iterator[None]:
    """Within, no other restore works in this data folder, which is made if it is not there, or on this
    database. Blocks a little.

    Raises BackupProblem where one does, and where a pooler would keep the lock; CannotConnect, OSError.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    folders = {data_dir.resolve()}
    with ExitStack() as closing:
        if database.engine_of(url) == database.SQLITE:
            database.file_of(url).parent.mkdir(parents=True, exist_ok=True)
            folders.add(database.file_of(url).parent.resolve())
        else:
            archives.require_direct(url)
            closing.enter_context(_database(url))
        for folder in sorted(folders):
            closing.enter_context(_folder(folder))
        yield


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """The folder itself: a file for the lock would stay in one that nothing comes into."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise _under_way(f"into {folder}") from problem
        yield  # closing it ends the lock, and so does our end
    finally:
        os.close(number)


@contextmanager
def _database(url: str) -> Iterator[None]:
    """As long as the session is there, which idles for hours."""
    with archives.asked(url) as session:
        session.autocommit = True
        session.execute("set idle_session_timeout = 0")
        if session.execute("select pg_try_advisory_lock(%s)", (_LOCK,)).fetchone() != (True,):
            raise _under_way("into this database")
        yield


def _under_way(where: str) -> BackupProblem:
    return BackupProblem(f"Another restore {where} is under way. Let it end.")
