"""Headers, the tree of parts, and Email/parse: what a message's octets tell. Source: RFC 8621 §4.1, §4.9."""

from __future__ import annotations

import pytest
from tests.flow.jmap.client import CORE, MAIL, Json
from tests.flow.jmap.conftest import Desk, attachment, letters, new_desk
from tests.flow.jmap.office import Office

LETTER = b"""\
Received: from mx.kunden.example by mx.desk.example; Mon, 2 Mar 2026 09:00:01 +0100
From: =?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <joerg@kunden.example>
Sender: Sekretariat <sekretariat@kunden.example>
To: Team: Anna <anna@desk.example>, ben@desk.example;, "Dora, C." <dora@desk.example>
Subject: =?iso-8859-1?Q?Gr=FC=DFe?=
 aus Bonn
Date: Mon, 2 Mar 2026 09:00:00 +0100
Message-ID: <brief.1@kunden.example>
In-Reply-To: <frage.1@desk.example>
References: <frage.0@desk.example>
 <frage.1@desk.example>
List-Unsubscribe: <https://kunden.example/weg>, <mailto:weg@kunden.example>
X-Ticket: 4711
X-Ticket: 4712
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=aussen

--aussen
Content-Type: multipart/alternative; boundary=innen

--innen
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable
X-Part: eins

Sch=F6ne Gr=FC=DFe
--innen
Content-Type: text/html; charset=utf-8

<p>Sch\xc3\xb6ne <b>Gr\xc3\xbc\xc3\x9fe</b></p>
--innen--
--aussen
Content-Type: message/rfc822
Content-Disposition: attachment; filename="Weiter.eml"

From: innen@kunden.example
Subject: Innen

Der innere Brief
--aussen
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf
Content-Transfer-Encoding: base64

JVBERi0=
--aussen--
""".replace(b"\n", b"\r\n")
PLAIN = [CORE, MAIL]
"""A client that knows the RFCs alone."""


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox with the letter, and fifty others that the simulator has written by itself."""
    desk = new_desk(office, *letters(50))
    office.simulator.control.receive_mime(desk.address, LETTER)
    desk.settled()
    return desk


@pytest.fixture(scope="module")
def letter(own: Desk) -> str:
    return own.id_of("brief.1@kunden.example")


def plain(desk: Desk, name: str, **args: object) -> Json:
    """A call by a client that does not name our capability."""
    answer = desk.anna.request((name, {"accountId": desk.account, **args}, "0"), using=PLAIN)
    [[answer_name, found, _]] = answer["methodResponses"]
    assert answer_name == name, found
    return dict(found)


def one(desk: Desk, message: str, *properties: str, **args: object) -> Json:
    [email] = plain(desk, "Email/get", ids=[message], properties=list(properties), **args)["list"]
    return dict(email)


JOERG = {"name": "Jörg Müller", "email": "joerg@kunden.example"}
ANNA, BEN = {"name": "Anna", "email": "anna@desk.example"}, {"name": None, "email": "ben@desk.example"}
DORA = {"name": "Dora, C.", "email": "dora@desk.example"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("header:subject", " =?iso-8859-1?Q?Gr=FC=DFe?=\r\n aus Bonn"),
        ("header:Subject:asRaw", " =?iso-8859-1?Q?Gr=FC=DFe?=\r\n aus Bonn"),
        ("header:SUBJECT:asText", "Grüße aus Bonn"),
        ("header:From:asAddresses", [JOERG]),
        ("header:To:asAddresses", [ANNA, BEN, DORA]),
        (
            "header:To:asGroupedAddresses",
            [{"name": "Team", "addresses": [ANNA, BEN]}, {"name": None, "addresses": [DORA]}],
        ),
        ("header:References:asMessageIds", ["frage.0@desk.example", "frage.1@desk.example"]),
        ("header:Date:asDate", "2026-03-02T09:00:00+01:00"),
        (
            "header:List-Unsubscribe:asURLs",
            ["https://kunden.example/weg", "mailto:weg@kunden.example"],
        ),
        ("header:X-Ticket:asText", "4712"),
        ("header:X-Ticket:asText:all", ["4711", "4712"]),
        ("header:X-Ticket:all", [" 4711", " 4712"]),
        ("header:X-Missing:asAddresses", None),
        ("header:X-Missing:all", []),
        ("header:X-Ticket:asURLs", None),
        ("header:X-Ticket:asDate", None),
        ("inReplyTo", ["frage.1@desk.example"]),
        ("references", ["frage.0@desk.example", "frage.1@desk.example"]),
        ("sender", [{"name": "Sekretariat", "email": "sekretariat@kunden.example"}]),
    ],
)
def test_a_field_is_told_in_every_form(own: Desk, letter: str, asked: str, told: object) -> None:
    """The last of its name, or all of them; under the very name it was asked for."""
    assert one(own, letter, asked) == {"id": letter, asked: told}


@pytest.mark.parametrize(
    "asked",
    [
        "header:From:asDate", "header:Subject:asAddresses", "header:Date:asText", "header:To:asMessageIds",
        "header:Received:asText", "header:List-Post:asText", "header:X:asNothing", "header:X:all:asText",
        "header:", "header::asText", "header:X Y", "header:X:asText:all:all", "headers:all",
    ],
)  # fmt: skip
def test_a_form_that_a_field_cannot_have_is_refused(own: Desk, letter: str, asked: str) -> None:
    """As a property of the message and of its parts. Source: RFC 8621 §4.1.3."""
    args: Json = {"accountId": own.account, "ids": [letter]}

    assert own.anna.refusal("Email/get", **args, properties=[asked]) == "invalidArguments"
    assert own.anna.refusal("Email/get", **args, bodyProperties=[asked]) == "invalidArguments"


def test_the_header_comes_whole_and_in_its_order(own: Desk, letter: str) -> None:
    """Every field with its name as it was written, and its raw value."""
    told = one(own, letter, "headers")["headers"]

    assert [field["name"] for field in told][:4] == ["Received", "From", "Sender", "To"]
    assert [field["value"] for field in told if field["name"] == "X-Ticket"] == [" 4711", " 4712"]


def test_fifty_messages_tell_their_headers_in_one_call(own: Desk) -> None:
    """Fetched once: a second call, and a third for other fields, ask Microsoft for nothing."""
    ids = plain(own, "Email/query", limit=51)["ids"]
    args: Json = {"ids": ids, "properties": ["headers", "references", "bodyStructure"]}
    found = plain(own, "Email/get", **args)["list"]
    control = own.office.simulator.control
    control.clear_calls()  # only the last ones are held: those of the first call would fall out

    again = plain(own, "Email/get", **args)["list"]
    plain(own, "Email/get", ids=ids, properties=["header:Subject:asText", "inReplyTo"])

    assert len(found) == 51
    assert all(email["headers"] and email["bodyStructure"]["type"] for email in found)
    assert again == found
    assert not [call for call in control.calls(mailbox=own.address) if call["path"].endswith("/$value")]


def test_what_messages_answer_is_known_without_their_octets(office: Office) -> None:
    """Of those with both fields and of those with none: a list of them asks Microsoft for nothing."""
    desk = new_desk(office, *letters(3))
    office.simulator.control.receive_mime(desk.address, LETTER)
    desk.settled()
    ids = plain(desk, "Email/query")["ids"]
    args: Json = {"ids": ids, "properties": ["messageId", "inReplyTo", "references"]}
    office.simulator.control.clear_calls()

    found = {e["messageId"][0]: e for e in plain(desk, "Email/get", **args)["list"]}

    assert not [c for c in office.simulator.control.calls() if c["path"].endswith("/$value")]
    answer = found.pop("brief.1@kunden.example")
    assert answer["inReplyTo"] == ["frage.1@desk.example"]
    assert answer["references"] == ["frage.0@desk.example", "frage.1@desk.example"]
    told = {id_: (e["inReplyTo"], e["references"]) for id_, e in found.items()}
    by_octets = plain(desk, "Email/get", **args | {"properties": [*args["properties"], "headers"]})["list"]
    read = {e["messageId"][0]: (e["inReplyTo"], e["references"]) for e in by_octets}
    assert {id_: read[id_] for id_ in told} == told


def test_the_tree_is_that_of_the_message(own: Desk, letter: str) -> None:
    """With the header of each part, and its lists by the RFC's own rules."""
    wanted = ["partId", "type", "name", "charset", "disposition", "size", "header:X-Part:asText", "subParts"]
    email = one(own, letter, "bodyStructure", "textBody", "htmlBody", "attachments", bodyProperties=wanted)
    tree = email["bodyStructure"]
    [alternative, forwarded, pdf] = tree["subParts"]

    assert (tree["type"], tree["partId"]) == ("multipart/mixed", None)
    assert [(p["type"], p["charset"]) for p in alternative["subParts"]] == [
        ("text/plain", "iso-8859-1"),
        ("text/html", "utf-8"),
    ]
    assert email["textBody"] == [alternative["subParts"][0]]
    assert email["htmlBody"] == [alternative["subParts"][1]]
    assert email["attachments"] == [forwarded, pdf]
    assert email["textBody"][0]["header:X-Part:asText"] == "eins"
    assert pdf["header:X-Part:asText"] is None
    assert (pdf["name"], pdf["size"], pdf["disposition"]) == ("Grüße.pdf", 5, "attachment")


