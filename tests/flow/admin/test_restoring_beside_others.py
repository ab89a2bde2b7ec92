"""What others make where a restore is to go, while it is under way: neither takes the other's away."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.databases import empty_postgres_url, postgres, run_sql
from tests.flow.admin.test_backup import KEY, Site
from tests.flow.admin.test_backup_programs import empty_place, has_anna, site_with_anna
from tests.flow.admin.test_restoring import _with_pg_programs, pair, restored, url_of
from tests.flow.jmap.client import eventually
from tests.pg import Cluster, give_schema

from poststelle.backup import database, manifest, marks
from poststelle.backup.manifest import BackupProblem
from poststelle.store.engines.postgres import PostgresEngine
from poststelle.store.engines.sqlite_logs import LogLeft
from poststelle.store.marks import NO_PROGRAM, OLDEST_AFTER
from poststelle.store.opening import OLDEST_CODE, SCHEMA_VERSION, Database, SchemaMismatch, create_schema

pytestmark = [pytest.mark.chooses_database, pytest.mark.usefixtures("_with_pg_programs")]

__all__ = ["_with_pg_programs", "empty_postgres_url", "pair", "postgres"]

_WAITS_FOR_THE_TURN = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
_OLDEST = "select value from meta where key = 'oldest_code'"


@pytest.mark.parametrize("when", ["Reading the backup", "Filling the database"])
def test_an_installation_that_was_made_meanwhile_stays_and_is_not_shut(
    pair: tuple[Site, Path], when: str
) -> None:
    """A backup is read for hours: the place is looked at again before anything is said of a restore there."""
    target, folder = pair

    def tell(told: str) -> None:
        if told == when:
            make_installation(url_of(target))
            assert target.run("users", "add", "bert", "--name", "Bert")[0] == 0

    with pytest.raises(BackupProblem, match="There is a database already"):
        restored(target, folder, tell)

    code, said = target.run("users", "list")
    assert (code, "bert" in said, "anna" in said) == (0, True, False), said
    assert not (target.folder / marks.NAME).exists()
    assert target.run("restore", str(folder))[0] == 2
    assert "bert" in target.run("users", "list")[1]


def make_installation(url: str) -> None:
    """As a server's first start does; in a thread, for a loop may run in ours."""
    thread = threading.Thread(target=lambda: asyncio.run(give_schema(url)))
    thread.start()
    thread.join()


def test_a_schema_that_is_just_being_made_is_waited_for(
    postgres: Cluster, empty_postgres_url: str, tmp_path: Path
) -> None:
    """Nobody sees it before its commit: the restore claims the database where all take turns to make one."""
    site, folder = site_with_anna(tmp_path / "site", postgres.empty_database()), tmp_path / "backup"
    assert site.run("backup", str(folder))[0] == 0
    target = empty_place(site, tmp_path / "target", empty_postgres_url)
    other = empty_place(site, tmp_path / "other", empty_postgres_url)
    has_ended = threading.Event()
    making: list[threading.Thread] = []

    def tell(told: str) -> None:
        if told == "Filling the database":
            making.append(make_slowly(empty_postgres_url, has_ended))

    with pytest.raises(BackupProblem, match="There is a database already"):
        try:
            restored(target, folder, tell)
        finally:
            has_ended.set()
    making[0].join()

    assert not (target.folder / marks.NAME).exists()
    assert marks.claimed_by(empty_postgres_url) is None
    assert other.run("users", "add", "bert", "--name", "Bert")[0] == 0
    assert target.run("restore", str(folder))[0] == 2
    assert "bert" in other.run("users", "list")[1]


def make_slowly(url: str, has_ended: threading.Event) -> threading.Thread:
    """A server's first start that has made its tables, and commits when somebody waits or has ended."""
    is_made = threading.Event()

    def make(schema: Database) -> None:
        create_schema(schema)
        is_made.set()
        eventually(lambda: has_ended.is_set() or run_sql(url, _WAITS_FOR_THE_TURN) != [(0,)])

    def work() -> None:
        engine = PostgresEngine(url)
        with suppress(Exception):  # what is seen afterwards tells
            engine.prepare(make)
        engine.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert is_made.wait(60)
    return thread


