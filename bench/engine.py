"""On which database a benchmark's server keeps its mail, and what that one costs beside the server."""

import argparse
import os
from pathlib import Path

import psycopg
from tests.kept import database_of, is_postgres, the_cluster

from bench.spending import postmaster_of, with_children_s


def add_option(parser: argparse.ArgumentParser) -> None:
    """``--engine``; ``choose`` is to be called with it before a server is started."""
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite", help="the database")


def choose(engine: str) -> None:
    """Servers that are started from here on keep their mail in this one."""
    os.environ["TESTS_DATABASE"] = engine


def cpu_s() -> float:
    """The processor time PostgreSQL has used so far; 0 with SQLite, which is part of its server."""
    return with_children_s(postmaster_of(the_cluster().folder)) if is_postgres() else 0.0


def octets_of(data: Path) -> int:
    """How large the database of a server with this data folder is, with what is still in a file's log."""
    if not is_postgres():
        return sum(file.stat().st_size for file in data.glob("poststelle.db*"))
    with psycopg.connect(database_of(data)) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])
