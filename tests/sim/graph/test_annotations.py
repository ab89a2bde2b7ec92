"""What holds "@" in a body: an answer's own annotations may come back, all else is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.sim.graph.harness import GraphCaller, application, office, served

FOLDER = "/me/mailFolders"
RULES = "/me/mailFolders/inbox/messageRules"
CATEGORIES = "/me/outlook/masterCategories"
DRAFT = "/me/messages"
BEA = {"emailAddress": {"address": "bea@example.net"}}
FLAG = {"flagStatus": "flagged"}


@pytest.fixture(scope="module")
def graph() -> Iterator[GraphCaller]:
    with served(application(office())) as base:
        yield GraphCaller(base, scopes="User.Read,Mail.ReadWrite,Mail.Send,MailboxSettings.ReadWrite")


@pytest.fixture(scope="module")
def draft(graph: GraphCaller) -> str:
    return f"/me/messages/{graph.call('POST', DRAFT, {'subject': 'x'}).json['id']}"


def test_what_was_read_can_be_sent_back(graph: GraphCaller) -> None:
    """With all that stands beside the properties, of a message as of a folder."""
    file = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "x.txt", "contentBytes": "eA=="}
    made = graph.call("POST", DRAFT, {"subject": "x", "attachments": [file], "toRecipients": [BEA]}).json
    read = graph.get(f"{DRAFT}/{made['id']}?$expand=attachments&$select=subject,toRecipients,flag")
    again = graph.call("POST", DRAFT, {**read, "attachments@odata.context": read["@odata.context"]})
    folder = graph.get(f"{FOLDER}/archive")
    sent = {n: v for n, v in folder.items() if "@" in n} | {
        "displayName": "Akten",
        "childFolders@odata.navigationLink": "https://graph.example/x",
        "DisplayName@odata.type": "#String",
    }

    assert (again.status, again.json["hasAttachments"]) == (201, True)
    assert graph.call("POST", FOLDER, sent).status == 201


def typed(kind: str, **properties: Any) -> dict[str, Any]:
    return {"@odata.type": f"#microsoft.graph.{kind}", **properties}


def test_every_level_may_say_its_type(graph: GraphCaller, draft: str) -> None:
    """As the SDKs write it."""
    recipient = typed("recipient", emailAddress=typed("emailAddress", address="bea@example.net", name="Bea"))
    instant = typed("dateTimeTimeZone", dateTime="2026-05-04T12:00:00", timeZone="UTC")
    message = typed(
        "message",
        body=typed("itemBody", content="x"),
        toRecipients=[recipient],
        flag=typed("followupFlag", flagStatus="flagged", startDateTime=instant, dueDateTime=instant),
        internetMessageHeaders=[typed("internetMessageHeader", name="x-y", value="z")],
    )
    rule = typed(
        "messageRule",
        displayName="R",
        sequence=1,
        conditions=typed("messageRulePredicates", withinSizeRange=typed("sizeRange", minimumSize=1)),
        actions=typed("messageRuleActions", forwardTo=[recipient]),
    )
    settings = typed(
        "mailboxSettings",
        language=typed("localeInfo", locale="de-DE"),
        workingHours=typed("workingHours", timeZone=typed("timeZoneBase", name="UTC")),
    )
    assert graph.call("POST", DRAFT, message).status == 201
    assert graph.call("POST", RULES, rule).status == 201
    assert graph.call("POST", CATEGORIES, typed("outlookCategory", displayName="Eilig")).status == 201
    assert graph.call("PATCH", "/me/mailboxSettings", settings).status == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"flag": typed("itemBody", **FLAG)}),
        ("PATCH", "", {"flag": {**FLAG, "startDateTime": typed("itemBody", dateTime="2026-05-04")}}),
        ("PATCH", "", {"body": typed("recipient", content="x")}),
        ("PATCH", "", {"from": typed("emailAddress", **BEA)}),
        ("PATCH", "", {"toRecipients": [{"emailAddress": typed("recipient", address="bea@example.net")}]}),
        ("POST", DRAFT, {"internetMessageHeaders": [typed("recipient", name="x-y", value="z")]}),
        ("POST", DRAFT, {"attachments": [{"@odata.type": "#fileAttachment", "name": "x"}]}),
        ("POST", RULES, {"displayName": "R", "sequence": 1, "actions": typed("message", delete=True)}),
        ("POST", CATEGORIES, typed("category", displayName="Eilig")),
        ("POST", "/subscriptions", typed("message", changeType="created")),
    ],
)  # fmt: skip
def test_another_type_is_refused_at_every_level(
    graph: GraphCaller, draft: str, method: str, path: str, body: dict[str, Any]
) -> None:
    refused = graph.call(method, path or draft, body)
    assert (refused.status, refused.code) == (400, "UnableToDeserializePostBody")
    assert "The type '#" in refused.json["error"]["message"]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (501, "categories@odata.bind"),
        (400, "@removed"),
        (400, "@odata.deltaLink"),
        (400, "@odata.unknown"),
        (400, "@type"),
        (400, "@com.example.note"),
        (400, "colour@odata.type"),
        (400, "subject@com.example.note"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path", "body", "at"),
    [
        ("PATCH", "", {"isRead": True}, ""),
        ("PATCH", "", {"flag": FLAG}, "flag"),
        ("POST", FOLDER, {"displayName": "Neu"}, ""),
        ("POST", "/subscriptions", {"changeType": "created"}, ""),
    ],
)
def test_other_annotations_are_refused_by_name(
    graph: GraphCaller,
    draft: str,
    status: int,
    name: str,
    method: str,
    path: str,
    body: dict[str, Any],
    at: str,
) -> None:
    sent = {**body, at: {**body[at], name: "x"}} if at else {**body, name: "x"}
    refused = graph.call(method, path or draft, sent)
    assert refused.status == status
    assert name in refused.json["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("{draft}/move", {"destinationId": "archive"}),
        ("{draft}/send", {}),
        ("/me/sendMail", {"message": {"toRecipients": [BEA]}}),
        ("/me/translateExchangeIds", {"inputIds": [], "sourceIdType": "restId", "targetIdType": "ewsId"}),
    ],
)
def test_the_parameters_of_an_action_have_no_type(
    graph: GraphCaller, draft: str, path: str, body: dict[str, Any]
) -> None:
    refused = graph.call("POST", path.format(draft=draft), typed("message", **body))
    assert (refused.status, refused.code) == (400, "RequestBodyRead")
    assert "@odata.type" in refused.json["error"]["message"]


@pytest.mark.parametrize(
    "flag",
    [{**FLAG, "colour": "red"}, {**FLAG, "startDateTime": {"dateTime": "2026-05-04", "colour": "UTC"}}],
)
def test_a_flag_has_no_other_properties(graph: GraphCaller, draft: str, flag: dict[str, Any]) -> None:
    refused = graph.call("PATCH", draft, {"flag": flag})
    assert refused.status == 400
    assert "'colour'" in refused.json["error"]["message"]
