"""Attachments that programs add and take away."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest
from tests.sim.graph.harness import IMMUTABLE, GraphCaller

from m365sim.world import Mailbox
from m365sim.world.compose import Written, content_of
from m365sim.world.content import FileAttachment, ItemAttachment
from m365sim.world.simulation import Simulation

MB = 1024 * 1024


@pytest.fixture
def path(sim: Simulation, mailbox: Mailbox) -> str:
    """A message that says nothing and has nothing attached."""
    written = Written("<a@x>", "Leer", "Text", False, 1_700_000_000)
    message = sim.world.receive(mailbox, mailbox.named["inbox"], written)
    return f"/me/messages/{mailbox.ids.immutable(message.number)}"


def file(name: str, octets: bytes = b"inhalt", **more: Any) -> dict[str, Any]:
    kind = "#microsoft.graph.fileAttachment"
    return {"@odata.type": kind, "name": name, "contentBytes": b64encode(octets).decode(), **more}


def added(graph: GraphCaller, path: str, body: dict[str, Any]) -> dict[str, Any]:
    reply = graph.call("POST", f"{path}/attachments", body)
    assert reply.status == 201, reply.body
    return dict(reply.json)


def test_a_file_is_added(graph: GraphCaller, path: str) -> None:
    """201 with the attachment; the message has attachments, another size and another change key."""
    before = graph.get(f"{path}?$expand=singleValueExtendedProperties($filter=id+eq+'Integer+0x0E08')")

    made = added(graph, path, file("Plan.txt", b"1234", contentType="text/plain"))

    after = graph.get(f"{path}?$expand=singleValueExtendedProperties($filter=id+eq+'Integer+0x0E08')")
    assert made["@odata.type"] == "#microsoft.graph.fileAttachment"
    assert (made["name"], made["contentType"], b64decode(made["contentBytes"])) == (
        "Plan.txt",
        "text/plain",
        b"1234",
    )
    assert graph.call("GET", f"{path}/attachments/{made['id']}/$value").body == b"1234"
    assert (before["hasAttachments"], after["hasAttachments"]) == (False, True)
    assert before["changeKey"] != after["changeKey"]
    sizes = [int(m["singleValueExtendedProperties"][0]["value"]) for m in (before, after)]
    assert sizes[1] - sizes[0] == made["size"]


def test_an_item_and_a_reference_are_added(graph: GraphCaller, path: str) -> None:
    """An attached message is opened by $expand and downloaded as MIME; a reference has no content (405)."""
    inner = {"@odata.type": "#microsoft.graph.message", "subject": "Innen"}
    item = added(
        graph, path, {"@odata.type": "#microsoft.graph.itemAttachment", "name": "Brief", "item": inner}
    )
    link = added(graph, path, {"@odata.type": "microsoft.graph.referenceAttachment", "name": "Ablage"})

    opened = graph.get(f"{path}/attachments/{item['id']}/?$expand=microsoft.graph.itemattachment/item")
    assert opened["item"]["subject"] == "Innen"
    assert b"Subject: Innen" in graph.call("GET", f"{path}/attachments/{item['id']}/$value").body
    assert graph.call("GET", f"{path}/attachments/{link['id']}/$value").status == 405
    assert [a["@odata.type"].rpartition(".")[2] for a in graph.get(f"{path}/attachments")["value"]] == [
        "itemAttachment",
        "referenceAttachment",
    ]


def test_taking_one_away_leaves_the_ids_of_the_others(graph: GraphCaller, path: str) -> None:
    """An id is an attachment's for life, and none is given twice: not even the last one's."""
    first, second, third = [added(graph, path, file(name))["id"] for name in ("a", "b", "c")]

    assert graph.call("DELETE", f"{path}/attachments/{first}").status == 204
    assert graph.call("DELETE", f"{path}/attachments/{third}").status == 204
    fourth = added(graph, path, file("d"))["id"]

    assert fourth not in (first, second, third)
    shown = graph.get(f"{path}/attachments?$select=name")["value"]
    assert {a["id"]: a["name"] for a in shown} == {second: "b", fourth: "d"}
    assert graph.call("GET", f"{path}/attachments/{first}").code == "ErrorItemNotFound"
    assert graph.call("DELETE", f"{path}/attachments/{first}").status == 404


def test_attachments_received_can_be_taken_away(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """The attachments a message came with behave alike; its MIME form is rebuilt without them."""
    raw = (
        b"From: a@x.example\r\nTo: b@x.example\r\nSubject: Zwei\r\nX-Own: ja\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nText\r\n"
        b'--b\r\nContent-Type: text/plain; name="eins.txt"\r\nContent-Disposition: attachment\r\n\r\n1\r\n'
        b'--b\r\nContent-Type: text/plain; name="zwei.txt"\r\nContent-Disposition: attachment\r\n\r\n2\r\n'
        b"--b--\r\n"
    )
    url = f"/control/mailboxes/{mailbox.address}/messages"
    kind = "message/rfc822"
    reply = graph.call("POST", graph.base + url, raw, Content_Type=kind)
    assert reply.status == 201, reply.body
    [message] = graph.get("/me/messages?$expand=attachments($select=name)")["value"]
    path, [first, second] = f"/me/messages/{message['id']}", message["attachments"]

    graph.call("DELETE", f"{path}/attachments/{second['id']}")

    mime = graph.call("GET", f"{path}/$value").body
    assert [a["id"] for a in graph.get(f"{path}/attachments")["value"]] == [first["id"]]
    assert (mime.count(b"Subject:"), mime.count(b"Content-Type: multipart"), b"X-Own: ja" in mime) == (
        1,
        1,
        True,
    )
    assert (b"eins.txt" in mime, b"zwei.txt" in mime) == (True, False)
    assert added(graph, path, file("drei"))["id"] not in (first["id"], second["id"])


def test_delta_tells_of_attachments(graph: GraphCaller, path: str) -> None:
    """Adding is an update of hasAttachments, and what was expanded in the first request comes along."""
    options = "$select=subject,hasAttachments&$expand=attachments($select=name)"
    _, link = graph.round(f"/me/mailFolders/inbox/messages/delta?{options}", IMMUTABLE)
    added(graph, path, file("Plan.txt"))

    [item], link = graph.round(link, IMMUTABLE)

    assert item["hasAttachments"] is True
    assert [a["name"] for a in item["attachments"]] == ["Plan.txt"]
    assert "subject" not in item
    graph.call("PATCH", path, {"isRead": True})
    assert "attachments" not in graph.round(link, IMMUTABLE)[0][0]


def test_attachments_tell_when_they_came(sim: Simulation, graph: GraphCaller, path: str) -> None:
    """lastModifiedDateTime of an attachment is its own, not the message's."""
    first = added(graph, path, file("a"))
    sim.clock.advance(3600)
    second = added(graph, path, file("b"))

    shown = graph.get(f"{path}/attachments?$select=lastModifiedDateTime")["value"]

    assert [a["lastModifiedDateTime"] for a in shown] == [
        first["lastModifiedDateTime"],
        second["lastModifiedDateTime"],
    ]
    assert first["lastModifiedDateTime"] < second["lastModifiedDateTime"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "a", "contentBytes": "YQ=="}, 400, "UnableToDeserializePostBody"),
        ({"@odata.type": "#microsoft.graph.taskAttachment", "name": "a"}, 400, "UnableToDeserializePostBody"),
        (file(""), 400, "ErrorRequiredPropertyMissing"),
        (file("a") | {"contentBytes": "YQ="}, 400, "UnableToDeserializePostBody"),
        (file("a", colour="red"), 400, "BadRequest"),
        (file("a", b"x" * (3 * MB)), 413, "RequestEntityTooLarge"),
        ([file("a")], 400, "UnableToDeserializePostBody"),
    ],
)
def test_what_is_no_attachment_is_refused(
    graph: GraphCaller, path: str, body: Any, status: int, code: str
) -> None:
    """Type, name and content are needed, unknown properties refused, and one request holds 4 MB."""
    reply = graph.call("POST", f"{path}/attachments", body)

    assert (reply.status, reply.code) == (status, code)
    assert graph.call("GET", f"{path}/attachments/$count").body == b"0"


