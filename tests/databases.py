"""Both databases, for whatever must go the same way on each: a test that asks for ``url`` runs twice.

All others keep a file, as an office does that says nothing of a database.
``TESTS_DATABASE=postgres`` gives each of their folders one on PostgreSQL in its place
(``make test-postgres``); what is marked ``chooses_database`` says itself on which it runs.
"""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import psycopg
import pytest
from tests import pgbouncer
from tests.kept import forget_below, is_postgres, the_cluster
from tests.pg import Cluster, cluster, give_schema
from tests.pgbouncer import Pooler

_KINDS = ("sqlite", "postgres")
_FURTHER = {"partitioned": "partitioned", "pooled": "pooled"}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A real PostgreSQL; started for the first test that asks."""
    if is_postgres():
        yield the_cluster()
        return
    with cluster() as running:
        yield running


@pytest.fixture(autouse=True)
def chosen_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test kept on PostgreSQL goes with its folder."""
    if not is_postgres():
        yield
        return
    if request.node.get_closest_marker("chooses_database"):
        pytest.skip("runs on databases of its own choice")
    yield
    if folder := request.node.funcargs.get("tmp_path"):
        forget_below(folder)


@pytest.fixture
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """The address of a database on PostgreSQL in which nothing is stored."""
    address = postgres.new_database()
    yield address
    postgres.drop_database(address)


@pytest.fixture
def partitioned_url(postgres: Cluster) -> Iterator[str]:
    """The same with its large tables partitioned by account."""
    address = postgres.new_database(partitions=4)
    yield address
    postgres.drop_database(address)


@pytest.fixture(scope="session")
def pooler(postgres: Cluster) -> Iterator[Pooler]:
    """A PgBouncer before PostgreSQL that knows nothing of prepared statements."""
    with pgbouncer.pooler(postgres.folder) as running:
        yield running


@pytest.fixture
def pooled_url(postgres_url: str, pooler: Pooler) -> str:
    """The way to a database on PostgreSQL through it."""
    return pooler.url(postgres_url)


@pytest.fixture
def empty_postgres_url(postgres: Cluster) -> Iterator[str]:
    address = postgres.empty_database()
    yield address
    postgres.drop_database(address)


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with our schema and nothing in it, to be copied: the schema costs ten times a copy."""
    path = tmp_path_factory.mktemp("sqlite") / "store.db"
    asyncio.run(give_schema(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_file: Path, tmp_path: Path) -> str:
    """The address of a database in a file, in which nothing is stored."""
    shutil.copyfile(sqlite_file, tmp_path / "store.db")
    return _sqlite(tmp_path)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Both databases; for what is marked ``partitioned`` or ``pooled`` a PostgreSQL with partitioned tables,
    or behind a pooler, too."""
    is_its_own = any("url" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "url" in metafunc.fixturenames and not is_its_own:
        marks = {mark.name for mark in metafunc.definition.iter_markers()}
        further = [kind for mark, kind in _FURTHER.items() if mark in marks]
        metafunc.parametrize("url", [*_KINDS, *further], indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """The address of a database in which nothing is stored."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=_KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table."""
    return _sqlite(tmp_path) if request.param == "sqlite" else request.getfixturevalue("empty_postgres_url")


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'store.db'}"


def run_sql(url: str, statement: str) -> list[tuple[object, ...]]:
    """One statement, past the store."""
    if url.startswith("sqlite"):
        connection = apsw.Connection(url.removeprefix("sqlite:///"))
        connection.set_busy_timeout(30_000)
        rows = connection.execute(statement).fetchall()
        connection.close()
        return [tuple(row) for row in rows]
    with psycopg.connect(url) as server:
        cursor = server.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []
