"""Options of a mailbox that Microsoft keeps: what is set here acts there, for everybody who writes to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.flow.jmap.client import Json, eventually
from tests.flow.jmap.conftest import Desk, new_desk
from tests.flow.jmap.office import Office

ON = {"is_enabled": True, "keeps_copy": True, "manner": "unchanged"}
ABSENT = {
    "is_enabled": True,
    "from": None,
    "to": None,
    "internal": "<p>Innen</p>",
    "external": "",
    "audience": "none",
}


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox that these tests change."""
    return new_desk(office)


def path(desk: Desk, option: str) -> str:
    return f"/api/mailboxes/{desk.account}/{option}"


def put(desk: Desk, option: str, said: Json) -> Json:
    found: Json = desk.office.admin.ok("PUT", path(desk, option), said)
    return found


def refused(desk: Desk, option: str, said: Json) -> tuple[int, str, str]:
    answer = desk.office.admin.send("PUT", path(desk, option), said)
    told = answer.json["error"]
    return answer.status, told["code"], told["params"].get("field", "")


def subjects(desk: Desk, address: str, role: str = "inbox") -> list[str]:
    """Of what lies in a mailbox at Microsoft."""
    folders, found = desk.office.simulator.control.snapshot(address)
    of_role = {folder["id"] for folder in folders if folder["wellKnownName"] == role}
    return sorted(one["subject"] for one in found.values() if one["folderId"] in of_role)


def entry(desk: Desk, action: str) -> Json:
    """The newest of its kind in the audit trail."""
    entries = desk.office.admin.ok("GET", f"/api/audit?account={desk.account}&limit=200")["entries"]
    return next(dict(one) for one in entries if one["action"] == action)


def test_what_is_forwarded_arrives_and_the_copy_stays_or_goes(own: Desk) -> None:
    """As it came or enclosed, to all of them; switched off nothing goes on, and the addresses are kept."""
    control = own.office.simulator.control
    sales, deputy = (own.office.simulator.new_mailbox(name) for name in ("sales", "deputy"))
    told = put(own, "forwarding", ON | {"to": [f" {sales} ", sales.upper(), deputy]})
    control.post(own.address, **{"from": "kunde@extern.example"}, subject="Erste")
    eventually(lambda: subjects(own, deputy) == ["Erste"])

    assert told["to"][0].casefold() == sales
    assert (told["to"], told["outside"], told["others"]) == ([told["to"][0], deputy], [], [])
    assert subjects(own, sales) == subjects(own, own.address) == ["Erste"]

    put(own, "forwarding", ON | {"to": [deputy], "keeps_copy": False, "manner": "forwarded"})
    control.post(own.address, **{"from": "kunde@extern.example"}, subject="Zweite")
    eventually(lambda: len(subjects(own, deputy)) == 2)

    assert subjects(own, deputy)[1][4:] == "Zweite"
    assert (subjects(own, sales), subjects(own, own.address)) == (["Erste"], ["Erste"])
    assert subjects(own, own.address, "deleteditems") == ["Zweite"]

    off = put(own, "forwarding", {**ON, "is_enabled": False, "to": [deputy]})
    control.post(own.address, **{"from": "kunde@extern.example"}, subject="Dritte")
    eventually(lambda: "Dritte" in subjects(own, own.address))
    assert (off["is_enabled"], off["to"]) == (False, [deputy])
    assert len(subjects(own, deputy)) == 2
    noted = entry(own, "account.forwarding_changed")["detail"]
    assert (noted["before"]["is_enabled"], noted["after"]["is_enabled"]) == (True, False)
    assert noted["before"]["to"] == [deputy]


def test_that_the_organisation_lets_nothing_be_forwarded_outside_is_told(office: Office) -> None:
    """Microsoft takes the rule, and returns the mail; told until forwarding is set again."""
    desk = new_desk(office)
    control = office.simulator.control
    told = put(desk, "forwarding", ON | {"to": ["chef@privat.example"]})
    control.post(desk.address, **{"from": "kunde@extern.example"}, subject="Anfrage")
    later = eventually(
        lambda: (row := office.admin.ok("GET", path(desk, "forwarding")))["refused_at"] and row
    )
    warned = [w for w in office.admin.ok("GET", "/api/warnings")["warnings"] if w["account"] == desk.account]

    assert (told["outside"], told["refused_at"]) == (["chef@privat.example"], None)
    assert later["outside"] == ["chef@privat.example"]
    assert [w["kind"] for w in warned] == ["forwarding_refused"]
    again = put(desk, "forwarding", {**ON, "is_enabled": False, "to": ["chef@privat.example"]})
    assert again["refused_at"] is None
    gone = put(desk, "forwarding", {**ON, "is_enabled": False, "to": []})
    assert (gone["is_enabled"], gone["to"]) == (False, [])


def test_a_forwarding_that_cannot_be_is_refused(own: Desk) -> None:
    """And what was set stays."""
    before = own.office.admin.ok("GET", path(own, "forwarding"))
    assert refused(own, "forwarding", ON | {"to": []}) == (422, "members_missing", "to")
    assert refused(own, "forwarding", ON | {"to": [own.address.upper()]}) == (422, "own_address", "to")
    assert refused(own, "forwarding", ON | {"to": ["niemand"]}) == (422, "invalid_address", "to")
    many = [f"p{n}@{own.address.partition('@')[2]}" for n in range(21)]
    assert refused(own, "forwarding", ON | {"to": many}) == (422, "too_many_people", "to")
    assert own.office.admin.ok("GET", path(own, "forwarding")) == before


def test_a_note_has_a_text_for_inside_and_one_for_outside(own: Desk) -> None:
    """Who writes gets the one meant for them; the texts stay out of the trail."""
    simulator = own.office.simulator
    colleague = simulator.new_mailbox("colleague")
    begins = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    window = {"from": begins.isoformat(), "to": (begins + timedelta(days=3)).isoformat()}
    told = put(own, "automatic-reply", ABSENT | window | {"audience": "all", "external": "<p>Aussen</p>"})
    simulator.control.clear_outside()
    for sender in (colleague, "kunde@extern.example"):
        simulator.control.post(own.address, **{"from": sender}, subject="Frage")
    eventually(lambda: simulator.control.snapshot(colleague)[1] and simulator.control.outside())

    [outside] = simulator.control.outside()
    assert "Aussen" in outside["mime"] and "Innen" not in outside["mime"]
    assert (told["internal"], told["external"]) == ("<p>Innen</p>", "<p>Aussen</p>")
    assert datetime.fromisoformat(told["from"]) == begins
    noted = entry(own, "account.reply_changed")["detail"]
    assert noted["before"]["is_enabled"] is False and noted["after"]["audience"] == "all"
    assert "Innen" not in str(noted)
    assert put(own, "automatic-reply", ABSENT | {"is_enabled": False})["is_enabled"] is False


def test_a_note_that_says_nothing_or_has_no_time_is_refused(own: Desk) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for said, field, code in (
        ({"internal": "<p> </p>"}, "internal", "empty_text"),
        ({"to": yesterday}, "to", "invalid_time"),
        ({"from": "2030-01-01T00:00:00"}, "from", "invalid_time"),
        ({"internal": "x" * 100_001}, "internal", "too_long"),
        ({"external": "a\0"}, "external", "invalid_text"),
    ):
        assert refused(own, "automatic-reply", ABSENT | said) == (422, code, field)
