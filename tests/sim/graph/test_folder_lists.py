"""Lists of folders with every option, and the delta of what lies below one folder."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from tests.sim.graph.harness import GraphCaller

from m365sim.control.client import ControlClient
from m365sim.world import Mailbox, tree
from m365sim.world.simulation import Simulation

FOLDERS = "/me/mailFolders"


@pytest.fixture(autouse=True)
def offers(sim: Simulation, mailbox: Mailbox) -> None:
    """Below the inbox: Offers (3 messages, 1 unread; below it Old, and Secret, hidden) and Bids (empty)."""
    inbox = mailbox.named["inbox"]
    folder = tree.create(mailbox, inbox, "Offers")
    tree.create(mailbox, inbox, "Bids")
    tree.create(mailbox, folder, "Old")
    tree.create(mailbox, folder, "Secret", is_hidden=True)
    sim.world.bulk(mailbox, folder, 3, seed=1)


def names(graph: GraphCaller, path: str) -> list[str]:
    return [f["displayName"] for f in graph.get(path)["value"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("displayName eq 'OFFERS'", ["Offers"]),
        ("startswith(displayName,'b')", ["Bids"]),
        ("startswith(displayName,'b') or displayName eq 'Offers'", ["Bids", "Offers"]),
        ("totalItemCount gt 0 and unreadItemCount eq 1", ["Offers"]),
        ("childFolderCount eq 0", ["Bids"]),
        ("not (displayName eq 'Bids')", ["Offers"]),
        ("contains(displayName,'ff')", ["Offers"]),
    ],
)
def test_folders_are_filtered(graph: GraphCaller, text: str, expected: list[str]) -> None:
    """By name and by counters."""
    assert names(graph, f"{FOLDERS}/inbox/childFolders?$filter={quote(text)}") == expected


@pytest.mark.parametrize(
    ("text", "status"),
    [("displayName eq 5", 400), ("colour eq 'x'", 400), ("filterQuery eq 'x'", 501), ("displayName", 400)],
)
def test_bad_filters_are_refused(graph: GraphCaller, text: str, status: int) -> None:
    """400 for wrong types and names, 501 for what is not simulated."""
    assert graph.call("GET", f"{FOLDERS}?$filter={quote(text)}").status == status


def test_folders_are_sorted_and_paged(graph: GraphCaller) -> None:
    """In any order asked for; links keep every option, the count is of all."""
    order = quote("totalItemCount desc,displayName desc")
    page = graph.get(f"{FOLDERS}/inbox/childFolders?$orderby={order}&$top=1&$count=true&$select=displayName")
    rest = graph.get(page["@odata.nextLink"])

    assert [f["displayName"] for f in (*page["value"], *rest["value"])] == ["Offers", "Bids"]
    assert page["@odata.count"] == 2
    assert "@odata.nextLink" not in rest
    assert set(rest["value"][0]) == {"id", "displayName"}
    assert graph.call("GET", f"{FOLDERS}?$orderby=colour").status == 400


def test_child_folders_are_expanded(graph: GraphCaller) -> None:
    """To any depth asked for, hidden ones only when asked for."""
    below = "childFolders($filter=displayName eq 'Offers';$expand=childFolders($select=displayName))"
    inbox = graph.get(f"{FOLDERS}/inbox?$expand={quote(below)}")
    listed = graph.get(f"{FOLDERS}/inbox/childFolders?$expand=childFolders(includeHiddenFolders=true)")

    [offers] = inbox["childFolders"]
    assert [set(f) for f in offers["childFolders"]] == [{"id", "displayName"}]
    assert [len(f["childFolders"]) for f in listed["value"]] == [0, 2]
    kind = "singleValueExtendedProperties($filter=id eq 'String 0x3613')"
    both = graph.get(f"{FOLDERS}/inbox?$expand={quote(f'{kind},childFolders({chr(36)}expand={kind})')}")
    assert {len(f["singleValueExtendedProperties"]) for f in (both, *both["childFolders"])} == {1}
    assert graph.call("GET", f"{FOLDERS}?$expand=messages").status == 501
    deep = "childFolders($expand=" * 8 + "childFolders" + ")" * 8
    assert graph.call("GET", f"{FOLDERS}?$expand={quote(deep)}").status == 400


def test_a_hidden_folder_is_made_and_stays_hidden(graph: GraphCaller) -> None:
    """isHidden counts at creation and cannot be changed."""
    made = graph.call("POST", f"{FOLDERS}/inbox/childFolders", {"displayName": "Quiet", "isHidden": True})
    changed = graph.call("PATCH", f"{FOLDERS}/{made.json['id']}", {"isHidden": False})

    assert (made.status, made.json["isHidden"], changed.status) == (201, True, 400)
    assert "Quiet" not in names(graph, f"{FOLDERS}/inbox/childFolders")
    assert "Quiet" in names(graph, f"{FOLDERS}/inbox/childFolders?includeHiddenFolders=true")


def test_the_delta_below_a_folder_tells_of_nothing_else(mailbox: Mailbox, graph: GraphCaller) -> None:
    """New, renamed, moved away and deleted folders of one branch, at any depth."""
    start = f"{FOLDERS}/inbox/childFolders/delta"
    first, link = graph.round(start)
    inbox = mailbox.named["inbox"]
    folder = mailbox.folder_at(["Inbox", "Offers"])
    bids = mailbox.folder_at(["Inbox", "Bids"])
    tree.create(mailbox, mailbox.root, "Elsewhere")
    tree.create(mailbox, folder, "New")
    tree.move(mailbox, bids, mailbox.named["archive"])
    tree.destroy(mailbox, mailbox.folder_at(["Inbox", "Offers", "Old"]))

    items, _ = graph.round(link)

    assert {f["displayName"] for f in first} == {"Offers", "Bids", "Old", "Secret"}
    removed = [i["id"] for i in items if "@removed" in i]
    assert [i["displayName"] for i in items if "@removed" not in i] == ["Offers", "New"]
    assert len(removed) == 2
    assert mailbox.ids.folder(bids.number) in removed
    assert graph.call("GET", link.replace("childFolders/delta", "messages/delta")).status == 400
    assert inbox.total == 0


def test_a_whole_branch_deleted_is_told_whole(mailbox: Mailbox, graph: GraphCaller) -> None:
    """Parents and children that went together are removed each under its id."""
    _, link = graph.round(f"{FOLDERS}/inbox/childFolders/delta")
    _, elsewhere = graph.round(f"{FOLDERS}/archive/childFolders/delta")
    tree.destroy(mailbox, mailbox.folder_at(["Inbox", "Offers"]))

    items, _ = graph.round(link)

    assert ["@removed" in i for i in items] == [True] * 3
    assert graph.round(elsewhere)[0] == []


def test_move_and_copy_answer_200_or_201(base: str, graph: GraphCaller) -> None:
    """The guide says 200; a switch makes it 201."""
    path = f"{FOLDERS}/{graph.get(f'{FOLDERS}/inbox/childFolders')['value'][0]['id']}"
    told = [graph.call("POST", f"{path}/copy", {"DestinationId": "archive"}).status]
    ControlClient(base).set_behaviour(folderActionStatus=201)
    told.append(graph.call("POST", f"{path}/move", {"destinationId": "sentitems"}).status)

    assert told == [200, 201]


@pytest.mark.parametrize("name", ["inbox", "recoverableitemsdeletions", "searchfolders", "msgfolderroot"])
@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("DELETE", "", None),
        ("POST", "/permanentDelete", None),
        ("PATCH", "", {"displayName": "Mine"}),
        ("POST", "/move", {"destinationId": "archive"}),
    ],
)
def test_well_known_folders_stay(
    graph: GraphCaller, name: str, method: str, tail: str, body: dict[str, str] | None
) -> None:
    """They are neither renamed nor moved nor deleted."""
    assert graph.call(method, f"{FOLDERS}/{name}{tail}", body).status == 400