def test_a_message_can_be_too_large(mailbox: Mailbox, graph: GraphCaller, path: str) -> None:
    """What would make the message larger than the mailbox takes is 413, and changes nothing."""
    mailbox.max_message_size = 5000
    added(graph, path, file("a", b"x" * 2000))

    reply = graph.call("POST", f"{path}/attachments", file("b", b"x" * 4000))

    assert (reply.status, reply.code) == (413, "ErrorMessageSizeExceeded")
    assert graph.call("GET", f"{path}/attachments/$count").body == b"1"


def test_reading_permission_adds_nothing(base: str, path: str) -> None:
    """Adding and taking away need Mail.ReadWrite."""
    reader = GraphCaller(base, scopes="Mail.Read")

    assert reader.call("POST", f"{path}/attachments", file("a")).code == "ErrorAccessDenied"
    target = f"{path}/attachments/createUploadSession"
    assert reader.call("POST", target, {"AttachmentItem": {}}).code == "ErrorAccessDenied"


def test_the_list_is_filtered_sorted_and_paged(graph: GraphCaller, path: str) -> None:
    """Comparisons of base properties joined by and; $top and $skip with a link to the rest."""
    for name, octets in (("b.txt", b"22"), ("a.txt", b"1"), ("c.png", b"333")):
        added(graph, path, file(name, octets, isInline=name == "c.png", contentType="text/plain"))

    def names(options: str) -> list[str]:
        return [a["name"] for a in graph.get(f"{path}/attachments?{options}")["value"]]

    assert names("$filter=isInline+eq+false") == ["b.txt", "a.txt"]
    assert names("$filter=name+eq+'A.TXT'+and+size+lt+1000") == ["a.txt"]
    assert names("$filter=contentType+ne+'text/plain'") == []
    assert names("$orderby=name") == ["a.txt", "b.txt", "c.png"]
    assert names("$orderby=size+desc") == ["c.png", "b.txt", "a.txt"]
    assert graph.call("GET", f"{path}/attachments/$count?$filter=isInline+eq+true").body == b"1"
    page = graph.get(f"{path}/attachments?$top=2&$count=true&$orderby=name")
    rest = graph.get(page["@odata.nextLink"])
    assert (page["@odata.count"], len(page["value"]), [a["name"] for a in rest["value"]]) == (3, 2, ["c.png"])


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ("$filter=contains(name,'a')", 501),
        ("$filter=isInline+eq+false+or+size+gt+1", 501),
        ("$filter=size+eq+'a'", 400),
        ("$orderby=contentId", 501),
        ("$search=x", 501),
        ("$top=0", 400),
        ("$expand=microsoft.graph.itemAttachment/item($expand=attachments)", 400),
        ("$expand=item", 501),
        ("$select=contentBytes", 400),
    ],
)
def test_other_options_are_refused_by_name(graph: GraphCaller, path: str, options: str, status: int) -> None:
    """Nothing is ignored: 400 for what Graph refuses, 501 for what is not simulated."""
    assert graph.call("GET", f"{path}/attachments?{options}").status == status


