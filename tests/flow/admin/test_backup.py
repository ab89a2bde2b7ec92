"""A backup under load, the loss of everything after it, and the way back; on both databases."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests import programs
from tests.databases import empty_postgres_url, postgres
from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.conftest import Desk, attachment
from tests.flow.jmap.office import ADMIN, SECRET, Office, Server, running_server
from tests.flow.jmap.test_internal import new_shelf, rich
from tests.flow.jmap.test_sending import call, create, submit
from tests.flow.sim import Simulator, running_simulator
from tests.pg import give_schema, programs_of_the_wheel

from poststelle.backup import manifest, marks

pytestmark = pytest.mark.chooses_database

__all__ = ["empty_postgres_url", "postgres"]

LARGE = os.urandom(200_000)  # lies in a file of its own
KEY = "poststelle.key"


def pg_programs() -> str:
    """Where pg_dump and pg_restore are, of the PostgreSQL that the tests bring."""
    return str(programs_of_the_wheel()[-1])


@dataclass
class Site:
    """An installation in ``folder``: ``database`` is "" for a file there. ``more`` is set besides."""

    folder: Path
    database: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        return self.more | ({"POSTSTELLE_DATABASE": self.database} if self.database else {})

    def run(self, *words: str, path: str | None = None) -> tuple[int, str]:
        """A command with this installation's environment; its code and all that it says."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith("POSTSTELLE_")}
        environ |= {"POSTSTELLE_DATA": str(self.folder), **self.environ}
        environ["PATH"] = path if path is not None else f"{pg_programs()}:{environ['PATH']}"
        done = programs.run(["poststelle", *words], environ)
        return done.returncode, done.stdout + done.stderr

    @contextmanager
    def serving(self, simulator: Simulator) -> Iterator[Office]:
        with running_server(self.folder, simulator, **self.environ) as server:
            yield Office(simulator, server, Client(server.url).log_in(ADMIN, SECRET))


@dataclass
class Load:
    """Mail that arrives all the time, until it is to end."""

    desk: Desk
    ended: threading.Event = field(default_factory=threading.Event)
    count: int = 0

    def __enter__(self) -> Load:
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        eventually(lambda: self.count > 2)
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._thread.join()

    def _work(self) -> None:
        control = self.desk.office.simulator.control
        for n in itertools.count():
            if self.ended.wait(0.02):
                return
            [remote] = control.receive(self.desk.address, subject=f"Unter Last {n}")
            if n % 3 == 0:
                control.update(self.desk.address, [remote], isRead=True)
            self.count += 1


@pytest.fixture(params=["sqlite", "postgres", "partitioned"])
def sites(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Site, Site]:
    """Where an installation is, and where it is to be again."""
    if request.param == "sqlite":
        return Site(tmp_path / "first"), Site(tmp_path / "second")
    cluster = request.getfixturevalue("postgres")
    one, two = cluster.empty_database(), cluster.empty_database()
    request.addfinalizer(lambda: [cluster.drop_database(url) for url in (one, two)])
    parts = {"POSTSTELLE_DATABASE_PARTITIONS": "4"} if request.param == "partitioned" else {}
    return Site(tmp_path / "first", one, parts), Site(tmp_path / "second", two)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("m365")) as it:
        yield it


def desk_of(office: Office, address: str, account: str) -> Desk:
    return Desk(office, address, account, office.log_in("anna"))


def ids_by_name(desk: Desk) -> dict[str, str]:
    ids = desk.anna.query_all(desk.account)
    found = desk.anna.emails(desk.account, ids, "messageId")
    return {one["id"]: one["messageId"][0] for one in found}


