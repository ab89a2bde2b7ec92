"""What would make a request another one is refused by name, or understood; it is never overlooked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.sim.graph.harness import GraphCaller, application, mailbox_of, office, served


@pytest.fixture(scope="module")
def graph() -> Iterator[GraphCaller]:
    sim = office()
    sim.world.bulk(mailbox_of(sim), mailbox_of(sim).named["inbox"], 3, seed=5)
    with served(application(sim)) as base:
        yield GraphCaller(base, scopes="User.Read,Mail.ReadWrite,MailboxSettings.ReadWrite")


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
        ({"Content_Encoding": "br"}, 415, "Content-Encoding 'br'"),
    ],
)  # fmt: skip
def test_what_would_is_refused_by_name(
    graph: GraphCaller, headers: dict[str, str], status: int, named: str
) -> None:
    """Whatever the method; nothing is done."""
    read = graph.call("GET", "/me/messages", **headers)
    made = graph.call("POST", "/me/mailFolders", {"displayName": "Neu"}, **headers)

    assert (read.status, made.status) == (status, status)
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
