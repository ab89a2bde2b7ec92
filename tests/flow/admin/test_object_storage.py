"""The server itself with its octets in an object storage: a day there, an outage, and the way there."""

from __future__ import annotations

import http.client
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.admin.test_backup import Site, as_if_killed
from tests.flow.jmap.client import Client, Json, eventually
from tests.flow.jmap.conftest import Desk, attachment
from tests.flow.jmap.office import ADMIN, SECRET, Office, running_server
from tests.flow.jmap.test_internal import Shelf, new_shelf, rich
from tests.flow.jmap.test_sending import create, submit, upload
from tests.flow.sim import Simulator, running_simulator
from tests.pg import Cluster
from tests.s3 import S3

MARK = "poststelle.json"
LARGE = os.urandom(9_000_000)  # more than one request


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("m365")) as it:
        yield it


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def connected(office: Office, *messages: Json) -> Desk:
    simulator = office.simulator
    address = simulator.new_mailbox("desk")
    if messages:
        simulator.control.receive_many(address, list(messages))
    account = office.connect(address)
    desk = Desk(office, address, account, office.person("anna"))
    desk.settled()
    return desk


def files_of(client: Client, account: str, id_: str) -> list[bytes]:
    """The attachments of a message, downloaded."""
    [told] = client.emails(account, [id_], "attachments")
    return [client.download(account, one["blobId"]).body for one in told["attachments"]]


def archived(office: Office, account: str) -> int:
    return int(office.admin.ok("GET", f"/api/archives/{account}")["messages"])


def test_a_day_and_a_restart(tmp_path: Path, simulator: Simulator, s3: S3) -> None:
    """Attachments are read, files brought, letters with files sent, messages archived and brought: nothing of
    that lies in the server's own folder, and a server that has its database and key alone has it all."""
    bucket, letter = s3.bucket(), rich()
    site = Site(tmp_path / "site", more=s3.environ(bucket))
    plan = attachment("Plan.bin", "application/octet-stream", LARGE)
    with site.serving(simulator) as office:
        desk = connected(office, {"subject": "Mit Plan", "attachments": [plan]}, {"subject": "Ohne"})
        assert s3.names(bucket) == ["mail/poststelle.json"]  # the mark alone: mail itself is in the database
        office.admin.ok("PUT", f"/api/archives/{desk.account}", {"is_on": True, "with_old": True})
        [with_plan] = desk.anna.query_all(desk.account, filter={"hasAttachment": True})
        assert files_of(desk.anna, desk.account, with_plan) == [LARGE]
        shelf = new_shelf(office)
        [brought] = shelf.bring(letter)
        whole = shelf.email(brought, "blobId")["blobId"]
        file = upload(desk.anna, desk.account, b"Anlage", "application/octet-stream")
        told = {"blobId": file["blobId"], "type": file["type"], "name": "Anlage.bin"}
        submit(desk, emailId=create(desk, subject="Mit Anlage", attachments=[told])["id"])
        eventually(lambda: simulator.control.sent(desk.address))
        eventually(lambda: archived(office, desk.account) >= 2)
    assert office.server.process.wait() == 0  # some libraries end a program with a crash
    assert not (site.folder / "blobs").exists() and files_below(site.folder / "blobs-new") == []
    for path in files_below(site.folder / "blob-cache"):
        path.unlink()
    with site.serving(simulator) as office:
        anna = office.log_in("anna")
        assert files_of(anna, desk.account, with_plan) == [LARGE]
        assert anna.download(shelf.account, whole).body == letter
        entries = office.admin.ok("GET", f"/api/archives/{desk.account}/entries")["entries"]
        numbers = [one["number"] for one in entries if one["kind"] == "message"]
        sizes = [
            len(office.admin.get(f"/api/archives/{desk.account}/entries/{number}/message").body)
            for number in numbers
        ]
        assert len(sizes) >= 2 and max(sizes) > len(LARGE)
        code, said = site.run("archive", "verify")
        assert code == 0, said


