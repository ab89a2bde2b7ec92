"""Changes reach those who subscribed to them, in the words of Microsoft's guide."""

from __future__ import annotations

import pytest
from tests.sim.notify.program import ANNA, CHEF, Program, by_itself

IMMUTABLE = 'IdType="ImmutableId"'


UNREAD = "isRead eq false"


def test_a_new_message_is_told_in_full(program: Program) -> None:
    """The payload has exactly the documented properties; its id opens the message."""
    made = program.subscribe(IMMUTABLE)
    message = program.receive()
    program.control.settle()

    [told] = program.receiver.told()
    user = program.call("GET", "/me").json["id"]
    path = f"Users/{user}/Messages/{message}"
    etag = told["resourceData"].pop("@odata.etag")
    assert told == {
        "subscriptionId": made["id"],
        "subscriptionExpirationDateTime": made["expirationDateTime"],
        "changeType": "created",
        "resource": path,
        "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "@odata.id": path, "id": message},
        "clientState": "secret",
        "tenantId": program.sim.simulation.directory.users[user].tenant_id,
    }
    found = program.call("GET", f"/{path}").json
    assert (found["subject"], found["@odata.etag"]) == ("Offer", etag)


def test_a_move_is_a_departure_and_an_arrival_under_one_immutable_id(program: Program) -> None:
    """Both come, in one POST, and name the same message."""
    message = program.receive()
    program.subscribe(IMMUTABLE)
    program.control.move(ANNA, [message], to="archive")
    program.control.settle()

    assert [(n["changeType"], n["resourceData"]["id"]) for n in program.receiver.told()] == [
        ("deleted", message),
        ("created", message),
    ]
    assert len(program.receiver.posts) == 1


def test_default_ids_change_with_a_move(program: Program) -> None:
    """Without the preference the departure names the old id and the arrival the new one."""
    message = program.receive()
    [before] = program.call("GET", "/me/messages?$select=id").json["value"]
    program.subscribe()
    program.control.move(ANNA, [message], to="archive")
    program.control.settle()

    [after] = program.call("GET", "/me/messages?$select=id").json["value"]
    assert [n["resourceData"]["id"] for n in program.receiver.told()] == [before["id"], after["id"]]
    assert before["id"] != after["id"]


def test_the_form_of_ids_is_fixed_at_creation(program: Program) -> None:
    """A renewal with another preference changes nothing."""
    made = program.subscribe()
    body = {"expirationDateTime": program.ends(600)}
    assert program.call("PATCH", f"/subscriptions/{made['id']}", body, Prefer=IMMUTABLE).status == 200
    immutable = program.receive()
    program.control.settle()

    [told] = program.receiver.told()
    assert told["resourceData"]["id"] != immutable


def test_only_the_kinds_asked_for_are_told(program: Program) -> None:
    """``updated`` alone hears of reading, not of arriving or leaving."""
    program.subscribe(changeType="updated")
    message = program.receive()
    program.control.update(ANNA, [message], isRead=True)
    program.control.delete(ANNA, [message])
    program.control.settle()

    assert program.receiver.kinds() == ["updated"]


@pytest.mark.parametrize(
    "resource",
    [
        "me/mailFolders('inbox')/messages",
        "/me/mailfolders/Inbox/messages",
        f"users/{ANNA}/mailFolders/inbox/messages",
        f"/Users('{ANNA}')/mailFolders('inbox')/messages",
    ],
)
def test_a_folder_is_heard_of_by_every_spelling_of_its_path(program: Program, resource: str) -> None:
    """Only what happens there is told: a message moved away has left."""
    program.subscribe(resource=resource)
    program.receive("Elsewhere", "junkemail")
    message = program.receive("Here")
    program.control.move(ANNA, [message], to="archive")
    program.control.settle()

    assert program.receiver.kinds() == ["created", "deleted"]


def test_a_folder_is_heard_of_by_its_id(program: Program) -> None:
    """A folder's id stands where its well-known name may."""
    archive = program.call("GET", "/me/mailFolders/archive").json["id"]
    program.subscribe(resource=f"me/mailFolders/{archive}/messages")
    program.receive("Elsewhere")
    program.receive("Here", "archive")
    program.control.settle()

    assert program.receiver.kinds() == ["created"]


def test_a_filter_turns_reading_into_leaving(program: Program) -> None:
    """Under isRead eq false: arriving is created, reading deleted, unreading created, a flag updated."""
    program.subscribe(resource="me/mailFolders('inbox')/messages?$filter=isRead eq false")
    message = program.receive()
    program.control.update(ANNA, [message], flag="flagged")
    program.control.update(ANNA, [message], isRead=True)
    program.control.update(ANNA, [message], flag="complete")
    program.control.update(ANNA, [message], isRead=False)
    program.control.settle()

    assert program.receiver.kinds() == ["created", "updated", "deleted", "created"]


