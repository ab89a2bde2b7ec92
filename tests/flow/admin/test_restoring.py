"""What may go on beside a restore, and what is left where one was killed; on both databases."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import psycopg
import pytest
from msgspec.structs import replace as struct_replace
from tests import programs
from tests.databases import empty_postgres_url, postgres, run_sql
from tests.flow.admin.test_backup import KEY, Site, as_if_killed, pg_programs, simulator, sites
from tests.flow.admin.test_backup_programs import empty_place, has_anna, site_with_anna
from tests.flow.jmap.client import eventually
from tests.flow.jmap.office import Office
from tests.flow.sim import Simulator
from tests.pg import Cluster
from tests.programs import Program
from tests.store.test_upgrades import make_empty

from poststelle import opening
from poststelle.auth.crypto import KeyRing
from poststelle.auth.key_file import read_keys
from poststelle.backup import database, manifest, marks, restoring
from poststelle.backup.archives import _ENDING_WITH_US
from poststelle.backup.manifest import BackupProblem
from poststelle.backup.restoring import Place
from poststelle.config import load
from poststelle.lib.clock import SystemClock
from poststelle.store.opening import OLDEST_CODE

pytestmark = pytest.mark.chooses_database

__all__ = ["empty_postgres_url", "postgres", "simulator", "sites"]

_TABLES = "select count(*) from pg_tables where schemaname = 'public'"
_TOLD = "select count(*) from audit where action = 'backup.restored'"
_INSTALLATION = "select value from settings where key = 'backup.installation'"
BEFORE = 55  # the step after it changes ``subscriptions``
MUCH_EARLIER = 42  # below ``OLDEST_AS_IT_IS``


@pytest.fixture(params=["sqlite", "postgres"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Site, Path]]:
    """An empty place, and the backup of an installation with Anna that is to be restored there."""
    urls = ["", ""]
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("postgres")
        urls = [cluster.empty_database(), cluster.empty_database()]
        request.addfinalizer(lambda: [cluster.drop_database(url) for url in urls])
    site, folder = site_with_anna(tmp_path / "site", urls[0]), tmp_path / "backup"
    assert site.run("backup", str(folder))[0] == 0
    yield empty_place(site, tmp_path / "target", urls[1]), folder


@pytest.fixture
def _with_pg_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{pg_programs()}:{os.environ['PATH']}")


def url_of(site: Site) -> str:
    return site.database or f"sqlite:///{site.folder / 'poststelle.db'}"


def restored(
    site: Site, folder: Path, tell: Callable[[str], None], *, in_its_place: bool = False
) -> restoring.Restored | None:
    """In this process; ``tell`` hears what is being done, and may do something meanwhile."""
    return asyncio.run(restoring.restore(folder, place_of(site), tell, in_its_place=in_its_place))


def place_of(site: Site) -> Place:
    config = load({"POSTSTELLE_DATA": str(site.folder), **site.environ})
    clock = SystemClock()
    return Place(
        config.data_dir,
        config.direct_url,
        KeyRing(read_keys(config.key_file)),
        clock,
        open_blobs=lambda store: opening.open_blobs(config, store, clock, is_moving=True),
        whose_blobs=lambda: opening.whose_blobs(config),
    )


@pytest.mark.usefixtures("_with_pg_programs")
@pytest.mark.parametrize(
    "when", ["Reading the backup", "Filling the database", "Looking for what is missing"]
)
def test_two_restores_at_once_are_one(pair: tuple[Site, Path], when: str) -> None:
    """Whenever the second one begins, it is told so and does nothing, and the first one ends whole."""
    target, folder = pair
    said_by_second: list[tuple[int, str]] = []

    def tell(told: str) -> None:
        if told == when:
            said_by_second.append(target.run("restore", str(folder)))

    assert restored(target, folder, tell) is not None

    [(code, said)] = said_by_second
    assert (code, "Another restore" in said) == (2, True), said
    assert has_anna(target)
    assert sorted(path.name for path in target.folder.iterdir() if "restoring" in path.name) == []


@pytest.mark.usefixtures("_with_pg_programs")
def test_two_data_folders_do_not_fill_one_database(
    postgres: Cluster, empty_postgres_url: str, tmp_path: Path
) -> None:
    """As on two machines: neither sees the other's mark."""
    site, folder = site_with_anna(tmp_path / "site", postgres.empty_database()), tmp_path / "backup"
    assert site.run("backup", str(folder))[0] == 0
    one, other = (empty_place(site, tmp_path / name, empty_postgres_url) for name in ("one", "other"))
    said_by_second: list[tuple[int, str]] = []

    def tell(told: str) -> None:
        if told == "Reading the backup":
            said_by_second.append(other.run("restore", str(folder)))

    assert restored(one, folder, tell) is not None
    [(code, said)] = said_by_second
    assert (code, "Another restore into this database" in said) == (2, True), said
    assert has_anna(one)


