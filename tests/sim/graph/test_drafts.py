"""Drafts: written from JSON and MIME, changed, and what is refused; mail brought from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.sim.graph.harness import IMMUTABLE, GraphCaller

from m365sim.clock import Clock
from m365sim.world import Mailbox
from m365sim.world.compose import Written
from m365sim.world.messages import Message
from m365sim.world.simulation import Simulation

MIME = (
    b"From: Somebody <else@example.net>\r\nTo: Bea <bea@example.net>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nImportance: High\r\nX-Own: 1\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHallo\r\n"
)


def person(address: str, name: str = "") -> dict[str, Any]:
    """A recipient."""
    return {"emailAddress": {"address": address, "name": name or address}}


def draft(graph: GraphCaller, **properties: Any) -> dict[str, Any]:
    """A new draft, as the service answers."""
    reply = graph.call("POST", "/me/messages", properties)
    assert reply.status == 201, reply.body
    made: dict[str, Any] = reply.json
    return made


def test_a_draft_has_what_was_written(graph: GraphCaller, mailbox: Mailbox) -> None:
    """Every writable property comes back; the draft lies in Drafts, read, with a Message-ID of its own."""
    wanted = {
        "subject": "Angebot",
        "body": {"contentType": "html", "content": "<p>Guten Tag</p>"},
        "toRecipients": [person("bea@example.net", "Bea")],
        "ccRecipients": [person("carl@example.net", "Carl")],
        "bccRecipients": [person("dora@example.net", "Dora")],
        "replyTo": [person("reply@example.net", "Reply")],
        "from": person("desk@example.org", "Desk"),
        "importance": "high",
        "categories": ["Rot"],
        "inferenceClassification": "other",
        "isReadReceiptRequested": True,
        "isDeliveryReceiptRequested": True,
    }

    made = draft(graph, **wanted)

    assert {name: made[name] for name in wanted} == wanted
    assert (made["isDraft"], made["isRead"], made["bodyPreview"]) == (True, True, "Guten Tag")
    assert made["internetMessageId"].endswith("@example.org>")
    assert made["parentFolderId"] == mailbox.ids.folder(mailbox.named["drafts"].number)


def test_a_new_message_says_where_it_is(graph: GraphCaller) -> None:
    """201 carries the address of the message, and the entity's context."""
    reply = graph.call("POST", "/me/messages", {"subject": "x"}, IMMUTABLE)

    assert graph.get(reply.headers["location"], IMMUTABLE)["id"] == reply.json["id"]
    assert reply.json["@odata.context"].endswith("messages/$entity")


def test_a_draft_may_lie_in_any_folder_but_the_root(graph: GraphCaller, mailbox: Mailbox) -> None:
    """POST below a folder puts the draft there."""
    reply = graph.call("POST", "/me/mailFolders/archive/messages", {"subject": "x"})
    refused = graph.call("POST", "/me/mailFolders/msgfolderroot/messages", {"subject": "x"})

    assert (reply.status, mailbox.named["archive"].total) == (201, 1)
    assert (refused.status, refused.code) == (400, "ErrorInvalidOperation")


def test_names_are_taken_in_pascal_case_too(graph: GraphCaller) -> None:
    """The description writes some names in PascalCase; what the service sets itself has no effect."""
    made = draft(graph, Subject="Groß", IsRead=False, ReceivedDateTime="2001-01-01T00:00:00Z", Id="x")

    assert (made["subject"], made["isRead"]) == ("Groß", False)
    assert not made["receivedDateTime"].startswith("2001")


