"""Search folders: what they show is live, and they hold nothing themselves."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.graph.harness import IMMUTABLE, GraphCaller, Reply

from m365sim.control.client import ControlClient, ControlError
from m365sim.world import Mailbox, organise, tree
from m365sim.world.organise import Marks
from m365sim.world.simulation import Simulation

ANNA = "anna@example.org"
FOLDERS = "/me/mailFolders"
PARENT = f"{FOLDERS}/searchfolders/childFolders"


@pytest.fixture(autouse=True)
def mail(sim: Simulation, mailbox: Mailbox) -> None:
    """Ten messages in the inbox, five below it; every fifth unread."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 10, seed=1, unread_every=5)
    below = tree.create(mailbox, mailbox.named["inbox"], "Offers")
    sim.world.bulk(mailbox, below, 5, seed=2, unread_every=5)


def create(graph: GraphCaller, parent: str = PARENT, **fields: Any) -> Reply:
    body = {
        "@odata.type": "microsoft.graph.mailSearchFolder",
        "displayName": "Unread",
        "includeNestedFolders": True,
        "sourceFolderIds": [graph.get(f"{FOLDERS}/inbox")["id"]],
        "filterQuery": "isRead eq false",
        **fields,
    }
    return graph.call("POST", parent, {k: v for k, v in body.items() if v is not None})


@pytest.mark.parametrize("kind", ["microsoft.graph.MailFolder", "#microsoft.graph.mailFolder"])
def test_capitals_of_a_type_make_no_difference(graph: GraphCaller, kind: str) -> None:
    """An ordinary folder, by the name its type has in some programs."""
    made = graph.call("POST", FOLDERS, {"@odata.type": kind, "displayName": "Objekte"})

    assert made.status == 201


def test_a_search_folder_shows_what_its_filter_finds(graph: GraphCaller) -> None:
    """It is made with its type and properties, counts live, and lists the messages where they lie."""
    made = create(graph)
    shown = graph.get(f"{FOLDERS}/{made.json['id']}")
    found = graph.get(f"{FOLDERS}/{made.json['id']}/messages?$select=isRead,parentFolderId,receivedDateTime")

    assert made.status == 201
    assert shown["@odata.type"] == "#microsoft.graph.mailSearchFolder"
    assert (shown["isSupported"], shown["includeNestedFolders"]) == (True, True)
    assert (shown["totalItemCount"], shown["unreadItemCount"]) == (3, 3)
    times = [m["receivedDateTime"] for m in found["value"]]
    assert times == sorted(times, reverse=True)
    assert {m["isRead"] for m in found["value"]} == {False}
    assert shown["id"] not in {m["parentFolderId"] for m in found["value"]}