@pytest.mark.usefixtures("_with_pg_programs")
def test_what_became_an_installation_meanwhile_is_not_removed(pair: tuple[Site, Path]) -> None:
    """Whose the database is, is looked at again just before it is filled anew."""
    target, folder = pair
    assert target.run("restore", str(folder))[0] == 0
    as_if_killed(target, folder)

    def tell(told: str) -> None:
        if told == "Filling the database":
            marks.let_go(url_of(target), OLDEST_CODE)

    with pytest.raises(BackupProblem, match="There is a database already"):
        restored(target, folder, tell)
    (target.folder / marks.NAME).unlink()
    assert has_anna(target)


def ended(target: Site, folder: Path, how_far: str, *, is_claimed: bool) -> None:
    """As one leaves it that was killed while it removed its marks."""
    [(installation,)] = run_sql(url_of(target), _INSTALLATION)
    mark = as_if_killed(target, folder, str(installation).strip('"'))
    if not is_claimed:
        marks.let_go(url_of(target), OLDEST_CODE)
    told = marks.Mark(mark.backup, mark.database, mark.attempt, how_far, mark.installation)
    marks.write(target.folder / marks.NAME, told)


@pytest.mark.parametrize(
    ("how_far", "is_claimed"), [(marks.LOADED, False), (marks.ENDED, False), (marks.ENDED, True)]
)
def test_one_that_was_killed_at_its_very_end_has_ended(
    pair: tuple[Site, Path], how_far: str, is_claimed: bool
) -> None:
    """No server starts; the same command removes what is left of its marks, and nothing is done again."""
    target, folder = pair
    assert target.run("restore", str(folder))[0] == 0
    ended(target, folder, how_far, is_claimed=is_claimed)
    code, said = target.run("users", "list")
    assert (code, "was broken off" in said) == (2, True), said

    code, said = target.run("restore", str(folder))

    assert (code, "had come to its end before" in said) == (0, True), said
    assert has_anna(target)
    assert run_sql(url_of(target), _TOLD) == [(1,)]
    assert not (target.folder / marks.NAME).exists()


def test_another_installation_is_not_taken_for_its_end(pair: tuple[Site, Path]) -> None:
    """Somebody has put another database there meanwhile: that one stays as it is, and so does the mark."""
    target, folder = pair
    assert target.run("restore", str(folder))[0] == 0
    ended(target, folder, marks.LOADED, is_claimed=False)
    run_sql(url_of(target), "update settings set value = '\"another\"' where key = 'backup.installation'")
    code, said = target.run("restore", str(folder))
    assert (code, "There is a database already" in said) == (2, True), said
    assert (target.folder / marks.NAME).exists()


class _Locked:
    """Somebody holds a table of a PostgreSQL database until the end of the block, as a dump does."""

    def __init__(self, url: str, table: str, how: str = "access share") -> None:
        self._connection = psycopg.connect(url, application_name="pg_dump")
        self._connection.execute(f"lock table {table} in {how} mode".encode())

    def __enter__(self) -> _Locked:
        return self

    def __exit__(self, _: type[BaseException] | None, __: object, ___: TracebackType | None) -> None:
        self._connection.close()


def begun(site: Site, *words: str) -> Program:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("POSTSTELLE_")}
    environ |= {"POSTSTELLE_DATA": str(site.folder), **site.environ}
    environ["PATH"] = f"{pg_programs()}:{environ['PATH']}"
    return programs.start(["poststelle", *words], environ)


def read_until(program: Program, text: str) -> str:
    """All that it has said so far, once it has said that."""
    said = ""
    for line in program.stdout:
        said += line
        if text in line:
            return said
    raise AssertionError(f"it has ended without {text!r}: {said}")


def test_a_kill_between_the_last_two_marks(
    postgres: Cluster, empty_postgres_url: str, tmp_path: Path
) -> None:
    """The folder's mark says by then that all is done: what is run again ends it at once."""
    site, folder = site_with_anna(tmp_path / "site", postgres.empty_database()), tmp_path / "backup"
    assert site.run("backup", str(folder))[0] == 0
    target = empty_place(site, tmp_path / "target", empty_postgres_url)
    as_if_killed(target, folder)
    with _Locked(target.database, "poststelle_restoring"):
        program = begun(target, "restore", str(folder))
        eventually(lambda: _how_far(target) == marks.ENDED)
        program.kill()
        program.wait()
    program.stdout.close()
    code, said = target.run("restore", str(folder))
    assert (code, "had come to its end before" in said) == (0, True), said
    assert has_anna(target)
    assert run_sql(target.database, _TOLD) == [(1,)]


def _how_far(site: Site) -> str:
    mark = marks.read(site.folder / marks.NAME)
    return "" if mark is None else mark.how_far