def test_a_filter_knows_messages_that_were_there_before(program: Program) -> None:
    """What was red before the subscription and is not red any more has left."""
    message = program.receive()
    program.control.update(ANNA, [message], categories=["Rot"])
    program.subscribe(resource="me/messages?$filter=categories/any(c:c eq 'Rot')")
    program.control.update(ANNA, [message], isRead=True)
    program.control.update(ANNA, [message], categories=["Blau"])
    program.control.delete(ANNA, [message])
    program.control.settle()

    assert program.receiver.kinds() == ["updated", "deleted"]


def test_many_messages_at_once_are_told_one_by_one(program: Program) -> None:
    """Each derived message is told once, in posts of the set size, and can be read."""
    program.control.set_behaviour(notificationsPerPost=40)
    program.subscribe()
    program.control.receive_count(ANNA, 100)
    program.control.settle()

    ids = {n["resourceData"]["id"] for n in program.receiver.told()}
    assert [len(body["value"]) for _, body in program.receiver.posts] == [40, 40, 20]
    assert ids == {m["id"] for m in program.call("GET", "/me/messages?$select=id&$top=200").json["value"]}


def test_many_messages_at_once_pass_the_filter_one_by_one(program: Program) -> None:
    """Every tenth derived message is unread, and only those are told."""
    program.subscribe(resource="me/messages?$filter=isRead eq false")
    program.control.receive_count(ANNA, 100, unreadEvery=10)
    program.control.settle()

    assert program.receiver.kinds() == ["created"] * 10


@pytest.mark.parametrize("ending", [["DELETE", ""], ["POST", "/permanentDelete"]])
@pytest.mark.parametrize(("resource", "count"), [("me/messages", 20), (f"me/messages?$filter={UNREAD}", 2)])
def test_what_goes_with_its_folder_is_told_one_by_one(
    program: Program, ending: list[str], resource: str, count: int
) -> None:
    """Deleting a folder of derived messages for good tells of each that the subscription is about."""
    folder = program.call("POST", "/me/mailFolders/deleteditems/childFolders", {"displayName": "Alt"}).json
    path = f"/me/mailFolders/{folder['id']}"
    program.control.receive_count(ANNA, 20, ["Gelöschte Elemente", "Alt"], unreadEvery=10)
    there = program.call("GET", f"{path}/messages?$select=isRead&$top=50").json["value"]
    program.subscribe(resource=resource, changeType="deleted")

    method, end = ending
    assert program.call(method, path + end).status == 204
    program.control.settle()

    told = [n["resourceData"]["id"] for n in program.receiver.told()]
    assert sorted(told) == sorted(m["id"] for m in there if count == 20 or not m["isRead"])
    assert program.receiver.kinds() == ["deleted"] * count


def test_subscriptions_with_one_url_share_posts(program: Program) -> None:
    """Two subscriptions to one message are told of it in one POST."""
    first, second = program.subscribe(), program.subscribe()
    program.receive()
    program.control.settle()

    [(path, body)] = program.receiver.posts
    assert path == "/notifications"
    assert {n["subscriptionId"] for n in body["value"]} == {first["id"], second["id"]}


def test_other_mailboxes_are_not_told_of(program: Program) -> None:
    """A subscription is to one mailbox."""
    program.subscribe()
    program.receive(mailbox=CHEF)
    program.control.settle()

    assert program.receiver.told() == []


def test_an_app_by_itself_hears_of_any_mailbox_of_its_tenant(program: Program) -> None:
    """Application permission: the boss's mailbox, for an app nobody signed in to."""
    app = Program(program.sim, program.receiver, by_itself(program.sim))
    app.subscribe(resource=f"users/{CHEF}/messages")
    app.receive(mailbox=CHEF)
    app.control.settle()

    assert app.receiver.kinds() == ["created"]


def test_nothing_is_told_after_the_end(program: Program) -> None:
    """Deleted by the program, or expired: silence, and 404 for who asks."""
    made = program.subscribe()
    other = program.subscribe(expirationDateTime=program.ends(60))
    assert program.call("DELETE", f"/subscriptions/{made['id']}").status == 204
    program.control.advance(3601)
    program.receive()
    program.control.settle()

    gone = program.call("PATCH", f"/subscriptions/{other['id']}", {"expirationDateTime": program.ends(600)})
    assert program.receiver.told() == []
    assert "subscriptionRemoved" not in program.receiver.events()
    assert (gone.status, gone.code) == (404, "ResourceNotFound")
