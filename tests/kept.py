"""Which database a folder of a test's has: a file in it, or one of PostgreSQL's where that was asked for."""

import atexit
import os
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from tests.pg import Cluster, cluster

_ASKED = "TESTS_DATABASE"
_FILE = "poststelle.db"  # what the server calls its own
_made: dict[Path, str] = {}


def is_postgres() -> bool:
    """Whether tests that say nothing of a database run on PostgreSQL."""
    return os.environ.get(_ASKED) == "postgres"


@cache
def the_cluster() -> Cluster:
    """The one that all folders have their databases on; it ends with this process."""
    ending = ExitStack()
    atexit.register(ending.close)
    return ending.enter_context(cluster())


def database_of(folder: Path, file: str = _FILE) -> str:
    """The address of a folder's database: the same one whenever it is asked for."""
    path = folder / file
    if not is_postgres():
        return f"sqlite:///{path}"
    if path not in _made:
        _made[path] = the_cluster().new_database()
    return _made[path]


def with_database(environ: Mapping[str, str]) -> Mapping[str, str]:
    """A program's environment, with the database of its data folder where it names none."""
    if not is_postgres() or "POSTSTELLE_DATA" not in environ or environ.get("POSTSTELLE_DATABASE"):
        return environ
    return {**environ, "POSTSTELLE_DATABASE": database_of(Path(environ["POSTSTELLE_DATA"]))}


def forget_below(folder: Path) -> None:
    """The folder goes, and with it what it would hold."""
    for path in [path for path in _made if path.is_relative_to(folder)]:
        the_cluster().drop_database(_made.pop(path))