def test_texts_and_parts_belong_to_the_tree(own: Desk, letter: str) -> None:
    """Body values by the tree's part ids, and each part's octets by its blob id."""
    email = one(
        own, letter, "bodyStructure", "textBody", "bodyValues", "attachments", fetchAllBodyValues=True
    )
    text = email["textBody"][0]

    assert email["bodyValues"][text["partId"]]["value"] == "Schöne Grüße"
    assert len(email["bodyValues"]) == 2
    assert own.anna.download(own.account, text["blobId"]).body == "Schöne Grüße".encode("latin-1")
    assert own.anna.download(own.account, email["attachments"][1]["blobId"]).body == b"%PDF-"
    for wrong in ("-p1", "-p99", "-p3-p9"):
        assert own.anna.download(own.account, text["blobId"].partition("-")[0] + wrong).status == 404


def test_a_client_of_ours_is_told_the_text_without_the_octets(own: Desk, letter: str) -> None:
    """One part, as Microsoft gives it; and the whole tree as soon as it asks for the parts' headers."""
    [email] = own.anna.emails(own.account, [letter], "textBody", "htmlBody")

    assert [part["partId"] for part in email["textBody"]] == ["t"]
    args: Json = {"accountId": own.account, "ids": [letter], "properties": ["textBody"]}
    [with_headers] = own.anna.call("Email/get", **args, bodyProperties=["partId", "headers"])["list"]
    assert [part["partId"] for part in with_headers["textBody"]] == ["3"]


