"""Graph's JSON becomes the port's data, however odd the mailbox."""

from datetime import UTC, datetime

import msgspec
import pytest

from poststelle.model.message import Address, Body, Importance
from poststelle.providers.base import RemoteMessage
from poststelle.providers.errors import RetryLater
from poststelle.providers.graph.wire import (
    WireAttachment,
    WireFolder,
    WireMessage,
    decode_item,
    decode_page,
    instant,
    remote_attachment,
    remote_folder,
    remote_message,
)


def read(**properties: object) -> RemoteMessage:
    wire = decode_item(msgspec.json.encode({"id": "AAk=", **properties}), WireMessage)
    assert wire
    return remote_message(wire)


def test_a_whole_message_is_read() -> None:
    """Every property we store arrives, addresses and dates typed."""
    message = read(
        parentFolderId="F1",
        receivedDateTime="2026-08-20T10:00:00Z",
        subject="Besichtigung",
        bodyPreview="Guten Tag",
        **{"from": {"emailAddress": {"name": "Müller, Jörg", "address": "jm@kunde.example"}}},
        toRecipients=[{"emailAddress": {"name": "", "address": "info@buero.example"}}],
        isRead=False,
        importance="high",
        categories=["Dringend"],
        flag={
            "flagStatus": "flagged",
            "dueDateTime": {"dateTime": "2026-09-01T08:00:00.0", "timeZone": "UTC"},
        },
        body={"contentType": "html", "content": "<p>Guten Tag</p>"},
        singleValueExtendedProperties=[{"id": "Integer 0xe08", "value": "4711"}],
    )

    assert message.received_at == datetime(2026, 8, 20, 10, tzinfo=UTC)
    assert message.from_ == (Address("Müller, Jörg", "jm@kunde.example"),)
    assert message.to == (Address("", "info@buero.example"),)
    assert (message.importance, message.categories, message.is_seen) == (
        Importance.HIGH,
        ("Dringend",),
        False,
    )
    assert (message.is_flagged, message.due_at) == (True, datetime(2026, 9, 1, 8, tzinfo=UTC))
    assert message.body == Body("text/html", "<p>Guten Tag</p>")
    assert message.size == 4711


def test_what_a_partial_item_does_not_say_stays_unsaid() -> None:
    """After a flip of isRead a delta item holds three properties; all others are None, not empty."""
    message = read(isRead=True, parentFolderId="F1")

    assert message == RemoteMessage("AAk=", folder_id="F1", is_seen=True)  # type: ignore[arg-type]  # plain ids


def test_null_means_empty() -> None:
    """A null subject, sender or recipient list is said: it is empty."""
    message = read(subject=None, bodyPreview=None, **{"from": None}, toRecipients=None, categories=None)

    assert (message.subject, message.preview, message.from_, message.to, message.categories) == (
        "",
        "",
        (),
        (),
        (),
    )


@pytest.mark.parametrize(
    "recipient", [None, {}, {"emailAddress": None}, {"emailAddress": {"name": None, "address": None}}]
)
def test_a_recipient_without_name_and_address_is_left_out(recipient: object) -> None:
    """Real messages have recipients that are nothing at all."""
    assert read(toRecipients=[{"emailAddress": {"address": "a@b.example"}}, recipient or {}]).to == (
        Address("", "a@b.example"),
    )


def test_an_unreadable_field_costs_that_field() -> None:
    """A number where a text should be loses the one property, not the message."""
    message = read(subject=7, isRead="yes", bodyPreview="still here", toRecipients=[None])

    assert (message.subject, message.is_seen, message.preview, message.to) == (None, None, "still here", None)


def test_an_item_without_an_id_costs_that_item() -> None:
    """The page goes on without it."""
    page = decode_page(b'{"value":[{"subject":"?"},{"id":"A"}, 3],"@odata.deltaLink":"d"}', WireMessage)

    assert ([item.id for item in page.items], page.unreadable) == (["A"], 2)