def test_a_draft_takes_attachments_along(graph: GraphCaller) -> None:
    """Files and messages may be given with the draft."""
    made = draft(
        graph,
        subject="Mit Anlagen",
        attachments=[
            {
                "@odata.type": "#microsoft.graph.fileAttachment",
                "name": "a.txt",
                "contentBytes": b64encode(b"Hallo").decode(),
            },
            {
                "@odata.type": "#Microsoft.Graph.ItemAttachment",
                "Name": "brief",
                "Item": {"@odata.type": "microsoft.graph.message", "subject": "Innen", "attachments": []},
            },
            {"@odata.type": "#microsoft.graph.referenceAttachment", "name": "link"},
        ],
    )
    path = f"/me/messages/{made['id']}"
    found = graph.get(f"{path}/attachments?$expand=microsoft.graph.itemAttachment/item")["value"]

    assert made["hasAttachments"] is True
    assert [a["name"] for a in found] == ["a.txt", "brief", "link"]
    assert found[0]["contentBytes"] == b64encode(b"Hallo").decode()
    assert found[1]["item"]["subject"] == "Innen"
    assert found[2]["@odata.type"] == "#microsoft.graph.referenceAttachment"
    assert graph.call("GET", f"{path}/attachments/{found[2]['id']}/$value").status == 405
    assert b"Hallo" not in graph.call("GET", f"{path}/$value").body  # base64 in its part


STANDARD_HEADER = {"name": "In-Reply-To", "value": "<a@b>"}
NO_NUMBER = {"id": "Integer 0x0E07", "value": "x"}
FILE = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "SGFsbG8="}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"internetMessageHeaders": [STANDARD_HEADER]}, 400, "InvalidInternetMessageHeader"),
        ({"singleValueExtendedProperties": [NO_NUMBER]}, 400, "ErrorInvalidParameter"),
        ({"colour": "red"}, 400, "BadRequest"),
        ({"subject": 1}, 400, "RequestBodyRead"),
        ({"subject": "a", "Subject": "b"}, 400, "RequestBodyRead"),
        ({"toRecipients": [{"address": "a@b.example"}]}, 400, "BadRequest"),
        ({"toRecipients": "a@b.example"}, 400, "RequestBodyRead"),
        ({"body": {"contentType": "markdown", "content": "x"}}, 400, "RequestBodyRead"),
        (
            {"internetMessageHeaders": [{"name": f"x-{n}", "value": "1"} for n in range(6)]},
            400,
            "InvalidInternetMessageHeaderCollection",
        ),
        ({"attachments": [{**FILE, "@odata.type": None}]}, 400, "UnableToDeserializePostBody"),
        ({"attachments": [{**FILE, "contentBytes": "SGFsbG8"}]}, 400, "UnableToDeserializePostBody"),
        ({"attachments": [{**FILE, "name": ""}]}, 400, "ErrorRequiredPropertyMissing"),
        ({"attachments": [{**FILE, "sourceUrl": "x"}]}, 400, "BadRequest"),
        ({"attachments": [{**FILE, "contentBytes": "A" * (4 * 1024 * 1024)}]}, 413, "RequestEntityTooLarge"),
        ({"singleValueExtendedProperties": [{"id": "Colour 1", "value": "x"}]}, 400, "ErrorInvalidParameter"),
        ({"@odata.type": "#microsoft.graph.eventMessage"}, 501, "NotImplementedInSimulation"),
        ({"extensions": []}, 501, "NotImplementedInSimulation"),
    ],
)
def test_a_bad_message_is_not_created(
    graph: GraphCaller, mailbox: Mailbox, body: Any, status: int, code: str
) -> None:
    """Each refusal has its code, and nothing is created."""
    reply = graph.call("POST", "/me/messages", body)

    assert (reply.status, reply.code) == (status, code)
    assert mailbox.messages == {}


def test_a_file_of_three_megabytes_is_too_large_for_one_call(graph: GraphCaller) -> None:
    """From 3 MB on a file takes an upload session."""
    file = {**FILE, "contentBytes": b64encode(bytes(3 * 1024 * 1024)).decode()}

    reply = graph.call("POST", "/me/messages", {"attachments": [file]})

    assert reply.status == 413


def test_own_headers_are_kept(graph: GraphCaller) -> None:
    """Headers that begin with x- are set at creation, and cannot be changed."""
    made = draft(graph, internetMessageHeaders=[{"name": "X-Ours", "value": "Ü 1"}])
    path = f"/me/messages/{made['id']}"

    shown = graph.get(f"{path}?$select=internetMessageHeaders")["internetMessageHeaders"]

    assert shown == [{"name": "X-Ours", "value": "Ü 1"}]
    assert graph.call("PATCH", path, {"internetMessageHeaders": []}).code == "ErrorInvalidPropertySet"


