"""Message rules over Graph: made, listed, changed, taken away; what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.boxes.helpers import RULES, rule
from tests.sim.graph.harness import ANNA, DESK, GraphCaller
from tests.sim.graph.test_drafts import person

from m365sim.control.client import ControlClient
from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation

WHOLE = {
    "displayName": "From partner",
    "sequence": 2,
    "isEnabled": True,
    "conditions": {
        "senderContains": ["adele"],
        "withinSizeRange": {"minimumSize": 1},
        "importance": "high",
        "fromAddresses": [person("adele@example.net", "Adele")],
    },
    "exceptions": {"hasAttachments": True},
    "actions": {
        "forwardTo": [person("alex@example.org", "Alex")],
        "markImportance": "low",
        "assignCategories": ["Rot"],
        "stopProcessingRules": True,
    },
}


def test_a_rule_comes_back_as_it_was_made(anna: GraphCaller) -> None:
    """With an id and its state; it is found by the id, counted and listed."""
    made = anna.call("POST", RULES, WHOLE)
    shown = {k: v for k, v in made.json.items() if k not in ("@odata.context", "id")}
    path = f"{RULES}/{made.json['id']}"

    assert made.status == 201
    assert shown == {**WHOLE, "hasError": False, "isReadOnly": False}
    assert anna.get(path)["displayName"] == "From partner"
    assert anna.get(RULES)["value"] == [{"id": made.json["id"], **shown}]
    assert anna.call("GET", f"{RULES}/$count").body == b"1"


def test_rules_are_listed_in_their_order_and_in_pages(anna: GraphCaller) -> None:
    """By sequence, the older first; ``$select``, ``$top`` and ``$count`` as everywhere."""
    for name, sequence in (("third", 9), ("first", 1), ("second", 1)):
        body = {"displayName": name, "sequence": sequence, "actions": {"markAsRead": True}}
        anna.call("POST", RULES, body)

    page = anna.get(f"{RULES}?$select=displayName&$top=2&$count=true")
    rest = anna.get(page["@odata.nextLink"])

    assert [set(r) for r in page["value"]] == [{"id", "displayName"}] * 2
    assert [r["displayName"] for r in page["value"] + rest["value"]] == ["first", "second", "third"]
    assert page["@odata.count"] == 3


def test_a_change_replaces_whole_parts_of_a_rule(anna: GraphCaller) -> None:
    """PATCH leaves what it does not name; conditions it names are all that there are."""
    made = anna.call("POST", RULES, WHOLE).json
    body = {"conditions": {"subjectContains": ["x"]}, "exceptions": None, "isEnabled": False}
    reply = anna.call("PATCH", f"{RULES}/{made['id']}", body)

    assert reply.status == 200
    assert reply.json["conditions"] == {"subjectContains": ["x"]}
    assert "exceptions" not in reply.json
    assert (reply.json["isEnabled"], reply.json["displayName"]) == (False, "From partner")
    assert reply.json["actions"] == WHOLE["actions"]


def test_a_rule_that_was_taken_away_is_gone(anna: GraphCaller) -> None:
    """204, then 404; its id is not given again."""
    first = rule(anna, markAsRead=True)["id"]

    assert anna.call("DELETE", f"{RULES}/{first}").status == 204
    assert anna.call("GET", f"{RULES}/{first}").code == "ErrorItemNotFound"
    assert anna.call("GET", f"{RULES}/nonsense").status == 404
    assert rule(anna, markAsRead=True)["id"] != first


def test_a_change_on_condition_is_refused(anna: GraphCaller) -> None:
    """A rule has no entity tag."""
    path = f"{RULES}/{rule(anna, markAsRead=True)['id']}"

    assert anna.call("PATCH", path, {"isEnabled": False}, If_Match='W/"x"').status == 412
    assert anna.call("DELETE", path, If_Match='W/"x"').status == 412
    assert anna.get(path)["isEnabled"] is True


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"displayName": ""}, 400),
        ({"displayName": None}, 400),
        ({"sequence": "one"}, 400),
        ({"sequence": None}, 400),
        ({"actions": {}}, 400),
        ({"actions": {"markAsRead": False}}, 400),
        ({"actions": {"moveToFolder": "nonsense"}}, 400),
        ({"actions": {"moveToFolder": "msgfolderroot"}}, 400),
        ({"actions": {"forwardTo": [{"emailAddress": {"name": "Nobody"}}]}}, 400),
        ({"actions": {"sing": True}}, 400),
        ({"conditions": {"moodIs": "good"}}, 400),
        ({"conditions": {"subjectContains": "x"}}, 400),
        ({"conditions": {"subjectContains": [""]}}, 400),
        ({"conditions": {"isMeetingRequest": True}}, 501),
        ({"exceptions": {"messageActionFlag": "call"}}, 501),
        ({"colour": "red"}, 400),
    ],
)
def test_a_bad_rule_is_not_made(
    anna: GraphCaller, mailbox: Mailbox, change: dict[str, Any], status: int
) -> None:
    """400 for what is wrong, 501 with its name for a predicate that is not evaluated."""
    reply = anna.call("POST", RULES, {**WHOLE, **change})

    assert reply.status == status
    assert mailbox.rules == ()
    if status == 501:
        (name,) = (change.get("conditions") or change["exceptions"]).keys()
        assert name in reply.json["error"]["message"]


@pytest.mark.parametrize("missing", ["displayName", "sequence", "actions"])
def test_a_rule_needs_a_name_a_place_and_something_to_do(anna: GraphCaller, missing: str) -> None:
    """400 that names what is missing."""
    reply = anna.call("POST", RULES, {k: v for k, v in WHOLE.items() if k != missing})

    assert reply.status == 400
    assert missing in reply.json["error"]["message"]


def test_rules_are_the_inboxs_alone(anna: GraphCaller, mailbox: Mailbox) -> None:
    """By its name or by its id, and no other folder has any."""
    by_id = mailbox.ids.folder(mailbox.named["inbox"].number)

    assert anna.get(f"/me/mailFolders/{by_id}/messageRules")["value"] == []
    assert anna.call("GET", "/me/mailFolders/drafts/messageRules").code == "ErrorInvalidRequest"
    assert anna.call("POST", "/me/mailFolders/drafts/messageRules", WHOLE).status == 400


def test_rules_need_the_permission_for_settings(base: str) -> None:
    """Not the one for mail; and another's rules are closed to delegated programs."""
    mail = GraphCaller(base, scopes="Mail.ReadWrite")
    settings = GraphCaller(base, scopes="MailboxSettings.ReadWrite")
    others = RULES.replace("/me/", f"/users/{DESK.upn}/")

    assert mail.call("GET", RULES).status == 403
    assert settings.call("GET", RULES).status == 200
    assert settings.call("GET", others).status == 403
    assert GraphCaller(base, "app", "MailboxSettings.Read").call("GET", others).status == 200
    assert GraphCaller(base, scopes="MailboxSettings.Read").call("POST", RULES, WHOLE).status == 403