def test_it_is_down_for_a_while(tmp_path: Path, simulator: Simulator, s3: S3) -> None:
    """Mail is read and goes on; what needs octets says so, and when to ask again; then all that waited is
    done."""
    site = Site(tmp_path / "site", more={**s3.environ(s3.bucket()), "POSTSTELLE_BLOBS_CACHE_MB": "0"})
    letter = rich()
    with site.serving(simulator) as office:
        desk = connected(office, {"subject": "Hallo"})
        office.admin.ok("PUT", f"/api/archives/{desk.account}", {"is_on": True, "with_old": True})
        eventually(lambda: archived(office, desk.account) == 1)
        shelf = new_shelf(office)
        [brought] = shelf.bring(letter)
        file = upload(desk.anna, desk.account, b"Anlage", "application/octet-stream")
        s3.door.shut()
        try:
            _while_it_is_down(office, desk, shelf, brought, file)
        finally:
            s3.door.open()
        eventually(lambda: len(simulator.control.sent(desk.address)) == 2, timeout_s=90)
        eventually(lambda: archived(office, desk.account) >= 4, timeout_s=90)
        eventually(lambda: not warned(office))
        assert desk.anna.download(shelf.account, shelf.email(brought, "blobId")["blobId"]).body == letter
        assert upload(desk.anna, desk.account, b"wieder")["size"] == 6


def _while_it_is_down(office: Office, desk: Desk, shelf: Shelf, brought: str, file: Json) -> None:
    blob = shelf.email(brought, "blobId")["blobId"]
    answers = [
        shelf.anna.download(shelf.account, blob),
        desk.anna.send("POST", f"/jmap/upload/{desk.account}/", b"neu", {"Content-Type": "text/plain"}),
    ]
    for answer in answers:
        assert (answer.status, answer.headers["retry-after"]) == (503, "30"), answer.body
        assert "half a minute" in answer.json["detail"]
    with pytest.raises(http.client.IncompleteRead):  # it does not pass for a whole one
        desk.anna.get(f"/api/mailboxes/{shelf.account}/export")
    text = {"accountId": shelf.account, "ids": [brought], "properties": ["bodyStructure", "headers"]}
    assert shelf.anna.refusal("Email/get", **text) == "serverUnavailable"
    desk.receive(subject="Trotzdem")
    desk.settled()
    assert len(desk.anna.query_all(desk.account)) == 2
    told = {"blobId": file["blobId"], "type": file["type"], "name": "Anlage.bin"}
    submit(desk, emailId=create(desk, subject="Mit Anlage", attachments=[told])["id"])
    assert eventually(lambda: warned(office)) == ["unreachable"]
    submit(desk, emailId=create(desk, subject="Ohne Anlage")["id"])
    sent = eventually(lambda: office.simulator.control.sent(desk.address))
    assert [one["subject"] for one in sent] == ["Ohne Anlage"]


def warned(office: Office) -> list[str]:
    found = office.admin.ok("GET", "/api/warnings")["warnings"]
    return [one["code"] for one in found if one["kind"] == "files_unreachable"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"POSTSTELLE_BLOBS_SECRET_KEY": ""}, "needs both keys"),
        ({"POSTSTELLE_BLOBS": "s3://nowhere/mail?endpoint={endpoint}"}, "Make the bucket"),
        ({"POSTSTELLE_BLOBS": "s3://b/mail?endpoint=http://127.0.0.1:9"}, "can't be reached"),
        ({"POSTSTELLE_BLOBS": "s3://b?endpont=x"}, "endpont"),
        ({"POSTSTELLE_BLOBS": "mail"}, "must be an address"),
        ({"POSTSTELLE_BLOBS": "/no/such/folder"}, "Mount the folder, or correct POSTSTELLE_BLOBS."),
        ({"POSTSTELLE_BLOBS_CA_FILE": "/no/such/file"}, "does not exist"),
    ],
)
def test_what_is_told_wrong_is_said_at_the_start(
    tmp_path: Path, s3: S3, more: dict[str, str], said: str
) -> None:
    """With what to do, and without the keys."""
    told = {name: text.format(endpoint=f"http://{s3.door.address}") for name, text in more.items()}
    site = Site(tmp_path / "site", more={**s3.environ("b"), **told})
    code, text = site.run("serve")
    assert code == 2 and said in re.sub(r"\s+", " ", text) and "not-a-secret" not in text, text