def test_a_database_that_is_in_use_is_not_told_that_it_was_put_back(
    sites: tuple[Site, Site], simulator: Simulator
) -> None:
    """Nobody is logged out, and no letter that waits becomes a draft, while a server runs."""
    site, _ = sites
    with site.serving(simulator) as office:
        office.person("anna")
        anna = office.log_in("anna")
        code, said = site.run("restore", "--put-back")
        assert (code, "A server still runs on this database" in said) == (2, True), said
        assert anna.get("/api/mailboxes").status == 200
    assert run_sql(url_of(site), _TOLD) == [(0,)]
    code, said = site.run("restore", "--put-back")
    assert code == 0, said


@pytest.mark.usefixtures("_with_pg_programs")
def test_a_server_that_starts_while_files_are_copied_is_seen(
    sites: tuple[Site, Site], simulator: Simulator, tmp_path: Path
) -> None:
    """That may take hours: before anything is changed it is looked again."""
    site, _ = sites
    folder = tmp_path / "backup"
    with site.serving(simulator) as office:
        office.person("anna")
    assert site.run("backup", str(folder))[0] == 0
    with ExitStack() as serving:
        started: list[Office] = []

        def tell(told: str) -> None:
            if told == "Copying messages and files":
                started.append(serving.enter_context(site.serving(simulator)))

        with pytest.raises(BackupProblem, match="A server still runs"):
            asyncio.run(restoring.put_back(place_of(site), folder, tell))
        assert started[0].log_in("anna").get("/api/mailboxes").status == 200
    assert run_sql(url_of(site), _TOLD) == [(0,)]
    code, said = site.run("restore", str(folder), "--put-back")
    assert code == 0, said