def test_a_rule_whose_folder_is_gone_has_an_error(anna: GraphCaller) -> None:
    """It is told, and a change of the folder mends it."""
    folder = anna.call("POST", "/me/mailFolders", {"displayName": "Offers"}).json["id"]
    made = rule(anna, moveToFolder=folder)
    assert (made["actions"]["moveToFolder"], made["hasError"]) == (folder, False)

    anna.call("POST", f"/me/mailFolders/{folder}/permanentDelete")
    assert anna.get(f"{RULES}/{made['id']}")["hasError"] is True

    actions = {"moveToFolder": "archive"}
    assert anna.call("PATCH", f"{RULES}/{made['id']}", {"actions": actions}).json["hasError"] is False


def test_a_rule_of_another_program_is_seen_and_not_touched(anna: GraphCaller, control: ControlClient) -> None:
    """Read-only, without conditions and actions; neither PATCH nor DELETE."""
    control.add_client_rule(ANNA.upn, "Pinned on top", hasError=True)
    (shown,) = anna.get(RULES)["value"]
    path = f"{RULES}/{shown['id']}"

    assert (shown["isReadOnly"], shown["hasError"]) == (True, True)
    assert not {"conditions", "actions"} & set(shown)
    assert anna.call("PATCH", path, {"isEnabled": False}).code == "ErrorInvalidOperation"
    assert anna.call("DELETE", path).status == 400


def test_rules_take_no_filter(anna: GraphCaller, sim: Simulation) -> None:
    """501, by name."""
    assert anna.call("GET", f"{RULES}?$filter=isEnabled eq true".replace(" ", "%20")).status == 501
