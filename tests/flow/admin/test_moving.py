"""From SQLite to PostgreSQL and back: the same installation, whose people notice nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import apsw
import psycopg
import pytest
from tests.databases import empty_postgres_url, postgres
from tests.flow.admin.test_backup import LARGE, Site, desk_of, ids_by_name, simulator
from tests.flow.admin.test_database_refusals import refusing
from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.conftest import Desk, attachment
from tests.flow.jmap.office import SECRET
from tests.flow.jmap.test_internal import Shelf, new_shelf, rich
from tests.flow.sim import Simulator
from tests.programs import Started

pytestmark = pytest.mark.chooses_database

__all__ = ["empty_postgres_url", "postgres", "simulator"]


@pytest.fixture
def sites(tmp_path: Path, empty_postgres_url: str) -> Iterator[list[Site]]:
    """Where it is, where it goes, in parts, and a new file to which it goes back; one data folder for all."""
    folder = tmp_path / "site"
    parts = {"POSTSTELLE_DATABASE_PARTITIONS": "4"}
    yield [
        Site(folder, more=parts),
        Site(folder, empty_postgres_url),
        Site(folder, f"sqlite:///{folder / 'other.db'}"),
    ]


def _found(desk: Desk, text: str) -> list[str]:
    found = desk.anna.call("Email/query", accountId=desk.account, filter={"text": text})
    return list(found["ids"])


def test_there_and_back(sites: list[Site], simulator: Simulator) -> None:
    """Logins, ids, states, the audit trail, files, the search: all is as it was; the old database rests."""
    file = attachment("Plan.bin", "application/octet-stream", LARGE)
    with sites[0].serving(simulator) as office:
        address = simulator.new_mailbox("desk")
        simulator.control.receive_many(
            address, [{"subject": f"Umzug {n} Lindenallee", "attachments": [file]} for n in range(12)]
        )
        account = office.connect(address)
        desk = Desk(office, address, account, office.person("anna"))
        desk.settled()
        shelf = new_shelf(office)
        [brought] = shelf.bring(rich())
        kept = shelf.anna.download(shelf.account, shelf.email(brought, "blobId")["blobId"]).body
        code, said = sites[0].run("migrate-store", "--to", sites[1].database)
        assert (code, "A server still runs" in said) == (2, True), said
        state = desk.anna.call("Email/get", accountId=account, ids=[])["state"]
        known, cookies = ids_by_name(desk), desk.anna.cookies
    for before, after in pairwise(sites):
        target = after.database
        code, said = before.run("migrate-store", "--to", target)
        assert (code, "no difference" in said) == (0, True), said
        code, said = before.run("audit", "verify")
        assert (code, "was moved to another one" in said) == (2, True), said
        code, said = after.run("audit", "verify")
        assert code == 0, said
        with after.serving(simulator) as office:
            assert Client(office.server.url, cookies=cookies).get("/api/mailboxes").status == 200
            desk = desk_of(office, address, account)
            assert ids_by_name(desk) == known
            changes = desk.anna.call("Email/changes", accountId=account, sinceState=state)
            assert (changes["created"], changes["destroyed"]) == ([], [])
            eventually(lambda desk=desk: len(_found(desk, "Lindenallee")) == 12)
            blob = desk.anna.emails(shelf.account, [brought], "blobId")[0]["blobId"]
            assert desk.anna.download(shelf.account, blob).body == kept
            desk.receive(subject="Nach dem Umzug")
            desk.settled()
            state = desk.anna.call("Email/get", accountId=account, ids=[])["state"]
            known = ids_by_name(desk)


def test_taken_back_after_use_it_is_an_earlier_state(sites: list[Site], simulator: Simulator) -> None:
    """No id means another thing than it did on the new database, and no state is believed; who takes it back
    is told. The address of the new one may still be in the environment."""
    old, new, _ = sites
    with old.serving(simulator) as office:
        shelf = new_shelf(office)
    assert old.run("migrate-store", "--to", new.database)[0] == 0
    with new.serving(simulator) as office:
        there = Shelf(office, shelf.account, office.log_in("anna"), shelf.roles)
        seen = there.bring(b"Subject: auf dem neuen\r\n\r\nx\r\n", b"Subject: noch eine\r\n\r\nx\r\n")
        state = there.anna.call("Email/get", accountId=shelf.account, ids=[])["state"]
        cookies = there.anna.cookies
    still_named = Site(old.folder, more=old.more | {"POSTSTELLE_NEW_DATABASE": new.database})
    code, said = still_named.run("migrate-store", "--take-back")
    assert (code, "is not here" in said) == (0, True), said
    with old.serving(simulator) as office:
        assert Client(office.server.url, cookies=cookies).get("/api/mailboxes").status == 401
        here = Shelf(office, shelf.account, office.log_in("anna"), shelf.roles)
        now = here.bring(b"Subject: auf dem alten\r\n\r\nx\r\n", b"Subject: zwei\r\n\r\nx\r\n")
        assert not set(seen) & set(now)
        refused = here.anna.refusal("Email/changes", accountId=shelf.account, sinceState=state)
        assert refused == "cannotCalculateChanges"


def test_a_database_that_is_held_is_told(sites: list[Site], simulator: Simulator) -> None:
    """By whatever program it is: nothing is moved, and what to do is said."""
    old, new, _ = sites
    with old.serving(simulator) as office:
        office.person("anna")
    with closing(apsw.Connection(str(old.folder / "poststelle.db"))) as somebody:
        somebody.execute("begin immediate")
        code, said = old.run("migrate-store", "--to", new.database)
        assert (code, "Stop all servers on it, and run it again" in said) == (2, True), said
    for _ in range(2):  # asked once more by who has not seen its end, it says the same
        code, said = old.run("migrate-store", "--to", new.database)
        assert (code, "no difference" in said) == (0, True), said


def _is_free(database: Path) -> bool:
    """Whether nobody is writing there just now."""
    with closing(apsw.Connection(str(database))) as connection:
        try:
            connection.execute("begin immediate; rollback")
        except apsw.BusyError:
            return False
    return True


def _stand_still(process: Started, database: Path) -> None:
    """Stop the server between two of its writes: in one it would keep everybody from the database."""

    def stands() -> bool:
        process.send_signal(signal.SIGSTOP)
        if _is_free(database):
            return True
        process.send_signal(signal.SIGCONT)
        return False

    eventually(stands)


def test_a_server_that_stood_still_ends_and_loses_nothing(sites: list[Site], simulator: Simulator) -> None:
    """It was not seen while it stood; what is done on it afterwards is refused, and it ends by itself."""
    old, new, _ = sites
    with old.serving(simulator) as office:
        process = office.server.process
        office.person("anna")
        _stand_still(process, old.folder / "poststelle.db")
        try:
            code, said = old.run("migrate-store", "--to", new.database)
        finally:
            process.send_signal(signal.SIGCONT)
        assert (code, "no difference" in said) == (0, True), said
        made = {"login": "neu", "name": "Neu", "password": SECRET, "may_settings": False}
        with suppress(OSError):  # it has ended already
            assert office.admin.send("POST", "/api/users", made).status >= 500
        eventually(lambda: process.poll() is not None)
    code, said = new.run("users", "list")
    assert (code, "anna" in said, "neu" in said) == (0, True, False), said


def _said(site: Site, *words: str) -> str:
    """What a refusal says, in one line."""
    code, said = site.run("migrate-store", *words)
    assert code == 2, said
    return " ".join(said.split())


def test_what_cannot_be_reached_is_said(sites: list[Site], simulator: Simulator) -> None:
    """Which of the two it is, and why; a password is in none of it."""
    old, _, other = sites
    with old.serving(simulator) as office:
        office.person("anna")
    with refusing("28P01", 'password authentication failed for user "postfach"') as port:
        wrong = {
            f"postgresql://postfach:geheim@127.0.0.1:{port}/x": "refuses the user's name or password",
            "postgresql://postfach:geheim@127.0.0.1:1/x": "Nothing answers at the host and port",
            "postgresql://postfach:geheim@no-such-host.invalid/x": "The host's name in the address",
        }
        for address, why in wrong.items():
            at_fault = Site(old.folder, address)
            for said, which in (
                (_said(old, "--to", address), "The new database: "),
                (_said(at_fault, "--to", other.database), "The old database: "),
                (_said(at_fault, "--take-back"), "The old database: "),
            ):
                assert which in said and why in said and "geheim" not in said, said
    assert not (old.folder / "other.db").exists()


def test_a_file_that_cannot_be_opened_is_said(sites: list[Site], simulator: Simulator) -> None:
    """Below what is no folder, a folder itself, and what is no database."""
    old, new, _ = sites
    with old.serving(simulator) as office:
        office.person("anna")
    assert old.run("migrate-store", "--to", new.database)[0] == 0
    (old.folder / "file").write_text("no database, and long enough to be told from one" * 3)
    (old.folder / "folder").mkdir()
    for name, why in (
        ("file/x.db", "can't be used"),
        ("folder", "can't be opened"),
        ("file", "not a file of"),
    ):
        said = _said(new, "--to", f"sqlite:///{old.folder / name}")
        assert why in said and (name == "file" or "The new database: " in said), said


def test_a_refused_target_is_left_as_it_is(sites: list[Site], simulator: Simulator, tmp_path: Path) -> None:
    """Neither is another installation of an older schema brought up to date, nor is a file made."""
    old, new, _ = sites
    with old.serving(simulator) as office:
        office.person("anna")
    said = _said(old, "--to", f"sqlite:///{tmp_path / 'another.db'}")
    assert "of the same kind" in said and not (tmp_path / "another.db").exists(), said

    with Site(tmp_path / "used", new.database).serving(simulator) as office:
        office.person("produktion")
    with psycopg.connect(new.database, autocommit=True) as connection:
        connection.execute("update meta set value = '55' where key = 'schema_version'")
        assert "holds an installation already" in _said(old, "--to", new.database)
        found = connection.execute("select value from meta where key = 'schema_version'").fetchone()
    assert found == ("55",)
