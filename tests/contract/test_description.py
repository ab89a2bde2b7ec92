"""The checker itself: it finds what is wrong, and knows the description's operations by any spelling."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contract.description import Description, Exchange
from tests.contract.watch import Watch

JSON = {"content-type": "application/json;odata.metadata=minimal"}
MESSAGE: dict[str, Any] = {
    "@odata.etag": 'W/"1"',
    "id": "AAMk",
    "subject": "Offer",
    "from": None,
    "body": {"contentType": "text", "content": "Hello"},
    "receivedDateTime": "2026-05-04T09:15:00Z",
    "importance": "normal",
}


def _complaints(description: Description, body: Any, path: str = "/me/messages/AAMk") -> list[str]:
    return description.complaints(Exchange("GET", path, 200, JSON, body))


def test_a_right_answer_is_right(description: Description) -> None:
    """With annotations, and null where a bare $ref stands."""
    assert _complaints(description, MESSAGE) == []
    assert _complaints(description, {"value": [MESSAGE], "@odata.count": 1}, "/me/messages") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"subject": 7},
        {"receivedDateTime": "yesterday"},
        {"importance": "urgent"},
        {"body": {"contentType": "text", "content": "Hello", "length": 5}},
        {"body": {"contentType": "markdown"}},
        {"attachments": [{"@odata.type": "#microsoft.graph.fileAttachment", "path": "/"}]},
        {"attachments": [{"name": "a.txt"}]},
        {"toRecipients": [{"emailAddress": {"address": "a@example.org", "kind": "to"}}]},
    ],
)
def test_a_wrong_answer_is_found(description: Description, wrong: dict[str, Any]) -> None:
    """Unknown properties however deep, wrong types and formats, values outside an enumeration."""
    assert _complaints(description, {**MESSAGE, **wrong})


def test_an_attachment_is_checked_as_what_it_says_it_is(description: Description) -> None:
    """contentBytes belongs to file attachments and to no other."""
    file = {"@odata.type": "#microsoft.graph.fileAttachment", "contentBytes": "YQ=="}
    item = {"@odata.type": "#microsoft.graph.itemAttachment", "contentBytes": "YQ=="}

    assert _complaints(description, file, "/me/messages/AAMk/attachments/AAMk") == []
    assert _complaints(description, item, "/me/messages/AAMk/attachments/AAMk")


def test_errors_have_a_code_and_a_message(description: Description) -> None:
    """An ODataError, in JSON."""
    good = {"error": {"code": "ErrorItemNotFound", "message": "", "innerError": {"date": "now"}}}

    assert description.complaints(Exchange("GET", "/me", 404, JSON, good)) == []
    assert description.complaints(Exchange("GET", "/me", 404, JSON, {"error": "gone"}))
    assert description.complaints(Exchange("GET", "/me", 404, {"content-type": "text/html"}, "<p>"))


@pytest.mark.parametrize(
    ("path", "id_"),
    [
        ("/me/mailFolders('inbox')/messages/delta", "me.mailFolder.message_delta"),
        ("/me/mailfolders/a/childFolders/b/childFolders/c", "me.mailFolder_GetChildFolder"),
        ("/me/mailFolders/a/childFolders/b/childFolders/c/messages", "me.mailFolder.childFolder_ListMessage"),
        ("/users/ann%40example.org/messages/microsoft.graph.delta()", "user.message_delta"),
    ],
)
def test_paths_are_known_by_any_spelling(description: Description, path: str, id_: str) -> None:
    """Keys in brackets, namespaces, folders however deep."""
    operation = description.operation("GET", path)

    assert operation is not None
    assert operation.id == id_


def test_the_parts_of_a_batch_are_checked_as_well(description: Description) -> None:
    """A wrong part is found by the request it answers."""
    watch = Watch(_nobody, description)
    asked = b'{"requests": [{"id": "1", "method": "GET", "url": "/me/messages/AAMk"}]}'
    answered = b'{"responses": [{"id": "1", "status": 200, "headers": {"Content-Type": "application/json"}, '
    answered += b'"body": {"id": "AAMk", "colour": "red"}}]}'

    watch.see("POST", "/v1.0/$batch", 200, {**JSON, **_ALWAYS}, asked, answered)

    assert len(watch.complaints) >= 1
    assert "GET /me/messages/AAMk 200" in watch.complaints[0]


_ALWAYS = {"request-id": "1", "cache-control": "private", "odata-version": "4.0"}


async def _nobody(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("nobody asks")
