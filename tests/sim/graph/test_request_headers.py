"""What would make a request another one is refused by name, or understood; it is never overlooked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.sim.graph.harness import GraphCaller, application, mailbox_of, office, served

SCOPES = "User.Read,Mail.ReadWrite,Mail.Send,MailboxSettings.ReadWrite"
PART = {
    "id": "1",
    "method": "POST",
    "url": "/me/mailFolders",
    "headers": {"Content-Type": "application/json"},
    "body": {"displayName": "Neu"},
}


@pytest.fixture(scope="module")
def graph() -> Iterator[GraphCaller]:
    sim = office()
    sim.world.bulk(mailbox_of(sim), mailbox_of(sim).named["inbox"], 3, seed=5)
    with served(application(sim)) as base:
        yield GraphCaller(base, scopes=SCOPES)


@pytest.mark.parametrize(
    "headers",
    [
        {"OData_Version": "4.0", "OData_MaxVersion": "4.01"}, {"ConsistencyLevel": "Eventual"},
        {"Content_Encoding": "identity"}, {"X_HTTP_Method": ""},
    ],
)  # fmt: skip
def test_what_says_nothing_new_is_taken(graph: GraphCaller, headers: dict[str, str]) -> None:
    assert graph.call("GET", "/me/messages", **headers).status == 200


@pytest.mark.parametrize(
    ("headers", "status", "named"),
    [
        ({"OData_Version": "9.9"}, 400, "OData-Version"),
        ({"OData_MaxVersion": "3.0"}, 400, "OData-MaxVersion"),
        ({"ConsistencyLevel": "x"}, 400, "ConsistencyLevel"),
        ({"X_HTTP_Method": "DELETE"}, 501, "X-HTTP-Method"),
        ({"X_HTTP_Method_Override": "PATCH"}, 501, "X-HTTP-Method-Override"),
        ({"Accept": "application/xml"}, 501, "Accept: application/xml"),
        ({"Prefer": "respond-async"}, 501, "respond-async"),
        ({"Content_Encoding": "br"}, 415, "Content-Encoding 'br'"),
    ],
)  # fmt: skip
def test_what_would_is_refused_by_name(
    graph: GraphCaller, headers: dict[str, str], status: int, named: str
) -> None:
    """Whatever the method, and for a batch as for a call; nothing is done."""
    read = graph.call("GET", "/me/messages", **headers)
    made = graph.call("POST", "/me/mailFolders", {"displayName": "Neu"}, **headers)
    batch = graph.call("POST", "/$batch", {"requests": [PART]}, **headers)

    assert (read.status, made.status, batch.status) == (status, status, status)
    assert named in batch.json["error"]["message"]
    assert named in read.json["error"]["message"]
    assert "Neu" not in [one["displayName"] for one in graph.get("/me/mailFolders?$top=100")["value"]]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/me/messages/{message}", {"isRead": True}),
        ("PATCH", "/me/mailFolders/archive", {"displayName": "Anders"}),
        ("POST", "/me/mailFolders", {"displayName": "Neu"}),
        ("PATCH", "/me/mailboxSettings", {"timeZone": "UTC"}),
        ("POST", "/me/outlook/masterCategories", {"displayName": "Eilig", "color": "preset1"}),
        ("POST", "/me/mailFolders/inbox/messageRules", {"displayName": "R", "actions": {"delete": True}}),
    ],
)
def test_an_object_of_another_type_is_refused(
    graph: GraphCaller, method: str, path: str, body: dict[str, Any]
) -> None:
    """A calendar's event is no message, no folder and no rule, whatever its properties are called."""
    [message, *_] = graph.get("/me/messages")["value"]
    event = {"@odata.type": "#microsoft.graph.event", **body}
    refused = graph.call(method, path.format(message=message["id"]), event)

    assert (refused.status, refused.code) == (400, "UnableToDeserializePostBody")
    assert "#microsoft.graph.event" in refused.json["error"]["message"]