def test_all_is_lost_and_comes_back(sites: tuple[Site, Site], simulator: Simulator, tmp_path: Path) -> None:
    """Taken under load. What Microsoft has is fetched from there again; what lies only here was in the copy.

    No letter goes twice, no id means something else than before, no state of a client is believed that
    remembers more than the server, and who had been logged in logs in again.
    """
    first, second = sites
    folder = tmp_path / "backup"
    file = attachment("Plan.bin", "application/octet-stream", LARGE)
    with first.serving(simulator) as office:
        address = simulator.new_mailbox("desk")
        simulator.control.receive_many(address, [{"subject": "Mit Plan", "attachments": [file]}])
        account = office.connect(address)
        desk = Desk(office, address, account, office.person("anna"))
        desk.settled()
        shelf = new_shelf(office)
        [brought] = shelf.bring(rich())
        kept = shelf.anna.download(shelf.account, shelf.email(brought, "blobId")["blobId"]).body
        held = submit(desk, emailId=create(desk, subject="Einmal nur")["id"])
        with Load(desk):
            code, said = first.run("backup", str(folder))
        assert (code, "Backup of" in said) == (0, True), said
        code, said = first.run("backup", str(folder), "--verify")
        assert code == 0, said
        eventually(lambda: simulator.control.sent(address))
        desk.receive(subject="Nach der Sicherung")
        desk.settled()
        state = desk.anna.call("Email/get", accountId=account, ids=[])["state"]
        known, cookie = ids_by_name(desk), desk.anna.cookies
        office.server.process.kill()
    assert held["undoStatus"] == "pending"
    key = (first.folder / KEY).read_bytes()
    shutil.rmtree(first.folder)

    code, said = second.run("restore", str(folder))
    assert (code, "The key is missing" in said) == (2, True), said
    second.folder.mkdir()
    (second.folder / KEY).write_bytes(key)
    code, said = second.run("restore", str(folder))
    assert (code, "Restored as of" in said) == (0, True), said
    assert "erase them once more" in said

    with second.serving(simulator) as office:
        assert Client(office.server.url, cookies=cookie).get("/api/mailboxes").status == 401
        desk = desk_of(office, address, account)
        desk.settled()
        assert (
            desk.anna.refusal("Email/changes", accountId=account, sinceState=state)
            == "cannotCalculateChanges"
        )
        now = ids_by_name(desk)
        assert {id_ for id_ in now.keys() & known.keys() if now[id_] != known[id_]} == set()
        assert "Nach der Sicherung" in {
            one["subject"] for one in desk.anna.emails(account, list(now), "subject")
        }
        blob = desk.anna.emails(shelf.account, [brought], "blobId")[0]["blobId"]
        assert desk.anna.download(shelf.account, blob).body == kept
        eventually(lambda: not _waiting(desk))
        assert [one["subject"] for one in simulator.control.sent(address)] == ["Einmal nur"]
        _require_new_mailboxes_work(office, simulator)
        actions = [one["action"] for one in office.admin.ok("GET", "/api/audit?kind=backup")["entries"]]
        assert actions == ["backup.restored"]
        code, said = second.run("audit", "verify")
        assert code == 0, said


def _require_new_mailboxes_work(office: Office, simulator: Simulator) -> None:
    """One that is added after the restore is filled, found in, and removed."""
    address = simulator.new_mailbox("neu")
    simulator.control.receive_many(address, [{"subject": f"Neu Lindenallee {n}"} for n in range(5)])
    account = office.connect(address, login="berta")
    desk = Desk(office, address, account, office.log_in("berta"))
    desk.settled()
    found = {"accountId": account, "filter": {"text": "Lindenallee"}}
    eventually(lambda: len(desk.anna.call("Email/query", **found)["ids"]) == 5)
    gone = office.admin.send("DELETE", f"/api/accounts/{account}", {"address": address})
    assert gone.status < 300, gone.body


def _waiting(desk: Desk) -> bool:
    return bool(desk.anna.sync_state(desk.account)["pending"])


@contextmanager
def small_site(tmp_path: Path, simulator: Simulator) -> Iterator[tuple[Site, Office, Server]]:
    site = Site(tmp_path / "site")
    with site.serving(simulator) as office:
        yield site, office, office.server


