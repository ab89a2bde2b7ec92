"""The audit trail over the API: filtered, exported, proven, and kept as long as people say."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import subprocess
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from tests import programs
from tests.databases import run_sql
from tests.flow.admin.client import PASSWORD, PROOF, Client
from tests.flow.admin.conftest import assign, person
from tests.flow.admin.running import RunningServer, running_server
from tests.flow.admin.test_v1 import call, token
from tests.kept import database_of

from poststelle.access import erasure
from poststelle.sync.prover import Prover
from poststelle.sync.trail_keeper import TrailKeeper


def _found(admin: Client, query: str) -> list[tuple[str, str]]:
    entries = admin.get(f"/api/audit?{query}").json["entries"]
    return [(entry["action"], entry["subject"]) for entry in entries]


def test_entries_are_found_by_mailbox_person_and_kind(admin: Client, account: str) -> None:
    anna = person(admin, "anna", "=Anna Berger")
    assign(admin, account, "u2")
    anna.post("/api/logout", {})

    assert [action for action, _ in _found(admin, f"account={account}")] == ["grant.added", "account.created"]
    assert _found(admin, "kind=grant") == [("grant.added", "=Anna Berger (anna)")]
    assert [action for action, _ in _found(admin, "user=u2")] == ["login.ended", "login.begun"]
    assert _found(admin, "user=u2&kind=grant") == []
    assert _found(admin, f"account={account}&until=2020-01-01T00:00:00Z") == []
    first = admin.get("/api/audit?limit=1").json["entries"][0]
    assert _found(admin, f"limit=1&before={first['id']}") == [("grant.added", "=Anna Berger (anna)")]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("kind=Grant", "invalid_kind"),
        ("message=m1", "account_missing"),
        ("account=a1&message=x", "invalid_message"),
        ("user=7", "invalid_user"),
        ("since=yesterday", "invalid_date"),
        ("since=2026-09-01T08:00:00Z&until=2026-09-01T08:00:00Z", "invalid_period"),
        ("before=12", "invalid_entry"),
        ("limit=x", "invalid_number"),
    ],
)
def test_what_cannot_be_meant_is_refused(admin: Client, query: str, code: str) -> None:
    answer = admin.get(f"/api/audit?{query}")
    assert (answer.status, answer.json["error"]["code"]) == (422, code)


def test_it_is_exported_for_tables_and_programs(admin: Client, account: str) -> None:
    """All that match; no cell is a formula, nor part of one where tables part lines at semicolons; and that
    it was taken away is noted."""
    person(admin, "anna", "=Anna;=1+1")
    assign(admin, account, "u2")
    answer = admin.get("/api/audit/export?kind=grant")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert [(row["action"], row["account"], row["subject"]) for row in rows] == [
        ("grant.added", account, "'=Anna;'=1+1 (anna)")
    ]
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-')
    lines = admin.get("/api/audit/export?format=jsonl").body.decode().splitlines()
    entries = [json.loads(line) for line in lines]
    assert entries[0]["action"] == "audit.exported" and entries[-1]["action"] == "user.created"
    assert all(len(entry["hash"]) == 64 for entry in entries)
    assert admin.get("/api/audit/export?format=xls").json["error"]["code"] == "invalid_format"


def test_others_see_nothing_of_it(admin: Client, anna: Client) -> None:
    """No entries, no file, no proof, no setting: and nothing is noted as exported."""
    assert anna.get("/api/audit").status == anna.get("/api/audit/export").status == 403
    assert anna.post("/api/audit/verify", {}).status == anna.get("/api/settings/audit").status == 403
    assert anna.put("/api/settings/audit", {"keep_months": 1}).status == 403
    assert _found(admin, "kind=audit") == []


def test_how_long_it_is_kept_is_a_setting(admin: Client) -> None:
    path = "/api/settings/audit"
    assert admin.get(path).json == {"keep_months": None}
    assert admin.put(path, {"keep_months": 36}).code == "proof_needed"
    assert admin.put(path, {"keep_months": 36, "proof": {"password": "x"}}).code == "wrong_password"
    assert admin.put(path, {"keep_months": 36} | PROOF).json == {"keep_months": 36}
    assert admin.put(path, {"keep_months": 0}).json["error"]["code"] == "invalid_months"
    assert admin.get(path).json == {"keep_months": 36}
    assert admin.put(path, {"keep_months": None}).json == {"keep_months": None}
    assert [subject for _, subject in _found(admin, "kind=setting")] == ["audit.keep_months"] * 2


def test_who_is_deleted_can_go_without_a_name(server: RunningServer, admin: Client, account: str) -> None:
    """With the deletion, or later; not who is there, nor by others, nor what is no user."""
    for login, name in (("anna", "Anna Berger"), ("tom", "Tom Kern")):
        person(admin, login, name).post("/api/logout", {})
    assert admin.delete("/api/users/u2?erase_name=maybe").json["error"]["code"] == "invalid_choice"
    assert admin.post("/api/audit/erase", {"user": "u2"} | PROOF).json["error"]["code"] == "user_exists"
    assert admin.post("/api/audit/erase", {"user": "7"} | PROOF).json["error"]["code"] == "invalid_user"
    assert admin.delete("/api/users/u2?erase_name=true", PROOF).status == 200
    assert admin.delete("/api/users/u3").status == 200
    _erase(server)
    assert "Anna" not in str(admin.get("/api/audit").json)
    assert "Tom" in str(admin.get("/api/audit").json)
    assert admin.post("/api/audit/erase", {"user": "u3"} | PROOF).status == 202
    _erase(server)
    assert "Tom" not in str(admin.get("/api/audit").json)
    assert admin.post("/api/audit/verify", {}).json["broken"] == []


def _erase(server: RunningServer) -> None:
    services = server.built.services
    work = erasure.run(services.store, services.ring, services.clock)
    asyncio.run_coroutine_threadsafe(work, server.loop).result(60)


def _verify(data: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"POSTSTELLE_DATA": str(data)}
    return programs.run(["poststelle", "audit", "verify"], environment)


def test_what_somebody_changes_in_the_database_is_found(
    server: RunningServer, admin: Client, account: str, tmp_path: Path
) -> None:
    """By the page and by the command, beside the server."""
    found = admin.post("/api/audit/verify", {}).json
    assert (found["broken"], found["entries"]) == ([], 2)
    assert _verify(tmp_path / "data").returncode == 0

    database = database_of(tmp_path / "data")
    run_sql(database, "update audit set subject = 'x' where action = 'account.created'")
    broken = admin.post("/api/audit/verify", {}).json["broken"]
    assert broken == [{"account": account, "number": 1, "why": "changed"}]
    told = _verify(tmp_path / "data")
    assert told.returncode == 1
    assert "info@buero-lindner.example: entry 1 is not as it was added" in told.stdout


def _warned(admin: Client) -> set[str]:
    return {one["kind"] for one in admin.get("/api/warnings").json["warnings"]}


@pytest.mark.parametrize("by", ["page", "command"])
def test_what_a_check_finds_is_a_warning_until_a_proof_finds_it_mended(
    server: RunningServer, admin: Client, account: str, tmp_path: Path, by: str
) -> None:
    """Whoever has begun it, of the trail and of an archive."""
    services, data = server.built.services, tmp_path / "data"
    work = TrailKeeper(services.store, services.ring, services.clock).seal()
    prover = Prover(services.store, services.blobs, services.ring, services.clock)
    assert admin.put(f"/api/archives/{account}", {"is_on": True}).status == 200
    asyncio.run_coroutine_threadsafe(work, server.loop).result(60)
    asyncio.run_coroutine_threadsafe(prover.run_due(), server.loop).result(60)
    database = database_of(data)
    run_sql(database, "update audit set action = 'account.x' where action = 'account.created'")
    run_sql(database, "update archive_entries set kind = 'off' where number = 1")
    assert not {"trail_broken", "archive_broken"} & _warned(admin)
    if by == "page":
        assert admin.post("/api/audit/verify", {}).json["broken"] != []
        assert admin.post(f"/api/archives/{account}/verify", {}).json["broken"] != []
    else:
        env = os.environ | {"POSTSTELLE_DATA": str(data)}
        assert _verify(data).returncode == 1
        assert programs.run(["poststelle", "archive", "verify"], env).returncode == 1
    assert {"trail_broken", "archive_broken"} <= _warned(admin)

    run_sql(database, "update audit set action = 'account.created' where action = 'account.x'")
    run_sql(database, "update archive_entries set kind = 'on' where number = 1")
    server.clock.advance(60)
    asyncio.run_coroutine_threadsafe(prover.run_due(), server.loop).result(60)
    assert not {"trail_broken", "archive_broken"} & _warned(admin)


def test_an_emptied_note_is_no_trail_that_holds(
    server: RunningServer, admin: Client, account: str, tmp_path: Path
) -> None:
    services, data = server.built.services, tmp_path / "data"
    work = TrailKeeper(services.store, services.ring, services.clock).seal()
    asyncio.run_coroutine_threadsafe(work, server.loop).result(60)
    run_sql(database_of(data), "update settings set sealed = null where key = 'seals'")
    told = _verify(data)
    assert (told.returncode, "The trail does NOT hold." in told.stdout) == (1, True)
    env = os.environ | {"POSTSTELLE_DATA": str(data)}
    assert programs.run(["poststelle", "archive", "verify"], env).returncode == 1
    assert admin.post("/api/audit/verify", {}).json["broken"] == [
        {"account": None, "number": 0, "why": "key"},
    ]
    assert "sealing_stopped" in _warned(admin)


def test_a_trail_whose_seals_all_went_is_told_to_be_sealed_anew(
    server: RunningServer, admin: Client, account: str, tmp_path: Path
) -> None:
    """Somebody rewrote it by our own code: the command, the page and an entry say that nothing proves it."""
    services, data = server.built.services, tmp_path / "data"
    keeper = TrailKeeper(services.store, services.ring, services.clock)
    asyncio.run_coroutine_threadsafe(keeper.seal(), server.loop).result(60)
    assert "The trail holds" in _verify(data).stdout
    run_sql(database_of(data), "delete from settings where key = 'seals'")
    run_sql(database_of(data), "update audit_chains set anchored = 0, anchor = null")
    asyncio.run_coroutine_threadsafe(keeper.seal(), server.loop).result(60)
    told = _verify(data)
    assert (told.returncode, "sealing began anew" in " ".join(told.stdout.split())) == (0, True)
    assert "sealing_began_anew" in _warned(admin)
    assert _found(admin, "kind=audit") == [("audit.sealing_began_anew", "")]


@pytest.mark.chooses_database
def test_what_was_never_sealed_is_not_told_to_hold(tmp_path: Path) -> None:
    """Who takes all seals and the note away gets a new one, and no 0 before all is sealed anew."""
    data = tmp_path / "data"
    database = database_of(data)
    login = {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD, "email": "s@example.org"}
    with running_server(data) as server:
        server.clock.advance(-1_800)
        assert server.client.post("/api/setup", login).status == 201
        services = server.built.services
        keeper = TrailKeeper(services.store, services.ring, services.clock)
        asyncio.run_coroutine_threadsafe(keeper.seal(), server.loop).result(60)
        assert _verify(data).returncode == 0
        run_sql(database, "delete from settings where key = 'seals'")
        run_sql(database, "update audit_chains set anchored = 0, anchor = null")
        kept_from = "before update of anchor on audit_chains begin select raise(ignore); end"
        run_sql(database, f"create trigger quiet {kept_from}")
        assert asyncio.run_coroutine_threadsafe(keeper.seal(), server.loop).result(60) == 0
        told = _verify(data)
    assert (told.returncode, "NOT proven" in " ".join(told.stdout.split())) == (1, True)


@pytest.mark.parametrize("text", ['{"trail":{},"archives":{}}', '{"trail":{"0":[0,""]},"archives":{}}'])
def test_a_file_without_ends_proves_nothing(
    server: RunningServer, admin: Client, account: str, tmp_path: Path, text: str
) -> None:
    kept = tmp_path / "ends.json"
    kept.write_text(text)
    told = _ends(tmp_path / "data", "--expect", str(kept))
    assert (told.returncode, "holds no ends" in " ".join((told.stdout + told.stderr).split())) == (2, True)


def _ends(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"POSTSTELLE_DATA": str(data)}
    return programs.run(["poststelle", "audit", "verify", *options], environment)


@pytest.mark.chooses_database
def test_a_database_that_was_put_back_whole_is_found_by_what_was_kept_elsewhere(
    server: RunningServer, admin: Client, account: str, tmp_path: Path
) -> None:
    """It holds, for it is what it was; but the ends that were saved later are not in it."""
    data, kept = tmp_path / "data", tmp_path / "ends.json"
    assert admin.put(f"/api/archives/{account}", {"is_on": True}).status == 200
    old = sqlite_copy(data / "poststelle.db", tmp_path / "old.db")
    assert admin.post("/api/users", {"login": "anna", "name": "Anna Berger"}).status == 201
    assert admin.put(f"/api/archives/{account}", {"is_on": False} | PROOF).status == 200
    saved = _ends(data, "--save", str(kept))
    assert (saved.returncode, str(kept) in saved.stdout.replace("\n", "")) == (0, True)
    assert _ends(data, "--expect", str(kept)).returncode == 0

    sqlite_copy(old, data / "poststelle.db")
    assert _ends(data).returncode == 0
    found = _ends(data, "--expect", str(kept))
    said = " ".join(found.stdout.split())
    assert found.returncode == 1 and "The trail does NOT hold." in said
    assert "People and settings: entry 2 of the audit trail, which was there, is missing" in said
    assert "info@buero-lindner.example: entry 2 of the archive, which was there, is missing" in said
    assert _ends(data, "--expect", str(data / "poststelle.db")).returncode == 2


def sqlite_copy(of: Path, to: Path) -> Path:
    """All of a database that is in use, in the place of whatever was there."""
    with (
        closing(apsw.Connection(str(of))) as source,
        closing(apsw.Connection(str(to))) as target,
        target.backup("main", source, "main") as copy,
    ):
        copy.step()
    return to


def test_what_the_last_proof_has_found_is_shown(
    server: RunningServer, admin: Client, account: str, tmp_path: Path
) -> None:
    """On the page, in health, among the warnings and for Prometheus; a missing archive, too."""
    services = server.built.services
    prover = Prover(services.store, services.blobs, services.ring, services.clock)
    none = admin.get("/api/audit/proof").json
    assert (none["proven_at"], none["broken"], none["sealing"]) == (None, [], None)
    assert admin.put(f"/api/archives/{account}", {"is_on": True}).status == 200
    work = TrailKeeper(services.store, services.ring, services.clock).seal()
    asyncio.run_coroutine_threadsafe(work, server.loop).result(60)
    asyncio.run_coroutine_threadsafe(prover.run_due(), server.loop).result(60)
    server.clock.advance(93_600)
    asyncio.run_coroutine_threadsafe(prover.run_due(), server.loop).result(60)
    proof = admin.get("/api/audit/proof").json
    assert proof["proven_at"] is not None and proof["broken"] == []
    [row] = admin.get("/api/archives").json["archives"]
    assert (row["proven_entries"], row["broken"]) == (1, []) and row["proven_at"] is not None

    database = database_of(tmp_path / "data")
    run_sql(database, "delete from archives")
    run_sql(database, "delete from archive_entries")
    run_sql(database, "update audit_chains set anchored = 9 where chain = 0")
    gone = {"account": account, "number": 0, "why": "gone"}
    [row] = admin.get("/api/archives").json["archives"]
    assert (row["state"], row["broken"], row["address"]) == ("gone", [gone], "info@buero-lindner.example")
    assert admin.get(f"/api/archives/{account}").json["state"] == "gone"
    assert admin.post(f"/api/archives/{account}/verify", {}).json["broken"] == [{"number": 0, "why": "gone"}]
    assert admin.get("/api/audit/proof").json["broken"] == [{"account": None, "number": 9, "why": "anchor"}]
    kinds = [one["kind"] for one in admin.get("/api/warnings").json["warnings"]]
    assert {"trail_broken", "archive_broken"} <= set(kinds)
    whole = admin.get("/api/health").json["integrity"]
    assert whole["trail"]["broken"] and whole["archives"][0]["broken"] == [gone]


def test_what_ends_in_order_leaves_nothing_unsealed(tmp_path: Path) -> None:
    """Else its last minute would lie open for as long as no server runs."""
    data = tmp_path / "data"
    with running_server(data) as running:
        login = {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD, "email": "s@example.org"}
        assert running.client.post("/api/setup", login).status == 201
    database = database_of(data)
    assert run_sql(database, "select count(*) from audit") != [(0,)]
    assert run_sql(database, "select count(*) from audit_chains where length > anchored") == [(0,)]


def test_traces_are_taken_away_by_people_who_prove_who_they_are(
    server: RunningServer, admin: Client, account: str
) -> None:
    """Neither by a token, with whatever it made, nor at an unlocked screen."""
    secret = token(admin)
    there = admin.post("/api/users", {"login": "anna", "name": "Anna"}).json["id"]
    made = call(admin, secret, "POST", "/api/v1/users", {"login": "puppet", "name": "Pup Pet"}).json["id"]
    gone = call(admin, secret, "DELETE", f"/api/v1/users/{made}?erase_name=true")
    assert (gone.status, gone.code) == (403, "person_needed")
    assert call(admin, secret, "POST", "/api/v1/audit/erase", {"user": made}).status in {404, 405}
    assert call(admin, secret, "DELETE", f"/api/v1/users/{made}").status == 200
    for answer in (
        admin.post("/api/audit/erase", {"user": made}),
        admin.delete(f"/api/users/{there}?erase_name=true"),
    ):
        assert (answer.status, answer.code, answer.params["field"]) == (422, "proof_needed", "proof")
    assert admin.post("/api/audit/erase", {"user": "u999"} | PROOF).code == "no_such_user"
    assert "Pup Pet (puppet)" in {one["subject"] for one in admin.get("/api/audit").json["entries"]}


def test_administrators_are_kept_out_and_let_in_again_by_people_who_prove_who_they_are(admin: Client) -> None:
    boss = {
        "login": "boss",
        "name": "Boss",
        "email": "b@x.example",
        "password": PASSWORD,
        "may_settings": True,
    }
    path = f"/api/users/{admin.post('/api/users', boss | PROOF).json['id']}"
    for answer in (
        admin.patch(path, {"may_settings": False}),
        admin.patch(path, {"is_active": False}),
        admin.delete(path),
    ):
        assert (answer.status, answer.code) == (422, "proof_needed")
    assert admin.patch(path, {"is_active": False} | PROOF).status == 200
    assert admin.patch(path, {"is_active": True}).code == "proof_needed"
    assert admin.patch(path, {"is_active": True} | PROOF).status == 200
    assert admin.patch(path, {"may_settings": False} | PROOF).status == 200
    assert admin.delete(path).status == 200


@pytest.mark.parametrize("is_asked_before", [False, True])
def test_whom_somebody_deleted_can_be_erased_when_they_are_erased_themselves(
    server: RunningServer, admin: Client, *, is_asked_before: bool
) -> None:
    """Who was deleted is told by number, which names nobody and stays; also where both wait together."""
    named = {"name": "Paula Pohl", "password": PASSWORD, "may_settings": True}
    paula_id = admin.post("/api/users", {"login": "paula", **named} | PROOF).json["id"]
    paula = admin.anew().log_in("paula")
    person(admin, "xaver", "Xaver Xylander")
    xaver_id = next(one["id"] for one in admin.get("/api/users").json["users"] if one["login"] == "xaver")
    erasing = "?erase_name=true" if is_asked_before else ""
    assert paula.delete(f"/api/users/{xaver_id}{erasing}", PROOF).status == 200
    assert admin.delete(f"/api/users/{paula_id}?erase_name=true", PROOF).status == 200
    _erase(server)
    if not is_asked_before:
        assert admin.post("/api/audit/erase", {"user": xaver_id} | PROOF).status == 202
    _erase(server)
    told = str(admin.get("/api/audit?limit=200").json)
    assert "Xaver Xylander" not in told
    assert "Paula Pohl" not in told
