"""The proof of completeness as people meet it: in SyncState, over REST, and on the command line."""

from __future__ import annotations

import os
from typing import Any

import pytest
from tests import programs
from tests.flow.jmap.client import Client, Json, eventually
from tests.flow.jmap.conftest import Desk, letters, new_desk
from tests.flow.jmap.office import Office, new_name


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox of its own."""
    return new_desk(office, *letters(8))


def _path(desk: Desk) -> str:
    return f"/api/mailboxes/{desk.account}/checks"


def _checked(desk: Desk, by: Client) -> Json:
    """Start a check and wait for its end."""
    started = by.ok("POST", _path(desk))
    eventually(lambda: _check(desk, by, started["id"]) is not None, 60)
    found = _check(desk, by, started["id"])
    assert found
    return found


def _check(desk: Desk, by: Client, check: str) -> Json | None:
    return next((c for c in by.ok("GET", _path(desk))["checks"] if c["id"] == check), None)


def _damage(desk: Desk) -> None:
    """Flip one mark behind the server's back; its copies with it, so that only Microsoft knows better."""
    first = f"(select min(id) from messages where account_id = {int(desk.account[1:], 36)})"
    where = f"account_id = {int(desk.account[1:], 36)} and"
    desk.office.server.run_sql(f"update messages set is_flagged = 1 - is_flagged where {where} id = {first}")
    desk.office.server.run_sql(
        f"update folder_messages set is_flagged = 1 - is_flagged where {where} message_id = {first}"
    )


def test_completeness_is_told_with_the_synchronisation(own: Desk) -> None:
    """Held of expected, differences, and what the last check has found; an open event stream hears of it."""
    before = own.anna.sync_state(own.account)["completeness"]
    with own.anna.events() as events:
        done = _checked(own, own.office.admin)
        events.until(own.account, "SyncState")
    after = own.anna.sync_state(own.account)["completeness"]

    counters = {k: before[k] for k in ("expected", "held", "differences", "foldersLeft", "mayCheck")}
    assert counters == {"expected": 8, "held": 8, "differences": 0, "foldersLeft": 0, "mayCheck": False}
    assert before["asOf"] and before["lastCheck"] is None
    assert (done["compared"], done["reason"], done["missing"], done["problem"]) == (8, "asked", 0, None)
    assert after["checkUnderWay"] is None
    assert (after["lastCheck"]["compared"], after["lastCheck"]["differences"]) == (8, 0)


def test_what_a_check_found_can_be_read_one_by_one(own: Desk) -> None:
    """With the message's subject and folder, and whether it was mended."""
    _damage(own)
    done = _checked(own, own.office.admin)
    [found] = own.anna.ok("GET", f"{_path(own)}/{done['id']}")["findings"]

    assert (done["flags"], done["repaired"]) == (1, 1)
    assert (found["kind"], found["folder"], found["is_repaired"]) == ("flags", "Posteingang", True)
    assert found["subject"] and found["message"]
    [seen] = own.office.admin.ok("GET", f"{_path(own)}/{done['id']}")["findings"]
    assert seen == found | {"folder": "", "subject": "", "message": None}, "the administrator is not assigned"
    assert own.office.differences(own.anna, own.account) == []


def test_seeing_needs_an_assignment_and_starting_the_right_to_manage(own: Desk) -> None:
    """Readers see the proof; who isn't assigned learns nothing; managers and administrators start checks."""
    office = own.office
    rita, manfred, eve = office.person("rita"), office.person("manfred"), office.person("eve-checks")
    office.assign(own.account, "rita", "read")
    office.assign(own.account, "manfred", "manage")
    done = _checked(own, manfred)
    refused = rita.post(_path(own), {})

    assert _check(own, rita, done["id"]) and _check(own, office.admin, done["id"])
    assert [c.ok("GET", _path(own))["may_check"] for c in (rita, manfred, office.admin)] == [
        False,
        True,
        True,
    ]
    assert (refused.status, refused.json["error"]["code"]) == (403, "needs_level")
    assert [eve.get(_path(own)).status, eve.post(_path(own), {}).status] == [404, 404]
    assert eve.get(f"{_path(own)}/{done['id']}").status == 404
    assert rita.get(f"{_path(own)}/c9zz").status == 404


def test_a_mailbox_without_a_sign_in_has_nothing_to_be_compared_with(office: Office) -> None:
    """The button says so instead of waiting for ever."""
    account = office.add(office.simulator.new_mailbox("lonely"))
    refused = office.admin.post(f"/api/mailboxes/{account}/checks", {})

    assert (refused.status, refused.json["error"]["code"]) == (409, "not_connected")


def test_the_plan_can_be_changed_by_who_has_the_settings(office: Office) -> None:
    """Its values are checked; others see nothing of it."""
    admin, path = office.admin, "/api/settings/checks"
    changed = admin.ok("PUT", path, {"time": "01:30"})
    wrong = [admin.send("PUT", path, {"time": "25:00"}), admin.send("PUT", path, {"requests_a_minute": 0})]
    back = admin.ok("PUT", path, {"time": "03:00"})

    assert changed == {"time": "01:30", "requests_a_minute": 120}
    assert [a.json["error"]["code"] for a in wrong] == ["invalid_time", "invalid_rate"]
    assert back == admin.ok("GET", path) == {"time": "03:00", "requests_a_minute": 120}
    assert office.person("anna").get(path).status == 403


def _on_the_command_line(office: Office, *addresses: str) -> Any:
    """``poststelle check`` beside the running server."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("POSTSTELLE_")} | {
        "POSTSTELLE_POLL_SECONDS": "0.5",
        "POSTSTELLE_DATA": str(office.server.data),
        **{f"POSTSTELLE_{name}": value for name, value in office.simulator.settings.items()},
    }
    return programs.run(["poststelle", "check", *addresses], environment)


def test_the_command_line_ends_with_what_it_found(own: Desk) -> None:
    """1 when something differed, though mended; 0 when all is complete; the table names the mailbox."""
    _damage(own)
    damaged = _on_the_command_line(own.office, own.address)
    whole = _on_the_command_line(own.office, own.address.upper(), own.address)

    assert damaged.returncode == 1, damaged.stderr
    assert "differed, mended" in damaged.stdout
    assert whole.returncode == 0, whole.stderr
    rows = [line.split()[:3] for line in whole.stdout.splitlines()[1:]]
    assert [(address, zone) for address, _, zone in rows] == [(own.address, "UTC")] * 2
    assert own.office.differences(own.anna, own.account) == []


def test_the_command_line_says_what_could_not_be_checked(own: Desk) -> None:
    """2 for a mailbox that is not there, waits for its sign-in or is internal; the others are checked."""
    waiting, internal = own.office.simulator.new_mailbox("waiting"), f"{new_name('archiv')}@buero.example"
    own.office.add(waiting)
    body = {"type": "internal", "address": internal, "users": [], "confirm": True}
    own.office.admin.ok("POST", "/api/accounts", body)
    ended = _on_the_command_line(own.office, own.address, waiting, internal, "nobody@nowhere.example")

    assert ended.returncode == 2, ended.stdout + ended.stderr
    lines = {line.split()[0]: line.rstrip() for line in ended.stdout.splitlines()[1:]}
    assert lines[own.address].endswith("complete")
    assert "waiting for its sign-in" in lines[waiting]
    assert "nothing to compare" in lines[internal]
    assert "no such mailbox" in lines["nobody@nowhere.example"]