def test_a_backup_is_brought_up_to_date(tmp_path: Path, simulator: Simulator) -> None:
    """The second copies what is new; one that cannot be made leaves the one before as it was, and so does one
    that was to go among somebody's other files."""
    folder = tmp_path / "backup"
    with small_site(tmp_path, simulator) as (site, office, _):
        shelf = new_shelf(office)
        shelf.bring(rich())
        shelf.upload(LARGE)
        assert office.admin.ok("GET", "/api/health")["machine"]["backed_up_at"] is None
        code, said = site.run("backup", str(folder))
        assert (code, "Large files in it: 1; copied now: 1." in said) == (0, True), said
        assert office.admin.ok("GET", "/api/health")["machine"]["backed_up_at"] is not None
        shelf.upload(LARGE[::-1])
        code, said = site.run("backup", str(folder))
        assert (code, "Large files in it: 2; copied now: 1." in said) == (0, True), said
        (tmp_path / "pictures").mkdir()
        (tmp_path / "pictures" / "holiday.jpg").write_bytes(b"x")
        code, said = site.run("backup", str(tmp_path / "pictures"))
        assert (code, "holds other files" in said) == (2, True), said
        assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["holiday.jpg"]
        before = (folder / "backup.json").read_bytes()
    for path in (site.folder / "blobs").glob("small.db*"):
        path.unlink()
    (site.folder / "blobs" / "small.db").write_bytes(b"no database" * 1000)
    code, said = site.run("backup", str(folder))
    assert (code, "can't be copied" in said) == (2, True), said
    assert (folder / "backup.json").read_bytes() == before
    assert site.run("backup", str(folder), "--verify")[0] == 0
    names = [path.name for path in folder.iterdir()]
    assert len([name for name in names if name.startswith(("database-", "small-"))]) == 2


def test_damage_is_found_and_not_restored(tmp_path: Path, simulator: Simulator) -> None:
    """One octet of the database, of a file; another key. Nothing is written where all is refused."""
    folder = tmp_path / "backup"
    with small_site(tmp_path, simulator) as (site, office, _):
        new_shelf(office).upload(LARGE)
        assert site.run("backup", str(folder))[0] == 0
    [file] = folder.glob("blobs/??/??/*")
    [data] = folder.glob("database-*")
    target = Site(tmp_path / "target")
    target.folder.mkdir()
    shutil.copy(site.folder / KEY, target.folder / KEY)

    flip(file)
    code, said = site.run("backup", str(folder), "--verify")
    assert (code, file.name in said, "NOT whole" in said) == (1, True, True), said
    assert site.run("backup", str(folder))[0] == 0
    assert site.run("backup", str(folder), "--verify")[0] == 0
    [data] = folder.glob("database-*")
    flip(data)
    code, said = target.run("restore", str(folder))
    assert (code, "missing or damaged" in said) == (2, True), said
    assert [path.name for path in target.folder.iterdir()] == [KEY]
    flip(data)
    code, said = site.run("restore", str(folder))
    assert (code, "There is a database already" in said) == (2, True), said
    (target.folder / KEY).write_text("bm8ga2V5IG9mIG91cnMgYnV0IGFub3RoZXIga2V5IDM=")
    code, said = target.run("restore", str(folder))
    assert (code, "key is not the one" in said) == (2, True), said
    assert site.run("backup", str(tmp_path / "no-backup"), "--verify")[0] == 2


def test_a_fault_at_the_source_does_not_reach_the_backup(tmp_path: Path, simulator: Simulator) -> None:
    """Octets that are gone or cut short there stay here, and are told; another installation gets no room."""
    folder = tmp_path / "backup"
    with small_site(tmp_path, simulator) as (site, office, _):
        shelf = new_shelf(office)
        kept = [shelf.upload(LARGE), shelf.upload(LARGE[::-1])]
        shelf.bring(rich().replace(b"Grundriss 1", LARGE.hex().encode()))
        assert site.run("backup", str(folder))[0] == 0
    there = sorted(path.name for path in folder.glob("blobs/??/??/*"))
    assert len(kept) <= len(there)
    files = sorted((site.folder / "blobs").glob("??/??/*"))
    files[0].write_bytes(b"short")
    code, said = site.run("backup", str(folder))
    assert (code, files[0].name in said) == (1, True), said
    shutil.rmtree(site.folder / "blobs")
    code, said = site.run("backup", str(folder))
    assert sorted(path.name for path in folder.glob("blobs/??/??/*")) == there
    assert (code, "are not there" in said) == (1, True), said

    other = Site(tmp_path / "other")
    other.folder.mkdir()
    with other.serving(simulator):
        code, said = other.run("backup", str(folder))
    assert (code, "another installation" in said) == (2, True), said
    strange = tmp_path / "documents"
    strange.mkdir()
    (strange / "small-business.ods").write_bytes(b"x")
    code, said = site.run("backup", str(strange))
    assert (code, [path.name for path in strange.iterdir()]) == (2, ["small-business.ods"]), said


