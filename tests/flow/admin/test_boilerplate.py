"""Signatures and templates over HTTP: one's own, a mailbox's, and how letters end."""

import json

from tests.flow.admin.client import Client
from tests.flow.admin.conftest import actions, assign


def test_a_mailboxs_signatures_are_kept_by_its_managers(admin: Client, anna: Client, account: str) -> None:
    """Who sends there uses them and may not change them; what was done stands in the audit trail."""
    assign(admin, account, "u2")
    path = f"/api/mailboxes/{account}/boilerplate"
    body = {
        "kind": "signature",
        "name": "Haus",
        "html": "<p>{{name}}</p>",
        "plain": "{{name}}",
        "is_default": True,
    }
    refused = anna.post(path, body)
    made = admin.post(path, body)
    assert (refused.status, refused.code, made.status) == (403, "needs_level", 201)
    id_ = made.json["id"]
    assert anna.patch(f"/api/boilerplate/{id_}", {"name": "Meins"}).code == "needs_level"
    renamed = admin.patch(f"/api/boilerplate/{id_}", {"name": "Das Haus"})
    assert renamed.json == {**made.json, "name": "Das Haus"}
    seen = anna.get(path).json
    assert (seen["boilerplate"], seen["may_change"]) == ([renamed.json], False)

    files = f"/api/boilerplate/{id_}/files"
    assert (
        admin.send("POST", f"{files}?name=a.txt", b"x", {"Content_Type": "text/plain"}).code
        == "no_files_here"
    )
    keep_and_bring_files(admin, anna, account)
    group = {"name": "Eigentümer", "members": [{"name": "Zoe", "email": "zoe@x.example"}]}
    assert anna.post(f"/api/mailboxes/{account}/groups", group).code == "needs_level"
    owners = admin.post(f"/api/mailboxes/{account}/groups", group).json
    assert anna.get(f"/api/mailboxes/{account}/groups").json == {"groups": [owners], "may_change": False}
    assert anna.patch(f"/api/groups/{owners['id']}", {"name": "x"}).code == "needs_level"

    assert admin.delete(f"/api/boilerplate/{id_}").json == {}
    assert admin.delete(f"/api/boilerplate/{id_}").code == "no_such_boilerplate"
    done = [deed for deed in actions(admin) if deed.startswith("signature.")]
    assert done == ["signature.created", "signature.changed", "signature.removed"]
    assert "group.created" in actions(admin)


def keep_and_bring_files(admin: Client, anna: Client, account: str) -> None:
    """A mailbox's template with a file: its managers keep it, who writes there takes it along."""
    said = {"kind": "template", "name": "Haus", "to": [{"email": "a@x.example"}]}
    id_ = admin.post(f"/api/mailboxes/{account}/boilerplate", said).json["id"]
    files, type_ = f"/api/boilerplate/{id_}/files", {"Content_Type": "application/pdf"}
    assert anna.send("POST", f"{files}?name=a.pdf", b"%PDF", type_).code == "needs_level"
    made = admin.send("POST", f"{files}?name=%2e%2e%2fa.pdf", b"%PDF", type_).json
    [kept] = made["files"]
    assert (made["to"], kept["name"], kept["type"], kept["size"]) == (
        [{"email": "a@x.example", "name": ""}],
        "a.pdf",
        "application/pdf",
        4,
    )
    saved = anna.get(f"{files}/{kept['id']}")
    assert (saved.body, saved.headers["content-type"]) == (b"%PDF", "application/octet-stream")
    assert saved.headers["content-disposition"].startswith("attachment;")
    too_large = b"x" * 20_000_000
    assert admin.send("POST", f"{files}?name=b.bin", too_large, type_).code == "files_too_large"

    [brought] = anna.post(f"/api/mailboxes/{account}/boilerplate/{id_}/files").json["files"]
    assert anna.get(f"/jmap/download/{account}/{brought['blob']}/a.pdf").body == b"%PDF"
    assert anna.delete(f"{files}/{kept['id']}").code == "needs_level"
    assert admin.delete(f"{files}/{kept['id']}").json["files"] == []
    assert anna.get(f"{files}/{kept['id']}").code == "no_such_file"


