"""Writing and sending over JMAP: uploads, Email/set create, Identity, EmailSubmission."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from tests.flow.jmap.client import CORE, MAIL, OURS, Client, Json, eventually
from tests.flow.jmap.conftest import Desk, attachment, letters, new_desk
from tests.flow.jmap.office import Office

SUBMISSION = "urn:ietf:params:jmap:submission"
USING = [CORE, MAIL, SUBMISSION, OURS]


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox that these tests write and send in."""
    letter = letters(6)[5] | {"attachments": [attachment("Plan.pdf", "application/pdf", b"%PDF-1.4")]}
    return new_desk(office, letter)


def call(client: Client, name: str, **args: Any) -> Json:
    """One method call that must succeed, with the capability of sending."""
    [[answer_name, answer, _], *_] = client.request((name, args, "0"), using=USING)["methodResponses"]
    assert answer_name == name, answer
    return dict(answer)


def draft(desk: Desk, **properties: Any) -> Json:
    """An Email to be created; everything can be said otherwise, None leaves it out."""
    drafts = desk.anna.folder(desk.account, "drafts")["id"]
    whole = {
        "mailboxIds": {drafts: True},
        "keywords": {"$draft": True, "$seen": True},
        "from": [{"name": "Büro", "email": desk.address}],
        "to": [{"name": "Kunde", "email": "kunde@extern.example"}],
        "subject": "Angebot",
        "htmlBody": [{"partId": "h", "type": "text/html"}],
        "bodyValues": {"h": {"value": "<p>Guten <b>Tag</b></p>"}},
    } | properties
    return {name: value for name, value in whole.items() if value is not None}


def create(desk: Desk, **properties: Any) -> Json:
    answer = call(desk.anna, "Email/set", accountId=desk.account, create={"k": draft(desk, **properties)})
    assert answer["created"], answer
    return dict(answer["created"]["k"])


def refused(desk: Desk, **properties: Any) -> Json:
    answer = call(desk.anna, "Email/set", accountId=desk.account, create={"k": draft(desk, **properties)})
    assert answer["created"] is None, answer
    return dict(answer["notCreated"]["k"])


def upload(client: Client, account: str, octets: bytes, content_type: str = "text/plain") -> Json:
    answer = client.send("POST", f"/jmap/upload/{account}/", octets, {"Content-Type": content_type})
    assert answer.status == 200, (answer.status, answer.body)
    return dict(answer.json)


def held(parameter: str, value: str) -> Json:
    """An envelope that asks for a later time."""
    return {"mailFrom": {"email": "wer@anders.example", "parameters": {parameter: value}}, "rcptTo": []}


def identity(desk: Desk) -> Json:
    return dict(call(desk.anna, "Identity/get", accountId=desk.account)["list"][0])


def submit(desk: Desk, **body: Any) -> Json:
    """Send a draft from the mailbox's own address."""
    create = {"s": {"identityId": identity(desk)["id"], **body}}
    answer = call(desk.anna, "EmailSubmission/set", accountId=desk.account, create=create)
    assert answer["created"], answer
    return dict(answer["created"]["s"])


def submission(desk: Desk, id_: str) -> Json:
    [found] = call(desk.anna, "EmailSubmission/get", accountId=desk.account, ids=[id_])["list"]
    return dict(found)


def test_addresses_are_not_a_mail_programs_to_set(own: Desk) -> None:
    """Nothing has changed since the last look; which there are is Microsoft's business."""
    got = call(own.anna, "Identity/get", accountId=own.account)
    [one, *_] = got["list"]
    changes = call(own.anna, "Identity/changes", accountId=own.account, sinceState=got["state"])
    assert (changes["newState"], changes["updated"]) == (got["state"], [])
    done = call(
        own.anna, "Identity/set", accountId=own.account, create={"k": {"email": "wer@anders.example"}},
        update={one["id"]: {"email": "chef@anders.example"}, "i999": {"name": "x"}}, destroy=[one["id"]],
    )  # fmt: skip
    assert done["notCreated"]["k"]["type"] == "forbiddenFrom"
    assert {key: why["type"] for key, why in done["notUpdated"].items()} == {
        one["id"]: "invalidProperties",
        "i999": "notFound",
    }
    assert done["notDestroyed"][one["id"]]["type"] == "forbidden"