def test_a_lone_surrogate_does_not_lose_the_page() -> None:
    """Half an emoji in a subject is legal JSON text and no legal Unicode."""
    page = decode_page(b'{"value":[{"id":"A","subject":"\\ud83d"},{"id":"B"}]}', WireMessage)

    assert [item.id for item in page.items] == ["A", "B"]


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b'{"value":[{"id":', b"[]", b"\xff\xfe"])
def test_a_body_that_is_no_page_is_tried_again(body: bytes) -> None:
    """A cut-off answer or a proxy's page says nothing about the mailbox."""
    with pytest.raises(RetryLater):
        decode_page(body, WireMessage)


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-13-01T00:00:00Z", "0000-00-00T00:00:00Z"])
def test_a_date_that_is_none_is_left_out(text: str | None) -> None:
    """No date of the calendar, no instant."""
    assert instant(text) is None


def test_the_first_and_last_years_are_dates() -> None:
    """Exchange uses year 1 for "never"; a time zone must not push it off the calendar."""
    assert instant("0001-01-01T00:00:00Z") == datetime(1, 1, 1, tzinfo=UTC)
    assert instant("0001-01-01T00:00:00+02:00") is None


def test_counts_may_be_decimals() -> None:
    """A count of 3.0 is three."""
    wire = decode_item(
        b'{"id":"F","displayName":"A/B","totalItemCount":3.0,"unreadItemCount":0.0}', WireFolder
    )
    assert wire
    folder = remote_folder(wire, root="R")

    assert (folder.total, folder.unread, folder.name, folder.parent_id) == (3, 0, "A/B", None)


@pytest.mark.parametrize("text", ["1e300", "inf", "nan", "-4711", "many", ""])
def test_a_size_that_no_database_holds_is_none(text: str) -> None:
    """It costs the size, not the page that it is on."""
    assert read(singleValueExtendedProperties=[{"id": "Integer 0xe08", "value": text}]).size is None


def test_a_folder_below_the_root_is_top_level() -> None:
    """The root itself is no folder people see."""
    wire = WireFolder(id="F", display_name="Posteingang", parent_folder_id="R")

    assert remote_folder(wire, root="R").parent_id is None
    assert remote_folder(wire, root="other").parent_id == "R"


def test_attachments_know_their_kind() -> None:
    """A message inside is an item of MIME type message/rfc822; content ids lose their brackets."""
    item = remote_attachment(WireAttachment(id="1", type="#microsoft.graph.itemAttachment", name="Fwd"))
    file = remote_attachment(
        WireAttachment(id="2", type="#microsoft.graph.fileAttachment", content_id="<logo@x>")
    )
    link = remote_attachment(WireAttachment(id="3", type="#microsoft.graph.referenceAttachment"))

    assert (item.kind, item.content_type) == ("item", "message/rfc822")
    assert (file.kind, file.content_id, file.content_type) == ("file", "logo@x", "application/octet-stream")
    assert link.kind == "reference"


@pytest.mark.parametrize(
    ("properties", "names"),
    [
        ([("String 0x1042", "<a@b>"), ("Integer 0xe07", "1")], (("a@b",), ())),
        ([("String 0x1042", "<a@b>"), ("String 0x1039", "<c@d>\r\n <a@b>")], (("a@b",), ("c@d", "a@b"))),
        ([("String 0x1039", "no names\0"), ("Integer 0x0e07", "1")], ((), ())),
        ([("Integer 0xe08", "4711")], (None, None)),
        ([], (None, None)),
    ],
)
def test_what_a_message_answers_is_read(
    properties: list[tuple[str, str]], names: tuple[tuple[str, ...] | None, ...]
) -> None:
    """Where it was asked for: a delta link from before that goes on without, and then nothing is known."""
    found = read(singleValueExtendedProperties=[{"id": i, "value": v} for i, v in properties])
    assert (found.in_reply_to, found.references) == names
