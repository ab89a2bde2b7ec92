"""Who else can reach a backup, and what else happens while one is made: nothing of it goes unseen."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from tests.databases import empty_postgres_url, postgres, run_sql
from tests.flow.admin.client import PASSWORD, Client
from tests.flow.admin.running import running_server
from tests.flow.admin.test_backup import KEY, LARGE, Site, pg_programs, simulator, sites
from tests.flow.admin.test_database_refusals import refusing
from tests.flow.admin.test_trail import sqlite_copy
from tests.flow.jmap.office import Office
from tests.flow.jmap.test_internal import Shelf, new_shelf, rich
from tests.flow.sim import Simulator
from tests.store.test_upgrades import make_empty

from poststelle import main as wiring
from poststelle.backup import manifest, marks, taking
from poststelle.backup.taking import Installation
from poststelle.config import load
from poststelle.store.opening import SCHEMA_VERSION

pytestmark = pytest.mark.chooses_database

_OLD = 47
_UNCHAINED = 30
__all__ = ["empty_postgres_url", "postgres", "simulator", "sites"]


@pytest.fixture
def office(tmp_path: Path, simulator: Simulator) -> tuple[Site, Path]:
    """An installation that has been backed up, and where."""
    site, folder = Site(tmp_path / "site"), tmp_path / "backup"
    with site.serving(simulator) as it:
        shelf = new_shelf(it)
        shelf.bring(rich())
        shelf.upload(LARGE)
    assert site.run("backup", str(folder))[0] == 0
    return site, folder


def _shelf_of(office: Office) -> Shelf:
    """Anna's internal mailbox, when she comes again."""
    anna = office.log_in("anna")
    [account] = [one["id"] for one in anna.ok("GET", "/api/mailboxes")]
    return Shelf(office, account, anna, {})


def _target(site: Site, folder: Path, database: str = "") -> Site:
    """An empty place with the same key."""
    folder.mkdir()
    shutil.copy(site.folder / KEY, folder / KEY)
    return Site(folder, database)


_MALLORY = (
    "insert into users (id, login, login_key, name, password_hash, may_settings, created_at)"
    " values (77, 'mallory', 'mallory', 'Mallory', 'x', 1, 1)"
)


def _change(folder: Path, deed: str, *, takes_seal: bool = False) -> None:
    """As who can write to the folder would: in the database, and hashes that fit."""
    told = json.loads((folder / manifest.NAME).read_text())
    data = folder / told["database"]["name"]
    with closing(sqlite3.connect(data)) as database, database:
        assert database.execute(deed).rowcount == 1
    octets = data.read_bytes()
    told["database"] |= {"size": len(octets), "sha256": hashlib.sha256(octets).hexdigest()}
    if takes_seal:
        del told["seal"]
    (folder / manifest.NAME).write_text(json.dumps(told))


def test_who_lacks_the_key_changes_nothing_unseen(office: tuple[Site, Path], tmp_path: Path) -> None:
    """Hashes that fit are not enough: what the manifest says is sealed. Without a seal it has to be said."""
    site, folder = office
    code, said = site.run("backup", str(folder), "--verify")
    assert (code, "sealed with the key" in said) == (0, True), said
    code, said = Site(tmp_path / "nowhere").run("backup", str(folder), "--verify")
    assert (code, "key is not here" in said) == (0, True), said
    target = _target(site, tmp_path / "target")
    shutil.copytree(folder, tmp_path / "planted")
    _change(tmp_path / "planted", _MALLORY)
    for words in (("backup", str(tmp_path / "planted"), "--verify"), ("restore", str(tmp_path / "planted"))):
        code, said = target.run(*words)
        assert (code, "was changed by somebody" in said) == (2, True), said
    told = json.loads((folder / manifest.NAME).read_text())
    del told["seal"]
    (folder / manifest.NAME).write_text(json.dumps(told))
    code, said = target.run("restore", str(folder))
    assert (code, "--unsealed" in said) == (2, True), said
    assert [path.name for path in target.folder.iterdir()] == [KEY]
    assert target.run("restore", str(folder), "--unsealed")[0] == 0


def test_links_and_pipes_in_the_folder_lead_nowhere(
    office: tuple[Site, Path], tmp_path: Path, simulator: Simulator
) -> None:
    """What a later backup writes does not go through a link, and a pipe is not waited for."""
    site, folder = office
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (folder / f"{manifest.NAME}.new").symlink_to(victim)
    known = os.urandom(300_000)
    name = hashlib.sha256(known).hexdigest()
    place = folder / "blobs" / name[:2] / name[2:4]
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{name}.new").symlink_to(victim)
    with site.serving(simulator) as it:
        _shelf_of(it).upload(known)
        assert site.run("backup", str(folder))[0] == 0
    assert victim.read_text() == "precious"
    assert (place / name).read_bytes() == known
    pipe = folder / "blobs" / "00" / "00"
    pipe.mkdir(parents=True)
    os.mkfifo(pipe / ("0" * 64))
    assert site.run("backup", str(folder), "--verify")[0] == 0
    (pipe / ("0" * 64)).unlink()
    pipe.rmdir()
    pipe.symlink_to(tmp_path)
    assert site.run("backup", str(folder), "--verify")[0] == 0


