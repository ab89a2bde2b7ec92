"""A mailbox that is deleted here takes nothing along in silence that was still to go to Microsoft."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.flow.jmap.conftest import Desk, new_desk
from tests.flow.jmap.office import Office
from tests.flow.jmap.test_sending import create, submit


def _later(desk: Desk) -> str:
    """A letter that is to go tomorrow."""
    at = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    sender = {"email": desk.address, "parameters": {"HOLDUNTIL": at}}
    envelope = {"mailFrom": sender, "rcptTo": [{"email": "kunde@extern.example"}]}
    return str(submit(desk, emailId=create(desk)["id"], envelope=envelope)["id"])


def test_letters_that_wait_are_told_of_and_discarded_only_by_a_word(office: Office) -> None:
    """Who wrote them is named; what was lost is in the audit trail."""
    desk = new_desk(office)
    _later(desk)
    path, body = f"/api/accounts/{desk.account}", {"address": desk.address}
    refused = office.admin.send("DELETE", path, body)
    told = refused.json["error"]
    assert (refused.status, told["code"], told["params"]["letters"]) == (409, "still_waiting", 1)
    assert len(told["params"]["writers"]) == 1
    assert desk.anna.get("/api/mailboxes").json != []

    assert office.admin.send("DELETE", path, body | {"discard": True}).status == 200
    [entry] = office.admin.ok("GET", f"/api/audit?account={desk.account}&kind=account&limit=1")["entries"]
    assert (entry["action"], entry["detail"]["letters"]) == ("account.deleted", 1)


def test_a_mailbox_at_rest_goes_as_ever(office: Office) -> None:
    desk = new_desk(office)
    desk.settled()
    assert (
        office.admin.send("DELETE", f"/api/accounts/{desk.account}", {"address": desk.address}).status == 200
    )
