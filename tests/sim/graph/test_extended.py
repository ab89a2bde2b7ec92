"""Extended (MAPI) properties of messages and folders."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from tests.sim.graph.harness import IMMUTABLE, GraphCaller

from m365sim.world import Mailbox
from m365sim.world.compose import Written
from m365sim.world.extending import extend
from m365sim.world.messages import Message
from m365sim.world.simulation import Simulation

GUID = "{00020329-0000-0000-c000-000000000046}"
COLOUR = f"String {GUID} Name Color"
TAGS = f"StringArray {GUID} Name Tags"


@pytest.fixture
def message(sim: Simulation, mailbox: Mailbox) -> Message:
    written = Written(
        "<m@x>",
        "AW: Wohnung",
        "Text",
        False,
        1_700_000_000,
        headers=(("In-Reply-To", "<o@x>"), ("References", "<n@x> <o@x>"), ("X-Own", "ja")),
    )
    return sim.world.receive(mailbox, mailbox.named["inbox"], written, 1_700_000_060)


@pytest.fixture
def path(mailbox: Mailbox, message: Message) -> str:
    return f"/me/messages/{mailbox.ids.immutable(message.number)}"


def expansion(*ids: str, name: str = "singleValueExtendedProperties") -> str:
    terms = " or ".join(f"id eq '{i}'" for i in ids)
    return "$expand=" + quote(f"{name}($filter={terms})")


def found(graph: GraphCaller, path: str, *ids: str) -> dict[str, str]:
    shown = graph.get(f"{path}?$select=id&{expansion(*ids)}")
    return {p["id"]: p["value"] for p in shown.get("singleValueExtendedProperties", [])}


def test_mapi_says_what_the_message_says(graph: GraphCaller, path: str) -> None:
    """Properties that follow from a message are derived, and answered with short tags in lower case."""
    wanted = {
        "SystemTime 0xe06": "2023-11-14T22:14:20Z",
        "SystemTime 0x39": "2023-11-14T22:13:20Z",
        "String 0x1035": "<m@x>",
        "String 0x1042": "<o@x>",
        "String 0x1039": "<n@x> <o@x>",
        "String 0x37": "AW: Wohnung",
        "String 0xe1d": "Wohnung",
        "String 0x70": "Wohnung",
        "String 0x1a": "IPM.Note",
        "Integer 0x17": "1",
        "Integer 0xe07": "0",
    }
    asked = [f"{i.split()[0].lower()} 0x{int(i.split()[1], 16):04X}" for i in wanted]

    assert found(graph, path, *asked) == wanted
    assert "\r\nX-Own: ja\r\n" in found(graph, path, "String 0x007D")["String 0x7d"]


def test_derived_properties_follow_changes(graph: GraphCaller, path: str) -> None:
    """Read, flag and importance show at once in their MAPI forms; without a flag there is no flag status."""
    assert found(graph, path, "Integer 0x1090") == {}
    change = {"isRead": True, "importance": "high", "flag": {"flagStatus": "flagged"}}
    graph.call("PATCH", path, change)

    shown = found(graph, path, "Integer 0x0E07", "Integer 0x0017", "Integer 0x1090")

    assert shown == {"Integer 0xe07": "1", "Integer 0x17": "2", "Integer 0x1090": "2"}


def test_what_is_not_set_is_left_out(graph: GraphCaller, path: str) -> None:
    """Unknown tags and names are no error: the property is absent, and without any so is the collection."""
    shown = graph.get(f"{path}?{expansion('String 0x5555', COLOUR, 'String 0x0E08')}")

    assert "singleValueExtendedProperties" not in shown


@pytest.mark.parametrize(
    "bad", ["0x0E08", "Whole 0x0E08", "Integer 3592", f"String {GUID} Color", "Integer", ""]
)
def test_malformed_ids_are_refused(graph: GraphCaller, path: str, bad: str) -> None:
    """An id has one of three forms."""
    assert graph.call("GET", f"{path}?{expansion(bad)}").status == 400


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("singleValueExtendedProperties", 400),
        ("singleValueExtendedProperties($filter=id ne 'Integer 0x0E08')", 400),
        ("singleValueExtendedProperties($filter=id eq 'Integer 0x0E08' and id eq 'String 0x37')", 400),
        ("singleValueExtendedProperties($top=1;$filter=id eq 'Integer 0x0E08')", 501),
        ("extensions", 501),
    ],
)
def test_the_filter_by_id_is_needed(graph: GraphCaller, path: str, text: str, status: int) -> None:
    """Other forms are refused, by name where Graph may know them."""
    assert graph.call("GET", f"{path}?$expand={quote(text)}").status == status


def test_names_may_hold_anything(mailbox: Mailbox, message: Message, graph: GraphCaller, path: str) -> None:
    """Blanks, quotation marks and the word or are part of a name, and its letter case counts."""
    key = f"String {GUID} Name it's this or 'that'"
    message.extended = {key: "ja"}

    assert found(graph, path, key.replace("'", "''")) == {key: "ja"}
    assert found(graph, path, key.replace("'", "''").replace("this", "This")) == {}


def test_several_values_have_a_collection_of_their_own(
    message: Message, graph: GraphCaller, path: str
) -> None:
    """An array shows as a multi-value property, never as a single one; both may be expanded at once."""
    message.extended = {TAGS: ("a", "b"), COLOUR: "rot"}
    both = f"{expansion(COLOUR, TAGS)},{expansion(TAGS, COLOUR, name='multiValueExtendedProperties')[8:]}"

    shown = graph.get(f"{path}?{both}")

    assert shown["singleValueExtendedProperties"] == [{"id": COLOUR, "value": "rot"}]
    assert shown["multiValueExtendedProperties"] == [{"id": TAGS, "value": ["a", "b"]}]


def test_lists_and_copies_bring_them(message: Message, graph: GraphCaller, path: str) -> None:
    """On lists each message has its own; a copy and a moved message keep them."""
    message.extended = {COLOUR: "rot"}
    graph.call("POST", f"{path}/copy", {"destinationId": "archive"})
    graph.call("POST", f"{path}/move", {"destinationId": "archive"})

    value = graph.get(f"/me/mailFolders/archive/messages?{expansion(COLOUR)}")["value"]

    assert [m["singleValueExtendedProperties"][0]["value"] for m in value] == ["rot", "rot"]


def test_delta_brings_them_when_they_may_have_changed(
    sim: Simulation, mailbox: Mailbox, message: Message, graph: GraphCaller
) -> None:
    """A partial item shows them after a change of theirs, not after a mark was set."""
    start = f"/me/mailFolders/inbox/messages/delta?$select=subject&{expansion(COLOUR, 'Integer 0xe08')}"
    [first], link = graph.round(start, IMMUTABLE)
    assert [p["id"] for p in first["singleValueExtendedProperties"]] == ["Integer 0xe08"]
    extend(mailbox, message, {COLOUR: "rot"})

    [changed], link = graph.round(link, IMMUTABLE)
    graph.call("PATCH", f"/me/messages/{changed['id']}", {"isRead": True})
    [marked], _ = graph.round(link, IMMUTABLE)

    assert {p["id"] for p in changed["singleValueExtendedProperties"]} == {COLOUR, "Integer 0xe08"}
    assert "singleValueExtendedProperties" not in marked


def test_messages_are_given_them(graph: GraphCaller, path: str) -> None:
    """PATCH adds and replaces, null takes away, the others stay; what follows from the message is 501."""
    both = {
        "singleValueExtendedProperties": [
            {"id": COLOUR, "value": "rot"},
            {"id": "Integer 0x5555", "value": "7"},
        ],
        "multiValueExtendedProperties": [{"id": TAGS, "value": ["a", "b"]}],
    }
    before = graph.get(f"{path}?$select=changeKey")["changeKey"]
    assert graph.call("PATCH", path, both).status == 200
    change = [{"id": COLOUR, "value": "blau"}, {"id": "Integer 0x5555", "value": None}]

    after = graph.call("PATCH", path, {"isRead": True, "singleValueExtendedProperties": change}).json

    assert (after["isRead"], after["changeKey"] != before) == (True, True)
    assert found(graph, path, COLOUR, "Integer 0x5555") == {COLOUR: "blau"}
    multi = graph.get(f"{path}?{expansion(TAGS, name='multiValueExtendedProperties')}")
    assert multi["multiValueExtendedProperties"] == [{"id": TAGS, "value": ["a", "b"]}]
    derived = {"singleValueExtendedProperties": [{"id": "Integer 0x0E07", "value": "1"}], "isRead": False}
    assert graph.call("PATCH", path, derived).status == 501
    assert graph.get(f"{path}?$select=isRead")["isRead"] is True


def test_answered_mail_says_so(base: str, graph: GraphCaller, path: str) -> None:
    """What was last done with a message: nothing yet, a reply (102), a forward (104), and when."""
    program = GraphCaller(base, scopes="Mail.ReadWrite,Mail.Send")
    assert found(graph, path, "Integer 0x1081") == {}

    for call, verb in (("reply", "102"), ("forward", "104")):
        to = {"toRecipients": [{"emailAddress": {"address": "desk@example.org"}}]}
        body: dict[str, Any] = {"message": to, "comment": "ja"}
        assert program.call("POST", f"{path}/{call}", body).status == 202
        assert found(graph, path, "Integer 0x1081")["Integer 0x1081"] == verb
    assert found(graph, path, "SystemTime 0x1082")["SystemTime 0x1082"].endswith("Z")


def test_folders_have_them(graph: GraphCaller) -> None:
    """Set at creation and by PATCH, taken away by null, shown by $expand, kept by a copy."""
    body = {"displayName": "Akten", "singleValueExtendedProperties": [{"id": COLOUR, "value": "rot"}]}
    made = graph.call("POST", "/me/mailFolders", body).json
    path = f"/me/mailFolders/{made['id']}"
    more: dict[str, Any] = {"multiValueExtendedProperties": [{"id": TAGS, "value": ["a"]}]}
    assert graph.call("PATCH", path, more).status == 200

    multi = expansion(TAGS, name="multiValueExtendedProperties")
    assert found(graph, path, COLOUR, "String 0x3613") == {COLOUR: "rot", "String 0x3613": "IPF.Note"}
    assert graph.get(f"{path}?{multi}")["multiValueExtendedProperties"] == [{"id": TAGS, "value": ["a"]}]
    copy = graph.call("POST", f"{path}/copy", {"destinationId": "archive"}).json
    assert found(graph, f"/me/mailFolders/{copy['id']}", COLOUR) == {COLOUR: "rot"}
    listed = graph.get(f"/me/mailFolders?$top=100&{expansion(COLOUR)}")["value"]
    assert [f["displayName"] for f in listed if "singleValueExtendedProperties" in f] == ["Akten"]
    gone = {"singleValueExtendedProperties": [{"id": COLOUR, "value": None}]}
    assert graph.call("PATCH", path, gone).json["displayName"] == "Akten"
    assert found(graph, path, COLOUR) == {}


def test_folders_refuse_what_they_cannot_say(graph: GraphCaller) -> None:
    """A folder's size is not known here, what follows from it is not set (501), bad values are 400."""
    path = "/me/mailFolders/inbox"

    assert graph.call("GET", f"{path}?{expansion('Long 0x0E08')}").status == 501
    assert graph.call("GET", f"{path}?$expand=messages").status == 501
    derived = {"singleValueExtendedProperties": [{"id": "String 0x3613", "value": "IPF.Task"}]}
    assert graph.call("PATCH", path, derived).status == 501
    wrong = {"singleValueExtendedProperties": [{"id": f"Integer {GUID} Name N", "value": "x"}]}
    assert graph.call("PATCH", path, wrong).code == "ErrorInvalidParameter"
