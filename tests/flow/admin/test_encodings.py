"""A PostgreSQL database whose encoding can't hold all mail becomes no installation."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.databases import empty_postgres_url, postgres
from tests.flow.admin.test_backup import Site, pg_programs
from tests.flow.admin.test_backup_programs import empty_place, has_anna, site_with_anna
from tests.pg import Cluster
from tests.store.test_schema import run_sql

__all__ = ["empty_postgres_url", "postgres"]

_TABLES = "select count(*) from pg_tables where schemaname = 'public'"


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_nothing_is_made_in_it(postgres: Cluster, tmp_path: Path, encoding: str) -> None:
    """By a start, a move or a restore: each says how to make another, and the source is as it was."""
    wrong = postgres.database_in(encoding)
    small = site_with_anna(tmp_path / "small", "")
    large = site_with_anna(tmp_path / "large", postgres.empty_database())
    assert large.run("backup", str(tmp_path / "backup"))[0] == 0
    place = empty_place(large, tmp_path / "place", wrong)
    for site, words in (
        (Site(tmp_path / "new", wrong), ("serve",)),
        (small, ("migrate-store", "--to", wrong)),
        (place, ("restore", str(tmp_path / "backup"))),
    ):
        code, said = site.run(*words)
        assert (code, f"encoding is {encoding}" in said) == (2, True), said
        assert "createdb --encoding=UTF8" in said
        assert run_sql(wrong, _TABLES) == [(0,)]
    assert has_anna(small)


def test_one_that_is_there_is_left(postgres: Cluster, tmp_path: Path) -> None:
    """No server starts on it, which would lose mail; a move and a backup take all to one that holds it."""
    first = site_with_anna(tmp_path / "first", postgres.empty_database())
    wrong = postgres.database_in("LATIN1")
    paths = os.environ | {"PATH": f"{pg_programs()}:{os.environ['PATH']}"}
    copy = f"pg_dump '{first.database}' | psql -q '{wrong}'"
    subprocess.run(copy, shell=True, env=paths, check=True, capture_output=True)
    run_sql(wrong, "update users set name = chr(196) || 'nne' where login = 'anna'")
    site = Site(first.folder, wrong)
    code, said = site.run("users", "list")
    assert (code, "createdb --encoding=UTF8" in said) == (2, True), said

    assert site.run("backup", str(tmp_path / "backup"))[0] == 0
    place = empty_place(site, tmp_path / "place", postgres.empty_database())
    code, said = place.run("restore", str(tmp_path / "backup"))
    assert code == 0, said
    file = f"sqlite:///{tmp_path / 'moved.db'}"
    code, said = site.run("migrate-store", "--to", file)
    assert code == 0, said
    for there in (place, Site(site.folder, file)):
        assert "Änne" in there.run("users", "list")[1]