@pytest.mark.usefixtures("_with_pg_programs")
def test_keys_that_change_meanwhile_are_named(
    sites: tuple[Site, Site], simulator: Simulator, tmp_path: Path
) -> None:
    """Both, the former and the new one, and a stranger's key is refused."""
    site, target = sites
    with site.serving(simulator) as it:
        it.person("anna")
    folder = tmp_path / "backup"

    def rotate(told: str) -> None:
        if told.startswith("Copying messages"):
            assert site.run("rotate-keys")[0] == 0

    asyncio.run(_backed_up(site, folder, rotate))
    assert len(manifest.read(folder).keys) == 2
    target.folder.mkdir()
    (target.folder / KEY).write_text(base64.b64encode(b"a stranger's key of 32 octets...").decode())
    code, said = target.run("restore", str(folder))
    assert (code, "key is not the one" in said) == (2, True), said
    shutil.copy(site.folder / KEY, target.folder / KEY)
    assert target.run("restore", str(folder))[0] == 0


@pytest.mark.usefixtures("_with_pg_programs")
def test_to_a_point_in_time_with_all_messages(
    sites: tuple[Site, Site], simulator: Simulator, tmp_path: Path
) -> None:
    """The database by other means, messages and files of the backup: small ones, too."""
    site, target = sites
    folder = tmp_path / "backup"
    with site.serving(simulator) as office:
        shelf = new_shelf(office)
        [brought] = shelf.bring(b"Subject: klein\r\n\r\nnur hier\r\n")
        shelf.upload(LARGE)
        assert site.run("backup", str(folder))[0] == 0
    _target(site, target.folder)
    _copied(site, target)
    code, said = target.run("restore", str(folder), "--put-back")
    assert code == 0, said
    with target.serving(simulator) as office:
        there = Shelf(office, shelf.account, office.log_in("anna"), shelf.roles)
        blob = there.email(brought, "blobId")["blobId"]
        assert there.anna.download(shelf.account, blob).status == 200


async def _backed_up(site: Site, folder: Path, tell: Callable[[str], None]) -> None:
    """Beside a server; ``tell`` hears what is being done. (PostgreSQL's programs are on the path.)"""
    config = load({"POSTSTELLE_DATA": str(site.folder), **site.environ})
    async with wiring.build(config) as built:
        it = built.services
        of = Installation(it.store, it.ring, it.clock, config.direct_url, config.data_dir / "blobs")
        await taking.take(of, folder, tell)


@pytest.fixture
def _with_pg_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{pg_programs()}:{os.environ['PATH']}")


def _copied(site: Site, target: Site) -> None:
    """The database, by other means."""
    if site.database:
        copy = f"pg_dump '{site.database}' | psql -q '{target.database}'"
        subprocess.run(copy, shell=True, check=True, capture_output=True)
    else:
        sqlite_copy(site.folder / "poststelle.db", target.folder / "poststelle.db")


_SETUP = {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD, "email": "s@example.org"}


def _adding_anna(admin: Client) -> Callable[[str], None]:
    """Just before the database is copied, and after all that was there had been sealed."""

    def work_on(told: str) -> None:
        if told.startswith("Copying the database"):
            assert admin.post("/api/users", {"login": "anna", "name": "Anna"}).status == 201

    return work_on


@pytest.mark.usefixtures("_with_pg_programs")
@pytest.mark.parametrize("how", ["restore", "put_back"])
def test_a_trail_that_comes_back_holds_at_once(sites: tuple[Site, Site], tmp_path: Path, how: str) -> None:
    """Also of entries that came between the last seal and the copy; of those that nothing has proven it says
    how many there were. The backup itself seals what came before it."""
    site, target = sites
    folder = tmp_path / "backup"
    environ = {name.removeprefix("POSTSTELLE_"): value for name, value in site.environ.items()}
    with running_server(site.folder, **environ) as server:
        server.clock.advance(-1_800)
        assert server.client.post("/api/setup", _SETUP).status == 201
        admin = server.client.log_in("sabine")

        _target(site, target.folder)
        if how == "restore":
            asyncio.run(_backed_up(site, folder, _adding_anna(admin)))
            code, said = target.run("restore", str(folder))
        else:
            _copied(site, target)
            code, said = target.run("restore", "--put-back")
    assert (code, "newest 2 entries of the audit" in said) == (0, how == "put_back"), said
    code, said = target.run("audit", "verify")
    assert (code, "The trail holds" in said) == (0, True), said
    noted = "select detail from audit where action = 'backup.restored'"
    url = target.database or f"sqlite:///{target.folder / 'poststelle.db'}"
    [(detail,)] = run_sql(url, noted)
    assert json.loads(str(detail))["unsealed"] == (1 if how == "restore" else 2)