def test_attached_messages_are_opened_to_thirty_levels(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """An opened message shows its attachments and opens those that are messages, thirty deep."""
    note = (FileAttachment("note.txt", "text/plain", b"note"),)
    inner = content_of(Written("<0@x>", "Tiefe 0", "", False, 1_700_000_000, attachments=note), {})
    for depth in range(1, 33):
        attached = (ItemAttachment(f"Tiefe {depth - 1}", inner),)
        inner = content_of(
            Written(f"<{depth}@x>", f"Tiefe {depth}", "", False, 1_700_000_000, attachments=attached), {}
        )
    message = mailbox.add(mailbox.named["inbox"], inner, 1_700_000_000)
    path = f"/me/messages/{mailbox.ids.immutable(message.number)}"

    for inside in ("", "($expand=microsoft.graph.message/attachments)"):
        [shown] = graph.get(f"{path}/attachments?$expand=microsoft.graph.itemAttachment/item{inside}")[
            "value"
        ]
        subjects = []
        while "item" in shown:
            subjects.append(shown["item"]["subject"])
            shown = shown["item"]["attachments"][0]

        assert subjects == [f"Tiefe {n}" for n in range(31, 1, -1)]


def test_files_inside_an_opened_message_bring_their_bytes(graph: GraphCaller, path: str) -> None:
    """A file attached to an attached message is read in one call."""
    inner = {
        "@odata.type": "#microsoft.graph.message",
        "subject": "Innen",
        "attachments": [file("t", b"tief")],
    }
    added(graph, path, {"@odata.type": "#microsoft.graph.itemAttachment", "name": "Brief", "item": inner})

    [shown] = graph.get(f"{path}/attachments?$expand=microsoft.graph.itemattachment/item")["value"]

    assert b64decode(shown["item"]["attachments"][0]["contentBytes"]) == b"tief"