def post_mime(graph: GraphCaller, path: str, body: bytes) -> Any:
    """Send base64 text."""
    return graph.call("POST", path, body, Content_Type="text/plain")


def test_mime_makes_a_draft_of_the_mailbox_owner(graph: GraphCaller) -> None:
    """Whatever From says, the message is the owner's; headers set importance, and the octets stay."""
    reply = post_mime(graph, "/me/messages", b64encode(MIME))
    raw = graph.call("GET", f"/me/messages/{reply.json['id']}/$value").body

    assert reply.status == 201
    assert (reply.json["isDraft"], reply.json["subject"]) == (True, "Grüße")
    assert reply.json["importance"] == "high"
    assert reply.json["from"] == person("anna@example.org", "Anna Becker")
    assert reply.json["toRecipients"] == [person("bea@example.net", "Bea")]
    assert b"else@example.net" not in raw
    assert b"X-Own: 1" in raw


@pytest.mark.parametrize("body", [b"no base64!", b'"' + b64encode(MIME) + b'"', b64encode(MIME)[:-3], b" "])
def test_what_is_no_base64_is_refused(graph: GraphCaller, body: bytes) -> None:
    """A JSON text with quotation marks is no base64 either."""
    reply = post_mime(graph, "/me/messages", body)

    assert (reply.status, reply.code) == (400, "ErrorMimeContentInvalidBase64String")
    assert "Invalid base64 string for MIME content" in reply.json["error"]["message"]


def test_other_content_types_are_refused(graph: GraphCaller) -> None:
    """Neither JSON nor text: 415."""
    assert graph.call("POST", "/me/messages", b"x", Content_Type="message/rfc822").status == 415


def test_a_draft_is_written_anew(graph: GraphCaller) -> None:
    """PATCH changes what a draft says, and delta tells of just that."""
    made = draft(graph, subject="Alt", body={"contentType": "text", "content": "alt"})
    path = f"/me/messages/{made['id']}"
    link = graph.round("/me/mailFolders/drafts/messages/delta")[1]
    wanted = {
        "subject": "Re: Alt",
        "body": {"contentType": "text", "content": "neu"},
        "toRecipients": [person("bea@example.net", "Bea")],
        "replyTo": [person("r@example.net", "R")],
        "internetMessageId": "<ours@example.org>",
    }

    changed = graph.call("PATCH", path, {**wanted, "isRead": False}).json
    items, link = graph.round(link)

    assert {name: changed[name] for name in wanted} == wanted
    assert (changed["bodyPreview"], changed["isRead"]) == ("neu", False)
    assert changed["conversationId"] == made["conversationId"]
    assert set(items[0]) - {"@odata.type", "@odata.etag", "id"} == {
        *wanted, "isRead", "bodyPreview", "parentFolderId",
    }  # fmt: skip
    assert graph.call("PATCH", path, wanted).status == 200
    assert graph.round(link)[0] == []


def test_another_subject_is_another_conversation(graph: GraphCaller) -> None:
    """conversationId changes with the subject, as programs have found."""
    made = draft(graph, subject="Alt")

    changed = graph.call("PATCH", f"/me/messages/{made['id']}", {"subject": "Neu"}).json

    assert changed["conversationId"] != made["conversationId"]


def test_a_mime_draft_is_rebuilt_when_it_changes(graph: GraphCaller) -> None:
    """After a PATCH the octets are made anew; headers of the program's own stay."""
    made = post_mime(graph, "/me/messages", b64encode(MIME)).json
    path = f"/me/messages/{made['id']}"

    graph.call("PATCH", path, {"subject": "Neu"})
    raw = graph.call("GET", f"{path}/$value").body

    assert b"Subject: Neu" in raw
    assert raw.count(b"Subject:") == raw.count(b"To:") == raw.count(b"Content-Type:") == 1
    assert b"X-Own: 1" in raw


@pytest.fixture
def received(sim: Simulation, mailbox: Mailbox) -> Message:
    written = Written("<one@example.net>", "Alt", "alt", False, 1_700_000_000)
    return sim.world.receive(mailbox, mailbox.named["inbox"], written)


