"""Internal mailboxes over HTTP: what is brought in is there, whole, and all that JMAP says of it is kept."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from typing import Any

import pytest
from tests.flow.jmap.client import CORE, MAIL, Client, Json, eventually
from tests.flow.jmap.conftest import BEGAN, PNG, Desk, new_desk
from tests.flow.jmap.office import Office, new_name

from poststelle.lib.ids import encode_id

SUBMISSION = "urn:ietf:params:jmap:submission"
VACATION = "urn:ietf:params:jmap:vacationresponse"


@dataclass(frozen=True)
class Shelf:
    """An internal mailbox of Anna's; its folders by role."""

    office: Office
    account: str
    anna: Client
    roles: dict[str, str]

    def upload(self, octets: bytes, content_type: str = "message/rfc822") -> str:
        answer = self.anna.post(f"/jmap/upload/{self.account}/", octets, **{"Content-Type": content_type})
        assert answer.status < 300, answer.body
        return str(answer.json["blobId"])

    def bring(self, *messages: bytes, folders: tuple[str, ...] = ("inbox",), **more: Any) -> list[str]:
        """Import these; their ids."""
        placed = {self.roles.get(name, name): True for name in folders}
        emails = {
            f"k{n}": {"blobId": self.upload(octets), "mailboxIds": placed, **more}
            for n, octets in enumerate(messages)
        }
        done = self.anna.call("Email/import", accountId=self.account, emails=emails)
        assert done["notCreated"] is None, done
        return [done["created"][f"k{n}"]["id"] for n in range(len(messages))]

    def email(self, id_: str, *properties: str, **options: Any) -> Json:
        args = {"accountId": self.account, "ids": [id_], "properties": list(properties), **options}
        [found] = self.anna.call("Email/get", **args)["list"]
        return dict(found)

    def set(self, **args: Any) -> Json:
        return self.anna.call("Email/set", accountId=self.account, **args)

    def search(self, text: str) -> list[str]:
        return self.anna.query_all(self.account, filter={"text": text})


def add_internal(office: Office, *logins: str, level: str = "send", language: str = "en") -> str:
    users = [{"id": office.user_id(login), "level": level} for login in logins]
    address = f"{new_name('archiv')}@buero.example"
    body = {"type": "internal", "address": address, "users": users, "language": language, "confirm": True}
    return str(office.admin.ok("POST", "/api/accounts", body)["id"])


@pytest.fixture
def shelf(office: Office) -> Shelf:
    return new_shelf(office)


def new_shelf(office: Office) -> Shelf:
    anna = office.person("anna")
    account = add_internal(office, "anna")
    roles = {f["role"]: f["id"] for f in anna.folders(account) if f["role"]}
    return Shelf(office, account, anna, roles)