@pytest.mark.parametrize("links", ["", "target"])
def test_a_file_that_is_being_filled_is_nobody_elses(tmp_path: Path, links: str) -> None:
    """From the first moment on: no server makes an installation there, and a restore that was killed while it
    filled the file is ended by the same command."""
    site, folder = site_with_anna(tmp_path / "site", ""), tmp_path / "backup"
    assert site.run("backup", str(folder))[0] == 0
    target = empty_place(site, tmp_path / "target", "")
    file = target.folder / "poststelle.db"
    mark = mark_of(target, folder)
    assert marks.begin(target.folder / marks.NAME, mark, url_of(target))
    beside = database.unfinished(file)
    if links:  # killed between two steps of giving it its name
        os.link(file, beside)
    else:  # killed in the middle of copying
        beside.write_bytes(b"SQLite format 3\0")

    with pytest.raises(SchemaMismatch, match="A restore into this database has not ended"):
        asyncio.run(give_schema(url_of(target)))
    code, said = target.run("restore", str(folder))

    assert (code, "Restored as of" in said) == (0, True), said
    assert has_anna(target)
    assert not any("restoring" in path.name for path in target.folder.iterdir())


def mark_of(target: Site, folder: Path) -> marks.Mark:
    told = manifest.read(folder)
    return marks.Mark(told.database.sha256, marks.address_hash(url_of(target)), "0" * 32, marks.BEGUN, "new")


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_gets_its_name_only_where_nothing_has_it(tmp_path: Path, has_links: bool) -> None:
    """Also on a file system without links; what is there stays, with its log, and so does a log without its
    file. One that holds nothing goes, and what SQLite makes anew: it would take either for the new one's."""
    made, target, log = tmp_path / "made", tmp_path / "db", tmp_path / "db-wal"

    def no_link(_: Path, __: Path) -> None:
        raise PermissionError

    link = os.link if has_links else no_link
    for path in (made, target, log):
        path.write_text(path.name)
    assert not database.put_if_none(made, target, link)
    assert [path.read_text() for path in (made, target, log)] == ["made", "db", "db-wal"]

    target.unlink()
    with pytest.raises(BackupProblem, match="it may hold what was stored there last"):
        database.put_if_none(made, target, link)
    assert [path.read_text() for path in (made, log)] == ["made", "db-wal"]

    log.write_text("")
    (tmp_path / "db-shm").write_text("an index")

    assert database.put_if_none(made, target, link)
    assert target.read_text() == "made"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["db"]


def test_the_last_commits_of_a_database_that_was_moved_away_alone_are_not_removed(tmp_path: Path) -> None:
    """A server that was killed has left them: what is to be done is said before anything is read, and the
    same command goes through then."""
    site, folder = site_with_anna(tmp_path / "site", ""), tmp_path / "backup"
    assert site.run("backup", str(folder))[0] == 0
    target = empty_place(site, tmp_path / "target", "")
    log = target.folder / "poststelle.db-wal"
    log.write_bytes(b"commits")

    code, said = target.run("restore", str(folder))

    assert (code, f"{log} belongs to the database that was taken away" in said) == (2, True), said
    assert "Reading the backup" not in said
    assert sorted(path.name for path in target.folder.iterdir()) == sorted([KEY, log.name])
    log.rename(tmp_path / "moved.db-wal")
    assert target.run("restore", str(folder))[0] == 0
    assert has_anna(target)


def test_a_server_does_not_begin_anew_where_a_database_was_moved_away_alone(tmp_path: Path) -> None:
    """SQLite would remove its last commits as soon as it opens a new one of that name."""
    site = site_with_anna(tmp_path / "site", "")
    kept, log = site.folder / "poststelle.db", site.folder / "poststelle.db-wal"
    kept.rename(tmp_path / "moved.db")
    log.write_bytes(b"commits")

    with (
        ThreadPoolExecutor() as beside,  # a loop may run in our thread
        pytest.raises(LogLeft, match="belongs to the database that was taken away"),
    ):
        beside.submit(asyncio.run, give_schema(url_of(site))).result()

    assert (log.read_bytes(), kept.exists()) == (b"commits", False)
    log.unlink()
    (tmp_path / "moved.db").rename(kept)
    assert "anna" in site.run("users", "list")[1]