def test_keys_may_stand_in_files(tmp_path: Path, s3: S3, simulator: Simulator) -> None:
    """As container platforms hand them in."""
    more = s3.environ(s3.bucket())
    for which in ("ACCESS_KEY", "SECRET_KEY"):
        (tmp_path / which).write_text(more.pop(f"POSTSTELLE_BLOBS_{which}") + "\n")
        more[f"POSTSTELLE_BLOBS_{which}_FILE"] = str(tmp_path / which)
    with running_server(tmp_path / "site", simulator, **more) as server:
        assert Client(server.url).log_in(ADMIN, SECRET).ok("GET", "/api/warnings")["warnings"] == []


def test_another_place_is_not_taken_by_mistake(tmp_path: Path, s3: S3, simulator: Simulator) -> None:
    """Neither an empty one while the octets are elsewhere, nor another installation's."""
    bucket = s3.bucket()
    site = Site(tmp_path / "site", more=s3.environ(bucket))
    with site.serving(simulator) as office:
        new_shelf(office).bring(rich())
    there = dict(site.more)
    for elsewhere in ({}, s3.environ(bucket, "other")):
        site.more = elsewhere
        code, said = site.run("serve")
        assert (code, "move-blobs" in said) == (2, True), said
    code, said = Site(tmp_path / "second", more=there).run("serve")
    assert (code, "another installation" in said) == (2, True), said


# -- Copies, and from one place to the other --------------------------------------------------------


def holding(site: Site, simulator: Simulator, shelf: Shelf, ids: dict[str, bytes]) -> None:
    """A server there has these messages, octet by octet, and takes new ones."""
    with site.serving(simulator) as office:
        anna = office.log_in("anna")
        for id_, octets in ids.items():
            [told] = anna.emails(shelf.account, [id_], "blobId")
            assert anna.download(shelf.account, told["blobId"]).body == octets
        assert upload(anna, shelf.account, b"neu")["size"] == 3


def test_a_move_there_and_back(tmp_path: Path, s3: S3, simulator: Simulator) -> None:
    """Small ones, large ones and those that come while it goes on; servers rest for its end alone. Elsewhere
    the installation does not start then; back it goes the same way."""
    bucket, site = s3.bucket(), Site(tmp_path / "site")
    there = s3.environ(bucket)
    new = {name.replace("_BLOBS", "_NEW_BLOBS"): text for name, text in there.items()}
    letters = [rich(), rich() + LARGE[:200_000].hex().encode()]
    with site.serving(simulator) as office:
        shelf = new_shelf(office)
        ids = dict(zip(shelf.bring(*letters), letters, strict=True))
        site.more = dict(new)
        code, said = site.run("move-blobs")
        assert (code, "2 files copied" in said, "still runs" in said) == (1, True, True), said
        late = rich()
        ids[shelf.bring(late)[0]] = late
    code, said = site.run("move-blobs")
    assert (code, "1 files copied" in said, "All is there" in said) == (0, True, True), said
    assert len(s3.names(bucket)) == 4  # with the mark
    site.more = {}
    code, said = site.run("serve")
    assert (code, "another place" in said) == (2, True), said
    site.more = dict(there)
    holding(site, simulator, shelf, ids)

    code, said = site.run("move-blobs", "--to", "data")
    assert code == 0 and "POSTSTELLE_BLOBS" in said, said
    site.more = {}
    holding(site, simulator, shelf, ids)
    assert site.run("move-blobs", "--to", "data")[0] == 2