def test_names_and_signatures_are_each_users_own(own: Desk) -> None:
    """Kept for an address and a user, told as a change; a name of the mailbox's own goes before all."""
    anna, account = own.anna, own.account
    tom = own.office.person("theo")
    own.office.assign(account, "theo")
    before = call(anna, "Identity/get", accountId=account)
    one = before["list"][0]["id"]
    said = {
        "name": "Chefbüro",
        "replyTo": [{"name": None, "email": "antwort@buero.example"}],
        "bcc": [{"name": "Ablage", "email": "ablage@buero.example"}],
        "textSignature": "Viele Grüße\nAnna",
        "htmlSignature": "<p>Viele Grüße</p>",
    }
    done = call(anna, "Identity/set", accountId=account, update={one: said})
    after = call(anna, "Identity/get", accountId=account)
    [mine] = [i for i in after["list"] if i["id"] == one]
    [theirs] = [i for i in call(tom, "Identity/get", accountId=account)["list"] if i["id"] == one]
    wrong = call(anna, "Identity/set", accountId=account, update={one: {"textSignature": 7, "replyTo": "x"}})
    own.office.admin.ok("PATCH", f"/api/accounts/{account}", {"name": "Büro Lindner"})
    named = call(anna, "Identity/set", accountId=account, update={one: {"name": "Ich"}})
    [shown] = [i for i in call(anna, "Identity/get", accountId=account)["list"] if i["id"] == one]
    own.office.admin.ok("PATCH", f"/api/accounts/{account}", {"name": ""})
    call(anna, "Identity/set", accountId=account, update={one: {"name": "", "replyTo": None, "bcc": None}})

    assert done["updated"] == {one: None}
    assert {name: mine[name] for name in said} == said
    assert done["newState"] == after["state"] != before["state"]
    assert theirs["name"] != "Chefbüro" and theirs["textSignature"] == ""
    assert wrong["notUpdated"][one]["type"] == "invalidProperties"
    assert (named["notUpdated"][one]["properties"], shown["name"]) == (["name"], "Büro Lindner")


def test_letters_are_signed_by_the_e_mail_name(own: Desk) -> None:
    """Of the user, where they have chosen one; the mailbox's goes before it, and colleagues' names are no
    choice."""
    anna, account = own.anna, own.account

    def told() -> tuple[str, str]:
        got = call(anna, "Identity/get", accountId=account)
        return str(got["list"][0]["name"]), str(got["state"])

    plain, before = told()
    assert anna.send("PATCH", "/api/me", {"sender_name": "  Büro Lindner, A. Berger "}).status == 200
    named, after = told()
    own.office.admin.ok("PATCH", f"/api/accounts/{account}", {"name": "Büro Lindner"})
    shared, _ = told()
    own.office.admin.ok("PATCH", f"/api/accounts/{account}", {"name": ""})
    other = own.office.admin.ok("GET", "/api/start")["user"]["name"]
    refused = anna.send("PATCH", "/api/me", {"sender_name": other})
    assert anna.send("PATCH", "/api/me", {"sender_name": " "}).status == 200

    assert (named, shared, told()[0]) == ("Büro Lindner, A. Berger", "Büro Lindner", plain)
    assert after != before
    assert (refused.status, refused.json["error"]["params"]["field"]) == (422, "sender_name")


def test_who_may_not_send_has_nothing_of_their_own(own: Desk) -> None:
    """Below the level that sends, Identity/set is refused."""
    tom = own.office.person("tina")
    own.office.assign(own.account, "tina", "write")
    found = call(tom, "Identity/get", accountId=own.account)["list"]
    done = call(tom, "Identity/set", accountId=own.account, update={found[0]["id"]: {"name": "Tom"}})

    assert done["notUpdated"][found[0]["id"]]["type"] == "forbidden"