def test_what_is_left_there_while_the_backup_is_read_leaves_no_mark(tmp_path: Path) -> None:
    """Refused at last, it is as if nothing had been begun."""
    site, folder = site_with_anna(tmp_path / "site", ""), tmp_path / "backup"
    assert site.run("backup", str(folder))[0] == 0
    target = empty_place(site, tmp_path / "target", "")
    log = target.folder / "poststelle.db-wal"

    def tell(told: str) -> None:
        if told == "Filling the database":
            log.write_bytes(b"commits")

    with pytest.raises(BackupProblem, match="taken away"):
        restored(target, folder, tell)
    assert sorted(path.name for path in target.folder.iterdir()) == sorted([KEY, log.name])


def test_one_that_comes_at_the_same_moment_stays(tmp_path: Path) -> None:
    """What has looked for a file and found none is no reason to write one."""
    made, target = tmp_path / "made", tmp_path / "db"
    made.write_text("made")

    def link_late(one: Path, other: Path) -> None:
        target.write_text("another")
        os.link(one, other)

    assert not database.put_if_none(made, target, link_late)
    assert (made.read_text(), target.read_text()) == ("made", "another")


def test_older_programs_find_themselves_too_old_until_it_has_ended(pair: tuple[Site, Path]) -> None:
    """Those that do not know how a restore marks a database: they look for the oldest program it takes."""
    target, folder = pair
    seen: dict[str, object] = {}

    def tell(told: str) -> None:
        if told in {"Copying messages and files", "Looking for what is missing"}:
            [(seen[told],)] = run_sql(url_of(target), _OLDEST)

    assert restored(target, folder, tell) is not None

    assert len(seen) == 2
    assert set(seen.values()) == {str(NO_PROGRAM)}
    assert run_sql(url_of(target), _OLDEST) == [(str(OLDEST_CODE),)]
    assert has_anna(target)


def test_one_that_an_older_program_has_filled_is_shut_to_others_like_it_and_then_opened(
    pair: tuple[Site, Path],
) -> None:
    """A restore that was broken off goes on with this program; and where the older one has removed its table
    alone at the end, the next start opens the database."""
    target, folder = pair

    def tell(told: str) -> None:
        if told == "Copying messages and files":
            run_sql(url_of(target), f"update meta set value = '{OLDEST_CODE}' where key = 'oldest_code'")
        if told == "Looking for what is missing":
            assert run_sql(url_of(target), _OLDEST) == [(str(NO_PROGRAM),)]

    assert restored(target, folder, tell) is not None
    assert run_sql(url_of(target), _OLDEST) == [(str(OLDEST_CODE),)]

    run_sql(url_of(target), f"update meta set value = '{NO_PROGRAM}' where key = 'oldest_code'")
    assert has_anna(target)
    assert run_sql(url_of(target), _OLDEST) == [(str(OLDEST_CODE),)]


def broken_off_by_newer(target: Site, folder: Path, oldest_code: int) -> None:
    """As a newer program leaves it that has brought the schema to its own and was killed then."""

    def tell(told: str) -> None:
        if told == "Looking for what is missing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restored(target, folder, tell)
    for key, value in (("schema_version", SCHEMA_VERSION + 2), (OLDEST_AFTER, oldest_code)):
        run_sql(url_of(target), f"update meta set value = '{value}' where key = '{key}'")


def test_one_that_a_newer_program_has_brought_beyond_us_is_left_to_it(pair: tuple[Site, Path]) -> None:
    """Somebody goes back to this version meanwhile: it neither ends that restore nor lets anybody in."""
    target, folder = pair
    broken_off_by_newer(target, folder, SCHEMA_VERSION + 1)
    before = run_sql(url_of(target), "select key, value from meta order by key")

    code, said = target.run("restore", str(folder))

    assert (code, "written by a newer Poststelle" in said) == (2, True), said
    assert run_sql(url_of(target), "select key, value from meta order by key") == before
    assert run_sql(url_of(target), _OLDEST) == [(str(NO_PROGRAM),)]
    assert marks.claimed_by(url_of(target)) is not None


