"""The focused inbox: whose mail goes where."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.graph.harness import ANNA, GraphCaller

from m365sim.control.client import ControlClient
from m365sim.world import Mailbox
from m365sim.world.content import Address
from m365sim.world.overrides import MOST, put

PATH = "/me/inferenceClassification/overrides"


def made(graph: GraphCaller, address: str, where: str = "other", name: str = "") -> dict[str, Any]:
    """An override."""
    sender = {"name": name, "address": address}
    reply = graph.call("POST", PATH, {"classifyAs": where, "senderEmailAddress": sender})
    assert reply.status == 201, reply.body
    answer: dict[str, Any] = reply.json
    return answer


def test_an_override_is_made_found_and_counted(anna: GraphCaller) -> None:
    """With an id of its own."""
    one = made(anna, "bea@example.net", name="Bea")
    shown = {k: one[k] for k in ("id", "classifyAs", "senderEmailAddress")}

    assert shown["senderEmailAddress"] == {"name": "Bea", "address": "bea@example.net"}
    assert anna.get(PATH)["value"] == [shown]
    assert anna.get(f"{PATH}/{one['id']}")["classifyAs"] == "other"
    assert anna.call("GET", f"{PATH}/$count").body == b"1"
    assert anna.get("/me/inferenceClassification")["id"] == ANNA.id


def test_there_is_one_for_each_address(anna: GraphCaller) -> None:
    """POST of a known address changes the one that there is, its name too."""
    first = made(anna, "bea@example.net", name="Bea")
    again = made(anna, "BEA@example.net", "focused", "Beate")

    assert again["id"] == first["id"]
    (kept,) = anna.get(PATH)["value"]
    assert (kept["classifyAs"], kept["senderEmailAddress"]["name"]) == ("focused", "Beate")


def test_only_the_class_changes_by_patch(anna: GraphCaller) -> None:
    """The sender needs POST."""
    path = f"{PATH}/{made(anna, 'bea@example.net')['id']}"
    sender = {"senderEmailAddress": {"address": "x@example.net"}}

    assert anna.call("PATCH", path, {"classifyAs": "Focused"}).json["classifyAs"] == "focused"
    assert anna.call("PATCH", path, sender).code == "ErrorInvalidPropertySet"
    assert anna.call("PATCH", path, {"classifyAs": "junk"}).status == 400


def test_a_change_on_condition_is_refused(anna: GraphCaller) -> None:
    """An override has no entity tag."""
    path = f"{PATH}/{made(anna, 'bea@example.net')['id']}"

    assert anna.call("PATCH", path, {"classifyAs": "focused"}, If_Match='W/"x"').status == 412
    assert anna.call("DELETE", path, If_Match='W/"x"').status == 412
    assert anna.get(path)["classifyAs"] == "other"


def test_mail_goes_where_its_sender_belongs(
    anna: GraphCaller, control: ControlClient, mailbox: Mailbox
) -> None:
    """From the moment on that the override is there, until it is taken away; what has come stays."""
    override = made(anna, "Bea@example.net")
    control.post(ANNA.upn, subject="one", **{"from": "Bea <bea@example.net>"})
    control.post(ANNA.upn, subject="two", **{"from": "carl@example.net"})
    assert anna.call("DELETE", f"{PATH}/{override['id']}").status == 204
    control.post(ANNA.upn, subject="three", **{"from": "bea@example.net"})
    found = {m.source.load().subject: m.inference for m in mailbox.messages.values()}

    assert found == {"one": "other", "two": "focused", "three": "focused"}
    assert anna.call("GET", f"{PATH}/{override['id']}").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"classifyAs": "other"},
        {"classifyAs": "other", "senderEmailAddress": {"name": "Bea"}},
        {"senderEmailAddress": {"address": "bea@example.net"}},
        {"classifyAs": "other", "senderEmailAddress": {"address": "bea@example.net"}, "x": 1},
    ],
)
def test_a_bad_override_is_refused(anna: GraphCaller, body: dict[str, Any]) -> None:
    """400 without a sender or a class."""
    assert anna.call("POST", PATH, body).status == 400


def test_there_are_a_thousand_at_most(anna: GraphCaller, mailbox: Mailbox) -> None:
    """The next address is refused, a known one not."""
    for number in range(MOST):
        put(mailbox, Address(f"{number}@example.net"), "other")
    body = {"classifyAs": "other", "senderEmailAddress": {"address": "one-more@example.net"}}

    assert anna.call("POST", PATH, body).status == 400
    assert made(anna, "7@example.net", "focused")["classifyAs"] == "focused"


def test_the_focused_inbox_needs_mail_permissions(base: str) -> None:
    """Mail.Read to look, Mail.ReadWrite to change."""
    reader = GraphCaller(base, scopes="Mail.Read")

    assert reader.call("GET", PATH).status == 200
    assert reader.call("POST", PATH, {}).status == 403
    assert GraphCaller(base, scopes="MailboxSettings.ReadWrite").call("GET", PATH).status == 403