def test_a_draft_tells_its_header_before_microsoft_has_it(own: Desk) -> None:
    """What was written is the header."""
    drafts = own.anna.folder(own.account, "drafts")["id"]
    draft = {
        "mailboxIds": {drafts: True},
        "keywords": {"$draft": True},
        "subject": "Entwürfe",
        "to": [DORA],
        "inReplyTo": ["a@b"],
    }
    control = own.office.simulator.control
    control.fail_next("POST", "*/messages", status=503, times=100)
    made = plain(own, "Email/set", create={"d": draft})["created"]["d"]["id"]
    told = one(own, made, "header:Subject:asText", "header:To:asAddresses", "inReplyTo", "headers")
    control.clear_faults()

    assert told["header:Subject:asText"] == "Entwürfe"
    assert told["header:To:asAddresses"] == [DORA]
    assert told["inReplyTo"] == ["a@b"]
    assert {"Subject", "To", "In-Reply-To"} <= {field["name"] for field in told["headers"]}


def test_what_microsoft_cannot_give_now_is_an_error(office: Office) -> None:
    """No null in place of a field: serverUnavailable, until it can be had. Texts come all the same."""
    desk = new_desk(office, *letters(2))
    control = office.simulator.control
    ids = plain(desk, "Email/query")["ids"]
    control.fail_next("GET", "*/$value", status=503, times=100)
    args: Json = {"accountId": desk.account, "ids": ids}

    assert desk.anna.refusal("Email/get", **args, properties=["headers"]) == "serverUnavailable"
    texts = plain(desk, "Email/get", ids=ids, properties=["bodyValues"], fetchTextBodyValues=True)["list"]
    control.clear_faults()
    assert all(email["bodyValues"] for email in texts)
    assert len(plain(desk, "Email/get", ids=ids, properties=["headers"])["list"]) == 2


def test_a_message_that_microsoft_gives_nobody_keeps_no_list_back(office: Office) -> None:
    """Its header is what is known of it here; the others tell their own."""
    desk = new_desk(office, *letters(2))
    control = office.simulator.control
    [broken] = control.receive(desk.address, subject="Kaputt", html="<p>Text</p>")
    desk.settled()
    control.fail_next("GET", f"*{broken.rstrip('=')[-12:]}*value", status=500, times=100)
    properties = ["headers", "header:X-None", "header:Subject:asText", "bodyStructure"]
    args: Json = {"ids": plain(desk, "Email/query")["ids"], "properties": properties}
    found = plain(desk, "Email/get", **args)["list"]
    assert plain(desk, "Email/get", **args)["list"] == found  # the others are here by now
    control.clear_faults()
    [told] = [email for email in found if email["header:Subject:asText"] == "Kaputt"]

    assert len(found) == 3
    names = {field["name"] for field in told["headers"]}
    assert {"From", "To", "Subject", "Message-ID"} <= names
    assert "MIME-Version" not in names
    assert told["bodyStructure"]["type"] == "text/html"


