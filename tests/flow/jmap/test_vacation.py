"""VacationResponse: the automatic reply, kept and sent by Microsoft."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.flow.jmap.client import Client, Json, eventually
from tests.flow.jmap.conftest import Desk, new_desk
from tests.flow.jmap.office import Office

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:vacationresponse"]


def later(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox that these tests change."""
    return new_desk(office)


def run(who: Client, name: str, **args: Any) -> tuple[str, Json]:
    [[answered, answer, _]] = who.request((f"VacationResponse/{name}", args, "0"), using=USING)[
        "methodResponses"
    ]
    return answered, answer


def reply(desk: Desk) -> Json:
    """The one object there is."""
    _, answer = run(desk.anna, "get", accountId=desk.account, ids=None)
    [only] = answer["list"]
    return dict(only)


def change(desk: Desk, **patch: Any) -> Json:
    _, answer = run(desk.anna, "set", accountId=desk.account, update={"singleton": patch})
    return answer


def test_a_reply_set_here_is_sent_by_microsoft(own: Desk) -> None:
    """It is really on, and who writes to the mailbox gets it."""
    simulator = own.office.simulator
    customer = simulator.new_mailbox("customer")
    set_ = change(own, isEnabled=True, textBody="Wir haben Urlaub.\n1 < 2", fromDate=None, toDate=None)
    simulator.control.post(own.address, **{"from": customer}, subject="Anfrage")
    eventually(lambda: simulator.control.snapshot(customer)[1])
    found = simulator.control.snapshot(customer)[1].values()

    assert set_["updated"]["singleton"]["htmlBody"] == "Wir haben Urlaub.<br>\n1 &lt; 2"
    assert any(message["subject"].startswith("Automati") for message in found)
    shown = reply(own)
    assert (shown["isEnabled"], shown["subject"], shown["fromDate"], shown["toDate"]) == (
        True,
        None,
        None,
        None,
    )
    assert shown["htmlBody"] == "Wir haben Urlaub.<br>\n1 &lt; 2"
    assert shown["textBody"] == "Wir haben Urlaub.\n1 < 2"
    assert change(own, textBody=shown["textBody"])["updated"] == {"singleton": None}
    assert reply(own) == shown
    assert change(own, isEnabled=False)["updated"] == {"singleton": None}


@pytest.mark.parametrize(
    ("first", "last"), [(1, 3), (None, 3), (1, None)], ids=["from and to", "only to", "only from"]
)
def test_it_has_a_time(own: Desk, first: int | None, last: int | None) -> None:
    """Microsoft's schedule has two ends; one that is not said here is not told back either."""
    from_, to = (None if days is None else later(days) for days in (first, last))
    change(own, isEnabled=True, htmlBody="<p>Weg</p>", fromDate=from_, toDate=to)
    shown = reply(own)

    assert (shown["isEnabled"], shown["fromDate"], shown["toDate"]) == (True, from_, to)
    change(own, isEnabled=False)
    assert (reply(own)["isEnabled"], reply(own)["htmlBody"]) == (False, "<p>Weg</p>")


def test_who_sets_a_time_that_is_not_kept_is_told(own: Desk) -> None:
    """Microsoft keeps none while it is off: enabled again, it would begin at once and never end."""
    change(own, isEnabled=True, htmlBody="<p>Weg</p>", fromDate=later(1), toDate=later(3))

    assert change(own, isEnabled=False)["updated"] == {"singleton": {"fromDate": None, "toDate": None}}
    told = change(own, isEnabled=False, fromDate=later(1), toDate=later(3))["updated"]
    assert told == {"singleton": {"fromDate": None, "toDate": None}}
    assert (reply(own)["fromDate"], reply(own)["toDate"]) == (None, None)
    both = {"fromDate": later(1), "toDate": later(3)}
    assert change(own, isEnabled=True, **both)["updated"] == {"singleton": None}
    change(own, isEnabled=False)


def test_a_part_of_it_is_changed_alone(own: Desk) -> None:
    change(own, isEnabled=False, htmlBody="<b>Erster</b>")
    change(own, isEnabled=True)
    assert reply(own)["htmlBody"] == "<b>Erster</b>"
    for text in ({"textBody": None}, {"htmlBody": None}):  # the other one would be sent to everybody, empty
        [name] = text
        held = reply(own)[name]
        assert change(own, **text)["updated"] == {"singleton": {name: held}}
    assert change(own, textBody=" A  B\n", htmlBody="<p>C</p>")["updated"] == {"singleton": {"textBody": "C"}}
    told = change(own, textBody=" A  B\n")["updated"]["singleton"]
    assert told == {"textBody": "A B", "htmlBody": " A  B"}
    change(own, htmlBody=None, textBody=None, isEnabled=False)
    assert (reply(own)["htmlBody"], reply(own)["textBody"], reply(own)["isEnabled"]) == (None, None, False)