def test_one_that_a_newer_program_has_begun_is_ended_by_whom_it_is_for(pair: tuple[Site, Path]) -> None:
    """And afterwards open to those programs, and to none before them."""
    target, folder = pair
    broken_off_by_newer(target, folder, SCHEMA_VERSION)
    code, said = target.run("restore", str(folder))
    assert code == 0, said
    assert run_sql(url_of(target), _OLDEST) == [(str(SCHEMA_VERSION),)]
    assert run_sql(url_of(target), f"select value from meta where key = '{OLDEST_AFTER}'") == []
    assert has_anna(target)


def test_a_read_only_database_is_named_and_nothing_is_begun(
    postgres: Cluster, empty_postgres_url: str, tmp_path: Path
) -> None:
    """A standby, or a setting; what is to be done is said, and afterwards the same command goes through, also
    where a restore had begun."""
    site, folder = site_with_anna(tmp_path / "site", postgres.empty_database()), tmp_path / "backup"
    assert site.run("backup", str(folder))[0] == 0
    target = empty_place(site, tmp_path / "target", empty_postgres_url)
    with read_only(empty_postgres_url):
        code, said = target.run("restore", str(folder))
        assert (code, "The database is read-only" in said) == (2, True), said
        assert "Reading the backup" not in said  # which may take hours
        assert [path.name for path in target.folder.iterdir()] == [KEY]
    mark = mark_of(target, folder)
    assert marks.begin(target.folder / marks.NAME, mark, empty_postgres_url)
    with read_only(empty_postgres_url):
        code, said = target.run("restore", str(folder))
        assert (code, "The database is read-only" in said) == (2, True), said
        assert marks.read(target.folder / marks.NAME) == mark
    assert target.run("restore", str(folder))[0] == 0
    assert has_anna(target)


@contextmanager
def read_only(url: str) -> Iterator[None]:
    name = url.split("@/")[1].partition("?")[0]
    run_sql(url, f"alter database {name} set default_transaction_read_only = on")
    try:
        yield
    finally:
        run_sql(
            url, f"set transaction read write; alter database {name} set default_transaction_read_only = off"
        )


@pytest.mark.parametrize("before", [None, b"what an attempt before has left"])
def test_what_the_database_refuses_leaves_the_folder_as_it_was(
    postgres: Cluster, empty_postgres_url: str, tmp_path: Path, before: bytes | None
) -> None:
    """Such as a user who may not make tables: said in words, and run again it is as the first time."""
    site, folder = site_with_anna(tmp_path / "site", postgres.empty_database()), tmp_path / "backup"
    assert site.run("backup", str(folder))[0] == 0
    name = f"visitor{0 if before is None else 1}"
    postgres.role(name)
    target = empty_place(site, tmp_path / "target", empty_postgres_url.replace("postgres@", f"{name}@"))
    mark = target.folder / marks.NAME
    if before is not None:
        mark.write_bytes(before)
    code, said = target.run("restore", str(folder))
    assert (code, "does not let this user make tables" in said) == (2, True), said
    assert (mark.read_bytes() if mark.exists() else None) == before


def test_another_attempt_that_was_broken_off_is_told_of_as_before(
    pair: tuple[Site, Path], tmp_path: Path
) -> None:
    """Its mark is put back where something has come between: how it is given up is said there."""
    target, folder = pair
    left = marks.Mark("another backup", "another database", "1" * 32, marks.LOADED, "new")
    marks.write(target.folder / marks.NAME, left)

    def tell(told: str) -> None:
        if told == "Filling the database":
            make_installation(url_of(target))

    with pytest.raises(BackupProblem, match=f"remove {target.folder / marks.NAME}"):
        restored(target, folder, tell)
    assert marks.read(target.folder / marks.NAME) == left