def test_a_draft_is_there_at_once_with_all_it_says(own: Desk) -> None:
    """Text, addresses, thread headers and files, under the id it was given; Microsoft has it soon."""
    file = upload(own.anna, own.account, b"eins zwei drei")
    assert (file["type"], file["size"]) == ("text/plain", 14)
    made = create(
        own,
        subject="Mit Anhang",
        cc=[{"name": None, "email": "chef@extern.example"}],
        inReplyTo=["frage@kunde.example"],
        references=["erste@kunde.example", "frage@kunde.example"],
        attachments=[{"blobId": file["blobId"], "type": "text/plain", "name": "Liste.txt"}],
    )
    properties = ("subject", "to", "cc", "inReplyTo", "references", "keywords", "preview", "attachments")
    [email] = own.anna.emails(own.account, [made["id"]], *properties)
    assert email["keywords"] == {"$draft": True, "$seen": True}
    assert (email["subject"], email["preview"]) == ("Mit Anhang", "Guten Tag")
    assert email["cc"] == [{"name": None, "email": "chef@extern.example"}]
    assert email["references"] == ["erste@kunde.example", "frage@kunde.example"]
    [listed] = email["attachments"]
    assert (listed["name"], listed["size"]) == ("Liste.txt", 14)
    assert own.anna.download(own.account, listed["blobId"], "Liste.txt").body == b"eins zwei drei"
    own.settled()
    assert [m["folder"] for m in own.office.truth(own.address).values() if m["subject"] == "Mit Anhang"] == [
        ("Entwürfe",)
    ]
    after = own.anna.emails(own.account, [made["id"]], *properties)
    assert after == [email]


def octets_of_a_draft(desk: Desk) -> bytes:
    message = EmailMessage()
    message["From"] = f"Büro <{desk.address}>"
    message["To"] = "Kunde <kunde@extern.example>"
    message["Subject"] = "Aus einem Programm"
    message["In-Reply-To"] = "<frage@kunde.example>"
    message["X-Vorgang"] = "4711"
    message["Message-ID"] = "<imp@anders.example>"
    message.set_content("Guten Tag\n")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="Plan.pdf")
    return message.as_bytes()


def test_a_draft_is_imported_and_sent(own: Desk) -> None:
    """As programs do that write their drafts as octets: what these say is what is sent."""
    own.office.simulator.control.clear_outside()
    blob = upload(own.anna, own.account, octets_of_a_draft(own), "message/rfc822")
    drafts = own.anna.folder(own.account, "drafts")["id"]
    email = {
        "blobId": blob["blobId"],
        "mailboxIds": {drafts: True},
        "keywords": {"$draft": True, "$seen": True},
    }

    done = call(own.anna, "Email/import", accountId=own.account, emails={"k": email})

    made = done["created"]["k"]
    assert done["oldState"] != done["newState"]
    properties = ("subject", "to", "inReplyTo", "messageId", "keywords", "preview", "attachments")
    [email] = own.anna.emails(own.account, [made["id"]], *properties)
    assert (email["subject"], email["preview"]) == ("Aus einem Programm", "Guten Tag")
    assert (email["inReplyTo"], email["messageId"]) == (["frage@kunde.example"], ["imp@anders.example"])
    assert email["keywords"] == {"$draft": True, "$seen": True}
    [listed] = email["attachments"]
    assert own.anna.download(own.account, listed["blobId"], "Plan.pdf").body == b"%PDF-1.4"
    envelope = {
        "mailFrom": {"email": own.address, "parameters": {"HOLDFOR": "0"}},
        "rcptTo": [{"email": "kunde@extern.example"}],
    }
    submit(own, emailId=made["id"], envelope=envelope)
    [letter] = eventually(own.office.simulator.control.outside)
    assert (letter["subject"], letter["envelope"]["recipients"]) == (
        email["subject"],
        ["kunde@extern.example"],
    )
    own.settled()


@pytest.mark.parametrize(
    ("octets", "more", "refusal"),
    [
        (b"nothing at all", {}, "invalidEmail"),
        (b"Content-Type: multipart/signed; boundary=x\n\n--x\n\na\n--x--\n", {}, "invalidEmail"),
        (b"A: b\n\n", {"keywords": {"$draft": True, "$wichtig": True}}, "invalidProperties"),
    ],
)
def test_what_is_no_draft_is_not_imported(own: Desk, octets: bytes, more: Json, refusal: str) -> None:
    """Nothing comes out otherwise than it was brought, without a word."""
    blob = upload(own.anna, own.account, octets, "message/rfc822")["blobId"]
    drafts = own.anna.folder(own.account, "drafts")["id"]
    email = {"blobId": blob, "mailboxIds": {drafts: True}, "keywords": {"$draft": True}} | more
    done = call(own.anna, "Email/import", accountId=own.account, emails={"k": email})
    assert (done["created"], done["notCreated"]["k"]["type"]) == (None, refusal)


