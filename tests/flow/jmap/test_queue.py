"""The queue people see: what waits for Microsoft and why; sent at once or given up."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.flow.jmap.client import eventually
from tests.flow.jmap.conftest import Desk, letters, new_desk
from tests.flow.jmap.office import Office


@pytest.fixture
def stuck(office: Office) -> Iterator[Desk]:
    """A mailbox whose messages Microsoft cannot change just now."""
    desk = new_desk(office, *letters(2))
    control = office.simulator.control
    for method, path in (("PATCH", "*/messages/*"), ("POST", "*/mailFolders")):
        control.fail_next(method, path, status=500, code="ErrorInternalServerError", times=1000)
    yield desk
    control.clear_faults()


def _queue(desk: Desk) -> Any:
    return desk.anna.ok("GET", f"/api/mailboxes/{desk.account}/queue")


def _failed(desk: Desk, kind: str) -> Any:
    """The change of this kind, once it has failed for the first time."""
    return eventually(lambda: [w for w in _queue(desk)["waiting"] if w["kind"] == kind and w["problem"]])[0]


def test_what_waits_is_shown_with_its_reason_and_can_be_given_up(stuck: Desk) -> None:
    """Whose change, of which message, how often tried and why it failed; given up, it is undone here."""
    anna, account = stuck.anna, stuck.account
    message = anna.query_all(account)[0]
    anna.call("Email/set", accountId=account, update={message: {"keywords/$flagged": True}})
    anna.call("Mailbox/set", accountId=account, create={"a": {"name": "Objekte"}})
    marked, made = _failed(stuck, "set"), _failed(stuck, "create_folder")
    [email] = anna.emails(account, [message], "subject")
    for waiting in (marked, made):
        eventually(
            lambda w=waiting: anna.send("DELETE", f"/api/mailboxes/{account}/queue/{w['id']}").status < 300
        )
    after = anna.emails(account, [message], "keywords")[0]["keywords"]

    assert (marked["message"], marked["subject"]) == (message, email["subject"])
    assert (marked["user"], marked["problem"]) == (stuck.office.user_id("anna"), "ErrorInternalServerError")
    assert marked["attempts"] >= 1 and (made["subject"], made["message"]) == ("Objekte", None)
    assert _queue(stuck) == {"waiting": [], "total": 0}
    assert "$flagged" not in after
    assert "Objekte" not in {f["name"] for f in anna.folders(account)}
    assert anna.ok("GET", f"/api/mailboxes/{account}/notices")["notices"] == []


def test_what_waits_can_be_sent_now(stuck: Desk) -> None:
    """Nobody has to sit out the pause between two attempts."""
    anna, account = stuck.anna, stuck.account
    message = anna.query_all(account)[0]
    anna.call("Email/set", accountId=account, update={message: {"keywords/$flagged": True}})
    waiting = eventually(lambda: [w for w in _queue(stuck)["waiting"] if w["attempts"] >= 2])[0]
    stuck.office.simulator.control.clear_faults()
    anna.ok("POST", f"/api/mailboxes/{account}/queue/{waiting['id']}/send")
    stuck.settled()

    assert _queue(stuck)["total"] == 0
    found = stuck.office.simulator.control.snapshot(stuck.address)[1].values()
    assert "flagged" in {m["flag"] for m in found}


def test_the_queue_is_for_those_who_may_write(stuck: Desk) -> None:
    """A reader sees it; strangers learn nothing; what is no change of this mailbox is not found."""
    anna, account, office = stuck.anna, stuck.account, stuck.office
    message = anna.query_all(account)[0]
    anna.call("Email/set", accountId=account, update={message: {"keywords/$flagged": True}})
    number = _failed(stuck, "set")["id"]
    rita, stranger = office.person("rita"), office.person("stranger")
    office.assign(account, "rita", "read")
    path = f"/api/mailboxes/{account}/queue"
    seen = rita.ok("GET", path)["total"]
    refused = [
        rita.send(*call).status
        for call in (("DELETE", f"{path}/{number}"), ("POST", f"{path}/{number}/send"))
    ]
    office.unassign(account, "rita")

    assert (seen, refused) == (1, [403, 403])
    assert [stranger.send(m, p).status for m, p in (("GET", path), ("DELETE", f"{path}/{number}"))] == [
        404,
        404,
    ]
    assert [anna.send("DELETE", f"{path}/{n}").status for n in ("0", "x", "9" * 15)] == [404, 404, 404]


def test_a_folder_is_emptied(office: Office) -> None:
    """The inbox into the trash, the trash for good; and not by who may only read."""
    desk = new_desk(office, *letters(5))
    anna, account = desk.anna, desk.account
    inbox, trash = anna.folder(account, "inbox")["id"], anna.folder(account, "trash")["id"]
    rita = office.person("rita")
    office.assign(account, "rita", "read")
    path = f"/api/mailboxes/{account}/folders"
    refused = rita.send("POST", f"{path}/{inbox}/empty").status
    left = [anna.ok("POST", f"{path}/{folder}/empty")["left"] for folder in (inbox, trash)]
    desk.settled()

    assert (refused, left) == (403, [0, 0])
    assert office.simulator.control.snapshot(desk.address)[1] == {}
    assert [anna.send("POST", f"{path}/{f}/empty").status for f in ("f999999", "x")] == [404, 404]


@pytest.mark.parametrize(("role", "name"), [("inbox", "inbox"), ("trash", "deleteditems")])
def test_what_came_after_somebody_looked_is_not_emptied(office: Office, role: str, name: str) -> None:
    """Nobody has seen it: neither to the trash nor for good. What is no id of a message empties nothing."""
    desk = new_desk(office)
    anna, account = desk.anna, desk.account
    folder = anna.folder(account, role)["id"]
    for subject in ("Eins", "Zwei"):
        desk.receive(subject=subject, folder=name)
    desk.settled()
    seen = anna.query_all(account, filter={"inMailbox": folder})
    name_of_late = desk.receive(subject="Später", folder=name)
    desk.settled()
    late = desk.id_of(name_of_late)
    path = f"/api/mailboxes/{account}/folders/{folder}/empty"
    refused = [anna.send("POST", path, {"up_to": one}) for one in ("x", "", folder)]
    before = anna.query_all(account, filter={"inMailbox": folder})
    told = anna.ok("POST", path, {"up_to": max(seen, key=lambda one: (len(one), one))})
    left = anna.query_all(account, filter={"inMailbox": folder})

    assert [(one.status, one.json["error"]["code"]) for one in refused] == [(422, "invalid_id")] * 3
    assert (sorted(before), told, left) == (sorted([*seen, late]), {"left": 0, "held": 0}, [late])
    assert (len(seen), anna.ok("POST", path)["left"]) == (2, 0)
    assert anna.query_all(account, filter={"inMailbox": folder}) == []
