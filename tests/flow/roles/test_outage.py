"""A database that is slow to open, or can't be reached any more: what processes say, and that they end."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from tests.cable import Cable, cable
from tests.flow.jmap.client import eventually
from tests.flow.roles.fleet import Fleet, asked, running_fleet
from tests.flow.sim import Simulator
from tests.pg import Cluster
from tests.store.test_upgrades import make_empty

from poststelle.store.opening import SCHEMA_VERSION

SOON_S = 30.0
"""Well below the 45 s after which supervisors kill; a busy machine has its share."""


@pytest.fixture
def fleet(m365: Simulator, postgres: Cluster, tmp_path: Path) -> Iterator[Fleet]:
    """Nobody of it is started yet."""
    with running_fleet(m365, postgres, tmp_path / "fleet", []) as fleet:
        yield fleet


@pytest.fixture
def way(postgres: Cluster) -> Iterator[Cable]:
    with cable(postgres.folder) as it:
        yield it


@pytest.mark.parametrize("role", ["web", "worker"])
@pytest.mark.parametrize("trouble", [Cable.cut, Cable.hush], ids=["refuses", "is silent"])
def test_it_ends_soon_although_the_database_is_gone(
    fleet: Fleet, way: Cable, role: str, trouble: Callable[[Cable], None]
) -> None:
    """It says within seconds that it is not ready, and SIGTERM waits for nothing that can't be."""
    [process] = fleet.start(role, DATABASE=way.url(fleet.database))
    assert asked(process.port, "/readyz")[0] == 200
    trouble(way)
    for _ in range(2):
        began = time.monotonic()
        assert eventually(lambda: asked(process.port, "/readyz")[0] == 503)
        assert time.monotonic() - began < SOON_S
    assert asked(process.port, "/healthz")[0] == 200
    began = time.monotonic()
    process.started.send_signal(signal.SIGTERM)
    assert process.started.wait(timeout=60) == 0, process.log.read_text()[-3000:]
    assert time.monotonic() - began < SOON_S


def test_it_says_that_it_lives_before_its_database_answers(fleet: Fleet, way: Cable) -> None:
    """Whoever watches waits on; who wants mail is told to come again; then all is there."""
    with psycopg.connect(fleet.database) as other:  # it brings the schema up to date, say
        other.execute("select pg_advisory_xact_lock(%s)", (0x506F737473,))
        process = fleet.begin_one("web", DATABASE=way.url(fleet.database))
        assert eventually(lambda: asked(process.port, "/healthz")[0] == 200)
        status, _, body = asked(process.port, "/readyz")
        assert (status, body) == (503, b"starting\n")
        status, headers, body = asked(process.port, "/api/start")  # waits for some seconds before that
        assert (status, headers["retry-after"]) == (503, "5")
        assert b"starting" in body
        early = ThreadPoolExecutor(1).submit(asked, process.port, "/api/start")
        assert asked(process.port, "/readyz")[0] == 503
    assert early.result()[0] in {200, 503}  # a busy machine may take longer than a request is held
    assert eventually(lambda: asked(process.port, "/readyz")[0] == 200)
    assert asked(process.port, "/api/start")[0] == 200
    assert process.stop() == 0


def test_it_ends_at_once_while_it_starts(fleet: Fleet) -> None:
    """Somebody thinks better of it while the database is still being opened."""
    with psycopg.connect(fleet.database) as other:
        other.execute("select pg_advisory_xact_lock(%s)", (0x506F737473,))
        process = fleet.begin_one("worker")
        assert eventually(lambda: asked(process.port, "/healthz")[0] == 200)
        early = ThreadPoolExecutor(1).submit(asked, process.port, "/api/start")
        assert process.stop(within_s=SOON_S) == 0
        assert early.result()[0] in {0, 503}
    assert "Traceback" not in process.log.read_text()


def test_one_that_is_started_where_one_was_killed_begins_although_that_one_s_row_is_locked(
    fleet: Fleet,
) -> None:
    """Who watches sees it live; its log says what it waits for, and it has that as soon as it can be had."""
    [former] = fleet.start("worker")
    former.stop(signal.SIGKILL)
    [(name,)] = fleet.rows("select name from holders")
    with psycopg.connect(fleet.database) as other:
        other.execute("select 1 from holders for update")
        process = fleet.begin_one("worker", former.port)
        assert eventually(lambda: asked(process.port, "/readyz")[0] == 200)
        [(beats,)] = fleet.rows("select beats from holders where name <> %s", name)
        assert eventually(lambda: fleet.rows("select beats from holders where name <> %s", name) > [(beats,)])
        assert eventually(lambda: "holder.locked" in process.log.read_text())
        assert "the process that ran here before" in process.log.read_text()
    assert eventually(lambda: len(fleet.rows("select name from holders")) == 1)
    assert "holder.succeeded" in process.log.read_text()
    assert process.stop() == 0


def test_a_long_migration_is_not_taken_for_a_hung_process(fleet: Fleet, postgres: Cluster) -> None:
    """While it goes on, the process answers those who watch, and says what it does."""
    database = postgres.empty_database()
    make_empty(database, 50)
    with psycopg.connect(database) as other:  # a step takes as long as this
        other.execute("select * from meta where key = 'schema_version' for update")
        process = fleet.begin_one("web", DATABASE=database)
        assert eventually(lambda: asked(process.port, "/readyz")[2] == b"migrating\n")
        assert asked(process.port, "/healthz")[0] == 200
        assert eventually(lambda: asked(process.port, "/readyz")[2] == b"held up\n")
        assert asked(process.port, "/healthz")[0] == 200
        # It tries again: that may be the try that goes through, and takes long.
        assert eventually(lambda: asked(process.port, "/readyz")[2] == b"migrating\n")
    assert eventually(lambda: asked(process.port, "/readyz")[0] == 200)
    told = process.log.read_text()
    assert told.count("database.migrating") == told.count("database.held_up") == 1
    assert str(SCHEMA_VERSION) in told
    assert process.stop() == 0
    postgres.drop_database(database)


def test_one_of_those_who_start_together_has_made_the_key(fleet: Fleet) -> None:
    """The others say nothing of it; and the set-up code is the same, and good until it was used."""
    for name in ("LOGIN", "NAME", "PASSWORD"):
        del fleet.environ[f"POSTSTELLE_ADMIN_{name}"]
    started = fleet.start("web", "web", "worker", PUBLIC_URL="https://post.example.org")
    told = [one.log.read_text() for one in started]
    assert sum("A key for stored sign-ins was made" in text for text in told) == 1
    codes = {line for text in told for line in text.splitlines() if "needs this code" in line}
    assert len(codes) == 1
    assert not any("next start" in text for text in told)