def test_octets_that_were_lost_are_fetched_again(office: Office) -> None:
    """A backup without the blobs is no end: one call is told to ask again, the next one succeeds."""
    desk = new_desk(office, {"subject": "Einmalig-4c2f"})
    [message] = plain(desk, "Email/query")["ids"]
    before = one(desk, message, "headers")
    assert office.server.lose_octets(holding=b"Einmalig-4c2f") == 1
    args: Json = {"accountId": desk.account, "ids": [message], "properties": ["headers"]}

    assert desk.anna.refusal("Email/get", **args) == "serverUnavailable"
    assert one(desk, message, "headers")["headers"] == before["headers"]


def test_any_blob_is_read_as_a_message(own: Desk, letter: str) -> None:
    """An attached message, an upload, a message itself; and what is none, or not there, is named."""
    email = one(own, letter, "blobId", "attachments", "bodyStructure")
    forwarded, pdf = (part["blobId"] for part in email["attachments"])
    upload = own.anna.send("POST", f"/jmap/upload/{own.account}/", LETTER).json["blobId"]
    asked = [forwarded, upload, email["blobId"], pdf, "bx", "bm99999"]
    found = plain(own, "Email/parse", blobIds=asked, fetchTextBodyValues=True)

    assert set(found["parsed"]) == {forwarded, upload, email["blobId"]}
    assert found["notParsable"] == [pdf]
    assert found["notFound"] == ["bx", "bm99999"]
    inner, outer = found["parsed"][forwarded], found["parsed"][upload]
    assert (inner["subject"], inner["preview"], inner["hasAttachment"]) == (
        "Innen",
        "Der innere Brief",
        False,
    )
    assert [v["value"] for v in inner["bodyValues"].values()] == ["Der innere Brief"]
    assert (outer["from"], outer["sentAt"], outer["hasAttachment"]) == (
        [JOERG],
        "2026-03-02T09:00:00+01:00",
        True,
    )
    within = outer["attachments"][0]["blobId"]
    assert plain(own, "Email/parse", blobIds=[within], properties=["subject"])["parsed"] == {
        within: {"subject": "Innen"}
    }


def test_messages_within_messages_are_fetched_from_microsoft_and_read(office: Office) -> None:
    """Attached as an item, each is there when it is asked for; an appointment is no message."""
    calendar = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
    innermost = {
        "subject": "Ganz innen",
        "html": "<p>Kern</p>",
        "attachments": [attachment("a.bin", "x/y", b"abc")],
    }
    inner = {"subject": "Innen", "attachments": [{"name": "Ganz innen", "message": innermost}]}
    files = [{"name": "Innen", "message": inner}, attachment("Termin.eml", "message/rfc822", calendar)]
    desk = new_desk(office, {"subject": "Außen", "attachments": files})
    [message] = plain(desk, "Email/query")["ids"]
    item, date = (part["blobId"] for part in one(desk, message, "attachments")["attachments"])
    parsed = plain(desk, "Email/parse", blobIds=[item, date])
    within = parsed["parsed"][item]["attachments"][0]
    [core] = plain(desk, "Email/parse", blobIds=[within["blobId"]])["parsed"].values()
    octets = desk.anna.send("GET", f"/jmap/download/{desk.account}/{core['attachments'][0]['blobId']}/a.bin")

    assert (parsed["parsed"][item]["subject"], within["type"], core["subject"]) == (
        "Innen",
        "message/rfc822",
        "Ganz innen",
    )
    assert (octets.body, parsed["notParsable"]) == (b"abc", [date])


def test_a_parsed_message_has_nothing_of_a_stored_one(own: Desk, letter: str) -> None:
    """id, folders, keywords and arrival are null; arguments are checked as those of Email/get."""
    blob = one(own, letter, "blobId")["blobId"]
    names = ["id", "threadId", "mailboxIds", "keywords", "receivedAt", "blobId", "size", "header:X-Ticket"]
    [email] = plain(own, "Email/parse", blobIds=[blob], properties=names)["parsed"].values()

    assert [email[name] for name in names] == [None] * 5 + [blob, len(LETTER), " 4712"]
    for args in ({}, {"blobIds": [7]}, {"blobIds": [blob], "properties": ["poststelle:dueAt"]}):
        assert own.anna.refusal("Email/parse", accountId=own.account, **args) == "invalidArguments"
    many = [f"bm{n}" for n in range(51)]
    assert own.anna.refusal("Email/parse", accountId=own.account, blobIds=many) == "requestTooLarge"
    assert own.anna.refusal("Email/parse", accountId="a999", blobIds=[blob]) == "accountNotFound"