@pytest.mark.usefixtures("_with_pg_programs")
def test_a_database_that_was_put_back_from_much_earlier_is_told_so(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    """One that can't be asked as it is is brought up to date first."""
    site = site_with_anna(tmp_path / "site", "")
    (site.folder / "poststelle.db").unlink()
    make_empty(empty_postgres_url, MUCH_EARLIER)
    code, said = Site(site.folder, empty_postgres_url).run("restore", "--put-back")
    assert code == 0, said
    assert run_sql(empty_postgres_url, _TOLD) == [(1,)]


def test_no_command_makes_an_installation_of_an_empty_database(
    postgres: Cluster, empty_postgres_url: str, tmp_path: Path
) -> None:
    """Such as the nightly backup that comes between `createdb` and the restore, which goes on as ever."""
    site, folder = site_with_anna(tmp_path / "site", postgres.empty_database()), tmp_path / "backup"
    assert site.run("backup", str(folder))[0] == 0
    target = Site(tmp_path / "target", empty_postgres_url)
    target.folder.mkdir()
    file = f"sqlite:///{tmp_path / 'moved.db'}"
    for words in (
        ("backup", str(folder)),
        ("users", "list"),
        ("audit", "verify"),
        ("rotate-keys",),
        ("restore", "--put-back"),
        ("migrate-store", "--to", file),
    ):
        code, said = target.run(*words)
        assert (code, "The database is empty" in said) == (2, True), (words, said)
        assert list(target.folder.iterdir()) == []
        assert run_sql(target.database, _TABLES) == [(0,)]
    (target.folder / KEY).write_bytes((site.folder / KEY).read_bytes())
    assert target.run("restore", str(folder))[0] == 0
    assert has_anna(target)


@pytest.mark.parametrize("words", [("migrate-store", "--to"), ("restore", "--put-back")])
def test_who_waits_behind_a_dump_says_so(
    empty_postgres_url: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """An older database is brought up to date first, which a dump holds up; then it goes on by itself."""
    site = site_with_anna(tmp_path / "site", "")
    (site.folder / "poststelle.db").unlink()
    make_empty(empty_postgres_url, BEFORE)
    site = Site(site.folder, empty_postgres_url)
    to = [f"sqlite:///{tmp_path / 'moved.db'}"] if words[0] == "migrate-store" else []
    with _Locked(site.database, "subscriptions"):
        program = begun(site, *words, *to)
        assert "pg_dump (pid" in read_until(program, "Waiting for another program")
    said = program.stdout.read()
    assert program.wait(60) == 0, said
    program.stdout.close()


def test_a_dump_ends_with_the_backup_that_began_it(
    postgres: Cluster, empty_postgres_url: str, tmp_path: Path
) -> None:
    """Killed in the middle: nothing goes on holding locks, and writing into a file that is gone."""
    site = site_with_anna(tmp_path / "site", empty_postgres_url)
    with _Locked(site.database, "page_files", "access exclusive"):
        program = begun(site, "backup", str(tmp_path / "backup"))
        eventually(lambda: _children(program.pid, "pg_dump"))
        [dump] = _children(program.pid, "pg_dump")
        program.kill()
        program.wait()
        eventually(lambda: not _runs(dump))
    program.stdout.close()
    code, said = site.run("backup", str(tmp_path / "backup"))
    assert code == 0, said


def test_where_nothing_ends_a_dump_it_is_made_all_the_same() -> None:
    """A Python without libffi can't ask the system for that."""
    lacking = "import sys; sys.modules['ctypes'] = None\n" + _ENDING_WITH_US
    words = [sys.executable, "-I", "-S", "-c", lacking, str(os.getpid()), "/bin/sh", "-c", "exit 7"]
    assert subprocess.run(words, check=False).returncode == 7


def _children(pid: int, name: str) -> list[int]:
    """Those of a process that have this name by now."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split() if _name(int(child)) == name]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _runs(pid: int) -> bool:
    """Not where it has ended and nobody has asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def broken_off(target: Site, folder: Path, *, in_its_place: bool = False) -> None:
    """A restore that ends in the middle: the database has all that the backup has, and is no installation."""

    def tell(told: str) -> None:
        if told == "Copying messages and files":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restored(target, folder, tell, in_its_place=in_its_place)
    assert _how_far(target) == marks.LOADED


@pytest.fixture
def apart(request: pytest.FixtureRequest, pair: tuple[Site, Path], tmp_path: Path) -> Iterator[Site]:
    """The place of ``pair`` as another machine has it, whose data folder has no mark; SQLite's database lies
    outside it."""
    target, _ = pair
    if not target.database:
        target.database = f"sqlite:///{tmp_path / 'volume' / 'poststelle.db'}"
    yield empty_place(target, tmp_path / "elsewhere", target.database)


@pytest.mark.usefixtures("_with_pg_programs")
def test_what_a_restore_has_not_ended_nobody_makes_an_installation(
    pair: tuple[Site, Path], apart: Site, postgres: Cluster, tmp_path: Path
) -> None:
    """From a data folder that knows nothing of it: the database tells it itself, to every command, on both
    sides of a move; the restore alone goes on."""
    target, folder = pair
    broken_off(target, folder)
    is_file = target.database.startswith("sqlite")
    other = postgres.empty_database() if is_file else f"sqlite:///{tmp_path / 'other.db'}"
    moving = site_with_anna(tmp_path / "moving", other)
    for words in (("restore", "--put-back"), ("users", "list"), ("backup", str(tmp_path / "late"))):
        code, said = apart.run(*words)
        assert (code, "A restore into this database has not ended" in said) == (2, True), (words, said)
    for site, to in ((apart, other), (moving, target.database)):
        code, said = site.run("migrate-store", "--to", to)
        assert (code, "A restore into this database has not ended" in said) == (2, True), said
    assert marks.claimed_by(url_of(target)) is not None
    assert run_sql(url_of(target), _TOLD) == [(0,)]
    code, said = target.run("restore", str(folder))
    assert (code, "Restored as of" in said) == (0, True), said
    assert has_anna(target)
    if is_file:
        postgres.drop_database(other)


@pytest.mark.usefixtures("_with_pg_programs")
@pytest.mark.parametrize("how_far", [marks.LOADED, marks.ENDED])
def test_the_database_of_before_put_back_is_not_taken_for_its_end(
    pair: tuple[Site, Path], tmp_path: Path, how_far: str
) -> None:
    """It is called as the restored one would be, and nothing was restored: the restore refuses, and says how
    it is given up; then all goes on as before."""
    target, folder = pair
    broken_off(target, folder, in_its_place=True)
    mark = marks.read(target.folder / marks.NAME)
    assert mark is not None
    marks.write(target.folder / marks.NAME, struct_replace(mark, how_far=how_far))
    put_in_place(tmp_path / "site", folder, url_of(target))

    code, said = target.run("restore", str(folder), "--in-its-place")

    assert (code, f"remove {target.folder / marks.NAME}" in said) == (2, True), said
    for words in (("users", "list"), ("restore", "--put-back"), ("migrate-store", "--to", "postgresql://x")):
        code, said = target.run(*words)
        assert (code, f"remove {target.folder / marks.NAME}" in said) == (2, True), said
    (target.folder / marks.NAME).unlink()
    assert has_anna(target)
    assert run_sql(url_of(target), _TOLD) == [(0,)]


def put_in_place(site: Path, backup: Path, url: str) -> None:
    """The database that the backup is of, as a rename back would have it, and none of a restore."""
    if database.engine_of(url) == database.SQLITE:
        database.remove_sqlite(database.file_of(url))
        database.copy_sqlite(site / "poststelle.db", database.file_of(url))
        return
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("drop schema public cascade")
        server.execute("create schema public")
    database.load(url, backup / manifest.read(backup).database.name, is_begun=False)
