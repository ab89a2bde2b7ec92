"""The archive over the API: turned on, looked through, taken away, proven; and it outlives its mailbox."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import zipfile
from pathlib import Path

from tests import programs
from tests.databases import run_sql
from tests.flow.admin.client import PASSWORD, PROOF, Client
from tests.flow.admin.conftest import actions, person
from tests.flow.admin.running import running_server
from tests.flow.admin.test_v1 import call, token
from tests.flow.jmap.client import eventually
from tests.kept import database_of

FIRST = b"From: Eva <eva@else.example>\r\nTo: ablage@office.example\r\nSubject: Besichtigung\r\n\r\nEins\r\n"
SECOND = b"From: ablage@office.example\r\nTo: eva@else.example\r\nSubject: Antwort\r\n\r\nZwei\r\n"
ADDRESS = "ablage@office.example"
PATH = "/api/archives/a1"


def _verify(data: Path, *addresses: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"POSTSTELLE_DATA": str(data)}
    return programs.run(["poststelle", "archive", "verify", *addresses], environment)


def _office(client: Client) -> Client:
    """An administrator with an internal mailbox, a1, that holds one message."""
    login = {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD, "email": "s@example.org"}
    assert client.post("/api/setup", login).status == 201
    told = {"address": ADDRESS, "confirm": True, "type": "internal", "users": [{"id": "u1"}]}
    assert client.post("/api/accounts", told).json["id"] == "a1"
    assert client.post("/api/mailboxes/a1/import", FIRST).json["messages"] == 1
    return client


def _has(admin: Client, messages: int) -> bool:
    return bool(admin.get(PATH).json["messages"] == messages)


def _check_records(admin: Client) -> None:
    """What was sent is a record, listed page by page and taken away as a file."""
    page = admin.get("/api/records?account=a1&email=Eva@else.example&limit=1").json
    [one] = page["records"]
    said = (one["direction"], one["subject"], one["contacts"])
    assert said == ("out", "Antwort", [["", "eva@else.example"]])
    assert admin.get(f"/api/records?before={page['next']}").json == {"records": [], "next": None}
    assert admin.get("/api/records?before=1-a1").code == "invalid_cursor"
    head, line = csv.reader(io.StringIO(admin.get("/api/records/export").body.decode()))
    assert dict(zip(head, line, strict=True))["mailbox"] == ADDRESS
    [whole] = admin.get("/api/records/export?format=jsonl&q=antw").body.decode().splitlines()
    assert json.loads(whole) == one | {"mailbox": ADDRESS}


def test_an_archive_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_server(data, with_engines=True) as server:
        admin = _office(server.client)
        assert (admin.get(PATH).json["state"], admin.get("/api/archives").json["archives"]) == ("none", [])
        assert admin.get(f"{PATH}/entries").code == "no_such_archive"

        assert admin.put(PATH, {"is_on": True, "with_old": True}).json["state"] == "on"
        eventually(lambda: _has(admin, 1))
        assert admin.put("/api/mailboxes/a1/recording", {"is_on": True}).json["is_on"]
        assert admin.post("/api/mailboxes/a1/import", SECOND).json["messages"] == 1
        eventually(lambda: _has(admin, 2))
        eventually(lambda: bool(admin.get("/api/records").json["records"]))
        _check_records(admin)

        found = admin.get(f"{PATH}/entries").json["entries"]
        assert sorted(one["kind"] for one in found) == ["message", "message", "on"]
        [first] = admin.get(f"{PATH}/entries?q=BESICHT%20eva&direction=in").json["entries"]
        assert (first["subject"], first["size"]) == ("Besichtigung", len(FIRST))
        answer = admin.get(f"{PATH}/entries/{first['number']}/message")
        assert (answer.body, answer.headers["content-type"]) == (FIRST, "message/rfc822")
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert admin.get(f"{PATH}/entries/1/message").code == "no_such_entry"
        assert admin.get(f"{PATH}/entries?direction=up").code == "invalid_direction"

        taken = admin.get(f"{PATH}/export?format=zip").body
        with zipfile.ZipFile(io.BytesIO(taken)) as packed:
            assert sorted(packed.read(name) for name in packed.namelist()) == sorted([FIRST, SECOND])
        assert admin.get(f"{PATH}/export").body.count(b"\nSubject: ") == 2
        assert admin.get(f"{PATH}/export?until=2000-01-01T00:00:00Z").body == b""

        anna = person(admin, "anna", "Anna Berger")
        assert anna.get(f"{PATH}/entries").code == "needs_settings"
        assert admin.put(PATH, {"keep_months": 0}).code == "invalid_months"
        assert admin.put(PATH, {"keep_months": 120}).code == "proof_needed"
        assert admin.put(PATH, {"keep_months": 120} | PROOF).json["keep_months"] == 120
        assert admin.delete(PATH, {"address": ADDRESS}).code == "mailbox_is_there"
        kinds = [one for one in actions(admin) if one.startswith("archive")]
        assert kinds == [
            "archive.turned_on", "archive.searched", "archive.searched", "archive.read", "archive.exported",
            "archive.exported", "archive.exported", "archive.keeping_changed",
        ]  # fmt: skip

        portion = admin.post(f"{PATH}/verify", {}).json
        assert (portion["is_end"], portion["seen"], portion["broken"]) == (True, 3, [])
        assert "The archive holds" in _verify(data).stdout
        database = database_of(data)
        run_sql(database, "update archive_entries set subject = 'x' where number = 2")
        assert admin.post(f"{PATH}/verify", {}).json["broken"] == [{"number": 2, "why": "changed"}]
        told = _verify(data, ADDRESS)
        assert (told.returncode, f"{ADDRESS}: entry 2 is not as it was put in" in told.stdout) == (1, True)

        assert admin.delete("/api/accounts/a1", {"address": ADDRESS} | PROOF).status == 200
        [left] = admin.get("/api/archives").json["archives"]
        assert (left["address"], left["is_there"], left["state"]) == (ADDRESS, False, "off")
        assert admin.get(f"{PATH}/entries/{first['number']}/message").body == FIRST
        assert admin.delete(PATH, {"address": "x@office.example"}).code == "address_mismatch"
        assert admin.delete(PATH, {"address": ADDRESS}).code == "proof_needed"
        assert admin.delete(PATH, {"address": ADDRESS} | PROOF).status == 200
        assert admin.get("/api/archives").json["archives"] == []


def test_no_program_ends_an_archive_with_its_mailbox(tmp_path: Path) -> None:
    """It could add the mailbox anew, and nothing would be put in any more; a person proves who they are."""
    with running_server(tmp_path) as server:
        admin = _office(server.client)
        secret = token(admin)
        assert admin.put(PATH, {"is_on": True}).status == 200
        gone = call(admin, secret, "DELETE", "/api/v1/accounts/a1", {"address": ADDRESS})
        assert (gone.status, gone.code) == (403, "person_needed")
        refused = admin.delete("/api/accounts/a1", {"address": ADDRESS})
        assert (refused.code, refused.params["field"]) == ("proof_needed", "proof")
        assert admin.get(PATH).json["state"] == "on"
        assert admin.put(PATH, {"is_on": False} | PROOF).status == 200
        assert call(admin, secret, "DELETE", "/api/v1/accounts/a1", {"address": ADDRESS}).status == 200
