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

    assert admin.delete(f"/api/boilerplate/{id_}").json == {}
    assert admin.delete(f"/api/boilerplate/{id_}").code == "no_such_boilerplate"
    done = [deed for deed in actions(admin) if deed.startswith("signature.")]
    assert done == ["signature.created", "signature.changed", "signature.removed"]


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

    writing = anna.get(f"/api/mailboxes/{account}/writing").json
    assert writing["boilerplate"] == [made, template]
    assert writing["values"]["phone"] == "030 12"
    assert admin.get(f"/api/mailboxes/{account}/writing").status == 404
    wrong = {"email": "wer@anders.example", "signature": made["id"], "answer_signature": None}
    assert anna.put(f"/api/mailboxes/{account}/signing", wrong).code == "no_such_identity"


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