def create(desk: Desk, **draft: object) -> Json:
    """The answer to the creation of one draft."""
    drafts = desk.anna.folder(desk.account, "drafts")["id"]
    whole = {"mailboxIds": {drafts: True}, "keywords": {"$draft": True}, **draft}
    return plain(desk, "Email/set", create={"d": whole})


def test_fields_of_a_draft_are_those_that_were_written(own: Desk) -> None:
    """Fields with properties of their own, and those that begin with X-: here at once, then at Microsoft."""
    written = {
        "header:Subject:asText": "Größe",
        "header:To:asGroupedAddresses": [{"name": None, "addresses": [DORA]}],
        "header:Cc": " Anna <anna@desk.example>",
        "header:References:asMessageIds": ["c@d", "e@f"],
        "header:X-Ticket:asText": "47 – 11",
        "header:X-People:asAddresses": [DORA, BEN],
        "header:x-links:asURLs:all": [["https://a.example"], ["https://b.example"]],
    }
    control = own.office.simulator.control
    control.fail_next("POST", "*/messages", status=503, times=100)
    made = create(own, **written)["created"]["d"]["id"]
    asked = [*written, "references", "subject", "cc"]
    here = one(own, made, *asked)
    control.clear_faults()
    own.settled()
    there = one(own, made, *asked)

    for told in (here, there):
        assert told["header:X-Ticket:asText"] == "47 – 11"
        assert told["header:X-People:asAddresses"] == [DORA, BEN]
        assert told["header:x-links:asURLs:all"] == [["https://a.example"], ["https://b.example"]]
        assert (told["subject"], told["cc"], told["references"]) == ("Größe", [ANNA], ["c@d", "e@f"])
        assert told["header:To:asGroupedAddresses"] == [{"name": None, "addresses": [DORA]}]


@pytest.mark.parametrize(
    ("draft", "wrong"),
    [
        ({"header:List-Id:asText": "x"}, ["header:List-Id:asText"]),
        ({"header:Content-Type": "text/plain"}, ["header:Content-Type"]),
        ({"header:From:asDate": "2026-01-01T00:00:00Z"}, ["header:From:asDate"]),
        ({"subject": "a", "header:Subject:asText": "b"}, ["header:Subject:asText"]),
        ({"header:X-A": "a", "header:x-a:asText": "b"}, ["header:x-a:asText"]),
        ({"header:To:asGroupedAddresses": [{"name": "Team", "addresses": [DORA]}]}, None),
        ({"header:X-A:asURLs": "https://a.example"}, ["header:X-A:asURLs"]),
        ({"header:X-A:asAddresses": [{"name": "ohne"}]}, ["header:X-A:asAddresses"]),
        ({"header:X-A:asText": "a\0b"}, ["header:X-A:asText"]),
        ({"header:X-A:asText": "a" * 901}, ["header:X-A:asText"]),
        ({"header:X-A:all": ["a"] * 6}, ["header:X-A:all"]),
        ({"headers": [{"name": "X-A", "value": "a"}]}, ["headers"]),
    ],
)
def test_a_field_that_microsoft_does_not_keep_is_refused(
    own: Desk, draft: Json, wrong: list[str] | None
) -> None:
    """By name, and nothing is created."""
    [error] = create(own, **draft)["notCreated"].values()

    assert (error["type"], error["properties"]) == ("invalidProperties", wrong or [*draft])


def test_a_part_of_a_message_goes_into_a_draft(own: Desk, letter: str) -> None:
    """Any blob that can be downloaded, also one within another message."""
    pdf = one(own, letter, "attachments")["attachments"][1]
    made = create(own, attachments=[{"blobId": pdf["blobId"], "name": "neu.pdf", "type": "application/pdf"}])
    [email] = own.anna.emails(own.account, [made["created"]["d"]["id"]], "attachments")
    [part] = email["attachments"]

    assert (part["name"], part["size"]) == ("neu.pdf", 5)
    assert own.anna.download(own.account, part["blobId"]).body == b"%PDF-"