def test_a_body_may_be_given_as_a_tree(own: Desk) -> None:
    """bodyStructure with an inline picture; plain text alone stays plain."""
    picture = upload(own.anna, own.account, b"PNG", "image/png")
    made = create(
        own,
        htmlBody=None,
        bodyStructure={
            "type": "multipart/related",
            "subParts": [
                {"type": "text/html", "partId": "h"},
                {"type": "image/png", "blobId": picture["blobId"], "cid": "logo", "disposition": "inline"},
            ],
        },
        bodyValues={"h": {"value": "<img src='cid:logo'>"}},
    )
    [email] = own.anna.emails(own.account, [made["id"]], "attachments", "hasAttachment")
    assert [(p["cid"], p["disposition"]) for p in email["attachments"]] == [("logo", "inline")]
    assert not email["hasAttachment"]
    plain = create(own, htmlBody=None, textBody=[{"partId": "h"}], bodyValues={"h": {"value": "Hallo"}})
    [email] = own.anna.emails(own.account, [plain["id"]], "textBody")
    assert email["textBody"][0]["type"] == "text/plain"
    own.settled()


def test_a_file_of_another_message_can_go_along(own: Desk) -> None:
    """Forwarding names the blob of the original's attachment; nothing is uploaded."""
    [original] = own.anna.emails(own.account, own.anna.query_all(own.account, filter={
        "inMailbox": own.anna.folder(own.account, "inbox")["id"]}), "attachments")  # fmt: skip
    blob = original["attachments"][0]["blobId"]
    made = create(own, attachments=[{"blobId": blob, "type": "application/pdf", "name": "Plan.pdf"}])
    [email] = own.anna.emails(own.account, [made["id"]], "attachments")
    assert own.anna.download(own.account, email["attachments"][0]["blobId"]).body == b"%PDF-1.4"
    own.settled()


def test_a_draft_takes_the_place_of_another_in_one_call(own: Desk) -> None:
    """Created and destroyed together; the state told is the one right after."""
    old = create(own, subject="Fassung 1", messageId=["fassung@buero.example"])
    answer = call(
        own.anna, "Email/set", accountId=own.account, create={"k": draft(own, subject="Fassung 2")},
        destroy=[old["id"]],
    )  # fmt: skip
    assert answer["destroyed"] == [old["id"]]
    changes = own.anna.call("Email/changes", accountId=own.account, sinceState=answer["oldState"])
    assert answer["created"]["k"]["id"] in changes["created"] and changes["destroyed"] == [old["id"]]
    own.settled()
    subjects = [m["subject"] for m in own.office.truth(own.address).values()]
    assert "Fassung 2" in subjects and "Fassung 1" not in subjects