def test_ones_own_are_ones_own(admin: Client, anna: Client, account: str) -> None:
    """Kept, changed and chosen by oneself; nobody else learns of them."""
    assign(admin, account, "u2")
    me = anna.patch("/api/me", {"phone": " 030  12 ", "position": "Vermietung"}).json
    own = {"kind": "signature", "name": "Kurz", "plain": "{{name}}\nTel. {{phone}}"}
    made = anna.post("/api/me/boilerplate", own).json
    letter = {"kind": "template", "name": "Termin", "subject": "Besichtigung", "html": "<p>Hallo</p>"}
    template = anna.post("/api/me/boilerplate", letter).json
    assert (me["phone"], me["position"]) == ("030 12", "Vermietung")
    assert anna.get("/api/me/boilerplate").json == {"boilerplate": [made, template]}
    assert admin.get("/api/me/boilerplate").json == {"boilerplate": []}
    assert admin.patch(f"/api/boilerplate/{made['id']}", {"name": "x"}).code == "no_such_boilerplate"

    team = anna.post("/api/me/groups", {"name": "Team", "members": [{"email": "b@x.example"}]}).json
    assert admin.delete(f"/api/groups/{team['id']}").code == "no_such_group"
    assert admin.get("/api/me/groups").json == {"groups": []}
    writing = anna.get(f"/api/mailboxes/{account}/writing").json
    assert writing["boilerplate"] == [made, template]
    assert writing["groups"] == [anna.get("/api/me/groups").json["groups"][0]] == [team]
    assert writing["values"]["phone"] == "030 12"
    assert admin.get(f"/api/mailboxes/{account}/writing").status == 404
    wrong = {"email": "wer@anders.example", "signature": made["id"], "answer_signature": None}
    assert anna.put(f"/api/mailboxes/{account}/signing", wrong).code == "no_such_identity"


def test_quiet_hours_are_ones_own_and_told_at_the_start(anna: Client) -> None:
    """Kept as chosen, and what they come to at this moment; nonsense is refused in words."""
    assert anna.get("/api/start").json["quiet_until"] is None
    always = {"days": [7, 1, 2, 3, 4, 5, 6, 1], "from": "00:00", "to": "24:00"}
    week = {"is_on": True, "time_zone": "Europe/Berlin", "spans": [always]}
    chosen = anna.put("/api/me/quiet", week).json
    assert chosen["spans"] == [{**always, "days": [1, 2, 3, 4, 5, 6, 7]}]
    assert anna.get("/api/start").json["quiet_until"] == chosen["quiet_until"] is not None
    assert anna.get("/api/me/quiet").json == chosen
    assert anna.put("/api/me/quiet", {**week, "is_on": False}).json["quiet_until"] is None
    paused = anna.put("/api/me/quiet/pause", {"how_long": "hour", "time_zone": "Europe/Berlin"}).json
    assert paused["quiet_until"] == paused["paused_until"] is not None
    assert anna.delete("/api/me/quiet/pause").json["quiet_until"] is None
    wrong = [
        anna.put("/api/me/quiet", {**week, **part}).code
        for part in (
            {"time_zone": "Mars/Olympus"},
            {"time_zone": "../../etc/passwd"},
            {"spans": [{**always, "days": []}]},
            {"spans": [{**always, "from": "25:00"}]},
            {"spans": [{**always, "from": "7 Uhr"}]},
            {"spans": [{**always, "days": [8]}]},
            {"spans": [always] * 15},
        )
    ]
    assert wrong == ["invalid_time_zone"] * 2 + ["invalid_hours"] * 4 + ["too_many_hours"]


def test_what_is_no_boilerplate_is_refused_in_words(anna: Client) -> None:
    """Mistyped, without a name, a name twice, too long, unknown."""
    kept = {"kind": "template", "name": "Termin", "html": "x"}
    assert anna.post("/api/me/boilerplate", kept).status == 201
    answers = [
        anna.post("/api/me/boilerplate", {**kept, **wrong}).code
        for wrong in (
            {"kind": "poem"},
            {"name": " "},
            {"name": "TERMIN"},
            {"name": "y", "html": "x" * 400_001},
        )
    ]
    assert answers == ["bad_request", "name_missing", "name_in_use", "too_long"]
    assert anna.patch("/api/boilerplate/b0", {}).code == "no_such_boilerplate"
    assert anna.patch("/api/me", {"phone": "x" * 101}).code == "invalid_phone"
    assert json.loads(anna.patch("/api/me", {"position": ""}).body)["position"] == ""