def letter(subject: str = "Angebot für die Küche", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Jörg Müller <joerg@kunden.example>"
    message["To"] = "Archiv <archiv@buero.example>, b@buero.example"
    message["Date"] = format_datetime(BEGAN)
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Der Heizkörper tropft.\n")
    return message


def rich() -> bytes:
    """Both texts, a picture in the text and a file."""
    message = letter(Message_ID="<rich@kunden.example>")
    message.add_alternative('<p>Der <b>Heizkörper</b> tropft. <img src="cid:bild"></p>', subtype="html")
    message.add_attachment(PNG, maintype="image", subtype="png", cid="<bild>", disposition="inline")
    message.add_attachment(b"Grundriss 1", maintype="application", subtype="pdf", filename="Grundriß.pdf")
    return message.as_bytes()


def test_an_internal_mailbox_is_ready_at_once(shelf: Shelf) -> None:
    """All folders with a role, nothing to wait for, and nobody is told that mail can be sent from it."""
    assert shelf.roles.keys() == {"inbox", "drafts", "sent", "archive", "junk", "trash"}
    session = shelf.anna.ok("GET", "/jmap/session")["accounts"][shelf.account]
    offered = session["accountCapabilities"]
    assert not offered.keys() & {SUBMISSION, VACATION}
    assert offered["urn:ietf:params:jmap:mail"]["maxMailboxesPerEmail"] == 100
    state = shelf.anna.sync_state(shelf.account)
    assert (state["state"], state["phase"], state["pending"]) == ("connected", "steady", 0)
    assert not any(f["myRights"]["maySubmit"] for f in shelf.anna.folders(shelf.account))


def test_an_internal_mailbox_is_compared_with_nothing(shelf: Shelf) -> None:
    """A check that somebody asks for is refused instead of waiting for a sign-in that never comes."""
    answer = shelf.office.admin.post(f"/api/mailboxes/{shelf.account}/checks", {})
    assert (answer.status, answer.json["error"]["code"]) == (409, "not_connected"), answer.body


def test_a_message_is_brought_in_whole(shelf: Shelf) -> None:
    """Header, text, attachments, octets: all as in what was brought, also after it was found by a search."""
    raw = rich()
    [id_] = shelf.bring(raw, receivedAt="2020-01-02T03:04:05Z", keywords={"$seen": True, "Wichtig": True})
    found = shelf.email(id_, "subject", "from", "to", "sentAt", "receivedAt", "messageId", "keywords", "size",
                        "hasAttachment", "attachments", "preview", "blobId", "inReplyTo")  # fmt: skip
    assert found["subject"] == "Angebot für die Küche"
    assert found["from"] == [{"name": "Jörg Müller", "email": "joerg@kunden.example"}]
    assert [a["email"] for a in found["to"]] == ["archiv@buero.example", "b@buero.example"]
    assert (found["sentAt"], found["receivedAt"]) == ("2026-03-02T08:00:00Z", "2020-01-02T03:04:05Z")
    assert found["messageId"] == ["rich@kunden.example"]
    assert found["inReplyTo"] is None
    assert found["keywords"] == {"$seen": True, "wichtig": True}
    assert (found["size"], found["hasAttachment"]) == (len(raw), True)
    assert found["preview"] == "Der Heizkörper tropft."
    assert shelf.anna.download(shelf.account, found["blobId"]).body == raw
    files = {a["name"]: a for a in found["attachments"]}
    assert files[None]["cid"] == "bild"
    assert shelf.anna.download(shelf.account, files["Grundriß.pdf"]["blobId"]).body == b"Grundriss 1"
    assert files["Grundriß.pdf"]["size"] == len(b"Grundriss 1")
    assert shelf.search("heizkoerper") == shelf.search("grundriss") == [id_]


def test_a_message_is_told_as_its_octets_are(shelf: Shelf) -> None:
    """The tree of parts, every text, header fields; and a message within one becomes one of its own."""
    inner = letter("Darin").as_bytes()
    outer = letter("Aussen", X_Ours="eins")
    outer.add_alternative("<p>Hallo</p>", subtype="html")
    outer.add_attachment(letter("Darin"))
    [id_] = shelf.bring(outer.as_bytes())
    wanted = ("bodyStructure", "textBody", "htmlBody", "bodyValues", "header:X-Ours:asText")
    args = {"accountId": shelf.account, "ids": [id_], "properties": wanted, "fetchAllBodyValues": True}
    call = ("Email/get", args, "0")  # as a client that knows nothing of our own
    [[_, answer, _]] = shelf.anna.request(call, using=[CORE, MAIL])["methodResponses"]
    [found] = answer["list"]
    mixed = found["bodyStructure"]
    assert (mixed["type"], mixed["subParts"][0]["type"]) == ("multipart/mixed", "multipart/alternative")
    assert [found[name][0]["type"] for name in ("textBody", "htmlBody")] == ["text/plain", "text/html"]
    assert found["bodyValues"][found["htmlBody"][0]["partId"]]["value"] == "<p>Hallo</p>\n"
    assert found["header:X-Ours:asText"] == "eins"
    blob = mixed["subParts"][1]["blobId"]
    emails = {"e": {"blobId": blob, "mailboxIds": {shelf.roles["inbox"]: True}}}
    done = shelf.anna.call("Email/import", accountId=shelf.account, emails=emails)
    assert done["notCreated"] is None, done
    within = shelf.email(done["created"]["e"]["id"], "subject", "size")
    assert (within["subject"], within["size"]) == ("Darin", len(inner))


def test_every_text_of_a_message_is_shown_and_found(shelf: Shelf) -> None:
    """What a mailing list writes below a letter, and what stands after a file between two paragraphs."""
    listed = letter("Mit Fuss")
    listed.add_alternative("<p>Hallo</p>", subtype="html")
    listed.make_mixed()
    listed.attach(MIMEText("Fusszeile <1> & mehr"))
    split = MIMEMultipart(_subparts=[MIMEText("Einsatz"), MIMEText("<p>Zweiteil</p>", "html")])
    split["Subject"], split["From"] = "Geteilt", "j@kunden.example"
    first, second = shelf.bring(listed.as_bytes(), split.as_bytes())

    def text(id_: str) -> str:
        found = shelf.email(id_, "htmlBody", "bodyValues", fetchHTMLBodyValues=True)
        return "".join(found["bodyValues"][part["partId"]]["value"] for part in found["htmlBody"])

    assert "<p>Hallo</p>" in text(first) and "Fusszeile &lt;1&gt; &amp; mehr" in text(first)
    assert "Einsatz" in text(second) and "<p>Zweiteil</p>" in text(second)
    assert shelf.search("fusszeile") == [first]
    assert shelf.search("einsatz") == shelf.search("zweiteil") == [second]


def test_a_message_lies_in_several_folders(shelf: Shelf) -> None:
    """It counts in each, leaves one and stays in the others, and goes for good only when it is destroyed."""
    [id_] = shelf.bring(letter().as_bytes(), folders=("inbox", "archive"))
    inbox, archive, junk = (shelf.roles[r] for r in ("inbox", "archive", "junk"))
    assert shelf.email(id_, "mailboxIds")["mailboxIds"] == {inbox: True, archive: True}
    counts = {f["role"]: (f["totalEmails"], f["unreadThreads"]) for f in shelf.anna.folders(shelf.account)}
    assert counts["inbox"] == counts["archive"] == (1, 1)
    patch = {f"mailboxIds/{inbox}": None, f"mailboxIds/{junk}": True}
    assert shelf.set(update={id_: patch})["updated"] == {id_: None}
    assert shelf.email(id_, "mailboxIds")["mailboxIds"] == {archive: True, junk: True}
    assert shelf.set(update={id_: {"mailboxIds": {}}})["notUpdated"][id_]["type"] == "invalidProperties"
    assert shelf.set(destroy=[id_])["destroyed"] == [id_]
    assert all(f["totalEmails"] == 0 for f in shelf.anna.folders(shelf.account))


def test_a_message_lies_in_as_many_mailboxes_as_the_session_says(shelf: Shelf) -> None:
    """A hundred: each is a row of every list. Neither import nor a patch brings it into more."""
    names = {f"m{n}": {"name": f"Akte {n}"} for n in range(101)}
    made = shelf.anna.call("Mailbox/set", accountId=shelf.account, create=names)["created"]
    folders = [one["id"] for one in made.values()]
    emails = {
        f"k{count}": {"blobId": shelf.upload(letter().as_bytes()), "mailboxIds": dict.fromkeys(some, True)}
        for count in (100, 101)
        if (some := folders[:count])
    }
    done = shelf.anna.call("Email/import", accountId=shelf.account, emails=emails)
    assert done["notCreated"]["k101"]["type"] == "tooManyMailboxes"
    id_ = done["created"]["k100"]["id"]
    more = shelf.set(update={id_: {f"mailboxIds/{folders[100]}": True}})
    assert more["notUpdated"][id_]["type"] == "tooManyMailboxes"
    other = {f"mailboxIds/{folders[100]}": True, f"mailboxIds/{folders[0]}": None}
    assert shelf.set(update={id_: other})["notUpdated"] is None


def test_every_keyword_is_kept_and_found(shelf: Shelf) -> None:
    """Also those no other program knows; they are set and cleared like all, and lists filtered by them."""
    ids = shelf.bring(
        letter().as_bytes(), letter("Zweiter").as_bytes(), keywords={"$Label1": True, "a_b": True}
    )
    patch = {"keywords/$label1": None, "keywords/$answered": True, "keywords/a%": None}
    assert shelf.set(update={ids[0]: patch})["notUpdated"] is None
    assert shelf.email(ids[0], "keywords")["keywords"] == {"$answered": True, "a_b": True}
    assert shelf.set(update={ids[0]: {"keywords/$answered": None}})["notUpdated"] is None

    def having(**condition: str) -> set[str]:
        return set(shelf.anna.query_all(shelf.account, filter=condition))

    assert having(hasKeyword="$LABEL1") == {ids[1]}
    assert having(notKeyword="$label1") == {ids[0]}
    assert having(hasKeyword="a_b") == set(ids)
    assert having(hasKeyword="acb") == set()
    assert having(someInThreadHaveKeyword="$label1") == {ids[1]}
    refused = shelf.set(update={ids[0]: {"keywords": {"no blanks": True}}})["notUpdated"]
    assert refused[ids[0]]["type"] == "invalidProperties"


def test_messages_that_answer_one_another_are_one_thread(shelf: Shelf) -> None:
    """By Message-ID and subject, in whatever order they come; another subject begins another thread."""
    first = letter("Besichtigung", Message_ID="<1@x.example>")
    answer = letter("AW: Besichtigung", Message_ID="<2@x.example>", In_Reply_To="<1@x.example>")
    third = letter(
        "Re: AW: besichtigung", Message_ID="<3@x.example>", References="<1@x.example> <2@x.example>"
    )
    other = letter("Etwas anderes", Message_ID="<4@x.example>", In_Reply_To="<2@x.example>")
    ids = shelf.bring(third.as_bytes(), first.as_bytes()) + shelf.bring(answer.as_bytes(), other.as_bytes())
    threads = [shelf.email(i, "threadId")["threadId"] for i in ids]
    assert len(set(threads[:3])) == 1
    assert threads[3] != threads[0]
    [thread] = shelf.anna.call("Thread/get", accountId=shelf.account, ids=[threads[0]])["list"]
    assert set(thread["emailIds"]) == set(ids[:3])
    shelf.set(destroy=ids[:3])
    [again] = shelf.bring(answer.as_bytes())
    assert shelf.email(again, "threadId")["threadId"] not in threads


def test_what_is_wrong_with_one_message_leaves_the_others_alone(shelf: Shelf) -> None:
    """Each refusal has the RFC's own type; what is right is there."""
    inbox, good = shelf.roles["inbox"], shelf.upload(letter().as_bytes())
    emails = {
        "good": {"blobId": good, "mailboxIds": {inbox: True}},
        "again": {"blobId": good, "mailboxIds": {inbox: True}},
        "noMail": {"blobId": shelf.upload(b"\x00\x01 no message"), "mailboxIds": {inbox: True}},
        "empty": {"blobId": shelf.upload(b""), "mailboxIds": {inbox: True}},
        "meeting": {"blobId": shelf.upload(b"BEGIN:VCALENDAR\r\n"), "mailboxIds": {inbox: True}},
        "gone": {"blobId": "bu9zzz", "mailboxIds": {inbox: True}},
        "nowhere": {"blobId": good, "mailboxIds": {}},
        "elsewhere": {"blobId": good, "mailboxIds": {encode_id("f", 999_999): True}},
        "odd": {"blobId": good, "mailboxIds": {inbox: True}, "subject": "x"},
        "late": {"blobId": good, "mailboxIds": {inbox: True}, "receivedAt": "yesterday"},
        "keyword": {"blobId": good, "mailboxIds": {inbox: True}, "keywords": {"a(b": True}},
    }
    done = shelf.anna.call("Email/import", accountId=shelf.account, emails=emails)
    assert done["created"].keys() == {"good", "again"}
    assert done["created"]["good"]["id"] != done["created"]["again"]["id"]
    assert {key: why["type"] for key, why in done["notCreated"].items()} == {
        "noMail": "invalidEmail",
        "empty": "invalidEmail",
        "meeting": "invalidEmail",
        "gone": "invalidProperties",
        "nowhere": "invalidProperties",
        "elsewhere": "invalidProperties",
        "odd": "invalidProperties",
        "late": "invalidProperties",
        "keyword": "invalidProperties",
    }
    assert shelf.anna.folder(shelf.account, "inbox")["totalEmails"] == 2


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"header:Content-Foo": "x"}, ["header:Content-Foo"]),
        (
            {"header:foo": "x", "bodyStructure": {"header:Foo": "y", "partId": "t"}},
            ["bodyStructure/header:Foo"],
        ),
        (
            {"subject": "x", "bodyStructure": {"header:subject": "y", "partId": "t"}},
            ["bodyStructure/header:subject"],
        ),
        ({"bodyStructure": {"partId": "t", "charset": "utf-8"}}, ["bodyStructure/charset"]),
        ({"bodyStructure": {"partId": "t", "size": 1}}, ["bodyStructure/size"]),
        ({"bodyStructure": {"partId": "x"}}, ["bodyStructure/partId"]),
        ({"bodyStructure": {"blobId": 5}}, ["bodyStructure/blobId"]),
        ({"bodyStructure": {"partId": "t", "subParts": []}}, ["bodyStructure/subParts"]),
        (
            {"bodyStructure": {"partId": "t", "blobId": "UP"}},
            ["bodyStructure/partId", "bodyStructure/blobId"],
        ),
        ({"bodyStructure": {"blobId": "UP", "type": "text/plain", "size": 2}}, ["bodyStructure/size"]),
        (
            {"bodyStructure": {"type": "multipart/mixed", "subParts": [{"partId": "t"}, {"partId": "x"}]}},
            ["bodyStructure/subParts/1/partId"],
        ),
        ({"attachments": [{"blobId": "UP"}, {"blobId": "UP", "headers": []}]}, ["attachments/1/headers"]),
        ({"bodyStructure": {"partId": "t", "type": "text/äöü"}}, ["bodyStructure/type"]),
        ({"header:X-A:asRaw": "a" * 1000}, ["header:X-A:asRaw"]),
        ({"messageId": ["a" * 998]}, ["messageId"]),
        ({"attachments": [{"blobId": "UP", "name": "n" * 1001}]}, ["attachments/0/name"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_part_cannot_be_is_refused_by_its_place(shelf: Shelf, more: Json, wrong: list[str]) -> None:
    """Source: RFC 8621 §4.6."""
    blob = shelf.upload(b"Hallo", "text/plain")
    said = json.loads(json.dumps(more).replace('"UP"', json.dumps(blob)))
    email = {"mailboxIds": {shelf.roles["inbox"]: True}, "bodyValues": {"t": {"value": "x"}}, **said}
    refused = shelf.set(create={"k": email})["notCreated"]["k"]
    assert (refused["type"], refused["properties"]) == ("invalidProperties", wrong)


def test_a_field_may_tell_any_day(shelf: Shelf) -> None:
    """Also one before there was mail."""
    email = {"mailboxIds": {shelf.roles["inbox"]: True}, "header:X-Day:asDate": "1969-02-14T12:02:00Z"}
    made = shelf.set(create={"k": email})["created"]["k"]["id"]
    assert shelf.email(made, "header:X-Day:asDate")["header:X-Day:asDate"] == "1969-02-14T12:02:00Z"


def test_a_category_that_is_a_keyword_is_told_and_cleared_as_one(shelf: Shelf) -> None:
    """Keywords are kept beside it; clearing the keyword takes the category away."""
    [id_] = shelf.bring(letter().as_bytes(), keywords={"eigenes": True})
    shelf.set(update={id_: {"poststelle:categories": ["Eilt", "Rote Kategorie"]}})
    assert shelf.email(id_, "keywords")["keywords"] == {"eigenes": True, "eilt": True}
    shelf.set(update={id_: {"keywords/$seen": True}})
    told = shelf.email(id_, "keywords", "poststelle:categories")
    assert told["poststelle:categories"] == ["Eilt", "Rote Kategorie"]
    shelf.set(update={id_: {"keywords/eilt": None}})
    told = shelf.email(id_, "keywords", "poststelle:categories")
    assert told["poststelle:categories"] == ["Rote Kategorie"]
    assert told["keywords"] == {"$seen": True, "eigenes": True}


def test_an_import_is_told_in_changes(shelf: Shelf) -> None:
    """Email, Mailbox and Thread; the states around the call are those of its own change."""
    calls = {name: shelf.anna.call(f"{name}/get", accountId=shelf.account, ids=[])["state"]
             for name in ("Email", "Mailbox", "Thread")}  # fmt: skip
    blob = shelf.upload(letter().as_bytes())
    one = {"e": {"blobId": blob, "mailboxIds": {shelf.roles["inbox"]: True}}}
    done = shelf.anna.call("Email/import", accountId=shelf.account, emails=one, ifInState=calls["Email"])
    assert done["oldState"] == calls["Email"]
    told = {name: shelf.anna.call(f"{name}/changes", accountId=shelf.account, sinceState=state)
            for name, state in calls.items()}  # fmt: skip
    assert told["Email"]["created"] == [done["created"]["e"]["id"]]
    assert told["Email"]["newState"] == done["newState"]
    assert told["Thread"]["created"] == [done["created"]["e"]["threadId"]]
    assert told["Mailbox"]["updated"] == [shelf.roles["inbox"]]
    old = {"accountId": shelf.account, "emails": one, "ifInState": calls["Email"]}
    assert shelf.anna.refusal("Email/import", **old) == "stateMismatch"


def test_a_draft_keeps_all_that_was_said(shelf: Shelf) -> None:
    """Both texts, files, header fields of one's own, any keyword and several folders."""
    file = shelf.upload(b"%PDF", "application/pdf")
    draft = {
        "mailboxIds": {shelf.roles["drafts"]: True, shelf.roles["archive"]: True},
        "keywords": {"$draft": True, "eilig": True},
        "from": [{"name": "Büro, Süd", "email": "archiv@buero.example"}],
        "to": [{"name": None, "email": "kunde@kunden.example"}],
        "subject": "Übergabe\r\nBcc: boese@example.org",
        "inReplyTo": ["1@x.example"],
        "header:X-Ours:asText": "größer",
        "header:List-Help:asURLs": ["https://example.org/help"],
        "textBody": [{"partId": "t", "type": "text/plain"}],
        "htmlBody": [{"partId": "h", "type": "text/html"}],
        "attachments": [{"blobId": file, "type": "application/pdf", "name": "Übergabe.pdf"}],
        "bodyValues": {"t": {"value": "Grüße\n"}, "h": {"value": "<p>Grüße</p>"}},
    }
    made = shelf.set(create={"d": draft})
    assert made["notCreated"] is None, made
    id_ = made["created"]["d"]["id"]
    found = shelf.email(
        id_, "subject", "keywords", "mailboxIds", "from", "inReplyTo", "attachments", "blobId", "bcc"
    )
    assert found["subject"] == "Übergabe Bcc: boese@example.org"
    assert found["bcc"] is None
    assert found["keywords"] == {"$draft": True, "eilig": True}
    assert len(found["mailboxIds"]) == 2
    assert found["from"] == [{"name": "Büro, Süd", "email": "archiv@buero.example"}]
    assert found["inReplyTo"] == ["1@x.example"]
    assert [a["name"] for a in found["attachments"]] == ["Übergabe.pdf"]
    raw = shelf.anna.download(shelf.account, found["blobId"]).body
    assert b"multipart/alternative" in raw
    assert b"List-Help: <https://example.org/help>" in raw
    assert b"Gr=C3=BC=C3=9Fe\r\n" in raw
    assert shelf.set(destroy=[id_])["destroyed"] == [id_]


def test_folders_are_made_moved_and_removed(shelf: Shelf) -> None:
    """At once and for good; what lies in another folder too outlives the folder."""
    make = shelf.anna.call("Mailbox/set", accountId=shelf.account, create={"o": {"name": "Objekte"}})
    objects = make["created"]["o"]["id"]
    args = {
        "accountId": shelf.account,
        "update": {objects: {"name": "Häuser", "parentId": shelf.roles["inbox"]}},
    }
    assert shelf.anna.call("Mailbox/set", **args)["notUpdated"] is None
    both, only = shelf.bring(letter().as_bytes(), folders=("inbox", objects)) + shelf.bring(
        letter("Nur hier").as_bytes(), folders=(objects,)
    )
    kept = shelf.anna.call("Mailbox/set", accountId=shelf.account, destroy=[objects])
    assert kept["notDestroyed"][objects]["type"] == "mailboxHasEmail"
    args = {"accountId": shelf.account, "destroy": [objects], "onDestroyRemoveEmails": True}
    assert shelf.anna.call("Mailbox/set", **args)["destroyed"] == [objects]
    assert shelf.anna.query_all(shelf.account) == [both]
    assert only not in shelf.anna.query_all(shelf.account)
    assert shelf.anna.sync_state(shelf.account)["pending"] == 0


def test_nothing_is_sent_from_it(shelf: Shelf) -> None:
    """What needs somebody to send answers so; the address it would be sent from is known."""
    using = ["urn:ietf:params:jmap:core", SUBMISSION, VACATION]
    for name, args in (
        ("EmailSubmission/set", {"create": {}}),
        ("EmailSubmission/query", {}),
        ("VacationResponse/get", {}),
    ):
        call = (name, {"accountId": shelf.account, **args}, "0")
        [[_, answer, _]] = shelf.anna.request(call, using=using)["methodResponses"]
        assert answer["type"] == "accountNotSupportedByMethod", name
    call = ("Identity/get", {"accountId": shelf.account}, "0")
    [[_, answer, _]] = shelf.anna.request(call, using=using)["methodResponses"]
    assert [one["email"].partition("@")[2] for one in answer["list"]] == ["buero.example"]


def test_a_message_is_copied_from_microsoft(office: Office, shelf: Shelf) -> None:
    """With its marks, its day and its whole octets; the original goes if that was wished."""
    desk: Desk = new_desk(
        office,
        {"subject": "Exposé", "html": "<p>Waldblick</p>", "messageId": "<copy@kunden.example>",
         "isRead": True, "receivedAt": BEGAN.isoformat()},
    )  # fmt: skip
    original = desk.id_of("copy@kunden.example")
    marks = {
        "poststelle:categories": ["Größe Wichtig", "Eilt"],
        "poststelle:dueAt": "2027-01-01T00:00:00Z",
        "poststelle:importance": "high",
    }
    told = desk.anna.call("Email/set", accountId=desk.account, update={original: marks})
    assert told["notUpdated"] is None
    args = {
        "fromAccountId": desk.account,
        "accountId": shelf.account,
        "create": {"c": {"id": original, "mailboxIds": {shelf.roles["archive"]: True}}},
        "onSuccessDestroyOriginal": True,
    }
    [[name, done, _], [implicit, destroyed, _]] = shelf.anna.request(("Email/copy", args, "0"))[
        "methodResponses"
    ]
    assert (name, implicit) == ("Email/copy", "Email/set"), done
    assert destroyed["destroyed"] == [original]
    found = shelf.email(done["created"]["c"]["id"], "subject", "receivedAt", "keywords", "preview", *marks)
    assert found["subject"] == "Exposé"
    assert found["receivedAt"] == "2026-03-02T08:00:00Z"
    assert found["keywords"] == {"$seen": True, "$flagged": True, "eilt": True}
    assert {name: found[name] for name in marks} == marks
    assert found["preview"] == "Waldblick"


def test_readers_bring_nothing_in(office: Office) -> None:
    """Below the level write the mailbox is read-only; to who is not assigned it is not there."""
    account = add_internal(office, "tom", level="read")
    tom, anna = office.person("tom"), office.person("anna")
    assert tom.refusal("Email/import", accountId=account, emails={}) == "accountReadOnly"
    assert anna.refusal("Email/import", accountId=account, emails={}) == "accountNotFound"
    args = {"fromAccountId": account, "accountId": add_internal(office, "anna"), "create": {}}
    assert anna.refusal("Email/copy", **args) == "fromAccountNotFound"


def test_a_mailbox_goes_out_and_in_as_a_file(shelf: Shelf) -> None:
    """The whole one, or a folder, as mbox or ZIP; what is imported from it is as it was, octet by octet."""
    first = letter("Von hier").as_bytes() + b"From now on it is yours\n"
    second, third = rich(), letter("3").as_bytes()
    ids = shelf.bring(first, second, folders=("inbox", "archive"))
    ids += shelf.bring(third, receivedAt="2026-04-05T06:07:08Z")
    inbox, junk = shelf.roles["inbox"], shelf.roles["junk"]
    base = f"/api/mailboxes/{shelf.account}"
    whole = shelf.anna.get(f"{base}/export")
    assert whole.status == 200
    assert whole.headers["content-disposition"].endswith(".mbox")
    assert whole.body.count(b"\nFrom - ") == 2
    with zipfile.ZipFile(
        io.BytesIO(shelf.anna.get(f"{base}/folders/{inbox}/export?format=zip").body)
    ) as archive:
        octets = [archive.read(name) for name in archive.namelist() if name.endswith(".eml")]
    assert octets == [first, second, third]
    into = f"{base}/folders/{junk}/import"
    answer = shelf.anna.post(into, whole.body, **{"Content-Type": "application/mbox"})
    assert (answer.status, answer.json) == (200, {"messages": 3, "refused": 0, "missing": 0})
    found = shelf.anna.query_all(shelf.account, filter={"inMailbox": junk})
    emails = shelf.anna.emails(shelf.account, found, "blobId", "keywords", "receivedAt")
    brought = {shelf.anna.download(shelf.account, e["blobId"]).body for e in emails}
    assert brought == set(octets)
    assert all(e["keywords"] == {} for e in emails)
    before = shelf.anna.emails(shelf.account, ids, "receivedAt")
    assert sorted(e["receivedAt"] for e in emails) == sorted(e["receivedAt"] for e in before)
    assert "2026-04-05T06:07:08Z" in {e["receivedAt"] for e in emails}
    assert shelf.anna.post(into, octets[2]).json == {"messages": 1, "refused": 0, "missing": 0}
    assert shelf.anna.post(into, b"nothing at all\n").status == 422
    assert len(shelf.anna.query_all(shelf.account)) == len(ids) + 4
    actions = [
        e["action"] for e in shelf.office.admin.ok("GET", f"/api/audit?account={shelf.account}")["entries"]
    ]
    assert actions.count("account.exported") == 2
    assert actions.count("account.imported") == 2


def told_of(shelf: Shelf, account: str) -> list[tuple[Any, ...]]:
    """All messages of an internal mailbox, and where they lie by folders' roles or names."""
    found = shelf.anna.query_all(account)
    names = {f["id"]: f["role"] or f["name"] for f in shelf.anna.folders(account)}
    facts = (
        "receivedAt",
        "keywords",
        "blobId",
        "poststelle:importance",
        "poststelle:categories",
        "poststelle:dueAt",
        "poststelle:isOther",
    )
    return sorted(
        (
            shelf.anna.download(account, e["blobId"]).body,
            e["receivedAt"],
            sorted(e["keywords"]),
            sorted(names[i] for i in e["mailboxIds"]),
            e["poststelle:importance"],
            e["poststelle:categories"],
            e["poststelle:dueAt"],
            e["poststelle:isOther"],
        )
        for e in shelf.anna.emails(account, found, "mailboxIds", *facts)
    )


@pytest.mark.parametrize("kind", ["zip", "mbox"])
def test_what_was_exported_comes_back_as_it_was(shelf: Shelf, kind: str) -> None:
    """Into another mailbox, whose folders are named in another language: folders, keywords, dates, octets."""
    made = {
        "a": {"name": "Küche/Bad"},
        "b": {"name": "2026", "parentId": "#a"},
        "c": {"name": "Leer", "parentId": shelf.roles["inbox"]},
    }
    done = shelf.anna.call("Mailbox/set", accountId=shelf.account, create=made)["created"]
    marked = {"$seen": True, "$answered": True, "wichtig": True}
    quoted = letter("Von hier").as_bytes() + b"From now on it is yours\n"
    several = ("inbox", done["b"]["id"])
    shelf.bring(quoted, folders=several, keywords=marked, receivedAt="2020-01-02T03:04:05Z")
    [id_] = shelf.bring(
        rich().replace(b"\n", b"\r\n"), folders=("drafts",), keywords={"$draft": True, "$flagged": True}
    )
    shelf.bring(letter("Außen: \u202e x/y").as_bytes(), folders=(done["a"]["id"],))
    marks = {
        "poststelle:categories": ["Küche"],
        "poststelle:importance": "high",
        "poststelle:dueAt": "2026-05-01T00:00:00Z",
        "poststelle:isOther": True,
    }
    assert shelf.set(update={id_: marks})["updated"]
    file = shelf.anna.get(f"/api/mailboxes/{shelf.account}/export?format={kind}").body
    account = add_internal(shelf.office, "anna", language="de")

    answer = shelf.anna.post(f"/api/mailboxes/{account}/import", file)

    assert (answer.status, answer.json) == (200, {"messages": 3, "refused": 0, "missing": 0})
    assert told_of(shelf, account) == told_of(shelf, shelf.account)
    names = {f["name"]: f for f in shelf.anna.folders(account)}
    assert names["2026"]["parentId"] == names["Küche/Bad"]["id"]
    assert ("Leer" in names) == (kind == "zip")
    if kind == "zip":
        assert names["Leer"]["parentId"] == shelf.anna.folder(account, "inbox")["id"]


def test_an_archive_of_others_keeps_its_folders(shelf: Shelf) -> None:
    """Directories become folders, files that are no mail are counted, and one broken file breaks no other."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Posten/Alt/a.eml", b"\xef\xbb\xbf" + letter("Mit Zeichen davor").as_bytes())
        archive.writestr("posten/b.mbox", b"\r\n\nFrom x\n" + letter("Aus mbox").as_bytes())
        archive.writestr("__MACOSX/Posten/._a.eml", b"nothing")
        archive.writestr("Posten/liste.pdf", b"%PDF")

    answer = shelf.anna.post(f"/api/mailboxes/{shelf.account}/import", file.getvalue())

    assert answer.json == {"messages": 2, "refused": 1, "missing": 0}
    names = {f["name"]: f["id"] for f in shelf.anna.folders(shelf.account)}
    [old] = shelf.anna.query_all(shelf.account, filter={"inMailbox": names["Alt"]})
    assert shelf.email(old, "subject", "keywords") | {"id": ""} == {
        "id": "", "subject": "Mit Zeichen davor", "keywords": {"$seen": True},
    }  # fmt: skip
    assert len(shelf.anna.query_all(shelf.account, filter={"inMailbox": names["Posten"]})) == 1
    cut = file.getvalue()[:-200]
    answer = shelf.anna.post(f"/api/mailboxes/{shelf.account}/import", cut[: len(cut) // 3])
    assert (answer.status, answer.json["error"]["code"]) == (422, "broken_archive")


@pytest.mark.parametrize("kind", ["zip", "mbox"])
def test_what_is_missing_does_not_end_an_export(shelf: Shelf, kind: str) -> None:
    """It is left out; the file says so at its end, the page is told, and so is who imports it."""
    shelf.bring(
        letter("Eins").as_bytes(), letter("Weg", X_Once="c91a-weg").as_bytes(), letter("Drei").as_bytes()
    )
    base = f"/api/mailboxes/{shelf.account}"
    with shelf.office.server.without_octets(holding=b"c91a-weg"):
        file = shelf.anna.get(f"{base}/export?format={kind}")

    assert file.status == 200
    [row] = shelf.anna.ok("GET", f"{base}/exports")["exports"]
    assert {k: row[k] for k in ("format", "state", "done", "total", "left_out")} == {
        "format": kind, "state": "done", "done": 3, "total": 3, "left_out": 1,
    }  # fmt: skip
    if kind == "zip":
        with zipfile.ZipFile(io.BytesIO(file.body)) as archive:
            assert archive.testzip() is None
            assert "Weg" in archive.read(archive.namelist()[-1]).decode()
    else:
        assert "Weg" in file.body.decode().rpartition("\nFrom - ")[2]
    answer = shelf.anna.post(f"{base}/folders/{shelf.roles['junk']}/import", file.body)
    assert answer.json == {"messages": 2, "refused": 0, "missing": 1}


def test_files_go_only_where_one_may(office: Office, desk: Desk) -> None:
    """Readers take out and bring nothing in; without an assignment there is nothing; nor at Microsoft."""
    account = add_internal(office, "tom", level="read")
    tom, anna = office.person("tom"), office.person("anna")
    inbox = tom.folder(account, "inbox")["id"]
    base = f"/api/mailboxes/{account}"
    assert tom.get(f"{base}/export").status == 200
    assert tom.post(f"{base}/folders/{inbox}/import", b"A: b\n\n").status == 403
    assert anna.get(f"{base}/export").status == 404
    assert anna.post(f"{base}/folders/{inbox}/import", b"A: b\n\n").status == 404
    assert desk.anna.get(f"/api/mailboxes/{desk.account}/export").status == 409


def test_an_internal_mailbox_is_made_and_deleted(office: Office) -> None:
    """By who has the right to the settings, after the warning was confirmed; the address only once."""
    address = f"{new_name('akten')}@buero.example"
    body: Json = {"type": "internal", "address": address, "language": "de"}
    assert office.admin.post("/api/accounts", body).json["error"]["code"] == "confirmation_needed"
    assert office.person("anna").post("/api/accounts", body | {"confirm": True}).status == 403
    users = [{"id": office.user_id("anna"), "level": "write"}]
    row = office.admin.ok("POST", "/api/accounts", body | {"confirm": True, "users": users})
    assert (row["type"], row["state"], [u["level"] for u in row["users"]]) == (
        "local",
        "connected",
        ["write"],
    )
    assert office.person("anna").folder(row["id"], "inbox")["name"] == "Posteingang"
    assert office.admin.post("/api/accounts", body | {"confirm": True}).status == 409
    listed = office.admin.ok("GET", "/api/accounts?type=internal")["accounts"]
    assert address in [one["address"] for one in listed]
    assert office.admin.send("PATCH", f"/api/accounts/{row['id']}", {"is_active": False}).status == 422
    assert office.admin.post(f"/api/accounts/{row['id']}/disconnect").status == 409
    assert office.admin.send("DELETE", f"/api/accounts/{row['id']}", {"address": address}).status == 200
    assert office.person("anna").refusal("Mailbox/get", accountId=row["id"]) == "accountNotFound"


def test_files_of_a_message_are_as_many_as_promised(shelf: Shelf) -> None:
    """One file that stands there often counts as often: it would be written as often."""
    session = shelf.anna.ok("GET", "/jmap/session")["accounts"][shelf.account]
    most = session["accountCapabilities"][MAIL]["maxSizeAttachmentsPerEmail"]
    size = 4_000_000
    file = {"blobId": shelf.upload(b"x" * size, "application/pdf"), "type": "application/pdf"}
    draft = {"mailboxIds": {shelf.roles["drafts"]: True}, "attachments": [file] * (most // size + 1)}

    refused = shelf.set(create={"d": draft})["notCreated"]["d"]

    assert refused["type"] == "tooLarge"


def test_octets_that_are_missing_for_a_while_are_not_forgotten(shelf: Shelf) -> None:
    """They are nowhere else: whoever looks while a backup is restored must not lose the message."""
    raw = letter("Nur hier", X_Once="b71f-einmalig").as_bytes()
    [id_] = shelf.bring(raw)
    blob = shelf.email(id_, "blobId")["blobId"]
    args = {"accountId": shelf.account, "ids": [id_], "properties": ["headers"]}
    inbox, archive = shelf.roles["inbox"], shelf.roles["archive"]

    with shelf.office.server.without_octets(holding=b"b71f-einmalig"):
        assert shelf.anna.refusal("Email/get", **args) == "serverUnavailable"
        assert shelf.anna.download(shelf.account, blob).status in {404, 410, 503}
        emails = {"k": {"blobId": blob, "mailboxIds": {archive: True}}}
        done = shelf.anna.call("Email/import", accountId=shelf.account, emails=emails)
        assert done["notCreated"]["k"]["properties"] == ["blobId"]

    assert shelf.anna.call("Email/get", **args)["list"]
    assert shelf.anna.download(shelf.account, blob).body == raw
    assert raw in shelf.anna.get(f"/api/mailboxes/{shelf.account}/folders/{inbox}/export").body


def test_a_user_imports_two_files_at_once(shelf: Shelf) -> None:
    """However slowly they come: what has come of a message is in memory. One that breaks off makes room."""
    path = f"/api/mailboxes/{shelf.account}/import"
    headers = {"Content-Length": "1000", "Content-Type": "application/mbox", **shelf.anna._who()}
    with ExitStack() as slow:

        def begin() -> None:
            connection = slow.enter_context(closing(shelf.anna._connection()))
            connection.putrequest("POST", path)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(b"From x\nSubject: a\n")

        def is_refused() -> bool:
            """Otherwise this one may have come before a slow one, which was refused in its place."""
            if shelf.anna.post(path, letter().as_bytes()).status == 429:
                return True
            begin()
            return False

        begin()
        eventually(is_refused)

    eventually(lambda: shelf.anna.post(path, letter().as_bytes()).status == 200)


def test_creation_ids_stand_for_messages_of_the_request(shelf: Shelf) -> None:
    """Of earlier calls, and of the same one in what is updated; told are the ids. Source: RFC 8620 §5.3."""
    places = {"mailboxIds": {shelf.roles["inbox"]: True}}
    create = {key: {**places, "subject": key, "from": [{"email": "a@x.example"}]} for key in "ab"}
    seen = {"keywords/$seen": True}
    first = {"accountId": shelf.account, "create": create, "update": {"#a": seen, "#nobody": seen}}
    second = {"accountId": shelf.account, "update": {"#a": {"keywords/$flagged": True}, "#b": seen}}
    third = {"accountId": shelf.account, "update": {"#b": seen}, "destroy": ["#b", "#nobody"]}
    calls = [("Email/set", args, f"{n}") for n, args in enumerate((first, second, third))]
    answers = [answer for _, answer, _ in shelf.anna.request(*calls)["methodResponses"]]
    made, gone = (answers[0]["created"][key]["id"] for key in "ab")

    assert (answers[0]["updated"], answers[0]["notUpdated"]["#nobody"]["type"]) == ({made: None}, "notFound")
    assert answers[1]["updated"] == {made: None, gone: None}
    assert (answers[2]["destroyed"], answers[2]["notUpdated"][gone]["type"]) == ([gone], "willDestroy")
    assert answers[2]["notDestroyed"]["#nobody"]["type"] == "notFound"
    assert shelf.email(made, "keywords")["keywords"] == {"$seen": True, "$flagged": True}
    both = shelf.set(create={}, update={made: seen, "#a": seen})
    assert (list(both["updated"]), both["notUpdated"]["#a"]["type"]) == ([made], "notFound")


def test_a_file_that_is_slow_to_read_holds_nobody_up(office: Office, shelf: Shelf) -> None:
    """A small archive of very many lines to look at: others are answered all the while."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.mbox", b"From x\nSubject: long\n\n" + b">From \n" * 1_400_000)
    tom, waits = office.person("tom"), list[float]()
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            began = time.monotonic()
            tom.call("Core/echo", hello=True)
            waits.append(time.monotonic() - began)

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        eventually(lambda: waits)
        began = time.monotonic()
        answer = shelf.anna.post(f"/api/mailboxes/{shelf.account}/import", file.getvalue())
        took = time.monotonic() - began
        is_over.set()
        asking.result()

    assert answer.json["messages"] == 1, answer.body
    assert max(waits) < took / 2


def test_nobody_in_an_internal_mailbox_is_said_to_send(shelf: Shelf) -> None:
    """What is said of others is what is said of oneself."""
    args = {"accountId": shelf.account, "ids": [shelf.roles["inbox"]]}
    using = [CORE, MAIL, "urn:ietf:params:jmap:principals"]
    [[_, answer, _]] = shelf.anna.request(("Mailbox/get", args, "0"), using=using)["methodResponses"]
    [inbox] = answer["list"]

    assert list(inbox["shareWith"].values()) == [inbox["myRights"]]
    assert inbox["myRights"]["maySubmit"] is False


def test_headers_of_very_many_messages_are_not_all_held_in_memory(shelf: Shelf) -> None:
    """An answer that grows too large is given up while it grows."""
    raw = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 4_000) for n in range(950)) + b"\r\n"
    blob, placed = shelf.upload(raw), {shelf.roles["inbox"]: True}
    emails = {f"k{n}": {"blobId": blob, "mailboxIds": placed} for n in range(60)}
    made = shelf.anna.call("Email/import", accountId=shelf.account, emails=emails)["created"]
    before = shelf.office.server.peak_octets()

    args = {"accountId": shelf.account, "ids": [one["id"] for one in made.values()]}

    assert shelf.anna.refusal("Email/get", **args, properties=["headers"]) == "requestTooLarge"
    assert shelf.office.server.peak_octets() - before < 180_000_000