def test_a_move_that_is_not_whole_changes_nothing_over(tmp_path: Path, s3: S3, simulator: Simulator) -> None:
    """A file that is damaged where it was is named, and the server goes on where it was; a storage that goes
    away meanwhile is said."""
    bucket, site = s3.bucket(), Site(tmp_path / "site")
    with site.serving(simulator) as office:
        shelf = new_shelf(office)
        shelf.bring(rich() + LARGE[:200_000].hex().encode())
    [file] = (site.folder / "blobs").glob("??/??/*")
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"?")
    site.more = s3.environ(bucket)
    to = s3.address(bucket)
    keys = {name: text for name, text in s3.environ(bucket).items() if name != "POSTSTELLE_BLOBS"}
    site.more = keys
    code, said = site.run("move-blobs", "--to", to)
    assert (code, "damaged" in said, file.name in said) == (1, True, True), said
    file.write_bytes(whole)
    s3.door.shut()
    try:
        code, said = site.run("move-blobs", "--to", to)
    finally:
        s3.door.open()
    assert (code, "can't be reached. Check the address in POSTSTELLE_NEW_BLOBS" in plain(said)) == (
        2,
        True,
    ), said
    code, said = site.run("move-blobs", "--to", "/no/such/folder")
    assert (code, "Mount the folder, or correct POSTSTELLE_NEW_BLOBS." in plain(said)) == (2, True), said
    assert site.run("move-blobs", "--to", to)[0] == 0


@pytest.mark.chooses_database
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
@pytest.mark.parametrize("to", ["bucket", "data", "same"])
def test_a_backup_is_restored_anywhere(
    tmp_path: Path, s3: S3, simulator: Simulator, request: pytest.FixtureRequest, to: str, database: str
) -> None:
    """Of a bucket: to another, to a folder, or to the same bucket, of which some objects are lost.

    Two installations never share one: into the same it comes in the place of the first or not at all, and
    everywhere else it is one of its own, also for the backups of the first.
    """
    bucket, folder, urls = s3.bucket(), tmp_path / "backup", ["", ""]
    if database == "postgres":
        cluster = request.getfixturevalue("postgres")
        urls = [cluster.empty_database(), cluster.empty_database()]
        request.addfinalizer(lambda: [cluster.drop_database(url) for url in urls])
    site = Site(tmp_path / "site", urls[0], more=s3.environ(bucket))
    letters = [rich(), rich() + LARGE[:200_000].hex().encode()]
    with site.serving(simulator) as office:
        shelf = new_shelf(office)
        ids = dict(zip(shelf.bring(*letters), letters, strict=True))
        code, said = site.run("backup", str(folder))
        assert (code, "Large files in it: 2; copied now: 2." in said) == (0, True), said
        code, said = site.run("backup", str(folder))
        assert (code, "Large files in it: 2; copied now: 0." in said) == (0, True), said
    assert site.run("backup", str(folder), "--verify")[0] == 0
    if to == "same":
        s3.destroy(bucket, next(name for name in s3.names(bucket) if MARK not in name))
    more = {"data": {}, "same": site.more, "bucket": s3.environ(s3.bucket())}[to]
    other = Site(tmp_path / "other", urls[1], more=more)
    other.folder.mkdir()
    (other.folder / "poststelle.key").write_bytes((site.folder / "poststelle.key").read_bytes())
    if to == "same":
        code, said = other.run("restore", str(folder))
        assert (code, "say --in-its-place" in plain(said)) == (2, True), said
        assert [path.name for path in files_below(other.folder)] == ["poststelle.key"]
    words = ["--in-its-place"] if to == "same" else []
    code, said = other.run("restore", str(folder), *words)
    assert code == 0, said
    holding(other, simulator, shelf, ids)
    code, said = other.run("backup", str(folder))
    assert (code, "--take-over" in said) == ((0, False) if to == "same" else (2, True)), said


def plain(said: str) -> str:
    """Without line breaks."""
    return re.sub(r"\s+", " ", said)


