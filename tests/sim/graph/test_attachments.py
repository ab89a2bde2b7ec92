"""Attachments: files, attached messages, inline pictures."""

from __future__ import annotations

from base64 import b64decode

import pytest
from tests.sim.graph.harness import IMMUTABLE, GraphCaller

from m365sim.world import Mailbox
from m365sim.world.compose import Written, content_of
from m365sim.world.content import FileAttachment, ItemAttachment
from m365sim.world.simulation import Simulation

OCTETS = bytes(range(256)) * 4


@pytest.fixture
def path(sim: Simulation, mailbox: Mailbox) -> str:
    inner = Written("<in@x>", "Innen", "Text", False, 1_700_000_000)
    written = Written(
        "<out@x>",
        "Außen",
        "<img src='cid:p1'>",
        True,
        1_700_000_000,
        attachments=(
            FileAttachment("Plan ü.pdf", "application/pdf", OCTETS),
            FileAttachment("p.png", "image/png", b"png", "p1", True),
            ItemAttachment("Innen", content_of(inner, {})),
        ),
    )
    message = sim.world.receive(mailbox, mailbox.named["inbox"], written)
    return f"/me/messages/{mailbox.ids.immutable(message.number)}"


def test_attachments_are_listed_with_their_bytes(graph: GraphCaller, path: str) -> None:
    """File, inline picture and attached message, in order; only files carry bytes."""
    file, picture, item = graph.get(f"{path}/attachments")["value"]

    assert b64decode(file["contentBytes"]) == OCTETS
    assert (picture["contentId"], picture["isInline"]) == ("p1", True)
    assert item["@odata.type"] == "#microsoft.graph.itemAttachment"
    assert "contentBytes" not in item
    assert graph.call("GET", f"{path}/attachments/$count").body == b"3"


def test_bytes_can_be_left_out(graph: GraphCaller, path: str) -> None:
    """``$select`` of base properties, and of a file's own with the type before it."""
    select = "name,size,microsoft.graph.fileAttachment/contentId"

    file, picture, item = graph.get(f"{path}/attachments?$select={select}")["value"]

    assert set(file) == {"@odata.type", "id", "name", "size", "contentId"}
    assert picture["contentId"] == "p1"
    assert set(item) == {"@odata.type", "id", "name", "size"}


def test_a_file_property_without_its_type_is_unknown(graph: GraphCaller, path: str) -> None:
    """The collection's type is attachment, which has no contentId."""
    assert graph.call("GET", f"{path}/attachments?$select=contentId").status == 400


def test_one_attachment_by_either_form_of_id(graph: GraphCaller, path: str) -> None:
    """Attachment ids follow the form of the message's id and both are understood."""
    default = graph.get(f"{path}/attachments")["value"][0]["id"]
    immutable = graph.get(f"{path}/attachments", IMMUTABLE)["value"][0]["id"]

    assert default != immutable
    for given in (default, immutable):
        assert graph.get(f"{path}/attachments/{given}")["name"] == "Plan ü.pdf"


def test_values_are_the_octets(graph: GraphCaller, path: str) -> None:
    """``$value`` of a file is the file; of an attached message its MIME form."""
    file, _, item = [a["id"] for a in graph.get(f"{path}/attachments")["value"]]

    pdf = graph.call("GET", f"{path}/attachments/{file}/$value")
    eml = graph.call("GET", f"{path}/attachments/{item}/$value")

    assert (pdf.body, pdf.headers["content-type"]) == (OCTETS, "application/pdf")
    assert eml.headers["content-type"] == "message/rfc822"
    assert b"Subject: Innen" in eml.body


@pytest.mark.parametrize("value", ["bytes=0-9", "bytes=2000-", "bytes=nonsense"])
def test_a_range_has_no_effect_on_values(graph: GraphCaller, path: str, value: str) -> None:
    """Mail has no partial downloads: the whole comes, and nothing promises ranges."""
    file = graph.get(f"{path}/attachments")["value"][0]["id"]

    reply = graph.call("GET", f"{path}/attachments/{file}/$value", Range=value)

    assert (reply.status, reply.body) == (200, OCTETS)
    assert not {"accept-ranges", "content-range"} & set(reply.headers)


def test_mail_is_never_read_on_condition(graph: GraphCaller, path: str) -> None:
    """If-None-Match with the etag at hand, or with *, is answered in full for a message and its MIME form."""
    etag = graph.get(path)["@odata.etag"]

    for target in (path, f"{path}/$value"):
        replies = [graph.call("GET", target, If_None_Match=value) for value in (etag, "*")]
        assert [reply.status for reply in replies] == [200, 200]
        assert all(reply.body for reply in replies)


def test_an_attached_message_opens_by_expand(graph: GraphCaller, path: str) -> None:
    """``$expand=microsoft.graph.itemAttachment/item`` shows the message inside."""
    item = graph.get(f"{path}/attachments")["value"][2]["id"]

    shown = graph.get(f"{path}/attachments/{item}?$expand=microsoft.graph.itemAttachment/item")

    assert shown["item"]["subject"] == "Innen"


def test_messages_bring_attachments_when_expanded(graph: GraphCaller, path: str) -> None:
    """``$expand=attachments`` works on one message, on lists and with options in brackets."""
    one = graph.get(f"{path}?$select=subject&$expand=attachments")
    [many] = graph.get("/me/messages?$expand=attachments($select=name)")["value"]

    assert len(one["attachments"]) == 3
    assert [set(a) for a in many["attachments"]] == [{"@odata.type", "id", "name"}] * 3


def test_an_attachment_of_another_message_is_not_found(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller, path: str
) -> None:
    """An attachment is reached only through its own message."""
    [number] = sim.world.bulk(mailbox, mailbox.named["inbox"], 1, seed=1)
    other = mailbox.ids.attachment(number, 0, is_immutable=True)

    assert graph.call("GET", f"{path}/attachments/{other}").code == "ErrorItemNotFound"
    assert graph.call("GET", f"{path}/attachments/zzz").code == "ErrorInvalidIdMalformed"