@pytest.mark.parametrize("type_", ["#microsoft.graph.message", "microsoft.graph.Message"])
def test_its_own_type_may_be_said(graph: GraphCaller, type_: str) -> None:
    """The SDKs say it with every object, however deep."""
    [message, *_] = graph.get("/me/messages")["value"]
    body = {
        "@odata.type": type_,
        "flag": {"@odata.type": "#microsoft.graph.followupFlag", "flagStatus": "flagged"},
        "singleValueExtendedProperties": [
            {
                "@odata.type": "#microsoft.graph.singleValueLegacyExtendedProperty",
                "id": "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Farbe",
                "value": "Grün",
            }
        ],
    }
    answer = graph.call("PATCH", f"/me/messages/{message['id']}", body)
    assert (answer.status, answer.json["flag"]["flagStatus"]) == (200, "flagged")


@pytest.mark.parametrize("kind", ["text/plain", "multipart/mixed; boundary=x"])
def test_a_batch_is_json(graph: GraphCaller, kind: str) -> None:
    """OData's other form of batches is refused by its type."""
    refused = graph.call("POST", "/$batch", {"requests": [PART]}, Content_Type=kind)
    assert (refused.status, refused.code) == (415, "UnsupportedMediaType")


def test_the_preference_of_a_batch_is_not_its_parts(graph: GraphCaller) -> None:
    """Immutable ids are answered by the parts that ask for them."""
    part = {"id": "1", "method": "GET", "url": "/me/messages?$select=id&$top=1"}
    answer = graph.call("POST", "/$batch", {"requests": [part]}, prefer='IdType="ImmutableId"')
    [shown] = answer.json["responses"]
    assert "preference-applied" not in answer.headers
    assert shown["body"]["value"] == graph.get("/me/messages?$select=id&$top=1")["value"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_service_document_is_refused(graph: GraphCaller, method: str) -> None:
    """The address above all others has no segment to look at."""
    assert graph.call(method, "/").status == 501


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/me/messages/{message}", {"isRead": True}),
        ("POST", "/me/messages/{message}/move", {"destinationId": "archive"}),
        ("POST", "/me/messages/{message}/copy", {"destinationId": "archive"}),
        ("POST", "/me/mailFolders/inbox/messages/{message}/reply", {"comment": "x"}),
        ("POST", "/me/messages/{message}/permanentDelete", None),
        ("POST", "/me/messages", {"subject": "Neu"}),
        ("POST", "/me/mailFolders/archive/move", {"destinationId": "inbox"}),
        ("PATCH", "/me/mailboxSettings", {"timeZone": "UTC"}),
        ("PATCH", "/subscriptions/x", {"expirationDateTime": "2026-05-04T12:00:00Z"}),
        ("POST", "/$batch", {"requests": [PART]}),
    ],
)
def test_a_condition_holds_or_nothing_is_done(
    graph: GraphCaller, method: str, path: str, body: dict[str, Any] | None
) -> None:
    """With an old entity tag 412, whatever the change; conditions of another kind are 501 by name."""
    page = graph.get("/me/messages?$select=id")
    whole = path.format(message=page["value"][0]["id"])

    assert graph.call(method, whole, body, If_Match='W/"old"').status == 412
    for name in ("If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Content-Range"):
        refused = graph.call(method, whole, body, **{name: "*"})
        assert (refused.status, f"{name} with {method}" in refused.json["error"]["message"]) == (501, True)
    assert graph.call(method, whole, body, Isolation="snapshot").status == 412
    assert graph.get("/me/messages?$select=id") == page


def test_a_condition_that_holds_is_no_hindrance(graph: GraphCaller) -> None:
    """The tag that was read, alone or among others; for what has none, the star."""
    shown = graph.get("/me/messages?$select=id&$top=1")["value"][0]
    path, tag = f"/me/messages/{shown['id']}", shown["@odata.etag"]
    copied = graph.call("POST", f"{path}/copy", {"destinationId": "archive"}, If_Match=tag)
    marked = graph.call("PATCH", path, {"isRead": True}, If_Match=f'W/"old", {tag}')
    named = graph.call("POST", "/me/mailFolders", {"displayName": "Mit Stern"}, If_Match="*")
    assert (copied.status, marked.status, named.status) == (201, 200, 201)


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match", "If-Modified-Since", "Range", "Digest"])
def test_what_is_read_is_read_whole(graph: GraphCaller, name: str) -> None:
    """As "Headers without effect" has it."""
    assert graph.call("GET", "/me/mailFolders/inbox", **{name: "x"}).status == 200