def flip(path: Path) -> None:
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    path.write_bytes(octets)


def test_a_restore_that_was_broken_off_is_ended_first(
    sites: tuple[Site, Site], tmp_path: Path, simulator: Simulator
) -> None:
    """Killed when the database was there: no server starts, and the same command ends what it began."""
    site, target = sites
    folder = tmp_path / "backup"
    with site.serving(simulator) as office:
        new_shelf(office).bring(rich())
        assert site.run("backup", str(folder))[0] == 0
    target.folder.mkdir()
    shutil.copy(site.folder / KEY, target.folder / KEY)
    assert target.run("restore", str(folder))[0] == 0
    interrupted = as_if_killed(target, folder)

    for words in (("users", "list"), ("restore", "--put-back"), ("migrate-store", "--to", "postgresql://x")):
        code, said = target.run(*words)
        assert (code, "was broken off" in said) == (2, True), said
    if target.database:  # another machine, or a pod whose folder is empty, knows it from the database
        elsewhere = Site(tmp_path / "elsewhere", target.database)
        elsewhere.folder.mkdir()
        shutil.copy(site.folder / KEY, elsewhere.folder / KEY)
        code, said = elsewhere.run("users", "list")
        assert (code, "has not ended" in said) == (2, True), said
    code, said = target.run("restore", str(folder))
    assert (code, "Restored as of" in said) == (0, True), said

    code, said = target.run("users", "list")
    assert (code, bool(re.search(r"^anna\b", said, re.MULTILINE))) == (0, True), said
    assert target.run("restore")[0] == 2
    assert target.run("restore", "--put-back")[0] == 0
    (target.folder / "blobs" / "small.db").unlink()
    code, said = target.run("restore", "--put-back")
    assert (code, "are not there" in said) == (1, True), said
    code, said = target.run("restore", str(folder), "--put-back")
    assert code == 0, said
    assert interrupted.how_far == marks.BEGUN


def as_if_killed(target: Site, folder: Path, installation: str = "") -> marks.Mark:
    """A restore that had come as far as to the database, and was to make the ``installation``."""
    url = target.database or f"sqlite:///{target.folder / 'poststelle.db'}"
    told = manifest.read(folder)
    mark = marks.Mark(told.database.sha256, marks.address_hash(url), "0" * 32, marks.BEGUN, installation)
    marks.write(target.folder / marks.NAME, mark)
    marks.claim(url, mark.attempt)
    return mark


def test_an_attempt_before_opens_no_other_database(
    sites: tuple[Site, Site], tmp_path: Path, simulator: Simulator, request: pytest.FixtureRequest
) -> None:
    """One that is in use, named by mistake the second time, stays as it is; an empty one is filled from the
    beginning, though the first attempt had come to the files."""
    site, target = sites
    folder = tmp_path / "backup"
    with site.serving(simulator) as office:
        office.person("anna")
        assert site.run("backup", str(folder))[0] == 0
    in_use, empty = (_other_database(request, target, tmp_path / name) for name in ("used", "empty"))
    with in_use.serving(simulator) as office:
        office.person("produktion")
    used_url = in_use.database or f"sqlite:///{in_use.folder / 'poststelle.db'}"
    target.folder.mkdir()
    shutil.copy(site.folder / KEY, target.folder / KEY)
    told = manifest.read(folder)
    url = target.database or f"sqlite:///{target.folder / 'poststelle.db'}"
    for how_far in (marks.BEGUN, marks.LOADED):
        mark = marks.Mark(told.database.sha256, marks.address_hash(url), "1" * 32, how_far)
        marks.write(target.folder / marks.NAME, mark)
        code, said = Site(target.folder, used_url).run("restore", str(folder))
        assert (code, "There is a database already" in said) == (2, True), said
    code, said = in_use.run("users", "list")
    assert "produktion" in said, said
    empty_url = empty.database or f"sqlite:///{tmp_path / 'other.db'}"
    assert Site(target.folder, empty_url).run("restore", str(folder))[0] == 0
    code, said = Site(target.folder, empty_url).run("users", "list")
    assert (code, "anna" in said) == (0, True), said