def test_mail_is_rewritten_with_the_permission_for_it(
    sim: Simulation, base: str, mailbox: Mailbox, received: Message
) -> None:
    """Mail-Advanced.ReadWrite opens subject and body of mail that is no draft; without it 403."""
    sim.behaviour.sensitive_updates = "need_scope"
    path, body = f"/me/messages/{mailbox.ids.immutable(received.number)}", {"subject": "Neu"}
    plain = GraphCaller(base)
    advanced = GraphCaller(base, scopes="Mail.ReadWrite,Mail-Advanced.ReadWrite")

    assert plain.call("PATCH", path, body).code == "ErrorAccessDenied"
    assert advanced.call("PATCH", path, body).json["subject"] == "Neu"


def test_until_the_day_the_permission_is_not_needed(
    sim: Simulation, graph: GraphCaller, mailbox: Mailbox, received: Message
) -> None:
    """The rule begins on 31 December 2026 by the simulator's clock, unless a switch says otherwise."""
    path = f"/me/messages/{mailbox.ids.immutable(received.number)}"
    day = datetime(2026, 12, 31, tzinfo=UTC)
    sim.clock = Clock(lambda: day - timedelta(seconds=1))
    before = graph.call("PATCH", path, {"subject": "Neu"})
    sim.clock = Clock(lambda: day)
    after = graph.call("PATCH", path, {"subject": "Neuer"})

    assert (before.status, after.status) == (200, 403)


def test_mail_is_imported_by_its_mapi_properties(graph: GraphCaller, mailbox: Mailbox) -> None:
    """Flags without "unsent" make mail with times of its own, headers of its own, in its thread."""
    properties = {
        "Integer 0x0E07": "1",
        "SystemTime 0x0E06": "2020-03-04T05:06:07Z",
        "SystemTime 0x0039": "2020-03-04T05:00:00Z",
        "String 0x007D": "Received: from a\r\n by b; Wed, 4 Mar 2020 05:06:07 +0000\r\nFrom: b@x.example\r\n",
        "String 0x1042": "<root@example.net>",
        "String 0x1039": "<root@example.net>",
        "String 0x3001": "mark",
    }
    extended = [{"id": key, "value": value} for key, value in properties.items()]
    body = {
        "subject": "AW: Früher",
        "from": person("b@example.net"),
        "receivedDateTime": "2019-01-01T00:00:00Z",
        "internetMessageId": "<old@example.net>",
        "singleValueExtendedProperties": extended,
    }

    made = graph.call("POST", "/me/mailFolders/archive/messages", body).json
    shown = graph.get(f"/me/messages/{made['id']}?$select=internetMessageHeaders")
    names = [header["name"] for header in shown["internetMessageHeaders"]]

    assert (made["isDraft"], made["isRead"]) == (False, True)
    assert made["receivedDateTime"] == "2020-03-04T05:06:07Z"
    assert made["sentDateTime"] == "2020-03-04T05:00:00Z"
    assert [m.extended for m in mailbox.messages.values()] == [{"String 0x3001": "mark"}]
    assert names.count("Received") == names.count("From") == names.count("References") == 1


def test_the_unsent_bit_leaves_it_a_draft(graph: GraphCaller) -> None:
    """8 means unsent, and 1 read."""
    states = []
    for flags in ("8", "9"):
        made = draft(graph, singleValueExtendedProperties=[{"id": "Integer 0x0E07", "value": flags}])
        states.append((made["isDraft"], made["isRead"]))

    assert states == [(True, False), (True, True)]


def test_extended_properties_are_set_by_patch(graph: GraphCaller, mailbox: Mailbox) -> None:
    """Single and multiple values, by canonical ids; those not named stay."""
    guid = "{66F5A359-4659-4830-9070-00047EC6AC6E}"
    made = draft(graph, singleValueExtendedProperties=[{"id": f"String {guid} Name Ours", "value": "1"}])
    several = [{"id": f"StringArray {guid} Name List", "value": ["a", "b"]}]

    reply = graph.call("PATCH", f"/me/messages/{made['id']}", {"multiValueExtendedProperties": several})
    (message,) = mailbox.messages.values()

    assert reply.status == 200
    assert message.extended == {
        f"String {guid.lower()} Name Ours": "1",
        f"StringArray {guid.lower()} Name List": ("a", "b"),
    }