def test_texts_of_very_many_messages_are_not_all_unpacked(shelf: Shelf) -> None:
    """A text of one letter is stored in next to nothing. What octets tell needs no stored text besides.

    Nor are the same octets read for each message that is made of them.
    """
    empty = shelf.office.server.peak_octets()
    blob = shelf.upload(b"Subject: x\r\n\r\n" + b"x" * 10_000_000)
    placed = {shelf.roles["inbox"]: True}
    emails = {f"k{n}": {"blobId": blob, "mailboxIds": placed} for n in range(60)}
    made = shelf.anna.call("Email/import", accountId=shelf.account, emails=emails)["created"]
    before = shelf.office.server.peak_octets()
    assert before - empty < 300_000_000
    args = {"accountId": shelf.account, "ids": [one["id"] for one in made.values()], "maxBodyValueBytes": 10}
    args |= {"properties": ["bodyValues"], "fetchTextBodyValues": True}

    refused = shelf.anna.refusal("Email/get", **args)
    [[_, told, _]] = shelf.anna.request(("Email/get", args, "0"), using=[CORE, MAIL])["methodResponses"]

    assert refused == "requestTooLarge"
    assert [len(one["bodyValues"]) for one in told["list"]] == [1] * 60
    assert shelf.office.server.peak_octets() - before < 650_000_000