def test_what_says_nothing_is_not_sent_to_everybody(own: Desk) -> None:
    """However that comes about: a text taken away or emptied first, then enabled, or the other way round."""
    change(own, isEnabled=False, htmlBody="<p>&nbsp;</p>")
    assert change(own, isEnabled=True)["notUpdated"]["singleton"]["properties"] == ["isEnabled"]
    change(own, isEnabled=True, htmlBody="<p>Weg</p>")
    for patch in ({"htmlBody": None, "textBody": None}, {"htmlBody": "<p></p>"}, {"textBody": "\n\n"}):
        [name, *_] = patch
        refused = change(own, **patch)["notUpdated"]["singleton"]
        assert (refused["type"], refused["properties"]) == ("invalidProperties", [name])
    assert reply(own)["htmlBody"] == "<p>Weg</p>"
    assert change(own, htmlBody='<p><img src="https://a.example/weg.png"></p>')["updated"]
    change(own, isEnabled=False)


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"isEnabled": "yes"}, ["isEnabled"]), ({"isEnabled": None}, ["isEnabled"]),
        ({"fromDate": "gestern"}, ["fromDate"]), ({"toDate": 5}, ["toDate"]),
        ({"isEnabled": True, "toDate": "2020-01-01T00:00:00Z"}, ["toDate"]),
        ({"isEnabled": True, "fromDate": later(9), "toDate": later(8)}, ["toDate"]),
        ({"isEnabled": True, "textBody": ""}, ["textBody"]),
        ({"isEnabled": True, "htmlBody": " "}, ["htmlBody"]),
        ({"subject": "Urlaub"}, ["subject"]), ({"htmlBody": 1}, ["htmlBody"]),
        ({"textBody": ["x"]}, ["textBody"]),
        ({"textBody": "a\x00b"}, ["textBody"]), ({"id": "s2"}, ["id"]), ({"colour": 1}, ["colour"]),
        ({"htmlBody": "x" * 100_001}, ["htmlBody"]), ({"textBody": "x" * 100_001}, ["textBody"]),
        ({f"p{n}": 1 for n in range(1_001)}, ["p1000"]),
    ],
)  # fmt: skip
def test_what_cannot_be_set_changes_nothing(own: Desk, patch: Json, wrong: list[str]) -> None:
    before = reply(own)
    refused = change(own, **patch)["notUpdated"]["singleton"]

    assert (refused["type"], refused["properties"]) == ("invalidProperties", wrong)
    assert reply(own) == before


@pytest.mark.parametrize(
    ("args", "where", "type_"),
    [
        ({"create": {"new": {"isEnabled": True}}}, "notCreated", "singleton"),
        ({"destroy": ["singleton"]}, "notDestroyed", "singleton"),
        ({"update": {"second": {"isEnabled": True}}}, "notUpdated", "notFound"),
        ({"update": {"singleton": [1]}}, "notUpdated", "invalidPatch"),
    ],
)
def test_there_is_exactly_one(own: Desk, args: Json, where: str, type_: str) -> None:
    _, answer = run(own.anna, "set", accountId=own.account, **args)
    [refused] = answer[where].values()
    assert (refused["type"], answer["oldState"]) == (type_, answer["newState"])


def test_the_state_guards_a_change(own: Desk) -> None:
    """Another state than the one seen: nothing is done; what is set anew is another state."""
    _, before = run(own.anna, "get", accountId=own.account)
    name, refused = run(own.anna, "set", accountId=own.account, ifInState="x", update={})
    done = change(own, htmlBody="<i>neu</i>")

    assert (name, refused["type"]) == ("error", "stateMismatch")
    assert (done["oldState"], done["newState"] != done["oldState"]) == (before["state"], True)
    assert run(own.anna, "get", accountId=own.account)[1]["state"] == done["newState"]


@pytest.mark.parametrize(("level", "may"), [("read", False), ("write", False), ("send", True)])
def test_who_may_send_may_set_it(own: Desk, level: str, may: bool) -> None:
    bert = own.office.person("bert")
    own.office.assign(own.account, "bert", level)
    _, answer = run(bert, "set", accountId=own.account, update={"singleton": {"isEnabled": False}})
    name, _ = run(bert, "get", accountId=own.account)
    own.office.unassign(own.account, "bert")

    assert (name, "singleton" in (answer["updated"] or {})) == ("VacationResponse/get", may)
    assert run(bert, "get", accountId=own.account)[1]["type"] == "accountNotFound"


@pytest.mark.parametrize(
    ("fault", "type_"),
    [({"status": 403, "code": "ErrorAccessDenied"}, "forbidden"), ({"status": 503}, "serverUnavailable")],
)
def test_what_microsoft_does_not_give_is_told(own: Desk, fault: Json, type_: str) -> None:
    """A delegate may not see it; an outage passes. Nothing is guessed."""
    own.office.simulator.control.fail_next("GET", "*/mailboxSettings/*", **fault)
    name, answer = run(own.anna, "get", accountId=own.account)
    assert (name, answer["type"]) == ("error", type_)


def test_a_change_is_in_the_audit_trail(own: Desk) -> None:
    """That it was switched, by whom; never its text."""
    change(own, isEnabled=True, htmlBody="<p>Geheim</p>")
    change(own, isEnabled=False)
    found = own.office.admin.ok("GET", f"/api/audit?account={own.account}")["entries"][:2]

    told = [(e["action"], e["user"]["login"], e["detail"]) for e in found]
    switched = [(detail["before"]["is_enabled"], detail["after"]["is_enabled"]) for _, _, detail in told]
    assert {(action, login) for action, login, _ in told} == {("account.reply_changed", "anna")}
    assert switched == [(True, False), (False, True)]
    assert [detail["has_other_text"] for _, _, detail in told] == [False, True]
