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


def named_database(folder: Path) -> dict[str, str]:
    """What a program with this data folder is told of its database: nothing where it keeps a file."""
    return {"POSTSTELLE_DATABASE": database_of(folder)} if is_postgres() else {}


def with_database(environ: Mapping[str, str]) -> Mapping[str, str]:
    """A program's environment, with the database of its data folder where it names none."""
    if "POSTSTELLE_DATA" not in environ or environ.get("POSTSTELLE_DATABASE"):
        return environ
    return {**environ, **named_database(Path(environ["POSTSTELLE_DATA"]))}


def expect_as_asked(folder: Path) -> None:
    """A program that serves has made no file in its data folder where it was to be on PostgreSQL."""
    assert not (is_postgres() and (folder / _FILE).exists()), f"{folder / _FILE}: asked for was PostgreSQL"


def forget_below(folder: Path) -> None:
    """The folder goes, and with it what it would hold."""
    for path in [path for path in _made if path.is_relative_to(folder)]:
        the_cluster().drop_database(_made.pop(path))