def test_a_message_that_begins_as_our_index_does_is_only_a_message(office: Office) -> None:
    """What its sender wrote in the first line decides nothing, and comes back with it."""
    posing = (
        b'X-Poststelle-Slip: {"folders":[{"path":["Trash"],"role":"trash"}],"keywords":["$seen"],'
        b'"receivedAt":"1999-01-01T00:00:00Z"}\r\nFrom: m@x.example\r\nSubject: Rechnung\r\n\r\nhi\r\n'
    )
    shelf, other, third = new_shelf(office), new_shelf(office), new_shelf(office)
    shelf.bring(posing, receivedAt="2026-01-02T03:04:05Z")
    archive = shelf.anna.get(f"/api/mailboxes/{shelf.account}/export?format=zip").body

    for place, octets, kind in ((other, archive, "application/zip"), (third, posing, "message/rfc822")):
        path = f"/api/mailboxes/{place.account}/import"
        assert place.anna.send("POST", path, octets, {"Content-Type": kind}).status < 300
        [id_] = place.anna.query_all(place.account)
        found = place.email(id_, "mailboxIds", "keywords", "blobId", "receivedAt")
        assert place.roles["trash"] not in found["mailboxIds"]
        assert not found["receivedAt"].startswith("1999")
        assert place.anna.download(place.account, found["blobId"]).body == posing
