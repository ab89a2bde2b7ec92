"""A VIP mailbox over the API: what is outside it is for those who were assigned when the message came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.flow.admin.client import PASSWORD, PROOF, Client
from tests.flow.admin.conftest import actions, assign
from tests.flow.admin.running import RunningServer, running_server
from tests.flow.admin.test_archive import ADDRESS, FIRST, PATH, SECOND
from tests.flow.jmap.client import eventually

VENDOR = "https://poststelle.example/jmap/mail"


def _office(server: RunningServer) -> Client:
    """An internal mailbox, a1, recorded and archived, of an administrator."""
    client = server.client
    login = {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD, "email": "s@example.org"}
    assert client.post("/api/setup", login).status == 201
    told = {"address": ADDRESS, "confirm": True, "type": "internal", "users": [{"id": "u1"}]}
    assert client.post("/api/accounts", told).json["id"] == "a1"
    assert client.put("/api/mailboxes/a1/recording", {"is_on": True}).json["is_on"]
    assert client.put(PATH, {"is_on": True}).json["state"] == "on"
    return client


def _colleague(admin: Client, login: str) -> tuple[str, Client]:
    """Another administrator: their number, and their browser."""
    said = {"login": login, "name": login.title(), "password": PASSWORD, "may_settings": True} | PROOF
    return str(admin.post("/api/users", said).json["id"]), admin.anew().log_in(login)


def _brought(admin: Client, octets: bytes, count: int) -> None:
    """Into the mailbox, its records and its archive, of which there are so many then."""
    assert admin.post("/api/mailboxes/a1/import", octets).json["messages"] == 1
    eventually(lambda: len(admin.get("/api/records").json["records"]) == count)
    eventually(lambda: admin.get(PATH).json["messages"] == count)


def _recorded(client: Client) -> list[str]:
    return [one["subject"] for one in client.get("/api/records").json["records"]]


def _archived(client: Client) -> list[str]:
    entries = client.get(f"{PATH}/entries").json["entries"]
    return [one["subject"] for one in entries if one["kind"] == "message"]


def _queried(client: Client, where: dict[str, Any]) -> dict[str, Any]:
    using = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", VENDOR]
    asked = {"accountId": "a1", "filter": where, "calculateTotal": True}
    answer = client.post("/jmap/api", {"using": using, "methodCalls": [["Email/query", asked, "0"]]})
    [[name, told, _]] = answer.json["methodResponses"]
    assert name == "Email/query", told
    return dict(told)


def test_a_vip_mailbox_from_its_option_to_its_archive(tmp_path: Path) -> None:
    """Records, files of them, lists across mailboxes, exports, the archive: also when the mailbox is gone."""
    with running_server(tmp_path / "data", with_engines=True) as server:
        admin = _office(server)
        _brought(admin, FIRST, 1)
        (anna_id, anna), (_, karl) = _colleague(admin, "anna"), _colleague(admin, "karl")
        assign(admin, "a1", anna_id)
        _brought(admin, SECOND, 2)
        both = ["Antwort", "Besichtigung"]
        assert (_recorded(anna), _archived(karl)) == (both, both)

        assert anna.get("/api/accounts/a1").json["is_vip"] is False
        assert admin.patch("/api/accounts/a1", {"is_vip": True}).json["is_vip"] is True
        [row] = anna.get("/api/mailboxes").json
        assert (row["is_vip"], row["sees_all"]) == (True, False)
        session = anna.get("/jmap/session").json
        assert session["accounts"]["a1"]["accountCapabilities"][VENDOR]["isVip"] is True

        assert _recorded(anna) == ["Antwort"]
        assert _recorded(admin) == both
        assert _recorded(karl) == []
        assert anna.get("/api/records/export").body.decode().count("\n") == 2
        assert anna.get("/api/records/export?format=jsonl").body.count(b"\n") == 1
        assert anna.get("/api/mailboxes/a1/export").body.count(b"\nSubject: ") == 1
        assert admin.get("/api/mailboxes/a1/export").body.count(b"\nSubject: ") == 2

        across, plain = _queried(anna, {"poststelle:isAcross": True}), _queried(anna, {})
        assert (across["total"], across["poststelle:isNarrowed"], plain["total"]) == (1, True, 2)
        assert "poststelle:isNarrowed" not in plain

        assert (_archived(anna), _archived(karl), _archived(admin)) == (["Antwort"], [], both)
        numbers = {one["subject"]: one["number"] for one in admin.get(f"{PATH}/entries").json["entries"]}
        first, second = (f"{PATH}/entries/{numbers[name]}/message" for name in ("Besichtigung", "Antwort"))
        assert (anna.get(first).code, anna.get(second).body) == ("no_such_entry", SECOND)
        assert karl.get(second).code == "no_such_entry"
        assert anna.get(f"{PATH}/export").body.count(b"\nSubject: ") == 1
        assert karl.get(f"{PATH}/export").body == b""
        assert karl.post(f"{PATH}/verify", {}).json["broken"] == []
        assert karl.put(PATH, {"ends_vip": True}).code == "mailbox_is_there"

        assert admin.delete("/api/accounts/a1", {"address": ADDRESS, **PROOF}).status == 200
        assert admin.get("/api/archives").json["archives"][0]["is_vip"] is True
        assert (_archived(anna), _archived(karl), _archived(admin)) == (["Antwort"], [], both)
        assert karl.put(PATH, {"ends_vip": True}).json["is_vip"] is False
        assert _archived(karl) == both
        assert karl.put(PATH, {"ends_vip": True}).status == 200
        assert [one for one in actions(admin) if one == "archive.vip_ended"] == ["archive.vip_ended"]


def test_vip_on_the_command_line(server: RunningServer, admin: Client, anna: Client, account: str) -> None:
    """In the name of an administrator; it says in words what it does."""
    address, by = "info@buero-lindner.example", ("--by", "sabine")
    code, said = server.run("accounts", "vip", address, *by)
    assert (code, "assigned when the message arrived or was sent" in " ".join(said.split())) == (0, True), (
        said
    )
    assert admin.get(f"/api/accounts/{account}").json["is_vip"] is True
    assert server.run("accounts", "vip", address, "--by", "anna")[0] == 1
    assert server.run("accounts", "vip", address, *by, "--off")[0] == 0
    assert admin.get(f"/api/accounts/{account}").json["is_vip"] is False
    assert anna.patch(f"/api/accounts/{account}", {"is_vip": True}).code == "needs_settings"
    newest = next(e for e in admin.get("/api/audit").json["entries"] if e["action"] == "account.changed")
    assert (newest["detail"]["before"], newest["detail"]["changed"]) == ({"is_vip": True}, {"is_vip": False})