def test_a_restore_into_a_bucket_is_broken_off(tmp_path: Path, s3: S3, simulator: Simulator) -> None:
    """It goes on with the mark that it has made; also from the beginning, where the database was emptied. Its
    bucket is not taken by another restore, and not given up for the first one's either."""
    bucket, folder, letter = s3.bucket(), tmp_path / "backup", rich()
    site = Site(tmp_path / "site")
    with site.serving(simulator) as office:
        shelf = new_shelf(office)
        [id_] = shelf.bring(letter)
        assert site.run("backup", str(folder))[0] == 0
    other, third = (Site(tmp_path / name, more=s3.environ(bucket)) for name in ("other", "third"))
    for one in (other, third):
        one.folder.mkdir()
        (one.folder / "poststelle.key").write_bytes((site.folder / "poststelle.key").read_bytes())
    assert other.run("restore", str(folder))[0] == 0
    mark = s3.read(bucket, f"mail/{MARK}")
    for is_emptied in (False, True):
        as_if_killed(other, folder, json.loads(mark)["installation"])
        if is_emptied:
            (other.folder / "poststelle.db").unlink()
        else:
            code, said = other.run("restore", str(folder), "--in-its-place")
            assert (code, "without --in-its-place" in plain(said)) == (2, True), said
        code, said = other.run("restore", str(folder))
        assert (code, s3.read(bucket, f"mail/{MARK}")) == (0, mark), said
    for words in ([], ["--in-its-place"]):
        code, said = third.run("restore", str(folder), *words)
        assert (code, "another installation" in plain(said)) == (2, True), said
    holding(other, simulator, shelf, {id_: letter})


@pytest.mark.chooses_database
def test_a_backup_of_a_folder_is_restored_to_a_bucket(tmp_path: Path, s3: S3, simulator: Simulator) -> None:
    """The small ones that lie together, too."""
    site, folder = Site(tmp_path / "site"), tmp_path / "backup"
    letters = [rich(), rich() + LARGE[:200_000].hex().encode()]
    with site.serving(simulator) as office:
        shelf = new_shelf(office)
        ids = dict(zip(shelf.bring(*letters), letters, strict=True))
        assert site.run("backup", str(folder))[0] == 0
    other = Site(tmp_path / "other", more=s3.environ(s3.bucket()))
    other.folder.mkdir()
    (other.folder / "poststelle.key").write_bytes((site.folder / "poststelle.key").read_bytes())
    code, said = other.run("restore", str(folder))
    assert code == 0, said
    holding(other, simulator, shelf, ids)


def test_what_a_bucket_has_lost_is_named(tmp_path: Path, s3: S3, simulator: Simulator) -> None:
    """By a backup, and by a database that was put back."""
    bucket = s3.bucket()
    site = Site(tmp_path / "site", more=s3.environ(bucket))
    with site.serving(simulator) as office:
        new_shelf(office).bring(rich())
    [lost] = [name for name in s3.names(bucket) if MARK not in name]
    s3.destroy(bucket, lost)
    sha256 = Path(lost).name.split(".")[0]
    code, said = site.run("backup", str(tmp_path / "backup"))
    assert (code, sha256 in said) == (1, True), said
    code, said = site.run("restore", "--put-back")
    assert (code, sha256 in said) == (1, True), said


def test_two_servers_share_a_folder(tmp_path: Path, simulator: Simulator, postgres: Cluster) -> None:
    """On one database, each with a data folder of its own and the same key: what one stores the other has."""
    url, shared = postgres.empty_database(), tmp_path / "shared"
    shared.mkdir()
    more = {"POSTSTELLE_BLOBS": str(shared)}
    one, other = Site(tmp_path / "one", url, more), Site(tmp_path / "other", url, more)
    letter = rich()
    with one.serving(simulator) as office:
        shelf = new_shelf(office)
        [id_] = shelf.bring(letter)
        other.folder.mkdir()
        (other.folder / "poststelle.key").write_bytes((one.folder / "poststelle.key").read_bytes())
        holding(other, simulator, shelf, {id_: letter})
    postgres.drop_database(url)
    assert [path for path in shared.rglob("*") if path.name in {"small.db", "lock"}] == []
