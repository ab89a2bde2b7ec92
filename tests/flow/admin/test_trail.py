"""The audit trail over the API: filtered, exported, proven, and kept as long as people say."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import subprocess
from pathlib import Path

import pytest
from tests import programs
from tests.flow.admin.client import Client
from tests.flow.admin.conftest import assign, person
from tests.flow.admin.running import RunningServer
from tests.store.test_schema import run_sql

from poststelle.access import erasure


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
    """All that match; no cell is a formula; and that it was taken away is noted."""
    person(admin, "anna", "=Anna Berger")
    assign(admin, account, "u2")
    answer = admin.get("/api/audit/export?kind=grant")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert [(row["action"], row["account"], row["subject"]) for row in rows] == [
        ("grant.added", account, "'=Anna Berger (anna)")
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
    assert admin.put(path, {"keep_months": 36}).json == {"keep_months": 36}
    assert admin.put(path, {"keep_months": 0}).json["error"]["code"] == "invalid_months"
    assert admin.get(path).json == {"keep_months": 36}
    assert admin.put(path, {"keep_months": None}).json == {"keep_months": None}
    assert [subject for _, subject in _found(admin, "kind=setting")] == ["audit.keep_months"] * 2


def test_who_is_deleted_can_go_without_a_name(server: RunningServer, admin: Client, account: str) -> None:
    """With the deletion, or later; not who is there, nor by others, nor what is no user."""
    for login, name in (("anna", "Anna Berger"), ("tom", "Tom Kern")):
        person(admin, login, name).post("/api/logout", {})
    assert admin.delete("/api/users/u2?erase_name=maybe").json["error"]["code"] == "invalid_choice"
    assert admin.post("/api/audit/erase", {"user": "u2"}).json["error"]["code"] == "user_exists"
    assert admin.post("/api/audit/erase", {"user": "7"}).json["error"]["code"] == "invalid_user"
    assert admin.delete("/api/users/u2?erase_name=true").status == 200
    assert admin.delete("/api/users/u3").status == 200
    _erase(server)
    assert "Anna" not in str(admin.get("/api/audit").json)
    assert "Tom" in str(admin.get("/api/audit").json)
    assert admin.post("/api/audit/erase", {"user": "u3"}).status == 202
    _erase(server)
    assert "Tom" not in str(admin.get("/api/audit").json)
    assert admin.post("/api/audit/verify", {}).json["broken"] == []


def _erase(server: RunningServer) -> None:
    services = server.built.services
    work = erasure.run(services.store, services.ring, services.clock)
    asyncio.run_coroutine_threadsafe(work, server.loop).result(20)


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

    database = f"sqlite:///{tmp_path / 'data' / 'poststelle.db'}"
    run_sql(database, "update audit set subject = 'x' where action = 'account.created'")
    broken = admin.post("/api/audit/verify", {}).json["broken"]
    assert broken == [{"account": account, "number": 1, "why": "changed"}]
    told = _verify(tmp_path / "data")
    assert told.returncode == 1
    assert "info@buero-lindner.example: entry 1 is not as it was added" in told.stdout