@pytest.mark.usefixtures("_with_pg_programs")
@pytest.mark.parametrize(
    ("deed", "why"),
    [
        (
            "update audit set subject = 'x' where action = 'user.created' and subject like 'Anna%'",
            "is not as",
        ),
        ("update audit set subject = 'x' where action = 'user.created' and number = 1", "is not as"),
        ("delete from audit where action = 'user.created' and number = 1", "is missing"),
    ],
)
def test_a_trail_that_was_changed_in_the_backup_is_not_sealed(tmp_path: Path, deed: str, why: str) -> None:
    """Neither what nothing had sealed nor what was sealed, where somebody has taken its seal away."""
    site, folder = Site(tmp_path / "site"), tmp_path / "backup"
    with running_server(site.folder) as server:
        server.clock.advance(-1_800)
        assert server.client.post("/api/setup", _SETUP).status == 201
        admin = server.client.log_in("sabine")

        asyncio.run(_backed_up(site, folder, _adding_anna(admin)))
    _change(folder, deed, takes_seal=True)
    target = _target(site, tmp_path / "target")
    code, said = target.run("restore", str(folder), "--unsealed")
    assert (code, "entries of the audit trail" in said) == (0, True), said
    code, said = target.run("audit", "verify")
    assert (code, why in said, "does NOT hold" in said) == (1, True, True), said


def test_the_backup_before_an_update_updates_nothing(sites: tuple[Site, Site], tmp_path: Path) -> None:
    """Made by the new program, it is of the old schema, and so is the database; restored, it is updated."""
    site, target = sites
    urls = [one.database or f"sqlite:///{one.folder / 'poststelle.db'}" for one in sites]
    site.folder.mkdir()
    make_empty(urls[0], _OLD)
    code, said = site.run("backup", str(tmp_path / "backup"))
    assert code == 0, said
    version = "select value from meta where key = 'schema_version'"
    assert run_sql(urls[0], version) == [(str(_OLD),)]
    assert manifest.read(tmp_path / "backup").schema_version == _OLD
    _target(site, target.folder)
    code, said = target.run("restore", str(tmp_path / "backup"))
    assert code == 0, said
    assert run_sql(urls[1], version) == [(str(SCHEMA_VERSION),)]


def test_a_trail_of_before_there_were_chains_comes_back_whole(tmp_path: Path) -> None:
    """An old database that was put back: its entries are chained before the one that tells of that."""
    site = Site(tmp_path / "site")
    site.folder.mkdir()
    (site.folder / KEY).write_text(base64.b64encode(os.urandom(32)).decode())
    url = f"sqlite:///{site.folder / 'poststelle.db'}"
    make_empty(url, _UNCHAINED)
    for number in (7, 9):
        run_sql(url, f"insert into audit (id, at, action) values ({number}, {number}, 'login.begun')")
    code, said = site.run("restore", "--put-back")
    assert (code, "newest 2 entries of the audit" in said) == (0, True), said
    code, said = site.run("audit", "verify")
    assert (code, "It holds since then; nothing proves what is older" in " ".join(said.split())) == (0, True)


def test_a_trial_machine_leaves_the_offices_backup_alone(office: tuple[Site, Path], tmp_path: Path) -> None:
    """What was restored is another installation, until it is said that it takes the place of the first."""
    site, folder = office
    trial = _target(site, tmp_path / "trial")
    assert trial.run("restore", str(folder))[0] == 0
    code, said = trial.run("backup", str(folder))
    assert (code, "--take-over" in said) == (2, True), said
    assert site.run("backup", str(folder))[0] == 0
    assert trial.run("backup", str(folder), "--take-over")[0] == 0
    code, said = site.run("backup", str(folder))
    assert (code, "another installation" in said) == (2, True), said


def test_one_in_its_place_goes_on_with_its_backup(office: tuple[Site, Path], tmp_path: Path) -> None:
    site, folder = office
    other = _target(site, tmp_path / "other")
    assert other.run("restore", str(folder), "--in-its-place")[0] == 0
    code, said = other.run("backup", str(folder))
    assert code == 0, said