@pytest.mark.parametrize(
    ("properties", "wrong"),
    [
        ({"mailboxIds": {}}, ["mailboxIds"]),
        ({"mailboxIds": {"f9999": True}}, ["mailboxIds"]),
        ({"keywords": {"$draft": True, "$mine": True}}, ["keywords"]),
        ({"to": "kunde@extern.example"}, ["to"]),
        ({"to": [{"email": 7}]}, ["to"]),
        ({"to": [{"email": "a@b.example"}] * 501}, ["to"]),
        ({"from": [{"email": "a@b.example"}, {"email": "c@b.example"}]}, ["from"]),
        ({"subject": 7}, ["subject"]),
        ({"sentAt": "gestern"}, ["sentAt"]),
        ({"sentAt": "0001-01-01T00:00:00+14:00"}, ["sentAt"]),
        ({"sentAt": "9999-12-31T23:59:59-14:00"}, ["sentAt"]),
        ({"messageId": ["a b"]}, ["messageId"]),
        ({"messageId": ["a", "b"]}, ["messageId"]),
        ({"header:Comments": "x"}, ["header:Comments"]),
        ({"receivedAt": "2026-01-01T00:00:00Z"}, ["receivedAt"]),
        ({"bodyValues": {}}, ["htmlBody"]),
        ({"bodyValues": {"h": {"value": "x", "isTruncated": True}}}, ["bodyValues/h/isTruncated"]),
        ({"htmlBody": [{"partId": "h", "type": "text/plain"}]}, ["htmlBody"]),
        ({"bodyStructure": {"partId": "h", "type": "text/html"}}, ["htmlBody"]),
        ({"attachments": [{"blobId": "bm1-0", "header": "x"}]}, ["attachments"]),
        ({"attachments": [{"type": "text/plain"}]}, ["attachments/blobId"]),
        ({"htmlBody": None, "bodyStructure": {"partId": "h", "subParts": []}}, ["bodyStructure/subParts"]),
        ({"htmlBody": None, "bodyStructure": {"partId": "h", "type": "multipart/mixed"}}, ["bodyStructure"]),
        ({"poststelle:importance": "urgent"}, ["poststelle:importance"]),
        ({"poststelle:answers": "m99999"}, ["poststelle:answers"]),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_draft_cannot_be_is_refused_by_name(own: Desk, properties: Json, wrong: list[str]) -> None:
    """Nothing is created, and the property is named."""
    before = own.anna.folder(own.account, "drafts")["totalEmails"]
    error = refused(own, **properties)
    assert (error["type"], error["properties"]) == ("invalidProperties", wrong)
    assert own.anna.folder(own.account, "drafts")["totalEmails"] == before


def test_octets_of_others_and_of_nobody_are_not_found(own: Desk) -> None:
    """An upload is its bringer's: a colleague in the same mailbox can neither use nor read it."""
    blob = upload(own.anna, own.account, b"geheim")["blobId"]
    berta = own.office.person("berta")
    own.office.assign(own.account, "berta", "send")
    assert own.anna.download(own.account, blob).body == b"geheim"
    assert berta.download(own.account, blob).status == 404
    answer = call(
        berta, "Email/set", accountId=own.account,
        create={"k": draft(own, attachments=[{"blobId": blob, "type": "text/plain"}])},
    )  # fmt: skip
    assert answer["notCreated"]["k"] == {
        "type": "blobNotFound",
        "description": "some parts are not there (any more)",
        "notFound": [blob],
    }
    assert refused(own, attachments=[{"blobId": "bm99999-0"}])["type"] == "blobNotFound"
    assert refused(own, attachments=[{"blobId": "nonsense"}])["type"] == "blobNotFound"


def test_uploading_needs_the_right_to_write(own: Desk) -> None:
    """Readers and strangers bring nothing; what is too large is refused before it is read."""
    rita = own.office.person("rita")
    own.office.assign(own.account, "rita", "read")
    stranger = own.office.person("stranger")
    path = f"/jmap/upload/{own.account}/"
    assert rita.send("POST", path, b"x").status == 403
    assert stranger.send("POST", path, b"x").status == 404
    assert own.anna.send("POST", "/jmap/upload/a9999/", b"x").status == 404
    assert own.anna.send("POST", path, b"x", {"Content-Length": str(200 * 1024 * 1024)}).status == 413
    answer = rita.run("Email/set", accountId=own.account, create={"k": draft(own)})
    assert answer[1]["type"] == "accountReadOnly"


def test_identities_are_the_addresses_of_the_mailbox(own: Desk) -> None:
    """Its own first, then aliases; the mailbox's e-mail name goes before the user's."""
    first = identity(own)
    assert (first["email"], first["name"], first["mayDelete"]) == (own.address, "Anna", False)
    own.office.admin.ok("PATCH", f"/api/accounts/{own.account}", {"name": "Hausverwaltung Nord"})
    assert identity(own)["name"] == "Hausverwaltung Nord"
    own.office.admin.ok("PATCH", f"/api/accounts/{own.account}", {"name": ""})


def test_a_message_is_written_and_sent_in_one_request(own: Desk) -> None:
    """Created, submitted by its creation id, held, sent: the page sees it move from drafts to sent."""
    own.office.simulator.control.clear_outside()
    me, folders = identity(own), {f["role"]: f["id"] for f in own.anna.folders(own.account)}
    with own.anna.events("EmailSubmission") as events:
        answer = own.anna.request(
            ("Email/set", {"accountId": own.account, "create": {"m": draft(own, subject="Los")}}, "0"),
            (
                "EmailSubmission/set",
                {
                    "accountId": own.account,
                    "create": {"s": {"emailId": "#m", "identityId": me["id"], "envelope": {
                        "mailFrom": {"email": own.address, "parameters": {"HOLDFOR": "1"}},
                        "rcptTo": [{"email": "kunde@extern.example"}]}}},
                    "onSuccessUpdateEmail": {"#s": {
                        "keywords/$draft": None, f"mailboxIds/{folders['drafts']}": None,
                        f"mailboxIds/{folders['sent']}": True}},
                },
                "1",
            ),
            using=USING,
        )  # fmt: skip
        (_, made, _), (_, sent, _), (implicit, updated, call_id) = answer["methodResponses"]
        assert (implicit, call_id) == ("Email/set", "1")
        email, created = made["created"]["m"]["id"], sent["created"]["s"]
        assert (created["undoStatus"], updated["updated"]) == ("pending", {email: None})
        events.until(own.account, "EmailSubmission")

    def is_sent() -> bool:
        return bool(submission(own, created["id"])["poststelle:state"] == "final")

    eventually(is_sent)
    told = submission(own, created["id"])
    assert (told["undoStatus"], told["emailId"]) == ("final", email)
    assert told["deliveryStatus"]["kunde@extern.example"]["delivered"] == "unknown"
    [email_now] = own.anna.emails(own.account, [email], "mailboxIds", "keywords", "from")
    assert email_now["mailboxIds"] == {folders["sent"]: True}
    assert email_now["keywords"] == {"$seen": True}
    [letter] = own.office.simulator.control.outside()
    assert (letter["subject"], letter["envelope"]["recipients"]) == ("Los", ["kunde@extern.example"])
    own.settled()


def test_sending_can_be_undone_from_another_browser(own: Desk) -> None:
    """The hold is the server's: whoever may send cancels it; afterwards the draft can be changed again."""
    email = create(own, subject="Doch nicht")["id"]
    made = submit(own, emailId=email, undoStatus="pending", deliveryStatus=None)
    answer = own.anna.call("Email/set", accountId=own.account, destroy=[email])
    refused = answer["notDestroyed"][email]
    assert (refused["type"], refused["poststelle:reason"]) == ("forbidden", "waits_to_be_sent")
    other = own.office.log_in("anna")
    whole = submission(own, made["id"])
    same = call(own.anna, "EmailSubmission/set", accountId=own.account, update={made["id"]: whole})
    assert (same["updated"], same["newState"]) == ({made["id"]: None}, same["oldState"])
    wrong = {made["id"]: whole | {"emailId": "m1", "dsnBlobIds": None}}
    error = call(own.anna, "EmailSubmission/set", accountId=own.account, update=wrong)["notUpdated"][
        made["id"]
    ]
    assert (error["type"], error["properties"]) == ("invalidProperties", ["dsnBlobIds", "emailId"])
    cancel = {made["id"]: whole | {"undoStatus": "canceled"}}
    answer = call(other, "EmailSubmission/set", accountId=own.account, update=cancel)
    assert answer["updated"] == {made["id"]: None}
    assert submission(own, made["id"])["undoStatus"] == "canceled"
    found = call(own.anna, "EmailSubmission/query", accountId=own.account,
                 filter={"emailIds": [email], "undoStatus": "canceled"}, calculateTotal=True)  # fmt: skip
    assert (found["ids"], found["total"]) == ([made["id"]], 1)
    changes = call(own.anna, "EmailSubmission/changes", accountId=own.account, sinceState=answer["oldState"])
    assert made["id"] in changes["updated"]
    call(own.anna, "EmailSubmission/set", accountId=own.account, destroy=[made["id"]])
    assert call(own.anna, "EmailSubmission/get", accountId=own.account, ids=[made["id"]])["notFound"]
    assert own.anna.call("Email/set", accountId=own.account, destroy=[email])["destroyed"] == [email]
    own.settled()


def test_messages_can_be_destroyed_with_their_submissions(own: Desk) -> None:
    """At once with one that is canceled, as soon as it is sent with one that is created."""
    me, drafts = identity(own)["id"], own.anna.folder(own.account, "drafts")["id"]
    going, staying = create(own, subject="Geht")["id"], create(own, subject="Bleibt")["id"]
    both = {key: {"emailId": email, "identityId": me} for key, email in (("a", going), ("b", staying))}
    first = {"create": both,
             "onSuccessDestroyEmail": ["#a", "#b", "#nobody"],
             "onSuccessUpdateEmail": {"#b": {"keywords/$draft": None}}}  # fmt: skip
    canceled = {"undoStatus": "canceled"}
    second = {"update": {"#a": canceled, "#b": canceled},
              "#onSuccessDestroyEmail": {"resultOf": "0", "name": "Core/echo", "path": "/list"},
              "onSuccessUpdateEmail": {"#b": {"keywords/$flagged": True}}}  # fmt: skip
    answer = own.anna.request(
        ("Core/echo", {"list": ["#a"]}, "0"),
        ("EmailSubmission/set", {"accountId": own.account, **first}, "1"),
        ("EmailSubmission/set", {"accountId": own.account, **second}, "2"),
        using=USING,
    )
    _, (_, made, _), (_, told, _), (_, ended, _), (_, done, _) = answer["methodResponses"]
    [left] = own.anna.emails(own.account, [going, staying], "keywords", "mailboxIds")

    assert (told["destroyed"], told["updated"]) == ([going, staying], None)
    assert told["notUpdated"][staying]["type"] == "willDestroy"
    assert ended["updated"] == dict.fromkeys(one["id"] for one in made["created"].values())
    assert (done["destroyed"], done["updated"]) == ([going], {staying: None})
    assert left == {"id": staying, "keywords": {"$draft": True, "$seen": True, "$flagged": True},
                    "mailboxIds": {drafts: True}}  # fmt: skip
    own.settled()


def test_a_message_can_be_sent_later(own: Desk) -> None:
    """holduntil of FUTURERELEASE: sendAt says when; it survives and can be canceled."""
    email, at = create(own, subject="Später")["id"], datetime.now(UTC) + timedelta(days=3)
    text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    envelope = {
        "mailFrom": {"email": own.address, "parameters": {"holduntil": text}},
        "rcptTo": [{"email": "kunde@extern.example", "parameters": None}],
    }
    made = submit(own, emailId=email, envelope=envelope)
    assert made["sendAt"] == text
    assert submission(own, made["id"])["envelope"] == envelope
    call(own.anna, "EmailSubmission/set", accountId=own.account,
         update={made["id"]: {"undoStatus": "canceled"}})  # fmt: skip
    own.settled()


@pytest.mark.parametrize(
    ("email", "wanted", "type_"),
    [
        ({"to": None}, {}, "noRecipients"),
        ({"to": [{"email": "kein at"}]}, {}, "invalidRecipients"),
        ({"from": [{"email": "wer@anders.example"}]}, {}, "forbiddenFrom"),
        ({}, {"identityId": "i99999"}, "invalidProperties"),
        ({}, {"emailId": "m99999"}, "invalidProperties"),
        ({}, {"undoStatus": "final"}, "invalidProperties"),
        ({}, {"sendAt": "gestern"}, "invalidProperties"),
        ({}, {"sendAt": "0001-01-01T00:00:00+14:00"}, "invalidProperties"),
        ({}, {"sendAt": "9999-12-31T23:59:59-14:00"}, "invalidProperties"),
        ({}, {"envelope": held("holduntil", "0001-01-01T00:00:00+14:00")}, "invalidProperties"),
        ({}, {"envelope": held("holdfor", "60"), "sendAt": "2027-01-01T00:00:00Z"}, "invalidProperties"),
        ({}, {"envelope": held("size", "60"), "sendAt": "2027-01-01T00:00:00Z"}, "invalidProperties"),
        ({}, {"envelope": {"mailFrom": {"email": "wer@anders.example"}, "rcptTo": []}}, "forbiddenMailFrom"),
        ({}, {"poststelle:marks": {"m1": "$flagged"}}, "invalidProperties"),
        ({}, {"poststelle:marks": {"m1": ["$answered"]}}, "invalidProperties"),
    ],
    ids=str,
)
def test_what_cannot_be_sent_is_refused_by_name(own: Desk, email: Json, wanted: Json, type_: str) -> None:
    """With the RFC's own types; nothing is queued."""
    id_ = create(own, **email)["id"]
    body = {"emailId": id_, "identityId": identity(own)["id"], **wanted}
    answer = call(own.anna, "EmailSubmission/set", accountId=own.account, create={"s": body})
    assert answer["notCreated"]["s"]["type"] == type_
    assert answer["newState"] == answer["oldState"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"envelope": held("HOLDFOR", "99999999")},
        {"envelope": held("holduntil", "2099-01-01T00:00:00Z")},
        {"sendAt": "2099-01-01T00:00:00Z"},
    ],
)
def test_held_for_too_long_is_wrong_where_it_is_said(own: Desk, wanted: Json) -> None:
    """It is nothing that can't be unsent: it has not been submitted."""
    body = {"emailId": "m1", "identityId": "i1", **wanted}
    answer = call(own.anna, "EmailSubmission/set", accountId=own.account, create={"s": body})
    refused = answer["notCreated"]["s"]
    assert (refused["type"], refused["properties"]) == ("invalidProperties", list(wanted))


