"""Backups by PostgreSQL's programs, which may be older or newer than the server, or be led astray."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import empty_postgres_url, pooler, postgres
from tests.flow.admin.test_backup import KEY, Site, as_if_killed
from tests.pg import Cluster, cluster, give_schema, programs_of_the_wheel
from tests.pgbouncer import Pooler
from tests.store.test_schema import run_sql

from poststelle.backup import manifest
from poststelle.lib.database import DatabaseOptions

__all__ = ["empty_postgres_url", "pooler", "postgres"]

_OLDER, *_, _NEWER = (f"{folder}:{os.environ['PATH']}" for folder in programs_of_the_wheel())


@pytest.fixture(scope="module")
def older() -> Iterator[Cluster]:
    """A server of a version before the newest programs."""
    with cluster(is_older=True) as running:
        yield running


def site_with_anna(folder: Path, database: str, parts: int = 0) -> Site:
    """An installation with somebody in it; ``database`` is an empty one's address, "" for a file."""
    site = Site(folder, database)
    folder.mkdir()
    url = database or f"sqlite:///{folder / 'poststelle.db'}"
    asyncio.run(give_schema(url, DatabaseOptions(partitions=parts)))
    code, said = site.run("users", "add", "anna", "--name", "Anna")
    assert code == 0, said
    return site


def empty_place(site: Site, folder: Path, database: str) -> Site:
    """An empty place with the same key."""
    folder.mkdir()
    shutil.copy(site.folder / KEY, folder / KEY)
    return Site(folder, database)


def has_anna(site: Site) -> bool:
    code, said = site.run("users", "list")
    assert code == 0, said
    return "anna" in said


def test_newer_programs_restore_what_they_have_made(older: Cluster, tmp_path: Path) -> None:
    """They set what the server does not know, which is not restored; the backup says what has made it."""
    site = site_with_anna(tmp_path / "site", older.empty_database(), parts=4)
    folder = tmp_path / "backup"
    assert site.run("backup", str(folder), path=_NEWER)[0] == 0
    told = json.loads((folder / manifest.NAME).read_text())
    assert (told["server"].partition(".")[0], told["client"].partition(".")[0]) == ("16", "18")
    target = empty_place(site, tmp_path / "target", older.empty_database())
    code, said = target.run("restore", str(folder), path=_NEWER)
    assert (code, "Restored as of" in said) == (0, True), said
    assert has_anna(target)


def test_older_programs_are_told(postgres: Cluster, older: Cluster, tmp_path: Path) -> None:
    """Which are needed: to make one, and to read one. Nothing is begun in the target."""
    site = site_with_anna(tmp_path / "site", postgres.empty_database())
    folder = tmp_path / "backup"
    code, said = site.run("backup", str(folder), path=_OLDER)
    assert (code, "pg_dump here is of PostgreSQL 16" in said, "version 18 or newer" in said) == (
        2,
        True,
        True,
    )
    assert site.run("backup", str(folder), path=_NEWER)[0] == 0
    empty = older.empty_database()
    target = empty_place(site, tmp_path / "target", empty)
    code, said = target.run("restore", str(folder), path=_OLDER)
    assert code == 2, said
    assert "pg_restore here is of PostgreSQL 16" in said and "of version 18 or newer" in said, said
    assert run_sql(empty, "select count(*) from pg_tables where schemaname = 'public'") == [(0,)]


def test_nothing_goes_through_a_pooler_that_needs_a_session(
    postgres: Cluster, pooler: Pooler, tmp_path: Path
) -> None:
    """A backup, a restore, a move: how they set their session would stay with whoever is lent it next."""
    direct = postgres.empty_database()
    site = Site(tmp_path / "site", pooler.url(direct))
    asyncio.run(give_schema(direct))
    assert site.run("users", "add", "anna", "--name", "Anna")[0] == 0
    code, said = site.run("backup", str(tmp_path / "backup"))
    assert (code, "past the pooler: set POSTSTELLE_DATABASE_DIRECT" in said) == (2, True), said
    site.more["POSTSTELLE_DATABASE_DIRECT"] = direct
    assert site.run("backup", str(tmp_path / "backup"))[0] == 0

    empty = postgres.empty_database()
    place = empty_place(site, tmp_path / "place", pooler.url(empty))
    code, said = place.run("restore", str(tmp_path / "backup"))
    assert (code, "past the pooler" in said) == (2, True), said
    small = site_with_anna(tmp_path / "small", "")
    code, said = small.run("migrate-store", "--to", pooler.url(empty))
    assert (code, "past the pooler" in said) == (2, True), said
    assert run_sql(empty, "select count(*) from pg_tables where schemaname = 'public'") == [(0,)]
    assert has_anna(small)


def test_who_may_not_make_tables_is_told(postgres: Cluster, tmp_path: Path) -> None:
    """By a restore and by a move, in a sentence; made the owner, they go."""
    site = site_with_anna(tmp_path / "site", postgres.empty_database())
    assert site.run("backup", str(tmp_path / "backup"))[0] == 0
    empty = postgres.empty_database()
    postgres.role("small")
    as_small = empty.replace("postgres@", "small@")
    place = empty_place(site, tmp_path / "place", as_small)
    small = site_with_anna(tmp_path / "small", "")
    for one, words in (
        (place, ("restore", str(tmp_path / "backup"))),
        (small, ("migrate-store", "--to", as_small)),
    ):
        code, said = one.run(*words)
        assert (code, "owner of the database" in said, "Traceback" in said) == (2, True, False), said
    run_sql(empty, f"alter database {empty.split('@/')[1].partition('?')[0]} owner to small")
    code, said = place.run("restore", str(tmp_path / "backup"))
    assert code == 0, said
    assert has_anna(place)


def test_a_server_with_few_locks_says_which_setting(tmp_path: Path) -> None:
    """More partitions than it has locks for are not made; what a restore has left of many is removed."""
    with cluster({"max_locks_per_transaction": "64", "max_connections": "100"}) as few:
        many = Site(tmp_path / "many", few.empty_database(), {"POSTSTELLE_DATABASE_PARTITIONS": "256"})
        code, said = many.run("serve")
        assert (code, "max_locks_per_transaction" in said) == (2, True), said
        site = site_with_anna(tmp_path / "site", few.empty_database(), parts=64)
        assert site.run("backup", str(tmp_path / "backup"))[0] == 0
        place = empty_place(site, tmp_path / "place", few.empty_database())
        assert place.run("restore", str(tmp_path / "backup"))[0] == 0
        as_if_killed(place, tmp_path / "backup")
        code, said = place.run("restore", str(tmp_path / "backup"))
        assert code == 0, said
        assert has_anna(place)