def _other_database(request: pytest.FixtureRequest, like: Site, folder: Path) -> Site:
    folder.mkdir()
    if not like.database:
        return Site(folder)
    cluster = request.getfixturevalue("postgres")
    url = cluster.empty_database()
    request.addfinalizer(lambda: cluster.drop_database(url))
    return Site(folder, url)


def test_what_waited_when_it_was_made_is_not_done_after_a_restore(
    sites: tuple[Site, Site], tmp_path: Path, simulator: Simulator
) -> None:
    """A letter that was taken back since does not go out, a mark and a move that somebody undid at Microsoft
    stay undone; each is told in its mailbox, and what Microsoft has is shown."""
    first, second = sites
    folder, control = tmp_path / "backup", simulator.control
    with first.serving(simulator) as office:
        office.admin.ok("PUT", "/api/settings/sending", {"hold_s": 120})
        address = simulator.new_mailbox("desk")
        [moved] = control.receive(address, subject="wird bewegt")
        account = office.connect(address)
        desk = Desk(office, address, account, office.person("anna"))
        desk.settled()
        held = submit(desk, emailId=create(desk, subject="zurueckgenommen")["id"])
        eventually(lambda: not _waiting(desk))
        control.fail_next("POST", "*/$batch", status=503, times=50, headers={"Retry-After": "3"})
        archive = desk.anna.folder(account, "archive")["id"]
        [ours] = [one["id"] for one in desk.anna.emails(account, desk.anna.query_all(account), "subject")
                  if one["subject"] == "wird bewegt"]  # fmt: skip
        change = {"mailboxIds": {archive: True}, "keywords/$flagged": True}
        desk.anna.call("Email/set", accountId=account, update={ours: change})
        assert first.run("backup", str(folder))[0] == 0
        control.clear_faults()
        done = call(desk.anna, "EmailSubmission/set", accountId=account,
                    update={held["id"]: {"undoStatus": "canceled"}})  # fmt: skip
        assert held["id"] in done["updated"]
        eventually(lambda: not _waiting(desk))
        office.server.process.kill()
    [there] = [id_ for id_, one in control.snapshot(address)[1].items() if one["subject"] == "wird bewegt"]
    assert control.snapshot(address)[1][there]["flag"] == "flagged"
    control.move(address, [there], to="inbox")
    control.update(address, [there], flag="notFlagged")
    second.folder.mkdir()
    shutil.copy(first.folder / KEY, second.folder / KEY)
    code, said = second.run("restore", str(folder))
    assert (code, "1 messages that waited to be sent are drafts again" in said) == (0, True), said

    with second.serving(simulator) as office:
        desk = desk_of(office, address, account)
        desk.settled()
        eventually(lambda: not _waiting(desk))
        assert control.sent(address) == []
        folders, messages = control.snapshot(address)
        [one] = [one for one in messages.values() if one["subject"] == "wird bewegt"]
        inbox = [each["id"] for each in folders if each["path"] == ["Posteingang"]]
        assert ([one["folderId"]], one["flag"]) == (inbox, "notFlagged")
        shown = desk.anna.emails(account, desk.anna.query_all(account), "subject", "keywords")
        kept = {each["subject"]: each["keywords"] for each in shown}
        assert "$flagged" not in kept["wird bewegt"] and "$draft" in kept["zurueckgenommen"]
        told = desk.anna.ok("GET", f"/api/mailboxes/{account}/notices")["notices"]
        codes = [notice["code"] for notice in told]
        assert len(codes) >= 2 and set(codes) == {"restored"}
    assert moved


def test_postgresql_without_its_programs_is_told(
    empty_postgres_url: str, simulator: Simulator, tmp_path: Path
) -> None:
    """Which is missing, in one line."""
    site = Site(tmp_path / "site", empty_postgres_url)
    asyncio.run(give_schema(empty_postgres_url))
    code, said = site.run("backup", str(tmp_path / "backup"), path="/nowhere")
    assert (code, "pg_dump is needed for PostgreSQL" in said) == (2, True), said