def test_a_database_that_refuses_us_is_told_as_a_server_tells(
    office: tuple[Site, Path], tmp_path: Path
) -> None:
    """Why, what to do, and which address it is."""
    site, _ = office
    with refusing("28P01", 'password authentication failed for user "postfach"') as port:
        address = f"postgresql://postfach:geheim@127.0.0.1:{port}/x"
        target = _target(site, tmp_path / "there", address)
        code, said = target.run("restore", "--put-back")
    told = " ".join(said.split())
    assert (code, "refuses the user's name or password" in told) == (2, True), said
    assert "The address is in POSTSTELLE_DATABASE." in told and "geheim" not in told, said


def test_nobody_looks_at_a_backup_that_is_being_made(office: tuple[Site, Path]) -> None:
    site, folder = office
    with (folder / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        code, said = site.run("backup", str(folder), "--verify")
    assert (code, "is being made" in said) == (2, True), said


def test_what_a_killed_backup_has_left_stops_no_other(office: tuple[Site, Path], tmp_path: Path) -> None:
    """Copies and SQLite's logs beside them: the next one removes them. In an empty folder, too."""
    site, folder = office
    empty = tmp_path / "first"
    empty.mkdir()
    for place in (folder, empty):
        for name in ("database", "small"):
            for end in ("", "-journal", "-wal", "-shm"):
                (place / f"{name}-20260101T000000000000Z{end}").write_bytes(b"half a page")
        [*kept] = [path.name for path in place.glob("database-*Z") if "20260101" not in path.name]
        for name in kept:
            (place / f"{name}-journal").write_bytes(b"of nobody")
        code, said = site.run("backup", str(place))
        assert code == 0, said
        names = sorted(path.name.partition("-")[0] for path in place.iterdir())
        assert names == ["backup.json", "blobs", "database", "lock", "small"]


@contextmanager
def _disk(folder: Path, size: str) -> Iterator[None]:
    """A small one, where this machine lets us make any."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_restore_without_room_leaves_no_half_database(office: tuple[Site, Path], tmp_path: Path) -> None:
    """Nor the log beside it: the claim alone, which keeps others out; with room it goes on."""
    site, folder = office
    with _disk(tmp_path / "small", "300k"):
        place = _target(site, tmp_path / "small" / "place")
        code, said = place.run("restore", str(folder))
        assert (code, "There is no room left for" in said) == (2, True), said
        [claim] = place.folder.glob("poststelle.db*")
        mark = marks.read(place.folder / marks.NAME)
        assert mark is not None
        assert marks.claimed_by(f"sqlite:///{claim}") == mark.attempt
        assert place.run("users", "list")[0] == 2
        subprocess.run(["mount", "-o", "remount,size=20m", str(tmp_path / "small")], check=True)
        for end in ("", "-journal", "-wal"):
            (place.folder / f"poststelle.db.restoring{end}").write_bytes(b"of one that was killed")
        code, said = place.run("restore", str(folder))
        assert code == 0, said
        assert not list(place.folder.glob("*.restoring*"))


def test_a_full_disk_is_told_with_what_had_no_room(
    office: tuple[Site, Path], tmp_path: Path, simulator: Simulator
) -> None:
    """Of the database and of the files, and nothing half written stays; a disk's own folder may be."""
    site, _ = office
    with _disk(tmp_path / "small", "300k"):
        code, said = site.run("backup", str(tmp_path / "small" / "b"))
        assert (code, "There is no room left for" in said, "/small/b/database-" in said) == (2, True, True)
    with _disk(tmp_path / "middle", "4m"):
        (tmp_path / "middle" / "lost+found").mkdir()
        assert site.run("backup", str(tmp_path / "middle"))[0] == 0
        with site.serving(simulator) as it:
            shelf = _shelf_of(it)
            for _ in range(12):
                shelf.upload(os.urandom(200_000))
        code, said = site.run("backup", str(tmp_path / "middle"))
        assert (code, "/middle/" in said) == (2, True), said
        assert not list((tmp_path / "middle").glob("blobs/??/??/*.new"))
        assert site.run("backup", str(tmp_path / "middle"), "--verify")[0] == 0


def test_a_start_on_a_full_disk_is_told_so(office: tuple[Site, Path], tmp_path: Path) -> None:
    """It is not sent to look at the address of the database; with room it starts."""
    site, folder = office
    with _disk(tmp_path / "small", "4m"):
        place = _target(site, tmp_path / "small" / "place")
        assert place.run("restore", str(folder))[0] == 0
        with (tmp_path / "small" / "fill").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 4096)
        code, said = place.run("users", "list")
        assert (code, "There is no room left for the database" in " ".join(said.split())) == (2, True), said
        (tmp_path / "small" / "fill").unlink()
        assert place.run("users", "list")[0] == 0