def test_below_the_level_send_nothing_is_sent(own: Desk) -> None:
    """Somebody who may write and not send sees the queue and adds nothing to it."""
    willi = own.office.person("willi")
    own.office.assign(own.account, "willi", "write")
    body = {"emailId": create(own)["id"], "identityId": identity(own)["id"]}
    args = {"accountId": own.account, "create": {"s": body}}
    [[name, error, _]] = willi.request(("EmailSubmission/set", args, "0"), using=USING)["methodResponses"]
    assert (name, error["type"]) == ("error", "forbidden")
    later = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    waits = submit(own, emailId=create(own)["id"], sendAt=later)["id"]
    assert waits in [
        one["id"] for one in call(willi, "EmailSubmission/get", accountId=own.account, ids=None)["list"]
    ]
    session = willi.ok("GET", "/jmap/session")["accounts"][own.account]["accountCapabilities"]
    assert SUBMISSION not in session
    stranger = own.office.person("stranger")
    for method in ("EmailSubmission/get", "EmailSubmission/set", "Identity/get"):
        [[_, error, _]] = stranger.request((method, {"accountId": own.account}, "0"), using=USING)[
            "methodResponses"
        ]
        assert error["type"] == "accountNotFound"


def test_what_microsoft_has_not_taken_can_be_undone_by_anybody_who_may_send(own: Desk) -> None:
    """Microsoft is away when its time has come: it waits again, the queue tells why, and it can be undone."""
    control = own.office.simulator.control
    email = create(own, subject="Nicht mehr nötig")["id"]
    own.settled()
    control.fail_next("*", "*/messages*", status=503, code="ServiceUnavailable", times=1000)
    made = submit(own, emailId=email, sendAt="2026-01-01T00:00:00Z")

    def waits() -> Json | None:
        told = submission(own, made["id"])
        return told if told["poststelle:waitsFor"] and told["undoStatus"] == "pending" else None

    told = eventually(waits)
    [line] = own.anna.ok("GET", f"/api/mailboxes/{own.account}/queue")["waiting"]
    cancel = {made["id"]: {"undoStatus": "canceled"}}
    answer = call(own.anna, "EmailSubmission/set", accountId=own.account, update=cancel)
    control.clear_faults()

    assert (told["poststelle:waitsFor"], told["poststelle:problemDetail"]) == (
        "service",
        "ServiceUnavailable",
    )
    assert told["poststelle:retryAt"] > told["sendAt"]
    assert (line["kind"], line["message"], line["submission"]) == ("send", email, made["id"])
    assert (line["waits_for"], line["problem"]) == ("service", "ServiceUnavailable")
    assert answer["updated"] == {made["id"]: None}
    after = submission(own, made["id"])
    assert (after["undoStatus"], after["poststelle:waitsFor"], after["poststelle:retryAt"]) == (
        "canceled",
        None,
        None,
    )
    assert own.anna.ok("GET", f"/api/mailboxes/{own.account}/queue") == {"waiting": [], "total": 0}
    assert own.anna.call("Email/set", accountId=own.account, destroy=[email])["destroyed"] == [email]
    own.settled()


def test_what_microsoft_refuses_is_a_notice(own: Desk) -> None:
    """The draft stays, the submission says why, and people are told."""
    own.office.simulator.control.fail_next("POST", "*/send", status=403, code="ErrorSendAsDenied")
    email = create(own, subject="Verboten")["id"]
    made = submit(own, emailId=email, sendAt="2026-01-01T00:00:00Z")

    def notices() -> list[Json]:
        found: list[Json] = own.anna.ok("GET", f"/api/mailboxes/{own.account}/notices")["notices"]
        return found

    [notice] = eventually(notices)
    assert (notice["kind"], notice["message"], notice["detail"]) == ("send", email, "ErrorSendAsDenied")
    told = submission(own, made["id"])
    assert (told["poststelle:state"], told["poststelle:problemDetail"]) == ("failed", "ErrorSendAsDenied")
    assert told["undoStatus"] == "canceled"
    own.anna.ok("DELETE", f"/api/mailboxes/{own.account}/notices/{notice['id']}")
    own.settled()