def test_what_it_shows_changes_with_the_mail(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Reading a message takes it out, and the counters follow."""
    path = f"{FOLDERS}/{create(graph).json['id']}"
    message = next(m for m in mailbox.messages.values() if not m.is_read)
    graph.get(path)
    organise.mark(mailbox, message, Marks(is_read=True))

    assert graph.get(path)["totalItemCount"] == 2
    assert graph.call("GET", f"{path}/messages/$count").body == b"2"


def test_messages_are_reached_through_it(mailbox: Mailbox, graph: GraphCaller) -> None:
    """By id below the search folder, filtered and searched within it; others are not found there."""
    path = f"{FOLDERS}/{create(graph).json['id']}/messages"
    inside = graph.get(path, IMMUTABLE)["value"][0]["id"]
    outside = mailbox.ids.immutable(next(m.number for m in mailbox.messages.values() if m.is_read))

    assert graph.call("GET", f"{path}/{inside}").status == 200
    assert graph.call("GET", f"{path}/{outside}").status == 404
    assert graph.call("GET", f"{path}/$count?$filter=isRead%20eq%20true").body == b"0"
    assert len(graph.get(f"{path}?$search=%22hallo%22")["value"]) == 3
    assert len(graph.get(f"{path}?$top=2&$skip=2")["value"]) == 1


def test_its_search_can_be_changed(graph: GraphCaller) -> None:
    """PATCH changes what is named and leaves the rest; a bad filter changes nothing."""
    path = f"{FOLDERS}/{create(graph).json['id']}"
    flat = graph.call("PATCH", path, {"includeNestedFolders": False, "displayName": "New mail"})
    all_ = graph.call("PATCH", path, {"filterQuery": "isRead eq true or isRead eq false"})
    bad = graph.call("PATCH", path, {"filterQuery": "isRead eq"})

    assert (flat.json["displayName"], flat.json["totalItemCount"]) == ("New mail", 2)
    assert all_.json["totalItemCount"] == 10
    assert bad.status == 400
    assert graph.get(path)["filterQuery"] == "isRead eq true or isRead eq false"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"filterQuery": "isRead eq"}, 400),
        ({"filterQuery": ""}, 400),
        ({"filterQuery": None}, 400),
        ({"sourceFolderIds": []}, 400),
        ({"sourceFolderIds": ["nowhere"]}, 400),
        ({"sourceFolderIds": None}, 400),
        ({"includeNestedFolders": "yes"}, 400),
        ({"isSupported": True}, 400),
        ({"displayName": None}, 400),
        ({"@odata.type": "#microsoft.graph.message"}, 400),
        ({"@odata.type": None}, 400),
    ],
)
def test_bad_search_folders_are_not_made(
    mailbox: Mailbox, graph: GraphCaller, fields: dict[str, Any], status: int
) -> None:
    """Everything about the search is needed and checked; without the type its properties are unknown."""
    before = len(mailbox.folders)

    assert create(graph, **fields).status == status
    assert len(mailbox.folders) == before


def test_where_search_folders_are_listed(graph: GraphCaller) -> None:
    """Below the root they are in the list of folders and in its delta, below searchfolders in neither."""
    create(graph, displayName="Apart")
    create(graph, FOLDERS, displayName="Among")

    listed = {f["displayName"]: f for f in graph.get(f"{FOLDERS}?$top=50")["value"]}
    told = {f["displayName"]: f for f in graph.round(f"{FOLDERS}/delta")[0]}
    apart = graph.get(PARENT)["value"]

    for found in (listed, told):
        assert found["Among"]["@odata.type"] == "#microsoft.graph.mailSearchFolder"
        assert found["Among"]["totalItemCount"] == 3
        assert "Apart" not in found
    assert [f["displayName"] for f in apart] == ["Apart"]


def test_nothing_is_put_into_a_search_folder(mailbox: Mailbox, graph: GraphCaller) -> None:
    """No messages, no folders, and no delta of what it shows."""
    id_ = create(graph).json["id"]
    message = mailbox.ids.immutable(next(iter(mailbox.messages)))

    for action in ("move", "copy"):
        assert graph.call("POST", f"/me/messages/{message}/{action}", {"destinationId": id_}).status == 400
    assert graph.call("POST", f"{FOLDERS}/{id_}/childFolders", {"displayName": "X"}).status == 400
    for place in (id_, "searchfolders"):
        assert graph.call("POST", f"{FOLDERS}/{place}/messages", {"subject": "X"}).status == 400
    with pytest.raises(ControlError):
        ControlClient(graph.base).receive(ANNA, folder=id_, subject="X")
    assert create(graph, sourceFolderIds=[id_]).status == 400
    assert graph.call("GET", f"{FOLDERS}/{id_}/messages/delta").code == "ErrorInvalidRequest"
    assert graph.call("POST", PARENT, {"displayName": "Plain"}).status == 400


@pytest.mark.parametrize(("method", "tail"), [("DELETE", ""), ("POST", "/permanentDelete")])
def test_deleting_one_leaves_the_mail(mailbox: Mailbox, graph: GraphCaller, method: str, tail: str) -> None:
    """It goes at once, and what it showed stays where it lies."""
    path = f"{FOLDERS}/{create(graph).json['id']}"

    assert graph.call(method, path + tail).status == 204
    assert graph.call("GET", path).status == 404
    assert mailbox.message_count() == 15


def test_a_source_that_is_gone_is_left_out(mailbox: Mailbox, graph: GraphCaller) -> None:
    """The search goes on over the folders that remain."""
    offers = mailbox.folder_at(["Inbox", "Offers"])
    sources = [mailbox.ids.folder(f.number) for f in (offers, mailbox.named["inbox"])]
    path = f"{FOLDERS}/{create(graph, sourceFolderIds=sources, includeNestedFolders=False).json['id']}"
    before = graph.get(path)["totalItemCount"]
    tree.destroy(mailbox, offers)

    assert (before, graph.get(path)["totalItemCount"]) == (3, 2)


def test_what_can_be_recovered_lies_beyond_the_tree(base: str, mailbox: Mailbox, graph: GraphCaller) -> None:
    """Deleted from Deleted Items, mail is in no list but under its folder's name; it can be moved back."""
    control = ControlClient(base)
    id_ = mailbox.ids.immutable(next(iter(mailbox.messages)))
    control.delete(ANNA, [id_])
    control.delete(ANNA, [id_])
    place = f"{FOLDERS}/recoverableitemsdeletions"

    assert graph.get(place)["totalItemCount"] == 1
    assert [m["id"] for m in graph.get(f"{place}/messages", IMMUTABLE)["value"]] == [id_]
    assert graph.call("GET", "/me/messages/$count").body == b"14"
    assert id_ not in control.snapshot(ANNA)[1]
    assert "Deletions" not in [f["displayName"] for f in graph.round(f"{FOLDERS}/delta")[0]]
    assert graph.call("POST", f"/me/messages/{id_}/move", {"destinationId": "inbox"}).status == 201
    assert graph.call("GET", "/me/messages/$count").body == b"15"


@pytest.mark.parametrize(("method", "tail"), [("DELETE", ""), ("POST", "/permanentDelete")])
def test_from_there_it_goes_for_good(
    base: str, mailbox: Mailbox, graph: GraphCaller, method: str, tail: str
) -> None:
    """What is deleted there is gone."""
    id_ = mailbox.ids.immutable(next(iter(mailbox.messages)))
    for _ in range(2):
        ControlClient(base).delete(ANNA, [id_])

    assert graph.call(method, f"/me/messages/{id_}{tail}").status == 204
    assert graph.call("GET", f"/me/messages/{id_}").code == "ErrorItemNotFound"


def test_a_folder_deleted_twice_leaves_its_mail_to_be_recovered(mailbox: Mailbox, graph: GraphCaller) -> None:
    """The folder is gone, its messages are not; with permanentDelete they are."""
    path = f"{FOLDERS}/{mailbox.ids.folder(mailbox.folder_at(['Inbox', 'Offers']).number)}"
    for _ in range(2):
        assert graph.call("DELETE", path).status == 204

    assert graph.call("GET", path).status == 404
    assert graph.get(f"{FOLDERS}/recoverableitemsdeletions")["totalItemCount"] == 5


def test_recovery_can_be_switched_off(base: str, mailbox: Mailbox, graph: GraphCaller) -> None:
    """Then what is deleted from Deleted Items is gone at once."""
    control = ControlClient(base)
    control.set_behaviour(recoverableItems=False)
    id_ = mailbox.ids.immutable(next(iter(mailbox.messages)))
    for _ in range(2):
        graph.call("DELETE", f"/me/messages/{id_}")

    assert graph.call("GET", f"/me/messages/{id_}").status == 404
    assert graph.get(f"{FOLDERS}/recoverableitemsdeletions")["totalItemCount"] == 0
